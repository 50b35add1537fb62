import { describe, expect, it } from "vitest";
import { type FailedTry, githubFailure, pauseBefore } from "../../src/action/github-failure.ts";

const NOW = new Date("2026-11-24T06:00:00Z");
const SOON = String(NOW.getTime() / 1000 + 20);

function failed(status: number, headers: object = {}, message = "no"): unknown {
  const request = { method: "POST", url: "https://user:token@api.github.test/repos/o/r/issues?token=t", headers: {} };
  return { status, request, response: { status, headers, data: { message } } };
}

function pause(error: unknown, rest: Partial<FailedTry> = {}): number | undefined {
  return pauseBefore({ error, tried: 1, repeatable: true, now: NOW, ...rest });
}

describe("a call that failed is sent again", () => {
  it.each([
    ["after what a 429 asks for", failed(429, { "retry-after": "7" }), 7000],
    ["after what a 403 asks for", failed(403, { "retry-after": "0" }), 0],
    ["when the limit is reset", failed(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": SOON }), 20_000],
    ["a second after a failure on their side", failed(502), 1000],
    ["a second after no answer at all", new Error("socket hang up"), 1000],
  ])("%s", (_when, error, ms) => {
    expect(pause(error)).toBe(ms);
  });

  it.each([
    ["longer than a minute is asked for", failed(429, { "retry-after": "61" })],
    ["the limit is reset later", failed(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999" })],
    ["a permission is missing", failed(403, {}, "Resource not accessible by integration")],
    ["there is no such thing", failed(404)],
    ["it is wrong", failed(422)],
  ])("never where %s", (_when, error) => {
    expect(pause(error)).toBeUndefined();
  });

  it("only where they did not begin, if it must not be done twice", () => {
    const once = { repeatable: false };
    expect(pause(failed(502), once)).toBeUndefined();
    expect(pause(new Error("socket hang up"), once)).toBeUndefined();
    expect(pause(failed(429, { "retry-after": "1" }), once)).toBe(1000);
  });
});

describe("a failure", () => {
  it.each([
    [401, "Bad credentials", "auth", "github-token"],
    [403, "Resource not accessible by integration", "forbidden", "issues: write"],
    [403, "API rate limit exceeded for installation", "rate-limited", "later"],
    [404, "Not Found", "forbidden", "issues: write"],
    [422, "Validation Failed", "invalid", ""],
    [429, "slow down", "rate-limited", "later"],
    [503, "unavailable", "platform-error", "later"],
  ])("of %i (%s) is %s", (status, message, reason, hint) => {
    const failure = githubFailure(failed(status, {}, message), "issues: write");
    expect(failure).toMatchObject({ reason, status });
    expect(failure.message).toBe(`GitHub answered ${status} to POST /repos/o/r/issues: ${message}`);
    expect(failure.hint).toContain(hint);
  });

  it("without an answer says so", () => {
    expect(githubFailure(new Error("getaddrinfo ENOTFOUND"), "")).toMatchObject({ reason: "unreachable", status: 0 });
  });
});
