import { own } from "../model/document.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { WireAnswer } from "./transport.ts";

/**
 * How long an answer asks to wait, in milliseconds from now: `retry-after-ms`, `Retry-After` (seconds or HTTP date),
 * `retry_after` in the body (seconds), and with a 429 `X-RateLimit-Reset` (seconds, or an epoch past 10^9), the first of
 * these that makes sense. Dates count from the answer's own `Date` where it has one, so that a wrong local clock does no
 * harm. What is negative, past, not a number or not finite counts as not said.
 */
export function askedWait(
  { status, headers }: Pick<WireAnswer, "status" | "headers">,
  body: Json | undefined,
  wall: Date,
): number | undefined {
  const here = httpDate(headerOf(headers, "date")) ?? wall.getTime();
  const after = headerOf(headers, "retry-after") ?? "";
  const inBody = isJsonObject(body) ? own(body, "retry_after") : undefined;
  const waits = [
    decimal(headerOf(headers, "retry-after-ms") ?? ""),
    secondsToMs(decimal(after)) ?? until(httpDate(after), here),
    secondsToMs(decimal(typeof inBody === "number" || typeof inBody === "string" ? String(inBody) : "")),
    status === 429 ? resetMs(headerOf(headers, "x-ratelimit-reset") ?? "", here) : undefined,
  ];
  return waits.find((wait) => wait !== undefined);
}

/** What an answer tells of the window that its request was counted in. */
export interface RateHint {
  readonly remaining: number;
  /** Until the window ends, at the most. */
  readonly resetMs: number;
  /** Requests in a whole window, where that is told. */
  readonly limit?: number;
}

/** What `X-RateLimit-Remaining`, `-Reset` and `-Limit` tell; undefined unless the first two make sense. */
export function rateHint(headers: WireAnswer["headers"], wall: Date): RateHint | undefined {
  const remaining = decimal(headerOf(headers, "x-ratelimit-remaining") ?? "");
  const here = httpDate(headerOf(headers, "date")) ?? wall.getTime();
  const reset = resetMs(headerOf(headers, "x-ratelimit-reset") ?? "", here);
  const limit = decimal(headerOf(headers, "x-ratelimit-limit") ?? "");
  if (remaining === undefined || reset === undefined) return undefined;
  return { remaining, resetMs: reset, ...(limit === undefined ? {} : { limit }) };
}

/** One header's value; undefined where it is absent or stands more than once. */
export function headerOf(headers: WireAnswer["headers"], name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === "string" ? value.trim() : undefined;
}

function decimal(text: string): number | undefined {
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function secondsToMs(seconds: number | undefined): number | undefined {
  const ms = Math.ceil((seconds ?? Number.NaN) * 1000);
  return Number.isFinite(ms) ? ms : undefined;
}

function resetMs(text: string, here: number): number | undefined {
  const value = decimal(text);
  if (value === undefined) return undefined;
  if (value > 1e12) return until(value, here);
  return value > 1e9 ? until(value * 1000, here) : secondsToMs(value);
}

function until(moment: number | undefined, here: number): number | undefined {
  return moment === undefined || moment <= here ? undefined : moment - here;
}

const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function httpDate(text: string | undefined): number | undefined {
  if (text === undefined || !HTTP_DATE.test(text)) return undefined;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}
