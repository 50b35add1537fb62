import type { LiveJob } from "../model/job.ts";

/** Live jobs by their name, which several may share. */
export type JobsByName = ReadonlyMap<string, readonly LiveJob[]>;

/** Sorts jobs by name, so that looking up each of thousands costs next to nothing. */
export function byName(jobs: readonly LiveJob[]): JobsByName {
  const names = new Map<string, LiveJob[]>();
  for (const job of jobs) {
    const same = names.get(job.name);
    if (same === undefined) names.set(job.name, [job]);
    else same.push(job);
  }
  return names;
}
