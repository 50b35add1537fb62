import type { JobwrightError } from "../errors.ts";
import type { Clock } from "../model/runtime.ts";
import { createDraft } from "./changes.ts";
import { lockLost } from "./file-lock.ts";
import type { Git } from "./git-command.ts";
import { asParent, type CommitWords, type StateCommit, writeBlob, writeCommit } from "./git-commit.ts";
import type { StateRef } from "./git-ref.ts";
import { type Holder, type LockRecord, type LockTiming, lockText } from "./lock-record.ts";
import type { Numbered, Sink } from "./session.ts";
import { encodeState } from "./state-format.ts";

/** What a session on a ref is made of. */
export interface GitSinkOptions {
  readonly git: Git;
  readonly ref: StateRef;
  readonly clock: Clock;
  readonly timing: LockTiming;
  readonly me: Holder;
  readonly words: CommitWords;
  /** Where the ref pointed before our lock, if that session was closed: where it may go back if nothing happens. */
  readonly before: string | undefined;
  /** Reads who holds the ref now, for `lock-lost`. */
  readonly holderNow: (commit: string) => Promise<Holder | undefined>;
}

/** How many ends of intents may wait for a push. */
const PUSH_EVERY = 50;

/** Both clocks: one of them stands still while a machine sleeps. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * A session on a ref whose lock commit, ours, is its tip. Intents are pushed before `append` settles; ends of intents
 * with them, every {@link PUSH_EVERY}, with each heartbeat, and at the end.
 */
export function createGitSink(
  locked: Pick<StateCommit, "commit" | "stored" | "stateBlob" | "closed">,
  options: GitSinkOptions,
): Sink {
  const { git, ref, clock, timing, me } = options;
  const draft = createDraft(locked.stored.state);
  const stop = new AbortController();
  let tip = locked.commit;
  let stateBlob = locked.stateBlob;
  let lastSeq = locked.stored.lastSeq;
  let pushedSeq = lastSeq;
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
    const now = await ref.tip();
    const holder = now === undefined ? undefined : await options.holderNow(now).catch(() => undefined);
    lost = lockLost(ref.place, holder);
    return lost;
  };

  const settleDoubt = async (): Promise<void> => {
    if (doubtful === undefined) return;
    if ((await ref.tip()) === doubtful) tip = doubtful;
    doubtful = undefined;
  };

  const push = async (stage: string, record: LockRecord, parent: string | undefined): Promise<void> => {
    if (lost !== undefined) throw lost;
    await settleDoubt();
    const seq = lastSeq;
    const started = moment();
    const { place } = ref;
    if (seq > pushedSeq) stateBlob = await writeBlob(git, encodeState({ state: draft.state(), lastSeq: seq }), place);
    const lockBlob = await writeBlob(git, lockText(record), place);
    const words = options.words;
    const next = await writeCommit(git, { stateBlob, lockBlob, parent, stage, words, at: clock.wall(), place });
    doubtful = next;
    const replaced = await ref.replace(tip, next);
    doubtful = undefined;
    if (!replaced) throw await lose();
    tip = next;
    pushedSeq = seq;
    waiting = waiting.filter((entry) => entry.seq > seq);
    pushedAt = started;
  };

  const pushHeld = (stage: string): Promise<void> => {
    beat += 1;
    return push(stage, { kind: "held", beat, ...me }, locked.closed);
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
      if ((await ref.tip()) !== tip) throw await lose();
    });
  };

  const finish = async (): Promise<boolean> => {
    if (lost !== undefined) {
      if (waiting.length > 0) throw lost;
      return false;
    }
    await settleDoubt();
    // Nothing happened: the history does not need to tell it.
    if (lastSeq === locked.stored.lastSeq && options.before !== undefined) {
      await ref.replace(tip, options.before);
      return true;
    }
    const at = clock.wall();
    await push("done", { kind: "released", at: at.toISOString() }, await asParent(git, locked.closed));
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
