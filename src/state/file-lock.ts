import { join } from "node:path";
import { JobwrightError } from "../errors.ts";
import type { Clock } from "../model/runtime.ts";
import type { Disk } from "./disk.ts";
import { quietly, readRegular } from "./durable-file.ts";
import { because, errnoOf, randomHex, storageError, UnusableFile } from "./failure.ts";
import type { Host } from "./host.ts";
import {
  createWatch,
  describeHolder,
  type Holder,
  judge,
  type LockRecord,
  type LockStatus,
  type LockTiming,
  lockHeld,
  lockText,
  parseLock,
  patience,
  waitingFor,
} from "./lock-record.ts";

/** What a lock needs of the world. */
export interface LockWorld {
  readonly disk: Disk;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: () => number;
  /** Notices, a line at a time. */
  readonly log?: (line: string) => void;
  /** Ends waiting at once. */
  readonly signal?: AbortSignal;
}

/** The place of a file lock: a directory with one file a generation; the highest number rules. */
export interface LockPlace {
  readonly directory: string;
  /** For people. */
  readonly shown: string;
  readonly timing: LockTiming;
}

/** A lock that is ours. */
export interface HeldLock {
  /** A fencing token: larger than that of every earlier holder. */
  readonly generation: number;
  /** Throws `lock-lost` unless the lock is still ours. */
  check(): Promise<void>;
  /** The same for writes to a platform, by a look that may be {@link FRESH_MS} old. */
  glance(): Promise<void>;
  /** Stops the heartbeat and lets the next one in. Never throws. */
  release(): Promise<void>;
}

interface Top {
  /** 0 where nobody ever held it. */
  readonly generation: number;
  /** What the file holds, or why it cannot be read; changes with every heartbeat. */
  readonly text: string;
  readonly record: LockRecord | undefined;
}

const LOCK_BYTES = 65_536;

const LAST_GENERATION = 999_999_999_999_999;

// Races lost in a row before a waiter pauses.
const QUICK_TRIES = 20;

/**
 * Takes the lock: the file of the next generation is made by link(), which only one can do. Waits up to
 * `timeoutMs` for a holder that lives; takes over from one that is dead. Throws `lock-held`, or `storage` where the
 * directory cannot be written.
 */
export async function takeFileLock(
  place: LockPlace,
  me: Holder,
  timeoutMs: number,
  world: LockWorld,
): Promise<HeldLock> {
  const { clock } = world;
  const watch = createWatch(clock, place.timing.pollMs * 3);
  const start = clock.monotonic();
  let said = false;
  for (let lost = 0; ; ) {
    const top = await readTop(place, world.disk);
    const told = await tellTop(top, watch, place.timing, world.host);
    if (told.free) {
      if (await claim(place, top.generation + 1, me, world)) return hold(place, top.generation + 1, me, world);
      lost += 1;
      if (lost % QUICK_TRIES !== 0) continue;
    }
    const waited = clock.monotonic() - start;
    if (waited >= timeoutMs) throw lockHeld(place.shown, holderOf(top), told.evidence, waited);
    if (!told.free && !said) world.log?.(waitingFor(place.shown, holderOf(top), timeoutMs));
    said ||= !told.free;
    const pause = place.timing.pollMs * (0.75 + world.random() / 2);
    await clock.sleep(Math.min(pause, timeoutMs - waited), world.signal);
  }
}

/** Who holds the lock, and whether that one lives. */
export async function fileLockStatus(place: LockPlace, world: LockWorld): Promise<LockStatus> {
  const top = await readTop(place, world.disk);
  const holder = holderOf(top);
  if (isFree(top)) return { place: place.shown, held: false, verdict: "free", evidence: "nobody holds it" };
  const told = await judge(holder, world.host);
  return { place: place.shown, held: true, ...told, ...(holder === undefined ? {} : { holder }) };
}

