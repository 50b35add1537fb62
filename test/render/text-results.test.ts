import { describe, expect, it } from "vitest";
import { renderApplyResults } from "../../src/render/text-results.ts";
import { action, plan, replaced, result, terminal } from "./builders.ts";

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
        "✗ nimble/b: update → not-done: platform-error (PATCH /v1/jobs/job_8, 503, try 4 of 4)",
        "    JW2010 the platform answered 503",
        "    It did not happen.",
        "    Try again later.",
        "✗ nimble/c: update → unknown: unknown-outcome (PATCH /v1/jobs/job_9)",
        "    JW2011 the answer was lost",
        "    It may have happened.",
        "✗ nimble/d: delete → skipped",
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
    expect(renderApplyResults(plan([]), new Map(), terminal())).toBe("Nothing was applied.");
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
