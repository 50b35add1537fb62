import type { WireRequest } from "../../src/http/transport.ts";
import type { Chance } from "./random.ts";

/** What a request is for. `page`: a further page of a list; `find`: a search; `token`: credentials for a token. */
export type Op = "list" | "page" | "find" | "get" | "create" | "update" | "delete" | "token";

/** All of them. */
export const OPS: readonly Op[] = ["list", "page", "find", "get", "create", "update", "delete", "token"];

/** Those that change something. */
export const WRITES: readonly Op[] = ["create", "update", "delete"];

/** What comes back instead of the platform's answer. */
export type Comeback =
  | { readonly kind: "answer" }
  /** Nothing left: no name, no connection, a wrong certificate. */
  | { readonly kind: "unsent"; readonly code: string }
  /** The connection broke before a status line, or in the body of a 2xx (or the body passes a limit). */
  | { readonly kind: "broken" }
  | { readonly kind: "cut"; readonly code: string }
  /** Nothing ever, or bytes that drip: the deadline ends it. */
  | { readonly kind: "silence" | "drip" }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly json: boolean;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Readonly<Record<string, string | number>>;
    }
  /** A 200 with this body. */
  | { readonly kind: "body"; readonly text: string; readonly type?: string; readonly bytes?: Uint8Array }
  | { readonly kind: "mixed" };

/** What becomes of one request. */
export interface Fate {
  readonly name: string;
  /** After how long the platform takes it up; undefined: never. */
  readonly takenMs: number | undefined;
  readonly backMs: number;
  readonly back: Comeback;
  readonly staleMs?: number;
  /** Of what a list should show, this share is not there (1: nothing is). */
  readonly lacks?: number;
  /** The platform stores something else. */
  readonly spoils?: true;
  /** Somebody changes a job, or deletes a foreign one (and makes another), at the moment the request is taken up. */
  readonly meddle?: "edit" | "delete" | "swap";
}

/** How hard the world is for one run: probabilities of a fault, by request. */
export interface Weather {
  /** Of any fault. */
  readonly rate: number;
  /** Only these (by name), where given. */
  readonly only?: readonly string[];
  /** This one, at that kind of request, as often as that. */
  readonly aim?: { readonly op: Op; readonly fault: string; readonly rate: number };
  /** From this request on nothing of the platform answers. */
  readonly downFrom?: number;
  /** The platform refuses everything with this Retry-After for the first so many requests. */
  readonly throttled?: { readonly requests: number; readonly retryAfter: string };
  /** A late commit comes at most this long after its request left. */
  readonly latestMs: number;
}

type Maker = (c: Chance) => Omit<Fate, "name">;

/** A kind of fault, and where it can happen. */
export interface Fault {
  readonly ops: readonly Op[];
  readonly make: Maker;
  /** How late its commit comes: more than a run's `latestMs` is against what the platform is assumed to do. */
  readonly lateMs?: number;
}

const READS: readonly Op[] = ["list", "page", "find", "get"];
const LISTS: readonly Op[] = ["list", "page"];
const ITEMS: readonly Op[] = ["get", "create", "update", "delete"];

const quick = (c: Chance): number => c.int(1, 200);
const never = (back: (c: Chance) => Comeback): Maker => {
  return (c) => ({ takenMs: undefined, backMs: quick(c), back: back(c) });
};
const after = (back: (c: Chance) => Comeback): Maker => {
  return (c) => ({ takenMs: quick(c), backMs: 200 + quick(c), back: back(c) });
};
const answered = (how: (c: Chance) => Partial<Fate>): Maker => {
  return (c) => ({ takenMs: quick(c), backMs: 200 + quick(c), back: { kind: "answer" }, ...how(c) });
};
const refusal = (...statuses: [number, ...number[]]): Maker => {
  return never((c) => ({ kind: "status", status: c.pick(statuses), json: true }));
};

