import { describe, expect, it } from "vitest";
import { type Decisions, isReviewed, together } from "../../src/action/reviewed.ts";
import type { Change } from "../../src/model/plan.ts";

const cron = (after: string): Change => ({
  ...{ op: "replace", path: "/spec/schedule/cron", before: "0 6 * * *", after, cause: "pending" },
});
const memory: Change = { op: "replace", path: "/spec/memory", before: 1, after: 2, cause: "pending" };
const decided = (address: string, action: Decisions[0]["action"], ...changes: Change[]) => ({
  ...{ address, action, changes },
});

describe("what is left to do counts as reviewed where", () => {
  const reviewed = [
    decided("nimble/a", "update", cron("0 7 * * *"), memory),
    decided("nimble/b", "create", { op: "add", path: "/spec/x", after: 1, cause: "pending" }),
    decided("nimble/c", "delete"),
  ];

  it.each<[string, Decisions, boolean]>([
    ["it is the same", reviewed, true],
    ["actions are done already", reviewed.slice(1), true],
    ["nothing is left", [], true],
    ["a part of an update is done already", [decided("nimble/a", "update", memory)], true],
    ["never where a value is another one", [decided("nimble/a", "update", cron("0 8 * * *"))], false],
    ["never where live moved", [decided("nimble/a", "update", { ...memory, before: 7 })], false],
    ["never where its cause is another one", [decided("nimble/a", "update", { ...memory, cause: "conflict" })], false],
    ["never where a job is made with less", [decided("nimble/b", "create")], false],
    ["never where something else is done with a job", [decided("nimble/a", "delete")], false],
    ["never where a job is deleted that was to be changed", [decided("nimble/b", "delete")], false],
    ["never where another job is touched", [...reviewed, decided("nimble/d", "delete")], false],
  ])("%s", (_when, now, expected) => {
    expect(isReviewed(now, reviewed)).toBe(expected);
  });
});

describe("plans of several pull requests together", () => {
  it("have all their jobs, and all changes of a job that more than one updates", () => {
    const both = together([
      [decided("nimble/a", "update", cron("0 7 * * *"))],
      [decided("nimble/a", "update", memory), decided("nimble/b", "delete")],
    ]);
    expect(both).toEqual([decided("nimble/a", "update", cron("0 7 * * *"), memory), decided("nimble/b", "delete")]);
    expect(isReviewed([decided("nimble/a", "update", memory, cron("0 7 * * *"))], both)).toBe(true);
  });

  it("keep the first where they decide differently about a job", () => {
    expect(together([[decided("nimble/a", "delete")], [decided("nimble/a", "update", memory)]])).toEqual([
      decided("nimble/a", "delete"),
    ]);
  });
});
