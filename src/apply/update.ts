import { isList, isObject, SecretRef, type Value } from "../model/document.ts";
import type { LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action, Change } from "../model/plan.ts";
import type { Intent, JobState } from "../model/state.ts";
import { diffMatch, managedByBase } from "../plan/action.ts";
import type { JobDiff } from "../plan/job-diff.ts";
import { preconditionOf, seenDigest } from "../plan/precondition.ts";
import { maskedPaths, withDeclaredSecrets } from "../plan/secrets.ts";
import { type ApplyContext, applied, clientOf, entryContext, entryFor, failed, resultOf } from "./context.ts";
import { stillUnverified } from "./entry.ts";
import { holds, sendUpdate, type Vanished } from "./send-update.ts";
import { staleResult } from "./stale.ts";
import { carriedMoves, foreignMoves, leftOver, notTaken } from "./verify.ts";

/** Updates one job, or adopts it with an update, or switches an orphan off. */
export async function applyUpdate(
  context: ApplyContext,
  planned: Action,
  intent: Intent | undefined,
): Promise<ActionResult> {
  const apiVersion = planned.desired?.apiVersion ?? planned.base?.apiVersion;
  if (planned.id === undefined || apiVersion === undefined) return applied();
  const client = clientOf(context, planned);
  let fresh = await client.get(planned.id, { apiVersion, showSecrets: readSecrets(planned) });
  if (fresh === undefined) return settleNot(context, intent, staleResult(planned, "the job is gone"));
  if (fresh.facts.status === "DELETING")
    return settleNot(context, intent, staleResult(planned, "the job is being deleted"));
  const now = changesNow(context, planned, fresh);
  if (now.changes.length === 0 && planned.changes.length > 0) return finish(context, planned, intent, fresh, []);
  if (now.precondition !== planned.precondition) {
    return settleNot(context, intent, staleResult(planned, "a managed field was changed since the plan", now.changes));
  }
  // The same changes, as they read on the job of now: where the plan would make an object that was not there, somebody
  // may have made it meanwhile, with more in it.
  const action = { ...planned, changes: now.changes };
  const readable = await withReadSecrets(context, action, fresh);
  if ("status" in readable) return settleNot(context, intent, readable);
  fresh = readable;
  const platform = context.input.platform(action.provider);
  const request = platform.updateRequest(apiVersion, fresh, action.changes);
  if (request === undefined) return finish(context, action, intent, fresh, []);
  if (request.method === "PUT" && fresh.inexact.length > 0)
    return settleNot(context, intent, unsafeNumbers(action, fresh));
  const answered = await sendUpdate(context, {
    ...{ action, request, apiVersion, before: fresh },
    preconditionOf: (live) => changesNow(context, action, live).precondition,
  });
  if ("gone" in answered) return settleNot(context, intent, vanished(action, answered));
  const notes =
    request.method === "PUT"
      ? carriedMoves(platform.fields, action.carried?.paths ?? [], fresh, answered)
      : foreignMoves(platform.fields, action.changes, fresh, answered);
  return finish(context, action, intent, answered, notes);
}

function vanished({ address }: Action, { gone, error }: Vanished): ActionResult {
  if (error !== undefined) return { ...resultOf(error), status: "stale", reason: "stale" };
  return failed("JW3101", "stale", `${address}: the job vanished while it was written`, {
    class: gone,
    hint: "Somebody deleted it. Look at a new plan and apply that.",
  });
}

/** Whether the plan was made with secret values read from the platform: then they are compared again. */
function readSecrets(action: Action): boolean {
  return action.live !== undefined && knownSecrets(action.live.document);
}

function knownSecrets(value: Value): boolean {
  if (value instanceof SecretRef) return value.key !== undefined;
  if (isList(value)) return value.some(knownSecrets);
  return isObject(value) && Object.values(value).some(knownSecrets);
}

/** What the plan would change now, from the job as just read. */
function changesNow(
  context: ApplyContext,
  action: Action,
  fresh: LiveJob,
): { changes: readonly Change[]; precondition: string } {
  if (action.desired === undefined) {
    const platform = context.input.platform(action.provider);
    const managed = action.base === undefined ? new Map() : managedByBase(platform, action.base, fresh);
    return { changes: action.changes, precondition: preconditionOf(fresh, managed) };
  }
  const diff: JobDiff | undefined = diffMatch(context.input, {
    desired: action.desired,
    live: fresh,
    ...(action.base === undefined ? {} : { state: action.base }),
  });
  const changes = (diff?.changes ?? []).filter((c) => action.keepsBase === undefined || c.cause === "drift");
  return { changes, precondition: preconditionOf(fresh, diff?.managed() ?? new Map()) };
}

