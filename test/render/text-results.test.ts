import { describe, expect, it } from "vitest";
import type { ActionResult } from "../../src/model/outcome.ts";
import { renderApplyResults } from "../../src/render/text-results.ts";
import { action, plan, replaced, result, terminal } from "./builders.ts";

/** Updates of these jobs, each with its outcome. */
function linesOf(names: readonly string[], outcome: (address: string) => ActionResult, detailed = false): string[] {
  const actions = names.map((address) => action(address, "update"));
  const results = new Map(names.map((address) => [address, outcome(address)]));
  return renderApplyResults(plan(actions), results, { ...terminal(), detailed }).split("\n");
}

describe("renderApplyResults", () => {
  it("has a line for each action, what it means, counts, and the next command", () => {
    const actions = [
      action("nimble/a", "create"),
      action("nimble/b", "update"),
      action("nimble/c", "update"),
      action("nimble/d", "delete"),
    ];
    const results = new Map([
      ["nimble/a", result("applied", { id: "job_9", notes: ["switched on"] })],
      [
        "nimble/b",
        result("failed", {
          reason: "platform-error",
          error: { code: "JW2010", message: "the platform answered 503", hint: "Try again later." },
          request: "PATCH /v1/jobs/job_8",
          httpStatus: 503,
          attempts: 4,
          maxAttempts: 4,
        }),
      ],
      [
        "nimble/c",
        result("unknown", {
          class: "unknown",
          reason: "unknown-outcome",
          error: { code: "JW2011", message: "the answer was lost" },
          request: "PATCH /v1/jobs/job_9",
        }),
      ],
    ]);
    expect(renderApplyResults(plan(actions), results, terminal())).toBe(
      [
        "✓ nimble/a: created (job_9)",
        "    switched on",
        "- nimble/d: delete skipped, nothing was sent",
        "✗ nimble/b: update failed, it did not happen (platform-error)",
        "    JW2010 the platform answered 503 (PATCH /v1/jobs/job_8, 503, try 4 of 4)",
        "    Try again later.",
        "? nimble/c: update unknown, it may have happened (unknown-outcome)",
        "    JW2011 the answer was lost (PATCH /v1/jobs/job_9)",
        "",
        "Applied: 1 created. 1 failed, 1 unknown, 1 skipped.",
        "Next: jobwright apply. It first finds out what became of 1 unknown write.",
      ].join("\n"),
    );
  });

  it("names what did not converge, with both values and a rule to paste", () => {
    const notConverged = [replaced("/spec/a", "live", "wanted")];
    const text = renderApplyResults(
      plan([action("nimble/a", "update")]),
      new Map([["nimble/a", result("applied", { notConverged })]]),
      terminal(),
    );
    expect(text.split("\n").slice(0, 6)).toEqual([
      "✓ nimble/a: updated",
      "    Did not converge: 1 field still differs after the write.",
      "      spec.a",
      '        wanted  "wanted"',
      '        live    "live"',
      "      To leave it alone from now on, in jobwright.yaml:",
    ]);
    expect(text).toContain('ignore: [{ match: "nimble/a", paths: ["/spec/a"], reason: "..." }]');
  });

  it("says where to go from a stale plan, and nothing where all is well", () => {
    const one = plan([action("nimble/a", "update")]);
    expect(renderApplyResults(one, new Map([["nimble/a", result("stale")]]), terminal())).toMatch(
      /Next: jobwright plan\. .*$/,
    );
    expect(renderApplyResults(one, new Map([["nimble/a", result("applied")]]), terminal())).toBe(
      "✓ nimble/a: updated\n\nApplied: 1 updated.",
    );
    expect(renderApplyResults(plan([], { summary: { unchanged: 4 } }), new Map(), terminal())).toBe(
      "Nothing was applied. No changes. 4 jobs are as declared.",
    );
  });

  it("says nothing twice: neither the request nor what it means", () => {
    const error = {
      code: "JW2016",
      message: "the request is not valid: too often (PATCH /v1/jobs/job_6, 422, try 1 of 4)",
      hint: "It did not happen. Change /schedule/cron in the manifest.",
    };
    const failed = result("failed", { reason: "invalid", error, request: "PATCH /v1/jobs/job_6", httpStatus: 422 });
    expect(linesOf(["nimble/a"], () => failed).slice(0, 3)).toEqual([
      "✗ nimble/a: update failed, it did not happen (invalid)",
      "    JW2016 the request is not valid: too often (PATCH /v1/jobs/job_6, 422, try 1 of 4)",
      "    Change /schedule/cron in the manifest.",
    ]);
  });

  it("puts jobs together that ended the same way, and counts the rest of many", () => {
    const error = { code: "JW2022", message: "Nimble is down", hint: "Later." };
    const down = result("skipped", { class: "not-sent", reason: "platform-down", error });
    const names = Array.from({ length: 60 }, (_, n) => `nimble/${String(n).padStart(2, "0")}`);
    const lines = linesOf(names, () => down);
    expect(lines[49]).toBe("- nimble/49: update skipped, nothing was sent (platform-down)");
    expect(lines.slice(50)).toEqual([
      "  and 10 more",
      "    the same for all 60:",
      "    JW2022 Nimble is down",
      "    Later.",
      "",
      "Nothing was applied. 60 skipped.",
      "Next: jobwright apply does what was skipped.",
    ]);
  });

  it("counts those of very many that simply went well; -v names them", () => {
    const names = Array.from({ length: 300 }, (_, n) => `${n < 100 ? "blaxel" : "nimble"}/${n}`);
    const outcome = (address: string) => result(address === "nimble/250" ? "failed" : "applied");
    expect(linesOf(names, outcome)).toEqual([
      "✓ blaxel: 100 updated",
      "✓ nimble: 199 updated",
      "    -v names them",
      "✗ nimble/250: update failed, it did not happen",
      "",
      "Applied: 299 updated. 1 failed.",
      "Next: see to what failed, then jobwright apply. What is done is recorded and not done again.",
    ]);
    expect(linesOf(names, outcome, true)).toHaveLength(303);
    expect(linesOf(names.slice(0, 200), () => result("applied"))).toHaveLength(202);
  });

  it("shows strings of the platform as what they are", () => {
    const error = { code: "JW2010", message: "\u001b[2J\n::error::x ##[error]y" };
    const text = renderApplyResults(
      plan([action("nimble/a", "update")]),
      new Map([["nimble/a", result("failed", { error })]]),
      terminal(),
    );
    expect(text).toContain("    JW2010 \\x1b[2J\\n::error::x ##\\[error]y\n");
  });
});
