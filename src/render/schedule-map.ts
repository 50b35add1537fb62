import { type ScheduleShift, SOME_DATES, type WeekFires } from "../model/schedule.ts";
import type { JobSchedule } from "../model/status.ts";

/** When a schedule fires in the week; undefined for what cannot be read. */
export type FiresInWeek = (cron: string) => WeekFires | undefined;

/** Days of a {@link WeekGrid}: Monday to Sunday, and the dates that do not come every week. */
export const DAYS = SOME_DATES + 1;
const MINUTES = 1440;

/** Job starts for each minute of the week, in UTC: `starts[day * 1440 + minute]`, days as in {@link WeekFires}. */
export type WeekGrid = Uint32Array;

/** The minute in which most jobs start, and the days on which it is so. */
export interface Peak {
  readonly starts: number;
  /** From midnight, UTC; the earliest of several. */
  readonly minute: number;
  readonly days: readonly number[];
}

/** A minute of the day, and who is to start in it that did not before. */
export interface Arrivals {
  readonly minute: number;
  /** Jobs that started at other times, or were switched off. */
  readonly moved: number;
  /** Jobs that had no schedule before. */
  readonly added: number;
  /** The first of them. */
  readonly addresses: readonly string[];
}

/** A minute of the day in which many jobs start, or several that are alike and in which nobody is new. */
export interface Collision {
  /** Sorted. */
  readonly minutes: readonly number[];
  readonly days: readonly number[];
  readonly before: number;
  readonly after: number;
  readonly arrivals?: Arrivals;
}

/** When the jobs of one target start, before and after a change. */
export interface ScheduleMap {
  readonly target: string;
  readonly before: WeekGrid;
  readonly after: WeekGrid;
  readonly peakBefore: Peak | undefined;
  readonly peakAfter: Peak | undefined;
  /** Jobs whose schedules differ. */
  readonly shifted: number;
  /** The minute at which most jobs arrive. */
  readonly arrivals: Arrivals | undefined;
  /** Those in which somebody is new first, then the most crowded. */
  readonly collisions: readonly Collision[];
  /** Schedules that are switched on and cannot be read. */
  readonly unreadable: number;
}

/** From so many starts on a minute is worth naming, where it stands out of its day. */
const CROWD = 5;
const MOST_COLLISIONS = 8;
const MOST_ADDRESSES = 20;

/** The map of each target that has schedules, sorted by target. Pure; each expression is looked at once. */
export function scheduleMaps(shifts: readonly ScheduleShift[], firesInWeek: FiresInWeek): readonly ScheduleMap[] {
  const fires = remembered(firesInWeek);
  const targets = new Map<string, ScheduleShift[]>();
  for (const shift of shifts) {
    if (shift.before.length + shift.after.length === 0) continue;
    const others = targets.get(shift.target);
    if (others === undefined) targets.set(shift.target, [shift]);
    else others.push(shift);
  }
  return [...targets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([target, own]) => mapOf(target, own, fires));
}

function mapOf(target: string, shifts: readonly ScheduleShift[], fires: FiresInWeek): ScheduleMap {
  const before = gridOf(
    shifts.map((shift) => shift.before),
    fires,
  );
  const after = gridOf(
    shifts.map((shift) => shift.after),
    fires,
  );
  const shifted = shifts.filter((shift) => keyOf(shift.before) !== keyOf(shift.after));
  const arriving = arrivalsOf(shifted, fires);
  const peaks = minutePeaks(after);
  return {
    target,
    before,
    after,
    peakBefore: peakOf(minutePeaks(before), before),
    peakAfter: peakOf(peaks, after),
    shifted: shifted.length,
    arrivals: busiest(arriving, peaks),
    collisions: collisionsOf(before, after, peaks, arriving),
    unreadable: shifts.flatMap((shift) => shift.after).filter(({ cron, on }) => on && fires(cron) === undefined).length,
  };
}

function remembered(firesInWeek: FiresInWeek): FiresInWeek {
  const known = new Map<string, WeekFires | undefined>();
  return (cron) => {
    if (!known.has(cron)) known.set(cron, firesInWeek(cron));
    return known.get(cron);
  };
}

/** Only what is switched on counts; the order does not. */
function keyOf(schedules: readonly JobSchedule[]): string {
  return JSON.stringify(cronsOf(schedules).sort());
}

function cronsOf(schedules: readonly JobSchedule[]): string[] {
  return schedules.filter(({ on }) => on).map(({ cron }) => cron);
}

function gridOf(jobs: readonly (readonly JobSchedule[])[], fires: FiresInWeek): WeekGrid {
  const counts = new Map<string, number>();
  for (const cron of jobs.flatMap(cronsOf)) counts.set(cron, (counts.get(cron) ?? 0) + 1);
  const grid = new Uint32Array(DAYS * MINUTES);
  for (const [cron, count] of counts) {
    const { days, minutes } = fires(cron) ?? { days: [], minutes: [] };
    for (const day of days) {
      for (const minute of minutes) grid[day * MINUTES + minute] = startsAt(grid, day, minute) + count;
    }
  }
  return grid;
}

