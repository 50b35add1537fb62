import type { WireRequest } from "../../src/http/transport.ts";
import type { Chance } from "./random.ts";

/** What a request is for. */
export type Op = "list" | "find" | "get" | "create" | "update" | "delete";

/** What comes back instead of the platform's answer. */
export type Comeback =
  | { readonly kind: "answer" }
  /** The connection broke: before anything left, before a status line, or in the body of a 2xx. */
  | { readonly kind: "unsent" | "broken" | "cut" }
  /** Nothing ever: the deadline ends it. */
  | { readonly kind: "silence" }
  | { readonly kind: "status"; readonly status: number; readonly json: boolean; readonly retryAfter?: string }
  | { readonly kind: "html" | "empty" | "garbled" | "mixed" | "redirect" };

/** What becomes of one request. */
export interface Fate {
  readonly name: string;
  /** After how long the platform takes it up; undefined: never. */
  readonly takenMs: number | undefined;
  readonly backMs: number;
  readonly back: Comeback;
  readonly staleMs?: number;
  readonly lacks?: number;
  /** Somebody changes a job, or deletes a foreign one, at the moment the request is answered. */
  readonly meddle?: "edit" | "delete";
}

/** How hard the world is for one run: probabilities of a fault, by request. */
export interface Weather {
  /** Of any fault. */
  readonly rate: number;
  /** Only these (by name), where given. */
  readonly only?: readonly string[];
  /** From this request on nothing of the platform answers. */
  readonly downFrom?: number;
  /** The platform refuses everything with this Retry-After for the first so many requests. */
  readonly throttled?: { readonly requests: number; readonly retryAfter: string };
  /** A late commit comes at most this long after its request left. */
  readonly latestMs: number;
}

type Maker = (c: Chance, weather: Weather) => Omit<Fate, "name">;

const quick = (c: Chance): number => c.int(1, 200);
const LATE_MS = [100, 3_000, 10_000, 27_000];

/** Every fault of a request, and what it does. `taken` and `back` are drawn anew for each. */
export const FAULTS: Readonly<
  Record<string, { readonly ops: readonly Op[] | "all" | "writes" | "reads"; make: Maker }>
