import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action, PlannedRequest } from "../model/plan.ts";
import type { Intent, JobState } from "../model/state.ts";
import { type ApplyContext, applied, entryFor, failed } from "./context.ts";
import { makeOnBlaxel } from "./create-blaxel.ts";
import { makeOnNimble } from "./create-nimble.ts";
import { stillThere } from "./delete.ts";
import { withoutIdentity } from "./entry.ts";
import { settleNot } from "./update.ts";
import { leftOver } from "./verify.ts";

/** What making a job led to. */
export type Made = { readonly live: LiveJob } | { readonly result: ActionResult };

/** Creates one job and records it as ours. */
export async function applyCreate(
  context: ApplyContext,
  action: Action,
  intent: Intent | undefined,
): Promise<ActionResult> {
  const { desired } = action;
  const request = action.requests[0];
  if (desired === undefined || request === undefined) return applied();
  // What a replace of the job that is gone left may be gone as well.
  const there = await stillThere(context, action, action.base?.doomed ?? [], desired.apiVersion);
  const left = there.map(({ old }) => old);
  const made = await makeJob(context, action, desired, request, intent?.before ?? []);
  if ("result" in made) return settleNot(context, intent, made.result);
  const { live } = made;
  const entry = entryFor(context, desired, live, withoutIdentity(action.base, left));
  return recordMade(context, { action, asked: desired, live, entry, intent });
}

/** A job that was just made. */
export interface MadeJob {
  readonly action: Action;
  /** What was sent of it. */
  readonly asked: DesiredJob;
  readonly live: LiveJob;
  /** What the state is to hold of it. */
  readonly entry: JobState;
  readonly intent: Intent | undefined;
  /** A further step rests on the record: it must outlive this machine first. */
  readonly durable?: boolean;
}

/** Records a job that was made, and checks that it is what was asked for. */
export async function recordMade(context: ApplyContext, made: MadeJob): Promise<ActionResult> {
  const { action, asked, live, entry, intent, durable = false } = made;
  const { address } = action;
  const change = { kind: "put" as const, address, job: entry };
  if (intent === undefined) await context.session.change([change]);
  else await context.session.settle([{ seq: intent.seq, kind: "done", change }], { durable });
  const left = leftOver(context, asked, live, undefined);
  if (left.length === 0) return applied({ id: live.id });
  return {
    ...failed(
      "JW2902",
      "not-taken",
      `${address}: created as ${live.id}, but ${left.map((c) => c.path).join(", ")} did not take`,
      {
        class: "done",
        hint: "The job exists and is recorded as ours; the platform changed or ignored what was sent.",
      },
    ),
    id: live.id,
    notConverged: left,
  };
}

/** Sends a create so that no fault makes two jobs. `before`: ids of jobs that had the name already. */
export function makeJob(
  context: ApplyContext,
  action: Action,
  desired: DesiredJob,
  request: PlannedRequest,
  before: readonly string[],
): Promise<Made> {
  return desired.provider === "nimble"
    ? makeOnNimble(context, action, desired, request, before)
    : makeOnBlaxel(context, action, desired, request);
}
