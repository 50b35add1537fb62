import { applyChanges, leafPaths, valueAt } from "../document/edit.ts";
import { type Document, objectFrom, SecretRef, type Value } from "../model/document.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { Action, Carried, Change, PlannedRequest } from "../model/plan.ts";
import type { JobState } from "../model/state.ts";
import { baseDocument } from "./base.ts";
import type { PlanInput, Platform } from "./input.ts";
import { diffJob, type JobDiff } from "./job-diff.ts";
import type { Match, Orphan } from "./match.ts";
import { absencePrecondition, preconditionOf } from "./precondition.ts";
import { withDeclaredSecrets } from "./secrets.ts";
import { scheduleSwitches, setSwitches } from "./switches.ts";

/** Stands in a request's path for the id that a create of the same action will have made. */
const NEW_ID = "{id}";

/** What comes of one manifest. */
export interface JobPlan {
  readonly action?: Action;
  readonly paused: readonly Change[];
  /** Whether something is to be done that this run leaves as it is: it heals drift alone. */
  readonly isLeft?: boolean;
}

/** The three-way diff of a match, as the flags want it. */
export function diffMatch(input: PlanInput, { desired, live, state }: Match): JobDiff | undefined {
  if (live === undefined) return undefined;
  const rotated = input.flags.rotate
    .filter((name) => name.startsWith(`${desired.address}/`))
    .map((name) => `/spec/runtime/envs/${name.slice(desired.address.length + 1).replaceAll("~", "~0")}/value`);
  return diffJob(
    {
      table: input.platform(desired.provider).fields,
      secrets: input.secrets,
      fingerprint: input.fingerprint,
      resume: input.flags.resume,
      rotated: new Set(rotated),
    },
    desired,
    live,
    state,
  );
}

/** Plans one manifest: create, update, adopt, replace or nothing. */
export function planJob(input: PlanInput, match: Match): JobPlan {
  const { desired, live, state } = match;
  const platform = input.platform(desired.provider);
  const diff = diffMatch(input, match);
  if (live === undefined || diff === undefined) return createPlan(input, platform, desired, state);
  const present = { desired, live, state };
  const healing = input.flags.onlyCause === "drift";
  const changes = healing ? diff.changes.filter((c) => c.cause === "drift") : diff.changes;
  const { paused } = diff;
  const doomed = doomedOf(state);
  const replaces = !healing && (diff.immutable.length > 0 || match.movedFrom !== undefined);
  const resumes = !healing && !replaces && doomed.length > 0;
  const adopts = !healing && !input.stateless && state === undefined;
  // Most jobs end here: what only an action needs is made below.
  if (changes.length === 0 && !replaces && !resumes && !adopts)
    return { paused, isLeft: diff.changes.length > 0 || diff.immutable.length > 0 || doomed.length > 0 };
  const common = {
    ...head(desired),
    id: live.id,
    precondition: preconditionOf(live, diff.managed()),
    notes: pausedNotes(changes, paused),
    live,
    ...(state === undefined ? {} : { base: state }),
    ...(diff.unverifiable.length === 0 ? {} : { unverifiable: diff.unverifiable }),
    ...(changes.some((c) => c.cause !== "pending") ? { touched: touchedBy(live) } : {}),
  };
  if (replaces) return { action: { ...common, ...replacement(platform, present, changes) }, paused };
  if (resumes) return { action: { ...common, ...resumedReplace(platform, present, changes, doomed) }, paused };
  const action: Action = {
    ...common,
    ...updateParts(platform, present, changes),
    action: adopts ? "adopt" : "update",
    changes,
    ...(healing ? { keepsBase: true } : {}),
    notes: [...common.notes, ...(match.impostor ? [IMPOSTOR] : []), ...unverifiableNotes(diff.unverifiable)],
  };
  return { action, paused };
}

/** Old jobs that earlier replaces still have to delete, by id. */
function doomedOf(state: JobState | undefined): readonly string[] {
  return (state?.doomed ?? []).map((old) => old.id);
}

const IMPOSTOR = "the job of this name that we knew is gone; this is another one, made by somebody else";

function head(desired: DesiredJob) {
  const { address, target, provider, source } = desired;
  return { address, target, provider, source, desired };
}

