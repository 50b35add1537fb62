import { describe, expect, it, onTestFinished } from "vitest";
import { quickClock, startEngine } from "../support/engine.ts";
import { nimbleJob } from "../support/jobs.ts";
import { COLUMNS, startBench } from "./bench.ts";

/** Own backoff after a 429: up to a second, and the bench's randomness is one half. */
const OWN_MS = 500;

describe.each(COLUMNS)("%s", (column) => {
  it.each([
    ["R14 asked to wait 7 s", 7, 7000],
    ["R14 asked to wait 1.5 s", "1.5", 1500],
    ["R15 asked for nothing", null, OWN_MS],
    ["R16 asked for -5", "-5", OWN_MS],
    ["R16 asked to come back soon", "soon", OWN_MS],
    ["R16 asked for NaN", "NaN", OWN_MS],
    ["R16 asked for 1e309", "1e309", OWN_MS],
    ["R16 asked for a moment that is past", "Fri, 20 Nov 2015 12:00:00 GMT", OWN_MS],
  ] as const)("%s: waits for as long, and no less than its own backoff", async (_title, retryAfter, waitMs) => {
    const bench = await startBench(column);
    onTestFinished(() => bench.engine.close());
    const fault = { rateLimited: { retryAfter } };
    const { result, sent, waited } = await bench.run(bench.onWrite(fault, { times: 1 }));
    expect({ status: result.status, sent }).toEqual({ status: "applied", sent: 2 });
    expect(waited).toBeGreaterThanOrEqual(waitMs);
    // After a 429 what follows leaves a little slower.
    expect(waited).toBeLessThan(waitMs + 1000);
  });
});

describe("a target that asks for a wait", () => {
  const jobs = Array.from({ length: 12 }, (_, i) => nimbleJob(`job-${i}`, { agent_name: "shop" }));

  it("R14 is left alone by all that was to be sent to it, and it is told once", async () => {
    const clock = quickClock();
    const engine = await startEngine({ clock, http: { concurrency: 1 } });
    onTestFinished(() => engine.close());
    const plan = await engine.plan(jobs);
    const times: number[] = [];
    engine.sandbox.faults.add({ method: "POST", after: 3, times: 1, fault: { rateLimited: { retryAfter: 9 } } });
    engine.sandbox.faults.add({ method: "POST", before: () => void times.push(clock.monotonic()) });
    const { results } = await engine.carryOut(plan, jobs);
    expect([...results.values()].map(({ status }) => status)).toEqual(jobs.map(() => "applied"));
    const gap = times.findIndex((at, i) => at - (times[i - 1] ?? at) >= 9000);
    expect(gap).toBe(3);
    expect(engine.lines.filter((line) => line.includes("waiting"))).toEqual([
      "nimble: waiting 9000 ms: limited by the platform",
    ]);
  });

  it("R16 for longer than is granted is given up: once for all, with the time", async () => {
    const engine = await startEngine({ http: { concurrency: 1 } });
    onTestFinished(() => engine.close());
    const plan = await engine.plan(jobs);
    engine.sandbox.faults.add({ method: "POST", fault: { rateLimited: { retryAfter: 9999999 } } });
    engine.sandbox.log.clear();
    const { results } = await engine.carryOut(plan, jobs);
    const all = [...results.values()];
    expect(engine.sandbox.log.writes()).toHaveLength(1);
    expect(all.filter(({ status }) => status === "failed")).toMatchObject([
      { class: "not-done", reason: "rate-limited", retryAfterMs: 9_999_999_000 },
    ]);
    for (const result of all.filter(({ status }) => status === "skipped")) {
      expect(result).toMatchObject({ class: "not-sent", reason: "rate-limited", retryAfterMs: expect.any(Number) });
      expect(result.error?.message).toMatch(/left alone for 9999999 s|not begun, since nimble\/job-\d+ met JW2019$/);
    }
    expect(engine.session.state.open).toEqual([]);
  });
});
