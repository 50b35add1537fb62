import type { ApiClientOptions, ApiRequest } from "../../src/http/api.ts";
import { createApiClient } from "../../src/http/client.ts";
import { type Transport, TransportError, type WireAnswer, type WireRequest } from "../../src/http/transport.ts";
import { HTTP_DEFAULTS } from "../../src/model/config.ts";
import type { Json } from "../../src/model/json.ts";
import type { Clock, Env, Runtime } from "../../src/model/runtime.ts";
import { createSecretTable } from "../../src/secrets.ts";

/** A clock on which every sleep is over at once, and moves the time. Deadlines end when told. */
export interface TestClock extends Clock {
  readonly sleeps: number[];
  readonly deadlines: { readonly ms: number; readonly expire: () => void }[];
  forward(ms: number): void;
}

export const NOON = new Date("2026-11-20T12:00:00Z");

function testClock(): TestClock {
  let time = 1_000_000;
  const sleeps: number[] = [];
  const deadlines: { ms: number; expire: () => void }[] = [];
  return {
    sleeps,
    deadlines,
    wall: () => new Date(NOON.getTime() + time - 1_000_000),
    monotonic: () => time,
    forward: (ms) => {
      time += ms;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      sleeps.push(ms);
      time += ms;
    },
    timeout: (ms) => {
      const controller = new AbortController();
      deadlines.push({ ms, expire: () => controller.abort() });
      return controller.signal;
    },
  };
}

/** A runtime whose randomness is 0.5 throughout, and what stops it. */
export function testRuntime(env: Env = {}): { runtime: Runtime & { clock: TestClock }; stop: () => void } {
  const stopping = new AbortController();
  const runtime = {
    env,
    cwd: "/project",
    clock: testClock(),
    random: () => 0.5,
    log: () => undefined,
    signal: stopping.signal,
  };
  return { runtime, stop: () => stopping.abort() };
}

/** What a scripted transport does with one request. */
export type Step = WireAnswer | TransportError | ((request: WireRequest, signal: AbortSignal) => Promise<WireAnswer>);

/** Answers requests in order; the last step answers all further ones. */
export function scripted(...steps: readonly Step[]): Transport & { readonly requests: WireRequest[] } {
  const requests: WireRequest[] = [];
  return {
    requests,
    exchange: async (request, signal) => {
      const step = steps[Math.min(requests.length, steps.length - 1)];
      requests.push(request);
      if (step === undefined) throw new Error("no step left");
      if (step instanceof TransportError) throw step;
      return typeof step === "function" ? step(request, signal) : step;
    },
    close: async () => undefined,
  };
}

/** An answer in JSON. */
export function json(status: number, body: Json, headers: Record<string, string> = {}): WireAnswer {
  return raw(status, JSON.stringify(body), { "content-type": "application/json", ...headers });
}

/** An answer with just these headers. */
export function raw(status: number, body: string | Uint8Array, headers: Record<string, string> = {}): WireAnswer {
  return { status, headers, body: Buffer.from(body) };
}

/** An answer that never comes. */
export const never = (_request: WireRequest, signal: AbortSignal): Promise<WireAnswer> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new TransportError("no-answer", "ABORTED", "given up")));
  });

export const broken = {
  refused: new TransportError("before-sent", "ECONNREFUSED", "connect ECONNREFUSED"),
  unknownHost: new TransportError("before-sent", "ENOTFOUND", "getaddrinfo ENOTFOUND"),
  certificate: new TransportError("before-sent", "CERT_HAS_EXPIRED", "certificate has expired"),
  reset: new TransportError("no-answer", "UND_ERR_SOCKET", "other side closed"),
  cut: (status: number) =>
    new TransportError("in-body", "UND_ERR_SOCKET", "other side closed", {
      status,
      headers: { "content-type": "application/json" },
    }),
};

/** Options of a client of `https://api.example.com/base`, and what it told. */
export function clientOptions(transport: Transport, changes: Partial<ApiClientOptions> = {}) {
  const { runtime, stop } = testRuntime();
  const traces: string[] = [];
  const waits: { target: string; ms: number; why: string }[] = [];
  const options: ApiClientOptions = {
    names: { target: "nimble", platform: "Nimble", key: "NIMBLE_API_KEY", baseUrl: "NIMBLE_BASE_URL" },
    base: new URL("https://api.example.com/base"),
    auth: { headers: async () => ({ authorization: "Bearer the-very-key" }) },
    runtime,
    http: HTTP_DEFAULTS,
    secrets: createSecretTable(),
    transport,
    trace: (line) => traces.push(line),
    waiting: (what) => waits.push(what),
    ...changes,
  };
  return { options, clock: runtime.clock, stop, traces, waits };
}

/** The error that a promise is rejected with; fails where it is not. */
export async function errorOf<E extends Error>(
  kind: abstract new (...args: never[]) => E,
  work: Promise<unknown> | (() => unknown),
): Promise<E> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

/** A request of each kind. */
export const READ: ApiRequest = { method: "GET", path: "/v1/jobs/job_1", kind: "read", about: "item" };
export const CREATE: ApiRequest = { method: "POST", path: "/v1/jobs", kind: "create", about: "collection", body: "{}" };
export const UPDATE: ApiRequest = {
  method: "PATCH",
  path: "/v1/jobs/job_1",
  kind: "update",
  about: "item",
  body: '{"a":1}',
};
export const DELETE: ApiRequest = { method: "DELETE", path: "/v1/jobs/job_1", kind: "delete", about: "item" };

/** An answer that all is well. */
export const OK = json(200, { id: "job_1" });

/** A client over a scripted transport. */
export function setUp(...steps: readonly Step[]) {
  const transport = scripted(...steps);
  const around = clientOptions(transport);
  return { ...around, client: createApiClient(around.options), requests: transport.requests };
}
