import { RefusedError } from "../errors.ts";
import type { Clock } from "../model/runtime.ts";
import { oneLine } from "./failure.ts";
import type { Host } from "./host.ts";
import type { OpenOptions } from "./store.ts";

/** Who holds a lock. */
export interface Holder {
  readonly run: string;
  /** user@host, as the caller words it. */
  readonly holder: string;
  readonly command: string;
  readonly runUrl?: string;
  /** RFC 3339. */
  readonly since: string;
  readonly host: string;
  /** {@link Host.boot} of the holder. */
  readonly boot?: string;
  readonly pid: number;
  /** {@link Host.startedAt} of the holder. */
  readonly started?: string;
  /** How long its heartbeat must be seen unchanged before it counts as dead. */
  readonly leaseMs: number;
}

/** A holder of one part of a lock. `beat` grows while it lives. */
export interface PartHolder extends Holder {
  /** From 1. */
  readonly part: number;
  readonly beat: number;
}

/** What a lock holds. `beat` grows while the holder lives. */
export type LockRecord =
  | (Holder & { readonly kind: "held"; readonly beat: number })
  /** Held in `of` parts; no two holders have the same one. Only the git store has these. */
  | { readonly kind: "shared"; readonly of: number; readonly holders: readonly PartHolder[] }
  | { readonly kind: "released"; readonly at: string };

/** A lock's times, in milliseconds. */
export interface LockTiming {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Between two looks of a waiter. */
  readonly pollMs: number;
}

/** What can be told of a holder's life without watching it. */
export type Verdict = "alive" | "dead" | "unknown";

/** A lock as `state unlock` shows it. */
export interface LockStatus {
  readonly place: string;
  readonly held: boolean;
  /** Absent where nobody holds it, or the lock cannot be read. */
  readonly holder?: Holder;
  readonly verdict: Verdict | "free";
  /** One line for people: what the verdict rests on. */
  readonly evidence: string;
}

/** Looks at a lock and ends it by hand. */
export interface LockControl {
  lockStatus(): Promise<LockStatus>;
  /**
   * Ends a dead holder's lock; where it cannot be told at once, the heartbeat is watched for the lease. A live
   * holder's is refused (`lock-held`) unless forced. Answers what there was.
   */
  unlock(options: { readonly force: boolean }): Promise<LockStatus>;
}

// A lease that a garbled lock claims does not keep others out for longer than this.
const LONGEST_LEASE_MS = 600_000;

// A holder whose process is seen to run may be suspended or very busy: it gets this many leases.
const LIVE_LEASES = 4;

/** Who we are, for the lock. */
export async function holderOf(
  world: { readonly host: Host; readonly clock: Clock },
  how: OpenOptions,
  run: string,
  leaseMs: number,
): Promise<Holder> {
  const { host } = world;
  const boot = await host.boot();
  const started = await host.startedAt(host.pid);
  return {
    run,
    holder: how.holder,
    command: how.command,
    since: world.clock.wall().toISOString(),
    host: host.name,
    pid: host.pid,
    leaseMs,
    ...(how.runUrl === undefined ? {} : { runUrl: how.runUrl }),
    ...(boot === undefined ? {} : { boot }),
    ...(started === undefined ? {} : { started }),
  };
}

/** A record as it is stored. */
export function lockText(record: LockRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** A stored record, or undefined where it is none. */
export function parseLock(text: string): LockRecord | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const read = reader(raw);
  if (read.value("kind") === "released") return { kind: "released", at: read.words("at") ?? "" };
  if (read.value("kind") === "shared") return parseShared(read);
  const holder = read.value("kind") === "held" ? parseHolder(read) : undefined;
  return holder === undefined ? undefined : { kind: "held", beat: read.count("beat", 0), ...holder };
}

function parseShared(read: Reader): LockRecord | undefined {
  const of = read.count("of", 0);
  const listed = read.value("holders");
  if (of < 1 || !Array.isArray(listed)) return undefined;
  const holders = listed.map((item: unknown): PartHolder | undefined => {
    if (typeof item !== "object" || item === null) return undefined;
    const each = reader(item);
    const holder = parseHolder(each);
    const part = each.count("part", 0);
    return holder === undefined || part < 1 || part > of ? undefined : { part, beat: each.count("beat", 0), ...holder };
  });
  // What cannot be read is held by somebody.
  return holders.every((holder) => holder !== undefined) ? { kind: "shared", of, holders } : undefined;
}

interface Reader {
  readonly value: (key: string) => unknown;
  readonly words: (key: string) => string | undefined;
  readonly count: (key: string, otherwise: number) => number;
}

