import type { Http2Bindings, HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import type { Access } from "./access.ts";
import { type Exchange, type Outcome, suffer, tooMany } from "./fault-effects.ts";
import { type FaultRule, type Faults, faultName } from "./faults.ts";
import type { SandboxFile } from "./file.ts";
import { type AdminEnv, json, type PlatformEnv } from "./http.ts";
import type { RequestLog } from "./log.ts";
import type { SandboxBehaviours, SandboxOptions } from "./options.ts";
import type { RateState } from "./rate.ts";
import type { SandboxData } from "./store.ts";

/** What a request goes through: the log, the faults, the limit, then the platform's routes. */
export interface ExchangeParts {
  readonly options: SandboxOptions;
  readonly behaviours: SandboxBehaviours;
  readonly data: SandboxData;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly access: Access;
  readonly rate: (key: string) => RateState;
  readonly file: SandboxFile | undefined;
  readonly platforms: Hono<PlatformEnv>;
  readonly admin: Hono<AdminEnv>;
  readonly now: () => Date;
  /** Aborts when the sandbox closes. */
  readonly closing: AbortSignal;
}

/** A request whose body was read, so that it can be handled later or not at all. */
interface Arrived {
  readonly request: Request;
  readonly text: string;
  readonly turn: number;
  readonly platform: "nimble" | "blaxel";
}

/** The one function that answers every request. */
export function createExchange(
  parts: ExchangeParts,
): (request: Request, env: HttpBindings | Http2Bindings) => Promise<Response> {
  return async (request, anyEnv) => {
    const env = anyEnv as HttpBindings;
    const path = env.incoming.url ?? "/";
    if (path.startsWith("/__sandbox")) return parts.admin.fetch(request, env);
    const text = await request.text();
    const opened = parts.log.open({
      ...{ method: request.method, path, text, headers: Object.fromEntries(request.headers) },
    });
    const { entry } = opened;
    const platform = path.startsWith("/v0") ? "blaxel" : "nimble";
    const rule = parts.faults.match(entry);
    let outcome: Outcome | undefined;
    try {
      outcome = await answer(parts, { request, text, turn: entry.seq, platform }, env, rule && withEntry(rule));
      return outcome.response;
    } finally {
      opened.close(outcome?.status ?? 0, rule?.fault && faultName(rule.fault));
    }

    function withEntry(met: FaultRule): BoundRule {
      return {
        fault: met.fault,
        before: async () => met.before?.(entry),
        afterwards: async () => met.afterwards?.(entry),
      };
    }
  };
}

interface BoundRule {
  readonly fault: FaultRule["fault"];
  readonly before: () => Promise<void>;
  readonly afterwards: () => Promise<void>;
}

async function answer(
  parts: ExchangeParts,
  arrived: Arrived,
  env: HttpBindings,
  rule: BoundRule | undefined,
): Promise<Outcome> {
  const sleep = (ms: number) => pause(ms, parts.closing);
  if (parts.options.latencyMs) await sleep(parts.options.latencyMs);
  await rule?.before();
  const handle = async (past?: number): Promise<Response> => {
    const response = await handleOnce(parts, arrived, past);
    await rule?.afterwards();
    return response;
  };
  if (rule?.fault === undefined) {
    const response = await handle();
    return { response, status: response.status };
  }
  const { request, platform } = arrived;
  const authorization = request.headers.get("x-blaxel-authorization") ?? request.headers.get("authorization") ?? "";
  const exchange: Exchange = { env, faults: parts.faults, authorization, platform, handle, sleep };
  return suffer(rule.fault, exchange);
}

/** Handles a request as the platform does. What it changed is stored before this resolves. */
async function handleOnce(parts: ExchangeParts, arrived: Arrived, past: number | undefined): Promise<Response> {
  const { request, text, turn, platform } = arrived;
  const { behaviours, access, options, now, data } = parts;
  const key = request.headers.get("x-blaxel-authorization") ?? request.headers.get("authorization") ?? "";
  const rate = parts.rate(key);
  const headers = { "x-request-id": `req_${turn}`, ...(platform === "nimble" ? rateHeaders(rate) : {}) };
  if (rate.exceeded) return withHeaders(tooMany(platform, rate.resetSeconds), { ...rateHeaders(rate), ...headers });
  try {
    await parts.file?.load();
    const again = new Request(request.url, {
      ...{ method: request.method, headers: request.headers },
      ...(text === "" || request.method === "GET" || request.method === "HEAD" ? {} : { body: text }),
    });
    const seen = past === undefined || request.method !== "GET" ? data : data.asOf(past);
    const context = { data: seen, behaviours, access, options, now, turn };
    const response = await parts.platforms.fetch(again, context);
    await parts.file?.save();
    return withHeaders(response, headers);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return withHeaders(json(500, { code: "internal_error", message }), headers);
  }
}

function rateHeaders({ limit, remaining, resetSeconds }: RateState): Record<string, string> {
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(resetSeconds),
  };
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

function pause(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (closing.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      closing.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    closing.addEventListener("abort", end);
  });
}
