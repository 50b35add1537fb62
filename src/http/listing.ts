import { ApiError } from "../errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { Runtime } from "../model/runtime.ts";
import { excerpt } from "./text.ts";

/** One item of a list, as answered. */
export interface ListedItem {
  readonly raw: JsonObject;
  /** JSON Pointers into `raw` at what JavaScript cannot hold exactly. */
  readonly inexact: readonly string[];
  /** What tells it from others. */
  readonly id: string;
}

/** A list read from its beginning to its end, or why what was read is none. */
export type ListReading = { readonly items: readonly ListedItem[] } | { readonly inconsistent: string };

const MOST_READINGS = 4;

/**
 * Reads a list again, up to three times, until what was read adds up: jobs come and go while pages are read. Throws an
 * ApiError (`list-incomplete`) where it never does; a list that is too short would make jobs look missing.
 */
export async function readUntilConsistent(
  readOnce: () => Promise<ListReading>,
  runtime: Runtime,
  request: string,
): Promise<readonly ListedItem[]> {
  let why = "";
  for (let reading = 1; reading <= MOST_READINGS; reading++) {
    const result = await readOnce();
    if ("items" in result) return result.items;
    why = result.inconsistent;
    if (reading < MOST_READINGS) await pause(runtime, request);
  }
  throw new ApiError(
    "JW2035",
    "list-incomplete",
    `the list of jobs does not add up: ${why} (${request}, ${MOST_READINGS} readings)`,
    {
      outcome: "not-done",
      request,
      attempts: MOST_READINGS,
      hint: "Nothing was decided on it. Run again when fewer jobs come and go; if it stays, the platform's list is broken.",
    },
  );
}

async function pause(runtime: Runtime, request: string): Promise<void> {
  try {
    await runtime.clock.sleep(500 + Math.round(runtime.random() * 1500), runtime.signal);
  } catch {
    throw new ApiError("JW2007", "interrupted", `interrupted (${request})`, {
      outcome: "not-done",
      request,
      attempts: 1,
      hint: "Run again.",
    });
  }
}

/** The first id that stands twice, as a reason why a list does not add up. */
export function repeatedId(items: readonly ListedItem[]): string | undefined {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id)) return `${excerpt(id, [], 80)} stands in it twice`;
    seen.add(id);
  }
  return undefined;
}

/** A whole number that is not negative, as an answer gives it; undefined for all else. */
export function countIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The error of a page of a form that the API does not have. */
export function badPage(request: string, where: string, what: string): ApiError {
  return new ApiError("JW2031", "bad-answer", `${where}: ${what} (${request})`, {
    outcome: "not-done",
    request,
    attempts: 1,
    hint: "Nothing was decided on it. Check the base URL; else the API has changed and this version of jobwright does not know it yet.",
  });
}
