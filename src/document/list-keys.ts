import { isList, isObject, own, type Value } from "../model/document.ts";
import type { ListRule } from "../model/fields.ts";
import { canonical } from "./canonical.ts";

/**
 * The tokens by which the items of a list stand in a change's path, in list order: the value at the list's key;
 * `type[n]` for triggers (the n-th of its type in this very list); `[n]` for an item without a key. Tokens are unique:
 * a repeated one gets `#2`, `#3`, ...
 */
export function itemTokens(rule: ListRule, items: readonly Value[]): readonly string[] {
  const times = new Map<string, number>();
  const positions = new Map<string, number>();
  return items.map((item, index) => {
    const token = rule.kind === "trigger" ? triggerToken(item, positions) : keyToken(rule, item, index);
    const count = (times.get(token) ?? 0) + 1;
    times.set(token, count);
    return count === 1 ? token : `${token}#${count}`;
  });
}

function keyToken(rule: ListRule, item: Value, index: number): string {
  const key = rule.kind === "keyed" && isObject(item) ? own(item, rule.key) : undefined;
  return typeof key === "string" || typeof key === "number" ? String(key) : `[${index}]`;
}

function triggerToken(item: Value, positions: Map<string, number>): string {
  const type = triggerType(item);
  const position = positions.get(type) ?? 0;
  positions.set(type, position + 1);
  return `${type}[${position}]`;
}

/** The index of the item that a token of a change's path names, or -1. */
export function itemIndex(rule: ListRule, items: readonly Value[], token: string): number {
  if (rule.kind === "trigger") {
    const byId = items.findIndex((item) => triggerId(item) === token);
    if (byId >= 0) return byId;
  }
  return itemTokens(rule, items).indexOf(token);
}

/** Tokens of a declared trigger list and of the live one, so that items that belong together have the same token. */
export interface TriggerPairing {
  readonly declared: readonly string[];
  readonly live: readonly string[];
}

/**
 * Pairs declared with live triggers: by id; then, within a type, by content where every declared one is found live just
 * so (a reordering is no change); then by the id remembered for the declared position; then by position.
 */
export function pairTriggers(
  declared: readonly Value[],
  live: readonly Value[],
  remembered: (index: number) => string | undefined,
): TriggerPairing {
  const liveTokens = [...itemTokens({ kind: "trigger" }, live)];
  const tokens: (string | undefined)[] = declared.map((item) => triggerId(item));
  const free = new Set(live.keys());
  for (const token of tokens) {
    const index = token === undefined ? -1 : live.findIndex((item) => triggerId(item) === token);
    if (token === undefined || !free.delete(index)) continue;
    liveTokens[index] = token;
  }
  for (const type of new Set(declared.map(triggerType))) {
    const wanted = [...declared.keys()].filter(
      (i) => tokens[i] === undefined && triggerType(declared[i] ?? null) === type,
    );
    const candidates = [...free].filter((j) => triggerType(live[j] ?? null) === type);
    const pairs =
      pairByContent(wanted, candidates, declared, live) ?? pairByPlace(wanted, candidates, live, remembered);
    const count = live.filter((item) => triggerType(item) === type).length;
    let added = 0;
    for (const i of wanted) {
      const j = pairs.get(i);
      tokens[i] = j === undefined ? `${type}[${count + added++}]` : liveTokens[j];
      if (j !== undefined) free.delete(j);
    }
  }
  return { declared: tokens.map((token) => token ?? ""), live: liveTokens };
}

function pairByContent(
  wanted: readonly number[],
  candidates: readonly number[],
  declared: readonly Value[],
  live: readonly Value[],
): Map<number, number> | undefined {
  const pairs = new Map<number, number>();
  const rest = [...candidates];
  for (const i of wanted) {
    const found = rest.findIndex((j) => covers(live[j] ?? null, declared[i] ?? null));
    const j = found < 0 ? undefined : rest.splice(found, 1)[0];
    if (j === undefined) return undefined;
    pairs.set(i, j);
  }
  return pairs;
}

function pairByPlace(
  wanted: readonly number[],
  candidates: readonly number[],
  live: readonly Value[],
  remembered: (index: number) => string | undefined,
): Map<number, number> {
  const pairs = new Map<number, number>();
  const rest = [...candidates];
  for (const i of wanted) {
    const id = remembered(i);
    const at = id === undefined ? -1 : rest.findIndex((j) => triggerId(live[j] ?? null) === id);
    const j = at < 0 ? undefined : rest.splice(at, 1)[0];
    if (j !== undefined) pairs.set(i, j);
  }
  for (const i of wanted) {
    if (pairs.has(i)) continue;
    const j = rest.shift();
    if (j !== undefined) pairs.set(i, j);
  }
  return pairs;
}

/** Whether `live` holds everything that `declared` says (nulls and extra live keys aside). */
function covers(live: Value, declared: Value): boolean {
  if (isObject(declared)) {
    return Object.keys(declared).every((key) => {
      const wanted = declared[key] ?? null;
      const found = isObject(live) ? (own(live, key) ?? null) : null;
      return wanted === null ? found === null : covers(found, wanted);
    });
  }
  if (isList(declared) && declared.length === 0 && live === null) return true;
  return canonical(live) === canonical(declared);
}

/** The type of a trigger; `http`, the platform's first, where it is left out. */
export function triggerType(item: Value): string {
  const type = isObject(item) ? own(item, "type") : undefined;
  return typeof type === "string" ? type : "http";
}

/** The id of a trigger, where it has one. */
export function triggerId(item: Value): string | undefined {
  const id = isObject(item) ? own(item, "id") : undefined;
  return typeof id === "string" && id !== "" ? id : undefined;
}
