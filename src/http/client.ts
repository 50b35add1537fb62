import pLimit from "p-limit";
import { ApiError } from "../errors.ts";
import type { HttpConfig } from "../model/config.ts";
import type { SecretTable } from "../model/document.ts";
import type { Json } from "../model/json.ts";
import type { OutcomeClass } from "../model/outcome.ts";
import type { Runtime } from "../model/runtime.ts";
import { type Broken, type Ended, readAnswer, readBreak } from "./attempt.ts";
import { BACKOFF_BASE_MS, BACKOFF_BASE_RATE_LIMITED_MS, backoff, withFloor } from "./backoff.ts";
import { createBounds } from "./bounds.ts";
import { createBreaker } from "./breaker.ts";
import { createRetryBudget } from "./budget.ts";
import { failure, type TargetNames } from "./failure.ts";
import { createPace } from "./pace.ts";
import { decide, mayBeDown, type RequestKind, weightier } from "./policy.ts";
import { headerOf, rateHint } from "./retry-after.ts";
import { excerpt } from "./text.ts";
import { type Transport, TransportError, type WireAnswer } from "./transport.ts";
import { buildUrl } from "./url.ts";

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

const CREATE_TRIES = 3;

/** A client with everything closed, full and unlimited. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const target = createTarget(options);
  const limit = pLimit(options.http.concurrency);
  return {
    request: (request) =>
      request.authorization === undefined ? limit(() => run(target, request)) : run(target, request),
    close: () => target.bounds.close(),
  };
}

function createTarget(options: ApiClientOptions) {
  return {
    options,
    bounds: createBounds(options.runtime),
    breaker: createBreaker(),
    budget: createRetryBudget(),
    pace: createPace(options.maxPerSecond),
    /** Milliseconds that the platform asked the target to wait, so far. */
    asked: 0,
    hinted: 0,
    toldUntil: 0,
    forbiddenInARow: 0,
  };
}

type Target = ReturnType<typeof createTarget>;

