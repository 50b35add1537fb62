import { addressOf, type DesiredJob, type LiveJob, type ProviderId, splitAddress } from "../model/job.ts";
import type { Intent, JobState } from "../model/state.ts";
import type { Roster, RosterJob } from "../model/status.ts";
import type { PlanInput } from "./input.ts";
import { isLeaving, matchJobs } from "./match.ts";
import { schedulesOf } from "./schedules.ts";

/**
 * Everybody that a plan of the same input is about, in sync or not, and the live jobs that nobody here manages. Counts
 * are of all that was read; `jobs` are those in scope.
 */
export function rosterOf(input: PlanInput): Roster {
  const { matched, orphans, unmanaged } = matchJobs(input);
  const open = new Map((input.state?.open ?? []).map((intent) => [intent.address, intent]));
  const jobs = [
    ...matched.map(({ desired, live, state }) => job(desired.address, desired.provider, { desired, live, state })),
    ...orphans.map(({ address, live, state }) => job(address, providerOf(state), { live, state })),
    ...unmanaged.map(({ target, live }) => job(addressOf(target, live.name), targetProvider(input, target), { live })),
  ];
  const known = new Set(jobs.map(({ address }) => address));
  const lost = [...open.values()]
    .filter(({ address }) => !known.has(address))
    .map((intent) => job(intent.address, providerOf(intent), {}));
  return {
    jobs: [...jobs, ...lost]
      .filter(({ address, state }) => input.inScope(address, state))
      .map((each) => withIntent(each, open.get(each.address)))
      .sort(byAddress),
    live: [...input.live.values()].flat().filter((live) => !isLeaving(live)).length,
    unmanaged: unmanaged.length,
  };
}

interface Known {
  readonly desired?: DesiredJob | undefined;
  readonly live?: LiveJob | undefined;
  readonly state?: JobState | undefined;
}

function job(address: string, provider: ProviderId, { desired, live, state }: Known): RosterJob {
  const document = live?.document ?? desired?.document;
  return {
    address,
    target: splitAddress(address).target,
    provider,
    ...(desired === undefined ? {} : { desired }),
    ...(live === undefined ? {} : { live }),
    ...(state === undefined ? {} : { state }),
    schedules: document === undefined ? [] : schedulesOf(provider, document),
  };
}

/** An unmanaged job may have the name of one that is being made; the intent is not about it. */
function withIntent(each: RosterJob, open: Intent | undefined): RosterJob {
  const foreign = each.desired === undefined && each.state === undefined && each.live !== undefined;
  return open === undefined || foreign ? each : { ...each, open };
}

function providerOf({ apiVersion }: Pick<JobState, "apiVersion">): ProviderId {
  return apiVersion === "blaxel.ai/v1alpha1" ? "blaxel" : "nimble";
}

function targetProvider({ targets }: PlanInput, target: string): ProviderId {
  return targets[target]?.provider ?? "nimble";
}

function byAddress(a: RosterJob, b: RosterJob): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return (a.live?.id ?? "") < (b.live?.id ?? "") ? -1 : 1;
}
