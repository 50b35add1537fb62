import { expect, it } from "vitest";
import { checkPlanSize } from "../../src/commands/saved-plan.ts";
import { MAX_PLAN_BYTES } from "../../src/render/plan-reader.ts";

it("a plan that apply would not read is not saved", () => {
  expect(() => checkPlanSize(MAX_PLAN_BYTES)).not.toThrow();
  expect(() => checkPlanSize(MAX_PLAN_BYTES + 1)).toThrow(
    "the plan is 257 MiB long, more than the 256 MiB that apply reads",
  );
});