/** One request through all its tries. */
interface Operation {
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

async function run(target: Target, request: ApiRequest): Promise<ApiAnswer> {
  const url = buildUrl(target.options.base, request.path, request.query);
  const operation: Operation = {
    request,
    url,
    line: `${request.method} ${url.pathname}`,
    tries: triesFor(request.kind, target.options.http),
    attempts: 0,
    outcome: "not-sent",
    repeatedOnce: false,
    renewed: false,
  };
  for (;;) {
    const credentials = request.authorization ?? (await target.options.auth.headers());
    await turn(target, operation);
    operation.attempts += 1;
    const leftAt = now(target);
    const ended = await attempt(target, operation, credentials);
    const answer = ended.ok
      ? succeed(target, operation, ended)
      : await goOn(target, operation, ended, leftAt, credentials);
    if (answer !== "again") return answer;
  }
}

function triesFor(kind: RequestKind, http: HttpConfig): number {
  if (kind === "read") return http.readTries;
  return kind === "create" ? Math.min(CREATE_TRIES, http.writeTries) : http.writeTries;
}

function now(target: Target): number {
  return target.options.runtime.clock.monotonic();
}

/** Waits until the next try may leave; throws where none may any more. */
async function turn(target: Target, operation: Operation): Promise<void> {
  for (;;) {
    const { stopped, over } = target.bounds;
    const finishes =
      operation.request.kind === "read" && operation.request.stopAtOnce !== true && operation.attempts === 0;
    if (stopped && (over || !finishes)) throw interrupted(target, operation);
    if (target.breaker.open) throw platformDown(target, operation);
    const ms = stopped ? 0 : target.pace.waitMs(now(target));
    if (ms <= 0) break;
    await pauseFor(target, operation, ms, "the platform's rate limit");
  }
  target.pace.left(now(target));
}

async function pauseFor(target: Target, operation: Operation, ms: number, why: string): Promise<void> {
  const { runtime, waiting, names } = target.options;
  const until = now(target) + ms;
  if (ms >= 1000 && until > target.toldUntil) {
    waiting?.({ target: names.target, ms, why });
    target.toldUntil = until;
  }
  try {
    await runtime.clock.sleep(ms, runtime.signal);
  } catch {
    throw interrupted(target, operation);
  }
}

async function attempt(
  target: Target,
  operation: Operation,
  credentials: Readonly<Record<string, string>>,
): Promise<Ended | Broken> {
  const { runtime, http, transport } = target.options;
  const { request, url } = operation;
  const started = now(target);
  const bound = target.bounds.bound(
    request.kind === "read" ? http.readTimeoutMs : http.writeTimeoutMs,
    request.stopAtOnce === true,
  );
  try {
    const wire = await transport.exchange(wireRequest(target, operation, credentials, url), bound.signal);
    traceLine(target, operation, String(wire.status), started, headerOf(wire.headers, "x-request-id"));
    answered(target, wire);
    return readAnswer(wire, request.kind, runtime.clock.wall(), url.origin);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    traceLine(target, operation, `${error.code} (${error.phase})`, started, undefined);
    if (bound.why() === "stopped") {
      operation.outcome = weightier(error.phase === "before-sent" ? "not-sent" : "unknown", operation.outcome);
      throw interrupted(target, operation);
    }
    return readBreak(error, request.kind, bound.why() === "deadline", runtime.clock.wall());
  } finally {
    bound.done();
    target.pace.over(now(target));
  }
}

function wireRequest(target: Target, { request }: Operation, credentials: Readonly<Record<string, string>>, url: URL) {
  const { body } = request;
  return {
    method: request.method,
    url,
    headers: {
      accept: "application/json",
      "user-agent": "jobwright",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...target.options.headers,
      ...credentials,
    },
    ...(body === undefined ? {} : { body }),
    fresh: request.kind === "create",
  };
}

function traceLine(target: Target, operation: Operation, how: string, started: number, id: string | undefined): void {
  const { trace, names, secrets } = target.options;
  if (trace === undefined) return;
  const tail = id === undefined ? "" : `, request ${excerpt(id, secrets.values(), 64)}`;
  const ms = Math.round(now(target) - started);
  trace(`${names.target}: ${operation.line} -> ${how} in ${ms} ms, try ${operation.attempts}${tail}`);
}

/** Takes note of what every answer says about the rate. */
function answered(target: Target, answer: WireAnswer): void {
  const { http, runtime } = target.options;
  if (answer.status !== 429) target.pace.accepted(now(target));
  const hint = rateHint(answer.headers, runtime.clock.wall());
  if (hint === undefined || hint.resetMs > http.maxWaitMs || target.hinted > http.maxWaitTotalMs) return;
  target.hinted += target.pace.hint(now(target), hint);
}

function succeed(
  target: Target,
  operation: Operation,
  ended: {
    readonly status: number;
    readonly headers: WireAnswer["headers"];
    readonly json?: Json;
    readonly inexact: readonly string[];
  },
): ApiAnswer {
  target.breaker.answered();
  target.forbiddenInARow = 0;
  if (operation.attempts === 1) target.budget.refund();
  return {
    status: ended.status,
    headers: ended.headers,
    ...(ended.json === undefined ? {} : { json: ended.json }),
    inexact: ended.inexact,
    attempts: operation.attempts,
    request: operation.line,
  };
}

/** After a try that did not end well: waits for the next one (`again`), or settles what the request has come to. */
async function goOn(
  target: Target,
  operation: Operation,
  ended: Broken,
  leftAt: number,
  credentials: Readonly<Record<string, string>>,
): Promise<ApiAnswer | "again"> {
  const { request } = operation;
  const verdict = decide(ended.signal, request.kind, ended.native);
  operation.outcome = weightier(verdict.outcome, operation.outcome);
  if (verdict.outcome === "done") {
    return succeed(target, operation, { status: ended.status ?? 0, headers: ended.headers, inexact: [] });
  }
  if (ended.signal === "missing" && ended.native && request.about === "item" && isReadOrDelete(request.kind)) {
    return succeed(target, operation, { status: 404, headers: ended.headers, inexact: [] });
  }
  target.forbiddenInARow = ended.signal === "forbidden" ? target.forbiddenInARow + 1 : 0;
  if (ended.signal === "unauthorized" && (await renewed(target, operation, credentials))) return "again";
  const mayPause = slowDown(target, operation, ended, leftAt);
  const triesLeft = operation.attempts < operation.tries;
  const mayRepeat = verdict.repeat === "again" || (verdict.repeat === "once" && !operation.repeatedOnce);
  const free = ended.asked !== undefined;
  if (!mayRepeat || !mayPause || !triesLeft || !(free || target.budget.spend(ended.late ? "timeout" : "other"))) {
    throw giveUp(target, operation, ended, verdict.reason);
  }
  operation.repeatedOnce = true;
  if (!isSlowDown(ended)) {
    const ms = backoff(operation.attempts, BACKOFF_BASE_MS, target.options.runtime.random);
    await pauseFor(target, operation, ms, `${target.options.names.platform} fails; the request is sent again`);
  }
  return "again";
}

function isReadOrDelete(kind: RequestKind): boolean {
  return kind === "read" || kind === "delete";
}

async function renewed(
  target: Target,
  operation: Operation,
  credentials: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { auth } = target.options;
  if (operation.renewed || operation.request.authorization !== undefined || auth.renew === undefined) return false;
  operation.renewed = true;
  return auth.renew(credentials);
}

function isSlowDown(ended: Broken): boolean {
  return ended.signal === "throttled" || ended.signal === "told-busy";
}

/** Pauses the whole target where the platform asks for it; false where it asks for more than is granted. */
function slowDown(target: Target, operation: Operation, ended: Broken, leftAt: number): boolean {
  if (!isSlowDown(ended)) return true;
  const { http, runtime } = target.options;
  if (ended.signal === "throttled") target.pace.refused(now(target), leftAt);
  if (ended.asked !== undefined && ended.asked.ms > http.maxWaitMs) return false;
  const own = backoff(operation.attempts, BACKOFF_BASE_RATE_LIMITED_MS, runtime.random);
  const more = target.pace.pause(now(target), withFloor(own, ended.asked?.ms));
  if (ended.asked !== undefined) target.asked += more;
  return target.asked <= http.maxWaitTotalMs;
}

function giveUp(target: Target, operation: Operation, ended: Broken, reason: ApiError["reason"]): ApiError {
  if (mayBeDown(ended.signal)) target.breaker.exhausted();
  else target.breaker.answered();
  const { names, secrets } = target.options;
  const { request } = operation;
  return failure({
    names,
    origin: operation.url.origin,
    kind: request.kind,
    request: operation.line,
    about: request.about,
    signal: ended.signal,
    outcome: request.kind === "read" ? "not-done" : operation.outcome,
    reason,
    said: excerpt(ended.said, secrets.values()),
    native: ended.native,
    attempts: operation.attempts,
    tries: operation.tries,
    forbiddenInARow: target.forbiddenInARow >= 3,
    ...(request.label === undefined ? {} : { label: request.label }),
    ...(ended.status === undefined ? {} : { status: ended.status }),
    ...(ended.errno === undefined ? {} : { errno: excerpt(ended.errno, [], 60) }),
    ...(ended.platformCode === undefined ? {} : { platformCode: ended.platformCode }),
    ...(ended.at === undefined ? {} : { at: excerpt(ended.at, secrets.values()) }),
    ...(ended.asked === undefined ? {} : { askedMs: ended.asked.ms }),
  });
}

function interrupted(target: Target, operation: Operation): ApiError {
  return cutShort(target, operation, {
    code: "JW2007",
    reason: "interrupted",
    what: "interrupted",
    hint: "Run again.",
    stopsTarget: true,
  });
}

function platformDown(target: Target, operation: Operation): ApiError {
  return cutShort(target, operation, {
    code: "JW2006",
    reason: "platform-down",
    what: `${target.options.names.platform} counts as down: too many requests in a row came to nothing`,
    hint: `Look at the state of ${target.options.names.platform}, then run again.`,
    stopsTarget: true,
  });
}

function cutShort(
  _target: Target,
  operation: Operation,
  words: {
    readonly code: "JW2006" | "JW2007";
    readonly reason: ApiError["reason"];
    readonly what: string;
    readonly hint: string;
    readonly stopsTarget: boolean;
  },
): ApiError {
  const { request, line, attempts, tries, outcome } = operation;
  const sent = attempts === 0 ? "not sent" : `after try ${attempts} of ${tries}`;
  return new ApiError(words.code, words.reason, `${words.what} (${line}, ${sent})`, {
    outcome: request.kind === "read" ? "not-done" : outcome,
    request: line,
    attempts,
    hint: words.hint,
    stopsTarget: words.stopsTarget,
  });
}
