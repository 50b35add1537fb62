import type { Clock, Env } from "../model/runtime.ts";
import { emptyState } from "./changes.ts";
import { randomHex, storageError } from "./failure.ts";
import { environmentName } from "./file-load.ts";
import { createGit, type Git } from "./git-command.ts";
import { asParent, type CommitWords, readCommit, type StateCommit, writeBlob, writeCommit } from "./git-commit.ts";
import { openStateRef, type StateRef } from "./git-ref.ts";
import { createGitSink } from "./git-sink.ts";
import type { Host } from "./host.ts";
import { type ClaimWorld, claimed, judgeClaim, type SeenLock } from "./lock-claim.ts";
import {
  createWatch,
  type Holder,
  holderOf,
  holdersOf,
  judge,
  type LockControl,
  type LockRecord,
  type LockStatus,
  type LockTiming,
  lockHeld,
  lockText,
  waitingFor,
} from "./lock-record.ts";
import { createSession } from "./session.ts";
import { encodeState } from "./state-format.ts";
import type { OpenOptions, StateSession, StateStore } from "./store.ts";

/** What a git store is made of. */
export interface GitStoreOptions {
  /** Absolute; a folder of the repository. */
  readonly root: string;
  /** `refs/jobwright/state`; an environment's is `<ref>-<env>`. */
  readonly ref: string;
  /** The remote's name. */
  readonly remote: string;
  readonly environment: string;
  readonly env: Env;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: () => number;
  /** Notices, a line at a time. */
  readonly log?: (line: string) => void;
  /** Ends waiting. */
  readonly signal?: AbortSignal;
  readonly timing?: Partial<LockTiming>;
  /** Replaces the real git. */
  readonly git?: Git;
}

/** Lease 60 s, heartbeat 20 s (a push each), a look every 3 s. */
const GIT_LOCK_TIMING: LockTiming = { leaseMs: 60_000, heartbeatMs: 20_000, pollMs: 3_000 };

// How often a ref may move on while it is being fetched.
const FETCHES = 50;

interface World extends GitStoreOptions {
  readonly run: Git;
  readonly lock: LockTiming;
  readonly name: string;
}

/**
 * A state in a ref of its own, in the repository's remote: commits that hold state.json and lock.json, pushed by
 * compare and swap. Work tree, index, branches and hooks are never touched. For ephemeral runners, whose disks are gone.
 */
export function createGitStore(options: GitStoreOptions): StateStore & LockControl {
  const name = options.environment === "" ? options.ref : `${options.ref}-${environmentName(options.environment)}`;
  const world: World = {
    ...options,
    run: options.git ?? createGit({ cwd: options.root, env: options.env }),
    lock: { ...GIT_LOCK_TIMING, ...options.timing },
    name,
  };
  return {
    kind: "git",
    place: `${options.remote} ${name}`,
    read: async () => (await readTip(world, await openRef(world)))?.stored.state,
    open: (how) => openGit(world, how),
    lockStatus: async () => {
      const ref = await openRef(world);
      return statusOf(await readTip(world, ref), ref, world);
    },
    unlock: ({ force }) => endLock(world, force),
  };
}

function openRef(world: World): Promise<StateRef> {
  const { clock, signal, remote } = world;
  return openStateRef({
    git: world.run,
    ref: world.name,
    remote,
    clock,
    ...(signal === undefined ? {} : { signal }),
  });
}

async function readTip(world: World, ref: StateRef): Promise<StateCommit | undefined> {
  for (let tried = 0; tried < FETCHES; tried += 1) {
    const tip = await ref.tip();
    if (tip === undefined) return undefined;
    if (await ref.fetch(tip)) return await readCommit(world.run, tip, ref.place, world.environment);
  }
  throw storageError("JW4021", `cannot read the state from ${ref.place}: it keeps changing`, "Run again.");
}

async function openGit(world: World, how: OpenOptions): Promise<StateSession> {
  const ref = await openRef(world);
  const run = randomHex(world.random, 8);
  const me = await holderOf(world, how, run, world.lock.leaseMs);
  const words = await wordsOf(world, how);
  const locked = await takeLock(world, ref, me, words, how);
  const sink = createGitSink(locked.now, {
    git: world.run,
    ref,
    clock: world.clock,
    timing: world.lock,
    me,
    shard: how.shard,
    words,
    before: locked.before?.record?.kind === "released" ? locked.before.commit : undefined,
    readTip: () => readTip(world, ref),
  });
  return createSession({ sink, run, clock: world.clock, lastSeq: locked.now.stored.lastSeq, shard: how.shard });
}

/** The state with our lock on top, pushed: this proves that the run can write before anything is sent. */
async function takeLock(
  world: World,
  ref: StateRef,
  me: Holder,
  words: CommitWords,
  { lockTimeoutMs, shard }: OpenOptions,
): Promise<{ readonly now: StateCommit; readonly before: StateCommit | undefined }> {
  const { clock } = world;
  const claims = claimWorld(world);
  const start = clock.monotonic();
  let seen = await readTip(world, ref);
  let said = false;
  for (;;) {
    const told = await judgeClaim(seen && lockIn(seen), shard, claims);
    if (told.free) {
      const taken = await commitOn(world, ref, seen, claimed(seen?.record, shard, me), "lock", words);
      if (taken !== undefined) return { now: taken, before: seen };
    } else {
      const waited = clock.monotonic() - start;
      if (waited >= lockTimeoutMs) throw lockHeld(ref.place, told.holder, told.evidence, waited);
      if (!said) world.log?.(waitingFor(ref.place, told.holder, lockTimeoutMs));
      said = true;
      const pause = world.lock.pollMs * (0.75 + world.random() / 2);
      await clock.sleep(Math.min(pause, lockTimeoutMs - waited), world.signal);
    }
    if ((await ref.tip()) !== seen?.commit) seen = await readTip(world, ref);
  }
}

