import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { safeHtml, safeMarkdown, safeText } from "./safe.ts";

/** What stands in place of a secret's value. */
const REDACTED = "***";

/** Shorter values are not looked for: without `1`, `true` and the like nothing would be left to read. */
const SHORTEST_VALUE = 4;
const SHORTEST_LINE = 8;
const SHORTEST_NEEDLE = 4;

/** Takes known secret values out of what is shown. */
export interface Redactor {
  /** A text with every known value replaced by `***`. For text only: in JSON text it could hit names and numbers. */
  readonly text: (text: string) => string;
  /** The same for the string values of a JSON value (not its keys); the document stays valid JSON. */
  readonly json: (value: Json) => Json;
  /** {@link json} of an object. */
  readonly object: (value: JsonObject) => JsonObject;
}

/**
 * Looks for every value as it is, JSON-escaped, URL-encoded, in base64 at each of the three alignments, as our own
 * renderers escape it, and for each longer line of a value of several lines. Overlapping finds become one `***`, so
 * that no half of a secret is left. `values` is read at each call, so values that become known later are found too.
 * One pass over the text, whatever the number of secrets.
 */
export function createRedactor(values: () => Iterable<string>): Redactor {
  let known = new Set<string>();
  let search: (text: string) => readonly Span[] = () => [];
  const refresh = (): void => {
    const now = new Set(values());
    if (now.size === known.size && [...now].every((value) => known.has(value))) return;
    known = now;
    search = searchFor(needlesOf(now));
  };
  const text = (input: string): string => blank(input, search(input));
  const object = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, json(item)]));
  const json = (value: Json): Json => {
    if (typeof value === "string") return text(value);
    return isJsonObject(value) ? object(value) : Array.isArray(value) ? value.map(json) : value;
  };
  const fresh = <T>(read: (input: T) => T): ((input: T) => T) => {
    return (input) => {
      refresh();
      return read(input);
    };
  };
  return { text: fresh(text), json: fresh(json), object: fresh(object) };
}

/** All forms of secret values that are looked for: what else is to hide them (a CI's log) can be told of each. */
export function secretForms(values: Iterable<string>): readonly string[] {
  return needlesOf(values);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function needlesOf(values: Iterable<string>): readonly string[] {
  const needles = new Set<string>();
  for (const value of values) {
    if (value.length < SHORTEST_VALUE) continue;
    for (const form of [...formsOf(value), ...formsOf(value.trim())]) needles.add(form);
    const lines = value.split(/\r\n|[\r\n]/);
    if (lines.length === 1) continue;
    for (const line of lines) {
      if (line.trim().length >= SHORTEST_LINE) for (const form of formsOf(line.trim())) needles.add(form);
    }
  }
  return [...needles].filter((needle) => needle.length >= SHORTEST_NEEDLE);
}

function formsOf(value: string): readonly string[] {
  const percent = encodeURIComponent(value.replace(/\p{Cs}/gu, "\ufffd"));
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    percent.replaceAll("%20", "+"),
    safeText(value),
    safeHtml(value),
    safeMarkdown(value),
    ...base64Forms(Buffer.from(value, "utf8")),
  ];
}

/** The characters of a base64 text that depend on the value alone, for each place that it can begin at in three bytes. */
function base64Forms(bytes: Buffer): readonly string[] {
  const forms: string[] = [];
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const first = Math.ceil((before * 8) / 6);
    const form = encoded.slice(first, Math.floor(((before + bytes.length) * 8) / 6));
    forms.push(form, form.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}

const HASH_SIZE = 1 << 16;

function hashAt(text: string, at: number): number {
  let hash = text.charCodeAt(at);
  for (let i = 1; i < SHORTEST_NEEDLE; i++) hash = (hash * 31 + text.charCodeAt(at + i)) | 0;
  return hash & (HASH_SIZE - 1);
}

/** What stands where a text was cut. */
const CUT = "…";
/** The longest stretch that anything shows of what it cuts on both sides, and a little less. */
const LONG_STRETCH = 100;

/** Finds needles, also what a cut left of one: it may have been made before anybody looked. */
function searchFor(needles: readonly string[]): (text: string) => readonly Span[] {
  const whole = searchWhole(needles);
  const rest = searchRests(needles);
  return (text) => (text.includes(CUT) ? merged([...whole(text), ...rest(text)]) : whole(text));
}

/** Finds ends of needles behind a cut, and, of very long ones, stretches between two. */
function searchRests(needles: readonly string[]): (text: string) => readonly Span[] {
  const byEnd = new Map<string, string[]>();
  for (const needle of needles) {
    const end = needle.slice(-SHORTEST_NEEDLE);
    byEnd.set(end, [...(byEnd.get(end) ?? []), needle]);
  }
  const long = needles.filter((needle) => needle.length > LONG_STRETCH);
  return (text) => {
    const spans: Span[] = [];
    for (let cut = text.indexOf(CUT); cut >= 0; cut = text.indexOf(CUT, cut + 1)) {
      const start = cut + 1;
      const next = text.indexOf(CUT, start);
      const stretch = next < 0 ? "" : text.slice(start, next);
      if (stretch.length >= LONG_STRETCH && long.some((needle) => needle.includes(stretch))) {
        spans.push({ start, end: next });
      }
      const last = Math.min(next < 0 ? text.length : next, start + 2 * LONG_STRETCH);
      for (let end = last; end - start >= SHORTEST_NEEDLE; end--) {
        const found = byEnd.get(text.slice(end - SHORTEST_NEEDLE, end));
        if (found?.some((needle) => needle.endsWith(text.slice(start, end))) !== true) continue;
        spans.push({ start, end });
        break;
      }
    }
    return spans;
  };
}

function cutAfter(text: string, at: number): number {
  const cut = text.indexOf(CUT, at);
  return cut < 0 ? Number.POSITIVE_INFINITY : cut;
}

function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const before = result.at(-1);
    if (before === undefined || span.start > before.end) result.push(span);
    else result.splice(-1, 1, { start: before.start, end: Math.max(before.end, span.end) });
  }
  return result;
}

/** Finds needles, or their beginnings before a cut, by a hash of their first characters; merges what touches or overlaps. */
function searchWhole(needles: readonly string[]): (text: string) => readonly Span[] {
  const buckets = new Map<number, string[]>();
  const present = new Uint8Array(HASH_SIZE);
  for (const needle of [...needles].sort((a, b) => b.length - a.length)) {
    const hash = hashAt(needle, 0);
    present[hash] = 1;
    buckets.set(hash, [...(buckets.get(hash) ?? []), needle]);
  }
  return (text) => {
    const spans: Span[] = [];
    let start = -1;
    let end = -1;
    let cut = -1;
    for (let at = 0; at + SHORTEST_NEEDLE <= text.length; at++) {
      const hash = hashAt(text, at);
      if (present[hash] === 0) continue;
      if (cut < at) cut = cutAfter(text, at);
      const alike = buckets.get(hash) ?? [];
      const isBegun =
        Number.isFinite(cut) &&
        cut - at >= SHORTEST_NEEDLE &&
        alike.some((needle) => needle.startsWith(text.slice(at, cut)));
      const found = alike.find((needle) => text.startsWith(needle, at))?.length ?? (isBegun ? cut - at : 0);
      if (found === 0) continue;
      if (at > end) {
        if (start >= 0) spans.push({ start, end });
        start = at;
      }
      end = Math.max(end, at + found);
    }
    if (start >= 0) spans.push({ start, end });
    return spans;
  };
}

function blank(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    parts.push(text.slice(from, start), REDACTED);
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}
