import type { SendHooks } from "../http/send.ts";
import type { Transport } from "../http/transport.ts";
import type { HttpConfig, TargetConfig } from "../model/config.ts";
import type { SecretRef, SecretTable, Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { Address, ApiVersion, DesiredJob, LiveJob, ProviderId } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { Change, PlannedRequest } from "../model/plan.ts";
import type { Runtime } from "../model/runtime.ts";
import type { TargetIdentity } from "../model/state.ts";

/** What a platform is to the rest of the code. Everything but `connect` is pure. */
export interface Provider {
  readonly id: ProviderId;
  readonly fields: FieldTable;
  /**
   * An answered job as a {@link LiveJob}. `hide` gets every secret position (pointer and answered value) and says what
   * stands there instead. Throws a JobwrightError (`bad-answer`) for what is not a job.
   */
  fromApi(raw: JsonObject, hide: HideSecret): LiveJob;
  /** The request that makes a job as declared. */
  createRequest(desired: DesiredJob): PlannedRequest;
  /**
   * The one request that brings `live` to what `changes` ask: Nimble a PATCH with only the changed top-level fields,
   * Blaxel a PUT of the live job with the changes. Undefined where there are none.
   */
  updateRequest(apiVersion: ApiVersion, live: LiveJob, changes: readonly Change[]): PlannedRequest | undefined;
  /** The request that deletes a job. */
  deleteRequest(apiVersion: ApiVersion, id: string): PlannedRequest;
  /** The API versions of the manifests decide what is listed. Opens nothing before the first call. */
  connect(target: TargetConfig, apiVersions: readonly ApiVersion[], context: ConnectContext): ProviderClient;
}

/** Says what stands in a document in place of the answered value of a secret position. */
export type HideSecret = (pointer: string, answered: Value) => Value;

/** What a client needs of the world. */
export interface ConnectContext {
  readonly runtime: Runtime;
  readonly http: HttpConfig;
  readonly secrets: SecretTable;
  /** Carries requests; undici in the product, a scheduler in the simulation. */
  readonly transport: Transport;
  /** `-v`: one line for each request and answer, redacted by the sink. */
  readonly trace?: (line: string) => void;
  /** Where a wait of more than a second begins, for progress. */
  readonly waiting?: (what: { readonly target: string; readonly ms: number; readonly why: string }) => void;
}

/** One target, connected. Every failure is an ApiError (or a JobwrightError for bad settings). */
export interface ProviderClient {
  readonly identity: TargetIdentity;
  /** What it authenticates with, as the user set it: a key, or client credentials (never a token got with them). */
  readonly credentials: SecretRef;
  /**
   * All jobs of the target, complete, or an error: never a shorter list. Sorted by name, then id. `read` is told how many
   * have come so far, and of how many.
   */
  list(read?: (jobs: number, total: number) => void): Promise<readonly LiveJob[]>;
  /** One job by id; undefined where the platform says that there is none. */
  get(id: string, options: GetOptions): Promise<LiveJob | undefined>;
  /** Live jobs of exactly that name by the quickest look-up; can prove presence, never absence (Nimble). */
  find(name: string, apiVersion: ApiVersion): Promise<readonly LiveJob[]>;
  /** Sends a write. Secrets in the body are put in here, and nowhere else. What the hooks throw is thrown. */
  send(request: PlannedRequest, address: Address, hooks?: SendHooks): Promise<SendResult>;
  /** Closes connections. */
  close(): Promise<void>;
}

/** How to read one job. */
export interface GetOptions {
  readonly apiVersion: ApiVersion;
  /** Blaxel: ask for secret values; where the key may not, they come masked as ever. */
  readonly showSecrets?: boolean;
}

/** A write that happened (what did not, or may not have, is an ApiError). */
export interface SendResult {
  /** The job as answered; absent where the answer held none (204, cut off, DELETE). */
  readonly job?: LiveJob;
  readonly attempts: number;
}
