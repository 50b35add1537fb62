import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { errorsPage, readCatalogue } from "../scripts/docs-errors.mjs";
import { CODES } from "../src/codes.ts";
import { filesUnder, type Import, importsOf, read } from "./support/source-files.ts";

/** The vocabulary, and the validators that are made from the schemas: everything may use it. */
const BASE = ["model", "document", "errors", "codes", "secrets", "compiled"];

/** The command line: the entry point, its flags, and what turns results into exit codes. */
const CLI = ["cli", "main", "program", "options", "complete", "help", "usage", "run", "io", "progress"];

/** The steps of the pipeline, which `commands` puts together. */
const STEPS = ["manifest", "plan", "apply", "providers", "state", "render", "sandbox", "http", "import", "init"];

/**
 * What each part of src/ may import besides itself and the vocabulary: parts, or single files; `types:` before it where
 * only types may be taken. What is not listed here is forbidden.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  codes: [],
  errors: [],
  secrets: [],
  document: [],
  http: [],
  manifest: [],
  state: [],
  sandbox: ["state/disk.ts"],
  providers: ["http"],
  plan: ["types:providers/provider.ts"],
  render: ["state/codec.ts"],
  import: ["manifest", "plan", "render", "state/codec.ts"],
  init: [],
  apply: ["plan", "providers", "state"],
  commands: STEPS,
  action: ["commands", "io", "progress", ...STEPS],
  library: ["commands", "io", "progress", ...STEPS],
  index: ["library", "types:render/plan-document.ts", "types:render/event-document.ts"],
  ...Object.fromEntries(CLI.map((part) => [part, [...CLI, "commands", ...STEPS]])),
};

/** What the vocabulary itself may use of the vocabulary. */
const WITHIN_BASE: Readonly<Record<string, readonly string[]>> = {
  model: [],
  codes: [],
  errors: ["model", "codes"],
  secrets: ["model"],
  document: ["model", "errors", "codes"],
};

/** Files that touch nothing but their arguments. */
const PURE = [
  /^src\/(model|document|plan|render|import|init)\//,
  /^src\/(codes|errors|secrets)\.ts$/,
  /^src\/manifest\/(?!load|read|discover)/,
  /^src\/providers\/(\w+\/)?(fields|convert|request|answer)\b[^/]*$/,
  /^src\/http\/(?!undici-transport\.ts|client\.ts)/,
  /^src\/state\/codec\.ts$/,
];

const IMPURE_MODULES =
  /^(undici|hono|@hono\/.*|(node:)?(fs|fs\/promises|net|http|https|http2|tls|dns|child_process|os|process|worker_threads|timers|timers\/promises))$/;

