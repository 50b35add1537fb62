import { canonical } from "../document/canonical.ts";
import { valueAt } from "../document/edit.ts";
import { ApiError } from "../errors.ts";
import type { FieldTable } from "../model/fields.ts";
import type { ApiVersion, LiveJob } from "../model/job.ts";
import type { Action, Change, PlannedRequest } from "../model/plan.ts";
import { type ApplyContext, clientOf } from "./context.ts";
import { leftOver, looksTheSame, notTaken } from "./verify.ts";

/** An update that is about to be sent. */
export interface Sending {
  readonly action: Action;
  readonly request: PlannedRequest;
  readonly apiVersion: ApiVersion;
  /** The job as read right before. */
  readonly before: LiveJob;
  /** What an apply would find of managed fields: see `preconditionOf`. */
  readonly preconditionOf: (live: LiveJob) => string;
}

/** The job was deleted before the write came, or after it. */
export interface Vanished {
  readonly gone: "not-done" | "done";
  /** In the platform's words. */
  readonly error?: ApiError;
}

/**
 * Sends an update; answers the job as it is then. Where nobody can say whether it happened,
 * the job is read: as asked, it did; as before, the same bytes are sent again, which overwrites nobody; anything else is
 * somebody's edit, and it stays unknown.
 */
export async function sendUpdate(context: ApplyContext, sending: Sending): Promise<LiveJob | Vanished> {
  const { action, request, apiVersion } = sending;
  const client = clientOf(context, action);
  const id = action.id ?? "";
  const look = (): Promise<LiveJob | undefined> => client.get(id, { apiVersion });
  let seen: LiveJob | undefined;
  const stillDue = async (): Promise<boolean> => {
    seen = await look();
    return seen !== undefined && isAsBefore(context, sending, seen);
  };
  try {
    const { job } = await client.send(request, action.address, { stillDue });
    return job ?? (await look()) ?? { gone: "done" };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.outcome === "not-done" && error.reason === "not-found") return { gone: "not-done", error };
    if (error.outcome !== "unknown") throw error;
    seen ??= await look().catch(() => undefined);
    if (seen !== undefined && isAsAsked(context, sending, seen)) return seen;
    throw error;
  }
}

function isAsBefore(
  context: ApplyContext,
  { action, request, before, preconditionOf }: Sending,
  now: LiveJob,
): boolean {
  if (preconditionOf(now) !== preconditionOf(before)) return false;
  // A PATCH leaves alone what it does not name; a PUT writes everything.
  return request.method !== "PUT" || looksTheSame(context.input.platform(action.provider).fields, before, now);
}

/** One request does all or nothing: where no change but that of a secret can be seen, it cannot be told. */
function isAsAsked(context: ApplyContext, { action, before, preconditionOf }: Sending, now: LiveJob): boolean {
  const { desired, base, changes, provider } = action;
  if (desired === undefined) return holds(context.input.platform(provider).fields, now, changes);
  if (preconditionOf(now) === preconditionOf(before)) return false;
  return notTaken(changes, leftOver(context, desired, now, base)).length === 0;
}

/** Whether a job holds what changes ask for, value by value. */
export function holds(table: FieldTable, live: LiveJob, changes: readonly Change[]): boolean {
  return changes.every(({ path, after }) => {
    const value = valueAt(table, live.document, path);
    return canonical(value ?? null) === canonical(after ?? null);
  });
}
