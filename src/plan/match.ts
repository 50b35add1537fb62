import type { Diagnostic } from "../model/diagnostic.ts";
import { type Address, addressOf, type DesiredJob, type LiveJob, splitAddress } from "../model/job.ts";
import type { JobState } from "../model/state.ts";
import { byName, type JobsByName } from "./by-name.ts";
import type { PlanInput } from "./input.ts";

/** A manifest and the live job that it is about. */
export interface Match {
  readonly desired: DesiredJob;
  readonly live?: LiveJob;
  /** What the state knows of the job, under this address or the one that it moved from. */
  readonly state?: JobState;
  /** The address it used to have, where it is being renamed. */
  readonly movedFrom?: Address;
  /** The state had another job of this name, which is gone; this one is not ours. */
  readonly impostor?: true;
  /** There is none of the name, but one whose name no reader could tell from it (the same in other characters). */
  readonly lookalike?: LiveJob;
}

/** An owned job whose manifest is gone. */
export interface Orphan {
  readonly address: Address;
  readonly state: JobState;
  /** Absent where it is gone live as well. */
  readonly live?: LiveJob;
}

/** Who is who. */
export interface Matches {
  readonly matched: readonly Match[];
  readonly orphans: readonly Orphan[];
  /** Live, declared nowhere, owned by nobody here. */
  readonly unmanaged: readonly { readonly target: string; readonly live: LiveJob }[];
  /** What cannot be decided: two live jobs of a name, an id that is not there, one job claimed twice. */
  readonly problems: readonly Diagnostic[];
}

interface Index {
  readonly byId: ReadonlyMap<string, LiveJob>;
  readonly byName: JobsByName;
  /** Names that Unicode can spell in several ways, in the composed one. */
  readonly byComposed: ReadonlyMap<string, LiveJob>;
}

