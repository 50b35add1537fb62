import { isList, isObject, type Value } from "../model/document.ts";
import type { Change } from "../model/plan.ts";
import type { FiresInWeek } from "./schedule-map.ts";

/** How schedules are put into words; comes from the caller, since the renderers know nothing of cron. */
export interface Words {
  /** `every day at 06:00`; undefined for what is not a cron expression. */
  readonly describeCron: (cron: string) => string | undefined;
  /** The next times a schedule fires, soonest first; fewer where it does not fire that often. */
  readonly nextRuns: (cron: string, count: number) => readonly Date[];
  /** The pattern of its week, for maps. */
  readonly firesInWeek?: FiresInWeek;
}

/** Says nothing about schedules. */
export const NO_WORDS: Words = { describeCron: () => undefined, nextRuns: () => [] };

/** A time as people read it: `2026-11-24 07:00 UTC`. Answers what it got where that is no time. */
export function timeText(time: Date | string): string {
  const date = typeof time === "string" ? new Date(time) : time;
  if (Number.isNaN(date.getTime())) return String(time);
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

const CRON_KEYS: ReadonlySet<string> = new Set(["cron", "schedule"]);

/**
 * A change of schedules in words: `every day at 06:00 -> every day at 07:00; next 2026-11-24 07:00 UTC`. One line for
 * each schedule in the change; none where it holds no cron expression.
 */
export function scheduleWords(change: Change, words: Words, arrow = "->"): readonly string[] {
  const key = change.path.slice(change.path.lastIndexOf("/") + 1);
  const before = cronsIn(change.before, key);
  const after = cronsIn(change.after, key);
  if (before.length === 1 && after.length === 1) return oneSchedule(before[0], after[0], words, arrow);
  const told = after.length > 0 ? after : before;
  return told.slice(0, 3).flatMap((cron) => oneSchedule(undefined, cron, words, arrow));
}

function oneSchedule(before: string | undefined, after: string | undefined, words: Words, arrow: string): string[] {
  const now = after === undefined ? undefined : words.describeCron(after);
  if (now === undefined || after === undefined) return [];
  const was = before === undefined ? undefined : words.describeCron(before);
  const next = words.nextRuns(after, 1)[0];
  const change = was === undefined || was === now ? now : `${was} ${arrow} ${now}`;
  return [next === undefined ? change : `${change}; next ${timeText(next)}`];
}

function cronsIn(value: Value | undefined, key: string): readonly string[] {
  if (typeof value === "string") return CRON_KEYS.has(key) ? [value] : [];
  if (isList(value)) return value.flatMap((item) => cronsIn(item, ""));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([inner, item]) => cronsIn(item, inner));
}
