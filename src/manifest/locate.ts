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
  const target = behind(document, node);
  if (isMap(target)) return field(document, target, segment);
  if (!isSeq(target)) return undefined;
  const item = itemOf(document, target, segment);
  return item === undefined ? undefined : { value: item };
}

/** A mapping's fields by name, own ones before merged ones. Made once: a file may hold a problem for each of them. */
const fieldsOf = new WeakMap<YAMLMap, ReadonlyMap<string, Found>>();

function field(document: YamlDocument, map: YAMLMap, name: string): Found | undefined {
  return fields(document, map).get(name);
}

function fields(document: YamlDocument, map: YAMLMap): ReadonlyMap<string, Found> {
  const known = fieldsOf.get(map);
  if (known !== undefined) return known;
  const found = new Map<string, Found>();
  // Set before it is filled: whatever merges itself ends here.
  fieldsOf.set(map, found);
  const merges: (Node | null)[] = [];
  for (const pair of map.items as Pair<Node, Node | null>[]) {
    if (isMerge(pair)) merges.push(pair.value);
    else if (isScalar(pair.key)) addFirst(found, String(pair.key.value), { key: pair.key, value: pair.value });
  }
  for (const merge of merges) {
    const from = behind(document, merge);
    for (const source of isSeq(from) ? (from.items as Node[]) : [from]) {
      const other = behind(document, source);
      if (isMap(other)) for (const [name, place] of fields(document, other)) addFirst(found, name, place);
    }
  }
  return found;
}

function addFirst<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}

/** The node that an alias stands for; any other node is itself. */
function behind(document: YamlDocument, node: Node | null | undefined): Node | null {
  return (isAlias(node) ? document.aliases.get(node) : node) ?? null;
}

const ITEM_KEYS = ["name", "id", "target"];

interface ItemIndex {
  readonly byKey: ReadonlyMap<string, Node>;
  readonly byType: ReadonlyMap<string, readonly Node[]>;
}

const itemsOf = new WeakMap<YAMLSeq, ItemIndex>();

function indexOf(document: YamlDocument, list: YAMLSeq): ItemIndex {
  const known = itemsOf.get(list);
  if (known !== undefined) return known;
  const byKey = new Map<string, Node>();
  const byType = new Map<string, Node[]>();
  for (const item of list.items as Node[]) {
    const text = (key: string) => {
      const value = behind(document, step(document, item, key)?.value);
      return isScalar(value) ? String(value.value) : undefined;
    };
    for (const key of ITEM_KEYS.map(text)) if (key !== undefined) addFirst(byKey, key, item);
    const type = text("type");
    if (type === undefined) continue;
    const alike = byType.get(type);
    if (alike === undefined) byType.set(type, [item]);
    else alike.push(item);
  }
  const index = { byKey, byType };
  itemsOf.set(list, index);
  return index;
}

function itemOf(document: YamlDocument, list: YAMLSeq, segment: string): Node | undefined {
  const items = list.items as Node[];
  const { byKey, byType } = indexOf(document, list);
  const found = byKey.get(segment);
  if (found !== undefined) return found;
  if (/^(?:0|[1-9]\d*)$/.test(segment)) return items[Number(segment)];
  const [, type, index] = /^(.*)\[(\d+)\]$/.exec(segment) ?? [];
  return (type === "" ? items : byType.get(type ?? ""))?.[Number(index)];
}
