import type { Shard } from "../model/shard.ts";
import type { Intent, State } from "../model/state.ts";

/**
 * Where the state lives. A store promises: a read never changes anything; what `intend`, `record` and `save` returned
 * from is durable; no two sessions that may write the same job are open at once, or the older one fails at its next
 * call (`lock-lost`); what cannot be read is an error that leaves everything as it is, never an empty state.
 */
export interface StateStore {
  readonly kind: "none" | "file" | "git";
  /** Where it is, for people: a path or a ref. */
  readonly place: string;
  /** The state as it stands (journal replayed), or undefined where there is none yet. Takes no lock, writes nothing. */
  read(): Promise<State | undefined>;
  /** Takes the lock (waiting up to `lockTimeoutMs`), proves that it can write, and settles what a crash left. */
  open(options: OpenOptions): Promise<StateSession>;
}

/** How to open a state for writing. */
export interface OpenOptions {
  /** Who asks: user@host, for the lock's message. */
  readonly holder: string;
  readonly command: string;
  readonly runUrl?: string;
  /** 0: refuse at once where somebody holds it. */
  readonly lockTimeoutMs: number;
  /** For commits of the git store. */
  readonly message: string;
  /** Used where there is no state yet. */
  readonly environment: string;
  /** The session writes jobs of this part only: the git store lets sessions of other parts in beside it. */
  readonly shard?: Shard;
}

/** The end of an intent. `done` carries what the state is to hold for the address from now on (undefined: nothing). */
export type Settlement =
  | { readonly seq: number; readonly kind: "done"; readonly change: StateChange }
  | { readonly seq: number; readonly kind: "not-done" }
  /** Stays open. */
  | { readonly seq: number; readonly kind: "unknown" };

/** A change of the state's content. Pure: given the state, answers the new one. */
export type StateChange =
  | { readonly kind: "put"; readonly address: string; readonly job: State["jobs"][string] }
  | { readonly kind: "remove"; readonly address: string }
  | { readonly kind: "targets"; readonly targets: State["targets"] }
  | { readonly kind: "applied"; readonly digest: string };

/** A state opened for writing. */
export interface StateSession {
  /** As of the last call. */
  readonly state: State;
  /** This session's id, the `run` of its intents. */
  readonly run?: string;
  /** What could not be made durable, because a call failed; `close` tries once more. See rescue.ts. */
  readonly unrecorded?: readonly (Settlement | StateChange)[];
  /** Makes intents durable (pushed, with git) before anything is sent; answers them with their `seq`. */
  intend(intents: readonly Omit<Intent, "seq" | "run" | "at">[]): Promise<readonly Intent[]>;
  /**
   * Makes ends of intents durable. The git store pushes them with the next `intend`, with `close`, every 50 of them,
   * with each heartbeat, or at once where `durable` is set: a step that rests on them and was intended before needs it.
   */
  settle(settlements: readonly Settlement[], options?: { readonly durable?: boolean }): Promise<void>;
  /** Changes without an intent (adopted, forgotten, bases that follow, holds). */
  change(changes: readonly StateChange[]): Promise<void>;
  /** Throws `lock-lost` unless the lock is still ours. Called before each write to a platform. */
  check(): Promise<void>;
  /** Compacts, (git) pushes, releases the lock. Safe to call twice. */
  close(): Promise<void>;
}
