import { InvalidInputError } from "../errors.ts";
import type { Address } from "../model/job.ts";
import type { Action, Plan, Standing, Summary } from "../model/plan.ts";
import { inShard } from "../model/shard.ts";
import { type JobPlan, planJob, planOrphan } from "./action.ts";
import { digestOf } from "./digest.ts";
import { guard } from "./guard.ts";
import type { PlanInput } from "./input.ts";
import { type Match, matchJobs } from "./match.ts";
import { settledJob } from "./settle.ts";
import { heldStanding, isHeld, orphanStanding, standingsOf, unmanagedStanding } from "./standings.ts";
import { lookalikeWarning, warningsOf } from "./warnings.ts";

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

  // A hold is of the address: whoever stands there by now, also a job that somebody made anew.
  const holds = new Map(
    inScope.flatMap(({ desired: { address }, state }) => {
      const held = [state, input.state?.jobs[address]].find((each) => isHeld(each, input.now));
      return held === undefined ? [] : [[address, held] as const];
    }),
  );
  const ours = (address: Address): boolean => input.shard === undefined || inShard(input.shard, address);
  const all = inScope
    .filter(({ desired, lookalike }) => !holds.has(desired.address) && lookalike === undefined)
    .map((match) => ({ match, plan: planJob(input, match) }));
  const planned = all.filter(({ match }) => ours(match.desired.address));
  const orphaned = orphans.filter(({ address, state }) => input.inScope(address, state));
  const heldOrphans = orphaned.filter(({ state }) => isHeld(state, input.now));
  const free = orphaned.filter(({ state }) => !isHeld(state, input.now));
  const pruned = input.flags.prune && input.flags.onlyCause === undefined ? free : [];
  const wanted = [
    ...all.flatMap(({ plan }) => (plan.action === undefined ? [] : [plan.action])),
    ...pruned.flatMap((orphan) => planOrphan(input, orphan) ?? []),
  ].sort((a, b) => (a.address < b.address ? -1 : 1));
  const actions = wanted.filter(({ address }) => ours(address));
  const standings = [
    ...[...holds].map(([address, state]) => heldStanding(address, state)),
    ...heldOrphans.map(({ address, state }) => heldStanding(address, state)),
    ...planned.flatMap(({ match, plan }) => standingsOf(match, plan)),
    ...(input.flags.prune ? [] : free.map(orphanStanding)),
    ...unmanaged.map(({ target, live }) => unmanagedStanding(target, live)),
  ]
    .filter(({ address }) => ours(address))
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  const warnings = [...warningsOf(input, wanted, orphaned), ...inScope.flatMap(lookalikeWarning)];

  return {
    actions,
    standings,
    refusals: guard(input, wanted),
    warnings: warnings.filter(({ address }) => address === undefined || ours(address)),
    summary: summarise(actions, standings, planned),
    digest: digestOf(actions),
    targets: input.targets,
    settled: input.stateless ? [] : planned.flatMap(({ match, plan }) => settledJob(match, plan)),
    drifted: hasDrift(planned, actions),
    narrowed: input.narrowed,
  };
}

function summarise(
  actions: readonly Action[],
  standings: readonly Standing[],
  planned: readonly { plan: JobPlan }[],
): Summary {
  const acts = (kind: Action["action"]): number => actions.filter((a) => a.action === kind).length;
  const stands = (kind: Standing["kind"]): number => standings.filter((s) => s.kind === kind).length;
  const idle = planned.filter(({ plan }) => plan.action === undefined);
  const left = idle.filter(({ plan }) => plan.isLeft === true).length;
  return {
    create: acts("create"),
    update: acts("update"),
    replace: acts("replace"),
    delete: acts("delete"),
    adopt: acts("adopt"),
    forget: acts("forget"),
    unchanged: idle.length - left,
    unmanaged: stands("unmanaged"),
    paused: stands("paused"),
    held: stands("held"),
    orphaned: stands("orphaned"),
    ...(left === 0 ? {} : { left }),
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
