import type { Action, Cause, Plan } from "../model/plan.ts";
import { counted } from "./style.ts";

/** Jobs with something that somebody did live, and what a plan does about it. */
export interface UndoneGroup {
  /** `2 jobs were changed live; this puts them back`. */
  readonly text: string;
  readonly worst: boolean;
  readonly actions: readonly Action[];
}

/** What somebody did live and a plan undoes, the worst last. A job of several sorts is told once, by the worst. */
export function undoneGroups({ actions }: Plan): readonly UndoneGroup[] {
  const gone = actions.filter(({ action, changes }) => action === "create" && has(changes, "drift"));
  const moved = actions.filter(({ action }) => action === "update" || action === "replace");
  const conflict = moved.filter(({ changes }) => has(changes, "conflict"));
  const told = new Set(conflict);
  const drift = moved.filter((action) => has(action.changes, "drift") && !told.has(action));
  return [
    ...group(gone, "deleted live; this makes", "again"),
    ...group(drift, "changed live; this puts", "back"),
    ...group(conflict, "changed live and in Git; this brings", "to what Git says", true),
  ];
}

function has(changes: Action["changes"], cause: Cause): boolean {
  return changes.some((change) => change.cause === cause);
}

function group(actions: readonly Action[], was: string, then: string, worst = false): readonly UndoneGroup[] {
  if (actions.length === 0) return [];
  const jobs = counted(actions.length, "job was", "jobs were");
  return [{ text: `${jobs} ${was} ${actions.length === 1 ? "it" : "them"} ${then}`, worst, actions }];
}
