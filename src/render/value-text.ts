import { isList, isObject, SecretRef, type Value } from "../model/document.ts";
import { breakCommands, visible } from "./safe.ts";

/** Deeper than any job; below it a value is not told any more. */
const DEEPEST = 60;

/** A string in quotes, on one line, what acts escaped. */
function quoted(text: string): string {
  return breakCommands(`"${visible(text.replace(/["\\]/g, "\\$&"))}"`);
}

function keyText(key: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(key) ? key : quoted(key);
}

/** `(secret env:NAME)`; never a value. */
export function secretText(secret: SecretRef): string {
  return secret.text === "live" ? "(secret, not shown)" : `(secret ${breakCommands(visible(secret.text))})`;
}

/** A value on one line: `{ cron: "0 6 * * *", enabled: true }`. Safe to show. */
export function inlineValue(value: Value, depth = 0): string {
  if (value instanceof SecretRef) return secretText(value);
  if (typeof value === "string") return quoted(value);
  if (value === null || typeof value !== "object") return String(value);
  if (depth > DEEPEST) return "(more)";
  if (isList(value)) return `[${value.map((item) => inlineValue(item, depth + 1)).join(", ")}]`;
  if (!isObject(value)) return "";
  const fields = Object.entries(value).map(([key, item]) => `${keyText(key)}: ${inlineValue(item, depth + 1)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

/** Inside a block a value of at most so many characters stays on one line. */
const INLINE_IN_BLOCK = 60;

/** A value as lines, the way YAML lays it out; text of several lines behind `|`. Safe to show, no line end inside. */
export function blockValue(value: Value, depth = 0): readonly string[] {
  if (typeof value === "string" && value.includes("\n")) return textLines(value);
  if (depth > DEEPEST) return ["(more)"];
  if (isList(value) && value.length > 0) {
    return value.flatMap((item) => itemLines(item, depth).map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`)));
  }
  if (isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, item]) => field(keyText(key), item, depth));
  }
  return [inlineValue(value)];
}

/** Rows of data read best as rows. */
function itemLines(item: Value, depth: number): readonly string[] {
  const text = typeof item === "string" && item.includes("\n");
  const inline = text ? "" : inlineValue(item);
  return !text && inline.length <= INLINE_IN_BLOCK ? [inline] : blockValue(item, depth + 1);
}

function field(key: string, value: Value, depth: number): readonly string[] {
  const text = typeof value === "string" && value.includes("\n");
  const inline = text ? "" : inlineValue(value);
  const scalar = typeof value !== "object" || value === null || value instanceof SecretRef;
  if (!text && (scalar || inline.length <= INLINE_IN_BLOCK)) return [`${key}: ${inline}`];
  const mark = text ? (value.endsWith("\n") ? " |" : " |-") : "";
  return [`${key}:${mark}`, ...blockValue(value, depth + 1).map((line) => `  ${line}`)];
}

/** The lines of a text; an empty one at its end, where it has a line end, is none. */
function textLines(text: string): readonly string[] {
  return text.replace(/\n$/, "").split("\n").map(textLine);
}

/** One line of a text of several lines, unquoted. */
export function textLine(line: string): string {
  return breakCommands(visible(line.replace(/\r$/, "")));
}
