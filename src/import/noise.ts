import { canonical } from "../document/canonical.ts";
import { ruleAt } from "../document/rules.ts";
import { isList, isObject, objectFrom, type Value } from "../model/document.ts";
import type { FieldRule, FieldTable } from "../model/fields.ts";

/**
 * A live value without what nobody would write down: nulls and empty containers, what the platform or another tool fills
 * in, and what equals the platform's default. Undefined where nothing is left. Switches that start a job stay even
 * where they are on: a declared one shows when somebody pauses the job. Records in value lists stay as they are.
 */
export function withoutNoise(table: FieldTable, value: Value, at: readonly string[] = []): Value | undefined {
  if (value === null || isNoise(ruleAt(table, at), value)) return undefined;
  if (isList(value)) {
    if (value.length === 0) return undefined;
    const rule = ruleAt(table, at).list;
    if (rule === undefined || rule.kind === "set") return value;
    return value.map((item, i) => withoutNoise(table, item, [...at, String(i)]) ?? {});
  }
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, item]): [string, Value][] => {
    const left = withoutNoise(table, item, [...at, key]);
    return left === undefined ? [] : [[key, left]];
  });
  return kept.length === 0 ? undefined : objectFrom(kept);
}

function isNoise(rule: FieldRule, value: Value): boolean {
  if (rule.readOnly) return true;
  if (rule.madeUp !== undefined) return typeof value === "string" && new RegExp(rule.madeUp).test(value);
  if (rule.default !== undefined && canonical(rule.default) === canonical(value)) return !rule.toggle || isFilled(rule);
  return isFilled(rule) && rule.default === undefined;
}

function isFilled(rule: FieldRule): boolean {
  return rule.filledBy !== undefined;
}
