import blaxel from "../../schemas/blaxel.schema.json" with { type: "json" };
import nimbleV1 from "../../schemas/nimble-v1.schema.json" with { type: "json" };
import nimbleV2 from "../../schemas/nimble-v2.schema.json" with { type: "json" };
import { formatPointer } from "../document/pointer.ts";
import { isList, isObject, objectFrom, own, type Value, type ValueObject } from "../model/document.ts";
import type { ApiVersion } from "../model/job.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";

const FILES: Readonly<Record<string, Json>> = {
  "blaxel.schema.json": blaxel as Json,
  "nimble-v1.schema.json": nimbleV1 as Json,
  "nimble-v2.schema.json": nimbleV2 as Json,
};

const FILE_OF: Readonly<Record<ApiVersion, string>> = {
  "nimbleway.com/v1": "nimble-v1.schema.json",
  "nimbleway.com/v2": "nimble-v2.schema.json",
  "blaxel.ai/v1alpha1": "blaxel.schema.json",
};

/** A document as the manifest's schema knows it. */
export interface Fitted {
  /** Keys in the order of the schema, the user's own keys (labels, records) in theirs. */
  readonly document: ValueObject;
  /** Pointers of fields that this version knows nothing of; they are not in it. */
  readonly unknown: readonly string[];
}

/** Puts a job's document into the schema's order and leaves out what the schema does not know. */
export function fitToSchema(apiVersion: ApiVersion, document: ValueObject): Fitted {
  const unknown: string[] = [];
  const file = FILE_OF[apiVersion];
  const fitted = fitValue({ file, schema: FILES[file] ?? {} }, document, [], unknown);
  return { document: isObject(fitted) ? fitted : {}, unknown };
}

/** A schema and the file that its references are relative to. */
interface Place {
  readonly file: string;
  readonly schema: Json;
}

function fitValue(place: Place, value: Value, at: readonly string[], unknown: string[]): Value {
  const { file, schema } = resolved(place);
  if (isList(value)) {
    const items = own(schema, "items");
    if (items === undefined) return value;
    return value.map((item, i) => fitValue({ file, schema: items }, item, [...at, String(i)], unknown));
  }
  const properties = own(schema, "properties");
  if (!isObject(value) || !isJsonObject(properties)) return value;
  const known = Object.entries(properties).flatMap(([key, inner]): [string, Value][] => {
    const child = own(value, key);
    return child === undefined ? [] : [[key, fitValue({ file, schema: inner }, child, [...at, key], unknown)]];
  });
  const others = Object.entries(value).filter(([key]) => !Object.hasOwn(properties, key));
  if (own(schema, "additionalProperties") !== false) return objectFrom([...known, ...others]);
  unknown.push(...others.map(([key]) => formatPointer([...at, key])));
  return objectFrom(known);
}

/** The schema that says what a value is: references followed; of a choice, the branch that is not for editors. */
function resolved({ file, schema }: Place): { readonly file: string; readonly schema: JsonObject } {
  if (!isJsonObject(schema)) return { file, schema: {} };
  const reference = own(schema, "$ref");
  if (typeof reference === "string") return resolved(followed(file, reference));
  const { anyOf, ...rest } = schema;
  const [first] = Array.isArray(anyOf) ? (anyOf as readonly Json[]) : [];
  return isJsonObject(first) ? resolved({ file, schema: { ...rest, ...first } }) : { file, schema };
}

function followed(file: string, reference: string): Place {
  const [name = "", path = ""] = reference.split("#");
  const target = name === "" ? file : name;
  let schema: Json = FILES[target] ?? {};
  for (const key of path.split("/").slice(1)) schema = isJsonObject(schema) ? (own(schema, key) ?? {}) : {};
  return { file: target, schema };
}
