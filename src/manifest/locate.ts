import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { isMerge, spanOf } from "./convert.ts";
import type { YamlDocument } from "./parse.ts";
import type { Span } from "./source.ts";

/** A value's node and, where it is one of a mapping's, its key's. */
interface Found {
  readonly value: Node | null;
  readonly key?: Node;
}

/**
 * Where a field of a document was written: `value` the value itself, `key` its key. Segments are those of a JSON Pointer
 * into the document; a list's item may also stand by its key (`name`, `id`, `target`), as `type[n]` or as `[n]`. A field
 * that is not there falls back to its nearest parent, then to the document's start.
 */
export function spanAt(document: YamlDocument, segments: readonly string[], part: "value" | "key" = "value"): Span {
  let found: Found = { value: document.root };
  let reached = 0;
  for (const segment of segments) {
    const next = step(document, found.value, segment);
    if (next === undefined) break;
    found = next;
    reached++;
  }
  if (reached === 0) return document.at;
  const whole = reached === segments.length;
  if (found.key !== undefined && (part === "key" || !whole || isNothing(found.value))) return spanOf(found.key);
  return spanOf(found.value ?? document.root ?? {});
}

function isNothing(node: Node | null): boolean {
  return node === null || node.range === undefined || node.range === null || node.range[0] === node.range[1];
}

function step(document: YamlDocument, node: Node | null, segment: string): Found | undefined {
  const target = isAlias(node) ? document.aliases.get(node) : node;
  if (isMap(target)) return field(document, target, segment);
  if (!isSeq(target)) return undefined;
  const item = itemOf(document, target, segment);
  return item === undefined ? undefined : { value: item };
}

function field(document: YamlDocument, map: YAMLMap, name: string): Found | undefined {
  const merges: (Node | null)[] = [];
  for (const pair of map.items as Pair<Node, Node | null>[]) {
    if (isMerge(pair)) merges.push(pair.value);
    else if (isScalar(pair.key) && pair.key.value === name) return { key: pair.key, value: pair.value };
  }
  for (const merge of merges) {
    const from = isAlias(merge) ? document.aliases.get(merge) : merge;
    for (const source of isSeq(from) ? (from.items as Node[]) : [from ?? null]) {
      const map = isAlias(source) ? document.aliases.get(source) : source;
      const found = isMap(map) ? field(document, map, name) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const ITEM_KEYS = ["name", "id", "target"];

function itemOf(document: YamlDocument, list: YAMLSeq, segment: string): Node | undefined {
  const items = list.items as Node[];
  const text = (item: Node, key: string) => {
    const value = step(document, item, key)?.value ?? null;
    const target = isAlias(value) ? document.aliases.get(value) : value;
    return isScalar(target) ? String(target.value) : undefined;
  };
  const byKey = items.find((item) => ITEM_KEYS.some((key) => text(item, key) === segment));
  if (byKey !== undefined) return byKey;
  if (/^(?:0|[1-9]\d*)$/.test(segment)) return items[Number(segment)];
  const position = /^(.*)\[(\d+)\]$/.exec(segment);
  if (position === null) return undefined;
  const [, type, index] = position;
  return items.filter((item) => type === "" || text(item, "type") === type)[Number(index)];
}
