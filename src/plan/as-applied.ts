import { ruleAt } from "../document/rules.ts";
import { isList, isObject, own, SecretRef, type SecretTable, type Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { Fingerprint } from "./base.ts";

/** What comparing a job as a whole needs. */
export interface AsAppliedContext {
  readonly table: FieldTable;
  readonly secrets: SecretTable;
  readonly fingerprint: Fingerprint;
}

/**
 * Whether a job is surely declared as it was last applied, and live so: then a three-way diff of it finds nothing. Of
 * most jobs of most runs that is all there is to know, and it is told without one. False wherever it takes more than
 * a look to say; `base` is the state's `declared`.
 */
export function isAsApplied(context: AsAppliedContext, desired: Value, live: Value, base: Json): boolean {
  return same(context, desired, live, base, []);
}

function same(
  context: AsAppliedContext,
  desired: Value,
  live: Value | undefined,
  base: Json | undefined,
  at: readonly string[],
): boolean {
  if (desired instanceof SecretRef) return sameSecret(context, desired, live, base);
  if (isList(desired)) {
    if (!isList(live) || !Array.isArray(base)) return false;
    if (desired.length !== live.length || desired.length !== base.length) return false;
    const rule = ruleAt(context.table, at).list;
    // What else an item holds live counts where the list is a value, and does not where its items have keys.
    if (rule === undefined || rule.kind === "set") return isExact(desired, live) && isExact(desired, base as Json);
    return desired.every((item, i) => same(context, item, live[i], base[i] as Json, [...at, "*"]));
  }
  if (isObject(desired)) {
    if (!isObject(live) || !isJsonObject(base) || Object.hasOwn(base, "$secret") || Object.hasOwn(base, "$literal"))
      return false;
    const keys = Object.keys(desired);
    if (keys.length !== Object.keys(base).length) return false;
    return keys.every((key) => same(context, desired[key] ?? null, own(live, key), own(base, key), [...at, key]));
  }
  return desired !== null && live === desired && base === desired;
}

/** Whether two values are the same to the last key; false where there is a secret in them. */
function isExact(one: Value, other: Value | undefined): boolean {
  if (isList(one))
    return isList(other) && one.length === other.length && one.every((item, i) => isExact(item, other[i]));
  if (!isObject(one)) return !(one instanceof SecretRef) && one === other;
  if (!isObject(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => isExact(one[key] ?? null, own(other, key)));
}

/** A secret that is masked live: its fingerprint tells. */
function sameSecret(
  { secrets, fingerprint }: AsAppliedContext,
  desired: SecretRef,
  live: Value | undefined,
  base: Json | undefined,
): boolean {
  if (!(live instanceof SecretRef) || live.key !== undefined || !isJsonObject(base)) return false;
  const value = secrets.value(desired);
  const then = own(base, "fingerprint");
  return value !== undefined && Object.hasOwn(base, "$secret") && then !== "" && then === fingerprint(value);
}
