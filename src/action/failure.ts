import { framesOf, InternalError, InvalidInputError, JobwrightError, RefusedError } from "../errors.ts";
import type { Reason } from "../model/outcome.ts";
import { renderError } from "../render/error-text.ts";
import { redactError } from "../render/redact-error.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import { BadManifests } from "./check.ts";
import { plannedCommit } from "./event.ts";
import { diagnosticList, fitParts, heading, placeUrl, prose, redactedMarkdown, runLink } from "./markdown.ts";
import type { Outcome } from "./outputs.ts";
import type { Step } from "./step.ts";

/** Why something failed, in the closed vocabulary of results. */
function reasonOf(error: unknown): Reason {
  return error instanceof JobwrightError ? error.reason : "internal";
}

/** The outcome of a run that ended with an error. */
export function failedOutcome(step: Step, error: unknown): Outcome {
  const stopped = step.shell.runtime.signal.aborted;
  const exitCode = error instanceof RefusedError ? 3 : stopped ? 130 : 1;
  return { exitCode, failed: true, reason: stopped && exitCode !== 3 ? "interrupted" : reasonOf(error), outputs: {} };
}

/** Tells of an error in the log and as an annotation. Problems in manifests were annotated where they are. */
export function logFailure({ log, shell }: Step, thrown: unknown): void {
  const error = redactError(thrown, shell.redactor);
  if (!(error instanceof InvalidInputError)) {
    log.say(renderError(error, PLAIN_STYLE));
    const { code, message, hint } = error instanceof JobwrightError ? error : new InternalError(error);
    log.notice("error", `${code} ${message}${hint ? `. ${hint}` : ""}`);
  }
  if (shell.trace !== undefined && !(thrown instanceof JobwrightError)) log.say(framesOf(thrown).join("\n"));
}

/** An error as Markdown, in at most so many characters; `further` is what else is to be said, in Markdown. */
export function failureBody(step: Step, what: string, thrown: unknown, limit: number, further = ""): string {
  const error = redactError(thrown, step.shell.redactor);
  const { event, title } = step;
  const commit = plannedCommit(event);
  const foot = [...(commit === "" ? [] : [`commit ${prose(commit.slice(0, 10))}`]), runLink(event, "the run")];
  const end = `<sub>${foot.join(" · ")}</sub>`;
  const parts = [heading(what, title), `**Failed: ${headline(error)}**`, details(step, error), further];
  const body = fitParts(
    parts.filter((part) => part !== ""),
    limit - end.length - 2,
  );
  return redactedMarkdown(step, `${body}\n${end}\n`);
}

function headline(error: unknown): string {
  if (!(error instanceof JobwrightError)) return headline(new InternalError(error));
  return error instanceof InvalidInputError ? prose(error.message) : `${error.code} ${prose(error.message)}`;
}

function details({ event }: Step, error: unknown): string {
  if (error instanceof InvalidInputError) {
    const root = error instanceof BadManifests ? error.root : undefined;
    return diagnosticList(error.diagnostics, (file, line) =>
      root === undefined ? undefined : placeUrl(event, root, file, line),
    );
  }
  // One refusal is the headline.
  if (error instanceof RefusedError && error.refusals.length > 1) {
    return error.refusals
      .slice(0, 50)
      .map(({ code, message, hint }) => `- ${code} ${prose(message)}${hint === "" ? "" : `<br>${prose(hint)}`}`)
      .join("\n");
  }
  return error instanceof JobwrightError && error.hint !== undefined ? prose(error.hint) : "";
}
