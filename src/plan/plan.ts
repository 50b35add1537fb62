import { InvalidInputError } from "../errors.ts";
import { type Address, addressOf, type LiveJob } from "../model/job.ts";
import type { Action, Plan, PlanWarning, Standing, Summary } from "../model/plan.ts";
import { type JobPlan, planJob, planOrphan } from "./action.ts";
import { digestOf } from "./digest.ts";
import { guard } from "./guard.ts";
import type { PlanInput } from "./input.ts";
import { type Match, matchJobs, type Orphan } from "./match.ts";
import { suggestMoves } from "./moves.ts";
import { seenDigest } from "./precondition.ts";
import { settledJob } from "./settle.ts";

/**
 * What apply would do. Pure: the same input gives the same plan. Throws InvalidInputError for what cannot be decided
 * (two live jobs of one name, an unknown id).
 */
export function makePlan(input: PlanInput): Plan {
  const { matched, orphans, unmanaged, problems } = matchJobs(input);
  const inScope = matched.filter(({ desired, state }) => input.inScope(desired.address, state));
  const mine = new Set(inScope.map(({ desired }) => desired.address));
  const blocking = problems.filter((p) => p.address === undefined || mine.has(p.address));
  if (blocking.length > 0) throw new InvalidInputError(blocking);

  const held = inScope.filter((match) => isHeld(match, input.now));
  const planned = inScope
    .filter((match) => !held.includes(match))
    .map((match) => ({ match, plan: planJob(input, match) }));
  const orphaned = orphans.filter(({ address, state }) => input.inScope(address, state));
  const pruned = input.flags.prune && input.flags.onlyCause === undefined ? orphaned : [];
  const actions = [
    ...planned.flatMap(({ plan }) => (plan.action === undefined ? [] : [plan.action])),
    ...pruned.flatMap((orphan) => planOrphan(input, orphan) ?? []),
  ].sort((a, b) => (a.address < b.address ? -1 : 1));
  const standings = [
    ...held.map(heldStanding),
    ...planned.flatMap(({ match, plan }) => standingsOf(match, plan)),
    ...(input.flags.prune ? [] : orphaned.map(orphanStanding)),
    ...unmanaged.map(({ target, live }) => unmanagedStanding(target, live)),
  ].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));

  return {
    actions,
    standings,
    refusals: guard(input, actions),
    warnings: warningsOf(input, actions, orphaned),
    summary: summarise(actions, standings, planned),
    digest: digestOf(actions),
    targets: input.targets,
    settled: input.stateless ? [] : planned.flatMap(({ match, plan }) => settledJob(match, plan)),
    drifted: hasDrift(planned, actions),
    narrowed: input.narrowed,
  };
}

function isHeld({ state }: Match, now: Date): boolean {
  const until = state?.hold?.until;
  return until !== undefined && new Date(until).getTime() > now.getTime();
}

function heldStanding({ desired, state }: Match): Standing {
  const { address, target } = desired;
  const hold = state?.hold;
  return { address, target, kind: "held", note: `held until ${hold?.until ?? ""}: ${hold?.reason ?? ""}` };
}

function standingsOf({ desired, live, state }: Match, { paused, action }: JobPlan): readonly Standing[] {
  const { address, target } = desired;
  const standings: Standing[] = [];
  const by = live?.facts.updatedBy === undefined ? "" : ` by ${live.facts.updatedBy}`;
  if (paused.length > 0) {
    const what = paused.map((p) => p.path).join(", ");
    const note = `paused by hand${by}: ${what}; left off (apply --resume switches it on)`;
    standings.push({ address, target, kind: "paused", note, changes: paused });
  }
  const invisible = (desired.ignore.length > 0 || JSON.stringify(state?.declared ?? {}).includes('"$secret"')) && live;
  if (!action && invisible && state?.updatedAt !== undefined && state.seen === seenDigest(invisible)) {
    const { updatedAt } = invisible.facts;
    if (updatedAt !== undefined && updatedAt > state.updatedAt) {
      const note = `touched${by} at ${updatedAt} where we cannot see: a secret or an ignored field may have changed`;
      standings.push({ address, target, kind: "touched", note });
    }
  }
  return standings;
}

