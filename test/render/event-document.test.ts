import { expect, test } from "vitest";
import type { ActionResult } from "../../src/model/outcome.ts";
import { eventDocument } from "../../src/render/event-document.ts";
import { createRedactor } from "../../src/render/redact.ts";

const action = { address: "nimble/a", action: "update", id: "job_7" } as const;
const meta = { at: new Date("2026-12-01T08:00:00Z"), run: "r1", redactor: createRedactor(() => ["hunter2hunter2"]) };

test("an action that has begun has no result", () => {
  expect(eventDocument(action, undefined, meta)).toEqual({
    ...{ formatVersion: 1, at: "2026-12-01T08:00:00.000Z", run: "r1" },
    ...{ address: "nimble/a", action: "update", state: "started", id: "job_7" },
  });
});

test("one that has ended tells how, without any known secret value", () => {
  const result: ActionResult = {
    ...{ status: "failed", class: "not-done", reason: "invalid", attempts: 1, httpStatus: 422 },
    error: { code: "JW2003", message: "no hunter2hunter2 here", hint: "not hunter2hunter2" },
    notes: ["hunter2hunter2 again"],
  };
  const document = eventDocument(action, result, meta);
  expect(document).toMatchObject({
    state: "finished",
    result: { status: "failed", reason: "invalid", httpStatus: 422 },
  });
  expect(JSON.stringify(document)).not.toContain("hunter2");
});

test("the id of a job that was made comes from the result", () => {
  const made = eventDocument({ address: "nimble/a", action: "create" }, { ...APPLIED, id: "job_9" }, meta);
  expect(made.id).toBe("job_9");
});

const APPLIED: ActionResult = { status: "applied", class: "done", notes: [] };
