import { ApiError, InternalError, JobwrightError, RefusedError } from "../errors.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { OutcomeClass, Reason } from "../model/outcome.ts";
import type { Refusal } from "../model/plan.ts";

/** What stands on stdout under `--json` when a command fails, and what `validate --format json` prints. */
export interface ErrorDocument {
  readonly formatVersion: 1;
  /** Absent where all is well. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly reason: Reason;
    readonly refusals?: readonly Refusal[];
    /** Of a request: what is known of it. */
    readonly class?: OutcomeClass;
    /** `GET /v1/jobs`. */
    readonly request?: string;
    /** Of its last answer, where there was one. */
    readonly httpStatus?: number;
    readonly attempts?: number;
    /** What the platform asked to wait, where that was too long. */
    readonly retryAfterMs?: number;
  };
  readonly diagnostics: readonly DiagnosticDocument[];
}

/** A problem in a document. */
export interface DiagnosticDocument {
  readonly code: string;
  readonly severity: Diagnostic["severity"];
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly address?: string;
}

/** The document of a failure, or of diagnostics alone. Without an error there is no `error` in it. */
export function errorDocument(error: unknown, diagnostics: readonly Diagnostic[] = []): ErrorDocument {
  return {
    formatVersion: 1,
    ...(error === undefined ? {} : { error: errorFields(error) }),
    diagnostics: diagnostics.map(diagnosticDocument),
  };
}

function errorFields(error: unknown): NonNullable<ErrorDocument["error"]> {
  if (!(error instanceof JobwrightError)) return errorFields(new InternalError(error));
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    reason: error.reason,
    ...(error instanceof RefusedError ? { refusals: error.refusals } : {}),
    ...(error instanceof ApiError ? requestFields(error) : {}),
  };
}

function requestFields({ outcome, request, status, attempts, retryAfterMs }: ApiError) {
  return {
    class: outcome,
    request,
    ...(status === undefined ? {} : { httpStatus: status }),
    attempts,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function diagnosticDocument(diagnostic: Diagnostic): DiagnosticDocument {
  const { code, severity, message, file, line, column, hint, endLine, endColumn, address } = diagnostic;
  const further = Object.entries({ file, line, column, hint, endLine, endColumn, address });
  return { code, severity, message, ...Object.fromEntries(further.filter(([, value]) => value !== undefined)) };
}
