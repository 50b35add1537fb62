import { describe, expect, it } from "vitest";
import { SecretRef, type Value } from "../../src/model/document.ts";
import { renderHtml } from "../../src/render/html.ts";
import { createRedactor } from "../../src/render/redact.ts";
import { redactChanges, redactFields, redactPlan, redactResults } from "../../src/render/redact-plan.ts";
import { renderDrift, renderPlan } from "../../src/render/text.ts";
import { action, plan, replaced, result, standing, terminal } from "./builders.ts";

const SECRET = `sk-${Array.from({ length: 60 }, (_, at) => `word${at}`).join(" ")}`;
const redactor = createRedactor(() => [SECRET]);

/** Whether any piece of the secret is in a text: what is left of it after a cut or a break. */
function pieceIn(text: string): string | undefined {
  return Array.from({ length: 60 }, (_, at) => `word${at} word${at + 1}`).find((piece) => text.includes(piece));
}

const values: readonly Value[] = [
  SECRET,
  `url=${SECRET}&x`,
  `one\n${SECRET}\ntwo\n`,
  [{ a: SECRET }, "b"],
  { token: { deep: [SECRET] } },
];

const leaky = plan(
  [
    ...values.map((value, at) =>
      action(`nimble/j${at}`, "update", {
        changes: [
          replaced("/spec/a", value, "b", { cause: "drift" }),
          replaced("/spec/b", "a", value),
          replaced("/spec/c", `${SECRET} 1`, `${SECRET} 2`),
          replaced("/spec/d", value, "x", { cause: "conflict", base: value }),
        ],
        requests: [{ method: "PATCH", path: "/v1/jobs/job_7", body: { value } }],
        notes: [`was ${SECRET}`],
        touched: { updatedAt: "2026-11-21T14:02:00Z", updatedBy: SECRET },
      }),
    ),
    action("nimble/gone", "delete", { removedBy: { commit: "abc", author: SECRET, subject: SECRET } }),
  ],
  {
    drifted: true,
    standings: [standing("nimble/p", "held", `held: ${SECRET}`)],
    warnings: [{ code: "JW1", message: SECRET }],
    refusals: [{ code: "JW3", message: SECRET, hint: SECRET }],
  },
);

describe("what is laid out", () => {
  it.each([60, 100, 200])("holds no piece of a secret, cut or broken, %i columns wide", (width) => {
    const shown = redactPlan(leaky, redactor);
    for (const style of [terminal(width), { ...terminal(width), detailed: true }]) {
      expect(pieceIn(renderPlan(leaky, style)), "the test looks for what would be there").toBeDefined();
      expect(pieceIn(redactor.text(renderPlan(shown, style)))).toBeUndefined();
      expect(pieceIn(redactor.text(renderDrift(shown, style)))).toBeUndefined();
    }
  });

  it("holds none in a report either", () => {
    for (const kind of ["plan", "drift"] as const) {
      expect(pieceIn(renderHtml(redactPlan(leaky, redactor), { kind }))).toBeUndefined();
    }
  });

  it("keeps references, and everything where there is nothing to hide", () => {
    const secret = new SecretRef("env:TOKEN");
    const changes = [replaced("/spec/token", secret, SECRET)];
    expect(redactChanges(changes, redactor)).toEqual([replaced("/spec/token", secret, "***")]);
    const harmless = plan([
      action("nimble/a", "update", { changes: [replaced("/spec/a", [1, null, { b: true }], "x")] }),
    ]);
    expect(redactPlan(harmless, redactor)).toEqual(harmless);
  });

  it("of results and fields likewise", () => {
    const failed = result("failed", {
      error: { code: "JW2016", message: `no: ${SECRET}`, hint: SECRET },
      notes: [SECRET],
      notConverged: [replaced("/spec/a", SECRET, "x")],
    });
    const results = redactResults(new Map([["nimble/a", failed]]), redactor);
    expect(JSON.stringify([...results])).not.toContain("word1");
    const fields = redactFields([{ path: "/spec/a", owner: "declared", live: SECRET, declared: [SECRET] }], redactor);
    expect(fields).toEqual([{ path: "/spec/a", owner: "declared", live: "***", declared: ["***"] }]);
  });
});
