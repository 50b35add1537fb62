import type { Code } from "../codes.ts";
import { ApiError } from "../errors.ts";
import type { Reason } from "../model/outcome.ts";
import type { Closed, Operation, Target } from "./operation.ts";

/** Waits until the next try may leave; throws where none may any more. */
export async function turn(target: Target, operation: Operation): Promise<void> {
  for (;;) {
    const { over } = target.bounds;
    const stopped = target.bounds.stop.aborted;
    const finishes =
      operation.request.kind === "read" && operation.request.stopAtOnce !== true && operation.attempts === 0;
    if (stopped && (over || !finishes)) throw interrupted(operation);
    if (target.breaker.open) throw platformDown(target, operation);
    if (target.closed !== undefined && target.now() < target.closed.until)
      throw isClosed(target, target.closed, operation);
    const ms = stopped ? 0 : target.pace.waitMs(target.now());
    if (ms <= 0) break;
    await pauseFor(target, operation, ms, "limited by the platform");
  }
  target.pace.left(target.now());
}

/** Sleeps, telling about it where it is long. Throws where a stop is asked for meanwhile. */
export async function pauseFor(target: Target, operation: Operation, ms: number, why: string): Promise<void> {
  const { runtime, waiting, names } = target.options;
  const until = target.now() + ms;
  if (ms >= 1000 && until > target.toldUntil) {
    waiting?.({ target: names.target, ms, why });
    target.toldUntil = until;
  }
  try {
    await runtime.clock.sleep(ms, target.bounds.stop);
  } catch {
    throw interrupted(operation);
  }
}

/** The error of a request that a stop cut short. */
export function interrupted(operation: Operation): ApiError {
  return cutShort(operation, { code: "JW2007", reason: "interrupted", what: "interrupted", hint: "Run again." });
}

function platformDown({ options }: Target, operation: Operation): ApiError {
  const { platform } = options.names;
  return cutShort(operation, {
    code: "JW2006",
    reason: "platform-down",
    what: `${platform} counts as down: too many requests in a row came to nothing`,
    hint: `Look at the state of ${platform}, then run again.`,
  });
}

/** The first request that met it says more. */
function isClosed({ options, now }: Target, { code, reason, why, until }: Closed, operation: Operation): ApiError {
  const rest = Number.isFinite(until) ? { retryAfterMs: Math.ceil(until - now()) } : {};
  const what = `${options.names.platform} is left alone: ${why}`;
  return cutShort(operation, { code, reason, what, hint: "", ...rest });
}

interface Words {
  readonly code: Code;
  readonly reason: Reason;
  readonly what: string;
  readonly hint: string;
  readonly retryAfterMs?: number;
}

function cutShort(operation: Operation, { code, reason, what, hint, retryAfterMs }: Words): ApiError {
  const { request, line, attempts, tries, outcome } = operation;
  const sent = attempts === 0 ? "not sent" : `after try ${attempts} of ${tries}`;
  return new ApiError(code, reason, `${what} (${line}, ${sent})`, {
    outcome: request.kind === "read" ? "not-done" : outcome,
    request: line,
    attempts,
    hint,
    stopsTarget: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
