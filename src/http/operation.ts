import type { OutcomeClass } from "../model/outcome.ts";
import type { ApiClientOptions, ApiRequest } from "./api.ts";
import { createBounds } from "./bounds.ts";
import { createBreaker } from "./breaker.ts";
import { createRetryBudget } from "./budget.ts";
import { createPace } from "./pace.ts";
import type { RequestKind } from "./policy.ts";
import { buildUrl } from "./url.ts";

/** What all requests of one target share. */
export type Target = ReturnType<typeof createTarget>;

/** A target that nothing was sent to yet. */
export function createTarget(options: ApiClientOptions) {
  return {
    options,
    bounds: createBounds(options.runtime),
    breaker: createBreaker(),
    budget: createRetryBudget(),
    pace: createPace(options.maxPerSecond),
    /** For how many milliseconds the platform made the target wait: by refusals, and by telling that a window is used up. */
    askedMs: 0,
    hintedMs: 0,
    /** Up to when (monotonic) somebody was told that we wait. */
    toldUntil: 0,
    forbiddenInARow: 0,
    /** Nothing more is sent for now. */
    closed: undefined as Closed | undefined,
    now: () => options.runtime.clock.monotonic(),
  };
}

/** Why every further request to a target would meet the same: nothing more is sent. */
export interface Closed {
  readonly code: "JW2010" | "JW2019";
  readonly reason: "auth" | "rate-limited";
  readonly why: string;
  /** Monotonic; from then on it is open again. */
  readonly until: number;
}

/** One request through all its tries. */
export interface Operation {
  readonly request: ApiRequest;
  readonly url: URL;
  /** `GET /v1/jobs/job_7`. */
  readonly line: string;
  readonly tries: number;
  attempts: number;
  /** What is known of it after the tries so far. */
  outcome: OutcomeClass;
  repeatedOnce: boolean;
  renewed: boolean;
}

const CREATE_TRIES = 3;

/** A request before its first try. Throws a JobwrightError for a path that cannot be sent. */
export function createOperation({ options }: Target, request: ApiRequest): Operation {
  const url = buildUrl(options.base, request.path, request.query);
  return {
    request,
    url,
    line: `${request.method} ${url.pathname}`,
    tries: triesFor(request.kind, options.http),
    attempts: 0,
    outcome: "not-sent",
    repeatedOnce: false,
    renewed: false,
  };
}

function triesFor(kind: RequestKind, http: ApiClientOptions["http"]): number {
  if (kind === "read") return http.readTries;
  return kind === "create" ? Math.min(CREATE_TRIES, http.writeTries) : http.writeTries;
}
