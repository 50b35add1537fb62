import type { Address } from "./job.ts";
import type { JobSchedule } from "./status.ts";

/**
 * When a schedule fires, as a pattern of the week in UTC: at each of `minutes` of each of `days`. Days are 0 (Monday) to 6
 * (Sunday), and {@link SOME_DATES}; minutes are counted from midnight, 0 to 1439. Both sorted.
 */
export interface WeekFires {
  readonly days: readonly number[];
  readonly minutes: readonly number[];
}

/** Stands among the days for dates that do not come every week: days of the month, some months only. */
export const SOME_DATES = 7;

/** The schedules of one job before and after a change; a job that is not there has none. */
export interface ScheduleShift {
  readonly target: string;
  readonly address: Address;
  readonly before: readonly JobSchedule[];
  readonly after: readonly JobSchedule[];
}
