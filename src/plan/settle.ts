import type { Plan } from "../model/plan.ts";
import type { JobPlan } from "./action.ts";
import type { Match } from "./match.ts";

/**
 * A job with nothing to do, which the state is to know as such: its base follows what Git and live have moved to
 * together. Left out where a switch is paused, so that the base keeps saying that it should be on.
 */
export function settledJob({ desired, live, state }: Match, plan: JobPlan): Plan["settled"] {
  return plan.action === undefined && live !== undefined && state !== undefined ? [{ desired, live }] : [];
}