function reader(raw: object): Reader {
  const value = (key: string): unknown => (Object.hasOwn(raw, key) ? (raw as Record<string, unknown>)[key] : undefined);
  return {
    value,
    words: (key) => {
      const found = value(key);
      return typeof found === "string" ? oneLine(found) : undefined;
    },
    count: (key, otherwise) => {
      const found = value(key);
      return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? found : otherwise;
    },
  };
}

function parseHolder({ words, count }: Reader): Holder | undefined {
  const run = words("run");
  if (run === undefined) return undefined;
  const optional = { runUrl: words("runUrl"), boot: words("boot"), started: words("started") };
  return {
    run,
    holder: words("holder") ?? "somebody",
    command: words("command") ?? "a command",
    since: words("since") ?? "an unknown time",
    host: words("host") ?? "an unknown host",
    pid: count("pid", 0),
    leaseMs: count("leaseMs", LONGEST_LEASE_MS),
    ...(optional.runUrl === undefined ? {} : { runUrl: optional.runUrl }),
    ...(optional.boot === undefined ? {} : { boot: optional.boot }),
    ...(optional.started === undefined ? {} : { started: optional.started }),
  };
}

/** Everybody who holds a lock; nobody where it is released or cannot be read. */
export function holdersOf(record: LockRecord | undefined): readonly Holder[] {
  if (record?.kind === "held") return [record];
  return record?.kind === "shared" ? record.holders : [];
}

/** What can be told at once of a holder (undefined: the lock cannot be read). Never dead without proof. */
export async function judge(
  holder: Holder | undefined,
  host: Host,
): Promise<{ readonly verdict: Verdict; readonly evidence: string }> {
  if (holder === undefined) return { verdict: "unknown", evidence: "what the lock holds cannot be read" };
  const boot = await host.boot();
  if (boot === undefined || holder.boot !== boot || holder.pid === 0) {
    return { verdict: "unknown", evidence: `process ${holder.pid} on ${holder.host} cannot be seen from here` };
  }
  if (!(await host.alive(holder.pid))) return { verdict: "dead", evidence: `process ${holder.pid} is gone` };
  const started = await host.startedAt(holder.pid);
  if (started !== undefined && holder.started !== undefined && started !== holder.started) {
    return { verdict: "dead", evidence: `process ${holder.pid} is another one now` };
  }
  return { verdict: "alive", evidence: `process ${holder.pid} runs` };
}

/** How long a heartbeat must be seen unchanged before its holder counts as dead, in milliseconds. */
export function patience(verdict: Verdict, holder: Holder | undefined, timing: LockTiming): number {
  const lease = Math.max(timing.leaseMs, Math.min(holder?.leaseMs ?? 0, LONGEST_LEASE_MS));
  return verdict === "alive" ? lease * LIVE_LEASES : lease;
}

/**
 * Counts how long something was seen unchanged, on the watcher's own clock. The time between two looks counts for no
 * more than `longestStepMs`: who was asleep itself has not watched.
 */
export function createWatch(clock: Clock, longestStepMs: number): (seen: string) => number {
  let last: { readonly seen: string; readonly at: number } | undefined;
  let unchanged = 0;
  return (seen) => {
    const now = clock.monotonic();
    unchanged = last?.seen === seen ? unchanged + Math.min(now - last.at, longestStepMs) : 0;
    last = { seen, at: now };
    return unchanged;
  };
}

/** Told once by whoever begins to wait. */
export function waitingFor(place: string, holder: Holder | undefined, timeoutMs: number): string {
  return `waiting up to ${Math.ceil(timeoutMs / 1000)} s for the lock ${place}, held by ${describeHolder(holder)}`;
}

/** Somebody else holds the lock and it is not waited for (any longer). Exit code 3. */
export function lockHeld(place: string, holder: Holder | undefined, evidence: string, waitedMs: number): RefusedError {
  const waited = waitedMs >= 500 ? ` (waited ${Math.round(waitedMs / 1000)} s)` : "";
  return new RefusedError(
    [
      {
        code: "JW4010",
        message: `the lock ${place} is held by ${describeHolder(holder)}${waited}; ${evidence}; nothing was sent`,
        hint: "Wait for it with --lock-timeout, or, if its holder is dead for sure: jobwright state unlock.",
      },
    ],
    "lock-held",
  );
}

/** `alice@build-7 (apply, process 42 on build-7) since 2026-01-02T03:04:05Z, https://...`. */
export function describeHolder(holder: Holder | undefined): string {
  if (holder === undefined) return "somebody";
  const where = `process ${holder.pid} on ${holder.host}`;
  const url = holder.runUrl === undefined ? "" : `, ${holder.runUrl}`;
  return `${holder.holder} (${holder.command}, ${where}) since ${holder.since}${url}`;
}
