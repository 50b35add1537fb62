import { JobwrightError } from "../errors.ts";
import type { Clock } from "../model/runtime.ts";
import { createDraft } from "./changes.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { quietly, replaceFile, replaceFileOpen } from "./durable-file.ts";
import { because, storageError } from "./failure.ts";
import type { LoadedState, StatePaths } from "./file-load.ts";
import type { HeldLock } from "./file-lock.ts";
import { encodeLine } from "./journal-format.ts";
import type { Numbered, Sink } from "./session.ts";
import { encodeState, MAX_STATE_BYTES, type StoredState } from "./state-format.ts";

/** What a file sink is made of. */
export interface FileSinkOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: () => number;
  readonly paths: StatePaths;
  readonly lock: HeldLock;
  readonly run: string;
  /** The journal is folded into the state when it is longer than this. */
  readonly compactAfterBytes: number;
}

/** Entries that wait for the same write and sync. */
interface Batch {
  readonly entries: readonly Numbered[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Starts a journal over a loaded state: folds into the state's file what a crash left in the old journal, then
 * replaces that journal by a new one. Throws a JobwrightError (`storage`) where anything cannot be written.
 */
export async function openFileSink(from: StoredState | LoadedState, options: FileSinkOptions): Promise<Sink> {
  const { paths } = options;
  try {
    // A first state is saved before its journal, so that no journal is ever without one.
    if (!("replayed" in from) || from.replayed > 0) await saveState(from, options);
    return createSink(from, await startJournal(from, options), options);
  } catch (error) {
    throw cannotWrite("JW4006", paths.shown.state, error, "Nothing was sent.");
  }
}

async function saveState(stored: StoredState, options: FileSinkOptions): Promise<void> {
  const bytes = new TextEncoder().encode(encodeState(stored));
  if (bytes.length > MAX_STATE_BYTES) {
    throw new Error(`it would have ${bytes.length} bytes, more than the ${MAX_STATE_BYTES} that are read`);
  }
  await replaceFile(options.disk, options.paths.state, bytes, {
    random: options.random,
    beforeRename: () => options.lock.check(),
  });
}

async function startJournal(stored: StoredState, options: FileSinkOptions): Promise<DiskFile> {
  const { lineage, environment, serial } = stored.state;
  const { run, lock } = options;
  const at = options.clock.wall().toISOString();
  const line = encodeLine({
    v: 1,
    kind: "header",
    lineage,
    environment,
    serial,
    lastSeq: stored.lastSeq,
    run,
    generation: lock.generation,
    at,
  });
  return await replaceFileOpen(options.disk, options.paths.journal, new TextEncoder().encode(line), {
    random: options.random,
    beforeRename: () => lock.check(),
  });
}

function createSink(from: StoredState, journal: DiskFile, options: FileSinkOptions): Sink {
  const { lock, run, paths } = options;
  const draft = createDraft(from.state);
  let file = journal;
  let lastSeq = from.lastSeq;
  let highest = from.lastSeq;
  let savedSeq = from.lastSeq;
  let journalBytes = 0;
  let waiting: Batch[] = [];
  let flushing: Promise<void> | undefined;
  /** After a failed write or sync nobody knows what the journal holds: it is never written again. */
  let broken: unknown;

  const compact = async (): Promise<void> => {
    const state = draft.state();
    // Numbers are skipped: a state that differs in nothing else is another one than the old journal continues.
    const serial = broken === undefined ? state.serial : state.serial + 1;
    const stored = { state: { ...state, serial }, lastSeq };
    await saveState(stored, options);
    savedSeq = lastSeq;
    // All of it is saved by now. Windows replaces no file that is open.
    await quietly(() => file.close());
    file = await startJournal(stored, options);
    journalBytes = 0;
  };

  const write = async (entries: readonly Numbered[]): Promise<void> => {
    const { lineage } = from.state;
    const { generation } = lock;
    const lines = entries.map(({ seq, entry }) => encodeLine({ v: 1, lineage, run, generation, seq, ...entry }));
    const bytes = new TextEncoder().encode(lines.join(""));
    await lock.glance();
    await file.write(bytes);
    await file.datasync();
    // Whoever took the lock meanwhile has read the journal already: then this entry is in nobody's state.
    await lock.check();
    journalBytes += bytes.length;
    for (const { seq, entry } of entries) {
      draft.apply(entry);
      lastSeq = seq;
    }
  };

  const flush = async (): Promise<void> => {
    // Calls of the same turn share one write.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batches = waiting;
      waiting = [];
      try {
        if (broken !== undefined) throw broken;
        await write(batches.flatMap((batch) => batch.entries));
        for (const batch of batches) batch.done();
        if (journalBytes > options.compactAfterBytes) await compact();
      } catch (error) {
        broken ??= cannotWrite("JW4007", paths.shown.journal, error, "No new action is started.");
        for (const batch of batches) batch.failed(broken);
      }
    }
    flushing = undefined;
  };

  const close = async (missed: readonly Numbered[]): Promise<boolean> => {
    await flushing;
    try {
      if (isLost(broken)) return false;
      // A new file may still be written where the journal cannot: everything known goes there. What the journal may
      // hold beyond that was never acknowledged; its numbers are skipped.
      for (const { entry } of missed) draft.apply(entry);
      if (broken !== undefined) lastSeq = highest;
      if (lastSeq > savedSeq || broken !== undefined) await compact();
      return true;
    } catch (error) {
      // Whoever took the lock has replayed everything that was acknowledged.
      if (isLost(error)) return missed.length === 0;
      const kept = missed.length === 0 ? "Everything is recorded in the journal." : "Not everything is recorded.";
      throw cannotWrite("JW4006", paths.shown.state, error, kept);
    } finally {
      await quietly(() => file.close());
      await lock.release();
    }
  };

  return {
    state: () => draft.state(),
    append: (entries) =>
      new Promise<void>((done, failed) => {
        waiting.push({ entries, done, failed });
        highest = entries.at(-1)?.seq ?? highest;
        flushing ??= flush();
      }),
    deferred: () => [],
    check: () => lock.glance(),
    close,
  };
}

function isLost(error: unknown): boolean {
  return error instanceof JobwrightError && error.reason === "lock-lost";
}

function cannotWrite(code: "JW4006" | "JW4007", shown: string, error: unknown, then: string): unknown {
  if (error instanceof JobwrightError) return error;
  const what = code === "JW4006" ? "the state" : "the journal";
  return storageError(
    code,
    `cannot write ${what} ${shown}: ${because(error)}`,
    `${then} Free space or make the directory writable, then run again.`,
    error,
  );
}