function touchedBy(live: LiveJob): { updatedAt?: string; updatedBy?: string } {
  const { updatedAt, updatedBy } = live.facts;
  return { ...(updatedAt === undefined ? {} : { updatedAt }), ...(updatedBy === undefined ? {} : { updatedBy }) };
}

function pausedNotes(changes: readonly Change[], paused: readonly Change[]): readonly string[] {
  return changes.length === 0
    ? []
    : paused.map((p) => `${p.path} was paused by hand and stays off (--resume switches it on)`);
}

function unverifiableNotes(paths: readonly string[]): readonly string[] {
  return paths.map((path) => `${path}: a secret that cannot be compared (no fingerprint yet); it is set once`);
}

function createPlan(input: PlanInput, platform: Platform, desired: DesiredJob, state: JobState | undefined): JobPlan {
  const gone = state !== undefined;
  if (input.flags.onlyCause === "drift" && !gone) return { paused: [], isLeft: true };
  const action: Action = {
    ...head(desired),
    action: "create",
    changes: createChanges(desired.document, gone ? "drift" : "pending"),
    requests: [platform.createRequest(desired)],
    precondition: absencePrecondition(desired.target, desired.name),
    notes: gone ? [`it was ours (${state.id}) and is gone: deleted by hand?`] : [],
    ...(gone ? { base: state } : {}),
  };
  return { action, paused: [] };
}

/** One `add` for each declared top-level field of metadata and spec. */
function createChanges(document: Document, cause: Change["cause"]): readonly Change[] {
  return (["metadata", "spec"] as const).flatMap((part) =>
    Object.entries(document[part])
      .filter(([, value]) => value !== null)
      .map(([key, after]): Change => ({ op: "add", path: `/${part}/${key}`, after, cause })),
  );
}

/** A job that is live, with what the state knows of it. */
interface Present {
  readonly desired: DesiredJob;
  readonly live: LiveJob;
  readonly state: JobState | undefined;
}

/** The update request of a job, and what it carries. */
function updateParts(
  platform: Platform,
  { desired, live, state }: Present,
  changes: readonly Change[],
): { readonly requests: readonly PlannedRequest[]; readonly carried?: Carried } {
  const known = withDeclaredSecrets(platform.fields, live, desired, state);
  const request = platform.updateRequest(desired.apiVersion, known, changes);
  if (request === undefined) return { requests: [] };
  return {
    requests: [request],
    ...(request.method === "PUT" ? { carried: carriedBy(platform, desired, live, changes) } : {}),
  };
}

function carriedBy(platform: Platform, desired: DesiredJob, live: LiveJob, changes: readonly Change[]): Carried {
  const ours = new Set(leafPaths(platform.fields, desired.document));
  const touched = (path: string): boolean => changes.some((c) => path === c.path || path.startsWith(`${c.path}/`));
  const paths = leafPaths(platform.fields, live.document).filter((path) => !ours.has(path) && !touched(path));
  return { paths: [...paths].sort() };
}

function replacement(platform: Platform, job: Present, changes: readonly Change[]) {
  const { desired, live } = job;
  const wanted = replacementDocument(platform, job, changes);
  const onPaths = scheduleSwitches(desired.provider, wanted)
    .filter((s) => s.on)
    .map((s) => s.path);
  const off = applyChanges(platform.fields, wanted, setSwitches(platform.fields, wanted, onPaths, false));
  const made: LiveJob = {
    ...live,
    id: desired.provider === "nimble" ? NEW_ID : desired.name,
    name: desired.name,
    document: off,
  };
  const on = platform.updateRequest(desired.apiVersion, made, setSwitches(platform.fields, off, onPaths, true));
  const doomed = [live.id, ...doomedOf(job.state).filter((id) => id !== live.id)];
  return {
    action: "replace" as const,
    changes,
    doomed,
    requests: [
      platform.createRequest({ ...desired, document: off }),
      ...doomed.map((id) => platform.deleteRequest(desired.apiVersion, id)),
      ...(on === undefined ? [] : [on]),
    ],
  };
}

