import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STANDINGS } from "../../src/model/status.ts";
import { localTime, sameAsUtc } from "../../src/render/local-time.ts";
import { widthOf } from "../../src/render/safe.ts";
import { coverageText, renderStatus, STANDING_WORDS, standingsText } from "../../src/render/status-text.ts";
import { PLAIN_STYLE, type RenderStyle } from "../../src/render/style.ts";
import { actsOnTerminal, commandsRunner, hostile } from "./hostile.ts";
import { ALL_STANDINGS, row, statusWith } from "./status-builders.ts";

const at = (width: number, unicode = true): RenderStyle => ({ ...PLAIN_STYLE, width, unicode });
const lines = (text: string) => text.split("\n");

describe("a status in the terminal", () => {
  it("is a table, what is to be said of a job below it, and how much is managed", () => {
    const status = statusWith([
      row("a"),
      row("b", { standing: "drifted", notes: ["changed live: spec.description"] }),
      row("c", { standing: "unmanaged", schedules: [], nextRun: undefined, lastRun: undefined } as object),
    ]);
    expect(lines(renderStatus(status, at(120), "UTC"))).toEqual([
      "job       standing   schedule  next run, UTC     last run, UTC             last changed, UTC",
      "nimble/a  in sync    At 06:00  2026-11-24 06:00  2026-11-23 06:00 SUCCESS  2026-11-02 10:15 by apply",
      "nimble/b  drifted    At 06:00  2026-11-24 06:00  2026-11-23 06:00 SUCCESS  2026-11-02 10:15 by apply",
      "    changed live: spec.description",
      "nimble/c  unmanaged  -         -                 -                         2026-11-02 10:15 by apply",
      "",
      "3 jobs: 1 drifted, 1 unmanaged, 1 in sync.",
      "2 of 3 live jobs are managed (66 %). jobwright import writes manifests for the others.",
    ]);
  });

  it("drops columns where it is narrow, the least needed first", () => {
    const titles = (width: number) =>
      lines(renderStatus(statusWith([row("a-job-with-a-long-name")]), at(width), "Europe/Vienna"))[0];
    expect(titles(60)).toBe("job                            standing  next run, UTC");
    expect(titles(80)).toBe("job                            standing  schedule  next run, UTC");
    expect(titles(100)).toBe("job                            standing  schedule  next run, UTC     last run, UTC");
    expect(titles(120)).toBe(
      "job                            standing  schedule  next run, UTC     in Europe/Vienna  last run, UTC",
    );
    expect(titles(160)).toBe(
      "job                            standing  schedule  next run, UTC     in Europe/Vienna  last run, UTC             last changed, UTC",
    );
  });

  it("leaves out columns that say nothing of any job", () => {
    const bare = { ...row("a"), schedules: [] };
    const { nextRun: _, lastRun: __, lastChange: ___, ...rest } = bare;
    expect(lines(renderStatus(statusWith([rest]), at(200), "UTC"))[0]).toBe("job       standing");
  });

  it("tells the next run in the reader's zone too, unless that is UTC at that time", () => {
    const text = (zone: string) => renderStatus(statusWith([row("a")]), at(200), zone);
    expect(text("Asia/Kolkata")).toContain("2026-11-24 06:00  2026-11-24 11:30");
    expect(text("Europe/London")).not.toContain("in Europe/London");
  });

  it("gives a job with a long name a line of its own and never cuts the name", () => {
    const name = "x".repeat(45);
    const text = lines(renderStatus(statusWith([row("a"), row(name)]), at(60), "UTC"));
    expect(text[2]).toBe(`nimble/${name}`);
    expect(text[3]).toMatch(/^ +in sync {3}2026-11-24 06:00$/);
  });

  it("cuts words that are too long for their column, in ASCII with dots", () => {
    const words = "At every 5th minute past every hour from 9 through 17";
    const status = statusWith([row("job-with-some-name", { schedules: [{ cron: "c", on: true, words }] })]);
    expect(renderStatus(status, at(80), "UTC")).toContain("At every 5th minute past…  2026");
    const ascii = renderStatus(status, at(80, false), "UTC");
    expect(ascii).toContain("At every 5th minute pa...  2026");
    expect(/^[\x20-\x7e\n]*$/.test(ascii)).toBe(true);
  });

  it("says why a job does not run next", () => {
    const next = (more: object) => {
      const { nextRun: _, ...rest } = row("a", more);
      return lines(renderStatus(statusWith([rest, row("b")]), at(60), "UTC"))[1]
        ?.split(/ {2,}/)
        .at(-1);
    };
    expect(next({ schedules: [{ cron: "c", on: false, words: "w" }] })).toBe("off");
    expect(next({})).toBe("never");
    expect(next({ live: false, standing: "new" })).toBe("-");
    expect(next({ schedules: [] })).toBe("-");
  });

  it("tells of the schedule that is on first, and of how many there are", () => {
    const schedules = [
      { cron: "a", on: false, words: "At 03:00" },
      { cron: "b", on: true, words: "At 07:00" },
    ];
    expect(renderStatus(statusWith([row("a", { schedules })]), at(100), "UTC")).toContain("At 07:00 and 1 more");
    const off = schedules.slice(0, 1);
    expect(renderStatus(statusWith([row("a", { schedules: off })]), at(100), "UTC")).toContain("off: At 03:00");
  });

  it("names who touched a job last, as far as anybody knows", () => {
    const who = (lastChange: object) =>
      renderStatus(
        statusWith([row("a", { lastChange: { at: "2026-11-02T10:15:00Z", ...lastChange } })]),
        at(200),
        "UTC",
      );
    expect(who({ by: "ana@acme.example", sinceApply: true })).toContain("2026-11-02 10:15 by ana@acme.example");
    expect(who({ sinceApply: true })).toContain("2026-11-02 10:15 by somebody, not apply");
    expect(lines(who({}))[1]).toMatch(/2026-11-02 10:15$/);
  });

  it("shows the state of Blaxel's deployments in a column of the right name", () => {
    const { lastRun: _, ...job } = row("a", { deployment: "FAILED" });
    const title = (rows: Parameters<typeof statusWith>[0]) => lines(renderStatus(statusWith(rows), at(200), "UTC"))[0];
    expect(title([job])).toContain("  state  ");
    expect(title([job, row("b")])).toContain("  last run, or state  ");
    expect(renderStatus(statusWith([job]), at(200), "UTC")).toContain("  FAILED  ");
  });

  it("tells jobs of one address apart by their ids", () => {
    const text = renderStatus(
      statusWith([row("a", { id: "job_1" }), row("a", { id: "job_2" }), row("b")]),
      at(100),
      "UTC",
    );
    expect(text).toContain("nimble/a (job_2)");
    expect(text).not.toContain("nimble/b (");
  });

  it("says what holds besides", () => {
    const text = renderStatus(
      statusWith([row("a", { standing: "drifted", also: ["paused", "pending"] })]),
      at(100),
      "UTC",
    );
    expect(text).toContain("\n    also paused, pending\n");
  });

  it("has a word for every standing", () => {
    const text = renderStatus(ALL_STANDINGS, at(100), "UTC");
    for (const standing of STANDINGS) expect(text).toMatch(new RegExp(`j-${standing} +${STANDING_WORDS[standing]} `));
  });

  it("paints standings, and lines up all the same", () => {
    const painted = { ...at(80), paint: (paint: string, text: string) => `<${paint}>${text}</${paint}>` };
    const text = renderStatus(statusWith([row("a"), row("b", { standing: "conflict" })]), painted, "UTC");
    expect(text).toContain("<danger>conflict</danger>");
    expect(text).toContain("<ok>in sync</ok> ");
    expect(text.replace(/<[^>]*>/g, "")).toBe(
      renderStatus(statusWith([row("a"), row("b", { standing: "conflict" })]), at(80), "UTC"),
    );
  });

  it("says that there is nothing, and that only a part was listed", () => {
    expect(renderStatus(statusWith([], { narrowed: true }), at(80), "UTC")).toBe(
      "No jobs.\nNo job is live. Only what was selected is listed.",
    );
  });

  it("warns before it counts", () => {
    const text = renderStatus(statusWith([row("a")], { warnings: [{ code: "JW3006", message: "m" }] }), at(80), "UTC");
    expect(text).toMatch(/\n\nWarnings \(1\)\n {2}JW3006 m\n\n1 job: 1 in sync\.\n/);
  });

  it("keeps to the columns there are and shows nothing that acts, whatever stands in it", () => {
    const schedules = fc.array(fc.record({ cron: hostile, on: fc.boolean(), words: hostile }), { maxLength: 2 });
    const job = fc
      .record({
        name: hostile,
        standing: fc.constantFrom(...STANDINGS),
        status: hostile,
        by: hostile,
        at: hostile,
        note: hostile,
        schedules,
      })
      .map(({ name, standing, status, by, at, note, schedules }) =>
        row(name, {
          standing,
          schedules,
          notes: [note],
          lastRun: { at, status },
          lastChange: { at, by },
          deployment: status,
        }),
      );
    fc.assert(
      fc.property(
        fc.array(job, { maxLength: 4 }),
        fc.integer({ min: 1, max: 250 }),
        fc.boolean(),
        (rows, width, unicode) => {
          const text = renderStatus(statusWith(rows), at(width, unicode), "Asia/Tokyo");
          expect(actsOnTerminal(text)).toBe(false);
          expect(commandsRunner(text)).toBe(false);
          const most = Math.min(200, Math.max(60, width));
          // Notes keep words whole up to 200 columns.
          const table = lines(text).filter((line) => !line.startsWith("    ") || line.startsWith("        "));
          for (const line of table) expect(widthOf(line)).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("counts", () => {
  it("name what wants a look first", () => {
    const { summary } = statusWith([row("a"), row("b", { standing: "drifted" }), row("c", { standing: "conflict" })]);
    expect(standingsText(summary)).toBe("3 jobs: 1 conflict, 1 drifted, 1 in sync.");
  });

  it("say how much of what is live is managed", () => {
    const base = statusWith([]).summary;
    const text = (live: number, managed: number, managedPercent: number) =>
      coverageText({ ...base, live, managed, unmanaged: live - managed, managedPercent });
    expect(text(44, 41, 93)).toBe(
      "41 of 44 live jobs are managed (93 %). jobwright import writes manifests for the others.",
    );
    expect(text(44, 44, 100)).toBe("44 of 44 live jobs are managed (100 %).");
    expect(text(1, 1, 100)).toBe("1 of 1 live job is managed (100 %).");
  });
});

describe("local times", () => {
  it("are those of the zone, across a change of the clocks", () => {
    expect(localTime(new Date("2026-10-25T00:30:00Z"), "Europe/Vienna")).toBe("2026-10-25 02:30");
    expect(localTime(new Date("2026-10-25T01:30:00Z"), "Europe/Vienna")).toBe("2026-10-25 02:30");
    expect(localTime(new Date("2026-12-31T23:00:00Z"), "Europe/Vienna")).toBe("2027-01-01 00:00");
  });

  it("are the same as UTC where the zone is, or happens to be", () => {
    const summer = new Date("2026-07-01T12:00:00Z");
    expect(sameAsUtc("Etc/UTC", [summer])).toBe(true);
    expect(sameAsUtc("Europe/London", [summer])).toBe(false);
    expect(sameAsUtc("Europe/London", [new Date("2026-12-01T12:00:00Z")])).toBe(true);
  });

  it("there are none of a zone that nobody knows", () => {
    expect(() => localTime(new Date(0), "Mars/Olympus")).toThrow(RangeError);
  });
});
