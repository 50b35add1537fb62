import { applyChanges } from "../document/edit.ts";
import { type Document, isObject, type Value } from "../model/document.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action } from "../model/plan.ts";
import type { Intent, JobState } from "../model/state.ts";
import { diffMatch, planJob } from "../plan/action.ts";
import { preconditionOf } from "../plan/precondition.ts";
import { scheduleSwitches, setSwitches } from "../plan/switches.ts";
import { type ApplyContext, applied, clientOf, entryFor, failed } from "./context.ts";
import { makeJob, recordMade } from "./create.ts";
import { deleteDoomed } from "./delete.ts";
import { staleResult } from "./stale.ts";
import { applyUpdate, settleNot, withReadSecrets } from "./update.ts";

/**
 * Replaces one job: makes the new one with its schedule off, deletes the old, then switches the new one on, so that no
 * run is doubled. Each step is recorded before the next, so that an interrupted replace is taken up where it stopped.
 */
export async function applyReplace(
  context: ApplyContext,
  action: Action,
  intent: Intent | undefined,
): Promise<ActionResult> {
  const { desired, live } = action;
  if (desired === undefined || live === undefined) return applied();
  let base = action.base;
  const resumed = action.requests[0]?.method !== "POST";
  if (!resumed) {
    const made = await makeNew(context, action, desired, live, intent);
    if ("result" in made) return made.result;
    base = made.entry;
  }
  await deleteDoomed(context, action, base?.doomed ?? [], desired.apiVersion);
  if (base === undefined) return applied();
  const { doomed: gone, ...settled } = base;
  await context.session.change([
    { kind: "put", address: action.address, job: settled },
    ...previousEntries(context, action, gone ?? []),
  ]);
  // The intent of the first step ended with that step; a resumed replace had one of its own.
  if (resumed && intent !== undefined) await context.session.settle([{ seq: intent.seq, kind: "not-done" }]);
  return switchOn(context, action, desired, settled);
}

/** What else the state still holds of the deleted jobs: under the address that a renamed job had. */
function previousEntries(
  context: ApplyContext,
  { address, target }: Action,
  gone: NonNullable<JobState["doomed"]>,
): readonly { readonly kind: "remove"; readonly address: string }[] {
  return Object.entries(context.session.state.jobs)
    .filter(
      ([other, job]) => other !== address && other.startsWith(`${target}/`) && gone.some((old) => old.id === job.id),
    )
    .map(([other]) => ({ kind: "remove", address: other }));
}

/** What the state holds once the new job is made: its schedule off, the old job still to be deleted. */
export function replacementEntry(
  context: ApplyContext,
  action: Action,
  made: Parameters<typeof entryFor>[2],
): JobState {
  const { desired, live } = action;
  if (desired === undefined || live === undefined) throw new Error("a replace has a manifest and a live job");
  const { createdAt } = live.facts;
  const old = { id: live.id, ...(createdAt === undefined ? {} : { createdAt }) };
  // What an earlier replace, of the job that is replaced now, still had to delete is not forgotten.
  const older = (action.base?.doomed ?? []).filter(({ id }) => id !== live.id);
  const off = { ...desired, document: switchedOff(context, desired) };
  return entryFor(context, off, made, undefined, { doomed: [old, ...older] });
}

type New = { readonly entry: JobState } | { readonly result: ActionResult };

async function makeNew(
  context: ApplyContext,
  action: Action,
  desired: DesiredJob,
  planned: LiveJob,
  intent: Intent | undefined,
): Promise<New> {
  const old = await clientOf(context, action).get(planned.id, { apiVersion: desired.apiVersion });
  if (old === undefined)
    return { result: await settleNot(context, intent, staleResult(action, "the old job is gone")) };
  const state = action.base === undefined ? {} : { state: action.base };
  const diff = diffMatch(context.input, { desired, live: old, ...state });
  if (preconditionOf(old, diff?.managed() ?? new Map()) !== action.precondition) {
    const stale = staleResult(action, "a managed field of the old job was changed since the plan", diff?.changes);
    return { result: await settleNot(context, intent, stale) };
  }
  const readable = await withReadSecrets(context, action, old);
  if ("status" in readable) return { result: await settleNot(context, intent, readable) };
  // Built anew from the job as just read, so that what others changed since the plan is carried too.
  const moved = action.id === undefined ? undefined : desired.annotations.movedFrom;
  const previous = moved === undefined ? undefined : `${desired.target}/${moved}`;
  const match = { desired, live: readable, ...state, ...(previous === undefined ? {} : { movedFrom: previous }) };
  const request = planJob(context.input, match).action?.requests[0];
  if (request === undefined) return { result: applied() };
  const made = await makeJob(context, action, desired, request, intent?.before ?? [planned.id]);
  if ("result" in made) return { result: await settleNot(context, intent, made.result) };
  const entry = replacementEntry(context, action, made.live);
  const asked = { ...desired, document: switchedOff(context, desired) };
  const result = await recordMade(context, { action, asked, live: made.live, entry, intent, durable: true });
  // The old job goes only when the new one is what it should be.
  return result.status === "applied" ? { entry } : { result };
}

/** What was declared, as the first step sends it: with its schedule off, so that switching it on is a pending change. */
function switchedOff(context: ApplyContext, desired: DesiredJob): Document {
  const table = context.input.platform(desired.provider).fields;
  const paths = scheduleSwitches(desired.provider, desired.document)
    .filter((s) => s.on)
    .map((s) => s.path);
  const off: Value = applyChanges(table, desired.document, setSwitches(table, desired.document, paths, false));
  return isObject(off) ? (off as Document) : desired.document;
}

const PLAN_AGAIN = "Its schedule was left off. Look at a new plan and apply that.";

async function switchOn(
  context: ApplyContext,
  action: Action,
  desired: DesiredJob,
  base: JobState,
): Promise<ActionResult> {
  const live = await clientOf(context, action).get(base.id, { apiVersion: desired.apiVersion });
  if (live === undefined)
    return failed("JW3101", "stale", `${action.address}: the new job ${base.id} is gone`, { hint: PLAN_AGAIN });
  const diff = diffMatch(context.input, { desired, live, state: base });
  if (diff === undefined || diff.immutable.length > 0)
    return failed("JW3101", "stale", `${action.address}: the new job is not as made`, { hint: PLAN_AGAIN });
  const { requests: _, changes: __, ...rest } = action;
  const result = await applyUpdate(
    context,
    {
      ...rest,
      action: "update",
      id: base.id,
      live,
      base,
      changes: diff.changes,
      requests: [],
      precondition: preconditionOf(live, diff.managed()),
    },
    undefined,
  );
  return { ...result, id: base.id };
}
