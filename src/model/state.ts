import type { Address, ApiVersion, OnRemove, ProviderId } from "./job.ts";
import type { Json, JsonObject } from "./json.ts";

/** What tells one target from another: a plan or state made for one is not used on another. */
export interface TargetIdentity {
  readonly provider: ProviderId;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Blaxel only. */
  readonly workspace?: string;
}

/** A target as the last run that wrote to it met it. */
export interface TargetState extends TargetIdentity {
  /**
   * Fingerprint of the credentials that it was reached with: where they are others and nothing that is owned is there,
   * it may be another account. Absent in states of versions that did not keep it.
   */
  readonly credentials?: string;
}

/** What the state knows of a job that this repository made or adopted. */
export interface JobState {
  readonly id: string;
  /** Tells a job from a later one of the same name, where the platform answers it. */
  readonly createdAt?: string;
  /** The platform's `updated_at` right after our last write or check. */
  readonly updatedAt?: string;
  readonly apiVersion: ApiVersion;
  /**
   * What was declared when it was last applied: `{metadata, spec}` as JSON, secrets as
   * `{"$secret": text, "fingerprint": f}`; an object of the user's that has a key `$secret` stands as `{"$literal": ...}`.
   */
  readonly declared: JsonObject;
  readonly protect: boolean;
  readonly onRemove: OnRemove;
  /** The manifest it was applied from, relative to the project root. */
  readonly file?: string;
  readonly adopted: boolean;
  /** RFC 3339, when we last wrote to or adopted it. */
  readonly appliedAt: string;
  /** Old jobs that a replace still has to delete. */
  readonly doomed?: readonly { readonly id: string; readonly createdAt?: string }[];
  readonly hold?: { readonly until: string; readonly reason: string };
  /** Live ids of triggers that the manifest gives none, by declared list index: they outlive a reordering. */
  readonly triggerIds?: Readonly<Record<string, string>>;
  /** Digest of the whole visible live job at our last write: tells a touch that shows from one that does not. */
  readonly seen?: string;
  /** Secrets that were imported without being read: pointer -> fingerprint; sent when it changes or with --rotate. */
  readonly unverified?: Readonly<Record<string, string>>;
}

/** When a hold ends, as people write it: `2026-12-01` for the end of that day, else `2026-12-01 08:00 UTC`. */
export function untilText(until: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?Z$/.exec(until) ?? [];
  if (day === undefined || time === undefined) return until;
  return until.endsWith("T23:59:59.999Z") ? day : `${day} ${time} UTC`;
}

/** Something that was about to be done; open while there is no outcome for its `seq`. */
export interface Intent {
  readonly seq: number;
  readonly run: string;
  /** RFC 3339. */
  readonly at: string;
  readonly address: Address;
  readonly target: string;
  readonly action: "create" | "update" | "delete" | "enable";
  readonly id?: string;
  readonly name: string;
  readonly apiVersion: ApiVersion;
  /** The job entry that the state gets when it is done (without id for a create). */
  readonly job?: JsonObject;
  /** Creates: ids of live jobs with that name before the POST. */
  readonly before?: readonly string[];
}

/** What the state holds. `jobs` by address. */
export interface State {
  readonly formatVersion: 1;
  /** Made once per state; journal, plan and state belong together by it. */
  readonly lineage: string;
  /** Grows with every save. */
  readonly serial: number;
  /** Hex; salt of the secrets' fingerprints. */
  readonly salt: string;
  /** The `--env` it belongs to; "" for none. */
  readonly environment: string;
  readonly targets: Readonly<Record<string, TargetState>>;
  readonly jobs: Readonly<Record<Address, JobState>>;
  /** Intents without outcome. */
  readonly open: readonly Intent[];
  /** Digests of saved plans that were applied, newest last, at most 100. */
  readonly applied: readonly string[];
  /** Fields of a newer minor version, kept on rewrite. */
  readonly [further: string]: Json | unknown;
}
