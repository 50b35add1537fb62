/** What JSON can hold. Objects are read-only by convention of the whole code base: build anew, never write into one. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Keys may be anything, `__proto__` included: build with {@link ../model/document.ts objectFrom}. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Whether a value is a JSON object (not a list, not null). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
