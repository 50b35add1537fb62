import { type Ended, readAnswer, readBreak } from "./attempt.ts";
import type { Operation, Target } from "./operation.ts";
import { weightier } from "./policy.ts";
import { headerOf, rateHint } from "./retry-after.ts";
import { excerpt } from "./text.ts";
import { TransportError, type WireAnswer, type WireRequest } from "./transport.ts";
import { interrupted } from "./turn.ts";

/** One exchange: sends, waits for the whole answer, and makes out what it means. Throws where a stop ended it. */
export async function tryOnce(
  target: Target,
  operation: Operation,
  credentials: Readonly<Record<string, string>>,
): Promise<Ended> {
  const { runtime, http, transport } = target.options;
  const { request, url } = operation;
  const started = target.now();
  const deadlineMs = request.kind === "read" ? http.readTimeoutMs : http.writeTimeoutMs;
  const bound = target.bounds.bound(deadlineMs, request.stopAtOnce === true);
  try {
    const wire = await transport.exchange(wireRequest(target, operation, credentials), bound.signal);
    traceLine(target, operation, String(wire.status), started, headerOf(wire.headers, "x-request-id"));
    answered(target, wire);
    return readAnswer(wire, request.kind, runtime.clock.wall(), url.origin);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    traceLine(target, operation, `${error.code} (${error.phase})`, started, undefined);
    if (bound.why() === "stopped") {
      operation.outcome = weightier(error.phase === "before-sent" ? "not-sent" : "unknown", operation.outcome);
      throw interrupted(operation);
    }
    const lateMs = bound.why() === "deadline" ? deadlineMs : undefined;
    return readBreak(error, request.kind, lateMs, runtime.clock.wall());
  } finally {
    bound.done();
    target.pace.over(target.now());
  }
}

function wireRequest(
  target: Target,
  { request, url }: Operation,
  credentials: Readonly<Record<string, string>>,
): WireRequest {
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
  const ms = Math.round(target.now() - started);
  trace(`${names.target}: ${operation.line} -> ${how} in ${ms} ms, try ${operation.attempts}${tail}`);
}

/** Takes note of what every answer says about the rate. */
function answered(target: Target, answer: WireAnswer): void {
  const { http, runtime } = target.options;
  if (answer.status !== 429) target.pace.accepted(target.now());
  const hint = rateHint(answer.headers, runtime.clock.wall());
  if (hint === undefined || hint.resetMs > http.maxWaitMs || target.hintedMs > http.maxWaitTotalMs) return;
  target.hintedMs += target.pace.hint(target.now(), hint);
}
