import { type Transport, TransportError, type WireAnswer, type WireRequest } from "../../src/http/transport.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { type Comeback, type Fate, fateOf, type Op, opOf, type Weather } from "./faults.ts";
import type { Kernel } from "./kernel.ts";
import { type Model, ORIGINS, type Read, type Reply, type Taken } from "./model.ts";
import { masked } from "./model-jobs.ts";
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
  /** Requests of the same process to the same origin that were under way then, this one included; logins aside. */
  readonly together: number;
  /** 0: none came. */
  status: number;
  /** When it was over for the process. */
  overAt?: number;
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
  /** The account that requests to an origin are about: for what is left out of lists, and for mixed-up answers. */
  readonly account: (origin: string) => string;
  /** Somebody changes a job meanwhile. */
  readonly meddle: (what: "edit" | "delete" | "swap", chance: Chance) => void;
}

/** What the requests of one process have in common. */
interface Line extends Wire {
  number: number;
  readonly underWay: Map<string, number>;
  /** What the replica that answers a list lacks: the same on all of its pages. */
  readonly lacking: Map<string, ReadonlySet<string>>;
}

/** Carries requests to the model, through whatever the weather does to them. */
export function createWire(wire: Wire): Transport {
  const line: Line = { ...wire, number: 0, underWay: new Map(), lacking: new Map() };
  return {
    exchange: (request, signal) => {
      line.number += 1;
      const op = opOf(request);
      const fate = fateOf(op, line.number, wire.chance, wire.weather);
      return wire.process.act(op, () => exchange(line, request, op, signal, fate));
    },
    close: async () => {},
  };
}

function exchange(line: Line, request: WireRequest, op: Op, signal: AbortSignal, fate: Fate): Promise<WireAnswer> {
  if (signal.aborted) return Promise.reject(new TransportError("before-sent", "ABORTED", "given up"));
  const { kernel, log, underWay } = line;
  const { origin } = request.url;
  const weight = op === "token" ? 0 : 1;
  underWay.set(origin, (underWay.get(origin) ?? 0) + weight);
  const sent = noted(line, request, op, fate);
  log.push(sent);
  const over = (): void => {
    underWay.set(origin, (underWay.get(origin) ?? 0) - weight);
    sent.overAt = kernel.now;
  };
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      over();
      reject(fate.back.kind === "drip" ? cutOff("ABORTED") : givenUp(fate.back));
    };
    signal.addEventListener("abort", abort, { once: true });
    let reply: Reply | undefined;
    let read: Read | undefined;
    if (fate.takenMs !== undefined && isKnown(request)) {
      kernel.at(fate.takenMs, () => {
        const { reads } = line.model;
        const before = reads.length;
        reply = line.model.handle(request, takenAs(line, request, op, fate, sent.at));
        read = reads.length > before ? reads.at(-1) : undefined;
        if (fate.meddle) line.meddle(fate.meddle, line.chance);
      });
    }
    if (fate.back.kind === "silence" || fate.back.kind === "drip") return;
    kernel.at(fate.backMs, () => {
      if (signal.aborted) return;
      signal.removeEventListener("abort", abort);
      over();
      try {
        const answer = comeback(line, request, fate.back, reply);
        sent.status = answer.status;
        if (read !== undefined && fate.back.kind === "answer") read.arrivedAt = kernel.now;
        resolve(answer);
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Where there is no connection yet, nothing can have been sent. */
function givenUp({ kind }: Comeback): TransportError {
  return new TransportError(kind === "unsent" ? "before-sent" : "no-answer", "ABORTED", "given up");
}

function noted({ kernel, process, underWay }: Line, request: WireRequest, op: Op, fate: Fate): Sent {
  const { url, method, body } = request;
  return {
    at: kernel.now,
    by: process.pid,
    op,
    line: `${method} ${url.pathname}${url.search}`,
    origin: url.origin,
    fate: fate.name,
    body,
    together: underWay.get(url.origin) ?? 0,
    status: 0,
  };
}

function takenAs(line: Line, { url }: WireRequest, op: Op, fate: Fate, sentAt: number): Taken {
  const { staleMs, spoils } = fate;
  if (op === "list") line.lacking.set(url.origin, lackedBy(line, url.origin, fate.lacks));
  const lacks = op === "list" || op === "page" ? line.lacking.get(url.origin) : undefined;
  return {
    by: line.process.pid,
    sentAt,
    ...(staleMs === undefined ? {} : { staleMs }),
    ...(lacks === undefined || lacks.size === 0 ? {} : { lacks }),
    ...(spoils === undefined ? {} : { spoils }),
  };
}

function lackedBy({ model, account, chance }: Line, origin: string, share: number | undefined): ReadonlySet<string> {
  if (share === undefined) return new Set();
  const ids = [...model.jobs(account(origin)).keys()];
  const lacked = new Set(ids.filter(() => chance.is(share)));
  const one = chance.any(ids);
  return lacked.size === 0 && one !== undefined ? new Set([one]) : lacked;
}

function isKnown({ url }: WireRequest): boolean {
  return url.origin === ORIGINS.nimble || url.origin === ORIGINS.blaxel;
}

function comeback(line: Line, request: WireRequest, back: Comeback, reply: Reply | undefined): WireAnswer {
  switch (back.kind) {
    case "unsent":
      throw new TransportError("before-sent", back.code, back.code);
    case "broken":
    case "silence":
    case "drip":
      throw new TransportError("no-answer", "ECONNRESET", "reset");
    case "cut":
      throw cutOff(back.code);
    case "body":
      return answer(200, back.bytes ?? back.text, { "content-type": back.type ?? "application/json" });
    case "mixed":
      return answer(200, JSON.stringify(otherJob(line, request, reply)));
    case "status": {
      const json = { code: "e", error: "e", message: "no", ...back.body };
      const type = { "content-type": back.json ? "application/json" : "text/html" };
      return answer(back.status, back.json ? JSON.stringify(json) : "<html>oops</html>", { ...type, ...back.headers });
    }
    case "answer":
      return reply === undefined
        ? answer(404, "<html>nobody here</html>", { "content-type": "text/html" })
        : answer(reply.status, reply.json === undefined ? "" : JSON.stringify(reply.json));
  }
}

const JSON_TYPE = { "content-type": "application/json" };

function cutOff(code: string): TransportError {
  return new TransportError("in-body", code, "cut", { status: 200, headers: JSON_TYPE });
}

function answer(status: number, body: string | Uint8Array, headers: WireAnswer["headers"] = JSON_TYPE): WireAnswer {
  return { status, headers, body: typeof body === "string" ? new TextEncoder().encode(body) : body };
}

/** An answer to somebody else's question. */
function otherJob({ model, account, chance }: Line, { url }: WireRequest, reply: Reply | undefined): JsonObject {
  const asked = reply?.id ?? url.pathname.split("/").at(-1);
  const others = [...model.jobs(account(url.origin))].filter(([id]) => id !== asked);
  const other = chance.any(others)?.[1];
  if (other !== undefined) return masked(other, "whole");
  return { id: "job_999999", name: "somebody-elses", metadata: { name: "x" }, spec: {} };
}
