import { createHash } from "node:crypto";
import type { Address } from "./job.ts";

/** One of several parts that an estate is split into by address. */
export interface Shard {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/**
 * Whether a job is in a shard. Each address is in exactly one of `of` shards, the same one on every machine and for
 * every version of this tool.
 */
export function inShard({ index, of }: Shard, address: Address): boolean {
  return createHash("sha256").update(address).digest().readUInt32BE(0) % of === index - 1;
}
