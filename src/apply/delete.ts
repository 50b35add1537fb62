import { ApiError } from "../errors.ts";
import type { ApiVersion } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action } from "../model/plan.ts";
import type { Intent, JobState } from "../model/state.ts";
import { managedByBase } from "../plan/action.ts";
import { preconditionOf } from "../plan/precondition.ts";
import { type ApplyContext, applied, clientOf } from "./context.ts";
import { staleResult } from "./stale.ts";
import { settleNot } from "./update.ts";

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
  await deleteDoomed(context, action, base, base.apiVersion);
  if (live !== undefined && live.facts.status !== "DELETING") await deleteJob(context, action, id, base.apiVersion);
  const change = { kind: "remove" as const, address };
  if (intent === undefined) await context.session.change([change]);
  else await context.session.settle([{ seq: intent.seq, kind: "done", change }]);
  return applied();
}

/** Deletes the old jobs that replaces of this one left, those of them that are still there. */
export async function deleteDoomed(
  context: ApplyContext,
  action: Action,
  base: Pick<JobState, "doomed">,
  apiVersion: ApiVersion,
): Promise<void> {
  for (const { id } of await stillThere(context, action, base, apiVersion))
    await deleteJob(context, action, id, apiVersion);
}

/** Of the old jobs that replaces left, those that are there, and are no later ones of the same name. */
export async function stillThere(
  context: ApplyContext,
  action: Action,
  { doomed = [] }: Pick<JobState, "doomed">,
  apiVersion: ApiVersion,
): Promise<NonNullable<JobState["doomed"]>> {
  const left = [];
  for (const old of doomed) {
    const found = await clientOf(context, action).get(old.id, { apiVersion });
    if (found === undefined || found.facts.status === "DELETING") continue;
    if (old.createdAt === undefined || found.facts.createdAt === old.createdAt) left.push(old);
  }
  return left;
}

/** Sends a DELETE; where its answer is lost, looks whether the job is gone. */
async function deleteJob(context: ApplyContext, action: Action, id: string, apiVersion: ApiVersion): Promise<void> {
  const client = clientOf(context, action);
  const request = context.input.platform(action.provider).deleteRequest(apiVersion, id);
  try {
    await client.send(request, action.address);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return;
    if (error.outcome !== "unknown") throw error;
    const found = await client.get(id, { apiVersion }).catch(() => "unreadable" as const);
    if (found === "unreadable" || (found !== undefined && found.facts.status !== "DELETING")) throw error;
  }
}
