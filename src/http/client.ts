import pLimit from "p-limit";
import { ApiError, JobwrightError } from "../errors.ts";
import type { Reason } from "../model/outcome.ts";
import type { ApiAnswer, ApiClient, ApiClientOptions, ApiRequest } from "./api.ts";
import type { Answered, Broken, Ended } from "./attempt.ts";
import { BACKOFF_BASE_MS, BACKOFF_BASE_RATE_LIMITED_MS, backoff, withFloor } from "./backoff.ts";
import { tryOnce } from "./exchange.ts";
import { failure } from "./failure.ts";
import { createOperation, createTarget, type Operation, type Target } from "./operation.ts";
import { decide, mayBeDown, weightier } from "./policy.ts";
import { excerpt } from "./text.ts";
import { interrupted, pauseFor, turn } from "./turn.ts";

/** A client with everything closed, full and unlimited. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const target = createTarget(options);
  const limit = pLimit(options.http.concurrency);
  return {
    request: (request) => run(target, request, (work) => (request.authorization === undefined ? limit(work) : work())),
    close: () => target.bounds.close(),
  };
}

type Tried = Try & { readonly ended: Ended };

/** What a try was made with. */
interface Try {
  readonly credentials: Readonly<Record<string, string>>;
  readonly leftAt: number;
}

/** A place among the target's requests is taken for each try: looks between two of them need one of their own. */
async function run(
  target: Target,
  request: ApiRequest,
  inPlace: (work: () => Promise<Tried>) => Promise<Tried>,
): Promise<ApiAnswer> {
  const operation = createOperation(target, request);
  for (;;) {
    const { ended, ...tried } = await inPlace(() => tryNow(target, operation));
    if (ended.ok) return succeeded(target, operation, ended);
    const answer = settled(target, operation, ended);
    if (answer !== undefined) return answer;
    if (await renewed(target, operation, ended, tried.credentials)) continue;
    await waitToRepeat(target, operation, ended, tried.leftAt);
  }
}

async function tryNow(target: Target, operation: Operation): Promise<Tried> {
  const { authorization } = operation.request;
  const credentials = authorization ?? (await forOperation(operation, () => target.options.auth.headers()));
  await turn(target, operation);
  await cleared(target, operation);
  operation.attempts += 1;
  const leftAt = target.now();
  return { credentials, leftAt, ended: await tryOnce(target, operation, credentials) };
}

/** The request may have waited long for its turn: whoever sends it says whether it may still leave. */
async function cleared(target: Target, operation: Operation): Promise<void> {
  if (operation.request.before === undefined) return;
  try {
    await operation.request.before();
    // Asking took a while: a stop that came meanwhile is for this write, too.
    if (target.bounds.stop.aborted) throw interrupted(operation);
  } catch (error) {
    // It had its turn and does not take it.
    target.pace.over(target.now());
    if (operation.attempts === 0 || !(error instanceof JobwrightError)) throw error;
    const { line: request, attempts, outcome } = operation;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new ApiError(error.code, error.reason, error.message, { outcome, request, attempts, ...hint });
  }
}

function succeeded(target: Target, operation: Operation, ended: Omit<Answered, "ok">): ApiAnswer {
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

/** Takes note of a try that did not end well; answers what settles the request all the same. */
function settled(target: Target, operation: Operation, ended: Broken): ApiAnswer | undefined {
  const { kind, about } = operation.request;
  const { outcome } = decide(ended.signal, kind, ended.native);
  operation.outcome = weightier(outcome, operation.outcome);
  target.forbiddenInARow = ended.signal === "forbidden" ? target.forbiddenInARow + 1 : 0;
  const isDone = kind !== "read" && outcome === "done";
  const isGone =
    ended.signal === "missing" && ended.native && about === "item" && (kind === "read" || kind === "delete");
  if (!isDone && !isGone) return undefined;
  return succeeded(target, operation, { status: ended.status ?? 0, headers: ended.headers, inexact: [] });
}

/** After a 401: whether the credentials could be renewed, once for each request. */
async function renewed(
  { options }: Target,
  operation: Operation,
  ended: Broken,
  refused: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { renew } = options.auth;
  const own = operation.request.authorization !== undefined;
  if (ended.signal !== "unauthorized" || own || operation.renewed || renew === undefined) return false;
  operation.renewed = true;
  return forOperation(operation, () => renew(refused));
}

/** Getting credentials may fail; what is known of the request itself is then as it was before. */
async function forOperation<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError) || operation.request.kind === "read") throw error;
    throw new ApiError(error.code, error.reason, error.message, { ...detailsOf(error), outcome: operation.outcome });
  }
}

