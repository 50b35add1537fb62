import { describe, expect, it } from "vitest";
import { createPace, type Pace } from "../../src/http/pace.ts";
import type { RateHint } from "../../src/http/retry-after.ts";

/** Takes `perSecond` requests in each second of the clock, or as a bucket that fills steadily. */
function limiter(perSecond: number, kind: "window" | "bucket", burst = perSecond) {
  let tokens = burst;
  let last = 0;
  return (now: number): boolean => {
    const passed = kind === "window" ? Math.floor(now / 1000) - Math.floor(last / 1000) : (now - last) / 1000;
    tokens = kind === "window" ? (passed > 0 ? perSecond : tokens) : Math.min(burst, tokens + passed * perSecond);
    last = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** Counts in windows of `windowMs`, others' requests (so many a second) too, and tells in each answer where it stands. */
function telling(limit: number, windowMs: number, othersPerSecond = 0) {
  let window = -1;
  let used = 0;
  let hint: RateHint | undefined;
  return {
    takes: (now: number): boolean => {
      const current = Math.floor(now / windowMs);
      if (current !== window) used = 0;
      window = current;
      const others = Math.floor(((now % windowMs) / 1000) * othersPerSecond);
      const ok = used + others < limit;
      if (ok) used += 1;
      const resetMs = Math.ceil((windowMs - (now % windowMs)) / 1000) * 1000;
      hint = { limit, remaining: Math.max(0, limit - used - others), resetMs };
      return ok;
    },
    hint: () => hint,
  };
}

/** Sends as fast as the pace lets `workers` do it; each request takes 50 ms, a refused one pauses the target. */
function simulate(
  pace: Pace,
  takes: (now: number) => boolean,
  forMs: number,
  { workers = 8, hint = (): RateHint | undefined => undefined } = {},
) {
  const freeAt = Array.from({ length: workers }, () => 0);
  const count = { taken: 0, refused: 0 };
  const inWindow: number[] = [];
  const ends: { at: number; leftAt: number; ok: boolean; told: RateHint | undefined }[] = [];
  let now = 0;
  const settleUpTo = (time: number): void => {
    for (const end of ends.filter(({ at }) => at <= time).sort((a, b) => a.at - b.at)) {
      ends.splice(ends.indexOf(end), 1);
      if (end.told !== undefined) pace.hint(end.at, end.told);
      pace.over(end.at);
      if (end.ok) pace.accepted(end.at);
      else {
        pace.refused(end.at, end.leftAt);
        pace.pause(end.at, 500);
      }
    }
  };
  while (now < forMs) {
    const worker = freeAt.indexOf(Math.min(...freeAt));
    now = Math.max(now, freeAt[worker] ?? 0);
    settleUpTo(now);
    const wait = pace.waitMs(now);
    if (wait > 0) {
      now += wait;
      continue;
    }
    pace.left(now);
    const ok = takes(now);
    count[ok ? "taken" : "refused"] += 1;
    if (ok) inWindow[Math.floor(now / WINDOW_MS)] = (inWindow[Math.floor(now / WINDOW_MS)] ?? 0) + 1;
    ends.push({ at: now + 50, leftAt: now, ok, told: hint() });
    freeAt[worker] = now + 50;
  }
  return {
    perSecond: count.taken / (forMs / 1000),
    refusedShare: count.refused / (count.taken + count.refused),
    /** What was taken a second, window by window. */
    windows: Array.from({ length: forMs / WINDOW_MS }, (_, i) => ((inWindow[i] ?? 0) * 1000) / WINDOW_MS),
  };
}

const WINDOW_MS = 2000;

describe("the pace", () => {
  it("lets everything leave at once where no limit is known", () => {
    const pace = createPace();
    for (let i = 0; i < 100; i++) {
      expect(pace.waitMs(5)).toBe(0);
      pace.left(5);
    }
  });

  it("keeps to a documented limit", () => {
    const pace = createPace(80);
    pace.left(1000);
    // 98 % of it: one each 12.76 ms.
    expect(pace.waitMs(1000)).toBe(13);
    expect(pace.waitMs(1013)).toBe(0);
    // The timer was late: the next one makes up for it, up to 12 ms.
    pace.left(1018);
    expect(pace.waitMs(1018)).toBe(8);
    pace.left(1068);
    expect(pace.waitMs(1068)).toBe(1);
  });

  it("pauses the whole target, and says how much longer that makes the pause", () => {
    const pace = createPace();
    const prolonged = [1000, 1200, 1300].map((now, i) => {
      const ms = [500, 500, 100][i] ?? 0;
      const more = pace.prolongs(now, ms);
      pace.pause(now, ms);
      return more;
    });
    expect(prolonged).toEqual([500, 200, 0]);
    expect(pace.waitMs(1300)).toBe(400);
    expect(pace.waitMs(1700)).toBe(0);
  });

  it("goes below what was taken in the second before a refusal, and climbs to just under it", () => {
    const pace = createPace();
    for (let i = 0; i < 20; i++) pace.accepted(1000 + i * 10);
    pace.refused(1500, 1450);
    pace.left(1500);
    expect(pace.waitMs(1500)).toBe(Math.ceil(1000 / (20 * 0.7)));
    pace.left(10_000);
    expect(pace.waitMs(10_000)).toBe(Math.ceil(1000 / (20 * 0.95)));
  });

  it("takes several refusals of one burst for one", () => {
    const pace = createPace();
    for (let i = 0; i < 20; i++) pace.accepted(1000);
    for (let i = 0; i < 8; i++) pace.refused(1100 + i, 1050);
    pace.left(1108);
    expect(pace.waitMs(1108)).toBe(72);
  });

  it("waits for a new window before what is under way overdraws the old one", () => {
    const pace = createPace();
    pace.left(0);
    pace.left(0);
    pace.left(0);
    expect(pace.hint(100, { remaining: 3, resetMs: 700 })).toBe(0);
    expect(pace.hint(100, { remaining: 2, resetMs: 700 })).toBe(700);
    expect(pace.waitMs(100)).toBe(700);
  });

  it.each([
    ["a window of a second", limiter(15, "window")],
    ["a bucket", limiter(15, "bucket")],
    ["a bucket with a big burst", limiter(15, "bucket", 100)],
  ])("stays just under a limit of 15 a second: %s", (_name, takes) => {
    const { perSecond, refusedShare } = simulate(createPace(), takes, 120_000);
    expect(refusedShare).toBeLessThanOrEqual(0.05);
    expect(perSecond).toBeGreaterThanOrEqual(13);
  });

  it.each([
    ["a window of a second", limiter(50, "window")],
    ["a bucket", limiter(50, "bucket")],
  ])("is steady once it has learnt the limit: no sawtooth, %s", (_name, takes) => {
    const { windows } = simulate(createPace(), takes, 300_000);
    const learnt = windows.slice(5).sort((a, b) => a - b);
    const at = (share: number): number => learnt[Math.floor(share * learnt.length)] ?? 0;
    expect(at(0.5)).toBeGreaterThanOrEqual(45);
    expect(at(0.1)).toBeGreaterThanOrEqual(40);
  });

  it("puts a limit that it knows to the test ever more seldom", () => {
    const { windows } = simulate(createPace(), limiter(50, "window"), 600_000);
    const dips = windows.flatMap((perSecond, i) => (i > 20 && perSecond < 43 ? [i * WINDOW_MS] : []));
    const gaps = dips.slice(1).map((at, i) => at - (dips[i] ?? 0));
    expect(dips.length).toBeLessThanOrEqual(6);
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    expect(gaps.at(-1)).toBeGreaterThan(100_000);
  });

  it.each([
    ["83 a second, as Nimble tells it", 83, 1000],
    ["5,000 a minute", 5000, 60_000],
    ["20 a second", 20, 1000],
  ])("keeps within a window that answers tell of, and uses it up: %s", (_name, limit, windowMs) => {
    const platform = telling(limit, windowMs);
    const { perSecond, refusedShare } = simulate(createPace(), platform.takes, 240_000, platform);
    // Before the first answer nobody knows of it: the first window may be overdrawn.
    expect(refusedShare).toBeLessThan(0.001);
    const most = (limit * 1000) / windowMs;
    expect(perSecond).toBeGreaterThan(0.96 * most);
    expect(perSecond).toBeLessThanOrEqual(most);
  });

  it("leaves what others need of a window, and takes nearly all of the rest", () => {
    const platform = telling(83, 1000, 40);
    const { perSecond, refusedShare } = simulate(createPace(), platform.takes, 120_000, platform);
    expect(refusedShare).toBeLessThan(0.05);
    expect(perSecond).toBeGreaterThan(20);
    expect(perSecond).toBeLessThanOrEqual(43);
  });

  it("finds its way back after a time in which nothing was taken", () => {
    const takes = limiter(50, "bucket");
    const { perSecond } = simulate(createPace(), (now) => now > 5000 && takes(now), 120_000);
    expect(perSecond).toBeGreaterThan(25);
  });
});
