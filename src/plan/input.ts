import type { IgnoreRule, SafetyConfig } from "../model/config.ts";
import type { SecretTable } from "../model/document.ts";
import type { Address, DesiredJob, LiveJob, ProviderId } from "../model/job.ts";
import type { Shard } from "../model/shard.ts";
import type { JobState, State, TargetIdentity } from "../model/state.ts";
import type { Provider } from "../providers/provider.ts";
import type { Fingerprint } from "./base.ts";

/** The pure half of a provider: what planning needs of it. */
export type Platform = Pick<Provider, "id" | "fields" | "createRequest" | "updateRequest" | "deleteRequest">;

/** What the user asked for on the command line. */
export interface PlanFlags {
  readonly prune: boolean;
  readonly allowReplace: boolean;
  readonly resume: boolean;
  readonly onlyCause?: "drift";
  /** `ADDRESS/NAME` of secrets to write again. */
  readonly rotate: readonly string[];
  readonly maxDeletes?: number;
  readonly maxUpdates?: number;
  readonly acceptMissing: boolean;
  readonly overwriteConflicts: boolean;
}

/** The policies of the commit that a change under review is to be merged into. */
export interface ReviewedPolicy {
  /** The commit or branch, for messages. */
  readonly ref: string;
  readonly safety: SafetyConfig;
  readonly ignore: readonly IgnoreRule[];
}

/** Everything that a plan is made from. */
export interface PlanInput {
  /** All manifests, also those that the run is narrowed away from. */
  readonly desired: readonly DesiredJob[];
  /** Whether the run is about this job; for jobs without a manifest, `state` is what is known of it. */
  readonly inScope: (address: Address, state: JobState | undefined) => boolean;
  readonly narrowed: boolean;
  /** The part of what is in scope that the plan holds; limits and guards count all of it. */
  readonly shard?: Shard;
  /** Live jobs of every target that was read. */
  readonly live: ReadonlyMap<string, readonly LiveJob[]>;
  readonly targets: Readonly<Record<string, TargetIdentity>>;
  /** Undefined where there is none yet. */
  readonly state: State | undefined;
  /** `state.store: none`: nothing is owned, nothing adopted. */
  readonly stateless: boolean;
  readonly safety: SafetyConfig;
  /** The policies that a change under review starts from: what they refuse is refused too. */
  readonly reviewed?: ReviewedPolicy;
  readonly flags: PlanFlags;
  readonly platform: (provider: ProviderId) => Platform;
  readonly secrets: SecretTable;
  readonly fingerprint: Fingerprint;
  /** Fingerprint of the credentials that a target is reached with; undefined for one that is not connected. */
  readonly credentials: (target: string) => string | undefined;
  /** For holds. */
  readonly now: Date;
}

/** What a plan takes from the command line where nothing was asked for. */
export const NO_FLAGS: PlanFlags = {
  prune: false,
  allowReplace: false,
  resume: false,
  rotate: [],
  acceptMissing: false,
  overwriteConflicts: false,
};
