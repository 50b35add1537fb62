import type { Document } from "./document.ts";

/** The platforms this version knows. */
export type ProviderId = "nimble" | "blaxel";

/** The `apiVersion` of a manifest; it picks the platform and, for Nimble, the API (`/v1/jobs` or `/v2/jobs`). */
export type ApiVersion = "nimbleway.com/v1" | "nimbleway.com/v2" | "blaxel.ai/v1alpha1";

/** `<target>/<name>`; target names hold no `/`, so the first one separates. */
export type Address = string;

/** Where something was written: `file` relative to the project root with `/`, line and column from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What to do with a job whose manifest is gone (with `--prune`). */
export type OnRemove = "delete" | "disable" | "forget";

/** The `jobwright.dev/*` annotations of a manifest. Never sent to a platform. */
export interface Annotations {
  readonly protect: boolean;
  readonly onRemove: OnRemove;
  /** Binds the manifest to this live Nimble id. */
  readonly id?: string;
  /** The name that this job used to have. */
  readonly movedFrom?: string;
  /** JSON Pointers of fields to leave alone. */
  readonly ignore: readonly string[];
}

/** A job as the resolved manifest wants it. */
export interface DesiredJob {
  readonly address: Address;
  readonly target: string;
  readonly provider: ProviderId;
  readonly apiVersion: ApiVersion;
  readonly name: string;
  /** What is declared, without annotations; `metadata.name` included. Explicit nulls are kept: they clear. */
  readonly document: Document;
  readonly annotations: Annotations;
  /** Fields to leave alone: the annotation's, and those of matching `ignore` rules of the config. */
  readonly ignore: readonly string[];
  /** Where its YAML document starts. */
  readonly source: SourceLocation;
}

/** What a platform tells about a job besides its configuration. Times as answered (RFC 3339). */
export interface LiveFacts {
  readonly createdAt?: string;
  readonly createdBy?: string;
  readonly updatedAt?: string;
  readonly updatedBy?: string;
  /** Blaxel's deployment status. */
  readonly status?: string;
  readonly lastRunAt?: string;
  readonly lastRunStatus?: string;
}

/** A job as the platform answers it. */
export interface LiveJob {
  /** Nimble: `job_7`; Blaxel: the name. */
  readonly id: string;
  readonly name: string;
  /** Without read-only fields; everything else just as answered, unknown fields included, secrets as SecretRef. */
  readonly document: Document;
  readonly facts: LiveFacts;
  /** JSON Pointers into the answer at values that JavaScript cannot hold exactly; such a job is never PUT. */
  readonly inexact: readonly string[];
}

/** Joins an address. */
export function addressOf(target: string, name: string): Address {
  return `${target}/${name}`;
}

/** Splits an address at its first `/`. */
export function splitAddress(address: Address): { readonly target: string; readonly name: string } {
  const slash = address.indexOf("/");
  return { target: address.slice(0, slash), name: address.slice(slash + 1) };
}
