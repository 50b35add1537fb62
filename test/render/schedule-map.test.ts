import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firesInWeek } from "../../src/manifest/week.ts";
import { type ScheduleShift, SOME_DATES } from "../../src/model/schedule.ts";
import { hourOf, type ScheduleMap, scheduleMaps, startsAt } from "../../src/render/schedule-map.ts";
import { daysText, loadText } from "../../src/render/schedule-words.ts";
import { CROWDING_SHIFTS, shifts } from "./report-sample.ts";

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const AT_SIX = 6 * 60;

function mapOf(given: readonly ScheduleShift[]): ScheduleMap {
  const [map, ...others] = scheduleMaps(given, firesInWeek);
  if (map === undefined || others.length > 0) throw new Error("not one target");
  return map;
}

describe("scheduleMaps", () => {
  it("counts starts by day and minute, before and after", () => {
    const map = mapOf([
      ...shifts(3, "nimble/a", "0 6 * * *", "0 7 * * *"),
      ...shifts(2, "nimble/b", "0 6 * * MON", "0 6 * * MON"),
    ]);
    expect([0, 1, 6, SOME_DATES].map((day) => startsAt(map.before, day, AT_SIX))).toEqual([5, 3, 3, 0]);
    expect([0, 1].map((day) => startsAt(map.after, day, AT_SIX))).toEqual([2, 0]);
    expect(startsAt(map.after, 1, 7 * 60)).toBe(3);
    expect([map.peakBefore, map.peakAfter]).toEqual([
      { starts: 5, minute: AT_SIX, days: [0] },
      { starts: 3, minute: 7 * 60, days: EVERY_DAY },
    ]);
  });

  it("finds the crowd that a change makes", () => {
    const map = scheduleMaps(CROWDING_SHIFTS, firesInWeek).find(({ target }) => target === "nimble");
    expect(map?.shifted).toBe(300);
    expect(map?.arrivals).toMatchObject({ minute: AT_SIX, moved: 300, added: 0 });
    expect(map?.collisions[0]).toMatchObject({ minutes: [AT_SIX], days: EVERY_DAY, before: 41, after: 341 });
    expect(
      map?.collisions.slice(1).map(({ minutes, days, before, after }) => [minutes.length, days, before, after]),
    ).toEqual([
      [9, [0, 1, 2, 3, 4], 61, 61],
      [1, [SOME_DATES], 9, 9],
    ]);
  });

  it("counts what is switched off neither before nor after", () => {
    const off = { cron: "0 6 * * *", on: false };
    const on = { cron: "0 6 * * *", on: true };
    const map = mapOf([
      { target: "nimble", address: "nimble/a", before: [off], after: [on] },
      { target: "nimble", address: "nimble/b", before: [on, on], after: [off] },
    ]);
    expect([map.peakBefore?.starts, map.peakAfter?.starts, map.shifted]).toEqual([2, 1, 2]);
    // It was there, and starts at a time at which it did not: moved, not added.
    expect(map.arrivals).toMatchObject({ moved: 1, added: 0, addresses: ["nimble/a"] });
  });

  it("tells new jobs from moved ones, and knows both that come to one minute", () => {
    const map = mapOf([
      ...shifts(4, "nimble/new", undefined, "0 6 * * *"),
      ...shifts(2, "nimble/old", "5 5 * * *", "0 6 * * *"),
    ]);
    expect(map.arrivals).toMatchObject({ minute: AT_SIX, moved: 2, added: 4 });
  });

  it("keeps targets apart, leaves out those without schedules, and counts what it cannot read", () => {
    const maps = scheduleMaps(
      [
        ...shifts(1, "b/x", "0 6 * * *", "0 6 * * *"),
        ...shifts(2, "a/y", "at six", "at six"),
        ...shifts(1, "c/z", undefined, undefined),
      ],
      firesInWeek,
    );
    expect(maps.map(({ target, unreadable, peakAfter }) => [target, unreadable, peakAfter?.starts])).toEqual([
      ["a", 2, undefined],
      ["b", 0, 1],
    ]);
  });

  it("does not call it a crowd where jobs start all the time", () => {
    expect(mapOf(shifts(50, "nimble/a", "* * * * *", "* * * * *")).collisions).toEqual([]);
  });

  it("looks at each expression once, and is quick with ten thousand jobs", () => {
    let looks = 0;
    const jobs = Array.from({ length: 10_000 }, (_, n) =>
      shifts(1, `nimble/j${n}`, `${n % 60} * * * *`, "0 6 * * *"),
    ).flat();
    const [map] = scheduleMaps(jobs, (cron) => {
      looks++;
      return firesInWeek(cron);
    });
    expect(looks).toBe(61);
    expect(map?.peakAfter?.starts).toBe(10_000);
    expect(map?.arrivals?.addresses).toHaveLength(20);
  });

  it("counts as many starts in hours as in minutes, and as expressions have", () => {
    const cron = fc
      .tuple(fc.nat(59), fc.nat(23), fc.constantFrom("*", "1-5", "0"))
      .map(([m, h, d]) => `${m} ${h} * * ${d}`);
    fc.assert(
      fc.property(fc.array(cron, { minLength: 1, maxLength: 20 }), (crons) => {
        const map = mapOf(crons.flatMap((each, at) => shifts(1, `nimble/${at}`, each, each)));
        const hours = EVERY_DAY.flatMap((day) =>
          Array.from({ length: 24 }, (_, hour) => hourOf(map.after, day, hour).starts),
        );
        const wanted = crons.reduce((sum, each) => sum + (firesInWeek(each)?.days.length ?? 0), 0);
        expect(hours.reduce((sum, each) => sum + each, 0)).toBe(wanted);
        expect(map.peakAfter?.starts).toBe(Math.max(...map.after));
        expect(map.after).toEqual(map.before);
      }),
      { numRuns: 50 },
    );
  });
});

