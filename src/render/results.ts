import type { ActionResult, OutcomeClass } from "../model/outcome.ts";
import type { ActionKind, Plan } from "../model/plan.ts";

/** How each action ended, by address. An action without a result counts as skipped. */
export type Results = ReadonlyMap<string, ActionResult>;

/** What an action without a result is taken for: it was never begun. */
export const NOT_BEGUN: ActionResult = { status: "skipped", class: "not-sent", notes: [] };

/** What people read for an action that is done. */
export const DONE: Readonly<Record<ActionKind, string>> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  adopt: "adopted",
  forget: "forgotten",
};

/** What is known of a request, in words. */
export const MEANING: Readonly<Record<OutcomeClass, string>> = {
  "not-sent": "nothing was sent",
  "not-done": "it did not happen",
  unknown: "it may have happened",
  done: "it happened",
};

/** `Applied: 1 created, 2 updated. 1 failed, 1 unknown.` */
export function resultsHeadline(plan: Plan, results: Results): string {
  const rows = plan.actions.map((action) => ({ kind: action.action, ...(results.get(action.address) ?? NOT_BEGUN) }));
  const kinds: readonly ActionKind[] = ["create", "update", "replace", "delete", "adopt", "forget"];
  const done = kinds
    .map((kind) => [rows.filter((row) => row.kind === kind && row.status === "applied").length, DONE[kind]] as const)
    .filter(([n]) => n > 0);
  const statuses: readonly ActionResult["status"][] = ["failed", "unknown", "stale", "skipped"];
  const rest = [
    ...statuses.map((status) => [rows.filter((row) => row.status === status).length, status] as const),
    [rows.filter(({ notConverged = [] }) => notConverged.length > 0).length, "not converged"] as const,
  ].filter(([n]) => n > 0);
  const told = (pairs: readonly (readonly [number, string])[]): string =>
    pairs.map(([n, word]) => `${n} ${word}`).join(", ");
  const first = done.length === 0 ? "Nothing was applied." : `Applied: ${told(done)}.`;
  return rest.length === 0 ? first : `${first} ${told(rest)}.`;
}
