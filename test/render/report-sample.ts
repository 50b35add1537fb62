import { firesInWeek } from "../../src/manifest/week.ts";
import { SecretRef } from "../../src/model/document.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { ScheduleShift } from "../../src/model/schedule.ts";
import type { PlanMeta } from "../../src/render/plan-document.ts";
import type { Words } from "../../src/render/words.ts";
import { action, added, plan, removed, replaced, standing, WORDS } from "./builders.ts";

/** Words that know the week as well. */
export const WEEK_WORDS: Words = { ...WORDS, firesInWeek };

export const SAMPLE_META: PlanMeta = {
  tool: "jobwright/0.1.0",
  createdAt: "2026-11-23T10:00:00Z",
  environment: "prod",
  flags: {},
};

/** A job with one schedule before and one after; undefined where it has none. */
function shift(address: string, before: string | undefined, after: string | undefined): ScheduleShift {
  const side = (cron: string | undefined) => (cron === undefined ? [] : [{ cron, on: true }]);
  return { address, target: address.split("/")[0] ?? "", before: side(before), after: side(after) };
}

/** So many numbered jobs that move alike. */
export function shifts(
  n: number,
  name: string,
  before: string | undefined,
  after: string | undefined,
): ScheduleShift[] {
  return Array.from({ length: n }, (_, at) => shift(`${name}-${at + 1}`, before, after));
}

/** 300 of some 480 jobs are moved to six o'clock, where 40 are already. */
export const CROWDING_SHIFTS: readonly ScheduleShift[] = [
  ...Array.from({ length: 300 }, (_, at) =>
    shift(`nimble/price-${at + 1}`, `${at % 60} ${1 + (at % 5)} * * *`, "0 6 * * *"),
  ),
  ...shifts(40, "nimble/stock", "0 6 * * *", "0 6 * * *"),
  ...shifts(60, "nimble/weekday", "30 9-17 * * MON-FRI", "30 9-17 * * MON-FRI"),
  ...shifts(9, "nimble/monthly", "0 3 1 * *", "0 3 1 * *"),
  ...shifts(1, "nimble/poll", "*/5 * * * *", "*/5 * * * *"),
  ...shifts(2, "blaxel/train", "0 2 * * SUN", "0 2 * * SUN"),
];

const script = (middle: string): string =>
  ["import json", "", "def main():", "    rows = load()", `    ${middle}`, "    save(rows)", "", "main()", ""].join(
    "\n",
  );

/** A plan with one of each kind, in which every sort of change is. */
export function samplePlan(): Plan {
  const bump = replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *");
  return plan(
    [
      action("nimble/prices", "update", {
        changes: [
          bump,
          replaced(
            "/spec/input/script",
            script("rows = clean(rows)"),
            script("rows = clean(rows, strict=True)\n    audit(rows)"),
          ),
          replaced("/spec/concurrency", 4, 8, { cause: "conflict", base: 6 }),
          replaced("/spec/note", "written by hand", "as declared", { cause: "drift" }),
          removed("/spec/tags", ["a", "b"]),
          replaced("/spec/token", new SecretRef("env:TOKEN"), new SecretRef("env:TOKEN")),
        ],
        requests: [
          { method: "PATCH", path: "/v1/jobs/job_7", body: { schedule: { cron: "0 7 * * *" }, concurrency: 8 } },
        ],
        touched: { updatedAt: "2026-11-22T09:30:00Z", updatedBy: "ana@shop.example" },
      }),
      action("nimble/reviews", "create", {
        changes: [added("/metadata/name", "reviews"), added("/spec/schedule", { cron: "0 6 * * *", enabled: true })],
        requests: [{ method: "POST", path: "/v1/jobs", body: { name: "reviews", schedule: { cron: "0 6 * * *" } } }],
      }),
      action("nimble/legacy", "delete", { requests: [{ method: "DELETE", path: "/v1/jobs/job_9" }] }),
      action("blaxel/train", "update", {
        changes: [replaced("/spec/runtime/memory", 4096, 8192)],
        requests: [{ method: "PUT", path: "/v0/jobs/train", body: { spec: { runtime: { memory: 8192 } } } }],
        carried: { paths: ["/spec/region", "/spec/policies"] },
      }),
    ],
    {
      standings: [
        standing("nimble/sale", "paused", "paused by hand"),
        standing("blaxel/old", "held", "until 2026-12-01"),
      ],
      warnings: [{ code: "JW3502", message: "several jobs start in the same minute", address: "nimble/prices" }],
      summary: { unchanged: 412, unmanaged: 3 },
    },
  );
}