/** Every fault of a request, and what it does; drawn anew for each. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  unsent: {
    ops: OPS,
    make: (c) => ({
      takenMs: undefined,
      backMs: c.pick([5, 50, 10_000]),
      back: { kind: "unsent", code: c.pick(["ECONNREFUSED", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT"]) },
    }),
  },
  tls: { ops: OPS, make: never(() => ({ kind: "unsent", code: "CERT_HAS_EXPIRED" })) },
  "lost before": { ops: OPS, make: never(() => ({ kind: "broken" })) },
  "lost after": { ops: OPS, make: after(() => ({ kind: "broken" })) },
  ...Object.fromEntries([100, 3_000, 30_000, 120_000].map((ms) => [`late commit ${ms / 1000} s`, late(ms)])),
  "silence before": { ops: OPS, make: () => ({ takenMs: undefined, backMs: 0, back: { kind: "silence" } }) },
  "silence after": { ops: OPS, make: (c) => ({ takenMs: quick(c), backMs: 0, back: { kind: "silence" } }) },
  drip: { ops: OPS, make: (c) => ({ takenMs: quick(c), backMs: 0, back: { kind: "drip" } }) },
  "5xx before": { ops: OPS, make: never(serverError) },
  "5xx after": { ops: WRITES, make: after(serverError) },
  "503 told": {
    ops: OPS,
    make: never(() => ({ kind: "status", status: 503, json: true, headers: { "retry-after": "2" } })),
  },
  "429": { ops: OPS, make: never(throttled) },
  "429 bare": { ops: OPS, make: never(() => ({ kind: "status", status: 429, json: true })) },
  "429 odd": { ops: OPS, make: never((c) => tooMany(c.pick(["soon", "-5", "NaN", "1e309", "9999999", OLD_DATE]))) },
  invalid: { ops: OPS, make: refusal(400, 422) },
  unauthorized: { ops: OPS, make: refusal(401) },
  unpaid: { ops: OPS, make: refusal(402) },
  forbidden: { ops: OPS, make: refusal(403) },
  unsupported: { ops: OPS, make: refusal(405, 411, 415, 501, 505) },
  "no such place": { ops: ["list", "page", "find", "create", "token"], make: refusal(404) },
  conflict: { ops: WRITES, make: refusal(409) },
  redirect: {
    ops: OPS,
    make: never((c) => {
      const headers = { location: "https://elsewhere.test/jobs" };
      return { kind: "status", status: c.pick([301, 302, 303, 307, 308]), json: false, headers };
    }),
  },
  "html before": { ops: OPS, make: never(() => HTML) },
  "html after": { ops: WRITES, make: after(() => HTML) },
  "cut body": { ops: OPS, make: after(() => ({ kind: "cut", code: "UND_ERR_SOCKET" })) },
  "empty body": { ops: OPS, make: after(() => ({ kind: "body", text: "" })) },
  "odd body": {
    ops: OPS,
    make: after((c) => ({ kind: "body", text: c.pick(["null", "{}", "[7]", "true", '"job"', '{"items":null}']) })),
  },
  "garbled body": { ops: OPS, make: after(() => ({ kind: "body", text: '{"id": "job_' })) },
  "outsized body": { ops: OPS, make: after(outsized) },
  "mixed up": {
    ops: ITEMS,
    make: (c) => ({ takenMs: c.is(0.7) ? quick(c) : undefined, backMs: 300, back: { kind: "mixed" } }),
  },
  "not taken": { ops: ["create", "update"], make: answered(() => ({ spoils: true })) },
  "stale read": { ops: READS, make: answered((c) => ({ staleMs: c.int(1, 1_500) })) },
  "list lacks": { ops: ["list"], make: answered(() => ({ lacks: 0.3 })) },
  "list empty": { ops: ["list"], make: answered(() => ({ lacks: 1 })) },
  meddling: { ops: [...READS, ...WRITES], make: answered(() => ({ meddle: "edit" })) },
  deleting: { ops: LISTS, make: answered(() => ({ meddle: "delete" })) },
  swapping: { ops: LISTS, make: answered(() => ({ meddle: "swap" })) },
};

const HTML: Comeback = { kind: "body", text: "<html>Sign in</html>", type: "text/html" };
const OLD_DATE = "Thu, 01 Jan 2015 00:00:00 GMT";

function late(ms: number): Fault {
  return {
    ops: WRITES,
    lateMs: ms,
    make: (c) => ({
      takenMs: ms,
      backMs: Math.min(quick(c), ms / 2),
      back: c.is(0.5) ? { kind: "broken" } : { kind: "status", status: 504, json: false },
    }),
  };
}

function serverError(c: Chance): Comeback {
  return { kind: "status", status: c.pick([500, 502, 504, 408, 520]), json: c.is(0.5) };
}

function tooMany(retryAfter: string): Comeback {
  return { kind: "status", status: 429, json: true, headers: { "retry-after": retryAfter } };
}

/** Every form in which a platform asks to wait. */
function throttled(c: Chance): Comeback {
  const base = { kind: "status", status: 429, json: true } as const;
  switch (c.int(0, 4)) {
    case 0:
      return tooMany(c.pick(["0", "1", "5", "59", "0.5"]));
    case 1:
      return { ...base, headers: { "retry-after-ms": "1500" } };
    case 2:
      return { ...base, body: { retry_after: 2 } };
    case 3:
      return { ...base, headers: { "x-ratelimit-reset": "3", "x-ratelimit-remaining": "0" } };
    default: {
      const headers = { date: "Thu, 01 Jan 2026 00:00:00 GMT", "retry-after": "Thu, 01 Jan 2026 00:00:04 GMT" };
      return { ...base, headers };
    }
  }
}