function lockIn({ record, commit }: StateCommit): SeenLock {
  return { record, version: commit };
}

function claimWorld(world: World): ClaimWorld {
  const watch = () => createWatch(world.clock, world.lock.pollMs * 3);
  return { host: world.host, timing: world.lock, whole: watch(), part: watch() };
}

/** A commit on top of `seen` with another lock record; undefined where the ref has moved on. */
async function commitOn(
  world: World,
  ref: StateRef,
  seen: StateCommit | undefined,
  record: LockRecord,
  stage: string,
  words: CommitWords,
): Promise<StateCommit | undefined> {
  const { run: git, clock } = world;
  const { place } = ref;
  const stored = seen?.stored ?? { state: newState(world), lastSeq: 0 };
  const stateBlob = seen?.stateBlob ?? (await writeBlob(git, encodeState(stored), place));
  const text = lockText(record);
  const lockBlob = await writeBlob(git, text, place);
  const parent = await asParent(git, seen?.closed);
  const commit = await writeCommit(git, { stateBlob, lockBlob, parent, stage, words, at: clock.wall(), place });
  if (!(await ref.replace(seen?.commit, commit))) return undefined;
  return { commit, stored, stateBlob, lockText: text, record, closed: seen?.closed };
}

function newState(world: World) {
  const hex = () => randomHex(world.random, 16);
  return emptyState({ lineage: hex(), salt: hex(), environment: world.environment });
}

async function wordsOf(world: World, how: OpenOptions): Promise<CommitWords> {
  const head = await world.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  return {
    holder: how.holder,
    command: how.command,
    message: how.message,
    ...(how.runUrl === undefined ? {} : { runUrl: how.runUrl }),
    ...(head.code === 0 ? { head: head.stdout.toString("utf8").trim() } : {}),
  };
}

async function statusOf(seen: StateCommit | undefined, ref: StateRef, world: World): Promise<LockStatus> {
  const { place } = ref;
  if (seen === undefined || seen.record?.kind === "released") {
    return { place, held: false, verdict: "free", evidence: "nobody holds it" };
  }
  const holders = holdersOf(seen.record);
  const told = await Promise.all((holders.length === 0 ? [undefined] : holders).map((each) => judge(each, world.host)));
  const living = told.findIndex(({ verdict }) => verdict !== "dead");
  const { verdict = "unknown", evidence = "" } = told[Math.max(0, living)] ?? {};
  const holder = holders[Math.max(0, living)];
  const others = holders.length > 1 ? `; it is held in parts, by ${holders.length} runs` : "";
  return { place, held: true, verdict, evidence: evidence + others, ...(holder === undefined ? {} : { holder }) };
}

async function endLock(world: World, force: boolean): Promise<LockStatus> {
  const ref = await openRef(world);
  const claims = claimWorld(world);
  for (;;) {
    const seen = await readTip(world, ref);
    const status = await statusOf(seen, ref, world);
    if (!status.held) return status;
    if (status.verdict === "alive" && !force) throw lockHeld(ref.place, status.holder, status.evidence, 0);
    const { free } = await judgeClaim(seen && lockIn(seen), undefined, claims);
    if (free || force) {
      const words: CommitWords = { holder: world.host.name, command: "state unlock", message: status.evidence };
      const last = free ? seen : await holdFor(world, ref, seen, words);
      const record: LockRecord = { kind: "released", at: world.clock.wall().toISOString() };
      const ended = last !== undefined && (await commitOn(world, ref, last, record, "lock ended", words)) !== undefined;
      if (ended) return status;
      continue;
    }
    await world.clock.sleep(world.lock.pollMs, world.signal);
  }
}

/**
 * Keeps the lock for as long as a holder that may be alive can go without looking at it. Undefined where somebody else
 * was quicker.
 */
async function holdFor(
  world: World,
  ref: StateRef,
  seen: StateCommit | undefined,
  words: CommitWords,
): Promise<StateCommit | undefined> {
  const { clock, lock, signal } = world;
  const how: OpenOptions = { ...words, lockTimeoutMs: 0, environment: world.environment };
  const me = await holderOf(world, how, randomHex(world.random, 8), lock.leaseMs);
  const taken = await commitOn(world, ref, seen, { kind: "held", beat: 0, ...me }, "lock ended", words);
  if (taken === undefined) return undefined;
  const seconds = Math.ceil(lock.heartbeatMs / 1000);
  world.log?.(`The lock is taken away; for ${seconds} s nobody gets it, so that its holder, if it lives, notices.`);
  await clock.sleep(lock.heartbeatMs, signal);
  return taken;
}