/** Starts in one minute of a day. */
export function startsAt(grid: WeekGrid, day: number, minute: number): number {
  return grid[day * MINUTES + minute] ?? 0;
}

/** Starts in an hour of a day, and the most of one of its minutes. */
export function hourOf(grid: WeekGrid, day: number, hour: number): { readonly starts: number; readonly most: number } {
  const minutes = grid.subarray(day * MINUTES + hour * 60, day * MINUTES + hour * 60 + 60);
  return { starts: minutes.reduce((sum, each) => sum + each, 0), most: Math.max(...minutes) };
}

/** For each minute of the day the most starts that any day has in it. */
function minutePeaks(grid: WeekGrid): Uint32Array {
  const peaks = new Uint32Array(MINUTES);
  for (const [at, starts] of grid.entries()) peaks[at % MINUTES] = Math.max(peaks[at % MINUTES] ?? 0, starts);
  return peaks;
}

function peakOf(peaks: Uint32Array, grid: WeekGrid): Peak | undefined {
  const starts = peaks.reduce((most, each) => Math.max(most, each), 0);
  if (starts === 0) return undefined;
  const minute = peaks.indexOf(starts);
  return { starts, minute, days: daysWith(grid, minute, starts) };
}

function daysWith(grid: WeekGrid, minute: number, starts: number): readonly number[] {
  return Array.from({ length: DAYS }, (_, day) => day).filter((day) => startsAt(grid, day, minute) === starts);
}

/** By minute of the day, the jobs that start in it after the change and did not before. Like changes are looked at once. */
function arrivalsOf(shifted: readonly ScheduleShift[], fires: FiresInWeek): ReadonlyMap<number, Arrivals> {
  const alike = new Map<string, ScheduleShift[]>();
  for (const shift of shifted) {
    const key = `${keyOf(shift.before)} ${keyOf(shift.after)} ${shift.before.length}`;
    const others = alike.get(key);
    if (others === undefined) alike.set(key, [shift]);
    else others.push(shift);
  }
  const arrivals = new Map<number, Arrivals>();
  for (const shifts of alike.values()) {
    const [first] = shifts;
    if (first === undefined) continue;
    const was = minutesOf(first.before, fires);
    const isNew = first.before.length === 0;
    for (const minute of minutesOf(first.after, fires)) {
      if (was.has(minute)) continue;
      const known = arrivals.get(minute) ?? { minute, moved: 0, added: 0, addresses: [] };
      const room = MOST_ADDRESSES - known.addresses.length;
      arrivals.set(minute, {
        minute,
        moved: known.moved + (isNew ? 0 : shifts.length),
        added: known.added + (isNew ? shifts.length : 0),
        addresses: [...known.addresses, ...shifts.slice(0, room).map(({ address }) => address)],
      });
    }
  }
  return arrivals;
}

function minutesOf(schedules: readonly JobSchedule[], fires: FiresInWeek): ReadonlySet<number> {
  return new Set(cronsOf(schedules).flatMap((cron) => fires(cron)?.minutes ?? []));
}

/** Where most jobs arrive; of several such minutes the most crowded one, then the earliest. */
function busiest(arrivals: ReadonlyMap<number, Arrivals>, peaks: Uint32Array): Arrivals | undefined {
  const weight = ({ moved, added }: Arrivals): number => moved + added;
  const crowd = ({ minute }: Arrivals): number => peaks[minute] ?? 0;
  return [...arrivals.values()].sort((a, b) => weight(b) - weight(a) || crowd(b) - crowd(a) || a.minute - b.minute)[0];
}

/** Minutes with many starts that stand out: those of jobs that start all the time are no collision. */
function collisionsOf(
  before: WeekGrid,
  after: WeekGrid,
  peaks: Uint32Array,
  arrivals: ReadonlyMap<number, Arrivals>,
): readonly Collision[] {
  const usual = [...peaks].sort((a, b) => a - b)[MINUTES / 2] ?? 0;
  const alike = new Map<string, Collision>();
  for (const [minute, starts] of peaks.entries()) {
    if (starts < CROWD || starts < usual * 2) continue;
    const days = daysWith(after, minute, starts);
    const was = Math.max(...days.map((day) => startsAt(before, day, minute)));
    const arriving = arrivals.get(minute);
    const key = arriving === undefined ? `${days.join()} ${was} ${starts}` : `at ${minute}`;
    const minutes = [...(alike.get(key)?.minutes ?? []), minute];
    alike.set(key, {
      minutes,
      days,
      before: was,
      after: starts,
      ...(arriving === undefined ? {} : { arrivals: arriving }),
    });
  }
  const fresh = ({ arrivals: own }: Collision): number => (own === undefined ? 0 : 1);
  const collisions = [...alike.values()].sort(
    (a, b) => fresh(b) - fresh(a) || b.after - a.after || (a.minutes[0] ?? 0) - (b.minutes[0] ?? 0),
  );
  return collisions.slice(0, MOST_COLLISIONS);
}
