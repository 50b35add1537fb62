import type { RunPlan } from "./engine.ts";
import type { Step } from "./steps.ts";
import type { WorldOptions } from "./world.ts";

/** An apply that nothing stands in the way of, and that may do whatever is to be done. */
export function plainRun(seed: number): RunPlan {
  return {
    command: "apply",
    seed,
    weather: { rate: 0, latestMs: 0 },
    fortune: {},
    flags: { prune: true, allowReplace: true, acceptMissing: true, maxDeletes: 999, maxUpdates: 999 },
    key: "a",
    login: "key",
    strayed: false,
    git: { rate: 0 },
    pondering: 0,
    lockTimeoutMs: 900_000,
    crowded: false,
  };
}

/** One run by itself. */
export function runStep(run: RunPlan): Extract<Step, { kind: "run" }> {
  return { kind: "run", runs: [run], secondMs: 0 };
}

/** A commit comes well within the time that the platform is assumed to end a request in. */
export function latestOf({ createSettleMs }: Pick<WorldOptions, "createSettleMs">): number {
  return createSettleMs * 0.9;
}
