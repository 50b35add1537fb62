import { expect, it } from "vitest";
import { describeCron } from "../../src/manifest/cron.ts";
import { renderPlan } from "../../src/render/text.ts";
import { read } from "../support/source-files.ts";
import { action, plan, replaced, terminal } from "./builders.ts";

it("the plan in docs/output.md is how it looks", () => {
  const cron = [replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *")];
  const requests = (id: string) => [{ method: "PATCH", path: `/v1/jobs/${id}` } as const];
  const shown = plan(
    [
      action("nimble/prices-at", "update", { id: "job_1", changes: cron, requests: requests("job_1") }),
      action("nimble/prices-de", "update", { id: "job_2", changes: cron, requests: requests("job_2") }),
      action("nimble/stock", "update", {
        id: "job_3",
        changes: [replaced("/spec/display_name", "Stock (test)", "Stock", { cause: "drift" })],
        requests: requests("job_3"),
        touched: { updatedAt: "2026-11-21T14:02:00Z", updatedBy: "ana" },
      }),
      action("nimble/legacy", "delete", {
        id: "job_4",
        removedBy: { commit: "177fb29", author: "ana", subject: "Legacy is gone" },
      }),
    ],
    { summary: { unchanged: 41 } },
  );
  const words = {
    describeCron,
    nextRuns: (text: string) => [new Date(`2026-11-24T0${text.split(" ")[1]}:00:00Z`)],
  };
  expect(read("docs/output.md")).toContain(`\`\`\`\n${renderPlan(shown, terminal(100), words)}\n\`\`\``);
});
