import { SOME_DATES } from "../model/schedule.ts";
import { html, type Markup } from "./html-markup.ts";
import { cut } from "./html-text.ts";
import type { ReportKind } from "./report.ts";
import {
  type Arrivals,
  type Collision,
  DAYS,
  hourOf,
  type ScheduleMap,
  startsAt,
  type WeekGrid,
} from "./schedule-map.ts";
import { DAY_NAMES, daysText, loadText, minuteText } from "./schedule-words.ts";
import { counted } from "./style.ts";

/** What the two sides of a map are called. */
const SIDES: Readonly<Record<ReportKind, readonly [string, string]>> = {
  plan: ["Live now", "After apply"],
  drift: ["As in Git", "Live"],
};

/** Shades of the map, besides that of hours in which nothing starts. */
const SHADES = 5;

/** When jobs start: for each target a sentence, the crowded minutes, and the week by hours. */
export function scheduleSection(maps: readonly ScheduleMap[], kind: ReportKind | "status"): Markup | undefined {
  if (maps.length === 0) return undefined;
  return html`<section class="schedule">
<h2>When jobs start</h2>
${maps.map((map) => targetMap(map, kind, maps.length))}</section>
`;
}

function targetMap(map: ScheduleMap, kind: ReportKind | "status", targets: number): Markup {
  const moves = kind !== "status" && map.shifted > 0;
  const rises = moves && (map.peakAfter?.starts ?? 0) > (map.peakBefore?.starts ?? 0);
  const open = rises || (targets === 1 && (moves || kind === "status"));
  const unreadable =
    map.unreadable === 0
      ? undefined
      : html`<p class="soft">${counted(map.unreadable, "schedule is", "schedules are")} not on the map: no cron expression of five fields.</p>\n`;
  return html`<details class="map"${open ? html` open` : undefined}><summary><code>${cut(map.target)}</code> <span${rises ? html` class="rises"` : undefined}>${loadText(map, kind)}</span></summary>
${crowds(map.collisions, moves)}${unreadable}<div class="weeks">
${weeks(map, kind, moves)}</div>
<p class="soft">Starts in each hour of a week, all times UTC; the stronger the shade, the more. A frame marks the hour of the peak.${moves ? " ▲ stands for more starts than before, ▼ for fewer." : ""}${hasDates(map) ? " Schedules bound to days of the month or to months stand under “dates”, as if all of their dates were one day." : ""}</p>
</details>
`;
}

function weeks(map: ScheduleMap, kind: ReportKind | "status", moves: boolean): readonly Markup[] {
  const dark = Math.max(darkest(map.before), darkest(map.after));
  const after = { grid: map.after, peak: map.peakAfter, dark, dates: hasDates(map) };
  if (kind === "status" || !moves) return [week("Each week", after)];
  const [was, is] = SIDES[kind];
  const before = { grid: map.before, peak: map.peakBefore, dark, dates: hasDates(map) };
  return [week(was, before), week(is, after, map.before)];
}

interface Week {
  readonly grid: WeekGrid;
  readonly peak: ScheduleMap["peakAfter"];
  /** Starts in the fullest hour of both sides: they are shaded alike. */
  readonly dark: number;
  readonly dates: boolean;
}

function week(title: string, side: Week, other?: WeekGrid): Markup {
  const days = side.dates ? DAYS : SOME_DATES;
  const heads = DAY_NAMES.slice(0, days).map((name) => html`<th scope="col">${name}</th>`);
  const rows = Array.from({ length: 24 }, (_, hour) => {
    const cells = Array.from({ length: days }, (_, day) => cell(side, day, hour, other));
    return html`<tr><th scope="row">${minuteText(hour * 60).slice(0, 2)}</th>${cells}</tr>\n`;
  });
  return html`<table class="week"><caption>${title}</caption>
<thead><tr><td></td>${heads}</tr></thead>
<tbody>
${rows}</tbody></table>
`;
}

function cell({ grid, peak, dark }: Week, day: number, hour: number, other: WeekGrid | undefined): Markup {
  const { starts, most } = hourOf(grid, day, hour);
  const was = other === undefined ? starts : hourOf(other, day, hour).starts;
  const isPeak = peak?.days.includes(day) && Math.floor(peak.minute / 60) === hour;
  const turn = starts > was ? "up" : starts < was ? "down" : undefined;
  if (starts === 0 && turn === undefined) return html`<td></td>`;
  const shade = starts === 0 ? 0 : Math.max(1, Math.round(SHADES * Math.sqrt(starts / dark)));
  const kinds = [`h${shade}`, ...(isPeak ? ["peak"] : []), ...(turn === undefined ? [] : [turn])].join(" ");
  const busiest =
    starts === 0 ? "" : `, at most ${most} in one minute (${minuteText(minuteWith(grid, day, hour, most))})`;
  const before = turn === undefined ? "" : `, before: ${was}`;
  return html`<td class="${kinds}" title="${DAY_NAMES[day]} ${minuteText(hour * 60)} UTC: ${counted(starts, "start")}${busiest}${before}">${shortNumber(starts)}</td>`;
}

function minuteWith(grid: WeekGrid, day: number, hour: number, starts: number): number {
  const minutes = Array.from({ length: 60 }, (_, minute) => hour * 60 + minute);
  return minutes.find((minute) => startsAt(grid, day, minute) === starts) ?? hour * 60;
}

function darkest(grid: WeekGrid): number {
  return Math.max(
    1,
    ...Array.from({ length: DAYS * 24 }, (_, at) => hourOf(grid, Math.floor(at / 24), at % 24).starts),
  );
}

function hasDates({ before, after }: ScheduleMap): boolean {
  return [before, after].some((grid) => grid.subarray(SOME_DATES * 1440).some((starts) => starts > 0));
}

/** `340`, `1.2k`, `34k`. */
function shortNumber(n: number): string {
  if (n < 1000) return String(n);
  const thousands = n / 1000;
  return thousands < 10 ? `${Math.floor(thousands * 10) / 10}k` : `${Math.floor(thousands)}k`;
}

/** `06:00 every day: 41 → 341 starts. New: 300 jobs, a, b and 298 more.` */
function crowds(collisions: readonly Collision[], moves: boolean): Markup | undefined {
  if (collisions.length === 0) return undefined;
  const lines = collisions.map(({ minutes, days, before, after, arrivals }) => {
    const starts = moves && before !== after ? `${before} → ${after} starts` : counted(after, "start");
    const count = moves && after > before ? html`<span class="bad">${starts}</span>` : starts;
    const fresh = moves && arrivals !== undefined ? html`. New: ${newcomers(arrivals)}` : undefined;
    return html`<li><b>${minutesText(minutes)}</b> ${daysText(days)}: ${count}${fresh}</li>
`;
  });
  return html`<p>Minutes in which many jobs start, UTC:</p>
<ul class="plain">
${lines}</ul>
`;
}

/** `09:30`, `09:30, 10:30, 11:30 and 6 more`. */
function minutesText(minutes: readonly number[]): string {
  const told = minutes.slice(0, 3).map(minuteText).join(", ");
  return minutes.length > 3 ? `${told} and ${minutes.length - 3} more` : told;
}

/** Names shown beside a crowded minute; the rest is counted. */
const MOST_NAMES = 5;

function newcomers({ moved, added, addresses }: Arrivals): Markup {
  const names = addresses.slice(0, MOST_NAMES);
  const more = moved + added - names.length;
  return html`${counted(moved + added, "job")}: ${names.map((name, at) => html`${at === 0 ? "" : ", "}<code>${cut(name, 80)}</code>`)}${more > 0 ? ` and ${more} more` : ""}`;
}
