import { type Transport, TransportError, type WireAnswer, type WireRequest } from "../../src/http/transport.ts";
import { type Fate, fateOf, type Op, opOf, type Weather } from "./faults.ts";
import type { Kernel } from "./kernel.ts";
import { type Model, masked, ORIGINS, type Reply } from "./model.ts";
import type { Process } from "./process.ts";
import type { Chance } from "./random.ts";

/** One request as the world saw it. */
export interface Sent {
  readonly at: number;
  readonly by: number;
  readonly op: Op;
  readonly line: string;
  readonly origin: string;
  readonly fate: string;
  readonly body: string | undefined;
  /** 0: none came. */
  status: number;
}

/** What a transport is made of. */
export interface Wire {
  readonly kernel: Kernel;
  readonly model: Model;
  readonly process: Process;
  readonly chance: Chance;
  readonly weather: Weather;
  /** Every request of the simulation, in order. */
  readonly log: Sent[];
  /** Somebody changes a job meanwhile. */
  readonly meddle: (what: "edit" | "delete", chance: Chance) => void;
}

/** Carries requests to the model, through whatever the weather does to them. */
export function createWire(wire: Wire): Transport {
  let number = 0;
  return {
    exchange: (request, signal) => {
      number += 1;
      const fate = fateOf(opOf(request), number, wire.chance, wire.weather);
      return wire.process.act(`${opOf(request)} (${fate.name})`, () => exchange(wire, request, signal, fate));
    },
    close: async () => {},
  };
}

function exchange(wire: Wire, request: WireRequest, signal: AbortSignal, fate: Fate): Promise<WireAnswer> {
  const { kernel, process, log } = wire;
  const sent = noted(wire, request, fate);
  if (!signal.aborted) log.push(sent);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new TransportError("no-answer", "ABORTED", "given up"));
    if (signal.aborted) return reject(new TransportError("before-sent", "ABORTED", "given up"));
    signal.addEventListener("abort", abort, { once: true });
    let reply: Reply | undefined;
    if (fate.takenMs !== undefined && isKnown(request)) {
      kernel.at(fate.takenMs, () => {
        const { staleMs, lacks } = fate;
        const taken = { by: process.pid, sentAt: sent.at };
        const odd = { ...(staleMs === undefined ? {} : { staleMs }), ...(lacks === undefined ? {} : { lacks }) };
        reply = wire.model.handle(request, { ...taken, ...odd });
        if (fate.meddle) wire.meddle(fate.meddle, wire.chance);
      });
    }
    if (fate.back.kind === "silence") return;
    kernel.at(fate.backMs, () => {
      signal.removeEventListener("abort", abort);
      try {
        const answer = comeback(wire, request, fate, reply);
        sent.status = answer.status;
        resolve(answer);
      } catch (error) {
        reject(error);
      }
    });
  });
}

function noted({ kernel, process }: Wire, request: WireRequest, fate: Fate): Sent {
  const { url, method, body } = request;
  const line = `${method} ${url.pathname}${url.search}`;
  const { origin } = url;
  return { at: kernel.now, by: process.pid, op: opOf(request), line, origin, fate: fate.name, body, status: 0 };
}

function isKnown({ url }: WireRequest): boolean {
  return url.origin === ORIGINS.nimble || url.origin === ORIGINS.blaxel;
}

function comeback(wire: Wire, request: WireRequest, fate: Fate, reply: Reply | undefined): WireAnswer {
  const { back } = fate;
  switch (back.kind) {
    case "unsent":
      throw new TransportError("before-sent", "ECONNREFUSED", "refused");
    case "broken":
    case "silence":
      throw new TransportError("no-answer", "ECONNRESET", "reset");
    case "cut":
      throw new TransportError("in-body", "UND_ERR_SOCKET", "cut", { status: 200, headers: JSON_TYPE });
    case "html":
      return answer(200, "<html>Sign in</html>", { "content-type": "text/html" });
    case "empty":
      return answer(200, "");
    case "garbled":
      return answer(200, '{"id": "job_');
    case "redirect":
      return answer(307, "", { location: "https://elsewhere.test/jobs" });
    case "mixed":
      return answer(200, JSON.stringify(otherJob(wire, request, reply)));
    case "status": {
      const body = back.json ? '{"code":"e","error":"e","message":"no"}' : "<html>oops</html>";
      const type = back.json ? JSON_TYPE : { "content-type": "text/html" };
      const after = back.retryAfter ? { "retry-after": back.retryAfter } : {};
      return answer(back.status, body, { ...type, ...after });
    }
    case "answer":
      return reply === undefined
        ? answer(404, "<html>nobody here</html>", { "content-type": "text/html" })
        : answer(reply.status, reply.json === undefined ? "" : JSON.stringify(reply.json));
  }
}

const JSON_TYPE = { "content-type": "application/json" };

function answer(status: number, text: string, headers: WireAnswer["headers"] = JSON_TYPE): WireAnswer {
  return { status, headers, body: new TextEncoder().encode(text) };
}

/** An answer to somebody else's question. */
function otherJob(wire: Wire, request: WireRequest, reply: Reply | undefined): unknown {
  const account = request.url.origin === ORIGINS.nimble ? "nimble:a" : "blaxel:a";
  const asked = reply?.id ?? request.url.pathname.split("/").at(-1);
  const others = [...wire.model.jobs(account)].filter(([id]) => id !== asked);
  const other = wire.chance.any(others)?.[1];
  if (other !== undefined) return masked(other, false);
  return { id: "job_999999", name: "somebody-elses", metadata: { name: "x" }, spec: {} };
}
