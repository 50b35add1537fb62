import type { ActionKind } from "./plan.ts";

/** Told how far a run is while it runs. Nothing waits for it, and nothing depends on it. */
export interface Progress {
  /** Something begins that may take a while: `Reading nimble`, counted in `unit` (`jobs`). */
  step(what: string, unit?: string): Step;
  /** So many actions are about to be carried out. */
  applying(total: number): Applying;
  /** A target is left alone for `ms` milliseconds, and why. */
  waiting(wait: { readonly target: string; readonly ms: number; readonly why: string }): void;
}

/** One piece of work that is under way. */
export interface Step {
  /** How much is done, and of how much where that is known. */
  at(done: number, total?: number): void;
  end(): void;
}

/** The actions of an apply that are under way. */
export interface Applying {
  started(address: string, action: ActionKind): void;
  /** `problem`: why it did not go well, on one line, safe to show. */
  finished(address: string, status: string, problem?: string): void;
  end(): void;
}

const NO_STEP: Step = { at: () => {}, end: () => {} };

/** Nobody listens. */
export const NO_PROGRESS: Progress = {
  step: () => NO_STEP,
  applying: () => ({ started: () => {}, finished: () => {}, end: () => {} }),
  waiting: () => {},
};