/** A body past a limit: too long, compressed though nobody asked, nested too deep, headers without end. */
function outsized(c: Chance): Comeback {
  switch (c.int(0, 3)) {
    case 0:
      return { kind: "cut", code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" };
    case 1:
      return { kind: "body", text: "", bytes: Uint8Array.of(0x1f, 0x8b, 0x08, 0x00, 0xff, 0xfe) };
    case 2:
      return { kind: "body", text: `${"[".repeat(600)}${"]".repeat(600)}` };
    default:
      return { kind: "broken" };
  }
}

/** The faults that a request can meet, by name. */
function faultsOf(op: Op): readonly string[] {
  return BY_OP.get(op) ?? [];
}

const BY_OP = new Map(
  OPS.map((op) => [op, Object.keys(FAULTS).filter((name) => FAULTS[name]?.ops.includes(op) === true)]),
);

/** Every combination of a kind of request and a fault that it can meet: `create: lost after`. */
export const CELLS: readonly { readonly op: Op; readonly fault: string; readonly name: string }[] = OPS.flatMap((op) =>
  faultsOf(op).map((fault) => ({ op, fault, name: `${op}: ${fault}` })),
);

/** Draws what becomes of a request, the n-th of its run. */
export function fateOf(op: Op, number: number, c: Chance, weather: Weather): Fate {
  const fine = { name: "none", takenMs: c.int(1, 40), backMs: 41 + c.int(0, 40), back: { kind: "answer" } } as const;
  const { aim, throttled: slowed } = weather;
  if (weather.downFrom !== undefined && number >= weather.downFrom) {
    return { name: "down", takenMs: undefined, backMs: 20, back: { kind: "unsent", code: "ECONNREFUSED" } };
  }
  if (slowed !== undefined && number <= slowed.requests) {
    return { name: "429 odd", takenMs: undefined, backMs: 5, back: tooMany(slowed.retryAfter) };
  }
  if (aim?.op === op && c.is(aim.rate)) return made(aim.fault, c) ?? fine;
  if (!c.is(weather.rate)) return fine;
  const { only, latestMs } = weather;
  const names = faultsOf(op).filter(
    (name) => (only === undefined || only.includes(name)) && (FAULTS[name]?.lateMs ?? 0) <= latestMs,
  );
  const name = c.any(names);
  return name === undefined ? fine : (made(name, c) ?? fine);
}

function made(name: string, c: Chance): Fate | undefined {
  const fault = FAULTS[name];
  return fault === undefined ? undefined : { name, ...fault.make(c) };
}

/** What a request is for. */
export function opOf({ method, url }: WireRequest): Op {
  if (url.pathname.endsWith("/oauth/token")) return "token";
  if (method === "POST") return "create";
  if (method === "PATCH" || method === "PUT") return "update";
  if (method === "DELETE") return "delete";
  if (/\/jobs\/[^/]+$/.test(url.pathname)) return "get";
  if (url.searchParams.has("q")) return "find";
  const isFirst = !url.searchParams.has("cursor") && (url.searchParams.get("page") ?? "1") === "1";
  return isFirst ? "list" : "page";
}
