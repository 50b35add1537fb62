import type { Value } from "./document.ts";
import type { Address, DesiredJob, LiveFacts, LiveJob, ProviderId, SourceLocation } from "./job.ts";
import type { JobState, TargetIdentity } from "./state.ts";

/**
 * Why a field differs. `pending`: Git moved; `drift`: live moved; `conflict`: both did, to different values;
 * `unknown`: there is no base to tell by; `paused`: a switch that Git and base have on is off live.
 */
export type Cause = "pending" | "drift" | "conflict" | "unknown" | "paused";

/**
 * One field that differs, as an RFC 6902 operation on the live job (list items stand by their key in `path`).
 * `before` is live and absent for `add`; `after` is wanted and absent for `remove`.
 */
export interface Change {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly before?: Value;
  readonly after?: Value;
  readonly cause: Cause;
  /** What was last applied here; present where the cause is `conflict`, and there was something. */
  readonly base?: Value;
}

/** What a plan would do with a job. */
export type ActionKind = "create" | "update" | "replace" | "delete" | "adopt" | "forget";

/** A request as it will be sent, less origin and headers. `path` holds the API's prefix (`/v0/jobs/x`). */
export interface PlannedRequest {
  readonly method: "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: Value;
}

/** What a PUT sends along unchanged. */
export interface Carried {
  /** Pointers of carried leaf fields, sorted. */
  readonly paths: readonly string[];
}

/** Everything about one job that would be done; actions are independent of one another. */
export interface Action {
  readonly address: Address;
  readonly target: string;
  readonly provider: ProviderId;
  readonly action: ActionKind;
  /** The live job's id; absent for a create. */
  readonly id?: string;
  /** Absent where no manifest is left (delete, forget, disable). */
  readonly source?: SourceLocation;
  readonly changes: readonly Change[];
  readonly requests: readonly PlannedRequest[];
  /** `sha256:...` over what of the live job the plan rests on: identity and managed fields. */
  readonly precondition: string;
  readonly carried?: Carried;
  /** One line each, for people. */
  readonly notes: readonly string[];
  /** Absent for delete, forget and disable. */
  readonly desired?: DesiredJob;
  /** The live job as planned on; absent for a create. */
  readonly live?: LiveJob;
  /** What the state knew; absent where it knew nothing. */
  readonly base?: JobState;
  /** The base is not to follow what is declared (`--only-cause drift`: pending changes stay pending). */
  readonly keepsBase?: true;
  /** Old jobs that this replace deletes, by id. */
  readonly doomed?: readonly string[];
  /** Secrets written because nothing tells whether they changed, by change path. */
  readonly unverifiable?: readonly string[];
  /** Who touched the live job last, where the platform tells and something drifted. */
  readonly touched?: Pick<LiveFacts, "updatedAt" | "updatedBy">;
  /** For deletes: the commit that removed the manifest. */
  readonly removedBy?: { readonly commit: string; readonly author: string; readonly subject: string };
}

/** A job that is left as it is although something is to be said about it. */
export interface Standing {
  readonly address: Address;
  readonly target: string;
  readonly kind: "paused" | "held" | "orphaned" | "missing" | "unmanaged" | "touched";
  /** One line for people. */
  readonly note: string;
  readonly id?: string;
  /** For `paused`: the switches that are off. */
  readonly changes?: readonly Change[];
}

/** Why a plan must not be applied as it stands; nothing is sent while there is one. Exit code 3. */
export interface Refusal {
  /** `JW3xxx`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly address?: Address;
}

/** Something the reader of a plan should know; nothing stops for it. */
export interface PlanWarning {
  readonly code: string;
  readonly message: string;
  readonly address?: Address;
}

/** A setting that decides what plans may do, and that the change under review changes. Pointers into the config. */
export interface PolicyChange {
  readonly path: string;
  readonly before?: Value;
  readonly after?: Value;
}

/** Counts of a plan. Jobs are counted once, but a `paused` one may also be in an action. */
export interface Summary {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly adopt: number;
  readonly forget: number;
  readonly unchanged: number;
  readonly unmanaged: number;
  readonly paused: number;
  readonly held: number;
  readonly orphaned: number;
  /** With `--only-cause drift`: jobs with something else to do, which is left as it is. */
  readonly left?: number;
}

/** What apply would do, and everything that the renderers show of it. Sorted by address. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly standings: readonly Standing[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly PlanWarning[];
  readonly summary: Summary;
  /** Stands at the top of what is shown: the reviewer of a plan reviews its rules too. */
  readonly policy?: readonly PolicyChange[];
  /** `sha256:...` over the decisions: address, action, changes. */
  readonly digest: string;
  readonly targets: Readonly<Record<string, TargetIdentity>>;
  /** In-sync jobs whose base or live facts in the state are to follow (no request goes with it). */
  readonly settled: readonly { readonly desired: DesiredJob; readonly live: LiveJob }[];
  /** Something drifted: a change caused by drift, conflict or unknown, a paused or a missing owned job. */
  readonly drifted: boolean;
  /** True where PATHS, --only, --exclude, --target or --changed-since left jobs out. */
  readonly narrowed: boolean;
}
