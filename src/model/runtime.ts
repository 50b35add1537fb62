/** What the outside world is to the code: everything that tests replace. */

/** Time. Durations come from `monotonic`; `wall` is for display, HTTP dates and ages kept on disk. */
export interface Clock {
  wall(): Date;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after `ms`: bounds an exchange that real sockets carry. Absent: real time. */
  timeout?(ms: number): AbortSignal;
}

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Handed down from the entry point to whatever needs it. */
export interface Runtime {
  readonly env: Env;
  /** Absolute. */
  readonly cwd: string;
  readonly clock: Clock;
  /** 0 <= n < 1. */
  readonly random: () => number;
  /** Progress and warnings, a line at a time, without its newline; already safe to print. */
  readonly log: (line: string) => void;
  /** Aborts when the process was asked to stop. */
  readonly signal: AbortSignal;
}
