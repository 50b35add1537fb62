import type { Plan } from "../model/plan.ts";
import type { JobPlan } from "./action.ts";
import type { Match } from "./match.ts";

/**
 * A job with nothing to do, which the state is to know as such: its base follows what Git and live have moved to
 * together. Left out where nothing is done although something differs: a run that only heals drift leaves what is
 * pending, and its base, as they are.
 */
export function settledJob({ desired, live, state }: Match, { action, isLeft }: JobPlan): Plan["settled"] {
  const differs = action !== undefined || isLeft === true;
  return !differs && live !== undefined && state !== undefined ? [{ desired, live }] : [];
}
