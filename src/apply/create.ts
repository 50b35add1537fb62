import { ApiError } from "../errors.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action, PlannedRequest } from "../model/plan.ts";
import type { Intent, JobState } from "../model/state.ts";
import { diffMatch } from "../plan/action.ts";
import { type ApplyContext, applied, clientOf, entryFor, failed } from "./context.ts";
import { stillThere } from "./delete.ts";
import { withoutIdentity } from "./entry.ts";
import { overtaken } from "./intents.ts";
import { staleResult } from "./stale.ts";
import { settleNot } from "./update.ts";
import { leftOver } from "./verify.ts";

/** Seconds after which a create without answer is looked for. */
const LOOKUPS_MS = [1000, 2000, 4000, 8000];
/** How often a Blaxel create may be sent: its name is the key, so a second one cannot make a second job. */
const BLAXEL_POSTS = 3;
const DELETING_WAIT_MS = 60_000;
const DELETING_POLL_MS = 2_000;

/** What making a job led to. */
export type Made = { readonly live: LiveJob } | { readonly result: ActionResult };

/** Creates one job and records it as ours. */
export async function applyCreate(
  context: ApplyContext,
  action: Action,
  intent: Intent | undefined,
): Promise<ActionResult> {
  const { desired, address } = action;
  const request = action.requests[0];
  if (desired === undefined || request === undefined) return applied();
  // What a replace of the job that is gone left may be gone as well.
  const left = await stillThere(context, action, action.base ?? {}, desired.apiVersion);
  const made = await makeJob(context, action, desired, request, intent?.before ?? []);
  if ("result" in made) return settleNot(context, intent, made.result);
  return recordMade(context, action, made.live, intent, (live) => ({
    address,
    job: entryFor(context, desired, live, withoutIdentity(action.base, left)),
  }));
}

/** Records a job that was made, and checks that it is what was asked for. */
export async function recordMade(
  context: ApplyContext,
  action: Action,
  live: LiveJob,
  intent: Intent | undefined,
  entry: (live: LiveJob) => { readonly address: string; readonly job: JobState },
): Promise<ActionResult> {
  const change = { kind: "put" as const, ...entry(live) };
  if (intent === undefined) await context.session.change([change]);
  else {
    const settled = { seq: intent.seq, kind: "done", change } as const;
    await context.session.settle([settled, ...overtaken(context.session, intent.address, intent.seq)]);
  }
  const left =
    action.desired === undefined || action.action !== "create"
      ? []
      : leftOver(context, action.desired, live, undefined);
  if (left.length === 0) return applied({ id: live.id });
  return {
    ...failed(
      "JW2902",
      "not-taken",
      `${action.address}: created as ${live.id}, but ${left.map((c) => c.path).join(", ")} did not take`,
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

/** Names are not unique and ids server-made: one POST, and where its answer is lost, looking. */
async function makeOnNimble(
  context: ApplyContext,
  action: Action,
  desired: DesiredJob,
  request: PlannedRequest,
  before: readonly string[],
): Promise<Made> {
  const client = clientOf(context, action);
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
    const fresh = found.filter((job) => !known.has(job.id) && isOfKind(context, desired, job));
    if (fresh.length > 1) return { result: severalMade(action, fresh) };
    const [live] = fresh;
    if (live !== undefined) return { live };
  }
  return { result: unknownCreate(context, action, lost) };
}

/** Whether our create can have made a job at all: nobody can change the agent of one. */
function isOfKind({ input }: ApplyContext, desired: DesiredJob, live: LiveJob): boolean {
  return (diffMatch(input, { desired, live })?.immutable ?? []).length === 0;
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
    ...(error === undefined ? {} : { attempts: error.attempts, request: error.request }),
  };
}

/** The name is the key: a lost create can be looked up for certain, and sent again. */
async function makeOnBlaxel(
  context: ApplyContext,
  action: Action,
  desired: DesiredJob,
  request: PlannedRequest,
): Promise<Made> {
  const client = clientOf(context, action);
  const look = (): Promise<LiveJob | undefined> => client.get(desired.name, { apiVersion: desired.apiVersion });
  const waited = await waitUntilDeleted(context, look);
  if (waited === "still there") return { result: stillDeleting(action) };
  if (waited !== undefined) return { result: staleResult(action, "a job of this name exists by now") };
  for (let post = 1; ; post++) {
    try {
      const { job } = await client.send(request, action.address);
      const live = job ?? (await look());
      if (live !== undefined) return { live };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.outcome !== "unknown" && error.status !== 409) throw error;
      const found = await look().catch(() => undefined);
      if (found !== undefined) return ours(context, action, desired, found, post > 1 || error.outcome === "unknown");
      if (post >= BLAXEL_POSTS || context.runtime.signal.aborted) throw error;
    }
    await context.runtime.clock.sleep(1000, context.runtime.signal);
  }
}

/**
 * A job that appeared under the name since the look before our create is ours if it is what we sent: a lost create of
 * an earlier run may have come in late. `mayBe`: a create of this run may have made it, whatever became of it since.
 */
function ours(context: ApplyContext, action: Action, desired: DesiredJob, found: LiveJob, mayBe: boolean): Made {
  if (leftOver(context, desired, found, undefined).length === 0) return { live: found };
  const stale = staleResult(action, "somebody else made a job of this name meanwhile, or changed ours at once");
  return { result: mayBe ? { ...stale, class: "unknown" } : stale };
}

async function waitUntilDeleted(
  context: ApplyContext,
  look: () => Promise<LiveJob | undefined>,
): Promise<LiveJob | "still there" | undefined> {
  const { clock, signal } = context.runtime;
  const until = clock.monotonic() + DELETING_WAIT_MS;
  for (;;) {
    const job = await look();
    if (job === undefined || job.facts.status !== "DELETING") return job;
    if (clock.monotonic() >= until || signal.aborted) return "still there";
    await clock.sleep(DELETING_POLL_MS, signal);
  }
}

function stillDeleting(action: Action): ActionResult {
  return {
    ...failed("JW2904", "conflict", `${action.address}: a job of this name is still being deleted`, {
      hint: "Run again in a minute.",
    }),
    status: "skipped",
  };
}