> = {
  unsent: { ops: "all", make: (c) => ({ takenMs: undefined, backMs: quick(c), back: { kind: "unsent" } }) },
  "lost before": { ops: "all", make: (c) => ({ takenMs: undefined, backMs: quick(c), back: { kind: "broken" } }) },
  "lost after": {
    ops: "all",
    make: (c) => ({ takenMs: quick(c), backMs: 200 + quick(c), back: { kind: "broken" } }),
  },
  "late commit": {
    ops: "writes",
    make: (c, { latestMs }) => ({
      takenMs: Math.min(latestMs, LATE_MS[c.int(0, 3)] ?? 0),
      backMs: quick(c),
      back: c.is(0.5) ? { kind: "broken" } : { kind: "status", status: 504, json: false },
    }),
  },
  "silence before": { ops: "all", make: () => ({ takenMs: undefined, backMs: 0, back: { kind: "silence" } }) },
  "silence after": { ops: "all", make: (c) => ({ takenMs: quick(c), backMs: 0, back: { kind: "silence" } }) },
  "5xx before": {
    ops: "all",
    make: (c) => ({ takenMs: undefined, backMs: quick(c), back: serverError(c) }),
  },
  "5xx after": { ops: "writes", make: (c) => ({ takenMs: quick(c), backMs: 300, back: serverError(c) }) },
  "503 told": {
    ops: "all",
    make: (c) => ({
      takenMs: undefined,
      backMs: quick(c),
      back: { kind: "status", status: 503, json: true, retryAfter: "2" },
    }),
  },
  "429": {
    ops: "all",
    make: (c) => ({
      takenMs: undefined,
      backMs: quick(c),
      back: { kind: "status", status: 429, json: true, retryAfter: c.pick(["", "1", "5", "59"]) },
    }),
  },
  "429 odd": {
    ops: "all",
    make: (c) => ({
      takenMs: undefined,
      backMs: quick(c),
      back: { kind: "status", status: 429, json: true, retryAfter: c.pick(["soon", "-5", "NaN", "1e309", "9999999"]) },
    }),
  },
  refused: {
    ops: "all",
    make: (c) => ({
      takenMs: undefined,
      backMs: quick(c),
      back: { kind: "status", status: c.pick([400, 401, 402, 403, 422]), json: true },
    }),
  },
  "html before": { ops: "all", make: (c) => ({ takenMs: undefined, backMs: quick(c), back: { kind: "html" } }) },
  "html after": { ops: "writes", make: (c) => ({ takenMs: quick(c), backMs: 300, back: { kind: "html" } }) },
  "cut body": { ops: "all", make: (c) => ({ takenMs: quick(c), backMs: 300, back: { kind: "cut" } }) },
  "empty body": { ops: "all", make: (c) => ({ takenMs: quick(c), backMs: 300, back: { kind: "empty" } }) },
  "garbled body": { ops: "all", make: (c) => ({ takenMs: quick(c), backMs: 300, back: { kind: "garbled" } }) },
  "mixed up": {
    ops: ["get", "create", "update", "delete"],
    make: (c) => ({ takenMs: c.is(0.7) ? quick(c) : undefined, backMs: 300, back: { kind: "mixed" } }),
  },
  redirect: { ops: "all", make: (c) => ({ takenMs: undefined, backMs: quick(c), back: { kind: "redirect" } }) },
  "stale read": {
    ops: "reads",
    make: (c) => ({ takenMs: quick(c), backMs: 300, back: { kind: "answer" }, staleMs: c.int(1, 1_500) }),
  },
  "list lacks": {
    ops: ["list"],
    make: (c) => ({ takenMs: quick(c), backMs: 300, back: { kind: "answer" }, lacks: 1 }),
  },
  meddling: {
    ops: "all",
    make: (c) => ({ takenMs: quick(c), backMs: 300, back: { kind: "answer" }, meddle: "edit" as const }),
  },
  deleting: {
    ops: ["list"],
    make: (c) => ({ takenMs: quick(c), backMs: 300, back: { kind: "answer" }, meddle: "delete" }),
  },
};

function serverError(c: Chance): Comeback {
  return { kind: "status", status: c.pick([500, 502, 504, 408]), json: c.is(0.5) };
}

const READS: readonly Op[] = ["list", "find", "get"];

/** The faults that a request can meet, by name. */
export function faultsOf(op: Op): readonly string[] {
  return Object.entries(FAULTS)
    .filter(
      ([, { ops }]) =>
        ops === "all" ||
        (ops === "reads" ? READS.includes(op) : ops === "writes" ? !READS.includes(op) : ops.includes(op)),
    )
    .map(([name]) => name);
}

/** Draws what becomes of a request, the n-th of its run. */
export function fateOf(op: Op, number: number, c: Chance, weather: Weather): Fate {
  const fine = { name: "none", takenMs: c.int(1, 40), backMs: 41 + c.int(0, 40), back: { kind: "answer" } } as const;
  if (weather.downFrom !== undefined && number >= weather.downFrom) {
    return { name: "down", takenMs: undefined, backMs: 20, back: { kind: "unsent" } };
  }
  const { throttled } = weather;
  if (throttled !== undefined && number <= throttled.requests) {
    const { retryAfter } = throttled;
    return {
      name: "429 odd",
      takenMs: undefined,
      backMs: 5,
      back: { kind: "status", status: 429, json: true, retryAfter },
    };
  }
  if (!c.is(weather.rate)) return fine;
  const names = faultsOf(op).filter((name) => weather.only === undefined || weather.only.includes(name));
  const name = c.any(names);
  const fault = name === undefined ? undefined : FAULTS[name];
  return name === undefined || fault === undefined ? fine : { name, ...fault.make(c, weather) };
}

/** What a request is for. */
export function opOf({ method, url }: WireRequest): Op {
  if (method === "POST") return "create";
  if (method === "PATCH" || method === "PUT") return "update";
  if (method === "DELETE") return "delete";
  if (/\/jobs\/[^/]+$/.test(url.pathname)) return "get";
  return url.searchParams.has("q") ? "find" : "list";
}
