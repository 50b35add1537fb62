import { type LookupAddress, type LookupAllOptions, lookup } from "node:dns";
import type { IncomingHttpHeaders } from "node:http";
import type { LookupFunction } from "node:net";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { objectFrom } from "../model/document.ts";
import type { Env } from "../model/runtime.ts";
import { isLoopbackAddress, isLoopbackHost } from "./origin.ts";
import { type BrokenPhase, type Transport, TransportError, type WireAnswer, type WireRequest } from "./transport.ts";

/** An answer's body may be this long, in bytes. */
export const LARGEST_BODY = 32 * 1024 * 1024;

const CONNECT_TIMEOUT_MS = 10_000;
const LARGEST_HEADERS = 32 * 1024;

/**
 * Carries requests over HTTP/1.1. https goes through `HTTPS_PROXY` unless `NO_PROXY` says otherwise; plain http goes to
 * addresses of this machine only, and never through a proxy. Redirects are not followed, cookies not kept, compression
 * is not asked for. Nothing but the given environment is read.
 */
export function createUndiciTransport(env: Env): Transport {
  const proxy = proxyOf(env);
  const pools = new Map<string, Dispatcher>();
  const pooled = (protocol: string): Dispatcher => {
    const pool = pools.get(protocol) ?? dispatcherFor(protocol, proxy);
    pools.set(protocol, pool);
    return pool;
  };
  return {
    exchange: async (request, signal) => {
      refuseFarHttp(request.url);
      try {
        if (request.fresh !== true) return await dispatch(pooled(request.url.protocol), request, signal);
        const alone = dispatcherFor(request.url.protocol, proxy);
        return await dispatch(alone, request, signal).finally(() => alone.destroy().catch(() => undefined));
      } catch (error) {
        throw proxy === undefined || request.url.protocol !== "https:" ? error : namingProxy(error, proxy);
      }
    },
    close: async () => {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

interface Proxy {
  readonly url: string;
  readonly noProxy: string;
  /** Without user and password. */
  readonly shown: string;
}

function proxyOf(env: Env): Proxy | undefined {
  const value = env["https_proxy"] || env["HTTPS_PROXY"];
  if (value === undefined || value === "") return undefined;
  const url = value.includes("://") ? value : `http://${value}`;
  const shown = URL.canParse(url) ? new URL(url).origin : "(not a URL)";
  return { url, noProxy: env["no_proxy"] || env["NO_PROXY"] || "", shown };
}

/** undici's own reading of the environment is switched off by giving every setting, empty ones too. */
function dispatcherFor(protocol: string, proxy: Proxy | undefined): Dispatcher {
  const limits = {
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: LARGEST_HEADERS,
    maxResponseSize: LARGEST_BODY,
  };
  if (protocol === "http:") {
    return new Agent({ ...limits, connect: { timeout: CONNECT_TIMEOUT_MS, lookup: loopbackLookup(lookup) } });
  }
  if (proxy === undefined) return new Agent(limits);
  if (!URL.canParse(proxy.url)) throw new TransportError("before-sent", "PROXY", "HTTPS_PROXY is not a URL");
  return new EnvHttpProxyAgent({ ...limits, httpProxy: "", httpsProxy: proxy.url, noProxy: proxy.noProxy });
}

function refuseFarHttp(url: URL): void {
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    throw new TransportError("before-sent", "PLAIN_HTTP", `plain http to ${url.host} is refused`);
  }
}

type LookupAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A look-up of host names that finds addresses of this machine only: that is how far `localhost` is trusted. */
export function loopbackLookup(lookupAll: LookupAll): LookupFunction {
  return (hostname, options, callback) => {
    lookupAll(hostname, { ...options, all: true }, (error, found) => {
      const near = error === null ? found.filter(({ address }) => isLoopbackAddress(address)) : [];
      const [first] = near;
      if (error !== null) callback(error, "", 0);
      else if (first === undefined) callback(notThisMachine(hostname), "", 0);
      else if (options.all === true) callback(null, near);
      else callback(null, first.address, first.family);
    });
  };
}

function notThisMachine(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} is not this machine`), { code: "PLAIN_HTTP" });
}

function dispatch(dispatcher: Dispatcher, request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(resolve, reject, signal);
    const options: Dispatcher.DispatchOptions = {
      origin: request.url.origin,
      path: request.url.pathname + request.url.search,
      method: request.method as Dispatcher.HttpMethod,
      headers: { ...request.headers, "accept-encoding": "identity" },
      body: request.body ?? null,
      reset: request.fresh === true,
    };
    try {
      if (!signal.aborted) dispatcher.dispatch(options, exchange);
    } catch (error) {
      exchange.fail(error);
    }
  });
}

/** One request on its way: knows how far it came, which is what tells a lost request from one never sent. */
class Exchange implements Dispatcher.DispatchHandler {
  private phase: BrokenPhase = "before-sent";
  private status = 0;
  private headers: WireAnswer["headers"] = {};
  private readonly chunks: Uint8Array[] = [];
  private controller: Dispatcher.DispatchController | undefined;
  private readonly resolve: (answer: WireAnswer) => void;
  private readonly reject: (error: TransportError) => void;
  private readonly signal: AbortSignal;
  private readonly onAbort = (): void => {
    const aborted = new DOMException("the exchange was given up", "AbortError");
    this.controller?.abort(aborted);
    this.fail(aborted);
  };

  constructor(resolve: (answer: WireAnswer) => void, reject: (error: TransportError) => void, signal: AbortSignal) {
    this.resolve = resolve;
    this.reject = reject;
    this.signal = signal;
    if (signal.aborted) this.onAbort();
    else signal.addEventListener("abort", this.onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.signal.aborted) {
      controller.abort(new DOMException("the exchange was given up", "AbortError"));
      return;
    }
    this.controller = controller;
    this.phase = "no-answer";
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.phase = "in-body";
    this.status = status;
    this.headers = objectFrom(Object.entries(headers).map(([name, value]) => [name, value ?? ""]));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.signal.removeEventListener("abort", this.onAbort);
    this.resolve({ status: this.status, headers: this.headers, body: Buffer.concat(this.chunks) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    this.signal.removeEventListener("abort", this.onAbort);
    const message = error instanceof Error ? error.message : String(error);
    const received = this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const { status, headers } = this;
    const answer = this.phase === "in-body" ? { status, headers, received } : undefined;
    this.reject(new TransportError(this.phase, codeOf(error), message, answer));
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  if (/^Proxy response \(\d+\)/.test(error.message)) return "PROXY";
  if (error.name === "AbortError") return "ABORTED";
  const code = (error as Error & { readonly code?: unknown }).code;
  const nested = error instanceof AggregateError ? error.errors[0] : error.cause;
  if (typeof code === "string") return code;
  return nested instanceof Error ? codeOf(nested) : error.name;
}

/** A connection that fails may have failed at the proxy; its name helps, its password must not show. */
function namingProxy(error: unknown, proxy: Proxy): unknown {
  if (!(error instanceof TransportError) || error.phase !== "before-sent" || error.code === "ABORTED") return error;
  return new TransportError(error.phase, error.code, `${error.message} (HTTPS_PROXY is ${proxy.shown})`);
}
