import type { JsonObject } from "../model/json.ts";
import type { NimbleVersion } from "./nimble-view.ts";
import { check, type Issue } from "./validate.ts";

/** Which part of a list is asked for, and how the answer says so. */
export interface NimblePage {
  readonly offset: number;
  readonly limit: number;
  readonly echo: JsonObject;
}

/** Reads `page` and `per_page` (v1) or `limit` and `offset` (v2). Assumed: v2 has the bounds of v1. */
export function readPage(
  version: NimbleVersion,
  query: Readonly<Record<string, string>>,
): NimblePage | { readonly issues: readonly Issue[] } {
  const limitName = version === "v1" ? "per_page" : "limit";
  const startName = version === "v1" ? "page" : "offset";
  const limit = readInteger(query, limitName, 20, { min: 1, max: 200 });
  const start = readInteger(query, startName, version === "v1" ? 1 : 0, { min: version === "v1" ? 1 : 0 });
  const issues = [...limit.issues, ...start.issues];
  if (issues.length > 0) return { issues };
  return {
    limit: limit.value,
    offset: version === "v1" ? (start.value - 1) * limit.value : start.value,
    echo: { [startName]: start.value, [limitName]: limit.value },
  };
}

function readInteger(
  query: Readonly<Record<string, string>>,
  name: string,
  otherwise: number,
  bounds: { readonly min: number; readonly max?: number },
): { readonly value: number; readonly issues: readonly Issue[] } {
  const text = query[name];
  if (text === undefined) return { value: otherwise, issues: [] };
  const loc = ["query", name];
  if (!/^-?\d{1,15}$/.test(text)) {
    const msg = "Input should be a valid integer, unable to parse string as an integer";
    return { value: otherwise, issues: [{ loc, type: "int_parsing", msg, input: text }] };
  }
  const value = Number(text);
  return { value, issues: check({ kind: "integer", ...bounds }, value, "ignore", loc) };
}
