import { isList, isObject, objectFrom, own, type Value, type ValueObject } from "../model/document.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { BaseSecret } from "./shape.ts";

/** The document of a state entry, its secrets as {@link BaseSecret}s. */
export function baseDocument(declared: JsonObject): ValueObject {
  const document = fromState(declared);
  return isObject(document) ? document : {};
}

function fromState(json: Json): Value {
  if (Array.isArray(json)) return json.map(fromState);
  if (typeof json !== "object" || json === null) return json;
  const object = json as JsonObject;
  const secret = own(object, "$secret");
  if (typeof secret === "string") return new BaseSecret(secret, String(own(object, "fingerprint") ?? ""));
  const literal = own(object, "$literal");
  return objectFrom(Object.entries((literal as JsonObject | undefined) ?? object).map(([k, v]) => [k, fromState(v)]));
}

/** Hashes a secret's value the way the state's fingerprints are made. */
export type Fingerprint = (value: string) => string;

/**
 * Whether a value (desired or live) is what a base holds, secrets by fingerprint. Objects compare as wholes; a masked
 * live secret is taken to be as it was.
 */
export function sameAsBase(
  value: Value,
  base: Value,
  reveal: (value: Value) => string | undefined,
  hash: Fingerprint,
): boolean {
  if (base instanceof BaseSecret) {
    const plain = reveal(value);
    return plain === undefined || hash(plain) === base.fingerprint;
  }
  if (isList(base)) {
    return (
      isList(value) &&
      value.length === base.length &&
      base.every((item, i) => sameAsBase(value[i] ?? null, item, reveal, hash))
    );
  }
  if (isObject(base)) {
    if (!isObject(value)) return false;
    // Within a value that counts as a whole, a null is a value: its key is there.
    const keys = Object.keys(base);
    return (
      keys.length === Object.keys(value).length &&
      keys.every(
        (k) => Object.hasOwn(value, k) && sameAsBase(own(value, k) ?? null, own(base, k) ?? null, reveal, hash),
      )
    );
  }
  const plain = reveal(value);
  return plain === undefined ? Object.is(value, base) || value === base : plain === base;
}
