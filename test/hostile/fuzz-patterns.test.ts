import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCron, describeCron, nextRuns } from "../../src/manifest/cron.ts";
import { parseGlob, startOf, stepInto } from "../../src/manifest/glob.ts";
import { checkGlob } from "../../src/manifest/glob-guard.ts";
import { isSelected } from "../../src/manifest/paths.ts";
import { everFires, firesInWeek } from "../../src/manifest/week.ts";
import { matches } from "../../src/model/match.ts";
import { mutated } from "./mutate.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8").slice(0, 3000);

describe("whatever a cron expression holds", () => {
  const EXPRESSIONS = [
    "0 6 * * *",
    "*/5 8-18 * JAN-MAR MON-FRI",
    "0,15,30 */2 1-31 1,6,12 0-7",
    "59 23 29 2 *",
    "@daily",
  ];

  it("is taken and fires when its fields say so, or is refused in words", () => {
    const now = new Date("2026-11-23T00:00:00Z");
    fc.assert(
      fc.property(mutated(EXPRESSIONS).map(text), (expression) => {
        const problem = checkCron(expression);
        describeCron(expression.slice(0, 200));
        if (problem !== undefined) {
          for (const words of [problem.message, problem.hint]) expect(words).toMatch(/^[^\x00-\x1f\x7f-\x9f]{1,700}$/);
          expect(firesInWeek(expression)).toBeUndefined();
          return;
        }
        expect(everFires(expression)).toBe(nextRuns(expression, now, 1).length > 0);
        expect(firesInWeek(expression)?.minutes.length).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
  });
});

describe("whatever a pattern holds", () => {
  const PATTERNS = ["nimble/*-*-*-*-x", "*a*a*a*a*b", "blaxel/pay-?", "nimble/[a]{b,c}+(d)", "**", "*?*?*?"];

  it("matches itself where it holds no star, and never throws", () => {
    fc.assert(
      fc.property(mutated(PATTERNS).map(text), mutated(["nimble/a-b-c", "blaxel/pay-1"]).map(text), (pattern, name) => {
        matches(pattern, name);
        isSelected(name, pattern);
        expect(matches(pattern, pattern)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("is a glob that stays in the project, or refused in words", () => {
    const GLOBS = ["jobs/**/*.{yaml,yml}", "a/*/b-*.yaml", "[ab]*/x?.yml", "jobs/drafts/**"];
    fc.assert(
      fc.property(mutated(GLOBS).map(text), (glob) => {
        const problem = checkGlob(glob);
        if (problem !== undefined) {
          expect(problem.message).not.toBe("");
          return;
        }
        expect(glob).not.toMatch(/\.\.|\\|^[/~!]|[+@?*!]\(|\|/);
        const parsed = parseGlob(glob);
        expect(parsed.length).toBeLessThanOrEqual(64);
        for (const each of parsed) stepInto(each, startOf(each), "a-b.yaml", false);
      }),
      { numRuns: 1000 },
    );
  });
});
