import { isJsonObject, type Json } from "../model/json.ts";
import type { WireAnswer } from "./transport.ts";

/** A wait that a platform asked for: milliseconds from now, and the value as it stood in the answer (unescaped). */
export interface AskedWait {
  readonly ms: number;
  readonly said: string;
}

/**
 * Reads how long an answer asks to wait: `retry-after-ms`, `Retry-After` (seconds or HTTP date), `retry_after` in the
 * body (seconds), `X-RateLimit-Reset` (seconds, or an epoch past 10^9), the first of these that makes sense. Dates count
 * from the answer's own `Date` where it has one, so that a wrong local clock does no harm. What is negative, past, not a
 * number or not finite counts as not said.
 */
export function askedWait(headers: WireAnswer["headers"], body: Json | undefined, wall: Date): AskedWait | undefined {
  const here = httpDate(headerOf(headers, "date")) ?? wall.getTime();
  const inBody = isJsonObject(body) ? body["retry_after"] : undefined;
  const waits = [
    asked(headerOf(headers, "retry-after-ms"), (text) => decimal(text)),
    asked(headerOf(headers, "retry-after"), (text) => secondsToMs(decimal(text)) ?? until(httpDate(text), here)),
    asked(typeof inBody === "number" ? String(inBody) : inBody, (text) => secondsToMs(decimal(text))),
    asked(headerOf(headers, "x-ratelimit-reset"), (text) => resetMs(text, here)),
  ];
  return waits.find((wait) => wait !== undefined);
}

/** What `X-RateLimit-Remaining` and `-Reset` tell; undefined unless both make sense. */
export function rateHint(
  headers: WireAnswer["headers"],
  wall: Date,
): { readonly remaining: number; readonly resetMs: number } | undefined {
  const remaining = decimal(headerOf(headers, "x-ratelimit-remaining") ?? "");
  const here = httpDate(headerOf(headers, "date")) ?? wall.getTime();
  const reset = resetMs(headerOf(headers, "x-ratelimit-reset") ?? "", here);
  return remaining === undefined || reset === undefined ? undefined : { remaining, resetMs: reset };
}

/** One header's value; undefined where it is absent or stands more than once. */
export function headerOf(headers: WireAnswer["headers"], name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === "string" ? value.trim() : undefined;
}

function asked(said: Json | undefined, read: (text: string) => number | undefined): AskedWait | undefined {
  if (typeof said !== "string") return undefined;
  const ms = read(said.trim());
  return ms === undefined ? undefined : { ms, said };
}

function decimal(text: string): number | undefined {
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function secondsToMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.ceil(seconds * 1000);
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