/** See {@link LockControl.unlock}. The old holder, should it live, fails at its next check. */
export async function endFileLock(place: LockPlace, force: boolean, world: LockWorld): Promise<LockStatus> {
  const watch = createWatch(world.clock, place.timing.pollMs * 3);
  for (;;) {
    const status = await fileLockStatus(place, world);
    const top = await readTop(place, world.disk);
    if (isFree(top)) return status;
    if (status.verdict === "alive" && !force) throw lockHeld(place.shown, status.holder, status.evidence, 0);
    const told = await tellTop(top, watch, place.timing, world.host);
    if (told.free || force) {
      const released: LockRecord = { kind: "released", at: world.clock.wall().toISOString() };
      if (await claimText(place, top.generation + 1, lockText(released), world)) return status;
      continue;
    }
    await world.clock.sleep(place.timing.pollMs, world.signal);
  }
}

/** Whether the lock may be taken now, by what is seen and by how long it was seen unchanged. */
async function tellTop(
  top: Top,
  watch: (seen: string) => number,
  timing: LockTiming,
  host: Host,
): Promise<{ readonly free: boolean; readonly evidence: string }> {
  if (isFree(top)) return { free: true, evidence: "nobody holds it" };
  const told = await judge(holderOf(top), host);
  const unchanged = watch(`${top.generation} ${top.text}`);
  const free = told.verdict === "dead" || unchanged >= patience(told.verdict, holderOf(top), timing);
  return { free, evidence: told.evidence };
}

function isFree(top: Top): boolean {
  return top.generation === 0 || top.record?.kind === "released";
}

function holderOf(top: Top): Holder | undefined {
  return top.record?.kind === "held" ? top.record : undefined;
}

async function readTop(place: LockPlace, disk: Disk): Promise<Top> {
  for (;;) {
    const generation = await topGeneration(place, disk);
    if (generation === 0) return { generation, text: "", record: undefined };
    try {
      const bytes = await readRegular(disk, join(place.directory, String(generation)), LOCK_BYTES);
      // Gone since: a newer one stands there.
      if (bytes === undefined) continue;
      const text = new TextDecoder().decode(bytes);
      return { generation, text, record: parseLock(text) };
    } catch (error) {
      return { generation, text: because(error), record: undefined };
    }
  }
}

async function topGeneration(place: LockPlace, disk: Disk): Promise<number> {
  let names: readonly string[];
  try {
    names = await disk.readdir(place.directory);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return 0;
    throw unusable(place, error);
  }
  return Math.max(0, ...names.filter((name) => /^[1-9][0-9]{0,14}$/.test(name)).map(Number));
}

function unusable(place: LockPlace, error: unknown): JobwrightError {
  return storageError(
    "JW4012",
    `cannot use the lock ${place.shown}: ${because(error)}`,
    "Nothing was sent. Make the directory writable, or remove what stands in its place.",
    error,
  );
}

/** Makes the file of a generation; false where somebody else was first. */
async function claim(place: LockPlace, generation: number, me: Holder, world: LockWorld): Promise<boolean> {
  if (!(await claimText(place, generation, lockText({ kind: "held", beat: 0, ...me }), world))) return false;
  await removeOlder(place, generation, world.disk);
  return true;
}

async function claimText(place: LockPlace, generation: number, text: string, world: LockWorld): Promise<boolean> {
  const { disk } = world;
  const path = join(place.directory, String(generation));
  try {
    if (generation > LAST_GENERATION) throw new UnusableFile(`there is no number after ${LAST_GENERATION}`);
    await makeDirectory(disk, place.directory);
    if (!(await linkNew(place, path, text, world))) return false;
    if ((await topGeneration(place, disk)) === generation) return true;
    // Others were several generations ahead and had removed the older files already.
    await quietly(() => disk.unlink(path));
    return false;
  } catch (error) {
    throw error instanceof JobwrightError ? error : unusable(place, error);
  }
}

/** Writes a temporary file and links it to `path`; false where there is one already. */
async function linkNew(place: LockPlace, path: string, text: string, world: LockWorld): Promise<boolean> {
  const { disk } = world;
  const temporary = join(place.directory, `new-${randomHex(world.random, 6)}`);
  await writeWhole(disk, temporary, text);
  try {
    await disk.link(temporary, path);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    // ENOENT: the holder swept our temporary file away; look again.
    if (code === "ENOENT") return false;
    if (code === "EEXIST") return await isOurs(disk, path, text);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EMLINK") throw error;
    return await createNew(disk, path, text);
  } finally {
    await quietly(() => disk.unlink(temporary));
  }
}

