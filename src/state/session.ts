import type { Clock } from "../model/runtime.ts";
import type { Shard } from "../model/shard.ts";
import type { Intent, State } from "../model/state.ts";
import { createDraft, type Entry } from "./changes.ts";
import type { Settlement, StateChange, StateSession } from "./store.ts";

/** An entry with its number; numbers have no gaps and are never used again. */
export interface Numbered {
  readonly seq: number;
  readonly entry: Entry;
}

/** Where a session's entries go: what differs between the stores. */
export interface Sink {
  /** With all entries whose `append` has settled, and what sessions of other parts had recorded when it last looked. */
  state(): State;
  /** Called in the order of the numbers; may run concurrently. `durable: false` may be put off until `close`. */
  append(entries: readonly Numbered[], durable: boolean): Promise<void>;
  /** Entries whose `append` has settled and that are not durable yet. */
  deferred(): readonly Numbered[];
  check(): Promise<void>;
  /**
   * Saves what is left and lets go, whatever happens. `missed` are entries whose `append` failed; answers whether they
   * are durable now.
   */
  close(missed: readonly Numbered[]): Promise<boolean>;
}

/**
 * A session over a sink; numbers its entries from `lastSeq + 1`. Sessions of several parts of a state each take only
 * every n-th number, so that none is used twice.
 */
export function createSession(of: {
  readonly sink: Sink;
  readonly run: string;
  readonly clock: Clock;
  readonly lastSeq: number;
  readonly shard?: Shard | undefined;
}): StateSession {
  const { sink, run, clock, shard = { index: 1, of: 1 } } = of;
  let seq = of.lastSeq;
  const next = (): number => {
    do seq += 1;
    while (seq % shard.of !== shard.index % shard.of);
    return seq;
  };
  let missed: Numbered[] = [];
  let closing: Promise<void> | undefined;

  const append = async (entries: readonly Numbered[], durable: boolean): Promise<void> => {
    if (closing !== undefined) throw new Error("the state session is closed");
    if (entries.length === 0) return;
    try {
      await sink.append(entries, durable);
    } catch (error) {
      // An intent that is not durable was never acted upon.
      missed.push(...entries.filter(({ entry }) => entry.kind !== "intent"));
      throw error;
    }
  };
  const number = (entry: Entry): Numbered => {
    return { seq: next(), entry };
  };
  const close = async (): Promise<void> => {
    if (await sink.close(missed)) missed = [];
  };

  return {
    run,
    get state() {
      return sink.state();
    },
    get unrecorded() {
      const bySeq = new Map([...missed, ...sink.deferred()].map((numbered) => [numbered.seq, numbered.entry]));
      return [...bySeq.values()].flatMap(recorded);
    },
    intend: async (wanted) => {
      const at = clock.wall().toISOString();
      const intents = wanted.map((intent): Intent => ({ ...intent, seq: next(), run, at }));
      await append(
        intents.map((intent) => ({ seq: intent.seq, entry: { kind: "intent", intent } })),
        true,
      );
      return intents;
    },
    settle: (settlements, options) =>
      append(
        settlements.map((settlement) => number({ kind: "settle", settlement })),
        options?.durable ?? false,
      ),
    change: (changes) =>
      append(
        changes.map((change) => number({ kind: "change", change })),
        false,
      ),
    check: () => sink.check(),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function recorded(entry: Entry): readonly (Settlement | StateChange)[] {
  if (entry.kind === "settle") return [entry.settlement];
  return entry.kind === "change" ? [entry.change] : [];
}

/** A sink that forgets everything at its end. */
export function createMemorySink(from: State): Sink {
  const draft = createDraft(from);
  return {
    state: () => draft.state(),
    append: async (entries) => {
      for (const { entry } of entries) draft.apply(entry);
    },
    deferred: () => [],
    check: async () => {},
    close: async () => true,
  };
}
