import { describe, expect, it } from "vitest";
import { askedWait, rateHint } from "../../src/http/retry-after.ts";
import { NOON } from "./support.ts";

function wait(headers: Record<string, string>, body?: { retry_after: number | string }, status = 429) {
  return askedWait({ status, headers }, body, NOON);
}

describe("a wait that was asked for", () => {
  it.each([
    ["whole seconds", { "retry-after": "7" }, 7000],
    ["decimal seconds", { "retry-after": " 1.5 " }, 1500],
    ["none at all", { "retry-after": "0" }, 0],
    ["milliseconds", { "retry-after-ms": "250" }, 250],
    ["a date, by the local clock", { "retry-after": "Fri, 20 Nov 2026 12:00:09 GMT" }, 9000],
    ["more than a timer holds", { "retry-after": "9999999" }, 9_999_999_000],
    ["a reset in seconds", { "x-ratelimit-reset": "3" }, 3000],
    ["a reset as epoch seconds", { "x-ratelimit-reset": String(NOON.getTime() / 1000 + 4) }, 4000],
    ["a reset as epoch milliseconds", { "x-ratelimit-reset": String(NOON.getTime() + 5500) }, 5500],
  ])("is read: %s", (_name, headers, ms) => {
    expect(wait(headers)).toBe(ms);
  });

  it.each([
    "-5",
    "soon",
    "NaN",
    "1e309",
    "0x10",
    "120, 30",
    "",
    "Fri, 20 Nov 2015 12:00:00 GMT",
    "20 Nov 2026 12:00:09",
    "9".repeat(306),
  ])("is not read out of %j", (value) => {
    expect(wait({ "retry-after": value })).toBeUndefined();
  });

  it("counts a date from the answer's own clock", () => {
    const headers = { date: "Thu, 19 Nov 2026 12:00:00 GMT", "retry-after": "Thu, 19 Nov 2026 12:00:05 GMT" };
    expect(wait(headers)).toBe(5000);
  });

  it("stands in the body too", () => {
    expect(wait({}, { retry_after: 2 })).toBe(2000);
    expect(wait({}, { retry_after: "2" })).toBe(2000);
    expect(wait({}, { retry_after: -1 })).toBeUndefined();
  });

  it("is the finest that makes sense", () => {
    const all = { "retry-after-ms": "100", "retry-after": "2", "x-ratelimit-reset": "9" };
    expect(wait(all, { retry_after: 3 })).toBe(100);
    expect(wait({ ...all, "retry-after-ms": "soon" }, { retry_after: 3 })).toBe(2000);
    expect(wait({ "retry-after": "soon", "x-ratelimit-reset": "9" }, { retry_after: 3 })).toBe(3000);
  });

  it("is not the window's reset unless the rate was the reason", () => {
    expect(wait({ "x-ratelimit-reset": "30" }, undefined, 500)).toBeUndefined();
    expect(wait({ "retry-after": "30" }, undefined, 503)).toBe(30_000);
  });

  it("is not a header that stands twice", () => {
    expect(askedWait({ status: 429, headers: { "retry-after": ["1", "2"] } }, undefined, NOON)).toBeUndefined();
  });
});

describe("a hint about the rate", () => {
  it("needs what remains and when it is reset", () => {
    expect(rateHint({ "x-ratelimit-remaining": "3", "x-ratelimit-reset": "1" }, NOON)).toEqual({
      remaining: 3,
      resetMs: 1000,
    });
    expect(rateHint({ "x-ratelimit-remaining": "3" }, NOON)).toBeUndefined();
    expect(rateHint({ "x-ratelimit-remaining": "-1", "x-ratelimit-reset": "1" }, NOON)).toBeUndefined();
  });
});
