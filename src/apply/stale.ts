import type { ActionResult } from "../model/outcome.ts";
import type { Action, Change } from "../model/plan.ts";
import { failed } from "./context.ts";

/** The result of an action whose job is no longer what the plan saw; names what differs. */
export function staleResult(action: Action, why: string, now: readonly Change[] = []): ActionResult {
  const planned = new Set(action.changes.map((c) => c.path));
  const paths = now.map((c) => c.path);
  // What the plan does not speak of is news; where there is none, what it speaks of has moved.
  const news = paths.filter((path) => !planned.has(path));
  const moved = news.length > 0 ? news : paths;
  return {
    ...failed("JW3101", "stale", `${action.address}: ${why}${moved.length > 0 ? ` (${moved.join(", ")})` : ""}`, {
      hint: "Nothing was sent for this job. Look at a new plan and apply that.",
    }),
    ...(now.length > 0 ? { notConverged: now } : {}),
  };
}