/** A network file system may do what is asked and answer that it was there already. */
async function isOurs(disk: Disk, path: string, text: string): Promise<boolean> {
  try {
    const bytes = await readRegular(disk, path, LOCK_BYTES);
    return bytes !== undefined && new TextDecoder().decode(bytes) === text;
  } catch {
    return false;
  }
}

/** For file systems without links: as exclusive, but seen empty for a moment, which counts as held. */
async function createNew(disk: Disk, path: string, text: string): Promise<boolean> {
  try {
    await writeWhole(disk, path, text);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function writeWhole(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.create(path, 0o600);
  try {
    await file.write(new TextEncoder().encode(text));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function makeDirectory(disk: Disk, path: string): Promise<void> {
  try {
    await disk.mkdir(path);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** Older generations and the temporary files of the dead; a waiter that loses its own to this looks again. */
async function removeOlder(place: LockPlace, generation: number, disk: Disk): Promise<void> {
  await quietly(async () => {
    for (const name of await disk.readdir(place.directory)) {
      const older = /^[1-9][0-9]{0,14}$/.test(name) && Number(name) < generation;
      if (older || /^new-[0-9a-f]{12}$/.test(name)) await quietly(() => disk.unlink(join(place.directory, name)));
    }
  });
}

function hold(place: LockPlace, generation: number, me: Holder, world: LockWorld): HeldLock {
  const { disk, clock } = world;
  const path = join(place.directory, String(generation));
  const stop = new AbortController();
  let beat = 0;

  const ours = async (): Promise<Top | undefined> => {
    const top = await readTop(place, disk);
    const same = top.generation === generation && top.record?.kind === "held" && top.record.run === me.run;
    return same ? undefined : top;
  };
  const rewrite = async (record: LockRecord): Promise<void> => {
    const temporary = join(place.directory, `new-${randomHex(world.random, 6)}`);
    try {
      await writeWhole(disk, temporary, lockText(record));
      await disk.rename(temporary, path);
    } catch (error) {
      await quietly(() => disk.unlink(temporary));
      throw error;
    }
  };
  const beating = (async () => {
    for (;;) {
      await clock.sleep(place.timing.heartbeatMs, stop.signal);
      if ((await ours()) !== undefined) return;
      beat += 1;
      await quietly(() => rewrite({ kind: "held", beat, ...me }));
    }
  })().catch(() => {
    // Stopped, or the directory is gone: the next check tells.
  });

  const check = async (): Promise<void> => {
    const other = await ours();
    if (other !== undefined) throw lockLost(place.shown, holderOf(other));
  };

  return {
    generation,
    check,
    glance: sharing(clock, stop.signal, check),
    release: async () => {
      stop.abort();
      await beating;
      await quietly(async () => {
        if ((await ours()) === undefined) await rewrite({ kind: "released", at: clock.wall().toISOString() });
      });
    },
  };
}

/** So old, in milliseconds, a look at the lock may be where hundreds of writes a second each want one. */
const FRESH_MS = 25;

/**
 * Those who ask shortly after a look began are answered by it, until the lock is released. A machine's sleep shows in one
 * of the two clocks.
 */
function sharing({ monotonic, wall }: Clock, released: AbortSignal, look: () => Promise<void>): () => Promise<void> {
  let last: { readonly monotonic: number; readonly wall: number; readonly answer: Promise<void> } | undefined;
  return () => {
    const now = { monotonic: monotonic(), wall: wall().getTime() };
    const isFresh =
      !released.aborted &&
      last !== undefined &&
      now.monotonic - last.monotonic < FRESH_MS &&
      Math.abs(now.wall - last.wall) < FRESH_MS;
    if (last === undefined || !isFresh) last = { ...now, answer: look() };
    return last.answer;
  };
}

/** Somebody else took the lock meanwhile. Exit code 1. */
export function lockLost(place: string, to: Holder | undefined): JobwrightError {
  const whom = to === undefined ? "it was ended by hand" : `it went to ${describeHolder(to)}`;
  return new JobwrightError("JW4011", "lock-lost", `the lock ${place} is not ours any longer: ${whom}`, {
    hint: "Nothing more is sent or saved by this run; what it left open is settled by the next one. Plan again.",
  });
}
