import { compact } from "../../document/compact.ts";
import { applyChanges } from "../../document/edit.ts";
import { formatPointer, parsePointer } from "../../document/pointer.ts";
import { ruleAt } from "../../document/rules.ts";
import { isObject, objectFrom, own, type Value } from "../../model/document.ts";
import type { ApiVersion, DesiredJob, LiveJob } from "../../model/job.ts";
import type { Change, PlannedRequest } from "../../model/plan.ts";
import { NIMBLE_FIELDS } from "./fields.ts";

/** `/v1/jobs` or `/v2/jobs`. */
function nimbleJobsPath(apiVersion: ApiVersion): string {
  return apiVersion === "nimbleway.com/v2" ? "/v2/jobs" : "/v1/jobs";
}

/** POST with everything declared; what is declared null is left out. */
export function nimbleCreate(desired: DesiredJob): PlannedRequest {
  const spec = compact(desired.document.spec);
  const fields = isObject(spec)
    ? Object.entries(spec).map(([key, value]): [string, Value] => [key, whole(key, value)])
    : [];
  const body = objectFrom<Value>([["name", desired.name], ...fields]);
  return { method: "POST", path: nimbleJobsPath(desired.apiVersion), body };
}

/**
 * PATCH with exactly the top-level fields that changed, each nested object whole: the API leaves omitted top-level
 * fields alone and requires a nested object's keys together.
 *
 * Assumed: a nested object replaces the stored one. A nested key that must go is sent as null where the API allows
 * null, and is left out otherwise; the answer is checked to see whether it went.
 */
export function nimbleUpdate(
  apiVersion: ApiVersion,
  live: LiveJob,
  changes: readonly Change[],
): PlannedRequest | undefined {
  const next = applyChanges(NIMBLE_FIELDS, live.document, changes);
  const fields = [...new Set(changes.map((change) => parsePointer(change.path)[1] ?? ""))];
  if (fields.length === 0) return undefined;
  const body = objectFrom(fields.map((field) => [field, fieldBody(next.spec, field, changes)]));
  return { method: "PATCH", path: `${nimbleJobsPath(apiVersion)}/${live.id}`, body };
}

function fieldBody(spec: { readonly [key: string]: Value }, field: string, changes: readonly Change[]): Value {
  const value = compact(own(spec, field) ?? null);
  if (value === undefined) return null;
  if (!isObject(value)) return value;
  const cleared = changes
    .map((change) => ({ change, tokens: parsePointer(change.path) }))
    .filter(({ change, tokens }) => change.op === "remove" && tokens.length === 3 && tokens[1] === field)
    .filter(({ tokens }) => ruleAt(NIMBLE_FIELDS, tokens).nullable)
    .map(({ tokens }): [string, Value] => [tokens[2] ?? "", null]);
  return whole(field, objectFrom([...Object.entries(value), ...cleared]));
}

/** The API takes no schedule without `enabled`; where neither the manifest nor the live job says, a schedule is on. */
function whole(field: string, value: Value): Value {
  return field === "schedule" && isObject(value) && !Object.hasOwn(value, "enabled")
    ? { ...value, enabled: true }
    : value;
}

/** DELETE by id. */
export function nimbleDelete(apiVersion: ApiVersion, id: string): PlannedRequest {
  return { method: "DELETE", path: `${nimbleJobsPath(apiVersion)}${formatPointer([id])}` };
}
