import { isList, isObject, objectFrom, SecretRef, type Value } from "../model/document.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action, Change, Plan } from "../model/plan.ts";
import type { FieldRow } from "../model/status.ts";
import type { Redactor } from "./redact.ts";
import type { Results } from "./results.ts";

/** Hands every string of something to `text` and answers the same thing of what it answers. */
type Walk<T> = (text: (text: string) => string) => T;

/**
 * Takes known secret values out of what is about to be laid out. A value that is cut, broken into rows or shown from its first
 * difference on is one that nobody finds any more in the text that comes of it. Looks at each string once, all of them
 * together: what is looked for may be as much as what is looked at.
 */
function redacted<T>(walk: Walk<T>, redactor: Redactor): T {
  const found = new Set<string>();
  const same = walk((text) => {
    found.add(text);
    return text;
  });
  const before = [...found];
  const after = redactor.json(before);
  const clean = new Map<string, string>();
  for (const [at, text] of before.entries()) {
    const now = Array.isArray(after) ? after[at] : undefined;
    if (typeof now === "string" && now !== text) clean.set(text, now);
  }
  return clean.size === 0 ? same : walk((text) => clean.get(text) ?? text);
}

/** A plan for the renderers, without known secret values wherever they stand as plain text. Identities stay. */
export function redactPlan(plan: Plan, redactor: Redactor): Plan {
  return redacted(
    (text) => ({
      ...plan,
      actions: plan.actions.map((action) => walkAction(action, text)),
      standings: plan.standings.map((standing) => ({
        ...standing,
        note: text(standing.note),
        ...(standing.changes === undefined ? {} : { changes: standing.changes.map((each) => walkChange(each, text)) }),
      })),
      warnings: plan.warnings.map((warning) => ({ ...warning, message: text(warning.message) })),
      refusals: plan.refusals.map((each) => ({ ...each, message: text(each.message), hint: text(each.hint) })),
      ...(plan.policy === undefined ? {} : { policy: plan.policy.map((each) => walkSides(each, text)) }),
    }),
    redactor,
  );
}

/** Changes of a job, likewise. */
export function redactChanges(changes: readonly Change[], redactor: Redactor): readonly Change[] {
  return redacted((text) => changes.map((change) => walkChange(change, text)), redactor);
}

/** How actions ended, likewise. */
export function redactResults(results: Results, redactor: Redactor): Results {
  return redacted((text) => new Map([...results].map(([key, result]) => [key, walkResult(result, text)])), redactor);
}

/** The fields of a job, likewise. */
export function redactFields(fields: readonly FieldRow[], redactor: Redactor): readonly FieldRow[] {
  return redacted(
    (text) =>
      fields.map(({ live, declared, ...rest }) => ({
        ...rest,
        ...(live === undefined ? {} : { live: walkValue(live, text) }),
        ...(declared === undefined ? {} : { declared: walkValue(declared, text) }),
      })),
    redactor,
  );
}

type Text = (text: string) => string;

function walkAction(action: Action, text: Text): Action {
  const { touched, removedBy } = action;
  return {
    ...action,
    changes: action.changes.map((change) => walkChange(change, text)),
    requests: action.requests.map(({ body, ...rest }) => ({
      ...rest,
      ...(body === undefined ? {} : { body: walkValue(body, text) }),
    })),
    notes: action.notes.map(text),
    ...(touched?.updatedBy === undefined ? {} : { touched: { ...touched, updatedBy: text(touched.updatedBy) } }),
    ...(removedBy === undefined
      ? {}
      : { removedBy: { ...removedBy, author: text(removedBy.author), subject: text(removedBy.subject) } }),
  };
}

function walkChange({ base, ...rest }: Change, text: Text): Change {
  return { ...walkSides(rest, text), ...(base === undefined ? {} : { base: walkValue(base, text) }) };
}

/** What was and what is to be. */
function walkSides<T extends Pick<Change, "before" | "after">>(sides: T, text: Text): T {
  const { before, after } = sides;
  return {
    ...sides,
    ...(before === undefined ? {} : { before: walkValue(before, text) }),
    ...(after === undefined ? {} : { after: walkValue(after, text) }),
  };
}

function walkResult(result: ActionResult, text: Text): ActionResult {
  const { error, notes, notConverged } = result;
  const hint = error?.hint === undefined ? {} : { hint: text(error.hint) };
  return {
    ...result,
    notes: notes.map(text),
    ...(error === undefined ? {} : { error: { ...error, message: text(error.message), ...hint } }),
    ...(notConverged === undefined ? {} : { notConverged: notConverged.map((change) => walkChange(change, text)) }),
  };
}

function walkValue(value: Value, text: Text): Value {
  if (typeof value === "string") return text(value);
  if (value instanceof SecretRef) return value;
  if (isList(value)) return value.map((item) => walkValue(item, text));
  return isObject(value)
    ? objectFrom(Object.entries(value).map(([key, item]) => [key, walkValue(item, text)] as const))
    : value;
}
