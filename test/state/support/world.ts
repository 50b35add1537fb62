import type { Clock } from "../../../src/model/runtime.ts";
import type { Host } from "../../../src/state/host.ts";

/** Random numbers that a seed fixes (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A clock that stands still until it is driven. */
export interface TestClock extends Clock {
  /** Lets time pass, sleeper by sleeper, until the work settles; fails when nothing sleeps and it still has not. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** Lets `ms` pass. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Virtual time from 0, with 2026-01-01 as its wall clock. Only for work that waits for nothing but this clock. */
export function createTestClock(): TestClock {
  let now = 0;
  let sleepers: Sleeper[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const wakeNext = async (limit: number): Promise<boolean> => {
    await turn();
    const next = sleepers.reduce<Sleeper | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
    if (next === undefined || next.at > limit) return false;
    sleepers = sleepers.filter((sleeper) => sleeper !== next);
    now = Math.max(now, next.at);
    next.wake();
    return true;
  };
  return {
    wall: () => new Date(Date.UTC(2026, 0, 1) + now),
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        const sleeper: Sleeper = { at: now + ms, wake };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", abort);
      }),
    drive: async (work) => {
      let settled = false;
      const done = () => {
        settled = true;
      };
      work.then(done, done);
      for (;;) {
        await turn();
        if (settled) return work;
        if (!(await wakeNext(Number.POSITIVE_INFINITY)) && !settled) {
          await turn();
          if (!settled && sleepers.length === 0) throw new Error("the work waits for nothing that this clock knows");
        }
      }
    },
    advance: async (ms) => {
      const until = now + ms;
      while (await wakeNext(until));
      now = until;
    },
  };
}

/** Processes of one pretended machine. */
export interface TestMachine {
  process(pid: number): Host;
  kill(pid: number): void;
}

/** A machine on which every process lives until it is killed. `boot` undefined: one that tells nothing. */
export function createMachine(name: string, boot: string | undefined = `boot of ${name}`): TestMachine {
  const dead = new Set<number>();
  return {
    kill: (pid) => {
      dead.add(pid);
    },
    process: (pid) => ({
      name,
      pid,
      boot: async () => boot,
      alive: async (other) => !dead.has(other),
      startedAt: async (other) => `start of ${other}`,
    }),
  };
}
