import { expect, it } from "vitest";
import { comparePlans } from "../../src/commands/diff-plans.ts";
import { renderDifferences } from "../../src/render/text-differences.ts";
import { action, added, painted, replaced, terminal, WORDS } from "./builders.ts";

const first = [
  action("nimble/a", "update", { changes: [replaced("/spec/schedule/cron", "0 5 * * *", "0 6 * * *")] }),
  action("nimble/gone", "delete"),
  action("nimble/same", "update", { changes: [replaced("/spec/a", 1, 2)] }),
];
const second = [
  action("nimble/a", "update", {
    changes: [replaced("/spec/schedule/cron", "0 5 * * *", "0 7 * * *"), added("/spec/note", "n", { cause: "drift" })],
  }),
  action("nimble/new", "create", { changes: [added("/spec/agent_name", "x")] }),
  action("nimble/same", "update", { changes: [replaced("/spec/a", 1, 2)] }),
];

it("tells by job what only one of two plans has", () => {
  const text = renderDifferences(comparePlans(first, second), ["a.json", "b.json"], terminal(), WORDS);
  expect(text.split("\n")).toEqual([
    "nimble/a: update",
    "    only in a.json:",
    '      ~ spec.schedule.cron  "0 5 * * *" → "0 6 * * *"',
    "          every day at 06:00",
    "    only in b.json:",
    '      ~ spec.schedule.cron  "0 5 * * *" → "0 7 * * *"',
    "          every day at 07:00; next 2026-11-24 07:00 UTC",
    '      + spec.note           "n"  drift',
    "",
    "nimble/gone: delete → nothing",
    "",
    "nimble/new: nothing → create",
    "    only in b.json:",
    '      + spec.agent_name  "x"',
    "",
    "3 jobs differ: 1 only in a.json; 1 only in b.json; 1 in both, with other changes.",
  ]);
});

it("says that two plans are the same", () => {
  expect(renderDifferences(comparePlans(first, first), ["a", "b"], painted())).toBe("The two plans decide the same.");
});
