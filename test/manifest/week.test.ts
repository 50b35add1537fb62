import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextRuns } from "../../src/manifest/cron.ts";
import { everFires, firesInWeek } from "../../src/manifest/week.ts";
import { SOME_DATES } from "../../src/model/schedule.ts";

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

describe("firesInWeek", () => {
  it.each([
    ["0 6 * * *", EVERY_DAY, [360]],
    ["30 6 * * MON-FRI", [0, 1, 2, 3, 4], [390]],
    ["0 0 * * 0", [6], [0]],
    ["0 0 * * 7", [6], [0]],
    ["*/30 9-10 * * sat,SUN", [5, 6], [540, 570, 600, 630]],
    ["0 6 1 * *", [SOME_DATES], [360]],
    ["0 6 * 12 *", [SOME_DATES], [360]],
    ["0 6 1 * MON", [0, SOME_DATES], [360]],
    ["0 6 1-31 * MON", EVERY_DAY, [360]],
    ["0 6 1 * 0-6", EVERY_DAY, [360]],
    ["0 6 31 2 *", [], [360]],
    ["0 6 29 2 *", [SOME_DATES], [360]],
    ["0 6 31 2 MON", [SOME_DATES], [360]],
  ])("reads %s", (cron, days, minutes) => {
    expect(firesInWeek(cron)).toEqual({ days, minutes });
  });

  it("counts every minute of the day for * * * * *", () => {
    expect(firesInWeek("* * * * *")?.minutes).toEqual(Array.from({ length: 1440 }, (_, minute) => minute));
  });

  it("knows nothing of what is no cron expression", () => {
    expect(firesInWeek("every day at six")).toBeUndefined();
    expect(firesInWeek("61 * * * *")).toBeUndefined();
  });

  it("agrees with the scheduler about when expressions fire that come every week", () => {
    const field = (from: number, to: number): fc.Arbitrary<string> =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min: from, max: to }).map(String),
        fc.integer({ min: 2, max: to - from }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
          .map(([a, b]) => (a < b ? `${a}-${b}` : `${b},${a}`)),
      );
    const expression = fc.tuple(field(0, 59), field(0, 23), field(0, 7)).map(([m, h, d]) => `${m} ${h} * * ${d}`);
    const monday = Date.parse("2026-11-23T00:00:00Z");
    fc.assert(
      fc.property(expression, fc.nat(10_079), (cron, start) => {
        const week = firesInWeek(cron);
        const minutes = (week?.days ?? []).flatMap((day) => (week?.minutes ?? []).map((minute) => day * 1440 + minute));
        const told = [...minutes, ...minutes.map((minute) => minute + 10_080)].filter((minute) => minute >= start);
        // The scheduler tells what comes after, so from a second before.
        const known = nextRuns(cron, new Date(monday + start * 60_000 - 1000), 20)
          .map((time) => (time.getTime() - monday) / 60_000)
          .filter((minute) => minute < 20_160);
        expect(told.slice(0, 20)).toEqual(known);
      }),
      { numRuns: 200 },
    );
  });
});

describe("everFires", () => {
  it.each([
    ["0 6 29 2 *", true],
    ["0 6 30 2 *", false],
    ["0 6 31 2,4,6,9,11 *", false],
    ["0 6 31 2 0", true],
    ["0 6 31 */2 *", true],
    ["0 6 30,31 2 0-7", true],
  ])("%s: %s", (expression, fires) => {
    expect(everFires(expression)).toBe(fires);
    expect(nextRuns(expression, new Date("2026-11-23T00:00:00Z"), 1).length > 0).toBe(fires);
  });

  it("agrees with the scheduler, which looks for a date", () => {
    const some = (from: number, to: number) =>
      fc.uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 3 }).map((all) => all.join(","));
    // Dates that only some months have, and months that lack some dates.
    const date = fc.oneof(fc.constant("*"), some(28, 31));
    const month = fc.oneof(fc.constant("*"), fc.constantFrom("2", "2,4", "FEB", "4,6", "*/2"), some(1, 12));
    const day = fc.oneof({ weight: 3, arbitrary: fc.constant("*") }, { weight: 1, arbitrary: some(0, 7) });
    const now = new Date("2026-11-23T00:00:00Z");
    fc.assert(
      fc.property(date, month, day, (d, m, w) => {
        const expression = `0 6 ${d} ${m} ${w}`;
        expect(everFires(expression)).toBe(nextRuns(expression, now, 1).length > 0);
      }),
      { numRuns: 300 },
    );
  });
});
