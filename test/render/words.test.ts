import { describe, expect, it } from "vitest";
import type { Value, ValueObject } from "../../src/model/document.ts";
import type { Change } from "../../src/model/plan.ts";
import { renderDrift, renderPlan } from "../../src/render/text.ts";
import { scheduleWords, type Words } from "../../src/render/words.ts";
import { action, added, plan, removed, replaced, terminal } from "./builders.ts";

/** Every schedule fires at its own hour of the 24th; what has no hour cannot be read. */
const WORDS: Words = {
  describeCron: (cron) => (/^0 \d /.test(cron) ? `daily at ${cron[2]}` : undefined),
  nextRuns: (cron) => (/^0 \d /.test(cron) ? [new Date(`2026-11-24T0${cron[2]}:00:00Z`)] : []),
};

const PATH = "/spec/schedule/cron";
const moved = replaced(PATH, "0 6 * * *", "0 7 * * *");

describe("scheduleWords", () => {
  it("tells a change in words, with the next runs before and after", () => {
    expect(scheduleWords(moved, WORDS)).toEqual([
      "daily at 6 -> daily at 7; next 2026-11-24 06:00 -> 2026-11-24 07:00 UTC",
    ]);
  });

  it("tells what comes or goes, and each schedule of a list", () => {
    expect(scheduleWords(added(PATH, "0 7 * * *"), WORDS)).toEqual(["daily at 7; next 2026-11-24 07:00 UTC"]);
    expect(scheduleWords(removed(PATH, "0 6 * * *"), WORDS)).toEqual(["daily at 6; next 2026-11-24 06:00 UTC"]);
    const triggers = [{ configuration: { schedule: "0 6 * * *" } }, { configuration: { schedule: "0 8 * * *" } }];
    expect(scheduleWords(added("/spec/triggers", triggers), WORDS)).toHaveLength(2);
  });

  it("tells the same times once, whatever the expression", () => {
    expect(scheduleWords(replaced(PATH, "0 6 * * *", "0 6 * * 0-6"), WORDS)).toEqual([
      "daily at 6; next 2026-11-24 06:00 UTC",
    ]);
  });

  it("says nothing of what cannot be read", () => {
    expect(scheduleWords(replaced(PATH, "0 6 * * *", "at six"), WORDS)).toEqual([]);
    expect(scheduleWords(replaced(PATH, "at six", "0 7 * * *"), WORDS)).toEqual([
      "daily at 7; next 2026-11-24 07:00 UTC",
    ]);
    expect(scheduleWords(replaced("/spec/note", "0 6 * * *", "0 7 * * *"), WORDS)).toEqual([]);
  });

  it("says of a schedule that is off, or is switched, that it does not run", () => {
    const off = { spec: { schedule: { cron: "0 6 * * *", enabled: false } } };
    const on = { spec: { schedule: { cron: "0 6 * * *", enabled: true } } };
    const seven = { spec: { schedule: { cron: "0 7 * * *" } } };
    const told = (change: Change, before: ValueObject, after: ValueObject) =>
      scheduleWords(change, WORDS, "->", { before, after });
    expect(told(moved, off, seven)).toEqual(["daily at 6 -> daily at 7; switched off"]);
    expect(told(moved, on, seven)).toEqual(scheduleWords(moved, WORDS));
    const switched = (was: boolean) => replaced("/spec/schedule/enabled", was, !was);
    expect(told(switched(true), on, off)).toEqual(["daily at 6; next 2026-11-24 06:00 -> switched off"]);
    expect(told(switched(false), off, on)).toEqual(["daily at 6; next switched off -> 2026-11-24 06:00 UTC"]);
    // The change of the expression tells of both.
    expect(told(switched(false), off, seven)).toEqual([]);
    const added = { op: "add", path: "/spec/schedule", after: off.spec.schedule, cause: "pending" } as const;
    expect(scheduleWords(added, WORDS)).toEqual(["daily at 6; switched off"]);
  });

  it("finds the switch of a trigger by its id, or by type and position", () => {
    const trigger = (id: string, schedule: string, enabled: boolean) => ({
      ...{ id, type: "cron", enabled, configuration: { schedule } },
    });
    const job = (...triggers: Value[]): ValueObject => ({ spec: { triggers } });
    const live = job(trigger("a", "0 6 * * *", true), trigger("b", "0 6 * * *", false));
    const change = (token: string) =>
      replaced(`/spec/triggers/${token}/configuration/schedule`, "0 6 * * *", "0 7 * * *");
    const told = (token: string) => scheduleWords(change(token), WORDS, "->", { before: live, after: live })[0];
    expect(told("a")).toContain("next 2026-11-24 06:00");
    expect(told("b")).toContain("switched off");
    expect(told("cron[1]")).toContain("switched off");
  });

  it("names the sides of a conflict, in a plan and in a drift report alike", () => {
    const conflict = replaced(PATH, "0 6 * * *", "0 7 * * *", { cause: "conflict", base: "0 5 * * *" });
    const both = plan([action("nimble/a", "update", { changes: [conflict] })]);
    for (const text of [renderPlan(both, terminal(), WORDS), renderDrift(both, terminal(), WORDS)]) {
      expect(text).toContain("live: daily at 6; next 2026-11-24 06:00 UTC");
      expect(text).toContain("Git: daily at 7; next 2026-11-24 07:00 UTC");
    }
  });
});

describe("a narrow terminal", () => {
  const lines = (before: string, after: string, width = 60): string[] =>
    renderPlan(
      plan([action("nimble/a", "update", { changes: [replaced("/spec/text", before, after)] })]),
      terminal(width),
    )
      .split("\n")
      .slice(4, -2);

  it("shows long values on up to three rows, so that their difference is seen", () => {
    const was = "changed by hand during the incident: do not touch";
    const is = "https://shop-two.example/categories/running/shoes/of/all/kinds";
    expect(lines(was, is)).toEqual([
      '          - "changed by hand during the incident: do not',
      '            touch"',
      '          + "https://shop-two.example/categories/running/sho',
      '            es/of/all/kinds"',
    ]);
    expect(lines(was, is.repeat(9)).at(-3)).toMatch(/^ {12}\S+… \(\+\d+ characters\)$/);
  });

  it("keeps schedules in words whole", () => {
    const text = renderPlan(plan([action("nimble/a", "update", { changes: [moved] })]), terminal(60), WORDS);
    expect(text).toContain(
      "          daily at 6 → daily at 7; next 2026-11-24 06:00 →\n          2026-11-24 07:00 UTC",
    );
  });

  it("puts a list of more than a few words on lines of its own, as a diff", () => {
    const list = (last: string) => ["the first of the many items", "the second of the many items", last];
    const changes = [replaced("/spec/tags", list("old"), list("new"))];
    const text = renderPlan(plan([action("nimble/a", "update", { changes })]), terminal(200));
    expect(text).toContain('          - - "old"\n          + - "new"');
    const short = [replaced("/spec/tags", ["a"], ["b"])];
    expect(renderPlan(plan([action("nimble/a", "update", { changes: short })]), terminal(60))).toContain(
      '["a"] → ["b"]',
    );
  });
});
