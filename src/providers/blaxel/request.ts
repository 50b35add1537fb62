import { compact } from "../../document/compact.ts";
import { applyChanges } from "../../document/edit.ts";
import { formatPointer } from "../../document/pointer.ts";
import { isObject, type Value } from "../../model/document.ts";
import type { DesiredJob, LiveJob } from "../../model/job.ts";
import type { Change, PlannedRequest } from "../../model/plan.ts";
import { BLAXEL_FIELDS } from "./fields.ts";

const JOBS = "/v0/jobs";

/** POST with everything declared; what is declared null is left out. */
export function blaxelCreate(desired: DesiredJob): PlannedRequest {
  const part = (value: Value): Value => {
    const kept = compact(value);
    return isObject(kept) ? kept : {};
  };
  return {
    method: "POST",
    path: JOBS,
    body: { metadata: part(desired.document.metadata), spec: part(desired.document.spec) },
  };
}

/**
 * PUT of the live job with the changes made: the API replaces the whole job, so whatever the body left out would be
 * lost. Read-only fields are not in a live document, so they are not sent.
 */
export function blaxelUpdate(live: LiveJob, changes: readonly Change[]): PlannedRequest | undefined {
  if (changes.length === 0) return undefined;
  return { method: "PUT", path: jobPath(live.id), body: applyChanges(BLAXEL_FIELDS, live.document, changes) };
}

/** DELETE by name. */
export function blaxelDelete(name: string): PlannedRequest {
  return { method: "DELETE", path: jobPath(name) };
}

function jobPath(name: string): string {
  return `${JOBS}${formatPointer([name])}`;
}
