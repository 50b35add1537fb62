import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";

/** What a schema says of one place in a document. */
export interface KnownField {
  readonly default?: Json;
}

/** The JSON Schemas that refer to one another, by file name (`blaxel.schema.json`). */
export type SchemaFiles = Readonly<Record<string, JsonObject>>;

/**
 * What a schema says of a field; undefined where it has never heard of it. `tokens` are those of a change's path: a list's
 * items stand by any token. Objects whose fields the schema leaves open hold everything.
 */
export function knownField(files: SchemaFiles, file: string, tokens: readonly string[]): KnownField | undefined {
  let places: readonly Place[] = open(files, { file, schema: { $ref: file } });
  for (const token of tokens) places = places.flatMap((place) => below(place, token)).flatMap((p) => open(files, p));
  if (places.length === 0) return undefined;
  const withDefault = places.find(({ schema }) => Object.hasOwn(schema, "default"))?.schema["default"];
  return withDefault === undefined ? {} : { default: withDefault };
}

interface Place {
  /** The schema file that references are relative to. */
  readonly file: string;
  readonly schema: JsonObject;
}

/** A schema and all that it is made of: references and choices. */
function open(files: SchemaFiles, { file, schema }: Place): readonly Place[] {
  const ref = schema["$ref"];
  if (typeof ref === "string") return follow(files, file, ref);
  const { anyOf = [], oneOf = [], allOf = [], ...rest } = schema;
  // What stands beside a choice holds for each of its branches.
  const choices = [anyOf, oneOf, allOf]
    .flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : []))
    .flatMap((choice) => (isJsonObject(choice) ? [{ ...rest, ...choice }] : []));
  return [{ file, schema: rest }, ...choices.flatMap((choice) => open(files, { file, schema: choice }))];
}

function follow(files: SchemaFiles, from: string, ref: string): readonly Place[] {
  const [name = "", pointer = ""] = ref.split("#");
  const file = name === "" ? from : name;
  let at: Json | undefined = Object.hasOwn(files, file) ? files[file] : undefined;
  for (const token of pointer.split("/").slice(1)) at = isJsonObject(at) ? at[token] : undefined;
  return isJsonObject(at) ? open(files, { file, schema: at }) : [];
}

function below({ file, schema }: Place, token: string): readonly Place[] {
  const { properties, additionalProperties: further, items, type } = schema;
  if (isJsonObject(properties) && Object.hasOwn(properties, token)) return childOf(file, properties[token]);
  const types = Array.isArray(type) ? type : [type];
  if (types.includes("array")) return childOf(file, items ?? true);
  if (further === undefined && (isJsonObject(properties) || !types.includes("object"))) return [];
  return childOf(file, further ?? true);
}

/** `true` is a schema that anything fits. */
function childOf(file: string, schema: Json | undefined): readonly Place[] {
  if (schema === true) return [{ file, schema: { type: ["object", "array"] } }];
  return isJsonObject(schema) ? [{ file, schema }] : [];
}
