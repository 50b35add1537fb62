import { setMaxListeners } from "node:events";
import type { Clock, Runtime } from "../model/runtime.ts";

/** After a stop was asked for, what is under way gets this long. */
const GRACE_MS = 5000;

/** Bounds exchanges in time: by their deadline, and by the end of the program. */
export interface Bounds {
  /** Aborts when a stop is asked for. */
  readonly stop: AbortSignal;
  /** The time after a stop is over, too. */
  readonly over: boolean;
  /** A signal for one exchange. `atOnce`: a stop aborts it without grace. Call `done` when it is over. */
  bound(ms: number, atOnce: boolean): Bound;
  close(): void;
}

/** A bound of one exchange. */
export interface Bound {
  readonly signal: AbortSignal;
  /** Why it was aborted. */
  why(): "deadline" | "stopped" | undefined;
  done(): void;
}

/** Bounds that follow the runtime's stop signal. */
export function createBounds(runtime: Runtime): Bounds {
  const stop = new AbortController();
  const grace = new AbortController();
  // As many exchanges, waits and look-ups as are under way listen at a time: Node would take them for a leak, and say so.
  setMaxListeners(0, stop.signal, grace.signal, runtime.signal);
  let graceTimer: AbortSignal | undefined;
  const endGrace = (): void => grace.abort();
  const onStop = (): void => {
    stop.abort();
    graceTimer = timeout(runtime.clock, GRACE_MS);
    graceTimer.addEventListener("abort", endGrace, { once: true });
  };
  if (runtime.signal.aborted) onStop();
  else runtime.signal.addEventListener("abort", onStop, { once: true });
  return {
    stop: stop.signal,
    get over() {
      return grace.signal.aborted;
    },
    bound: (ms, atOnce) => boundBy(timeout(runtime.clock, ms), atOnce ? stop.signal : grace.signal),
    close: () => {
      runtime.signal.removeEventListener("abort", onStop);
      graceTimer?.removeEventListener("abort", endGrace);
    },
  };
}

function timeout(clock: Clock, ms: number): AbortSignal {
  return clock.timeout?.(ms) ?? AbortSignal.timeout(ms);
}

function boundBy(deadline: AbortSignal, stop: AbortSignal): Bound {
  const controller = new AbortController();
  let cause: "deadline" | "stopped" | undefined;
  const abort = (why: "deadline" | "stopped"): void => {
    cause ??= why;
    controller.abort();
  };
  const onDeadline = (): void => abort("deadline");
  const onStop = (): void => abort("stopped");
  deadline.addEventListener("abort", onDeadline, { once: true });
  if (stop.aborted) onStop();
  else stop.addEventListener("abort", onStop, { once: true });
  return {
    signal: controller.signal,
    why: () => cause,
    done: () => {
      deadline.removeEventListener("abort", onDeadline);
      stop.removeEventListener("abort", onStop);
    },
  };
}
