import { describe, expect, it } from "vitest";
import { listRaces, requestsUnder, sendRate, WORKLOADS } from "./experiments.ts";

describe.each(WORKLOADS)("%s while requests fail", (workload) => {
  it.each([
    ["one in a hundred", 0.01, 1.05],
    ["one in ten", 0.1, 1.3],
  ])("%s: hardly more are sent, and nearly everything is done", async (_share, rate, most) => {
    const sums = { sent: 0, calm: 0, done: 0, due: 0 };
    for (const seed of [1, 2]) {
      const [calm, stormy] = [
        await requestsUnder(workload, 60, 0, seed),
        await requestsUnder(workload, 60, rate, seed),
      ];
      sums.sent += stormy.sent;
      sums.calm += calm.sent;
      sums.done += stormy.done;
      sums.due += calm.done;
    }
    expect(sums.sent / sums.calm).toBeLessThanOrEqual(most);
    expect(sums.done).toBeGreaterThanOrEqual(sums.due * (1 - rate));
  });

  it("all of them: it stops soon", async () => {
    const { sent } = await requestsUnder(workload, 60, 1, 1);
    // Two targets, a list each, a handful of tries; twenty times over where it is only read.
    expect(sent).toBeLessThanOrEqual(workload === "reading" ? 20 * 10 : 10);
  });
});

describe("sending against a limit of 15 requests a second", () => {
  it.each([
    ["windows of a second", "window", undefined],
    ["windows of a second, told to wait for one", "window", "1"],
    ["a bucket that fills steadily", "bucket", undefined],
    ["a bucket that fills steadily, told to wait for a second", "bucket", "1"],
  ] as const)("%s: at most one in twenty is refused, and at least 13 a second are taken", async (_how, kind, after) => {
    const { refusedShare, perSecond, exit } = await sendRate(200, 15, kind, after);
    expect(exit).toBe(0);
    expect(refusedShare).toBeLessThanOrEqual(0.05);
    expect(perSecond).toBeGreaterThanOrEqual(13);
  });
});

describe("lists that are read while jobs come and go between their pages", () => {
  it("miss jobs, which is noticed, or made up for by looking for each: nothing is made twice", async () => {
    const { lists, hidden, noticed, rescued, falseCreates } = await listRaces(150, 7);
    expect(lists).toBeGreaterThan(150);
    expect(hidden).toBeGreaterThan(10);
    expect(noticed).toBeGreaterThan(0);
    expect(rescued).toBeGreaterThan(0);
    expect(noticed + rescued).toBe(hidden);
    expect(falseCreates).toBe(0);
  });
});
