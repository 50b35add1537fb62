import { ApiError } from "../errors.ts";
import type { ApiVersion, LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action } from "../model/plan.ts";
import type { Intent, JobState } from "../model/state.ts";
import { managedByBase } from "../plan/action.ts";
import { preconditionOf } from "../plan/precondition.ts";
import { type ApplyContext, applied, clientOf } from "./context.ts";
import { staleResult } from "./stale.ts";
import { settleNot } from "./update.ts";

/** Deletes one owned job, if it still is the one that we own and nobody changed it since the plan. */
export async function applyDelete(
  context: ApplyContext,
  action: Action,
  intent: Intent | undefined,
): Promise<ActionResult> {
  const { base, id, address } = action;
  if (base === undefined || id === undefined) return applied();
  // What runs on beside it goes first: when its entry is gone, nothing tells of that any more.
  await deleteDoomed(context, action, base.doomed ?? [], base.apiVersion);
  const live = await clientOf(context, action).get(id, { apiVersion: base.apiVersion });
  if (live !== undefined && live.facts.status !== "DELETING") {
    const platform = context.input.platform(action.provider);
    if (preconditionOf(live, managedByBase(platform, base, live)) !== action.precondition) {
      return settleNot(context, intent, staleResult(action, "the job was changed or made anew since the plan"));
    }
    await deleteJob(context, action, live, base.apiVersion);
  }
  const change = { kind: "remove" as const, address };
  if (intent === undefined) await context.session.change([change]);
  else await context.session.settle([{ seq: intent.seq, kind: "done", change }]);
  return applied();
}

/** Deletes what replaces left to be deleted, where it still is what they replaced. */
export async function deleteDoomed(
  context: ApplyContext,
  action: Action,
  doomed: NonNullable<JobState["doomed"]>,
  apiVersion: ApiVersion,
): Promise<void> {
  for (const old of doomed) {
    const found = await clientOf(context, action).get(old.id, { apiVersion });
    if (found === undefined || found.facts.status === "DELETING") continue;
    const same = old.createdAt === undefined || found.facts.createdAt === old.createdAt;
    if (same) await deleteJob(context, action, found, apiVersion);
  }
}

/**
 * Sends a DELETE of a job as just read. Where nobody can say whether it happened, the job is read: gone, being deleted,
 * or made anew by somebody since, it did; else it is sent again.
 */
async function deleteJob(context: ApplyContext, action: Action, job: LiveJob, apiVersion: ApiVersion): Promise<void> {
  const client = clientOf(context, action);
  const request = context.input.platform(action.provider).deleteRequest(apiVersion, job.id);
  const isThere = async (): Promise<boolean> => {
    const now = await client.get(job.id, { apiVersion });
    return now !== undefined && now.facts.status !== "DELETING" && now.facts.createdAt === job.facts.createdAt;
  };
  try {
    await client.send(request, action.address, { stillDue: isThere });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // A conflict may mean that it is being deleted already.
    const mayBeGone = error.outcome === "unknown" || error.reason === "conflict";
    if (!mayBeGone || (await isThere().catch(() => true))) throw error;
  }
}
