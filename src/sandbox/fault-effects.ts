import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Json } from "../model/json.ts";
import type { Fault, Faults, StatusFault } from "./faults.ts";
import { json } from "./http.ts";
import { isJsonObject } from "./json.ts";

/** What an effect can do with the request. */
export interface Exchange {
  readonly env: HttpBindings;
  readonly faults: Faults;
  readonly authorization: string;
  readonly platform: "nimble" | "blaxel";
  /** Handles the request as the platform would; `past`: as it was so many mutations ago. */
  handle(past?: number): Promise<Response>;
  /** Resolves after so many milliseconds, or when the sandbox closes. */
  sleep(ms: number): Promise<void>;
}

/** How an exchange ended: the answer for the adapter, and the status for the log (0: none went out). */
export interface Outcome {
  readonly response: Response;
  readonly status: number;
}

/** Lets a fault happen. */
export async function suffer(fault: Fault, exchange: Exchange): Promise<Outcome> {
  switch (fault) {
    case "cutBefore":
      return cut(exchange);
    case "cutAfter":
      await exchange.handle();
      return cut(exchange);
    case "resetBefore":
      return cut(exchange, "reset");
    case "resetAfter":
      await exchange.handle();
      return cut(exchange, "reset");
    case "hang":
      return hang({}, exchange);
    case "truncateBody":
      return truncate({}, exchange);
    case "dripBody":
      return drip({}, exchange);
    case "html":
      return answered(htmlPage({}));
    case "wrongJob":
      return rewritten(anotherJob, exchange);
    case "gzip":
      return zipped(exchange);
    case "staleRead":
      return answered(await exchange.handle(1));
    default:
      return sufferWith(fault, exchange);
  }
}

async function sufferWith(fault: Exclude<Fault, string>, exchange: Exchange): Promise<Outcome> {
  if ("status" in fault) return statusAnswer(fault, exchange);
  if ("lateCommit" in fault) {
    exchange.faults.later(async () => void (await exchange.handle()), fault.lateCommit.ms);
    return cut(exchange);
  }
  if ("hang" in fault) return hang(fault.hang, exchange);
  if ("truncateBody" in fault) return truncate(fault.truncateBody, exchange);
  if ("dripBody" in fault) return drip(fault.dripBody, exchange);
  if ("html" in fault) return answered(htmlPage(fault.html));
  if ("redirect" in fault) {
    const { location, status = 307 } = fault.redirect;
    return answered(new Response(null, { status, headers: { location } }));
  }
  if ("delayMs" in fault) {
    await exchange.sleep(fault.delayMs);
    return answered(await exchange.handle());
  }
  if ("hugeBody" in fault) return huge(fault.hugeBody.bytes, exchange);
  if ("rateLimited" in fault) return answered(tooMany(exchange.platform, fault.rateLimited.retryAfter ?? null));
  if ("staleRead" in fault) return answered(await exchange.handle(fault.staleRead.mutations ?? 1));
  if ("replace" in fault) return rewritten((text) => text.replaceAll(fault.replace.from, fault.replace.to), exchange);
  return rewritten(fault.rewrite, exchange);
}

/** 429 as the platform words it. */
export function tooMany(platform: "nimble" | "blaxel", retryAfter: string | number | null): Response {
  const message = "Too many requests";
  const nimble = { code: "rate_limited", message, ...(retryAfter === null ? {} : { retry_after: retryAfter }) };
  const body = platform === "nimble" ? nimble : { error: "Too Many Requests", code: 429, message };
  return json(429, body, retryAfter === null ? {} : { "retry-after": String(retryAfter) });
}

function answered(response: Response): Outcome {
  return { response, status: response.status };
}

function cut({ env }: Exchange, how: "close" | "reset" = "close"): Outcome {
  const { socket } = env.incoming;
  if (how === "reset") socket.resetAndDestroy();
  else socket.destroy();
  return { response: RESPONSE_ALREADY_SENT, status: 0 };
}

async function hang({ commit }: { readonly commit?: boolean }, exchange: Exchange): Promise<Outcome> {
  if (commit) await exchange.handle();
  const { outgoing } = exchange.env;
  if (!outgoing.destroyed) await new Promise<void>((resolve) => outgoing.once("close", resolve));
  return { response: RESPONSE_ALREADY_SENT, status: 0 };
}

