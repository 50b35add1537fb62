import type { OutcomeClass, Reason } from "../model/outcome.ts";

/** What a request is for. `update` stands for PATCH and PUT. */
export type RequestKind = "read" | "create" | "update" | "delete";

/** How one try ended, where it did not end well. */
export type Signal =
  /** DNS, refused, no connection in time: no byte of the request can have been processed. */
  | "not-sent"
  /** The certificate or the handshake is wrong. */
  | "tls"
  /** Cut, or too late, after it may have arrived and before a status line. */
  | "lost"
  /** A 2xx status line, then the body broke off, or is not the JSON that it says it is. */
  | "cut"
  /** 2xx with something that is not the API's: HTML of a sign-in page, a portal, an odd gateway. */
  | "foreign"
  /** 2xx past one of our limits. */
  | "too-big"
  | "redirect"
  /** 429. */
  | "throttled"
  /** 503 with the platform's own error and a time to come back. */
  | "told-busy"
  /** 408 and 5xx, and whatever status nobody has heard of. */
  | "failed"
  /** 405, 411, 415, 501, 505. */
  | "unsupported"
  | "unauthorized"
  | "unpaid"
  | "forbidden"
  | "missing"
  | "conflict"
  /** 400, 422 and other 4xx. */
  | "invalid";

/** `again` while there are tries left, `once` more, or not (`end`). */
export type Repeat = "again" | "once" | "end";

type WriteCell = `${Repeat} ${OutcomeClass}`;
type Row = readonly [read: Repeat, create: WriteCell, update: WriteCell, delete_: WriteCell, reason: Reason];

/**
 * The one place that says what a signal proves and whether the request may be sent again. A create is only sent again
 * where it is proved that nothing was processed: names are not unique on Nimble, and a lost POST may still commit. Where
 * whoever sends it can look (`ApiRequest.stillDue`), what is unknown may be sent again if the look says so.
 */
// biome-ignore format: a table is read by its columns
const POLICY: Readonly<Record<Signal, Row>> = {
  //             read     create             update             delete             reason
  "not-sent":   ["again", "again not-sent",  "again not-sent",  "again not-sent",  "unreachable"],
  tls:          ["end",   "end not-sent",    "end not-sent",    "end not-sent",    "tls"],
  lost:         ["again", "end unknown",     "again unknown",   "again unknown",   "unknown-outcome"],
  cut:          ["again", "end done",        "end done",        "end done",        "bad-answer"],
  foreign:      ["once",  "end unknown",     "again unknown",   "again unknown",   "bad-answer"],
  "too-big":    ["end",   "end done",        "end done",        "end done",        "bad-answer"],
  redirect:     ["end",   "end not-done",    "end not-done",    "end not-done",    "bad-answer"],
  throttled:    ["again", "again not-done",  "again not-done",  "again not-done",  "rate-limited"],
  "told-busy":  ["again", "again not-done",  "again not-done",  "again not-done",  "platform-error"],
  failed:       ["again", "end unknown",     "again unknown",   "again unknown",   "platform-error"],
  unsupported:  ["end",   "end not-done",    "end not-done",    "end not-done",    "platform-error"],
  unauthorized: ["end",   "end not-done",    "end not-done",    "end not-done",    "auth"],
  unpaid:       ["end",   "end not-done",    "end not-done",    "end not-done",    "budget"],
  forbidden:    ["end",   "end not-done",    "end not-done",    "end not-done",    "forbidden"],
  missing:      ["end",   "end not-done",    "end not-done",    "end not-done",    "not-found"],
  conflict:     ["once",  "once not-done",   "once not-done",   "once not-done",   "conflict"],
  invalid:      ["end",   "end not-done",    "end not-done",    "end not-done",    "invalid"],
};

/** What to make of one try. */
export interface Verdict {
  readonly repeat: Repeat;
  readonly outcome: OutcomeClass;
  readonly reason: Reason;
}

/**
 * What a signal means for a request. `native` says that the answer was the platform's own JSON: what some gateway
 * refuses in other words may have gone through all the same (but for 429 and redirects, which are believed).
 */
export function decide(signal: Signal, kind: RequestKind, native: boolean): Verdict {
  const [read, create, update, delete_, reason] = POLICY[signal];
  if (kind === "read") return { repeat: read, outcome: "not-done", reason: signal === "lost" ? "unreachable" : reason };
  const [repeat, outcome] = split({ create, update, delete: delete_ }[kind]);
  const believed = native || signal === "throttled" || signal === "redirect" || outcome !== "not-done";
  if (believed) return { repeat, outcome, reason };
  return { repeat: kind === "create" ? "end" : repeat, outcome: "unknown", reason };
}

/** The signal of a status that is not 2xx. */
export function signalOf(status: number, native: boolean, toldToWait: boolean): Signal {
  if (status === 503 && native && toldToWait) return "told-busy";
  const known = BY_STATUS.get(status);
  if (known !== undefined) return known;
  if (status >= 300 && status < 400) return "redirect";
  return status >= 400 && status < 500 ? "invalid" : "failed";
}

const BY_STATUS: ReadonlyMap<number, Signal> = new Map([
  [401, "unauthorized"],
  [402, "unpaid"],
  [403, "forbidden"],
  [404, "missing"],
  [405, "unsupported"],
  [408, "failed"],
  [409, "conflict"],
  [411, "unsupported"],
  [415, "unsupported"],
  [429, "throttled"],
  [501, "unsupported"],
  [505, "unsupported"],
]);

/** Signals after which a platform, or the way to it, may be down. */
export function mayBeDown(signal: Signal): boolean {
  return signal === "not-sent" || signal === "lost" || signal === "failed" || signal === "told-busy";
}

const WEIGHT: Readonly<Record<OutcomeClass, number>> = { "not-sent": 0, "not-done": 1, unknown: 2, done: 3 };

/** What is known of a request after several tries: one that may have happened outweighs later ones that did not. */
export function weightier(one: OutcomeClass, other: OutcomeClass): OutcomeClass {
  return WEIGHT[one] >= WEIGHT[other] ? one : other;
}

function split(cell: WriteCell): readonly [Repeat, OutcomeClass] {
  const space = cell.indexOf(" ");
  return [cell.slice(0, space) as Repeat, cell.slice(space + 1) as OutcomeClass];
}
