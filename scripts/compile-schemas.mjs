// Compiles every schemas/*.schema.json into a module of its own, so that no schema is compiled at run time and no
// bundle holds a schema compiler. Each module exports the validator as default: a function of the value that
// answers whether it fits, and leaves what does not in its `errors`.
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import addFormats from "ajv-formats";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const SUFFIX = ".schema.json";
const DECLARATION = `import type { ErrorObject } from "ajv";

declare const validate: {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
};
export default validate;
`;

/** What the tool writes itself: files of any size, of which the first fault is told and no other. */
const OWN = ["plan", "state"].map((name) => `${name}${SUFFIX}`);

/** Compiles all schemas of the project into `outDir`: `<name>.js` and `<name>.d.ts` for each `<name>.schema.json`. */
export async function compileSchemas(outDir) {
  const folder = join(root, "schemas");
  const files = (await readdir(folder)).filter((file) => file.endsWith(SUFFIX)).sort();
  const written = compiler({ allErrors: true });
  const own = compiler({ allErrors: false });
  for (const file of files) {
    const schema = forMachines(JSON.parse(await readFile(join(folder, file), "utf8")));
    for (const ajv of [written, own]) ajv.addSchema(schema, file);
  }

  await mkdir(outDir, { recursive: true });
  // One after the other: names in the code are numbered as they come, and the same schemas are to make the same bytes.
  const modules = files.map((file) => {
    const ajv = OWN.includes(file) ? own : written;
    return { file, code: standalone.default(ajv, ajv.getSchema(file)) };
  });
  await Promise.all(
    modules.map(async ({ file, code }) => {
      const name = file.slice(0, -SUFFIX.length);
      await replace(join(outDir, `${name}.d.ts`), DECLARATION);
      await replace(join(outDir, `${name}.js`), await wholeModule(code));
    }),
  );
}

function compiler({ allErrors }) {
  const ajv = new Ajv({
    allErrors,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    // Errors then carry the schema around them, which knows the fields that there are.
    verbose: true,
    code: { source: true, esm: true, lines: true },
  });
  addFormats.default(ajv);
  return ajv;
}

/** The module with the schema compiler's run-time functions in it: it needs nothing else then. */
async function wholeModule(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "js" },
    write: false,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["main"],
    target: "node20",
    banner: { js: "// Made by scripts/compile-schemas.mjs." },
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

/** Writes a file at once or not at all, and only if it changes: tests may be reading it. */
async function replace(path, text) {
  const before = await readFile(path, "utf8").catch(() => undefined);
  if (before === text) return;
  const next = `${path}.${process.pid}`;
  await writeFile(next, text);
  await rename(next, path);
}

/** What only editors show. */
const FOR_EDITORS = new Set([
  "$comment",
  "defaultSnippets",
  "deprecationMessage",
  "enumDescriptions",
  "examples",
  "markdownDescription",
  "title",
]);

/**
 * A schema without what is for editors alone. They see manifests as written, where any value may be a `${var:...}`;
 * validation sees them resolved, where none is left: of a choice whose last branch is `#/definitions/variable` the
 * first branch remains. Of descriptions messages quote the first sentence.
 */
function forMachines(schema) {
  if (Array.isArray(schema)) return schema.map(forMachines);
  if (typeof schema !== "object" || schema === null) return schema;
  const { anyOf, ...others } = schema;
  const choice = anyOf?.length === 2 && anyOf[1].$ref?.endsWith("#/definitions/variable");
  const kept = Object.entries(choice ? { ...others, ...anyOf[0] } : schema);
  return Object.fromEntries(
    kept.filter(([key]) => !FOR_EDITORS.has(key)).map(([key, value]) => [key, part(key, value)]),
  );
}

function part(key, value) {
  if (key === "description" && typeof value === "string") return value.replace(/(?<=\.) .*/s, "");
  // Their keys are names of fields, not keywords.
  if (key !== "properties" && key !== "definitions") return forMachines(value);
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, forMachines(schema)]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compileSchemas(join(root, "src/compiled"));
