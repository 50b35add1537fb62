import { applyChanges, valueAt } from "../document/edit.ts";
import { itemTokens } from "../document/list-keys.ts";
import { formatPointer } from "../document/pointer.ts";
import { ruleAt } from "../document/rules.ts";
import { isList, isObject, SecretRef, type Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { JobState } from "../model/state.ts";

/**
 * A live job with what is known put in for masked values: a secret that the manifest declares stands by the manifest's
 * reference, so that a PUT of the whole job carries its value and not the mask. Not so an imported secret that nobody
 * compared yet: the variable may hold something else than the platform does.
 */
export function withDeclaredSecrets(
  table: FieldTable,
  live: LiveJob,
  desired: DesiredJob,
  state: Pick<JobState, "unverified"> | undefined,
): LiveJob {
  const imported = state?.unverified ?? {};
  const known = maskedPaths(table, live.document).filter((path) => !Object.hasOwn(imported, path));
  const changes = known.flatMap((path) => {
    const declared = valueAt(table, desired.document, path);
    return declared === undefined || declared === null
      ? []
      : [{ op: "replace" as const, path, after: declared, cause: "pending" as const }];
  });
  return changes.length === 0 ? live : { ...live, document: applyChanges(table, live.document, changes) };
}

/** Where values stand that nobody here knows, as change paths. */
export function maskedPaths(table: FieldTable, value: Value, at: readonly string[] = []): readonly string[] {
  if (value instanceof SecretRef) return value.key === undefined ? [formatPointer(at)] : [];
  if (isList(value)) {
    const rule = ruleAt(table, at).list;
    const tokens = rule === undefined || rule.kind === "set" ? value.map((_, i) => String(i)) : itemTokens(rule, value);
    return value.flatMap((item, i) => maskedPaths(table, item, [...at, tokens[i] ?? ""]));
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([key, child]) => maskedPaths(table, child, [...at, key]))
    : [];
}