async function truncate({ honestLength }: { honestLength?: boolean }, exchange: Exchange): Promise<Outcome> {
  const response = await exchange.handle();
  const bytes = Buffer.from(await response.arrayBuffer());
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const { outgoing, incoming } = exchange.env;
  writeHead(outgoing, response, honestLength ? half.length : bytes.length);
  if (honestLength) outgoing.end(half);
  else outgoing.write(half, () => incoming.socket.destroySoon());
  return { response: RESPONSE_ALREADY_SENT, status: response.status };
}

async function drip(
  { bytes = 1, everyMs = 10 }: { readonly bytes?: number; readonly everyMs?: number },
  exchange: Exchange,
): Promise<Outcome> {
  const response = await exchange.handle();
  const body = Buffer.from(await response.arrayBuffer());
  const { outgoing } = exchange.env;
  writeHead(outgoing, response, body.length);
  for (let at = 0; at < body.length && !outgoing.destroyed; at += bytes) {
    outgoing.write(body.subarray(at, at + bytes));
    await exchange.sleep(everyMs);
  }
  outgoing.end();
  return { response: RESPONSE_ALREADY_SENT, status: response.status };
}

async function huge(bytes: number, { env: { outgoing } }: Exchange): Promise<Outcome> {
  outgoing.writeHead(200, { "content-type": "application/json" });
  outgoing.write('{"items":[],"padding":"');
  const chunk = Buffer.alloc(64 * 1024, "a");
  for (let left = bytes; left > 0 && !outgoing.destroyed; left -= chunk.length) {
    if (!outgoing.write(chunk.subarray(0, left))) await drained(outgoing);
  }
  if (!outgoing.destroyed) outgoing.end('"}');
  return { response: RESPONSE_ALREADY_SENT, status: 200 };
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done).off("close", done);
      resolve();
    };
    outgoing.once("drain", done).once("close", done);
  });
}

async function zipped(exchange: Exchange): Promise<Outcome> {
  const response = await exchange.handle();
  const headers = new Headers(response.headers);
  headers.set("content-encoding", "gzip");
  const body = gzipSync(Buffer.from(await response.arrayBuffer()));
  return answered(new Response(body, { status: response.status, headers }));
}

async function rewritten(rewrite: (text: string) => string, exchange: Exchange): Promise<Outcome> {
  const response = await exchange.handle();
  if (response.status === 204) return answered(response);
  const text = rewrite(await response.text());
  return answered(new Response(text, { status: response.status, headers: response.headers }));
}

async function statusAnswer(fault: StatusFault, exchange: Exchange): Promise<Outcome> {
  if (fault.commit) await exchange.handle();
  const echo = (text: string) => text.replaceAll("{{authorization}}", exchange.authorization);
  const asText = typeof fault.body === "string" || fault.body === undefined;
  const text = asText ? echo(String(fault.body ?? "")) : echo(JSON.stringify(fault.body));
  const body = fault.base64 === undefined ? text : Buffer.from(fault.base64, "base64");
  const headers = Object.entries(fault.headers ?? {}).map(([name, value]): [string, string] => [name, echo(value)]);
  const type: [string, string] = [
    "content-type",
    asText && fault.base64 === undefined ? "text/plain" : "application/json",
  ];
  const { outgoing } = exchange.env;
  outgoing.writeHead(fault.status, Object.fromEntries([type, ...headers]));
  outgoing.end([204, 304].includes(fault.status) ? undefined : body);
  return { response: RESPONSE_ALREADY_SENT, status: fault.status };
}

function htmlPage({ status = 200, body }: { readonly status?: number; readonly body?: string }): Response {
  const page = body ?? "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>";
  return new Response(page, { status, headers: { "content-type": "text/html; charset=utf-8" } });
}

/** The answer with another job's id and name in it; of a list, in its first item. */
function anotherJob(text: string): string {
  const swap = (job: Json): Json => {
    if (!isJsonObject(job)) return job;
    const { metadata } = job;
    if (isJsonObject(metadata)) return { ...job, metadata: { ...metadata, name: "another-job" } };
    return { ...job, id: "job_999999", name: "another-job" };
  };
  const body = JSON.parse(text) as Json;
  if (Array.isArray(body)) return JSON.stringify(body.map((job: Json, index) => (index === 0 ? swap(job) : job)));
  if (!isJsonObject(body)) return text;
  const key = ["items", "data"].find((one) => Array.isArray(body[one]));
  const list = key === undefined ? undefined : body[key];
  if (key === undefined || !Array.isArray(list)) return JSON.stringify(swap(body));
  return JSON.stringify({ ...body, [key]: list.map((job: Json, index) => (index === 0 ? swap(job) : job)) });
}

function writeHead(outgoing: ServerResponse, response: Response, length: number): void {
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), "content-length": length });
}
