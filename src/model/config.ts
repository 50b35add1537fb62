import type { ProviderId } from "./job.ts";
import type { Json } from "./json.ts";

/** One RFC 6902 operation as written in the config. */
export interface PatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** A patch for the manifests whose address matches (`*` is any run of characters, `/` included). */
export interface PatchRule {
  readonly match: string;
  readonly patch: readonly PatchOperation[];
}

/** Fields that are left alone on the jobs that match. */
export interface IgnoreRule {
  readonly match: string;
  /** JSON Pointers; a field's whole subtree is meant; `*` stands for any one key. */
  readonly paths: readonly string[];
  readonly reason?: string;
  /** `YYYY-MM-DD`; past it the rule is a validation error. */
  readonly until?: string;
}

/** One place where jobs live, as the code uses it. */
export interface TargetConfig {
  readonly name: string;
  readonly provider: ProviderId;
  /** From the config file; used only where the environment allows its origin. */
  readonly baseUrl?: string;
  /** Blaxel; else `BL_WORKSPACE`. */
  readonly workspace?: string;
  /** The value of an `apiKey: ${env:...}`, by key in the secret table; else the vendor's variables. */
  readonly apiKey?: string;
  /** `env:NAME` of `apiKey`, for messages. */
  readonly apiKeyFrom?: string;
  /** True where the config file names it, false for the two built-in ones. */
  readonly explicit: boolean;
}

/** Limits past which a plan is refused. Percentages count from 20 owned jobs on. */
export interface SafetyConfig {
  readonly maxDeletes: number;
  readonly maxDeletesPercent: number;
  readonly maxUpdatesPercent: number;
  readonly protect: readonly string[];
  readonly adopt: "allow" | "deny";
  /** Whether Git's side of a conflict is written once the plan is approved, or only where the run says so. */
  readonly conflicts: "overwrite" | "refuse";
}

/** The HTTP client's knobs, all with defaults. Durations in milliseconds. */
export interface HttpConfig {
  readonly concurrency: number;
  readonly readTries: number;
  readonly writeTries: number;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  /** The longest single wait that a platform may ask for. */
  readonly maxWaitMs: number;
  /** The longest sum of such waits per target and run. */
  readonly maxWaitTotalMs: number;
}

/** The config as the code uses it: defaults filled in, the environment chosen, interpolations resolved. */
export interface Config {
  /** Absolute path of the project root: the config file's folder, else where the tool was started. */
  readonly root: string;
  /** Relative to the root; absent where there is none. */
  readonly file?: string;
  /** "" where none was chosen. */
  readonly environment: string;
  /** `name`: to approve, the environment's name is typed. Absent: the word yes. */
  readonly confirm?: "name";
  /** All environments' names, sorted. */
  readonly environments: readonly string[];
  readonly manifests: readonly string[];
  readonly exclude: readonly string[];
  readonly targets: Readonly<Record<string, TargetConfig>>;
  readonly vars: Readonly<Record<string, Json>>;
  readonly patches: readonly PatchRule[];
  readonly state: { readonly store: "none" | "file" | "git"; readonly ref: string; readonly remote: string };
  readonly ignore: readonly IgnoreRule[];
  readonly safety: SafetyConfig;
  readonly http: HttpConfig;
  /** How long an unsettled create stays undecided, in milliseconds. */
  readonly createSettleMs: number;
}

/** The defaults of {@link SafetyConfig}. */
export const SAFETY_DEFAULTS: SafetyConfig = {
  maxDeletes: 5,
  maxDeletesPercent: 30,
  maxUpdatesPercent: 50,
  protect: [],
  adopt: "allow",
  conflicts: "overwrite",
};

/** The defaults of {@link HttpConfig}. */
export const HTTP_DEFAULTS: HttpConfig = {
  concurrency: 8,
  readTries: 5,
  writeTries: 4,
  readTimeoutMs: 60_000,
  writeTimeoutMs: 90_000,
  maxWaitMs: 60_000,
  maxWaitTotalMs: 300_000,
};
