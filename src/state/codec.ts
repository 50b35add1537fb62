import { isList, isObject, objectFrom, SecretRef, type Value, type ValueObject } from "../model/document.ts";
import type { Json, JsonObject } from "../model/json.ts";

/** What a stored document says. */
export interface Decoded {
  readonly value: Value;
  /** Fingerprints of secrets by JSON Pointer into `value`. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

/**
 * A document as JSON: a secret stands as `{"$secret": text}`, with its `fingerprint` where the function knows one; an
 * object of the user's own that has a key `$secret` or `$literal` stands as `{"$literal": {...}}`.
 */
export function toJson(value: Value, fingerprint: (ref: SecretRef) => string | undefined = () => undefined): Json {
  if (value instanceof SecretRef) {
    const known = fingerprint(value);
    return known === undefined ? { $secret: value.text } : { $secret: value.text, fingerprint: known };
  }
  if (isList(value)) return value.map((item) => toJson(item, fingerprint));
  if (!isObject(value)) return value;
  const object = objectFrom(Object.entries(value).map(([key, item]) => [key, toJson(item, fingerprint)] as const));
  return isReserved(value) ? { $literal: object } : object;
}

/**
 * The reverse of {@link toJson}. A secret's key is its text; `live` is a masked one. Throws a TypeError for what
 * `toJson` does not write (a `$secret` that is no text, a `$literal` that is no object or has siblings).
 */
export function fromJson(json: Json): Decoded {
  const fingerprints = new Map<string, string>();
  return { value: decode(json, "", fingerprints), fingerprints };
}

function decode(json: Json, pointer: string, fingerprints: Map<string, string>): Value {
  if (Array.isArray(json)) return json.map((item: Json, at) => decode(item, `${pointer}/${at}`, fingerprints));
  if (!isJsonObject(json)) return json;
  if (Object.hasOwn(json, "$secret")) return decodeSecret(json, pointer, fingerprints);
  if (!Object.hasOwn(json, "$literal")) return decodeObject(json, pointer, fingerprints);
  const literal = json["$literal"];
  if (!isJsonObject(literal) || Object.keys(json).length !== 1) {
    throw new TypeError(`${pointer || "/"}: "$literal" must stand alone and hold an object`);
  }
  return decodeObject(literal, pointer, fingerprints);
}

function decodeObject(json: JsonObject, pointer: string, fingerprints: Map<string, string>): ValueObject {
  return objectFrom(
    Object.entries(json).map(([key, item]) => {
      const step = key.replaceAll("~", "~0").replaceAll("/", "~1");
      return [key, decode(item, `${pointer}/${step}`, fingerprints)] as const;
    }),
  );
}

function decodeSecret(json: JsonObject, pointer: string, fingerprints: Map<string, string>): SecretRef {
  const text = json["$secret"];
  if (typeof text !== "string") throw new TypeError(`${pointer || "/"}: "$secret" must be a text`);
  const fingerprint = json["fingerprint"];
  if (typeof fingerprint === "string") fingerprints.set(pointer, fingerprint);
  return text === "live" ? SecretRef.masked() : new SecretRef(text);
}

function isReserved(value: ValueObject): boolean {
  return Object.hasOwn(value, "$secret") || Object.hasOwn(value, "$literal");
}

function isJsonObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
