import type { Value } from "./document.ts";
import type { Address, DesiredJob, LiveJob, ProviderId, SourceLocation } from "./job.ts";
import type { Cause } from "./plan.ts";
import type { Intent, JobState } from "./state.ts";

/**
 * How a job stands. `pending`: Git moved; `drifted`: live moved, or nobody can say which; `conflict`: both did;
 * `missing`: owned, but not live; `new`: declared, neither live nor owned; `outcome-unknown`: a run ended before it
 * knew what came of a write.
 */
export type JobStanding = (typeof STANDINGS)[number];

/** All standings, those that want a look first. A job of which several hold is told by the first. */
export const STANDINGS = [
  "outcome-unknown",
  "held",
  "conflict",
  "missing",
  "drifted",
  "paused",
  "pending",
  "new",
  "orphaned",
  "unmanaged",
  "in-sync",
] as const;

/** One schedule of a job. */
export interface JobSchedule {
  /** As declared or answered: perhaps no cron expression at all. */
  readonly cron: string;
  /** False where the schedule, its trigger or the whole job is switched off. */
  readonly on: boolean;
}

/** One job of the estate: who is who, before anything is said of it. */
export interface RosterJob {
  readonly address: Address;
  readonly target: string;
  readonly provider: ProviderId;
  readonly desired?: DesiredJob;
  readonly live?: LiveJob;
  readonly state?: JobState;
  /** The write whose outcome nobody knows yet. */
  readonly open?: Intent;
  /** Of the live job; of the declared one where there is none. */
  readonly schedules: readonly JobSchedule[];
}

/** All jobs of a run, declared, owned or live; sorted by address, then id. */
export interface Roster {
  readonly jobs: readonly RosterJob[];
  /** Live jobs of all targets that were read, those outside of a narrowing included. */
  readonly live: number;
  /** How many of them are declared nowhere and owned by nobody here. */
  readonly unmanaged: number;
}

/** A schedule, told. */
export interface ToldSchedule extends JobSchedule {
  /** `At 06:00`; the expression itself where there are no words for it. */
  readonly words: string;
}

/** What is told of one job. */
export interface StatusRow {
  readonly address: Address;
  readonly target: string;
  readonly provider: ProviderId;
  /** The live job's id, or the one that the state knows. */
  readonly id?: string;
  /** Whether it is on the platform. */
  readonly live: boolean;
  readonly source?: SourceLocation;
  readonly standing: JobStanding;
  /** What holds besides. */
  readonly also: readonly JobStanding[];
  /** One line each, for people. Not made safe. */
  readonly notes: readonly string[];
  /** Fields that differ, and why; sorted by path. */
  readonly changes: readonly { readonly path: string; readonly cause: Cause }[];
  readonly schedules: readonly ToldSchedule[];
  /** When the live job fires next; absent where nothing makes it. */
  readonly nextRun?: Date;
  /** Nimble. Times as answered. */
  readonly lastRun?: { readonly at?: string; readonly status?: string };
  /** Blaxel's deployment status. */
  readonly deployment?: string;
  readonly lastChange?: LastChange;
  readonly hold?: { readonly until: string; readonly reason: string };
}

/** Who touched the live job last, as far as the platform tells. */
export interface LastChange {
  readonly at: string;
  readonly by?: string;
  /** Whether that was after our last apply; absent where the state does not say. */
  readonly sinceApply?: boolean;
}

/** Counts of a status. */
export interface StatusSummary {
  readonly jobs: number;
  readonly standings: Readonly<Record<JobStanding, number>>;
  /** Live jobs of all targets that were read. */
  readonly live: number;
  readonly managed: number;
  readonly unmanaged: number;
  /** Rounded down, so that 100 means all; undefined where nothing is live. */
  readonly managedPercent?: number;
}

/** A status, whole. */
export interface Status {
  readonly rows: readonly StatusRow[];
  readonly summary: StatusSummary;
  /** Paths or filters left jobs out of `rows`. */
  readonly narrowed: boolean;
  /** What speaks against trusting it: another account, many jobs missing. One sentence each. */
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly address?: Address }[];
}

/**
 * Who a field belongs to. `declared`: a manifest; `formerly-declared`: the base has it, no manifest does any more;
 * `ignored`: declared or not, it is left alone; `filled`: the platform or another tool; `default`: has the value that the
 * platform takes where it is left out; `unknown`: this version has never heard of it; `other`: only live has it.
 */
export type FieldOwner = (typeof FIELD_OWNERS)[number];

/** All owners, in the order in which they are counted. */
export const FIELD_OWNERS = [
  "declared",
  "formerly-declared",
  "ignored",
  "filled",
  "default",
  "other",
  "unknown",
] as const;

/** One field of a job. Values hold secrets as references only. */
export interface FieldRow {
  /** As in changes: list items stand by their key. */
  readonly path: string;
  readonly owner: FieldOwner;
  /** Who fills it in: `bl deploy`. */
  readonly by?: string;
  readonly secret?: true;
  /** Absent where the live job has no such field. */
  readonly live?: Value;
  /** Where it differs: what is declared. */
  readonly declared?: Value;
  /** Why it differs. */
  readonly cause?: Cause;
  /** Where it differs: it is to go. */
  readonly removed?: true;
}
