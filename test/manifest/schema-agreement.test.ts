import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldTable } from "../../src/model/fields.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { BLAXEL_FIELDS } from "../../src/providers/blaxel/fields.ts";
import { NIMBLE_FIELDS } from "../../src/providers/nimble/fields.ts";
import { arbitraryOf } from "../support/schema-arbitrary.ts";
import { load, makeProject } from "./project.ts";

const NAMES = ["manifest", "nimble-v1", "nimble-v2", "blaxel"].map((name) => `${name}.schema.json`);
const FILES: Readonly<Record<string, JsonObject>> = Object.fromEntries(
  NAMES.map((name) => [name, JSON.parse(readFileSync(new URL(`../../schemas/${name}`, import.meta.url), "utf8"))]),
);

const ajv = new Ajv({ strict: false, allErrors: true });
for (const [name, schema] of Object.entries(FILES)) ajv.addSchema(schema, name);
const fitsEditor = ajv.compile({ $ref: "manifest.schema.json" });

/** What the loader says of a manifest's shape. Rules are another matter; one of them has a code of the shape's. */
const OF_SHAPE = /^JW110[1-8] (?!externalId is not one that Blaxel takes)/;

async function shapeProblems(root: string, manifest: unknown, vars: object = {}): Promise<readonly string[]> {
  writeFileSync(join(root, "jobs/a.yaml"), JSON.stringify(manifest));
  writeFileSync(join(root, "jobwright.yaml"), JSON.stringify({ vars }));
  const { diagnostics } = await load(root);
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code} ${message}`)
    .filter((problem) => OF_SHAPE.test(problem));
}

/** An empty document is no manifest, and no mistake either. */
const manifests = fc
  .oneof(...["nimble-v1", "nimble-v2", "blaxel"].map((name) => arbitraryOf(FILES, `${name}.schema.json`)))
  .filter((manifest) => manifest !== null);

describe("the schema that editors have, and the loader", () => {
  it("take the same manifests", async () => {
    const root = makeProject({ "jobs/a.yaml": "" });
    const seen = { fits: 0, not: 0 };
    await fc.assert(
      fc.asyncProperty(manifests, async (manifest) => {
        const fits = fitsEditor(manifest);
        seen[fits ? "fits" : "not"]++;
        const problems = await shapeProblems(root, manifest);
        expect({ fits, problems }).toEqual({ fits, problems: fits ? [] : expect.arrayContaining([expect.anything()]) });
      }),
      { numRuns: 600 },
    );
    expect(Math.min(seen.fits, seen.not)).toBeGreaterThan(50);
  });

  it("take variables in the same places", async () => {
    const root = makeProject({ "jobs/a.yaml": "" });
    let withVariables = 0;
    await fc.assert(
      fc.asyncProperty(manifests, fc.infiniteStream(fc.nat(3)), async (manifest, dice) => {
        const vars: Record<string, unknown> = {};
        const written = withReferences(manifest, 0, vars, () => dice.next().value === 0);
        const problems = await shapeProblems(root, written, vars);
        if (problems.length > 0) return;
        if (Object.keys(vars).length > 0) withVariables++;
        expect(fitsEditor(written) ? [] : fitsEditor.errors).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(withVariables).toBeGreaterThan(50);
  });
});

/** A manifest with values moved into variables, where they may stand: below metadata and spec. */
function withReferences(value: unknown, depth: number, vars: Record<string, unknown>, moves: () => boolean): unknown {
  if (depth > 1 && moves()) {
    const name = `v${Object.keys(vars).length}`;
    vars[name] = value;
    return `\${var:${name}}`;
  }
  if (typeof value !== "object" || value === null) return value;
  const inside = (item: unknown) => withReferences(item, depth + 1, vars, moves);
  if (Array.isArray(value)) return value.map(inside);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item)]));
}

describe("what the schemas tell of a field", () => {
  const tables: readonly (readonly [string, FieldTable])[] = [
    ["nimble-v1.schema.json", NIMBLE_FIELDS.filter(({ path }) => path !== "/spec/extract_template_name")],
    ["nimble-v2.schema.json", NIMBLE_FIELDS.filter(({ path }) => path !== "/spec/agent_name")],
    ["blaxel.schema.json", BLAXEL_FIELDS],
  ];
  const rows = tables.flatMap(([file, table]) => table.map((row) => [file, row.path, row] as const));

  it.each(rows)("%s: %s is what the plan goes by", (file, path, row) => {
    const field = fieldAt(file, path.split("/").slice(1));
    const about = String(field["description"]);
    if (row.immutable) expect(about).toMatch(/Fixed once the job exists/);
    if (row.filledBy !== undefined) expect(about).toContain(`Filled in by ${row.filledBy}`);
    if (row.readOnly) expect(field).toMatchObject({ readOnly: true, deprecationMessage: expect.any(String) });
    if (row.default !== undefined) expect(field["default"]).toEqual(row.default);
    if (row.list?.kind === "set") expect(about).toContain("A set: their order does not count");
    if (row.list?.kind === "keyed") expect(about).toMatch(new RegExp(`[Tt]old apart by ${row.list.key}`));
    if (row.list !== undefined && row.list.kind !== "set") expect(about).toContain("The list is the whole list");
    if (row.toggle) expect(about).toMatch(/paused by hand|Whether the job can be run/);
  });
});

describe("what the schemas call a default", () => {
  it("is what the platform does where a field is left out, and nothing else", () => {
    const known = [...NIMBLE_FIELDS, ...BLAXEL_FIELDS].flatMap(({ path, default: value }) =>
      value === undefined ? [] : [path.slice(path.lastIndexOf("/") + 1)],
    );
    // Documented by the platform, and no difference to the plan.
    const documented = ["diskPercent"];
    const told = ["nimble-v1.schema.json", "blaxel.schema.json"].flatMap((file) => defaultsIn(FILES[file]));
    expect(told.length).toBeGreaterThan(4);
    expect(told.filter((name) => ![...known, ...documented].includes(name) && !name.includes("/"))).toEqual([]);
  });
});

/** Names of fields that have a default. */
function defaultsIn(part: unknown): readonly string[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    const own = typeof value === "object" && value !== null && "default" in value ? [key] : [];
    return [...own, ...defaultsIn(value)];
  });
}

/** A field's schema, with what stands beside a choice in it. */
function fieldAt(file: string, path: readonly string[]): JsonObject {
  let place = opened(file, { $ref: file });
  let field: JsonObject = {};
  for (const key of path) {
    const properties = (place.schema["properties"] ?? {}) as JsonObject;
    field = (key === "*" ? place.schema["items"] : properties[key]) as JsonObject;
    place = opened(place.file, field);
    field = { ...place.schema, ...field };
  }
  return field;
}

function opened(file: string, schema: JsonObject): { readonly file: string; readonly schema: JsonObject } {
  const { $ref, anyOf, ...rest } = schema;
  if (typeof $ref === "string") {
    const [name = "", pointer = ""] = $ref.split("#");
    const target = name === "" ? file : name;
    const found = pointer
      .split("/")
      .slice(1)
      .reduce((at, key) => at[key] as JsonObject, FILES[target] ?? {});
    return opened(target, found);
  }
  if (!Array.isArray(anyOf)) return { file, schema };
  const first = opened(file, anyOf[0] as JsonObject);
  return { file: first.file, schema: { ...first.schema, ...rest } };
}
