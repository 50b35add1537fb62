import { isUtf8 } from "node:buffer";
import { formatPointer } from "../document/pointer.ts";
import { objectFrom, own } from "../model/document.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { DEEPEST, type ReadToken, scanJson } from "./json-scan.ts";
import { headerOf } from "./retry-after.ts";
import type { WireAnswer } from "./transport.ts";

/** What the body of an answer is. */
export type Body =
  | {
      readonly kind: "json";
      readonly json: Json;
      /** JSON Pointers at what JavaScript cannot hold exactly; what is nested too deep is null. */
      readonly inexact: readonly string[];
    }
  | { readonly kind: "empty" }
  /** Says to be JSON and is not; `why` is for people. */
  | { readonly kind: "broken"; readonly why: string }
  /** Not what the API speaks: HTML, another content type, a compression nobody asked for. */
  | { readonly kind: "foreign"; readonly why: string };

/** Reads an answer's body. Bytes that are not UTF-8 are kept readable and named, like numbers that do not survive. */
export function readBody(answer: Pick<WireAnswer, "headers" | "body">): Body {
  if (answer.body.length === 0) return { kind: "empty" };
  const why = notTheApis(answer.headers);
  if (why !== undefined) return { kind: "foreign", why };
  const text = decodeUtf8(answer.body);
  if (text === undefined) return fromBrokenUtf8(answer.body, answer.headers);
  if (/^\s*</.test(text)) return { kind: "foreign", why: "HTML" };
  return parse(text, text, answer.headers);
}

/** What in the headers says that a body is not the API's; undefined where nothing does. */
export function notTheApis(headers: WireAnswer["headers"]): string | undefined {
  const encoding = headerOf(headers, "content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity") return `compressed (${encoding}), which was not asked for`;
  const type = headerOf(headers, "content-type")?.toLowerCase();
  if (type === undefined || /^application\/([a-z0-9.+-]*\+)?json\b/.test(type)) return undefined;
  return type.includes("html") ? "HTML" : `content type ${type}`;
}

/** Bytes as text; undefined where they are not UTF-8. A byte order mark is dropped. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Scanned byte by byte as Latin-1, so that each string can be decoded by itself and the broken ones be named. */
function fromBrokenUtf8(bytes: Uint8Array, headers: WireAnswer["headers"]): Body {
  const latin1 = Buffer.from(bytes)
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "");
  const readToken: ReadToken = (token) => {
    const raw = Buffer.from(token, "latin1");
    const text = parseString(raw.toString("utf8"));
    return { text, broken: !isUtf8(raw) || /\p{Surrogate}/u.test(text) };
  };
  return parse(new TextDecoder().decode(bytes), latin1, headers, readToken);
}

function parseString(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/** What a broken body holds is not quoted: it may be values that nobody knows to be secret yet. */
function parse(text: string, scanned: string, headers: WireAnswer["headers"], readToken?: ReadToken): Body {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    const type = headerOf(headers, "content-type") ?? "no content type";
    return { kind: "broken", why: `${text.length} characters (${type}) that are no whole JSON document` };
  }
  const { inexact, tooDeep } = scanJson(scanned, readToken);
  return { kind: "json", json: tooDeep ? pruned(json, DEEPEST) : json, inexact };
}

/** The value without what lies deeper than `levels`: most of what handles JSON recurses and would not survive it. */
function pruned(value: Json, levels: number): Json {
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((item) => pruned(item, levels - 1));
  return objectFrom(Object.entries(value).map(([key, item]) => [key, pruned(item, levels - 1)]));
}

/** Looks up the pointers at and below an item of the list at `list`, without that place, by the item's index. */
export function pointersByItem(pointers: readonly string[], list: string): (index: number) => readonly string[] {
  const byItem = new Map<string, string[]>();
  for (const pointer of pointers) {
    if (!pointer.startsWith(`${list}/`)) continue;
    const item = /^\d+/.exec(pointer.slice(list.length + 1))?.[0] ?? "";
    const below = pointer.slice(list.length + 1 + item.length);
    const known = byItem.get(item);
    if (known === undefined) byItem.set(item, [below]);
    else known.push(below);
  }
  return (index) => byItem.get(String(index)) ?? [];
}

/** What a platform's error says. */
export interface PlatformError {
  /** In the platform's words, unescaped; "" where there are none. */
  readonly words: string;
  readonly code: string | undefined;
  /** Where in the sent body the fault is (FastAPI's `loc`), as a pointer. */
  readonly at: string | undefined;
}

/** Reads `{code, message}` (Nimble), `{error, code?, message?}` (Blaxel) and `{detail: [{loc, msg}]}` (FastAPI). */
export function platformError(body: Json | undefined): PlatformError {
  if (!isJsonObject(body)) return { words: "", code: undefined, at: undefined };
  const faults = detailOf(body);
  const first = faults[0];
  const words = [text(body, "message"), text(body, "error"), text(body, "detail"), ...faults.map((f) => f.words)];
  return {
    words: [...new Set(words.filter((part) => part !== undefined && part !== ""))].join("; "),
    code: text(body, "code") ?? text(body, "error"),
    at: first?.at,
  };
}

function detailOf(body: JsonObject): readonly { readonly words: string; readonly at: string | undefined }[] {
  const detail = own(body, "detail");
  if (!Array.isArray(detail)) return [];
  return detail.filter(isJsonObject).map((fault) => {
    const loc = own(fault, "loc");
    const steps = Array.isArray(loc) ? loc.filter((step) => typeof step === "string" || typeof step === "number") : [];
    const path = steps[0] === "body" ? steps.slice(1) : steps;
    const at = formatPointer(path.map(String));
    const said = text(fault, "msg") ?? "not valid";
    return { words: at === "" ? said : `${path.join(".")}: ${said}`, at: at === "" ? undefined : at };
  });
}

function text(object: JsonObject, key: string): string | undefined {
  const value = own(object, key);
  return typeof value === "string" ? value : undefined;
}
