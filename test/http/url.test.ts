import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JobwrightError } from "../../src/errors.ts";
import { buildUrl, encodeSegment } from "../../src/http/url.ts";

const BASE = new URL("https://api.example.com/v0");

describe("a URL", () => {
  it("A38 keeps the path of the base URL", () => {
    expect(buildUrl(BASE, "/jobs/a").href).toBe("https://api.example.com/v0/jobs/a");
    expect(buildUrl(new URL("https://api.example.com/v0/"), "/jobs").href).toBe("https://api.example.com/v0/jobs");
    expect(buildUrl(new URL("https://api.example.com"), "/v1/jobs").href).toBe("https://api.example.com/v1/jobs");
  });

  it("has its query encoded", () => {
    const url = buildUrl(BASE, "/jobs", { cursor: "a&b=c#d +", q: "é" });
    expect([...url.searchParams]).toEqual([
      ["cursor", "a&b=c#d +"],
      ["q", "é"],
    ]);
    expect(url.hash).toBe("");
  });

  it.each([
    "/jobs/..",
    "/jobs/.",
    "/jobs/../x",
    "/jobs/%2e%2e",
    "/jobs/%2E.",
    "/jobs//x",
    "/jobs/",
    "jobs/x",
    "/jobs/a?b",
    "/jobs/a#b",
    "/jobs/a%2Fb",
    "/jobs/a%5Cb",
    "/jobs/a\\b",
    "/jobs/a b",
    "/jobs/a%00",
    "/jobs/a%0a",
    "/jobs/a%zz",
    "/jobs/é",
    "//evil.example/x",
    "https://evil.example/x",
    "",
  ])("A11 is not built from %j", (path) => {
    expect(() => buildUrl(BASE, path)).toThrow(JobwrightError);
  });
});

describe("a path segment", () => {
  it.each(["", ".", "..", "\ud800"])("A11 cannot be %j", (value) => {
    expect(() => encodeSegment(value)).toThrow(expect.objectContaining({ code: "JW2044", reason: "invalid" }));
  });

  it("A11 holds whatever else, and never leads out of its place", () => {
    const values = fc.string({ minLength: 1, unit: "grapheme" }).filter((value) => value !== "." && value !== "..");
    fc.assert(
      fc.property(values, (value) => {
        const segment = encodeSegment(value);
        // Slashes and control characters are encoded, and then refused as a path: names that have them are no names.
        if (/[/\\\u0000-\u001f\u007f]/.test(value))
          expect(() => buildUrl(BASE, `/jobs/${segment}`)).toThrow(JobwrightError);
        else expect(decodeURIComponent(buildUrl(BASE, `/jobs/${segment}`).pathname)).toBe(`/v0/jobs/${value}`);
      }),
    );
  });
});
