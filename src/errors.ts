import type { Code } from "./codes.ts";
import type { Diagnostic } from "./model/diagnostic.ts";
import type { OutcomeClass, Reason } from "./model/outcome.ts";
import type { Refusal } from "./model/plan.ts";

/** A failure. Input problems are {@link Diagnostic}s instead, collected, and end as one {@link InvalidInputError}. */
export class JobwrightError extends Error {
  readonly code: Code;
  readonly reason: Reason;
  readonly hint: string | undefined;

  constructor(code: Code, reason: Reason, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.reason = reason;
    this.hint = options.hint;
  }
}

/**
 * Something thrown that nobody foresaw: an error of this program itself, exit code 1. `came` is what came of the run
 * until then. Nothing is told that an input may have got into: of errors of the runtime their kind, of errors of the
 * system their message.
 */
export class InternalError extends JobwrightError {
  constructor(cause: unknown, came?: string) {
    const kind = cause instanceof Error ? cause.name : typeof cause;
    const what = cause instanceof Error && "syscall" in cause ? cause.message : kind;
    const so = came === undefined ? "" : `; ${came}`;
    super("JW5000", "internal", `jobwright itself failed (${what})${so}`, {
      hint: "Run again: what was under way is settled by the next run. -v shows where it failed; please report that.",
      cause,
    });
  }
}

/** Manifests or config have errors; nothing was sent. Exit code 1. */
export class InvalidInputError extends JobwrightError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const errors = diagnostics.filter((d) => d.severity === "error").length;
    super("JW1000", "invalid", `${errors} ${errors === 1 ? "error" : "errors"} in manifests or config`, {
      hint: "Nothing was sent. Fix what is listed and run again.",
    });
    this.diagnostics = diagnostics;
  }
}

/** A safety rule or a stale plan stands against it; nothing was sent. Exit code 3. */
export class RefusedError extends JobwrightError {
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly Refusal[], reason: Reason = "refused-by-safety") {
    const first = refusals[0];
    super((first?.code ?? "JW5000") as Code, reason, first?.message ?? "refused, and nobody said why", {
      hint: refusals.length > 1 ? `${refusals.length} reasons; see above.` : (first?.hint ?? ""),
    });
    this.refusals = refusals;
  }
}

/** Where the program failed: the frames of the stack, without the message above them. */
export function framesOf(error: unknown): readonly string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return stack.split("\n").filter((line) => /^ {4}at /.test(line));
}

/** A request to a platform did not succeed. */
export class ApiError extends JobwrightError {
  /** What is known of the request. Reads are always `not-done`. */
  readonly outcome: OutcomeClass;
  /** `GET /v1/jobs/job_7`; no origin, no query values. */
  readonly request: string;
  /** Of the last answer, where there was one. */
  readonly status: number | undefined;
  readonly attempts: number;
  /** How many attempts there might have been. */
  readonly tries: number | undefined;
  /** The system's or library's code, where no answer came. */
  readonly errno: string | undefined;
  /** What the platform asked to wait, where that was too long. */
  readonly retryAfterMs: number | undefined;
  /** Where in the sent body the platform saw the fault (FastAPI's `loc`), as a pointer. */
  readonly at: string | undefined;
  /** True where nothing more should be sent to this target in this run. */
  readonly stopsTarget: boolean;

  constructor(
    code: Code,
    reason: Reason,
    message: string,
    details: {
      outcome: OutcomeClass;
      request: string;
      status?: number;
      attempts: number;
      tries?: number;
      errno?: string;
      retryAfterMs?: number;
      at?: string;
      stopsTarget?: boolean;
      hint?: string;
      cause?: unknown;
    },
  ) {
    super(code, reason, message, details);
    this.outcome = details.outcome;
    this.request = details.request;
    this.status = details.status;
    this.attempts = details.attempts;
    this.tries = details.tries;
    this.errno = details.errno;
    this.retryAfterMs = details.retryAfterMs;
    this.at = details.at;
    this.stopsTarget = details.stopsTarget ?? false;
  }
}
