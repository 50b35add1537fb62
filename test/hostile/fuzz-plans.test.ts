import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkFlags, savedOptions, savedPlan, withChecksum } from "../../src/commands/saved-plan.ts";
import { JobwrightError, RefusedError } from "../../src/errors.ts";
import { SecretRef } from "../../src/model/document.ts";
import { documentText, type PlanDocument, toPlanDocument } from "../../src/render/plan-document.ts";
import { readPlanDocument } from "../../src/render/plan-reader.ts";
import { action, added, plan, removed, replaced, standing } from "../render/builders.ts";
import { mutated } from "./mutate.ts";

const whole = toPlanDocument(
  plan(
    [
      action("nimble/a", "update", {
        changes: [replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *"), removed("/spec/x", [1, { y: null }])],
        requests: [{ method: "PATCH", path: "/v1/jobs/job_7", body: { schedule: { cron: "0 7 * * *" } } }],
      }),
      action("blaxel/b", "create", { changes: [added("/spec/runtime", { envs: [new SecretRef("env:KEY")] })] }),
      action("nimble/gone", "delete"),
    ],
    { standings: [standing("nimble/z", "orphaned", "its manifest is gone")] },
  ),
  {
    ...{ tool: "jobwright/0.1.0", createdAt: "2026-11-23T10:00:00Z", environment: "", lineage: "l", serial: 4 },
    flags: { prune: true, rotate: [], maxDeletes: 3 },
  },
);
const SAVED = documentText(withChecksum(whole));
const UNSIGNED = documentText(whole);

/** What is told: one line that has an end. */
function wellTold(error: JobwrightError): void {
  expect(error.message).toMatch(/^[^\x00-\x1f\x7f-\x9f]{1,2000}$/);
  expect(error.hint).toMatch(/Nothing was sent/);
}

describe("whatever became of a saved plan", () => {
  it("it is read as it was written, or refused", () => {
    fc.assert(
      fc.property(mutated([SAVED]), (bytes) => {
        const text = Buffer.from(bytes).toString("utf8");
        try {
          expect(savedPlan(text, "plan.json")).toEqual(savedPlan(SAVED, "plan.json"));
        } catch (error) {
          if (!(error instanceof JobwrightError)) throw error;
          wellTold(error);
          // What has our form and another content was changed by somebody: exit code 3.
          if (/^\ufeff?\s*\{.*\}\s*$/s.test(text) && error.code === "JW3103")
            expect(error).toBeInstanceOf(RefusedError);
          expect(["JW3103", "JW5101", "JW5102"]).toContain(error.code);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("where somebody made the checksum fit, it is a plan of the right form, or refused", () => {
    fc.assert(
      fc.property(mutated([UNSIGNED, SAVED]), (bytes) => {
        const text = Buffer.from(bytes).toString("utf8");
        try {
          const { plan: read, meta } = readPlanDocument(text, "plan.json");
          checkFlags({ plan: read, meta, redacted: [] }, savedOptions({ plan: read, meta, redacted: [] }));
          for (const { address, target, requests, changes } of read.actions) {
            expect(address.startsWith(`${target}/`)).toBe(true);
            expect(Object.keys(read.targets)).toContain(target);
            for (const { method } of requests) expect(["POST", "PATCH", "PUT", "DELETE"]).toContain(method);
            for (const { path } of changes) expect(typeof path).toBe("string");
          }
          // It can be saved again.
          const again = toPlanDocument(read, meta);
          expect(savedPlan(documentText(withChecksum(again as PlanDocument)), "again").plan.actions).toEqual(
            read.actions,
          );
        } catch (error) {
          if (!(error instanceof JobwrightError)) throw error;
          wellTold(error);
          expect(["JW5101", "JW5102"]).toContain(error.code);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
