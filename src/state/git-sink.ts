import type { JobwrightError } from "../errors.ts";
import type { Clock } from "../model/runtime.ts";
import type { Shard } from "../model/shard.ts";
import { createDraft } from "./changes.ts";
import { lockLost } from "./file-lock.ts";
import type { Git } from "./git-command.ts";
import { asParent, type CommitWords, type StateCommit, writeBlob, writeCommit } from "./git-commit.ts";
import type { StateRef } from "./git-ref.ts";
import { withPart } from "./lock-claim.ts";
import { type Holder, holdersOf, type LockRecord, type LockTiming, lockText, type PartHolder } from "./lock-record.ts";
import type { Numbered, Sink } from "./session.ts";
import { encodeState } from "./state-format.ts";

/** What a session on a ref is made of. */
export interface GitSinkOptions {
  readonly git: Git;
  readonly ref: StateRef;
  readonly clock: Clock;
  readonly timing: LockTiming;
  readonly me: Holder;
  /** The part of the lock that is ours; undefined: all of it. */
  readonly shard: Shard | undefined;
  readonly words: CommitWords;
  /** Where the ref pointed before our lock, if that session was closed: where it may go back if nothing happens. */
  readonly before: string | undefined;
  /** Reads what the ref holds now. */
  readonly readTip: () => Promise<StateCommit | undefined>;
}

/** How often a push is tried again because sessions of other parts came first. */
const MOST_REJOINS = 100;

/** How many ends of intents may wait for a push. */
const PUSH_EVERY = 50;

/** Both clocks: one of them stands still while a machine sleeps. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * A session on a ref whose lock commit, ours, is its tip. Intents are pushed before `append` settles; ends of intents
 * with them, every {@link PUSH_EVERY}, with each heartbeat, and at the end. Who holds a part of the lock finds that
 * others move the tip: what is not pushed yet is then put on top of theirs, which is about other jobs.
 */
