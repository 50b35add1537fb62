import type { HttpConfig } from "../model/config.ts";
import type { SecretTable } from "../model/document.ts";
import type { Json } from "../model/json.ts";
import type { Runtime } from "../model/runtime.ts";
import type { TargetNames } from "./failure.ts";
import type { RequestKind } from "./policy.ts";
import type { Transport, WireAnswer } from "./transport.ts";

/** Gives the headers that carry the credentials. */
export interface Auth {
  /** For the next try; may ask the platform for a token first. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** After a 401 to `refused`: true where there are other headers now, and the request may be sent once more. */
  renew?(refused: Readonly<Record<string, string>>): Promise<boolean>;
}

/** What an API client is made of. One client per target: concurrency, rate, budget and breaker are the target's. */
export interface ApiClientOptions {
  readonly names: TargetNames;
  /** Checked by `checkOrigin`; paths are put behind its own. */
  readonly base: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth: Auth;
  readonly runtime: Runtime;
  readonly http: HttpConfig;
  readonly secrets: SecretTable;
  readonly transport: Transport;
  readonly trace?: (line: string) => void;
  readonly waiting?: (what: { readonly target: string; readonly ms: number; readonly why: string }) => void;
  /** The documented rate limit, where there is one. */
  readonly maxPerSecond?: number;
}

/** A request to the API. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below the base URL; checked again for what a server could read as another path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON text. Sent as it is, in every try. */
  readonly body?: string;
  readonly kind: RequestKind;
  /** What a 404 is about: the one job, or the API as a whole. */
  readonly about: "collection" | "item";
  /** What of several requests it is, for messages. */
  readonly label?: string;
  /** A read that ends at once when the program is asked to stop (others get some seconds). */
  readonly stopAtOnce?: boolean;
  /** Is awaited when the request has its turn, right before each try leaves; what it throws keeps it from leaving. */
  readonly before?: () => Promise<void>;
  /** A write that may have happened is sent again only where this says so; absent: it is. */
  readonly stillDue?: () => Promise<boolean>;
  /** Instead of the client's credentials; such a request does not wait for a free place (others may wait for it). */
  readonly authorization?: Readonly<Record<string, string>>;
}

/** An answer. A 404 about an item comes back as one where a job was read or deleted; every other failure is thrown. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: WireAnswer["headers"];
  /** Absent where the body was empty, or (writes only) lost or unreadable. */
  readonly json?: Json;
  /** JSON Pointers into `json` at what JavaScript cannot hold exactly. */
  readonly inexact: readonly string[];
  readonly attempts: number;
  /** `GET /v1/jobs/job_7`. */
  readonly request: string;
}

/** Sends requests of one target. */
export interface ApiClient {
  /** Throws an ApiError that says what is known of the request. */
  request(request: ApiRequest): Promise<ApiAnswer>;
  close(): void;
}
