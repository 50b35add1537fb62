import { applyChanges } from "../document/edit.ts";
import { schedulesOf } from "../document/schedules.ts";
import { addressOf, type LiveJob, type ProviderId } from "../model/job.ts";
import type { Action, Change, Plan } from "../model/plan.ts";
import type { ScheduleShift } from "../model/schedule.ts";
import type { PlanInput } from "./input.ts";
import { isLeaving, matchJobs } from "./match.ts";

/**
 * The schedules of all live and declared jobs of the targets that were read, as they are live and as they are after the
 * plan; jobs that the plan leaves alone included. Sorted by address.
 */
export function planShifts(input: PlanInput, plan: Plan): readonly ScheduleShift[] {
  const byLive = new Map(plan.actions.flatMap((each) => (each.live ? [[keyOf(each.target, each.live.id), each]] : [])));
  const doomed = new Set(plan.actions.flatMap(({ target, doomed = [] }) => doomed.map((id) => keyOf(target, id))));
  const jobs = present(input).map(({ target, provider, live }): ScheduleShift => {
    const before = schedulesOf(provider, live.document);
    const action = byLive.get(keyOf(target, live.id));
    const address = action?.address ?? addressOf(target, live.name);
    if (action !== undefined) return { target, address, before, after: afterAction(input, action, live) };
    return { target, address, before, after: doomed.has(keyOf(target, live.id)) ? [] : before };
  });
  return [...jobs, ...created(plan).map((action) => ({ ...action, before: [] }))].sort(byAddress);
}

/**
 * The same for drift: as Git has the jobs, and as they are live. Changes that only wait in Git are on neither side.
 */
export function driftShifts(input: PlanInput, plan: Plan): readonly ScheduleShift[] {
  const addresses = new Map(
    matchJobs(input).matched.flatMap(({ desired, live }) =>
      live === undefined ? [] : [[keyOf(desired.target, live.id), desired.address] as const],
    ),
  );
  const moved = driftByAddress(plan);
  const jobs = present(input).map(({ target, provider, live }): ScheduleShift => {
    const address = addresses.get(keyOf(target, live.id));
    const after = schedulesOf(provider, live.document);
    const changes = address === undefined ? [] : (moved.get(address) ?? []);
    if (address === undefined || changes.length === 0)
      return { target, address: address ?? addressOf(target, live.name), before: after, after };
    const declared = applyChanges(input.platform(provider).fields, live.document, changes);
    return { target, address, before: schedulesOf(provider, declared), after };
  });
  const gone = created(plan, ({ base }) => base !== undefined);
  return [...jobs, ...gone.map(({ after, ...rest }) => ({ ...rest, before: after, after: [] }))].sort(byAddress);
}

function driftByAddress(plan: Plan): ReadonlyMap<string, readonly Change[]> {
  const paused = plan.standings.filter(({ kind }) => kind === "paused");
  const changed = plan.actions.filter(({ live, desired }) => live !== undefined && desired !== undefined);
  const moved = new Map<string, readonly Change[]>();
  for (const { address, changes = [] } of [...changed, ...paused]) {
    const drifted = changes.filter(({ cause }) => cause !== "pending");
    moved.set(address, [...(moved.get(address) ?? []), ...drifted]);
  }
  return moved;
}

function afterAction(input: PlanInput, action: Action, live: LiveJob): ScheduleShift["after"] {
  const { provider, changes } = action;
  if (action.action === "delete") return [];
  if (action.action === "forget" || changes.length === 0) return schedulesOf(provider, live.document);
  return schedulesOf(provider, applyChanges(input.platform(provider).fields, live.document, changes));
}

function created(
  plan: Plan,
  which: (action: Action) => boolean = () => true,
): readonly Omit<ScheduleShift, "before">[] {
  return plan.actions
    .filter((action) => action.action === "create" && which(action))
    .flatMap(({ target, address, provider, desired }) =>
      desired === undefined ? [] : [{ target, address, after: schedulesOf(provider, desired.document) }],
    );
}

/** A job that is being deleted fires no more. */
function present({
  live,
  targets,
}: PlanInput): readonly { readonly target: string; readonly provider: ProviderId; readonly live: LiveJob }[] {
  return [...live].flatMap(([target, jobs]) => {
    const provider = targets[target]?.provider;
    if (provider === undefined) return [];
    return jobs.filter((job) => !isLeaving(job)).map((job) => ({ target, provider, live: job }));
  });
}

function keyOf(target: string, id: string): string {
  return `${target}/${id}`;
}

function byAddress(a: ScheduleShift, b: ScheduleShift): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}
