import { isList, isObject, objectFrom, own, type Value, type ValueObject } from "../model/document.ts";
import type { FieldTable, ListRule } from "../model/fields.ts";
import type { Change } from "../model/plan.ts";
import { itemIndex, itemTokens } from "./list-keys.ts";
import { childPointer, comparePointers, parsePointer } from "./pointer.ts";
import { ruleAt } from "./rules.ts";

/**
 * A document with changes made: everything that no change names stays just as it is, nulls, empty lists and the order
 * of keys and items included. New list items come last; a missing parent object is made.
 */
export function applyChanges<T extends ValueObject>(table: FieldTable, document: T, changes: readonly Change[]): T {
  let result: Value | undefined = document;
  // Removals of list items go last, so that positions in paths keep their meaning until then.
  const removals = changes.filter((c) => c.op === "remove").sort((a, b) => comparePointers(b.path, a.path));
  const ordered = [...changes.filter((c) => c.op !== "remove"), ...removals];
  for (const change of ordered) {
    result = edit(
      table,
      result,
      [],
      parsePointer(change.path),
      change.op === "remove" ? undefined : (change.after ?? null),
    );
  }
  return result as T;
}

function edit(
  table: FieldTable,
  value: Value | undefined,
  at: readonly string[],
  rest: readonly string[],
  after: Value | undefined,
): Value | undefined {
  const [token, ...further] = rest;
  if (token === undefined) return after;
  const here = [...at, token];
  const rule = ruleAt(table, at).list;
  if (rule !== undefined && rule.kind !== "set") return editItem(table, rule, value, at, rest, after);
  const object = isObject(value) ? value : {};
  const next = edit(table, own(object, token), here, further, after);
  if (next === undefined) return objectFrom(Object.entries(object).filter(([key]) => key !== token));
  return Object.hasOwn(object, token)
    ? objectFrom(Object.entries(object).map(([key, old]): [string, Value] => [key, key === token ? next : old]))
    : objectFrom([...Object.entries(object), [token, next]]);
}

function editItem(
  table: FieldTable,
  rule: ListRule,
  value: Value | undefined,
  at: readonly string[],
  rest: readonly string[],
  after: Value | undefined,
): Value {
  const [token = "", ...further] = rest;
  const items = isList(value) ? value : [];
  const index = itemIndex(rule, items, token);
  const next = edit(table, index < 0 ? undefined : items[index], [...at, token], further, after);
  if (index < 0) return next === undefined ? items : [...items, next];
  return items.flatMap((item, i) => (i !== index ? [item] : next === undefined ? [] : [next]));
}

/** The value at a change's path (list items by key), or undefined. */
export function valueAt(table: FieldTable, document: Value, pointer: string): Value | undefined {
  let value: Value | undefined = document;
  const at: string[] = [];
  for (const token of parsePointer(pointer)) {
    const rule = ruleAt(table, at).list;
    if (isList(value)) {
      const index: number = rule === undefined || rule.kind === "set" ? -1 : itemIndex(rule, value, token);
      value = index < 0 ? undefined : value[index];
    } else value = isObject(value) ? own(value, token) : undefined;
    at.push(token);
  }
  return value;
}

/** The pointers of all leaves of a document, in document order: lists without a key count as one leaf. */
export function leafPaths(table: FieldTable, document: Value): readonly string[] {
  const paths: string[] = [];
  const at: string[] = [];
  const visit = (value: Value, pointer: string): void => {
    const list = isList(value) ? ruleAt(table, at).list : undefined;
    if (isList(value) && list !== undefined && list.kind !== "set") {
      const tokens = itemTokens(list, value);
      for (const [i, item] of value.entries()) below(item, pointer, tokens[i] ?? "");
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) below(own(value, key) ?? null, pointer, key);
    } else if (value !== null) paths.push(pointer);
  };
  const below = (value: Value, pointer: string, token: string): void => {
    at.push(token);
    visit(value, childPointer(pointer, token));
    at.pop();
  };
  visit(document, "");
  return paths;
}
