import { Cron } from "croner";
import cronstrue from "cronstrue";
import { quote } from "./quote.ts";

/** Why an expression is none of five fields, and what to write instead. */
export interface CronProblem {
  readonly message: string;
  readonly hint: string;
}

/** A field of a cron expression: the numbers that it takes, and the words for them. */
export interface CronField {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly words: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** The five fields, in their order. */
export const CRON_FIELDS: readonly CronField[] = [
  { name: "minute", from: 0, to: 59, words: [] },
  { name: "hour", from: 0, to: 23, words: [] },
  { name: "day of month", from: 1, to: 31, words: [] },
  { name: "month", from: 1, to: 12, words: MONTHS },
  { name: "day of week", from: 0, to: 7, words: DAYS },
];

const FORM = 'Write five fields: minute, hour, day of month, month, day of week, such as "0 6 * * *".';

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * Checks a cron expression as both platforms take them: five fields of digits, `*`, `,`, `-`, `/` and names of months
 * and days. Undefined where it is one (it may still never fire: see {@link nextRuns}).
 */
export function checkCron(expression: string): CronProblem | undefined {
  if (expression.startsWith("@")) {
    const plain = NICKNAMES[expression.toLowerCase()];
    const hint = plain === undefined ? FORM : `Write ${JSON.stringify(plain)}.`;
    return { message: `${quote(expression)} is a nickname, which the platforms do not take`, hint };
  }
  if (expression.trim() !== expression) {
    return {
      message: "the cron expression begins or ends with white space",
      hint: `Write ${quote(expression.trim())}.`,
    };
  }
  const parts = expression === "" ? [] : expression.split(/[ \t]+/);
  if (parts.length !== CRON_FIELDS.length) return wrongCount(expression, parts);
  for (const [index, field] of CRON_FIELDS.entries()) {
    const problem = checkField(parts[index] ?? "", field);
    if (problem !== undefined) return problem;
  }
  try {
    schedule(expression);
    return undefined;
  } catch {
    return { message: `${quote(expression)} is not a cron expression`, hint: FORM };
  }
}

function wrongCount(expression: string, parts: readonly string[]): CronProblem {
  const message = `the cron expression ${quote(expression)} has ${parts.length} fields instead of 5`;
  if (parts.length !== 6 && parts.length !== 7) return { message, hint: FORM };
  const hint = `The platforms know neither seconds nor years. Without its first field it would be ${quote(parts.slice(1, 6).join(" "))}.`;
  return { message, hint };
}

function checkField(text: string, field: CronField): CronProblem | undefined {
  for (const item of text.split(",")) {
    const problem = checkItem(item, field);
    if (problem !== undefined) return { message: `${problem.message} (${field.name})`, hint: problem.hint };
  }
  return undefined;
}

function checkItem(item: string, field: CronField): CronProblem | undefined {
  if (item === "")
    return { message: "an item of the cron expression is empty", hint: "Remove the comma that is too many." };
  const [, range = "", step] = /^([^/]*)(?:\/(.*))?$/.exec(item) ?? [];
  if (step !== undefined && !/^[1-9]\d{0,2}$/.test(step)) {
    return { message: `${quote(item)} has no step that is a positive number`, hint: 'Write such as "*/15".' };
  }
  if (step !== undefined && Number(step) > field.to - field.from + 1) {
    return {
      message: `the step of ${quote(item)} is longer than the field`,
      hint: `It counts at most ${field.to - field.from + 1}.`,
    };
  }
  if (range === "*") return undefined;
  const [first = "", last, ...others] = range.split("-");
  const from = readValue(first, field);
  const to = last === undefined ? from : readValue(last, field);
  if (others.length > 0 || from === undefined || to === undefined) return unreadable(item, field);
  for (const value of [from, to]) {
    if (value < field.from || value > field.to) {
      return { message: `${value} is not within ${field.from} and ${field.to}`, hint: FORM };
    }
  }
  if (from > to)
    return { message: `the range ${quote(range)} runs backwards`, hint: "Write two ranges, separated by a comma." };
  if (step !== undefined && last === undefined) {
    return {
      message: `readers differ about ${quote(item)}`,
      hint: `Write "${from}-${field.to === 7 ? 6 : field.to}/${step}".`,
    };
  }
  return undefined;
}

/** The number that a single value of a field stands for. */
export function readValue(text: string, field: CronField): number | undefined {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  const word = field.words.indexOf(text.toUpperCase());
  return word < 0 ? undefined : word + (field.words === MONTHS ? 1 : 0);
}

function unreadable(item: string, field: CronField): CronProblem {
  const message = `${quote(item)} cannot be read`;
  if (/[LW#]/.test(item) && field.name.startsWith("day"))
    return { message, hint: "L, W and # are not known to the platforms; use plain days." };
  if (item.includes("?")) return { message, hint: "Write * instead of ?." };
  if (/^H/.test(item)) return { message, hint: "H is known to Jenkins only; choose a number." };
  if (field.words.length > 0 && /^[A-Za-z]/.test(item))
    return { message, hint: `Names have three letters: ${field.words.join(", ")}.` };
  return { message, hint: FORM };
}

function schedule(expression: string): Cron {
  return new Cron(expression, { mode: "5-part", timezone: "UTC", paused: true });
}

/** The next times at which a valid expression fires after `from`, at most `count`, in UTC. None: it never fires. */
export function nextRuns(expression: string, from: Date, count: number): Date[] {
  return schedule(expression).nextRuns(count, from);
}

/** An expression in words (`At 06:00`); the expression itself where there are none for it. */
export function describeCron(expression: string): string {
  try {
    return cronstrue.toString(expression, { use24HourTimeFormat: true });
  } catch {
    return expression;
  }
}
