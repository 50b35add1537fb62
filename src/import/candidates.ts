import { type Address, addressOf, type DesiredJob, type LiveJob, type ProviderId, splitAddress } from "../model/job.ts";
import type { JobState } from "../model/state.ts";
import type { Matches } from "../plan/match.ts";

/** A live job that a manifest is to be written for. */
export interface Candidate {
  readonly address: Address;
  readonly target: string;
  readonly live: LiveJob;
  /** What the state remembers of it, where its manifest is gone. */
  readonly state?: JobState;
  /** Another live job has its name: the manifest must say which one it means. */
  readonly bound: boolean;
}

/** A live job that cannot be imported, and why. */
export interface Skipped {
  readonly address: Address;
  readonly id: string;
  readonly reason: string;
}

/** What may be imported, and what not, each sorted by target and name. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly Skipped[];
}

/** Live jobs that no manifest declares. Of several with one name, the first (an owned one, else the oldest). */
export function candidatesOf(
  { unmanaged, orphans }: Pick<Matches, "unmanaged" | "orphans">,
  desired: readonly DesiredJob[],
  wanted: (target: string, name: string) => boolean,
): Candidates {
  const found = [
    ...orphans.flatMap(({ address, state, live }) =>
      live === undefined ? [] : [{ address, target: splitAddress(address).target, live, state }],
    ),
    ...unmanaged.map(({ target, live }) => ({ address: addressOf(target, live.name), target, live })),
  ].filter(({ target, live }) => wanted(target, live.name));
  const groups = new Map<Address, typeof found>();
  for (const each of found) groups.set(each.address, [...(groups.get(each.address) ?? []), each]);
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const declared = new Map(desired.map((job) => [job.address, job]));
  return {
    candidates: sorted.flatMap(([address, [first, ...others]]) =>
      first === undefined || declared.has(address) ? [] : [{ ...first, bound: others.length > 0 }],
    ),
    skipped: sorted.flatMap(([address, group]) => {
      const job = declared.get(address);
      const rest = job === undefined ? group.slice(1) : group;
      const other = job === undefined ? `the live job ${group[0]?.live.id ?? ""}` : `the manifest at ${placeOf(job)}`;
      return rest.map(({ live }): Skipped => {
        const reason = `${other} has the same name, and an address stands for one job only`;
        return { address, id: live.id, reason };
      });
    }),
  };
}

function placeOf({ source }: DesiredJob): string {
  return `${source.file}:${source.line}`;
}

/** The annotations that say of a job what nothing else in its manifest says. */
export function annotationsOf(candidate: Candidate, provider: ProviderId): Readonly<Record<string, string>> {
  const { target, live, state, bound } = candidate;
  return {
    ...(target === provider ? {} : { "jobwright.dev/target": target }),
    ...(bound ? { "jobwright.dev/id": live.id } : {}),
    ...(state?.protect ? { "jobwright.dev/protect": "true" } : {}),
    ...(state === undefined || state.onRemove === "delete" ? {} : { "jobwright.dev/on-remove": state.onRemove }),
  };
}