const IMPURE_CODE: readonly RegExp[] = [
  /\bprocess\.\w/,
  /\bconsole\.\w/,
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bperformance\.now\b/,
  /\bMath\.random\b/,
  /\brandom(Bytes|UUID|Int)\b/,
  /\bset(Timeout|Interval|Immediate)\(/,
  /(?<![\w.])fetch\(/,
];

const sources = filesUnder("src", ".ts")
  .filter((file) => !file.startsWith("src/compiled/"))
  .map((file) => ({ file, text: read(file) }));

describe("imports", () => {
  it("point one way: cli, commands, steps, vocabulary", () => {
    expect(sources.flatMap(({ file, text }) => importsOf(file, text).flatMap((i) => layerFault(file, i)))).toEqual([]);
  });

  it("take every part of src/ into account", () => {
    const parts = [...new Set(sources.map(({ file }) => partOf(file)))];
    expect(parts.filter((part) => !Object.hasOwn(MAY_IMPORT, part))).toEqual([]);
  });

  it("say what is wrong with one that points back", () => {
    const up = importsOf("src/plan/x.ts", 'import {\n  a,\n  b,\n} from "../commands/plan.ts";\n');
    expect(up.flatMap((i) => layerFault("src/plan/x.ts", i))).toEqual(["src/plan/x.ts imports ../commands/plan.ts"]);
    const value = importsOf("src/plan/x.ts", 'import { a } from "../providers/provider.ts";\n');
    expect(value.flatMap((i) => layerFault("src/plan/x.ts", i))).toHaveLength(1);
    const type = importsOf("src/plan/x.ts", 'import type { A } from "../providers/provider.ts";\n');
    expect(type.flatMap((i) => layerFault("src/plan/x.ts", i))).toEqual([]);
  });
});

describe("pure files", () => {
  const pure = sources.filter(({ file }) => isPure(file));

  it("are most of the steps", () => {
    expect(pure.length).toBeGreaterThan(50);
  });

  it("import nothing that touches the world", () => {
    expect(pure.flatMap(({ file, text }) => importsOf(file, text).flatMap((i) => purityFault(file, i)))).toEqual([]);
  });

  it("use no clock, randomness, environment, console or network", () => {
    expect(pure.flatMap(({ file, text }) => impureWords(text).map((word) => `${file} uses ${word}`))).toEqual([]);
  });

  it("are told from others by their code, not by their comments", () => {
    expect(impureWords("// process.env\nexport const a = 1;")).toEqual([]);
    expect(impureWords("export const a = () => Date.now();")).toEqual(["Date.now"]);
  });
});

describe("size", () => {
  it("keeps files of src/ under 400 lines and tests under 500", () => {
    const tests = filesUnder("test", ".ts").map((file) => ({ file, text: read(file) }));
    expect([...tooLong(sources, 400), ...tooLong(tests, 500)]).toEqual([]);
  });
});

describe("error codes", () => {
  it("stand in docs/errors.md as `npm run docs` writes it", async () => {
    expect(read("docs/errors.md")).toBe(errorsPage(CODES, await readCatalogue()));
  });

  it("have a row each, and no row is without a code", () => {
    const page = read("docs/errors.md");
    const rows = [...page.matchAll(/^\| \[(JW\d{4})\]\(#jw\d{4}\) \|/gm)].map(([, code]) => code);
    const titles = [...page.matchAll(/^### (JW\d{4})$/gm)].map(([, code]) => code);
    expect(rows.toSorted()).toEqual(Object.keys(CODES).toSorted());
    expect(titles).toEqual(rows);
  });

  it("are used somewhere", () => {
    const used = new Set(
      sources.filter(({ file }) => file !== "src/codes.ts").flatMap(({ text }) => text.match(/\bJW\d{4}\b/g) ?? []),
    );
    expect(Object.keys(CODES).filter((code) => !used.has(code))).toEqual([]);
    expect([...used].filter((code) => !Object.hasOwn(CODES, code))).toEqual([]);
  });
});

/** `src/plan/diff.ts` belongs to `plan`, `src/errors.ts` to `errors`. */
function partOf(file: string): string {
  return file.split("/")[1]?.replace(/\.ts$/, "") ?? "";
}

function layerFault(file: string, { from, file: to, typeOnly }: Import): readonly string[] {
  if (to === undefined || !to.startsWith("src/")) return [];
  const [here, there] = [partOf(file), partOf(to)];
  const base = Object.hasOwn(WITHIN_BASE, here) ? (WITHIN_BASE[here] ?? []) : BASE;
  const inside = to.slice("src/".length);
  const allowed =
    here === there ||
    base.includes(there) ||
    (MAY_IMPORT[here] ?? []).some((rule) =>
      rule.startsWith("types:") ? typeOnly && rule === `types:${inside}` : rule === there || rule === inside,
    );
  return allowed ? [] : [`${file} imports ${from}`];
}

function isPure(file: string): boolean {
  return PURE.some((pattern) => pattern.test(file));
}

function purityFault(file: string, { from, file: to, typeOnly }: Import): readonly string[] {
  if (typeOnly) return [];
  const impure =
    to === undefined
      ? IMPURE_MODULES.test(from)
      : to.startsWith("src/") && !to.startsWith("src/compiled/") && !isPure(to);
  return impure ? [`${file} imports ${from}`] : [];
}

function impureWords(text: string): readonly string[] {
  const { code } = transformSync(text, { loader: "ts", legalComments: "none" });
  return IMPURE_CODE.flatMap((pattern) => pattern.exec(code)?.[0] ?? []);
}

function tooLong(files: readonly { file: string; text: string }[], lines: number): readonly string[] {
  return files
    .map(({ file, text }) => ({ file, length: text.split("\n").length - 1 }))
    .filter(({ length }) => length > lines)
    .map(({ file, length }) => `${file} has ${length} lines`);
}
