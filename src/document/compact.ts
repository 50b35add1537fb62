import { isList, isObject, objectFrom, type Value } from "../model/document.ts";

/** A value without the nulls in its objects; undefined where nothing is left. Lists are left as they are. */
export function compact(value: Value): Value | undefined {
  if (value === null) return undefined;
  if (isList(value) || !isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, child]): [string, Value][] => {
    const kept = compact(child);
    return kept === undefined ? [] : [[key, kept]];
  });
  return entries.length === 0 && Object.keys(value).length > 0 ? undefined : objectFrom(entries);
}
