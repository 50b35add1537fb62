import { SOME_DATES, type WeekFires } from "../model/schedule.ts";
import { CRON_FIELDS, type CronField, checkCron, readValue } from "./cron.ts";

const WEEK = [0, 1, 2, 3, 4, 5, 6];
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * When a cron expression fires in the week, in UTC, told from its fields alone. What is bound to days of the month or to
 * months fires on {@link SOME_DATES}; one that names days of the week as well, on either. Undefined for what
 * `checkCron` refuses; no days for a date that no year has.
 */
export function firesInWeek(expression: string): WeekFires | undefined {
  if (checkCron(expression) !== undefined) return undefined;
  const { texts, values } = fieldsOf(expression);
  const [minutes = [], hours = [], ...dayFields] = values;
  return {
    days: daysOf(texts.slice(2), dayFields),
    minutes: hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute)),
  };
}

/** Whether an expression that `checkCron` takes fires at all: told from its fields, where looking for a date takes years. */
export function everFires(expression: string): boolean {
  const { texts, values } = fieldsOf(expression);
  return daysOf(texts.slice(2), values.slice(2)).length > 0;
}

function fieldsOf(expression: string): {
  readonly texts: readonly string[];
  readonly values: readonly (readonly number[])[];
} {
  const texts = expression.split(/[ \t]+/);
  return { texts, values: CRON_FIELDS.map((field, at) => valuesOf(texts[at] ?? "", field)) };
}

/** Where both day fields restrict, either of them suffices, as cron has it; a `*` restricts nothing. */
function daysOf(texts: readonly string[], values: readonly (readonly number[])[]): readonly number[] {
  const [dates = [], months = [], days = []] = values;
  const [byDate, byDay] = [texts[0] !== "*", texts[2] !== "*"];
  const week = byDay ? WEEK.filter((day) => days.some((each) => (each + 6) % 7 === day)) : byDate ? [] : WEEK;
  const onDates = byDate && months.some((month) => dates.some((date) => date <= (LONGEST_MONTHS[month - 1] ?? 0)));
  if (months.length < 12) return week.length > 0 || onDates ? [SOME_DATES] : [];
  if (week.length === 7 || (byDate && dates.length === 31)) return WEEK;
  return onDates ? [...week, SOME_DATES] : week;
}

/** What a field that was checked stands for, sorted. */
function valuesOf(text: string, field: CronField): readonly number[] {
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const [range = "", step = "1"] = item.split("/");
    const [first = "", last = first] = range.split("-");
    const from = range === "*" ? field.from : readValue(first, field);
    const to = range === "*" ? field.to : readValue(last, field);
    for (let value = from ?? 0; value <= (to ?? -1); value += Number(step)) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}