function orphanStanding({ address, state, live }: Orphan): Standing {
  const verb = { delete: "delete", disable: "switch off", forget: "forget" }[state.onRemove];
  const note =
    live === undefined ? "its manifest is gone, and it is gone live" : `its manifest is gone; --prune would ${verb} it`;
  return { address, target: address.slice(0, address.indexOf("/")), kind: "orphaned", note, id: state.id };
}

function unmanagedStanding(target: string, live: LiveJob): Standing {
  return {
    address: addressOf(target, live.name),
    target,
    kind: "unmanaged",
    note: "no manifest declares it",
    id: live.id,
  };
}

function warningsOf(input: PlanInput, actions: readonly Action[], orphans: readonly Orphan[]): readonly PlanWarning[] {
  const partial: PlanWarning[] = input.narrowed
    ? [{ code: "JW3501", message: "the run is narrowed: this plan is about some of the jobs only" }]
    : [];
  return [...partial, ...suggestMoves(actions, orphans), ...twinsOf(input)];
}

/** Live jobs that have an owned Nimble job's name: a lost create that came late, or somebody's copy. */
function twinsOf(input: PlanInput): readonly PlanWarning[] {
  return input.desired.flatMap(({ address, target, name, provider }): PlanWarning[] => {
    const owned = input.state?.jobs[address];
    if (provider !== "nimble" || owned === undefined || !input.inScope(address, owned)) return [];
    const doomed = new Set((owned.doomed ?? []).map((old) => old.id));
    const twins =
      twinIndex(input, target)
        .get(name)
        ?.filter((id) => id !== owned.id && !doomed.has(id)) ?? [];
    if (twins.length === 0) return [];
    const message = `${address} is ${owned.id}, but ${twins.join(", ")} has the same name: delete what is not wanted on the platform`;
    return [{ code: "JW3503", address, message }];
  });
}

const twinIndexes = new WeakMap<readonly LiveJob[], ReadonlyMap<string, readonly string[]>>();

function twinIndex(input: PlanInput, target: string): ReadonlyMap<string, readonly string[]> {
  const jobs = input.live.get(target) ?? [];
  const known = twinIndexes.get(jobs);
  if (known !== undefined) return known;
  const index = new Map<string, string[]>();
  for (const { name, id } of jobs) index.set(name, [...(index.get(name) ?? []), id]);
  twinIndexes.set(jobs, index);
  return index;
}

function summarise(
  actions: readonly Action[],
  standings: readonly Standing[],
  planned: readonly { plan: JobPlan }[],
): Summary {
  const acts = (kind: Action["action"]): number => actions.filter((a) => a.action === kind).length;
  const stands = (kind: Standing["kind"]): number => standings.filter((s) => s.kind === kind).length;
  return {
    create: acts("create"),
    update: acts("update"),
    replace: acts("replace"),
    delete: acts("delete"),
    adopt: acts("adopt"),
    forget: acts("forget"),
    unchanged: planned.filter(({ plan }) => plan.action === undefined).length,
    unmanaged: stands("unmanaged"),
    paused: stands("paused"),
    held: stands("held"),
    orphaned: stands("orphaned"),
  };
}

/** Drift: a change that Git did not make, a job paused by hand, an owned job that is gone. */
function hasDrift(planned: readonly { match: Match; plan: JobPlan }[], actions: readonly Action[]): boolean {
  const declared = new Set<Address>(planned.map(({ match }) => match.desired.address));
  return (
    planned.some(({ plan }) => plan.paused.length > 0) ||
    actions.some((a) => declared.has(a.address) && a.changes.some((c) => c.cause !== "pending"))
  );
}
