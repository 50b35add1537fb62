import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import validateBlaxel from "../../src/compiled/blaxel.js";
import validateManifest from "../../src/compiled/manifest.js";
import { blaxel, nimble } from "./project.ts";

const FOLDER = new URL("../../schemas/", import.meta.url);
const OWN = ["manifest", "nimble-v1", "nimble-v2", "blaxel", "config"];

type Schema = { readonly [key: string]: unknown };

function schema(name: string): Schema {
  return JSON.parse(readFileSync(new URL(`${name}.schema.json`, FOLDER), "utf8")) as Schema;
}

/** Keywords of VS Code, which others pass over. */
const OF_EDITORS = ["defaultSnippets", "deprecationMessage", "enumDescriptions", "markdownDescription"];

/** The schema for editors, just as it stands in its file. */
function editor(name: string) {
  const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
  ajv.addVocabulary(OF_EDITORS);
  for (const each of OWN) ajv.addSchema(schema(each), `${each}.schema.json`);
  const validate = ajv.getSchema(`${name}.schema.json`);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return (value: unknown) => validate(value) === true;
}

describe("schemas for editors", () => {
  it("stand alone as files: draft-07, references between them relative", () => {
    for (const name of OWN) {
      expect(schema(name)["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
      for (const ref of JSON.stringify(schema(name)).matchAll(/"\$ref":"([^"#]*)/g)) {
        if (ref[1] !== "") expect(existsSync(new URL(ref[1] ?? "", FOLDER))).toBe(true);
      }
    }
  });

  it("choose by apiVersion", () => {
    const fits = editor("manifest");
    expect(fits(parseYaml(nimble("a")))).toBe(true);
    expect(fits(parseYaml(blaxel("a")))).toBe(true);
    expect(fits(parseYaml(nimble("a").replace("/v1", "/v2")))).toBe(false);
    expect(fits(parseYaml(nimble("a").replace("/v1", "/v2").replace("agent_name", "extract_template_name")))).toBe(
      true,
    );
    expect(fits(parseYaml(nimble("a").replace("/v1", "/v3")))).toBe(false);
    expect(fits({})).toBe(false);
  });

  it.each([
    nimble("a", '  schedule: "${var:s}"\n  inputs: { type: "${var:t}", data: "${var:d}" }\n'),
    nimble(
      "a",
      '  schedule: { cron: "${env:C}", enabled: "${var:on}" }\n  destination: { path: x, format: "${var:f}" }\n',
    ),
    blaxel("${var:x}-a", '  enabled: "${var:on}"\n  runtime: { memory: "${var:m}", envs: "${var:envs}" }\n'),
    blaxel(
      "a",
      '  triggers: [{ type: "${var:t}" }]\n  runtime: { ports: [{ target: "${var:p}", protocol: "${var:q}" }] }\n',
    ),
  ])("take variables wherever a value may stand", (text) => {
    expect(editor("manifest")(parseYaml(text))).toBe(true);
  });

  it.each([
    nimble("a", "  schedule: daily\n"),
    nimble("a", '  schedule: { cron: x, enabled: "yes" }\n'),
    blaxel("a", '  runtime: { memory: "2048" }\n'),
    blaxel("a", '  runtime: { memory: "${env:MEM}" }\n'),
  ])("but not any text", (text) => {
    expect(editor("manifest")(parseYaml(text))).toBe(false);
  });

  it("describe every field", () => {
    const bare = OWN.flatMap((name) => undescribed(schema(name), name));
    expect(bare).toEqual([]);
  });

  it("show examples that fit", () => {
    const ajv = new Ajv({ strict: false });
    for (const each of OWN) ajv.addSchema(schema(each), `${each}.schema.json`);
    const wrong = OWN.flatMap((name) =>
      examples(schema(name)).flatMap(({ part, value }) => {
        const validate = ajv.compile(absolute(part, `${name}.schema.json`) as Schema);
        return validate(value) ? [] : [`${name}: ${JSON.stringify(value)}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});

describe("compiled schemas", () => {
  it("see no variable any more", () => {
    expect(validateManifest(parseYaml(blaxel("a", "  enabled: true\n")))).toBe(true);
    expect(validateBlaxel(parseYaml(blaxel("a", '  enabled: "${var:on}"\n')))).toBe(false);
    expect(validateBlaxel.errors).toMatchObject([{ keyword: "type", instancePath: "/spec/enabled" }]);
  });

  it("are there for every schema", () => {
    const names = readdirSync(FOLDER).filter((file) => file.endsWith(".schema.json"));
    const compiled = readdirSync(new URL("../../src/compiled/", import.meta.url));
    for (const name of names) expect(compiled).toContain(name.replace(".schema.json", ".js"));
  });
});

describe("fields of the platforms", () => {
  const folder = new URL("../../../shared/api/", import.meta.url);
  const there = existsSync(folder);
  const published = (file: string) =>
    (parseYaml(readFileSync(new URL(file, folder), "utf8")) as { components: { schemas: Record<string, Schema> } })
      .components.schemas;
  const properties = (part: unknown) =>
    Object.keys(((part as Schema | undefined)?.["properties"] as object | undefined) ?? {});

  it.skipIf(!there)("are all known: Nimble (needs the published API beside the project)", () => {
    const known = new Set(properties((schema("nimble-v1")["properties"] as Schema)["spec"]));
    const wanted = properties(published("nimble-jobs-v1.openapi.yml")["CreateJobRequest"]).filter(
      (key) => key !== "name",
    );
    expect(wanted.filter((key) => !known.has(key))).toEqual([]);
  });

  it.skipIf(!there)("are all known: Blaxel (needs the published API beside the project)", () => {
    const api = published("blaxel-jobs.openapi.yml");
    const text = JSON.stringify(schema("blaxel"));
    const parts = [
      "JobSpec",
      "JobRuntime",
      "Env",
      "Port",
      "Trigger",
      "TriggerConfiguration",
      "JobVolume",
      "RevisionConfiguration",
    ];
    const wanted = parts.flatMap((part) => properties(api[part]));
    expect(wanted.length).toBeGreaterThan(40);
    expect(wanted.filter((key) => !text.includes(`"${key}":`))).toEqual([]);
  });
});

/** Names of properties without description, their references followed. */
function undescribed(part: unknown, path: string): string[] {
  if (Array.isArray(part)) return part.flatMap((item, index) => undescribed(item, `${path}/${index}`));
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    const deeper = key === "if" || key === "examples" ? [] : undescribed(value, `${path}/${key}`);
    if (key !== "properties" || path.includes("/if")) return deeper;
    const bare = Object.entries(value as Record<string, unknown>)
      .filter(([, each]) => typeof each === "object" && each !== null && !("description" in each) && !("$ref" in each))
      .map(([name]) => `${path}/${name}`);
    return [...bare, ...deeper];
  });
}

/** All parts of a schema that show examples, with each of them. */
function examples(part: unknown): { part: unknown; value: unknown }[] {
  if (Array.isArray(part)) return part.flatMap(examples);
  if (typeof part !== "object" || part === null) return [];
  const shown = "examples" in part && Array.isArray(part.examples) ? part.examples : [];
  return [...shown.map((value: unknown) => ({ part, value })), ...Object.values(part).flatMap(examples)];
}

/** A part of a schema with its references made to stand anywhere. */
function absolute(part: unknown, file: string): unknown {
  if (Array.isArray(part)) return part.map((item) => absolute(item, file));
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [
      key,
      key === "$ref" && typeof value === "string" && value.startsWith("#") ? `${file}${value}` : absolute(value, file),
    ]),
  );
}
