import { ApiError } from "../errors.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action, PlannedRequest } from "../model/plan.ts";
import { type ApplyContext, clientOf, failed, resultOf } from "./context.ts";
import type { Made } from "./create.ts";
import { mayStemFrom } from "./kin.ts";

/** After which waits a create without answer is looked for. */
const LOOKUPS_MS = [1000, 2000, 4000, 8000];

/** Names are not unique and ids server-made: one POST, and where its answer is lost, looking. */
export async function makeOnNimble(
  context: ApplyContext,
  action: Action,
  desired: DesiredJob,
  request: PlannedRequest,
  before: readonly string[],
): Promise<Made> {
  const client = clientOf(context, action);
  const { fields } = context.input.platform(desired.provider);
  const known = new Set(before);
  let lost: unknown;
  try {
    const { job } = await client.send(request, action.address);
    // An answer about a job that was there before is the answer to something else.
    if (job !== undefined && !known.has(job.id)) return { live: job };
  } catch (error) {
    if (!(error instanceof ApiError) || error.outcome === "not-done" || error.outcome === "not-sent") throw error;
    lost = error;
  }
  for (const ms of LOOKUPS_MS) {
    if (context.runtime.signal.aborted) break;
    await context.runtime.clock.sleep(ms, context.runtime.signal).catch(() => undefined);
    const found = await client.find(desired.name, desired.apiVersion).catch(() => []);
    const fresh = found.filter((job) => !known.has(job.id) && mayStemFrom(fields, desired.document, job));
    if (fresh.length > 1) return { result: severalMade(action, fresh) };
    const [live] = fresh;
    if (live !== undefined) return { live };
  }
  return { result: unknownCreate(context, action, lost) };
}

/** What was tried, without what it means: that was looked into since. */
function tried(error: ApiError): Partial<ActionResult> {
  const { error: _, status: __, class: ___, reason: ____, ...rest } = resultOf(error);
  return rest;
}

function severalMade(action: Action, jobs: readonly LiveJob[]): ActionResult {
  const ids = jobs.map((job) => job.id).join(" and ");
  return failed("JW2905", "duplicate-name", `${action.address}: several new jobs of this name appeared: ${ids}`, {
    class: "unknown",
    hint: `Somebody else makes jobs of this name. Bind the right one with the annotation jobwright.dev/id, delete the other.`,
  });
}

function unknownCreate(context: ApplyContext, action: Action, lost: unknown): ActionResult {
  const error = lost instanceof ApiError ? lost : undefined;
  const why = error === undefined ? "the answer named no job" : error.message;
  return {
    ...failed("JW2005", "unknown-outcome", `${action.address}: nobody can say whether the job was created (${why})`, {
      class: "unknown",
      hint: `It may exist, or still appear. The next run looks for it, and creates it only after ${context.createSettleMs / 1000} s without it.`,
    }),
    ...(error === undefined ? {} : tried(error)),
  };
}
