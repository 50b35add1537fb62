import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BACKOFF_CAP_MS, backoff, withFloor } from "../../src/http/backoff.ts";
import { createBreaker } from "../../src/http/breaker.ts";
import { createRetryBudget } from "../../src/http/budget.ts";
import { decide, type RequestKind, type Signal, signalOf, weightier } from "../../src/http/policy.ts";
import type { OutcomeClass } from "../../src/model/outcome.ts";

describe("backoff", () => {
  it("doubles up to its cap, and takes any part of that", () => {
    expect([1, 2, 3].map((attempt) => backoff(attempt, 300, () => 0.5))).toEqual([150, 300, 600]);
    expect(backoff(50, 300, () => 0.999999)).toBe(BACKOFF_CAP_MS);
    expect(backoff(3, 300, () => 0)).toBe(0);
  });

  it("never shortens what was asked, and stays within what a timer holds", () => {
    expect(withFloor(300, 5000)).toBe(5000);
    expect(withFloor(300, undefined)).toBe(300);
    expect(withFloor(300, 100)).toBe(300);
    expect(withFloor(300, 1e15)).toBe(2 ** 31 - 1);
  });
});

describe("the retry budget", () => {
  it("allows twenty retries, or ten after timeouts", () => {
    const budget = createRetryBudget();
    const granted = (after: "timeout" | "other") => {
      let count = 0;
      while (budget.spend(after)) count += 1;
      return count;
    };
    expect(granted("other")).toBe(20);
    for (let i = 0; i < 500; i++) budget.refund();
    expect(granted("timeout")).toBe(10);
  });

  it("gets a retry back from five requests that went well", () => {
    const budget = createRetryBudget();
    while (budget.spend("other"));
    for (let i = 0; i < 4; i++) budget.refund();
    expect(budget.spend("other")).toBe(false);
    budget.refund();
    expect(budget.spend("other")).toBe(true);
  });
});

describe("the breaker", () => {
  it("opens at the fifth failure in a row, and stays open", () => {
    const breaker = createBreaker();
    for (let i = 0; i < 4; i++) breaker.exhausted();
    breaker.answered();
    for (let i = 0; i < 4; i++) breaker.exhausted();
    expect(breaker.open).toBe(false);
    breaker.exhausted();
    expect(breaker.open).toBe(true);
    breaker.answered();
    expect(breaker.open).toBe(true);
  });
});

describe("the policy", () => {
  const kinds: readonly RequestKind[] = ["read", "create", "update", "delete"];
  const statuses = fc.integer({ min: 300, max: 599 });

  it("knows the meaning of the statuses", () => {
    const named = [302, 400, 401, 402, 403, 404, 405, 408, 409, 418, 422, 429, 500, 501, 502, 503, 504, 520].map(
      (status) => [status, signalOf(status, true, false)],
    );
    expect(Object.fromEntries(named)).toEqual({
      302: "redirect",
      400: "invalid",
      401: "unauthorized",
      402: "unpaid",
      403: "forbidden",
      404: "missing",
      405: "unsupported",
      408: "failed",
      409: "conflict",
      418: "invalid",
      422: "invalid",
      429: "throttled",
      500: "failed",
      501: "unsupported",
      502: "failed",
      503: "failed",
      504: "failed",
      520: "failed",
    });
  });

  it("believes a 503 that is the platform's own and says when to come back", () => {
    expect(signalOf(503, true, true)).toBe("told-busy");
    expect(signalOf(503, false, true)).toBe("failed");
    expect(decide("told-busy", "create", true)).toMatchObject({ repeat: "again", outcome: "not-done" });
  });

  it("never repeats a create that may have happened, whatever the answer", () => {
    for (let status = 300; status < 600; status++) {
      for (const [native, told] of [true, false].flatMap((a) => [true, false].map((b) => [a, b] as const))) {
        const { repeat, outcome } = decide(signalOf(status, native, told), "create", native);
        expect([status, native, told, repeat !== "end" && outcome === "unknown"]).toEqual([
          status,
          native,
          told,
          false,
        ]);
      }
    }
    for (const signal of ["lost", "cut", "foreign", "too-big", "failed"] satisfies Signal[]) {
      expect(decide(signal, "create", false).repeat).toBe("end");
    }
  });

  it("calls nothing done or undone that a gateway refused in words of its own", () => {
    fc.assert(
      fc.property(statuses, fc.constantFrom("create", "update", "delete"), (status, kind: RequestKind) => {
        const { outcome } = decide(signalOf(status, false, false), kind, false);
        expect(outcome).toBe(status === 429 || status < 400 ? "not-done" : "unknown");
      }),
    );
  });

  it.each<[Signal, OutcomeClass]>([
    ["not-sent", "not-sent"],
    ["tls", "not-sent"],
    ["lost", "unknown"],
    ["cut", "done"],
    ["foreign", "unknown"],
    ["too-big", "done"],
    ["redirect", "not-done"],
    ["throttled", "not-done"],
    ["failed", "unknown"],
    ["invalid", "not-done"],
    ["conflict", "not-done"],
  ])("says of a write after %s that it is %s", (signal, outcome) => {
    const classes = kinds.slice(1).map((kind) => decide(signal, kind, true).outcome);
    expect(classes).toEqual([outcome, outcome, outcome]);
    expect(decide(signal, "read", true).outcome).toBe("not-done");
  });

  it("lets one try that may have happened outweigh later ones that did not", () => {
    expect(weightier("unknown", "not-done")).toBe("unknown");
    expect(weightier("not-sent", "unknown")).toBe("unknown");
    expect(weightier("not-sent", "not-done")).toBe("not-done");
    expect(weightier("done", "unknown")).toBe("done");
  });
});
