import { describe, expect, it } from "vitest";
import type { Clock } from "../src/model/runtime.ts";
import { createProgress } from "../src/progress.ts";
import { PLAIN_STYLE } from "../src/render/style.ts";

/** A clock that stands until it is moved; sleepers wake when their time has come. */
function movedClock() {
  let now = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  const clock: Clock = {
    wall: () => new Date(now),
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((done, abort) => {
        const stop = (): void => {
          sleepers.delete(sleeper);
          abort(signal?.reason);
        };
        const wake = (): void => {
          signal?.removeEventListener("abort", stop);
          done();
        };
        const sleeper = { at: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", stop);
      }),
  };
  return {
    clock,
    asleep: () => sleepers.size,
    /** Moves on in small steps, so that whoever ticks does so. */
    pass: async (ms: number) => {
      for (const end = now + ms; now < end; ) {
        now += Math.min(50, end - now);
        for (const sleeper of [...sleepers]) {
          if (sleeper.at > now) continue;
          sleepers.delete(sleeper);
          sleeper.wake();
        }
        await new Promise((done) => setImmediate(done));
      }
    },
  };
}

function follow(how: "terminal" | "log") {
  const time = movedClock();
  const stop = new AbortController();
  const frames: (readonly string[])[] = [];
  const log: string[] = [];
  const progress = createProgress({
    clock: time.clock,
    signal: stop.signal,
    log: (line) => log.push(line),
    ...(how === "log"
      ? {}
      : {
          area: {
            style: () => ({ ...PLAIN_STYLE, width: 60 }),
            rows: () => 10,
            redact: (text) => text.replaceAll("hunter2", "***"),
            draw: (lines) => frames.push(lines),
          },
        }),
  });
  const shown = () => (frames.at(-1) ?? []).map((line) => line.replace(/^. /, ""));
  return { ...time, stop, frames, log, progress, shown };
}

describe("on a terminal", () => {
  it("says nothing of what is over within half a second", async () => {
    const { progress, frames, log, pass, asleep } = follow("terminal");
    const step = progress.step("Reading nimble", "jobs");
    await pass(450);
    step.end();
    await pass(5_000);
    expect(frames).toEqual([]);
    expect(log).toEqual([]);
    expect(asleep()).toBe(0);
  });

  it("counts one piece of work after the other as one wait, and clears in the end", async () => {
    const { progress, frames, pass, shown } = follow("terminal");
    const reading = progress.step("Reading nimble", "jobs");
    await pass(400);
    reading.end();
    const planning = progress.step("Planning 3 jobs");
    await pass(150);
    expect(shown()).toEqual(["Planning 3 jobs"]);
    planning.end();
    expect(frames.at(-1)).toEqual([]);
  });

  it("moves on while it waits, and at once by what is counted where nothing pauses for it", async () => {
    const { progress, frames, pass, shown } = follow("terminal");
    const step = progress.step("Reading nimble", "jobs");
    await pass(600);
    const drawn = frames.length;
    step.at(200, 400);
    expect(frames.length).toBe(drawn);
    await pass(100);
    expect(shown()).toEqual(["Reading nimble: 200 of 400 jobs"]);
    await pass(3_000);
    expect(shown()).toEqual(["Reading nimble: 200 of 400 jobs (4 s)"]);
    expect(frames.length).toBeGreaterThan(20);
  });

  it("begins to tell by counting alone: work that never pauses", async () => {
    const { progress, frames, pass } = follow("terminal");
    const step = progress.step("Reading manifests", "files");
    await pass(0);
    for (let file = 1; file <= 5; file++) step.at(file, 5);
    expect(frames).toEqual([]);
    step.end();
  });

  it("takes secrets out before anything is cut", async () => {
    const { progress, pass, shown } = follow("terminal");
    const applying = progress.applying(2);
    applying.started(`nimble/${"x".repeat(46)}hunter2`, "create");
    await pass(600);
    expect(shown()[1]).toContain("x…");
    expect(shown().join("\n")).not.toContain("hun");
    applying.end();
  });

  it("shows jobs in flight, waits, and the stop", async () => {
    const { progress, pass, shown, stop, log } = follow("terminal");
    const applying = progress.applying(3);
    applying.started("nimble/a", "create");
    applying.started("nimble/b", "delete");
    await pass(600);
    applying.finished("nimble/a", "failed", "JW2016 no");
    progress.waiting({ target: "nimble", ms: 4_000, why: "limited by the platform" });
    await pass(100);
    expect(shown()).toEqual([
      "Applying: 1 of 3 done, 1 not applied  ━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌",
      "- nimble/b",
      "nimble: limited by the platform, resumes in 4 s",
    ]);
    stop.abort();
    await pass(100);
    expect(shown()[0]).toBe("Stopping: 1 job is being finished");
    applying.end();
    expect(shown()).toEqual([]);
    // A terminal has its results at the end, and nothing in between.
    expect(log).toEqual([]);
  });
});

describe("in a log", () => {
  it("has a line for each finished job, and none for one that begins", async () => {
    const { progress, log, pass } = follow("log");
    const applying = progress.applying(2);
    applying.started("nimble/a", "create");
    applying.started("nimble/b", "update");
    await pass(1_000);
    applying.finished("nimble/a", "applied");
    applying.finished("nimble/b", "failed", "JW2016 no");
    applying.end();
    expect(log).toEqual(["nimble/a: applied", "nimble/b: failed: JW2016 no"]);
  });

  it("has of very many jobs those that did not go well, and a line now and then", async () => {
    const { progress, log, pass } = follow("log");
    const applying = progress.applying(10_000);
    for (let n = 0; n < 2_500; n++) {
      applying.started(`nimble/${n}`, "create");
      applying.finished(`nimble/${n}`, n === 7 ? "unknown" : "applied");
      if (n % 50 === 0) await pass(800);
    }
    applying.end();
    expect(log).toEqual([
      "nimble/7: unknown",
      "Applying: 901 of 10000 done, 1 not applied, about 2 min 32 s left",
      "Applying: 1851 of 10000 done, 1 not applied, about 2 min 13 s left",
    ]);
  });

  it("has a line now and then for what takes long, and none for what does not", async () => {
    const { progress, log, pass } = follow("log");
    const step = progress.step("Reading nimble", "jobs");
    step.at(200, 9_000);
    await pass(14_000);
    expect(log).toEqual([]);
    await pass(20_000);
    step.end();
    expect(log).toEqual(["Reading nimble: 200 of 9000 jobs (15 s)", "Reading nimble: 200 of 9000 jobs (30 s)"]);
  });

  it("tells of waits, but not of every one where a platform throttles all along", async () => {
    const { progress, log, pass } = follow("log");
    const applying = progress.applying(1);
    for (let n = 0; n < 10; n++) {
      progress.waiting({ target: "nimble", ms: 2_000, why: "limited by the platform" });
      await pass(2_000);
    }
    progress.waiting({ target: "nimble", ms: 50_000, why: "limited by the platform" });
    applying.end();
    expect(log.filter((line) => line.startsWith("nimble:"))).toEqual([
      "nimble: limited by the platform, resumes in 2 s",
      "nimble: limited by the platform, resumes in 2 s",
      "nimble: limited by the platform, resumes in 50 s",
    ]);
  });

  it("lets no name act", async () => {
    const { progress, log } = follow("log");
    const applying = progress.applying(1);
    applying.finished("nimble/\u001b[2J\n::error::x", "applied");
    applying.end();
    expect(log).toEqual(["nimble/\\x1b[2J\\n::error::x: applied"]);
  });
});
