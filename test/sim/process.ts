import { JobwrightError } from "../../src/errors.ts";
import type { Clock } from "../../src/model/runtime.ts";
import type { Host } from "../../src/state/host.ts";
import type { Kernel } from "./kernel.ts";

/** In which phase of an act something happens: before it, while it is under way, or when it is over. */
export type Phase = "before" | "during" | "after";

/** All of them. */
export const PHASES = ["before", "during", "after"] as const satisfies readonly Phase[];

/** When a process is killed: at its n-th act on the world, or at its n-th act of a kind. */
export type Crash = { readonly at: number; readonly when: Phase; readonly kind?: string };

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
  /** Acts so far, in all and by kind. */
  acts = 0;
  readonly kinds = new Map<string, number>();
  /** What went wrong with its files, by kind of call. */
  readonly faults: string[] = [];
  /** The kind of the act at which it was killed, and its phase; `power loss` where the machine went. */
  diedAt: string | undefined;
  /** When it died. */
  diedOn: number | undefined;
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
    this.diedOn = this.#kernel.now;
  }

  /**
   * One act on the world, by its kind. `half` does a part of it, for a death in its midst; without, such a death is one
   * right after the act has begun (a request is on its way).
   */
  async act<T>(kind: string, make: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
    this.acts += 1;
    const number = this.acts;
    const ofKind = (this.kinds.get(kind) ?? 0) + 1;
    this.kinds.set(kind, ofKind);
    const { crash, suspend, stopAt } = this.#fortune;
    const dies = (when: Phase): boolean =>
      crash?.when === when &&
      (crash.kind === undefined ? crash.at === number : crash.kind === kind && crash.at === ofKind);
    if (stopAt === number) this.#askToStop();
    if (suspend?.at === number) this.suspendedUntil = this.#kernel.now + suspend.ms;
    if (dies("before")) this.die(`before ${kind}`);
    if (!this.#isRunning) await this.#scheduled();
    if (half !== undefined && dies("during")) {
      await half();
      this.die(`during ${kind}`);
      await this.#scheduled();
    }
    const result = outcomeOf(make);
    if (dies("during")) this.die(`during ${kind}`);
    const outcome = await result;
    if (dies("after")) this.die(`after ${kind}`);
    if (!this.#isRunning) await this.#scheduled();
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }

  #askToStop(): void {
    this.stoppedAt = this.#kernel.now;
    this.stop.abort(new JobwrightError("JW2007", "interrupted", "stopped by a signal"));
  }

  get #isRunning(): boolean {
    return this.alive && this.suspendedUntil <= this.#kernel.now;
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
      timeout: (ms) => watched(kernel, ms),
    };
  }
}

/** A signal that aborts after `ms`, but where nobody listens any more: most exchanges are over long before. */
function watched(kernel: Kernel, ms: number): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  kernel.at(ms, () => {
    if (listeners > 0) controller.abort();
  });
  return signal;
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
