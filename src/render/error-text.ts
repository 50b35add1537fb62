import { ApiError, InternalError, InvalidInputError, JobwrightError, RefusedError } from "../errors.ts";
import { renderDiagnostics } from "./diagnostics.ts";
import { type RenderStyle, shown, wrapped } from "./style.ts";
import { finish, refusedLines } from "./text.ts";

/** A failure for the terminal: what happened, where, what it means and what to do. No stack. */
export function renderError(error: unknown, style: RenderStyle): string {
  if (!(error instanceof JobwrightError)) return renderError(new InternalError(error), style);
  if (error instanceof InvalidInputError) {
    return finish([
      ...renderDiagnostics(error.diagnostics, style).split("\n"),
      ...(error.hint === undefined ? [] : wrapped(style, error.hint, 0)),
    ]);
  }
  if (error instanceof RefusedError && error.refusals.length > 0) return finish(refusedLines(error.refusals, style));
  return finish([
    ...headLines(error.code, error.message, style),
    ...(error instanceof ApiError && !error.message.includes(error.request)
      ? [`  ${style.paint("dim", requestText(error, style))}`]
      : []),
    ...causeLines(error, style),
    ...(error.hint === undefined || error.hint === "" ? [] : wrapped(style, error.hint, 2)),
  ]);
}

function headLines(code: string, message: string, style: RenderStyle): readonly string[] {
  return wrapped(style, `Error ${code}: ${message}`, 0).map((line) => style.paint("error", line));
}

/** `PATCH /v1/jobs/job_7, 503, try 4: it did not happen`. */
function requestText(error: ApiError, style: RenderStyle): string {
  const meaning = {
    "not-sent": "nothing was sent",
    "not-done": "it did not happen",
    unknown: "it may have happened",
    done: "it happened",
  };
  const parts = [
    shown(style, error.request, 120),
    ...(error.status === undefined ? [] : [String(error.status)]),
    ...(error.attempts > 0 ? [`try ${error.attempts}`] : []),
  ];
  const write = !error.request.startsWith("GET ");
  return `${parts.join(", ")}${write ? `: ${meaning[error.outcome]}` : ""}`;
}

/** The nearest cause, where it says more than the message does. */
function causeLines(error: JobwrightError, style: RenderStyle): readonly string[] {
  if (error.cause === undefined || error.reason === "internal") return [];
  const message = messageOf(error.cause);
  return message === "" || error.message.includes(message) ? [] : wrapped(style, `Cause: ${message}`, 2);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
