import type { JsonObject } from "../model/json.ts";

/**
 * What the platforms' documents leave open, each switchable so that tests can cover both readings. The defaults are
 * the likeliest ones. `Assumed:` all of them.
 */
export interface SandboxBehaviours {
  /** Nimble: what a nested object in a PATCH does to the stored one. */
  readonly nestedPatch: "replace" | "merge";
  /** False: items of lists are shorter than what reading one job answers. */
  readonly listEqualsGet: boolean;
  /** Nimble: order of lists, by id. */
  readonly listOrder: "newest" | "oldest";
  /** Nimble: optional fields without a value are answered as null, or not at all. */
  readonly nullFields: "shown" | "left-out";
  /** Empty lists and objects that were stored: answered, or not at all. */
  readonly emptyLists: "kept" | "dropped";
  /** Blaxel: how a secret value is masked: all stars; its middle only; a different number of stars each time. */
  readonly maskStyle: "stars" | "partial" | "changing";
  /** Blaxel: what `show_secrets` does for a key that may not. */
  readonly showSecretsDenied: "masked" | "forbidden";
  /** Nimble: fields of a request body that the API does not know. */
  readonly nimbleUnknownFields: "ignore" | "reject" | "keep";
  /** Blaxel: the same. */
  readonly blaxelUnknownFields: "keep" | "drop";
  /** Blaxel: how many more times a deleted job is answered, as DELETING. */
  readonly deletingReads: number;
  /** Blaxel: how long at least a deleted job is answered, in milliseconds of `now`. */
  readonly deletingMs: number;
  /** Blaxel: whether triggers' ids are answered. */
  readonly triggerIds: "shown" | "hidden";
  /** Blaxel: order of `envs` in answers. */
  readonly envOrder: "kept" | "sorted" | "reversed";
  /** Blaxel: order of `triggers`, `ports`, `volumes`, `policies` in answers. */
  readonly listItems: "kept" | "reversed";
  /** Blaxel: what makes a new revision, which `spec.revision.active` then names. */
  readonly revisions: "on-deploy" | "on-update";
}

/** The likeliest reading of what is not documented. */
export const DEFAULT_BEHAVIOURS: SandboxBehaviours = {
  nestedPatch: "replace",
  listEqualsGet: true,
  listOrder: "newest",
  nullFields: "shown",
  emptyLists: "kept",
  maskStyle: "stars",
  showSecretsDenied: "masked",
  nimbleUnknownFields: "ignore",
  blaxelUnknownFields: "keep",
  deletingReads: 1,
  deletingMs: 0,
  triggerIds: "shown",
  envOrder: "kept",
  listItems: "kept",
  revisions: "on-deploy",
};

/** The Nimble account of every key that `accounts` does not map. */
export const DEFAULT_ACCOUNT = "default";

/** The Blaxel workspace that is meant where none is named (by the sandbox's own interfaces; the API insists on one). */
export const DEFAULT_WORKSPACE = "acme";

/** Jobs to start with, and the shape in which the admin route shows and takes them. */
export interface SandboxSeed {
  readonly nimble?: readonly NimbleSeed[];
  readonly blaxel?: readonly BlaxelSeed[];
}

/** A Nimble job as the API words it; what is missing (id, times, defaults) is filled in. */
export interface NimbleSeed {
  readonly account?: string;
  readonly job: JsonObject;
}

/** A Blaxel job with its real secret values; what is missing is filled in. */
export interface BlaxelSeed {
  readonly workspace?: string;
  readonly job: JsonObject;
  readonly revisions?: readonly JsonObject[];
}

/** How to run a sandbox. Everything is optional. */
export interface SandboxOptions {
  /** 0, the default: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Insist on this key (or one of `adminKeys`, `accounts`); else every non-empty bearer key is taken. */
  readonly key?: string;
  /** Keys that `show_secrets` works for; default: all. */
  readonly adminKeys?: readonly string[];
  /** Nimble accounts by key; keys that are not named share {@link DEFAULT_ACCOUNT}. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Insist on these Blaxel client credentials (what follows `Basic`); default: `key`, else any. */
  readonly clientCredentials?: string;
  /** How long a token lives, in seconds. */
  readonly tokenSeconds?: number;
  /** Blaxel workspaces that exist; default: every one. */
  readonly workspaces?: readonly string[];
  /** Values of `Blaxel-Version` that are known. */
  readonly blaxelVersions?: readonly string[];
  /** Jobs are loaded from here where it exists, and written back after each change. */
  readonly file?: string;
  /** Jobs to start with; not used where `file` exists. */
  readonly seed?: SandboxSeed;
  readonly now?: () => Date;
  /** Milliseconds that never go back; the rate limit goes by it. */
  readonly monotonic?: () => number;
  readonly behaviours?: Partial<SandboxBehaviours>;
  /** Every answer is delayed by it. */
  readonly latencyMs?: number;
  /** Requests past it, per key and second, are answered 429. */
  readonly rateLimit?: { readonly perSecond: number };
  /** How many requests the log keeps; older ones are dropped. */
  readonly logLimit?: number;
}
