import type { Change } from "./plan.ts";

/** What is known of a request: it never left; the platform refused it; nobody can say; it happened. */
export type OutcomeClass = "not-sent" | "not-done" | "unknown" | "done";

/** Why something did not succeed: the closed vocabulary of results, events, reports and the Action's outputs. */
export type Reason = (typeof REASONS)[number];

/** All of it. */
export const REASONS = [
  "invalid",
  "refused-by-safety",
  "stale",
  "lock-held",
  "lock-lost",
  "auth",
  "forbidden",
  "budget",
  "not-found",
  "conflict",
  "rate-limited",
  "platform-error",
  "platform-down",
  "unreachable",
  "tls",
  "bad-answer",
  "list-incomplete",
  "duplicate-name",
  "secret-unreadable",
  "number-unsafe",
  "not-taken",
  "unknown-outcome",
  "storage",
  "interrupted",
  "internal",
  // The plan is not the one that was reviewed.
  "plan-changed",
  // No review of a plan is known.
  "not-reviewed",
  // Live jobs were changed by hand.
  "drift",
] as const;

/** How an action ended. */
export interface ActionResult {
  readonly status: "applied" | "failed" | "unknown" | "skipped" | "stale";
  readonly class: OutcomeClass;
  readonly reason?: Reason;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  /** The id of a job that was made. */
  readonly id?: string;
  /** For people: fields carried that moved, pauses kept, ... */
  readonly notes: readonly string[];
  /** After the write: what still differs, with both values. */
  readonly notConverged?: readonly Change[];
  readonly attempts?: number;
  /** How many attempts there might have been. */
  readonly maxAttempts?: number;
  /** `PATCH /v1/jobs/job_7`, the one that decided. */
  readonly request?: string;
  /** Of the last answer, where there was one. */
  readonly httpStatus?: number;
  /** The system's or library's code, where no answer came. */
  readonly errno?: string;
  readonly retryAfterMs?: number;
  /** Where in the sent body the platform saw a fault, as a JSON Pointer. */
  readonly at?: string;
}
