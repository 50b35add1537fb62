import { SOME_DATES } from "../model/schedule.ts";
import type { ReportKind } from "./report.ts";
import type { Arrivals, Peak, ScheduleMap } from "./schedule-map.ts";
import { counted } from "./style.ts";

/** The names of the days of a week grid. */
export const DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "dates"] as const;

/** `06:00`. */
export function minuteText(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60];
  return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}

/** `every day`, `Mon to Fri`, `Mon, Thu`, `some dates`. */
export function daysText(days: readonly number[]): string {
  const week = days.filter((day) => day !== SOME_DATES);
  const parts = [
    ...(week.length === 0 ? [] : [weekText(week)]),
    ...(week.length < days.length ? ["dates that do not come every week"] : []),
  ];
  return parts.join(" and ");
}

function weekText(days: readonly number[]): string {
  if (days.length === 7) return "every day";
  const [first = 0] = days;
  const last = days.at(-1) ?? first;
  const name = (day: number): string => DAY_NAMES[day] ?? "";
  if (days.length > 2 && last - first === days.length - 1) return `${name(first)} to ${name(last)}`;
  return days.map(name).join(", ");
}

/**
 * What a change does to the load of a target: `This change moves 300 jobs to 06:00 UTC. Peak: 40 → 340 starts in one
 * minute (06:00 UTC, every day).`
 */
export function loadText(map: ScheduleMap, kind: ReportKind | "status", arrow = "→"): string {
  const { shifted, arrivals, peakBefore, peakAfter } = map;
  const peak = peakText(peakBefore, peakAfter, arrow);
  if (kind === "status" || shifted === 0) return peak;
  const who = kind === "plan" ? "This change" : "What was changed live";
  const what =
    arrivals === undefined
      ? `changes when ${counted(shifted, "job starts", "jobs start")}`
      : `${arrivalsText(arrivals)}${shifted > arrivals.moved + arrivals.added ? ` (${shifted} jobs start at other times in all)` : ""}`;
  return `${who} ${what}. ${peak}`;
}

/** `moves 300 jobs to 06:00 UTC`, `adds 20 jobs at 06:00 UTC`. */
function arrivalsText({ minute, moved, added }: Arrivals): string {
  const at = `${minuteText(minute)} UTC`;
  if (moved === 0) return `adds ${counted(added, "job")} at ${at}`;
  return `moves ${counted(moved, "job")} to ${at}${added === 0 ? "" : ` and adds ${added} there`}`;
}

function peakText(before: Peak | undefined, after: Peak | undefined, arrow: string): string {
  const [was, is] = [before?.starts ?? 0, after?.starts ?? 0];
  if (after === undefined) return before === undefined ? "Nothing starts by itself." : `Peak: ${was} ${arrow} 0.`;
  const when = `${minuteText(after.minute)} UTC, ${daysText(after.days)}`;
  return `Peak: ${was === is ? is : `${was} ${arrow} ${is}`} ${is === 1 ? "start" : "starts"} in one minute (${when}).`;
}