/** The job with every masked value known: declared here, or read with show_secrets; else a refusal that names them. */
export async function withReadSecrets(
  context: ApplyContext,
  action: Action,
  fresh: LiveJob,
): Promise<LiveJob | ActionResult> {
  const platform = context.input.platform(action.provider);
  const known = (live: LiveJob): LiveJob =>
    action.desired === undefined ? live : withDeclaredSecrets(platform.fields, live, action.desired, action.base);
  const masked = (live: LiveJob): readonly string[] =>
    maskedPaths(platform.fields, live.document).filter((path) => !action.changes.some((c) => covers(c.path, path)));
  let job = known(fresh);
  if (action.provider === "nimble" || masked(job).length === 0) return job;
  const apiVersion = action.desired?.apiVersion ?? "blaxel.ai/v1alpha1";
  const shown = await clientOf(context, action).get(fresh.id, { apiVersion, showSecrets: true });
  if (shown !== undefined) job = known(shown);
  const unreadable = masked(job);
  if (unreadable.length === 0) return job;
  const names = unreadable.map((path) => path.split("/").at(-2) ?? path).join(", ");
  return failed(
    "JW2060",
    "secret-unreadable",
    `${action.address}: the job has secrets that no manifest declares and this key may not read: ${names}`,
    {
      hint: "A PUT without them would lose them. Declare them (value: ${env:NAME}, secret: true), or use the key of a workspace admin.",
    },
  );
}

function covers(changed: string, path: string): boolean {
  return path === changed || path.startsWith(`${changed}/`);
}

function unsafeNumbers(action: Action, { inexact }: LiveJob): ActionResult {
  const shown = inexact.slice(0, 3).map((pointer) => (pointer.length > 200 ? `${pointer.slice(0, 199)}…` : pointer));
  const more = inexact.length > 3 ? ` and ${inexact.length - 3} more` : "";
  return failed(
    "JW2903",
    "number-unsafe",
    `${action.address}: the live job holds values that JavaScript cannot carry unchanged: ${shown.join(", ")}${more}`,
    { hint: "A PUT would damage them. Change this job with the platform's own tools." },
  );
}

async function finish(
  context: ApplyContext,
  action: Action,
  intent: Intent | undefined,
  answered: LiveJob,
  notes: readonly string[],
): Promise<ActionResult> {
  const { desired, base, address } = action;
  if (desired === undefined) {
    const { fields } = context.input.platform(action.provider);
    if (!holds(fields, answered, action.changes)) {
      return settleNot(context, intent, didNotTake(action, action.changes, notes));
    }
    if (intent !== undefined) await context.session.settle([{ seq: intent.seq, kind: "not-done" }]);
    return applied({ notes });
  }
  const left = leftOver(context, desired, answered, base);
  const missed = notTaken(action.changes, left);
  if (missed.length > 0) {
    // What was declared last stays the base; how the job looks since is our own doing.
    if (base !== undefined) await record(context, intent, { kind: "put", address, job: lookedAt(base, answered) });
    return base === undefined
      ? settleNot(context, intent, didNotTake(action, missed, notes))
      : didNotTake(action, missed, notes);
  }
  const adopted = action.action === "adopt" ? { adopted: true } : {};
  const sent = action.changes.map((change) => change.path);
  const { fields } = context.input.platform(action.provider);
  const imported = stillUnverified(entryContext(context), fields, desired, base, sent);
  const entry = entryFor(context, desired, answered, base, { ...adopted, ...imported });
  const job = action.keepsBase && base !== undefined ? { ...entry, declared: base.declared } : entry;
  await record(context, intent, { kind: "put", address, job });
  return applied({ notes, ...(left.length > 0 && !action.keepsBase ? { notConverged: left } : {}) });
}

function lookedAt(entry: JobState, live: LiveJob): JobState {
  const { updatedAt } = live.facts;
  return { ...entry, seen: seenDigest(live), ...(updatedAt === undefined ? {} : { updatedAt }) };
}

function didNotTake({ address }: Action, missed: readonly Change[], notes: readonly string[]): ActionResult {
  return {
    ...failed(
      "JW2902",
      "not-taken",
      `${address}: the platform answered without error, but ${missed.map((c) => c.path).join(", ")} did not take`,
      { class: "done", hint: "The platform changed or ignored what was sent; see the two values.", notes },
    ),
    notConverged: missed,
  };
}

async function record(
  context: ApplyContext,
  intent: Intent | undefined,
  change: Parameters<ApplyContext["session"]["change"]>[0][number],
): Promise<void> {
  if (intent === undefined) await context.session.change([change]);
  else await context.session.settle([{ seq: intent.seq, kind: "done", change }]);
}

/** Closes an intent that led to nothing. */
export async function settleNot(
  context: ApplyContext,
  intent: Intent | undefined,
  result: ActionResult,
): Promise<ActionResult> {
  if (intent !== undefined) {
    await context.session.settle([{ seq: intent.seq, kind: result.class === "unknown" ? "unknown" : "not-done" }]);
  }
  return result;
}
