import { type FieldRow, STANDINGS, type Status, type StatusRow } from "../../src/model/status.ts";
import { summaryOf } from "../../src/render/status-rows.ts";

/** A job that is in sync and runs every day at six. */
export function row(name: string, more: Partial<StatusRow> = {}): StatusRow {
  return {
    address: `nimble/${name}`,
    target: "nimble",
    provider: "nimble",
    id: "job_1",
    live: true,
    standing: "in-sync",
    also: [],
    notes: [],
    changes: [],
    schedules: [{ cron: "0 6 * * *", on: true, words: "At 06:00" }],
    nextRun: new Date("2026-11-24T06:00:00Z"),
    lastRun: { at: "2026-11-23T06:00:04Z", status: "SUCCESS" },
    lastChange: { at: "2026-11-02T10:15:00Z", sinceApply: false },
    ...more,
  };
}

/** A status of these jobs, all of which are live but for the new and the missing ones. */
export function statusWith(rows: readonly StatusRow[], more: Partial<Status> = {}): Status {
  const live = rows.filter((each) => each.live).length;
  const unmanaged = rows.filter(({ standing }) => standing === "unmanaged").length;
  return { rows, summary: summaryOf(rows, { live, unmanaged }), narrowed: false, warnings: [], ...more };
}

/** One job of each standing. */
export const ALL_STANDINGS: Status = statusWith(STANDINGS.map((standing) => row(`j-${standing}`, { standing })));

/** One field of each owner. */
export const FIELDS: readonly FieldRow[] = [
  { path: "/metadata/name", owner: "declared", live: "j" },
  { path: "/spec/description", owner: "formerly-declared", live: "old", cause: "pending", removed: true },
  { path: "/spec/enabled", owner: "default", live: true },
  { path: "/spec/future", owner: "unknown", live: { a: 1 } },
  { path: "/spec/runtime/image", owner: "filled", by: "bl deploy", live: "registry/x:1" },
  { path: "/spec/runtime/memory", owner: "declared", live: 4096, declared: 8192, cause: "drift" },
  { path: "/spec/runtime/timeout", owner: "other", live: 60 },
  { path: "/spec/runtime/maxRetries", owner: "ignored", live: 1, declared: 2 },
  { path: "/spec/region", owner: "declared", declared: "eu", cause: "conflict" },
];
