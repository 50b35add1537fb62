import { InvalidInputError, JobwrightError, RefusedError } from "../errors.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Redactor } from "./redact.ts";

/** Problems without known secret values, before they are broken into rows or cut. */
export function redactDiagnostics(diagnostics: readonly Diagnostic[], { text }: Redactor): readonly Diagnostic[] {
  return diagnostics.map((diagnostic) => ({
    ...diagnostic,
    message: text(diagnostic.message),
    ...(diagnostic.hint === undefined ? {} : { hint: text(diagnostic.hint) }),
    ...(diagnostic.frame === undefined ? {} : { frame: text(diagnostic.frame) }),
  }));
}

/** An error for the renderers, likewise: of the same class, with the same facts. Its stack is left behind. */
export function redactError(error: unknown, redactor: Redactor): unknown {
  const { text } = redactor;
  if (!(error instanceof Error)) return typeof error === "string" ? text(error) : error;
  const facts: Record<string, unknown> = { ...error, message: text(error.message) };
  if (error.cause !== undefined) facts["cause"] = redactError(error.cause, redactor);
  if (error instanceof JobwrightError && error.hint !== undefined) facts["hint"] = text(error.hint);
  if (error instanceof InvalidInputError) facts["diagnostics"] = redactDiagnostics(error.diagnostics, redactor);
  if (error instanceof RefusedError) {
    facts["refusals"] = error.refusals.map((each) => ({ ...each, message: text(each.message), hint: text(each.hint) }));
  }
  const copy: object = Object.create(Object.getPrototypeOf(error));
  return Object.assign(copy, facts);
}
