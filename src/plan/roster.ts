import { schedulesOf } from "../document/schedules.ts";
import { addressOf, type DesiredJob, type LiveJob, type ProviderId, splitAddress } from "../model/job.ts";
import type { Intent, JobState } from "../model/state.ts";
import type { Roster, RosterJob } from "../model/status.ts";
import type { PlanInput } from "./input.ts";
import { isLeaving, matchJobs } from "./match.ts";

/**
 * Everybody that a plan of the same input is about, in sync or not, and the live jobs that nobody here manages. Counts
 * are of all that was read; `jobs` are those in scope.
 */
export function rosterOf(input: PlanInput): Roster {
  const { matched, orphans, unmanaged } = matchJobs(input);
  const known = [
    ...matched.map(({ desired, live, state }) => job(desired.address, desired.provider, { desired, live, state })),
    ...orphans.map(({ address, live, state }) => job(address, providerOf(state), { live, state })),
    ...unmanaged.map(({ target, live }) => job(addressOf(target, live.name), targetProvider(input, target), { live })),
  ];
  return {
    jobs: withIntents(known, input.state?.open ?? [])
      .filter(({ address, state }) => input.inScope(address, state))
      .sort(byAddress),
    live: [...input.live.values()].flat().filter((live) => !isLeaving(live)).length,
    unmanaged: unmanaged.length,
  };
}

/** Each open intent stands by its job; one that no job here is meant by stands alone. */
function withIntents(known: readonly RosterJob[], open: readonly Intent[]): readonly RosterJob[] {
  const left = new Map(open.map((intent) => [intent.address, intent]));
  const jobs = known.map((each) => {
    const intent = left.get(each.address);
    if (intent === undefined || !isAbout(intent, each)) return each;
    left.delete(each.address);
    return { ...each, open: intent };
  });
  return [
    ...jobs,
    ...[...left.values()].map((intent) => ({ ...job(intent.address, providerOf(intent), {}), open: intent })),
  ];
}

/** A live job that nobody declares and that was there before a create is not what the create made. */
function isAbout({ before = [] }: Intent, { desired, state, live }: RosterJob): boolean {
  return desired !== undefined || state !== undefined || live === undefined || !before.includes(live.id);
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
