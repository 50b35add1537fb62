import type { Action, ActionKind, Plan, Summary } from "../model/plan.ts";
import { counted } from "./style.ts";

/** The kinds of actions in the order in which they are shown: what destroys comes last, next to the summary. */
export const KINDS: readonly ActionKind[] = ["create", "adopt", "update", "forget", "replace", "delete"];

/** How people know what happens to a job. */
export const SYMBOLS: Readonly<Record<ActionKind, string>> = {
  create: "+",
  adopt: "<=",
  update: "~",
  forget: "x",
  replace: "-/+",
  delete: "-",
};

/** Whether an action ends a live job. */
export function isDestructive(action: Action): boolean {
  return action.action === "delete" || action.action === "replace";
}

/** `1 to create, 2 to update`; empty where there is nothing to do. */
export function todoText({ summary }: Pick<Plan, "summary">): string {
  return todoCounts(summary).join(", ");
}

function todoCounts(summary: Summary): readonly string[] {
  const kinds: readonly ActionKind[] = ["create", "update", "replace", "delete", "adopt", "forget"];
  return kinds.filter((kind) => summary[kind] > 0).map((kind) => `${summary[kind]} to ${kind}`);
}

/** What else was counted: `41 unchanged, 2 paused by hand`. */
function otherCounts(summary: Summary): readonly string[] {
  const rows: readonly (readonly [number, string])[] = [
    [summary.unchanged, "unchanged"],
    [summary.paused, "paused by hand"],
    [summary.left ?? 0, "pending or in conflict (not drift: left as it is)"],
    [summary.held, "held"],
    [summary.orphaned, "no longer declared"],
    [summary.unmanaged, "unmanaged"],
  ];
  return rows.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`);
}

/** The plan in one sentence or two: `Plan: 1 to create, 2 to update. 41 unchanged.` */
export function planHeadline(plan: Plan): string {
  const todo = todoCounts(plan.summary);
  const scope = plan.narrowed ? " Only what was selected was looked at." : "";
  if (todo.length === 0) return `${noChanges(plan.summary)}${scope}`;
  const others = otherCounts(plan.summary);
  return `Plan: ${todo.join(", ")}.${others.length === 0 ? "" : ` ${others.join(", ")}.`}${scope}`;
}

function noChanges(summary: Summary): string {
  const others = otherCounts({ ...summary, unchanged: 0 });
  const told = summary.unchanged === 0 ? "" : ` ${counted(summary.unchanged, "job is", "jobs are")} as declared.`;
  return `No changes.${told}${others.length === 0 ? "" : ` ${others.join(", ")}.`}`;
}

/** `2 jobs will be deleted, 1 replaced`; undefined where nothing is destroyed. */
export function destructionHeadline(plan: Plan): string | undefined {
  const deleted = plan.actions.filter((action) => action.action === "delete").length;
  const replaced = plan.actions.filter((action) => action.action === "replace").length;
  if (deleted + replaced === 0) return undefined;
  if (deleted === 0) return `${counted(replaced, "job")} will be replaced (a new one made, the old one deleted)`;
  return `${counted(deleted, "job")} will be deleted${replaced === 0 ? "" : `, ${replaced} replaced (a new one made, the old one deleted)`}`;
}

/** What a PUT does: `changes 1 field, carries 14`; undefined where nothing is carried. */
export function carriedText(action: Action): string | undefined {
  if (action.carried === undefined) return undefined;
  return `changes ${counted(action.changes.length, "field")}, carries ${action.carried.paths.length}`;
}
