import type { Shard } from "../model/shard.ts";
import type { Host } from "./host.ts";
import {
  type Holder,
  holdersOf,
  judge,
  type LockRecord,
  type LockTiming,
  type PartHolder,
  patience,
} from "./lock-record.ts";

/** A lock as a waiter finds it. */
export interface SeenLock {
  /** Undefined where it cannot be read. */
  readonly record: LockRecord | undefined;
  /** Changes with every heartbeat of any holder. */
  readonly version: string;
}

/** Whether a lock can be had, and what that rests on; `holder` is who stands in the way. */
export interface Claim {
  readonly free: boolean;
  readonly evidence: string;
  readonly holder?: Holder;
}

/** Tells for how long something was seen unchanged; see `createWatch`. */
export type Watch = (seen: string) => number;

/** What judging a claim needs of the world. `whole` watches the lock, `part` the holder of the part that is wanted. */
export interface ClaimWorld {
  readonly host: Host;
  readonly timing: LockTiming;
  readonly whole: Watch;
  readonly part: Watch;
}

/**
 * Whether a lock, or a part of it, can be had now. Parts of the same number of parts do not stand in each other's way;
 * everything else does, until all its holders are dead.
 */
export async function judgeClaim(
  seen: SeenLock | undefined,
  shard: Shard | undefined,
  { host, timing, whole, part }: ClaimWorld,
): Promise<Claim> {
  const { record } = seen ?? {};
  if (seen === undefined || record?.kind === "released") return { free: true, evidence: "nobody holds it" };
  const unchanged = whole(seen.version);
  if (shard !== undefined && record?.kind === "shared" && record.of === shard.of) {
    const rival = record.holders.find((holder) => holder.part === shard.index);
    if (rival === undefined) return { free: true, evidence: `nobody holds part ${shard.index}` };
    const told = await judge(rival, host);
    const still = part(`${rival.run} ${rival.beat}`);
    const free = told.verdict === "dead" || still >= patience(told.verdict, rival, timing);
    return { free, evidence: told.evidence, holder: rival };
  }
  const holders = holdersOf(record);
  if (holders.length === 0) {
    const told = await judge(undefined, host);
    return { free: unchanged >= patience(told.verdict, undefined, timing), evidence: told.evidence };
  }
  const judged = await Promise.all(holders.map(async (holder) => ({ holder, ...(await judge(holder, host)) })));
  const living = judged.find(
    ({ verdict, holder }) => verdict !== "dead" && unchanged < patience(verdict, holder, timing),
  );
  const shown = living ?? judged[0];
  if (shown === undefined) return { free: true, evidence: "nobody holds it" };
  return { free: living === undefined, evidence: shown.evidence, holder: shown.holder };
}

/** The record once a claim that is free is made. */
export function claimed(record: LockRecord | undefined, shard: Shard | undefined, me: Holder): LockRecord {
  if (shard === undefined) return { kind: "held", beat: 0, ...me };
  const others = record?.kind === "shared" && record.of === shard.of ? record.holders : [];
  return withPart(others, shard, { part: shard.index, beat: 0, ...me });
}

/** A shared record in which a part has this holder, or none. */
export function withPart(holders: readonly PartHolder[], shard: Shard, mine: PartHolder | undefined): LockRecord {
  const others = holders.filter(({ part }) => part !== shard.index);
  const all = [...others, ...(mine === undefined ? [] : [mine])].sort((a, b) => a.part - b.part);
  return { kind: "shared", of: shard.of, holders: all };
}
