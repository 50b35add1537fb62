import { JobwrightError } from "../../src/errors.ts";
import type { Clock } from "../../src/model/runtime.ts";
import type { Host } from "../../src/state/host.ts";
import type { Kernel } from "./kernel.ts";

/** When a process is killed: at its n-th act on the world, before it, while it is under way, or when it is over. */
export interface Crash {
  readonly at: number;
  readonly when: "before" | "during" | "after";
}

/** When a process is suspended (SIGSTOP, a laptop's lid), and for how long. */
export interface Suspension {
  readonly at: number;
  readonly ms: number;
}

/** What becomes of a process besides its work. */
export interface Fortune {
  readonly crash?: Crash;
  readonly suspend?: Suspension;
  /** The act at which it is asked to stop (SIGTERM). */
  readonly stopAt?: number;
}

/**
 * A pretended operating-system process. Whatever its code does to the world goes through {@link act}; once it is dead
 * no act of it ever returns, which is what kill -9 looks like from the inside.
 */
export class Process {
  readonly pid: number;
  readonly stop = new AbortController();
  /** When it was asked to stop. */
  stoppedAt: number | undefined;
  alive = true;
  /** Acts so far. */
  acts = 0;
  /** The name of the act at which it was killed. */
  diedAt: string | undefined;
  /** Until when it is suspended. */
  suspendedUntil = 0;
  readonly #kernel: Kernel;
  readonly #fortune: Fortune;

  constructor(kernel: Kernel, pid: number, fortune: Fortune = {}) {
    this.pid = pid;
    this.#kernel = kernel;
    this.#fortune = fortune;
  }

  /** Kills it. */
  die(where: string): void {
    if (!this.alive) return;
    this.alive = false;
    this.diedAt = where;
  }

  /** One act on the world, by name. */
  async act<T>(name: string, make: () => Promise<T>): Promise<T> {
    this.acts += 1;
    const number = this.acts;
    const { crash, suspend, stopAt } = this.#fortune;
    if (stopAt === number) this.#askToStop();
    if (suspend?.at === number) this.suspendedUntil = this.#kernel.now + suspend.ms;
    if (crash?.at === number && crash.when === "before") this.die(`before ${name}`);
    await this.#scheduled();
    const result = outcomeOf(make);
    if (crash?.at === number && crash.when === "during") this.die(`during ${name}`);
    const outcome = await result;
    if (crash?.at === number && crash.when === "after") this.die(`after ${name}`);
    await this.#scheduled();
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }

  #askToStop(): void {
    this.stoppedAt = this.#kernel.now;
    this.stop.abort(new JobwrightError("JW2007", "interrupted", "stopped by a signal"));
  }

  /** Waits while it is suspended; for ever once it is dead. */
  async #scheduled(): Promise<void> {
    for (;;) {
      if (!this.alive) return new Promise(() => {});
      const rest = this.suspendedUntil - this.#kernel.now;
      if (rest <= 0) return;
      await this.#kernel.pause(rest);
    }
  }

  /** Its clock; `skew` is what the machine's wall clock is off by. */
  clock(skew: () => number): Clock {
    const kernel = this.#kernel;
    return {
      wall: () => new Date(Date.UTC(2026, 0, 1) + kernel.now + skew()),
      monotonic: () => kernel.now,
      sleep: (ms, signal) =>
        this.act(
          "sleep",
          () =>
            new Promise<void>((resolve, reject) => {
              if (signal?.aborted) return reject(signal.reason);
              const abort = (): void => reject(signal?.reason);
              signal?.addEventListener("abort", abort, { once: true });
              kernel.at(ms, () => {
                signal?.removeEventListener("abort", abort);
                resolve();
              });
            }),
        ),
      timeout: (ms) => {
        const controller = new AbortController();
        kernel.at(ms, () => controller.abort());
        return controller.signal;
      },
    };
  }
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

function outcomeOf<T>(make: () => Promise<T>): Promise<Outcome<T>> {
  return make().then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  );
}

/** The machine that all processes of a simulation run on. */
export function hostOf(processes: ReadonlyMap<number, Process>, pid: number): Host {
  return {
    name: "desk",
    pid,
    boot: async () => "boot of desk",
    alive: async (other) => processes.get(other)?.alive ?? false,
    startedAt: async (other) => `start of ${other}`,
  };
}