function detailsOf({ request, attempts, tries, errno, status, retryAfterMs, hint, stopsTarget }: ApiError) {
  return {
    ...{ request, attempts, stopsTarget },
    ...(tries === undefined ? {} : { tries }),
    ...(errno === undefined ? {} : { errno }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Waits until the request may be sent once more; throws its failure where it may not. */
async function waitToRepeat(target: Target, operation: Operation, ended: Broken, leftAt: number): Promise<void> {
  const { repeat, reason, outcome } = decide(ended.signal, operation.request.kind, ended.native);
  const asksToWait = ended.signal === "throttled" || (ended.asked !== undefined && repeat !== "end");
  const granted = !asksToWait || slowDown(target, operation, ended, leftAt);
  // What nobody can say of a create can be looked up where names are unique.
  const canLook = operation.request.stillDue !== undefined && outcome === "unknown";
  const mayRepeat = repeat === "again" || canLook || (repeat === "once" && !operation.repeatedOnce);
  if (!mayRepeat || !granted || operation.attempts >= operation.tries || !affords(target, ended)) {
    throw giveUp(target, operation, ended, reason);
  }
  operation.repeatedOnce = true;
  if (!asksToWait) {
    const ms = backoff(operation.attempts, BACKOFF_BASE_MS, target.options.runtime.random);
    await pauseFor(target, operation, ms, `${target.options.names.platform} does not answer well`);
  }
  if (!(await isStillDue(operation))) throw giveUp(target, operation, ended, reason);
}

/** What may have happened is looked at before it is sent again; where the look fails, nobody can say. */
async function isStillDue({ outcome, request }: Operation): Promise<boolean> {
  if (outcome !== "unknown" || request.stillDue === undefined) return true;
  try {
    return await request.stillDue();
  } catch (error) {
    if (error instanceof JobwrightError) return false;
    throw error;
  }
}

/** A wait that the platform asked for costs nothing; it has a cap of its own. */
function affords({ budget }: Target, ended: Broken): boolean {
  return ended.asked !== undefined || budget.spend(ended.late ? "timeout" : "other");
}

/** Pauses the whole target; false where the platform asks for more than is granted. */
function slowDown(target: Target, operation: Operation, { signal, asked }: Broken, leftAt: number): boolean {
  const { http, runtime } = target.options;
  if (signal === "throttled") target.pace.refused(target.now(), leftAt);
  if (asked !== undefined && asked > http.maxWaitMs) return leftAlone(target, asked);
  const own = backoff(operation.attempts, BACKOFF_BASE_RATE_LIMITED_MS, runtime.random);
  const wait = withFloor(own, asked);
  const granted = asked === undefined ? 0 : target.pace.prolongs(target.now(), wait);
  if (target.askedMs + granted > http.maxWaitTotalMs) return leftAlone(target, wait);
  target.askedMs += granted;
  target.pace.pause(target.now(), wait);
  return true;
}

/** Whoever waits for a turn would be told the same. */
function leftAlone(target: Target, ms: number): false {
  const why = `it asks to be left alone for ${Math.ceil(ms / 1000)} s`;
  target.closed = { code: "JW2019", reason: "rate-limited", why, until: target.now() + ms };
  return false;
}

function giveUp(target: Target, operation: Operation, ended: Broken, reason: Reason): ApiError {
  if (mayBeDown(ended.signal)) target.breaker.exhausted();
  else target.breaker.answered();
  if (ended.signal === "unauthorized") {
    target.closed = {
      code: "JW2010",
      reason: "auth",
      why: "it refused the credentials",
      until: Number.POSITIVE_INFINITY,
    };
  }
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
    closed: target.closed !== undefined,
    ...(request.label === undefined ? {} : { label: request.label }),
    ...(ended.status === undefined ? {} : { status: ended.status }),
    ...(ended.errno === undefined ? {} : { errno: excerpt(ended.errno, [], 60) }),
    ...(ended.platformCode === undefined ? {} : { platformCode: ended.platformCode }),
    ...(ended.at === undefined ? {} : { at: excerpt(ended.at, secrets.values()) }),
    ...(ended.asked === undefined ? {} : { askedMs: ended.asked }),
  });
}
