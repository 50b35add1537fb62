import type { ErrorDocument } from "./error-document.ts";
import type { ActionDocument, ChangeDocument, PlanDocument, ResultDocument } from "./plan-document.ts";
import type { Redactor } from "./redact.ts";

/**
 * A plan's document without known secret values. Documents are made of references, so this finds something only where a
 * value also stands somewhere as plain text. Identities and our own vocabulary (address, id, path, op, ...) stay. An
 * action of which a value was blanked is marked `redacted`: applied as saved it would write `***`.
 */
export function redactPlanDocument(document: PlanDocument, redactor: Redactor): PlanDocument {
  const { text } = redactor;
  return {
    ...document,
    actions: document.actions.map((action) => redactAction(action, redactor)),
    warnings: document.warnings.map((warning) => ({ ...warning, message: text(warning.message) })),
    refusals: document.refusals.map((each) => ({ ...each, message: text(each.message), hint: text(each.hint) })),
    standings: document.standings.map(({ changes, ...standing }) => ({
      ...standing,
      note: text(standing.note),
      ...(changes === undefined ? {} : { changes: changes.map((change) => redactChange(change, redactor)) }),
    })),
  };
}

/** The same for the document of a failure. */
export function redactErrorDocument(document: ErrorDocument, { text }: Redactor): ErrorDocument {
  const { error } = document;
  return {
    ...document,
    ...(error === undefined ? {} : { error: { ...error, ...redactMessage(error, text) } }),
    diagnostics: document.diagnostics.map((diagnostic) => ({ ...diagnostic, ...redactMessage(diagnostic, text) })),
  };
}

function redactMessage(
  { message, hint }: { readonly message: string; readonly hint?: string },
  text: Redactor["text"],
): { readonly message: string; readonly hint?: string } {
  return { message: text(message), ...(hint === undefined ? {} : { hint: text(hint) }) };
}

function redactAction(action: ActionDocument, redactor: Redactor): ActionDocument {
  const { json, text } = redactor;
  const { desired, removedBy, touched, result } = action;
  const values = {
    changes: action.changes.map((change) => redactChange(change, redactor)),
    requests: action.requests.map(({ body, ...rest }) => ({
      ...rest,
      ...(body === undefined ? {} : { body: json(body) }),
    })),
    ...(desired === undefined
      ? {}
      : { desired: { ...desired, metadata: redactor.object(desired.metadata), spec: redactor.object(desired.spec) } }),
  };
  const { changes, requests } = action;
  const before = { changes, requests, ...(desired === undefined ? {} : { desired }) };
  return {
    ...action,
    ...values,
    notes: action.notes.map(text),
    ...(touched?.updatedBy === undefined ? {} : { touched: { ...touched, updatedBy: text(touched.updatedBy) } }),
    ...(removedBy === undefined
      ? {}
      : { removedBy: { ...removedBy, author: text(removedBy.author), subject: text(removedBy.subject) } }),
    ...(result === undefined ? {} : { result: redactResult(result, redactor) }),
    ...(JSON.stringify(before) === JSON.stringify(values) ? {} : { redacted: true as const }),
  };
}

function redactChange(change: ChangeDocument, { json }: Redactor): ChangeDocument {
  const { op, path, before, after, cause, base } = change;
  return {
    op,
    path,
    ...(before === undefined ? {} : { before: json(before) }),
    ...(after === undefined ? {} : { after: json(after) }),
    cause,
    ...(base === undefined ? {} : { base: json(base) }),
  };
}

/** How an action ended, without known secret values. */
export function redactResult(result: ResultDocument, redactor: Redactor): ResultDocument {
  const { error, notes, notConverged } = result;
  return {
    ...result,
    ...(error === undefined ? {} : { error: { ...error, ...redactMessage(error, redactor.text) } }),
    ...(notes === undefined ? {} : { notes: notes.map(redactor.text) }),
    ...(notConverged === undefined
      ? {}
      : { notConverged: notConverged.map((change) => redactChange(change, redactor)) }),
  };
}