export function createGitSink(
  locked: Pick<StateCommit, "commit" | "stored" | "stateBlob" | "closed" | "record">,
  options: GitSinkOptions,
): Sink {
  const { git, ref, clock, timing, me, shard } = options;
  let draft = createDraft(locked.stored.state);
  const stop = new AbortController();
  let tip = locked.commit;
  let stateBlob = locked.stateBlob;
  let holders = partsIn(locked.record);
  let lastSeq = locked.stored.lastSeq;
  let storedSeq = lastSeq;
  let waiting: Numbered[] = [];
  let beat = 0;
  let pushedAt = moment();
  /** A commit whose push failed without an answer: the ref may point to it. */
  let doubtful: string | undefined;
  let lost: JobwrightError | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let nextPush: Promise<void> | undefined;

  function moment(): Moment {
    return { monotonic: clock.monotonic(), wall: clock.wall().getTime() };
  }

  /** One git conversation at a time: each rests on the tip that the one before left. */
  const exclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const run = queue.then(work, work);
    queue = run.catch(() => {});
    return run;
  };

  const lose = async (): Promise<JobwrightError> => {
    const now = await options.readTip().catch(() => undefined);
    lost = lockLost(ref.place, holdersOf(now?.record)[0]);
    return lost;
  };

  /** The tip is not ours: where that is because of other parts, what is not pushed yet goes on top of it. */
  const rejoin = async (): Promise<void> => {
    const now = shard === undefined ? undefined : await options.readTip();
    const { record } = now ?? {};
    const mine =
      record?.kind === "shared" && record.of === shard?.of && record.holders.some(({ run }) => run === me.run);
    if (now === undefined || !mine) throw await lose();
    holders = partsIn(record);
    tip = now.commit;
    stateBlob = now.stateBlob;
    storedSeq = Math.max(storedSeq, now.stored.lastSeq);
    draft = createDraft(now.stored.state);
    for (const { entry } of waiting) draft.apply(entry);
  };

  const settleDoubt = async (): Promise<void> => {
    if (doubtful === undefined) return;
    if ((await ref.tip()) === doubtful) tip = doubtful;
    doubtful = undefined;
  };

  const push = async (stage: string, record: () => LockRecord, parent: string | undefined): Promise<void> => {
    for (let tried = 0; ; tried += 1) {
      if (lost !== undefined) throw lost;
      await settleDoubt();
      const seq = lastSeq;
      const started = moment();
      const { place } = ref;
      const known = Math.max(seq, storedSeq);
      if (waiting.length > 0)
        stateBlob = await writeBlob(git, encodeState({ state: draft.state(), lastSeq: known }), place);
      const lockBlob = await writeBlob(git, lockText(record()), place);
      const words = options.words;
      const next = await writeCommit(git, { stateBlob, lockBlob, parent, stage, words, at: clock.wall(), place });
      doubtful = next;
      const replaced = await ref.replace(tip, next);
      doubtful = undefined;
      if (!replaced) {
        if (tried >= MOST_REJOINS) throw await lose();
        await rejoin();
        continue;
      }
      tip = next;
      storedSeq = known;
      waiting = waiting.filter((entry) => entry.seq > seq);
      pushedAt = started;
      return;
    }
  };

  const pushHeld = (stage: string): Promise<void> => {
    beat += 1;
    const mine = { beat, ...me };
    return push(
      stage,
      () =>
        shard === undefined ? { kind: "held", ...mine } : withPart(holders, shard, { part: shard.index, ...mine }),
      locked.closed,
    );
  };

  /** Calls that come while a push is under way share the next one. */
  const pushSoon = (): Promise<void> => {
    nextPush ??= exclusive(async () => {
      nextPush = undefined;
      await pushHeld("progress");
    });
    return nextPush;
  };

  const beating = (async () => {
    while (lost === undefined) {
      await clock.sleep(timing.heartbeatMs, stop.signal);
      // A remote that is away for a moment is no reason to stop; a lost lock is told by the next call.
      await exclusive(() => pushHeld("heartbeat")).catch(() => {});
    }
  })().catch(() => {});

  const check = async (): Promise<void> => {
    if (lost !== undefined) throw lost;
    const now = moment();
    const since = Math.max(now.monotonic - pushedAt.monotonic, Math.abs(now.wall - pushedAt.wall));
    // Nobody takes over before a whole lease without a heartbeat.
    if (since < timing.heartbeatMs) return;
    await exclusive(async () => {
      await settleDoubt();
      if ((await ref.tip()) !== tip) await rejoin();
    });
  };

  const finish = async (): Promise<boolean> => {
    if (lost !== undefined) {
      if (waiting.length > 0) throw lost;
      return false;
    }
    await settleDoubt();
    // Nothing happened: the history does not need to tell it.
    if (lastSeq === locked.stored.lastSeq && options.before !== undefined && shard === undefined) {
      await ref.replace(tip, options.before);
      return true;
    }
    const at = clock.wall().toISOString();
    const left = (): LockRecord => {
      const rest = shard === undefined ? undefined : withPart(holders, shard, undefined);
      return rest?.kind === "shared" && rest.holders.length > 0 ? rest : { kind: "released", at };
    };
    await push("done", left, await asParent(git, locked.closed));
    return true;
  };

  return {
    state: () => draft.state(),
    deferred: () => waiting,
    append: async (entries, durable) => {
      if (lost !== undefined) throw lost;
      for (const { seq, entry } of entries) {
        draft.apply(entry);
        lastSeq = seq;
      }
      waiting.push(...entries);
      if (!durable && waiting.length < PUSH_EVERY) return;
      try {
        await pushSoon();
      } catch (error) {
        // Nothing was sent for an intent that was not pushed.
        waiting = waiting.filter((each) => each.entry.kind !== "intent" || !entries.includes(each));
        for (const { seq } of entries.filter(({ entry }) => entry.kind === "intent")) {
          draft.apply({ kind: "settle", settlement: { seq, kind: "not-done" } });
        }
        throw error;
      }
    },
    check,
    close: async () => {
      stop.abort();
      await beating;
      return await exclusive(finish);
    },
  };
}

function partsIn(record: LockRecord | undefined): readonly PartHolder[] {
  return record?.kind === "shared" ? record.holders : [];
}
