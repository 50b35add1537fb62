import type { JsonObject } from "../../src/model/json.ts";
import type { Commit } from "./model.ts";
import type { Run, World } from "./world.ts";

/** A job on a platform. */
export interface Where {
  readonly account: string;
  readonly id: string;
}

/** Whether somebody made a change, and no process of ours. */
export function isForeign({ by }: Pick<Commit, "by">): boolean {
  return typeof by !== "number";
}

/**
 * How much of the ledger a process knew of a job at a time: up to its last read that showed the job (by id; by a list,
 * too, where `lists` is set), or its own last change of it. -1 where it knew nothing. Places in the ledger, not times:
 * more than one thing happens in a millisecond.
 */
export function knownTo(world: World, pid: number, { account, id }: Where, at: number, lists = false): number {
  const read = world.model.reads.findLast(
    (each) =>
      each.by === pid &&
      (each.arrivedAt ?? Number.POSITIVE_INFINITY) <= at &&
      each.account === account &&
      (each.kind === "get" ? each.id === id : lists && each.shows.has(id)),
  );
  const own = world.model.commits.findLastIndex(
    (each) => each.by === pid && each.at <= at && each.account === account && each.id === id,
  );
  return Math.max(read?.upTo ?? -1, own < 0 ? -1 : own + 1);
}

/** What somebody else did to a job, from one place of the ledger up to another. */
export function foreignBetween(world: World, { account, id }: Where, from: number, to: number): readonly Commit[] {
  return world.model.commits
    .slice(Math.max(0, from), Math.max(0, to))
    .filter((each) => each.account === account && each.id === id && isForeign(each));
}

/** A job as it was when the ledger was so long; undefined where it was not there. */
export function jobAt(world: World, { account, id }: Where, upTo: number): JsonObject | undefined {
  for (let i = Math.min(upTo, world.model.commits.length) - 1; i >= 0; i -= 1) {
    const commit = world.model.commits[i];
    if (commit?.account === account && commit.id === id) return commit.after;
  }
  return undefined;
}

/** The place of a change in the ledger. */
export function placeOf(world: World, commit: Commit): number {
  return world.model.commits.indexOf(commit);
}

/** The account that a run's jobs of an address are in. */
export function accountOfRun(run: Run, address: string): string {
  return address.startsWith("nimble/") ? run.accounts.nimble : run.accounts.blaxel;
}

/** `job-a` of `nimble/job-a`. */
export function nameAt(address: string): string {
  return address.slice(address.indexOf("/") + 1);
}
