import type { Action, Plan } from "../model/plan.ts";
import type { ScheduleShift } from "../model/schedule.ts";
import { destructionHeadline, isDestructive } from "./counts.ts";
import { type FiresInWeek, scheduleMaps } from "./schedule-map.ts";
import { loadText } from "./schedule-words.ts";
import { undoneGroups } from "./stakes.ts";
import { glyphsOf, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";

/** Names at most so many jobs of one sort; the rest is counted. */
const MOST_NAMES = 20;

/**
 * What must not be missed in a plan, with the names of the jobs, in the order of its weight: minutes that get crowded,
 * changes made by hand that are undone, then what is deleted. Followed by an empty line where there is anything.
 */
export function stakesLines(plan: Plan, style: RenderStyle, load: Load): string[] {
  const lines = [...crowdLines(load, style), ...undoneLines(plan, style), ...destructionLines(plan, style)];
  return lines.length === 0 ? [] : [...lines, ""];
}

/** What a plan does to the times at which jobs start. */
export interface Load {
  readonly shifts: readonly ScheduleShift[];
  readonly firesInWeek: FiresInWeek | undefined;
}

/** So many jobs that arrive in one minute are worth a line. */
const CROWD = 5;

/** `! nimble: This change moves 300 jobs to 06:00 UTC. Peak: 40 → 340 starts in one minute (06:00 UTC, every day).` */
function crowdLines({ shifts, firesInWeek }: Load, style: RenderStyle): string[] {
  if (firesInWeek === undefined) return [];
  return scheduleMaps(shifts, firesInWeek).flatMap((map) => {
    const { arrivals, peakBefore, peakAfter, target } = map;
    const rises = (peakAfter?.starts ?? 0) > (peakBefore?.starts ?? 0);
    if (!rises || arrivals === undefined || arrivals.moved + arrivals.added < CROWD) return [];
    return painted(`! ${shown(style, target, 60)}: ${loadText(map, "plan", glyphsOf(style).arrow)}`, "warning", style);
  });
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