/** The new job: what the old one had, with what is declared. Under the other API's word for the template it would clash. */
function replacementDocument(
  platform: Platform,
  { desired, live, state }: Present,
  changes: readonly Change[],
): Document {
  const known = withDeclaredSecrets(platform.fields, live, desired, state);
  const wanted = applyChanges(platform.fields, known.document, changes);
  const other = desired.apiVersion === "nimbleway.com/v2" ? "agent_name" : "extract_template_name";
  const spec = objectFrom(
    Object.entries(wanted.spec).filter(([key]) => desired.provider !== "nimble" || key !== other),
  );
  return { ...wanted, metadata: { ...wanted.metadata, name: desired.name }, spec };
}

/** A replace that was interrupted after the new job was made: delete the old one, then switch the new one on. */
function resumedReplace(platform: Platform, job: Present, changes: readonly Change[], doomed: readonly string[]) {
  const { desired } = job;
  const { requests } = updateParts(platform, job, changes);
  return {
    action: "replace" as const,
    changes,
    doomed,
    requests: [...doomed.map((id) => platform.deleteRequest(desired.apiVersion, id)), ...requests],
    notes: ["an earlier replace was interrupted: the new job exists, the old one is still to be deleted"],
  };
}

/** What `--prune` does with an owned job whose manifest is gone. */
export function planOrphan(input: PlanInput, { address, state, live }: Orphan): Action | undefined {
  const provider = state.apiVersion === "blaxel.ai/v1alpha1" ? "blaxel" : "nimble";
  const platform = input.platform(provider);
  const common = {
    address,
    target: address.slice(0, address.indexOf("/")),
    provider,
    id: state.id,
    changes: [],
    requests: [],
    base: state,
    notes: [],
  } as const;
  const doomed = state.onRemove === "delete" ? doomedOf(state) : [];
  const absence = absencePrecondition(common.target, state.id);
  if (state.onRemove === "forget" || (live === undefined && doomed.length === 0)) {
    const notes =
      live === undefined ? ["it is gone live as well"] : ["the annotation on-remove: forget leaves it live"];
    return { ...common, action: "forget", precondition: absence, notes };
  }
  const precondition = live === undefined ? absence : preconditionOf(live, managedByBase(platform, state, live));
  // What a replace left to be deleted goes with the job; apply looks whether it is there.
  if (state.onRemove === "delete") {
    const listed = leftToDelete(input, common.target, state);
    const left = live === undefined && listed.length === 0 ? doomed : listed;
    const ids = [...left, ...(live === undefined ? [] : [state.id])];
    const requests = ids.map((id) => platform.deleteRequest(state.apiVersion, id));
    const notes = [`${left.join(", ")}, which an earlier replace left to be deleted, is deleted with it`];
    const also = left.length === 0 ? {} : { doomed: left, notes };
    return { ...common, ...also, action: "delete", requests, precondition, ...(live === undefined ? {} : { live }) };
  }
  if (live === undefined) return undefined;
  const paths = scheduleSwitches(provider, live.document)
    .filter((s) => s.on)
    .map((s) => s.path);
  const changes = setSwitches(platform.fields, live.document, paths, false);
  const request = platform.updateRequest(state.apiVersion, live, changes);
  if (request === undefined) return undefined;
  const notes = ["its manifest is gone and the annotation on-remove: disable switches it off"];
  return { ...common, action: "update", requests: [request], precondition, live, changes, notes };
}

/** Of what earlier replaces left to be deleted, the ids that are live still. */
function leftToDelete(input: PlanInput, target: string, { doomed = [] }: JobState): readonly string[] {
  const live = new Map(input.live.get(target)?.map((job) => [job.id, job.facts.createdAt]));
  return doomed
    .filter(({ id, createdAt }) => live.has(id) && (createdAt === undefined || createdAt === live.get(id)))
    .map(({ id }) => id);
}

/** What of a live job without manifest a plan rests on: what was declared when it had one. */
export function managedByBase(platform: Platform, state: JobState, live: LiveJob): ReadonlyMap<string, Value> {
  const paths = leafPaths(platform.fields, baseDocument(state.declared));
  return new Map(
    paths.map((path) => {
      const value = valueAt(platform.fields, live.document, path) ?? null;
      return [path, value instanceof SecretRef ? SecretRef.masked() : value];
    }),
  );
}
