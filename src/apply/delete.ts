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

type Doomed = NonNullable<JobState["doomed"]>[number];

/**
 * Deletes one owned job, if it still is the one that we own and nobody changed it since the plan; before it, what an
 * interrupted replace of it left.
 */
export async function applyDelete(
  context: ApplyContext,
  action: Action,
  intent: Intent | undefined,
): Promise<ActionResult> {
  const { base, id, address } = action;
  if (base === undefined || id === undefined) return applied();
  const live = await clientOf(context, action).get(id, { apiVersion: base.apiVersion });
  if (live !== undefined && live.facts.status !== "DELETING") {
    const platform = context.input.platform(action.provider);
    if (preconditionOf(live, managedByBase(platform, base, live)) !== action.precondition) {
      return settleNot(context, intent, staleResult(action, "the job was changed or made anew since the plan"));
    }
  }
  // What runs on beside it goes first: when its entry is gone, nothing tells of that any more.
  await deleteDoomed(context, action, base.doomed ?? [], base.apiVersion);
  if (live !== undefined && live.facts.status !== "DELETING") await deleteJob(context, action, live, base.apiVersion);
  const change = { kind: "remove" as const, address };
  if (intent === undefined) await context.session.change([change]);
  else await context.session.settle([{ seq: intent.seq, kind: "done", change }]);
  return applied();
}

/** Deletes the old jobs that replaces left, those of them that are still there. */
export async function deleteDoomed(
  context: ApplyContext,
  action: Action,
  doomed: readonly Doomed[],
  apiVersion: ApiVersion,
): Promise<void> {
  for (const { live } of await stillThere(context, action, doomed, apiVersion)) {
    await deleteJob(context, action, live, apiVersion);
  }
}

/** Of the old jobs that replaces left, those that are there, and are no later ones of the same name. */
export async function stillThere(
  context: ApplyContext,
  action: Action,
  doomed: readonly Doomed[],
  apiVersion: ApiVersion,
): Promise<readonly { readonly old: Doomed; readonly live: LiveJob }[]> {
  const there: { readonly old: Doomed; readonly live: LiveJob }[] = [];
  for (const old of doomed) {
    const live = await clientOf(context, action).get(old.id, { apiVersion });
    if (live === undefined || live.facts.status === "DELETING") continue;
    if (old.createdAt === undefined || live.facts.createdAt === old.createdAt) there.push({ old, live });
  }
  return there;
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