describe("loadText", () => {
  const text = (given: readonly ScheduleShift[], kind: "plan" | "drift" | "status" = "plan") =>
    loadText(mapOf(given), kind);
  const forty = shifts(40, "nimble/stock", "0 6 * * *", "0 6 * * *");

  it("says what moves where, and what that does to the peak", () => {
    const moved = shifts(300, "nimble/p", "30 2 * * MON", "0 6 * * *");
    expect(text([...moved, ...forty])).toBe(
      "This change moves 300 jobs to 06:00 UTC. Peak: 300 → 340 starts in one minute (06:00 UTC, every day).",
    );
    expect(text([...moved, ...forty], "drift")).toMatch(/^What was changed live moves 300 jobs/);
    expect(text([...moved, ...forty], "status")).toBe("Peak: 300 → 340 starts in one minute (06:00 UTC, every day).");
  });

  it.each([
    ["adds 1 job at 06:00 UTC. Peak: 0 → 1 start", shifts(1, "nimble/a", undefined, "0 6 * * *")],
    ["changes when 2 jobs start. Peak: 2 → 0.", shifts(2, "nimble/a", "0 6 * * *", undefined)],
    [
      "changes when 1 job starts. Peak: 1 start in one minute (06:00 UTC, Tue).",
      shifts(1, "nimble/a", "0 6 * * 1", "0 6 * * 2"),
    ],
    [
      "moves 2 jobs to 07:00 UTC and adds 1 there (4 jobs start at other times in all).",
      [
        ...shifts(2, "nimble/a", "0 6 * * *", "0 7 * * *"),
        ...shifts(1, "nimble/b", undefined, "0 7 * * *"),
        ...shifts(1, "nimble/c", "0 6 * * *", "0 8 * * *"),
      ],
    ],
  ])("says that it %s", (wanted, given) => {
    expect(text(given)).toContain(`This change ${wanted}`);
  });

  it("says nothing of a change where there is none", () => {
    expect(text(forty)).toBe("Peak: 40 starts in one minute (06:00 UTC, every day).");
    expect(text(shifts(1, "nimble/a", "at six", "at six"))).toBe("Nothing starts by itself.");
  });

  it("names days", () => {
    expect([EVERY_DAY, [0, 1, 2], [0, 6], [5], [4, 5, SOME_DATES], [SOME_DATES]].map(daysText)).toEqual([
      "every day",
      "Mon to Wed",
      "Mon, Sun",
      "Sat",
      "Fri, Sat and dates that do not come every week",
      "dates that do not come every week",
    ]);
  });
});
