import type { Action, Cause, Plan } from "../model/plan.ts";
import { destructionHeadline, isDestructive } from "./counts.ts";
import { counted, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";

/** Names at most so many jobs of one sort; the rest is counted. */
const MOST_NAMES = 20;

/**
 * What must not be missed in a plan, with the names of the jobs, in the order of its weight: changes made by hand that
 * are undone, then what is deleted. Followed by an empty line where there is anything.
 */
export function stakesLines(plan: Plan, style: RenderStyle): string[] {
  const lines = [...undoneLines(plan, style), ...destructionLines(plan, style)];
  return lines.length === 0 ? [] : [...lines, ""];
}

/** What somebody did live, and what becomes of it. A job of several sorts is told once, by the worst. */
function undoneLines({ actions }: Plan, style: RenderStyle): string[] {
  const gone = actions.filter(({ action, changes }) => action === "create" && has(changes, "drift"));
  const moved = actions.filter(({ action }) => action === "update" || action === "replace");
  const conflict = moved.filter(({ changes }) => has(changes, "conflict"));
  const drift = moved.filter((action) => has(action.changes, "drift") && !conflict.includes(action));
  return [
    ...named(gone, "deleted live; this makes", "again", "warning", style),
    ...named(drift, "changed live; this puts", "back", "warning", style),
    ...named(conflict, "changed live and in Git; this brings", "to what Git says", "danger", style),
  ];
}

function has(changes: Action["changes"], cause: Cause): boolean {
  return changes.some((change) => change.cause === cause);
}

function named(actions: readonly Action[], was: string, then: string, paint: Paint, style: RenderStyle): string[] {
  if (actions.length === 0) return [];
  const jobs = counted(actions.length, "job was", "jobs were");
  const them = actions.length === 1 ? "it" : "them";
  return painted(`! ${jobs} ${was} ${them} ${then}: ${namesOf(actions, style)}`, paint, style);
}

function destructionLines(plan: Plan, style: RenderStyle): string[] {
  const headline = destructionHeadline(plan);
  if (headline === undefined) return [];
  return painted(`! ${headline}: ${namesOf(plan.actions.filter(isDestructive), style)}`, "danger", style);
}

function painted(text: string, paint: Paint, style: RenderStyle): string[] {
  return wrapped(style, text, 0, 2).map((line) => style.paint(paint, line));
}

function namesOf(actions: readonly Action[], style: RenderStyle): string {
  const names = actions.slice(0, MOST_NAMES).map(({ address }) => shown(style, address, 60));
  const more = actions.length - MOST_NAMES;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
