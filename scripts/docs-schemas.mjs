// Writes docs/reference-config.md and docs/reference-manifests.md from the schemas that editors have.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const CONFIG_HEAD = `# jobwright.yaml

Every field is optional, and so is the file. It stands at the root of the project; jobwright looks for it from where it is started up to
the root of the repository (or takes \`--config FILE\`). Editors show all of this while you write: \`jobwright init\` writes the line
by which they find the schema.

<!-- Written by \`npm run docs\` from schemas/config.schema.json. -->
`;

const MANIFEST_HEAD = `# Manifests

One YAML document is one job; a file may hold many. \`apiVersion\` names the platform, the fields of \`spec\` are its API's own. A field
that is left out is not managed: whatever it is live, it stays. \`null\` clears it. Any value may be \`\${var:NAME}\` of jobwright.yaml,
any text may hold \`\${env:NAME}\` and \`\${file:path}\`.

<!-- Written by \`npm run docs\` from schemas/. -->
`;

/** The page of the config. */
export function configPage() {
  const config = open("config.schema.json", load("config.schema.json"));
  const rows = rowsOf(config, "").filter(({ path }) => !/^environments\.NAME\../.test(path));
  return `${CONFIG_HEAD}\n${tableOf(rows)}\nIn \`environments.NAME\` stand all the others again, but for \`environments\`.\n`;
}

/** The page of the manifests. */
export function manifestsPage() {
  const parts = [
    ["nimble-v1.schema.json", "## Nimble: `nimbleway.com/v1`", () => true],
    ["nimble-v2.schema.json", "## Nimble: `nimbleway.com/v2`", ({ path }) => path === "spec.extract_template_name"],
    ["blaxel.schema.json", "## Blaxel: `blaxel.ai/v1alpha1`", ({ path }) => !path.startsWith("metadata.annotations")],
  ];
  const notes = {
    "nimble-v2.schema.json": "In place of `spec.agent_name`; all else is as in v1.",
    "blaxel.schema.json": "The annotations are those of Nimble's manifests, but for `jobwright.dev/id`.",
  };
  const sections = parts.map(([file, title, wanted]) => {
    const rows = rowsOf(open(file, load(file)), "").filter(
      (row) => !["apiVersion", "kind"].includes(row.path) && wanted(row),
    );
    return [title, ...(notes[file] === undefined ? [] : [notes[file]]), tableOf(rows)].join("\n\n");
  });
  return [MANIFEST_HEAD, ...sections].join("\n");
}

function load(file) {
  return JSON.parse(readFileSync(`${root}schemas/${file}`, "utf8"));
}

/** A schema with what it refers to in its place: of a choice the first, which is the one for values as they are. */
function open(file, { $ref, anyOf, allOf, ...rest }) {
  if ($ref !== undefined) {
    const [name, pointer = ""] = $ref.split("#");
    const target = name === "" ? file : name;
    const found = pointer
      .split("/")
      .slice(1)
      .reduce((at, key) => at[key], load(target));
    const opened = open(target, found);
    return { ...opened, schema: { ...opened.schema, ...rest } };
  }
  const inner = anyOf?.[0] ?? allOf?.[0];
  if (inner === undefined || rest.properties !== undefined) return { file, schema: rest };
  const opened = open(file, inner);
  return { file: opened.file, schema: { ...opened.schema, ...rest } };
}

/** A row for each field in a schema, those inside of others behind them. */
function rowsOf({ file, schema }, prefix) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const field = open(file, part);
    const path = `${prefix}${/^[\w$]+$/.test(name) ? name : JSON.stringify(name)}`;
    return [{ ...field.schema, path, required: required.has(name) }, ...inside(field, path)];
  });
}

function inside(field, path) {
  const { file, schema } = field;
  if (schema.deprecationMessage !== undefined) return [];
  const own = rowsOf(field, `${path}.`);
  const items = schema.items === undefined ? [] : rowsOf(open(file, schema.items), `${path}[].`);
  const further =
    typeof schema.additionalProperties === "object"
      ? rowsOf(open(file, schema.additionalProperties), `${path}.NAME.`)
      : [];
  return [...own, ...items, ...further];
}

function tableOf(rows) {
  const lines = rows.filter(({ deprecationMessage }) => deprecationMessage === undefined).map(rowText);
  return `| field | holds | what it is for |\n|---|---|---|\n${lines.join("\n")}\n`;
}

function rowText({
  path,
  required,
  description = "",
  default: standard,
  enum: choices,
  enumDescriptions = [],
  ...schema
}) {
  const words = choices?.filter((each) => typeof each === "string");
  const meanings = (words ?? []).flatMap((word, at) =>
    enumDescriptions[at] ? [`\`${word}\`: ${enumDescriptions[at]}`] : [],
  );
  const holds = [
    words === undefined ? typeText(schema) : words.map((word) => `\`${word}\``).join(", "),
    ...(required ? ["required"] : []),
    ...(standard === undefined || typeof standard === "object" ? [] : [`default \`${standard}\``]),
  ];
  const cells = [`\`${path}\``, holds.join("; "), [description, ...meanings].join("<br>")];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const TYPES = {
  string: "text",
  integer: "whole number",
  boolean: "`true` or `false`",
  array: "list",
  object: "mapping",
};

function typeText({ type, minimum, maximum }) {
  const named = [type ?? "any"].flat().filter((each) => each !== "null");
  const text = named.map((each) => TYPES[each] ?? "any value").join(" or ");
  if (minimum === undefined) return text;
  return maximum === undefined || maximum >= 1_000_000
    ? `${text} from ${minimum}`
    : `${text} from ${minimum} to ${maximum}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(`${root}docs/reference-config.md`, configPage());
  await writeFile(`${root}docs/reference-manifests.md`, manifestsPage());
}
