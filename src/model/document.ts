/**
 * The values that job documents are made of: JSON, plus references to secrets. A document never holds a secret's
 * value, so nothing that is made from documents (plans, states, diffs, reports) can leak one.
 */

/**
 * Stands in a document where a secret value belongs.
 *
 * `text` is what plans and reports show as `{"$secret": text}`:
 * - `env:NAME`, `file:path`: a string that is exactly one interpolation;
 * - a template such as `s3://${env:BUCKET}/in` (literal `${` written `$${`): a string that holds some;
 * - `manifest:ADDRESS#/pointer`: a plaintext secret written in a manifest;
 * - `live`: a value on the platform that is not shown (masked, or read with `show_secrets`).
 *
 * `key` finds the value in a {@link SecretTable}; it is undefined where nobody knows the value (a masked one).
 */
export class SecretRef {
  readonly text: string;
  readonly key: string | undefined;

  /** `key`: the text where it is left out; null for a value that nobody knows. */
  constructor(text: string, key: string | null = text) {
    this.text = text;
    this.key = key ?? undefined;
  }

  /** A live value that is masked, or hidden because a secret is declared in its place. */
  static masked(): SecretRef {
    return new SecretRef("live", null);
  }
}

/** Any value in a document. */
export type Value = null | boolean | number | string | SecretRef | readonly Value[] | ValueObject;

/** An object in a document. */
export interface ValueObject {
  readonly [key: string]: Value;
}

/**
 * A job as a manifest words it: `metadata` (name, and for Blaxel displayName, labels, ...) and `spec`. Live Blaxel jobs
 * may have further top-level keys, which are carried like any other field that is not ours.
 */
export interface Document extends ValueObject {
  readonly metadata: ValueObject;
  readonly spec: ValueObject;
}

/** Values of secrets by {@link SecretRef.key}. Lives in memory only, for one run. */
export interface SecretTable {
  /** The value, or undefined where it is not known. */
  value(ref: SecretRef): string | undefined;
  /** Registers a value; every output sink refuses to show it from then on. */
  add(key: string, value: string): void;
  /** All values known so far, for redaction. */
  values(): Iterable<string>;
}

/** Whether a value is an object (not a list, not a secret). */
export function isObject(value: Value | undefined): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof SecretRef);
}

/** Whether a value is a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** An object from entries; own properties whatever the keys are (`__proto__` included). Later entries win. */
export function objectFrom<T>(entries: Iterable<readonly [string, T]>): { readonly [key: string]: T } {
  return Object.fromEntries(entries);
}

/** The own property `key` of an object, never an inherited one. */
export function own<T>(object: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
