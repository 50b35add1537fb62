import type { Action, Plan } from "../model/plan.ts";
import { destructionHeadline, isDestructive } from "./counts.ts";
import { undoneGroups } from "./stakes.ts";
import { type Paint, type RenderStyle, shown, wrapped } from "./style.ts";

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

function undoneLines(plan: Plan, style: RenderStyle): string[] {
  return undoneGroups(plan).flatMap(({ text, worst, actions }) =>
    painted(`! ${text}: ${namesOf(actions, style)}`, worst ? "danger" : "warning", style),
  );
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
