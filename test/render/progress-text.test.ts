import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationText, type ProgressState, progressLines, waitText } from "../../src/render/progress-text.ts";
import { widthOf } from "../../src/render/safe.ts";
import { terminal } from "./builders.ts";
import { actsOnTerminal, hostile } from "./hostile.ts";

const NOTHING: ProgressState = { steps: [], applying: undefined, waits: [], stopping: false };

const step = (what: string, done?: number, total?: number) => ({ what, unit: "jobs", since: 0, done, total });

const flying = (...names: string[]) =>
  names.map((name, at) => ({ address: `nimble/${name}`, action: "update" as const, since: at * 1000 }));

describe("progressLines", () => {
  it("tells of reading, with what is known of its amount", () => {
    const steps = [step("Reading blaxel"), step("Reading nimble", 400, 10_000), step("Reading x", 7)];
    expect(progressLines({ ...NOTHING, steps }, 1_000, terminal(80), 9)).toEqual([
      "⠋ Reading blaxel",
      "⠋ Reading nimble: 400 of 10000 jobs",
      "⠋ Reading x: 7 jobs",
    ]);
    expect(progressLines({ ...NOTHING, steps: [step("Planning")] }, 63_000, terminal(80), 9)).toEqual([
      "⠋ Planning (1 min 3 s)",
    ]);
  });

  it("tells of applying: counts, what is left, jobs in flight, waits", () => {
    const state: ProgressState = {
      ...NOTHING,
      applying: { total: 100, finished: 25, troubled: 2, since: 0, flying: flying("a", "b", "c", "d", "e", "f", "g") },
      waits: [{ target: "nimble", why: "limited by the platform", until: 22_000 }],
    };
    expect(progressLines(state, 10_000, terminal(80), 20)).toEqual([
      "⠋ Applying: 25 of 100 done, 2 not applied, about 30 s left  ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌",
      "  ~ nimble/a (10 s)",
      "  ~ nimble/b (9 s)",
      "  ~ nimble/c (8 s)",
      "  ~ nimble/d (7 s)",
      "  ~ nimble/e (6 s)",
      "  and 2 more at once",
      "  nimble: limited by the platform, resumes in 12 s",
    ]);
    // A wait that is over is not told.
    expect(progressLines(state, 22_000, terminal(80), 20).join("\n")).not.toContain("limited");
  });

  it("says what comes before the first write", () => {
    const applying = { total: 2, finished: 0, troubled: 0, since: 0, flying: [] };
    expect(progressLines({ ...NOTHING, applying }, 0, terminal(60), 9)).toEqual([
      expect.stringContaining("Recording what is about to be done: 2 writes"),
    ]);
  });

  it("does not guess from too little what is left", () => {
    const applying = { total: 100, finished: 4, troubled: 0, since: 0, flying: [] };
    expect(progressLines({ ...NOTHING, applying }, 10_000, terminal(60), 9)[0]).not.toContain("left");
  });

  it("says that it stops, and that it looks once more", () => {
    const applying = { total: 9, finished: 3, troubled: 0, since: 0, flying: flying("a") };
    expect(progressLines({ ...NOTHING, applying, stopping: true }, 0, terminal(60), 9)).toEqual([
      "⠋ Stopping: 1 job is being finished",
      "  ~ nimble/a",
    ]);
    const over = { ...applying, finished: 9, flying: [] };
    expect(progressLines({ ...NOTHING, applying: over }, 0, terminal(60), 9)).toEqual([
      "⠋ Looking once more at what was applied",
    ]);
  });

  it("draws with ASCII alone where there is nothing else", () => {
    const applying = { total: 4, finished: 1, troubled: 0, since: 0, flying: flying("a") };
    expect(progressLines({ ...NOTHING, applying }, 100, terminal(60, false), 9)).toEqual([
      "\\ Applying: 1 of 4 done  [########......................]",
      "  ~ nimble/a",
    ]);
  });

  it("never takes more columns or rows than there are, nor acts on the terminal", () => {
    fc.assert(
      fc.property(
        fc.array(hostile, { maxLength: 8 }),
        fc.integer({ min: 12, max: 100 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        (names, width, rows, unicode) => {
          const state: ProgressState = {
            steps: names.map((name) => step(name, 5, 9)),
            applying: { total: 9, finished: 6, troubled: 1, since: 0, flying: flying(...names) },
            waits: names.map((name) => ({ target: name, why: name, until: 99_000 })),
            stopping: false,
          };
          const lines = progressLines(state, 9_000, terminal(width, unicode), rows);
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) {
            expect([line, widthOf(line) < width]).toEqual([line, true]);
            expect(actsOnTerminal(line)).toBe(false);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

it("durations are told as people say them", () => {
  expect([1, 59_001, 60_000, 61_000, 3_600_000, 3_720_000].map(durationText)).toEqual([
    ...["1 s", "1 min", "1 min", "1 min 1 s", "1 h", "1 h 2 min"],
  ]);
});

it("a wait says why and until when, at least one second more", () => {
  expect(waitText({ target: "nimble", why: "limited by the platform", until: 100 }, 0)).toBe(
    "nimble: limited by the platform, resumes in 1 s",
  );
});
