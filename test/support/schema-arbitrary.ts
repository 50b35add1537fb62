import fc from "fast-check";

type Schema = { readonly [key: string]: unknown };

/** What stands now and then where something else should: of every type, nested or not. */
const junk: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  1.5,
  70_000,
  "",
  "text",
  [],
  ["text"],
  [{}],
  {},
  { further: 1 },
);

/** Values for a schema (draft-07, of the keywords that ours have), most of them right. `files`: by their name. */
export function arbitraryOf(files: Readonly<Record<string, Schema>>, file: string): fc.Arbitrary<unknown> {
  return valuesOf({ files, file, mistakes: 1 }, { $ref: file });
}

interface Context {
  readonly files: Readonly<Record<string, Schema>>;
  /** That references are relative to. */
  readonly file: string;
  readonly mistakes: number;
}

function valuesOf(context: Context, schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: rightOf(context, schema) }, { weight: context.mistakes, arbitrary: junk });
}

function rightOf(context: Context, schema: Schema): fc.Arbitrary<unknown> {
  const { $ref, anyOf, ...rest } = schema;
  if (typeof $ref === "string") {
    const [name = "", pointer = ""] = $ref.split("#");
    const file = name === "" ? context.file : name;
    const target = pointer
      .split("/")
      .slice(1)
      .reduce((at, key) => at[key] as Schema, context.files[file] ?? {});
    return rightOf({ ...context, file }, target);
  }
  // The other branch is for variables, which come in by other means.
  if (Array.isArray(anyOf)) return rightOf(context, { ...rest, ...(anyOf[0] as Schema) });
  if ("const" in schema) return fc.constant(schema["const"]);
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as unknown[]));
  const types = schema["type"] === undefined ? ["string"] : [schema["type"]].flat().map(String);
  return fc.oneof(...types.map((type) => ofType(context, schema, type)));
}

function ofType(context: Context, schema: Schema, type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer": {
      const { minimum = 0, maximum = 100 } = schema as { minimum?: number; maximum?: number };
      return fc.integer({ min: minimum, max: maximum });
    }
    case "array":
      return fc.array(valuesOf(context, (schema["items"] ?? {}) as Schema), { maxLength: 2 });
    case "object":
      return objects(context, schema);
    default:
      return fc.constantFrom("a", "b-1", "s3");
  }
}

function objects(context: Context, schema: Schema): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Schema>>);
  const required = new Set((schema["required"] ?? []) as readonly string[]);
  const further = schema["additionalProperties"] ?? true;
  const open = typeof further === "object" && further !== null ? valuesOf(context, further as Schema) : junk;
  const fields = properties.map(([key, each]) => {
    const present = valuesOf(context, each).map((value) => [[key, value]] as const);
    const weight = required.has(key) ? 60 : 1;
    return fc.oneof({ weight, arbitrary: present }, { weight: 1, arbitrary: fc.constant([]) });
  });
  const others = fc.dictionary(fc.constantFrom("team", "further"), open, { maxKeys: 1 });
  const extra = fc.oneof(
    { weight: further === false ? 1 : 20, arbitrary: others },
    { weight: 20, arbitrary: fc.constant({}) },
  );
  return fc
    .tuple(fc.tuple(...fields), extra)
    .map(([present, more]) => ({ ...more, ...Object.fromEntries(present.flat()) }));
}