/** Finds for each manifest its live job: by the id of its annotation, by the id that the state knows, then by name. */
export function matchJobs(input: PlanInput): Matches {
  const present = new Map([...input.live].map(([target, jobs]) => [target, jobs.filter((job) => !isLeaving(job))]));
  const indexes = new Map([...present].map(([target, jobs]) => [target, indexOf(jobs)]));
  const problems: Diagnostic[] = [];
  const matched = input.desired.map((desired) => matchOne(input, indexes, desired, problems));
  problems.push(...claimedTwice(matched));
  const moved = new Set(matched.flatMap((match) => (match.movedFrom === undefined ? [] : [match.movedFrom])));
  const declared = new Set(input.desired.map((job) => job.address));
  // A renamed job that an interrupted replace still has to delete is no orphan of its own.
  const doomed = new Set(
    Object.entries(input.state?.jobs ?? {}).flatMap(([address, job]) =>
      (job.doomed ?? []).map((old) => `${splitAddress(address).target}/${old.id}`),
    ),
  );
  const orphans = Object.entries(input.state?.jobs ?? {})
    .filter(
      ([address, job]) =>
        !declared.has(address) && !moved.has(address) && !doomed.has(`${splitAddress(address).target}/${job.id}`),
    )
    .map(([address, state]): Orphan => {
      const live = ownedLive(indexes.get(splitAddress(address).target), state);
      return { address, state, ...(live === undefined ? {} : { live }) };
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return { matched, orphans, unmanaged: unmanaged(input, present, matched, orphans), problems };
}

/** A job that is being deleted is still listed for a while; for a plan it is gone. */
export function isLeaving(job: LiveJob): boolean {
  return job.facts.status === "DELETING";
}

/** Names that can be spelled in one way only; nearly all are. */
const PLAIN = /^[\x20-\x7e]*$/;

function indexOf(jobs: readonly LiveJob[]): Index {
  const composable = jobs.filter(({ name }) => !PLAIN.test(name));
  const byComposed = new Map(composable.map((job) => [job.name.normalize("NFC"), job]));
  return { byId: new Map(jobs.map((job) => [job.id, job])), byName: byName(jobs), byComposed };
}

/** The live job that a state entry means: same id and, where both are known, the same time of creation. */
function ownedLive(index: Index | undefined, state: JobState): LiveJob | undefined {
  const live = index?.byId.get(state.id);
  return live !== undefined && isOwned(state, live) ? live : undefined;
}

/** Whether a live job of an entry's id is the very one, and not a later one of the same name. */
export function isOwned({ createdAt }: JobState, { facts }: LiveJob): boolean {
  return createdAt === undefined || facts.createdAt === undefined || facts.createdAt === createdAt;
}

function matchOne(
  input: PlanInput,
  indexes: ReadonlyMap<string, Index>,
  desired: DesiredJob,
  problems: Diagnostic[],
): Match {
  const index = indexes.get(desired.target);
  const state = input.state?.jobs[desired.address];
  const { id, movedFrom } = desired.annotations;
  if (id !== undefined) {
    const live = index?.byId.get(id);
    if (live !== undefined) return match(desired, live, state?.id === id ? state : undefined);
    if (index !== undefined) problems.push(unknownId(desired, id));
    return match(desired, undefined, state);
  }
  const owned = state && ownedLive(index, state);
  if (owned !== undefined) return match(desired, owned, state);
  const twins = index?.byName.get(desired.name) ?? [];
  if (twins.length > 1) problems.push(duplicateName(desired, twins));
  const [live] = twins;
  if (live !== undefined)
    return { ...match(desired, live, undefined), ...(state === undefined ? {} : { impostor: true }) };
  const previous = movedFrom === undefined ? undefined : addressOf(desired.target, movedFrom);
  const previousState = previous === undefined ? undefined : input.state?.jobs[previous];
  const previousLive =
    previousState === undefined ? index?.byName.get(movedFrom ?? "")?.[0] : ownedLive(index, previousState);
  if (previous !== undefined && previousLive !== undefined) {
    return { ...match(desired, previousLive, previousState), movedFrom: previous };
  }
  const lookalike = PLAIN.test(desired.name) ? undefined : index?.byComposed.get(desired.name.normalize("NFC"));
  return { ...match(desired, undefined, state), ...(lookalike === undefined ? {} : { lookalike }) };
}

function match(desired: DesiredJob, live: LiveJob | undefined, state: JobState | undefined): Match {
  return { desired, ...(live === undefined ? {} : { live }), ...(state === undefined ? {} : { state }) };
}

function unmanaged(
  input: PlanInput,
  present: ReadonlyMap<string, readonly LiveJob[]>,
  matched: readonly Match[],
  orphans: readonly Orphan[],
): readonly { readonly target: string; readonly live: LiveJob }[] {
  const known = new Set<string>();
  for (const { desired, live } of matched) if (live !== undefined) known.add(`${desired.target}/${live.id}`);
  for (const { address, state } of orphans) known.add(`${splitAddress(address).target}/${state.id}`);
  for (const [address, state] of Object.entries(input.state?.jobs ?? {})) {
    for (const old of state.doomed ?? []) known.add(`${splitAddress(address).target}/${old.id}`);
  }
  return [...present].flatMap(([target, jobs]) =>
    jobs.filter((live) => !known.has(`${target}/${live.id}`)).map((live) => ({ target, live })),
  );
}

function claimedTwice(matched: readonly Match[]): readonly Diagnostic[] {
  const claims = new Map<string, Match>();
  const problems: Diagnostic[] = [];
  for (const match of matched) {
    const { desired, live, state } = match;
    if (live === undefined) continue;
    const key = `${desired.target}/${live.id}`;
    const first = claims.get(key);
    const other = first?.desired;
    if (other === undefined) claims.set(key, match);
    // Where the state itself says so of both, the manifests are not at fault: the guard refuses the plan.
    else if (state?.id !== live.id || first?.state?.id !== live.id)
      problems.push({
        code: "JW1403",
        severity: "error",
        message: `${desired.address} and ${other.address} are both about the live job ${live.id}`,
        ...desired.source,
        address: desired.address,
        hint: "One live job has one manifest. Remove one of them, or bind each with the annotation jobwright.dev/id.",
      });
  }
  return problems;
}

function unknownId(desired: DesiredJob, id: string): Diagnostic {
  return {
    code: "JW1402",
    severity: "error",
    message: `there is no live job ${id}, which the annotation jobwright.dev/id of ${desired.address} names`,
    ...desired.source,
    address: desired.address,
    hint: "Correct the id, or remove the annotation to match the job by its name.",
  };
}

function duplicateName(desired: DesiredJob, twins: readonly LiveJob[]): Diagnostic {
  const ids = twins.map((job) => job.id).join(" and ");
  return {
    code: "JW1401",
    severity: "error",
    message: `${twins.length} live jobs are named ${desired.name}: ${ids}`,
    ...desired.source,
    address: desired.address,
    hint: `Say which one is meant: metadata.annotations["jobwright.dev/id"]: ${twins[0]?.id ?? ""} (or delete the other).`,
  };
}
