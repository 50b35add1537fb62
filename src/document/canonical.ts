import { createHash } from "node:crypto";
import { isList, SecretRef, type Value } from "../model/document.ts";

/**
 * JSON text of a value in which equal values have equal text: keys sorted, no spaces, -0 as 0, secrets by `secret`
 * (by default `{"$secret": text}`).
 */
export function canonical(value: Value, secret: (ref: SecretRef) => string = secretByText): string {
  if (value instanceof SecretRef) return secret(value);
  if (value === null || typeof value !== "object") return JSON.stringify(Object.is(value, -0) ? 0 : value);
  if (isList(value)) return `[${value.map((item) => canonical(item, secret)).join(",")}]`;
  const object = value as { readonly [key: string]: Value };
  const fields = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key] ?? null, secret)}`);
  return `{${fields.join(",")}}`;
}

function secretByText(ref: SecretRef): string {
  return `{"$secret":${JSON.stringify(ref.text)}}`;
}

/** `sha256:<hex>` of a text. */
export function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
