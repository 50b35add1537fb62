import { ApiError } from "../errors.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action, PlannedRequest } from "../model/plan.ts";
import { type ApplyContext, clientOf, failed } from "./context.ts";
import type { Made } from "./create.ts";
import { staleResult } from "./stale.ts";
import { leftOver } from "./verify.ts";

/** Between a look that found nothing and the next POST. */
const BEFORE_THE_NEXT_MS = 1000;
const DELETING_WAIT_MS = 60_000;
/** For how long a job that the platform says is made may not be seen yet. */
const SEEN_WITHIN_MS = 30_000;
const POLL_MS = 2_000;

/** The name is the key: a lost create can be looked up for certain, and sent again, since it cannot make a second job. */
export async function makeOnBlaxel(
  context: ApplyContext,
  action: Action,
  desired: DesiredJob,
  request: PlannedRequest,
): Promise<Made> {
  const client = clientOf(context, action);
  const look = (): Promise<LiveJob | undefined> => client.get(desired.name, { apiVersion: desired.apiVersion });
  const there = await waitUntilDeleted(context, look);
  if (there === "still there") return { result: stillDeleting(action) };
  if (there !== undefined) return { result: staleResult(action, "a job of this name exists by now") };
  let seen: LiveJob | undefined;
  const stillDue = async (): Promise<boolean> => {
    seen = await look();
    // It may be on its way: a second one before it comes to the same, but one is enough.
    if (seen === undefined) await context.runtime.clock.sleep(BEFORE_THE_NEXT_MS, context.runtime.signal);
    return seen === undefined;
  };
  try {
    const { job } = await client.send(request, action.address, { stillDue });
    const live = job ?? (await lookUntilSeen(context, look));
    return live === undefined ? { result: madeUnseen(action) } : { live };
  } catch (error) {
    const isTaken = error instanceof ApiError && error.status === 409;
    if (!(error instanceof ApiError) || (error.outcome !== "unknown" && !isTaken)) throw error;
    const found = isTaken ? await lookUntilSeen(context, look) : (seen ?? (await look().catch(() => undefined)));
    const live = found?.facts.status === "DELETING" ? await waitUntilDeleted(context, look) : found;
    if (live === "still there") return { result: stillDeleting(action) };
    if (live === undefined) throw error;
    return ours(context, action, desired, live, error.outcome === "unknown");
  }
}

/** What was just made may show up late. */
async function lookUntilSeen(
  { runtime: { clock, signal } }: ApplyContext,
  look: () => Promise<LiveJob | undefined>,
): Promise<LiveJob | undefined> {
  const until = clock.monotonic() + SEEN_WITHIN_MS;
  for (;;) {
    const job = await look();
    if (job !== undefined || clock.monotonic() >= until || signal.aborted) return job;
    await clock.sleep(POLL_MS, signal);
  }
}

/** The platform says that it made the job: its intent stays open, and the next run finds it. */
function madeUnseen({ address }: Action): ActionResult {
  const seconds = SEEN_WITHIN_MS / 1000;
  return failed(
    "JW2031",
    "bad-answer",
    `${address}: the platform said that the job is created, but does not show it within ${seconds} s`,
    { class: "unknown", hint: "Run again: the next run looks for it." },
  );
}

/**
 * A job that appeared under the name since the look before our create is ours if it is what we sent: a lost create of
 * an earlier run may have come in late. `mayBe`: a create of this run may have made it, whatever became of it since.
 */
function ours(context: ApplyContext, action: Action, desired: DesiredJob, found: LiveJob, mayBe: boolean): Made {
  if (leftOver(context, desired, found, undefined).length === 0) return { live: found };
  const why = "somebody else made a job of this name meanwhile";
  if (!mayBe) return { result: staleResult(action, why) };
  const result = failed("JW3101", "stale", `${action.address}: ${why}, or changed ours at once`, {
    class: "unknown",
    hint: "A create of this run may have made it: look at it, then at a new plan.",
  });
  return { result };
}

async function waitUntilDeleted(
  { runtime: { clock, signal } }: ApplyContext,
  look: () => Promise<LiveJob | undefined>,
): Promise<LiveJob | "still there" | undefined> {
  const until = clock.monotonic() + DELETING_WAIT_MS;
  for (;;) {
    const job = await look();
    if (job === undefined || job.facts.status !== "DELETING") return job;
    if (clock.monotonic() >= until || signal.aborted) return "still there";
    await clock.sleep(POLL_MS, signal);
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
