import { JobwrightError } from "../errors.ts";
import type { Json, JsonObject } from "../model/json.ts";

/** Throws `bad-answer` unless an answered value is an object. */
export function objectAnswer(value: Json | undefined, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw notAJob(`${what} is ${value === undefined ? "missing" : `${kindOf(value)}, not an object`}`);
}

/** Throws `bad-answer` unless an answered value is a string of the documented form. */
export function stringAnswer(value: Json | undefined, form: RegExp, what: string): string {
  if (typeof value === "string" && form.test(value)) return value;
  throw notAJob(`${what} is ${value === undefined ? "missing" : JSON.stringify(value).slice(0, 80)}`);
}

/** The value where it is a string; undefined for all else. */
export function optionalString(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

function notAJob(why: string): JobwrightError {
  return new JobwrightError("JW2901", "bad-answer", `the platform answered something that is not a job: ${why}`, {
    hint: "Nothing was decided on it. Check the base URL; else the API has changed and this version of jobwright does not know it yet.",
  });
}
