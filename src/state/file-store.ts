import { basename, dirname, join, relative } from "node:path";
import type { Clock } from "../model/runtime.ts";
import { emptyState } from "./changes.ts";
import type { Disk } from "./disk.ts";
import { quietly, replaceFile, sweepTemporaries } from "./durable-file.ts";
import { because, errnoOf, randomHex, storageError } from "./failure.ts";
import { type LoadedState, loadState, type StatePaths, statePaths } from "./file-load.ts";
import { endFileLock, fileLockStatus, type LockPlace, takeFileLock } from "./file-lock.ts";
import { openFileSink } from "./file-sink.ts";
import type { Host } from "./host.ts";
import { holderOf, type LockControl, type LockTiming } from "./lock-record.ts";
import { createSession } from "./session.ts";
import type { OpenOptions, StateSession, StateStore } from "./store.ts";

/** What a file store is made of. */
export interface FileStoreOptions {
  /** Absolute; `<root>/.jobwright` by custom. Made where it is missing; its parent must be there. */
  readonly directory: string;
  /** Paths in messages are relative to it; else the directory's own name stands. */
  readonly root?: string;
  /** The `--env` whose state it is; "" for none. */
  readonly environment: string;
  readonly disk: Disk;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: () => number;
  /** Notices, a line at a time. */
  readonly log?: (line: string) => void;
  /** Ends waiting for the lock. */
  readonly signal?: AbortSignal;
  readonly timing?: Partial<LockTiming>;
  /** The journal is folded into the state when it is longer than this; 16 MiB. */
  readonly compactAfterBytes?: number;
}

/** Lease 30 s, heartbeat 10 s. */
const FILE_LOCK_TIMING: LockTiming = { leaseMs: 30_000, heartbeatMs: 10_000, pollMs: 250 };

/**
 * A state in files: `state.json` (or `state.<env>.json`), replaced as a whole; `journal.jsonl`, appended to and synced
 * before anything is sent; `lock/`. For one machine, or for machines that share a disk.
 */
export function createFileStore(options: FileStoreOptions): StateStore & LockControl {
  const { directory, environment, disk } = options;
  const shown = options.root === undefined ? basename(directory) : relative(options.root, directory) || ".";
  const paths = statePaths(directory, shown, environment);
  const lockPlace: LockPlace = {
    directory: paths.lock,
    shown: paths.shown.lock,
    timing: { ...FILE_LOCK_TIMING, ...options.timing },
  };
  return {
    kind: "file",
    place: paths.shown.state,
    read: async () => (await loadState(disk, paths, environment))?.state,
    open: (how) => openFile(options, paths, lockPlace, how),
    lockStatus: () => fileLockStatus(lockPlace, options),
    unlock: ({ force }) => endFileLock(lockPlace, force, options),
  };
}

async function openFile(
  options: FileStoreOptions,
  paths: StatePaths,
  lockPlace: LockPlace,
  how: OpenOptions,
): Promise<StateSession> {
  const { disk, clock, random, environment } = options;
  await makeDirectory(options);
  const run = randomHex(random, 8);
  const me = await holderOf(options, how, run, lockPlace.timing.leaseMs);
  const lock = await takeFileLock(lockPlace, me, how.lockTimeoutMs, options);
  try {
    for (const path of [paths.state, paths.journal, paths.torn, join(options.directory, ".gitignore")]) {
      await quietly(() => sweepTemporaries(disk, path));
    }
    const loaded = await loadState(disk, paths, environment);
    await keepTorn(loaded, paths, options);
    const from = loaded ?? {
      state: emptyState({ lineage: randomHex(random, 16), salt: randomHex(random, 16), environment }),
      lastSeq: 0,
    };
    const compactAfterBytes = options.compactAfterBytes ?? 16 * 1024 * 1024;
    const sink = await openFileSink(from, { disk, clock, random, paths, lock, run, compactAfterBytes });
    return createSession({ sink, run, clock, lastSeq: from.lastSeq });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Makes the directory; one that holds no state yet is kept out of Git. */
async function makeDirectory(options: FileStoreOptions): Promise<void> {
  const { disk, directory } = options;
  try {
    try {
      await disk.mkdir(directory);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    const names = await disk.readdir(directory);
    if (names.some((name) => name === ".gitignore" || /^(state|journal)\./.test(name))) return;
    // What is made durable in a new folder is only as durable as the folder's own name.
    await disk.syncDirectory(dirname(directory));
    await replaceFile(disk, join(directory, ".gitignore"), new TextEncoder().encode("*\n"), options);
  } catch (error) {
    throw storageError(
      "JW4006",
      `cannot write ${basename(directory)}: ${because(error)}`,
      "Nothing was sent. Make the directory writable, or remove what stands in its place.",
      error,
    );
  }
}

async function keepTorn(loaded: LoadedState | undefined, paths: StatePaths, options: FileStoreOptions): Promise<void> {
  if (loaded?.torn === undefined) return;
  try {
    await replaceFile(options.disk, paths.torn, loaded.torn.bytes, options);
  } catch (error) {
    throw storageError(
      "JW4006",
      `cannot write ${paths.shown.torn}: ${because(error)}`,
      "Nothing was sent. Free space or make the directory writable, then run again.",
      error,
    );
  }
  options.log?.(
    `${paths.shown.journal}:${loaded.torn.line}: cut off a line that a crash left half-written (kept as ${paths.shown.torn})`,
  );
}
