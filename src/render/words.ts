import type { Change } from "../model/plan.ts";
import type { FiresInWeek } from "./schedule-map.ts";
import { type Schedule, type Sides, schedulesIn } from "./schedule-sides.ts";

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

/**
 * A change of schedules in words: `every day at 06:00 -> every day at 07:00; next 2026-11-24 06:00 -> 2026-11-24 07:00 UTC`.
 * One line for each schedule in the change, two where live and Git are in conflict; none where it holds no cron expression.
 */
export function scheduleWords(change: Change, words: Words, arrow = "->", sides: Sides = {}): readonly string[] {
  const { before, after } = schedulesIn(change, sides);
  const [was, is] = [before[0], after[0]];
  if (before.length === 1 && after.length === 1 && was !== undefined && is !== undefined) {
    if (change.cause !== "conflict") return turned(was, is, words, arrow);
    return [...told(was, words).map((text) => `live: ${text}`), ...told(is, words).map((text) => `Git: ${text}`)];
  }
  return (after.length > 0 ? after : before).slice(0, 3).flatMap((schedule) => told(schedule, words));
}

/** `every day at 06:00; next 2026-11-24 06:00 UTC`. Nothing for what is no cron expression. */
export function told(schedule: Schedule, words: Words): readonly string[] {
  const text = words.describeCron(schedule.cron);
  return text === undefined ? [] : [`${text}${upcoming(nextText(schedule, words))}`];
}

/** The expression may be another one for the same times. */
function turned(before: Schedule, after: Schedule, words: Words, arrow: string): readonly string[] {
  const [was, is] = [words.describeCron(before.cron), words.describeCron(after.cron)];
  if (is === undefined) return [];
  const change = was === undefined || was === is ? is : `${was} ${arrow} ${is}`;
  const [last, next] = [nextText(before, words), nextText(after, words)];
  if (last === undefined || next === undefined || last === next) return [`${change}${upcoming(next)}`];
  return [`${change}; next ${last.replace(/ UTC$/, "")} ${arrow} ${next}`];
}

const OFF = "switched off";

function upcoming(next: string | undefined): string {
  return next === undefined ? "" : next === OFF ? `; ${OFF}` : `; next ${next}`;
}

/** When a schedule fires next; undefined where it never does, or where nobody knows. */
function nextText({ cron, on }: Schedule, words: Words): string | undefined {
  if (!on) return OFF;
  const next = words.nextRuns(cron, 1)[0];
  return next === undefined ? undefined : timeText(next);
}
