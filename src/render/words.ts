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
 * A change of schedules in words: `every day at 06:00 -> every day at 07:00; next 2026-11-24 06:00 -> 2026-11-24 07:00 UTC`.
 * One line for each schedule in the change, two where live and Git are in conflict; none where it holds no cron expression.
 */
export function scheduleWords(change: Change, words: Words, arrow = "->"): readonly string[] {
  const key = change.path.slice(change.path.lastIndexOf("/") + 1);
  const before = cronsIn(change.before, key);
  const after = cronsIn(change.after, key);
  const [was, is] = [before[0], after[0]];
  if (before.length === 1 && after.length === 1 && was !== undefined && is !== undefined) {
    if (change.cause !== "conflict") return turned(was, is, words, arrow);
    return [...told(was, words).map((text) => `live: ${text}`), ...told(is, words).map((text) => `Git: ${text}`)];
  }
  return (after.length > 0 ? after : before).slice(0, 3).flatMap((cron) => told(cron, words));
}

/** `every day at 06:00; next 2026-11-24 06:00 UTC`. */
function told(cron: string, words: Words): readonly string[] {
  const text = words.describeCron(cron);
  const next = words.nextRuns(cron, 1)[0];
  return text === undefined ? [] : [next === undefined ? text : `${text}; next ${timeText(next)}`];
}

/** The expression may be another one for the same times. */
function turned(before: string, after: string, words: Words, arrow: string): readonly string[] {
  const [was, is] = [words.describeCron(before), words.describeCron(after)];
  if (is === undefined) return [];
  const [last, next] = [words.nextRuns(before, 1)[0], words.nextRuns(after, 1)[0]];
  const change = was === undefined || was === is ? is : `${was} ${arrow} ${is}`;
  if (next === undefined) return [change];
  const moved = last !== undefined && last.getTime() !== next.getTime();
  return [`${change}; next ${moved ? `${timeText(last).replace(/ UTC$/, "")} ${arrow} ` : ""}${timeText(next)}`];
}

function cronsIn(value: Value | undefined, key: string): readonly string[] {
  if (typeof value === "string") return CRON_KEYS.has(key) ? [value] : [];
  if (isList(value)) return value.flatMap((item) => cronsIn(item, ""));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([inner, item]) => cronsIn(item, inner));
}
