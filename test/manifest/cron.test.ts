import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkCron, describeCron, nextRuns } from "../../src/manifest/cron.ts";

const FROM = new Date("2026-11-23T12:00:00Z");

describe("checkCron", () => {
  it.each([
    "0 6 * * *",
    "*/15 9-17 * * MON-FRI",
    "0 0 1,15 * 1",
    "0 0 1 JAN-MAR,dec *",
    "1-59/2 * * * *",
    "00 06 * * 7",
    "0 0 31 2 *",
    "0  6\t* * *",
    "59 23 31 12 6",
  ])("takes %s", (expression) => {
    expect(checkCron(expression)).toBeUndefined();
  });

  it.each([
    ["* * * * * *", /6 fields instead of 5/, /neither seconds nor years.*"\* \* \* \* \*"/],
    ["0 0 6 * * * 2027", /7 fields/, /"0 6 \* \* \*"/],
    ["* * * *", /4 fields/, /five fields/],
    ["", /0 fields/, /five fields/],
    ["@daily", /nickname/, /"0 0 \* \* \*"/],
    ["@reboot", /nickname/, /five fields/],
    ["0 0 L * *", /"L" cannot be read \(day of month\)/, /L, W and #/],
    ["0 0 15W * *", /"15W"/, /L, W and #/],
    ["0 0 * * 5#2", /"5#2"/, /L, W and #/],
    ["0 0 ? * *", /"\?"/, /\* instead of \?/],
    ["H 0 * * *", /"H"/, /Jenkins/],
    ["0 24 * * *", /24 is not within 0 and 23 \(hour\)/, /./],
    ["60 * * * *", /60 is not within 0 and 59 \(minute\)/, /./],
    ["0 0 0 * *", /0 is not within 1 and 31 \(day of month\)/, /./],
    ["0 0 * 13 *", /13 is not within 1 and 12 \(month\)/, /./],
    ["0 0 * * 8", /8 is not within 0 and 7 \(day of week\)/, /./],
    ["5-3 * * * *", /"5-3" runs backwards/, /two ranges/],
    ["0 0 * * FRI-MON", /runs backwards/, /two ranges/],
    ["5/15 * * * *", /readers differ/, /"5-59\/15"/],
    ["*/0 * * * *", /no step/, /\*\/15/],
    ["*/61 * * * *", /longer than the field/, /at most 60/],
    ["/5 * * * *", /cannot be read/, /./],
    ["1,,2 * * * *", /empty/, /comma/],
    ["* * * * MONDAY", /"MONDAY"/, /three letters: SUN, MON/],
    ["* * * JUNE *", /"JUNE"/, /three letters: JAN/],
    ["* * * * +1", /cannot be read/, /./],
    ["*-5 * * * *", /cannot be read/, /./],
    ["1.5 * * * *", /cannot be read/, /./],
    ["-1 * * * *", /cannot be read/, /./],
    ["* * * * Ⅰ", /cannot be read/, /./],
    [" 0 6 * * *", /white space/, /"0 6 \* \* \*"/],
    ["0 6 * * *\n", /white space/, /"0 6 \* \* \*"/],
  ])("refuses %j", (expression, message, hint) => {
    const problem = checkCron(expression);
    expect(problem?.message).toMatch(message);
    expect(problem?.hint).toMatch(hint);
  });

  it("never throws, and what it takes can be computed", () => {
    const part = fc.stringMatching(/^[0-9*,/LW#?A-Z-]{1,5}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 5, maxLength: 5 }), (parts) => {
        const expression = parts.join(" ");
        if (checkCron(expression) === undefined) expect(nextRuns(expression, FROM, 1).length).toBeLessThan(2);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes every value of every field", () => {
    const field = (from: number, to: number) => fc.integer({ min: from, max: to }).map(String);
    fc.assert(
      fc.property(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7), (...parts) => {
        expect(checkCron(parts.join(" "))).toBeUndefined();
        expect(nextRuns(parts.join(" "), FROM, 1)).toHaveLength(1);
      }),
    );
  });
});

describe("nextRuns", () => {
  it("counts in UTC, after the given time", () => {
    expect(nextRuns("0 12 * * *", FROM, 2).map((date) => date.toISOString())).toEqual([
      "2026-11-24T12:00:00.000Z",
      "2026-11-25T12:00:00.000Z",
    ]);
  });

  it("knows leap days", () => {
    expect(nextRuns("0 0 29 2 *", FROM, 1).map((date) => date.toISOString())).toEqual(["2028-02-29T00:00:00.000Z"]);
  });

  it("is empty where there is no such day", () => {
    expect(nextRuns("0 0 31 2 *", FROM, 3)).toEqual([]);
    expect(nextRuns("0 0 31 4,6,9,11 *", FROM, 3)).toEqual([]);
  });
});

describe("describeCron", () => {
  it("says it in words", () => {
    expect(describeCron("0 6 * * *")).toBe("At 06:00");
    expect(describeCron("*/15 9-17 * * MON-FRI")).toContain("Monday through Friday");
  });

  it("shows the expression where there are no words", () => {
    expect(describeCron("nonsense")).toBe("nonsense");
  });
});
