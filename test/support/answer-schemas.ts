import { readdirSync, readFileSync } from "node:fs";
import { Ajv2019 } from "ajv/dist/2019.js";
import addFormats from "ajv-formats";

const FOLDER = new URL("../../schemas/", import.meta.url);

type Schema = { readonly [key: string]: unknown };

/** Those of what people write are another matter. */
const FILES: ReadonlyMap<string, Schema> = new Map(
  readdirSync(FOLDER)
    .filter((file) => !/^(?:manifest|nimble-v\d|blaxel|config)\./.test(file))
    .map((file) => {
      const { $schema: _, $id: __, ...schema } = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
      return [file, schema];
    }),
);

const ajv = new Ajv2019({ strict: false, allErrors: true });
addFormats.default(ajv);
for (const [file, schema] of FILES) ajv.addSchema(closed(schema) as object, file);

/**
 * What is wrong with a document by the schema of that name. Stricter than the schema is to its readers: a field that it
 * does not tell of is wrong, too.
 */
export function faultsOf(name: string, document: unknown): readonly string[] {
  const validate = ajv.getSchema(`${name}.schema.json`);
  if (validate === undefined) throw new Error(`there is no schema ${name}`);
  if (validate(document) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** A schema that takes no field but those that it names, where it names any. */
function closed(part: unknown, inAll = false): unknown {
  if (Array.isArray(part)) return part.map((item) => closed(item, inAll));
  if (typeof part !== "object" || part === null) return part;
  // What it is one of several parts of decides which fields there are: it is put in its place, open.
  if (inAll && "$ref" in part) return closed(definition(String(part.$ref)), true);
  const open = "additionalProperties" in part || inAll;
  const isObject = "allOf" in part || ("properties" in part && "type" in part && part.type === "object");
  const entries = Object.entries(part).map(([key, value]): [string, unknown] => {
    if (key === "if" || key === "then" || key === "else" || key === "not" || key === "enum") return [key, value];
    if (key !== "properties" && key !== "definitions") return [key, closed(value, key === "allOf")];
    return [key, Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, closed(each)]))];
  });
  return Object.fromEntries([...entries, ...(isObject && !open ? [["unevaluatedProperties", false]] : [])]);
}

/** `state.schema.json#/definitions/job`, with its own references made to stand anywhere. */
function definition(ref: string): unknown {
  const [file = "", pointer = ""] = ref.split("#");
  const keys = pointer.split("/").slice(1);
  const found = keys.reduce<unknown>((at, key) => (at as Schema)[key], FILES.get(file));
  return JSON.parse(JSON.stringify(found).replaceAll('"$ref":"#', `"$ref":"${file}#`));
}
