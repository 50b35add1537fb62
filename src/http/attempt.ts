import type { Json } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { notTheApis, platformError, readBody } from "./answer.ts";
import type { RequestKind, Signal } from "./policy.ts";
import { signalOf } from "./policy.ts";
import { askedWait, headerOf } from "./retry-after.ts";
import type { TransportError, WireAnswer } from "./transport.ts";

/** How one try ended: with the platform's JSON (or an empty body, where that will do), or otherwise. */
export type Ended = Answered | Broken;

/** The platform did what it was asked, as far as can be told from the status and the body being JSON. */
export interface Answered {
  readonly ok: true;
  readonly status: number;
  readonly headers: WireAnswer["headers"];
  /** Absent where the body was empty. */
  readonly json?: Json;
  readonly inexact: readonly string[];
}

/** Something else came, or nothing. `said` and `platformCode` are not yet safe to show. */
export interface Broken {
  readonly ok: false;
  readonly signal: Signal;
  readonly native: boolean;
  readonly status?: number;
  readonly headers: WireAnswer["headers"];
  readonly errno?: string;
  readonly said: string;
  readonly platformCode?: string;
  readonly at?: string;
  /** How long the answer asks to wait, in milliseconds. */
  readonly asked?: number;
  /** Ran into the deadline. */
  readonly late: boolean;
}

/** Makes out what an answer means. */
export function readAnswer(answer: WireAnswer, kind: RequestKind, wall: Date, origin: string): Ended {
  const { status, headers } = answer;
  if (status < 200 || status >= 300) return refused(answer, wall, origin);
  const body = readBody(answer);
  if (body.kind === "json") return { ok: true, status, headers, json: body.json, inexact: body.inexact };
  if (body.kind === "empty" && kind !== "read") return { ok: true, status, headers, inexact: [] };
  const said = body.kind === "empty" ? "empty" : body.why;
  const signal = body.kind === "foreign" ? "foreign" : "cut";
  return { ok: false, signal, native: false, status, headers, said, late: false };
}

function refused(answer: WireAnswer, wall: Date, origin: string): Broken {
  const { status, headers } = answer;
  const body = readBody(answer);
  const json = body.kind === "json" ? body.json : undefined;
  const native = isJsonObject(json);
  const asked = askedWait(answer, json, wall);
  const error = platformError(json);
  const signal = signalOf(status, native, asked !== undefined);
  return {
    ok: false,
    signal,
    native,
    status,
    headers,
    said: signal === "redirect" ? redirectTarget(headers, origin) : wordsOf(answer, error.words, native, asked),
    ...(error.code === undefined ? {} : { platformCode: error.code }),
    ...(error.at === undefined ? {} : { at: error.at }),
    ...(asked === undefined ? {} : { asked }),
    late: false,
  };
}

/** Where a redirect points, without user, query and fragment, which may hold secrets. */
function redirectTarget(headers: WireAnswer["headers"], origin: string): string {
  const location = headerOf(headers, "location");
  if (location === undefined || !URL.canParse(location, origin)) return "";
  const url = new URL(location, origin);
  return url.origin === "null" ? `a ${url.protocol} URL` : url.origin + url.pathname;
}

function wordsOf(answer: WireAnswer, words: string, native: boolean, asked: number | undefined): string {
  const after = answer.status === 429 && asked === undefined ? headerOf(answer.headers, "retry-after") : undefined;
  const unread = after === undefined ? "" : ` (its Retry-After makes no sense: ${after})`;
  if (native || answer.body.length === 0) return words + unread;
  return `not the API's own error: ${notTheApis(answer.headers) ?? ""} ${Buffer.from(answer.body).toString("utf8")}`;
}

/** Makes out what a broken exchange means. `lateMs`: our own deadline ended it after so long. */
export function readBreak(error: TransportError, kind: RequestKind, lateMs: number | undefined, wall: Date): Broken {
  const headers = error.headers ?? {};
  const late = lateMs !== undefined;
  const common = { ok: false, native: false, headers, errno: late ? "TIMEOUT" : error.code, late } as const;
  if (error.phase === "before-sent") {
    return { ...common, signal: !late && isTlsCode(error.code) ? "tls" : "not-sent", said: error.message };
  }
  if (error.phase === "no-answer" || error.status === undefined) {
    const tooBig = kind === "read" && error.code === "UND_ERR_HEADERS_OVERFLOW";
    if (tooBig) return { ...common, signal: "too-big", said: "the headers are too long" };
    return { ...common, signal: "lost", said: late ? seconds(lateMs) : "" };
  }
  const { status } = error;
  if (status < 200 || status >= 300) {
    const asked = askedWait({ status, headers }, undefined, wall);
    const signal = signalOf(status, false, false);
    return { ...common, status, signal, said: "", ...(asked === undefined ? {} : { asked }) };
  }
  const foreign = notTheApis(headers);
  if (foreign !== undefined) return { ...common, status, signal: "foreign", said: foreign };
  const tooBig = error.code === "UND_ERR_RES_EXCEEDED_MAX_SIZE";
  if (tooBig) return { ...common, status, signal: "too-big", said: "over 32 MiB" };
  const got = error.received === undefined ? "" : ` after ${error.received} bytes`;
  const why = late ? `it was not whole within ${seconds(lateMs)}` : "it broke off";
  return { ...common, status, signal: "cut", said: `${why}${got}` };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function isTlsCode(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO|CRL_|UND_ERR_PRX_TLS)/.test(
    code,
  );
}
