import { objectFrom } from "../model/document.ts";
import type { Intent, JobState, State } from "../model/state.ts";
import type { Settlement, StateChange } from "./store.ts";

/** One step of a state's history, as the journal keeps it. */
export type Entry =
  | { readonly kind: "intent"; readonly intent: Intent }
  | { readonly kind: "settle"; readonly settlement: Settlement }
  | { readonly kind: "change"; readonly change: StateChange };

/** A state that entries are added to one by one; cheap for many. */
export interface Draft {
  /** Adds an entry; the serial grows by one. */
  apply(entry: Entry): void;
  /** The state as it stands; the same object until the next entry. */
  state(): State;
}

/** How many digests of applied plans are remembered. */
const APPLIED_LIMIT = 100;

/** A state that knows nothing yet. `lineage` and `salt` are hex, made once. */
export function emptyState(of: {
  readonly lineage: string;
  readonly salt: string;
  readonly environment: string;
}): State {
  return {
    formatVersion: 1,
    lineage: of.lineage,
    serial: 0,
    salt: of.salt,
    environment: of.environment,
    targets: {},
    jobs: {},
    open: [],
    applied: [],
  };
}

/** The state after a change. `put` replaces the whole entry, `targets` adds to those known, `applied` is kept once. */
export function applyChange(state: State, change: StateChange): State {
  return applyEntries(state, [{ kind: "change", change }]);
}

/**
 * The state after an intent's end: `done` and `not-done` close it, `unknown` leaves it open. A second end of the same
 * intent changes nothing but what its `done` carries.
 */
export function applySettlement(state: State, settlement: Settlement): State {
  return applyEntries(state, [{ kind: "settle", settlement }]);
}

/** The state after some entries. The serial is left to the store. */
function applyEntries(state: State, entries: readonly Entry[]): State {
  const draft = createDraft(state);
  for (const entry of entries) draft.apply(entry);
  return { ...draft.state(), serial: state.serial };
}

/** Starts from a state, which is not changed. */
export function createDraft(from: State): Draft {
  let rest = from;
  const jobs = new Map<string, JobState>(Object.entries(from.jobs));
  const open = new Map<number, Intent>(from.open.map((intent) => [intent.seq, intent]));
  let made: State | undefined = from;
  let jobsObject: State["jobs"] | undefined = from.jobs;

  const change = (what: StateChange): void => {
    switch (what.kind) {
      case "put":
        jobs.set(what.address, what.job);
        jobsObject = undefined;
        return;
      case "remove":
        jobs.delete(what.address);
        jobsObject = undefined;
        return;
      case "targets":
        rest = { ...rest, targets: { ...rest.targets, ...what.targets } };
        return;
      case "applied": {
        const others = rest.applied.filter((digest) => digest !== what.digest);
        rest = { ...rest, applied: [...others, what.digest].slice(-APPLIED_LIMIT) };
        return;
      }
    }
  };

  const settle = (settlement: Settlement): void => {
    if (settlement.kind === "unknown") return;
    open.delete(settlement.seq);
    if (settlement.kind === "done") change(settlement.change);
  };

  return {
    apply: (entry) => {
      made = undefined;
      rest = { ...rest, serial: rest.serial + 1 };
      if (entry.kind === "intent") open.set(entry.intent.seq, entry.intent);
      else if (entry.kind === "settle") settle(entry.settlement);
      else change(entry.change);
    },
    state: () => {
      jobsObject ??= objectFrom(jobs);
      made ??= { ...rest, jobs: jobsObject, open: [...open.values()] };
      return made;
    },
  };
}
