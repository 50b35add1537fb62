import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { CODES } from "../../src/codes.ts";
import { declareProgram } from "../../src/program.ts";
import { problemOf, wordsOfLine } from "../support/command-line.ts";
import { type DocsStage, openStage } from "../support/docs-stage.ts";
import { fencesOf, proseOf } from "../support/markdown-page.ts";
import { filesUnder, ROOT, read } from "../support/source-files.ts";

/*
 * Every block of every page is of one of these kinds, and each kind is tried: console blocks are run (console.test.ts;
 * those of examples/ by tests of their own), all others below. What stands in backquotes in the text is held against
 * the program, too.
 */
const PAGES = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"],
  ...filesUnder("docs", ".md"),
  ...filesUnder("examples", ".md"),
];
const blocks = PAGES.flatMap((page) => fencesOf(read(page)).map((fence) => ({ page, ...fence })));
const where = ({ page, start }: { readonly page: string; readonly start: number }): string => `${page}:${start + 1}`;
const ofKind = (language: string) =>
  blocks.filter((block) => block.language === language).map((block) => [where(block), block.lines.join("\n")] as const);

/** Pages with pictures, in which there is nothing to try, and with messages, each of which test/codes provokes. */
const PICTURES = ["docs/architecture.md", "docs/errors.md", "docs/guarantees.md"];

describe("blocks", () => {
  it("are of a kind that is tried", () => {
    const tried = new Set(["console", "sh", "yaml", "ts", "text"]);
    expect(blocks.length).toBeGreaterThan(80);
    expect(blocks.filter(({ language }) => !tried.has(language)).map(where)).toEqual([]);
  });

  it("are pictures or messages where that is known, TypeScript where package.test.ts compiles it, and run where something runs them", () => {
    const pagesOf = (language: string) => [
      ...new Set(blocks.filter((b) => b.language === language).map(({ page }) => page)),
    ];
    expect(pagesOf("text")).toEqual(PICTURES);
    expect(pagesOf("ts")).toEqual(["docs/library.md"]);
    expect(pagesOf("console").filter((page) => !/^(README\.md|docs\/.*)$/.test(page))).toEqual([
      "examples/library/README.md",
    ]);
  });
});

/** Programs of others that pages tell to run. */
const OTHERS = new Set(["export", "git", "gh"]);
const NPM = new Set(["ci", "install", "test"]);
const scripts = JSON.parse(read("package.json")).scripts;
const tools = JSON.parse(read("package.json")).devDependencies;

describe("shell blocks", () => {
  it.each(ofKind("sh"))("%s has commands that exist, with flags that they have", async (_place, text) => {
    const lines = text.split("\n").filter((line) => wordsOfLine(line).length > 0);
    expect(lines).not.toEqual([]);
    for (const line of lines) for (const command of commandsOf(line)) expect(await wrongWith(command), line).toBe("");
  });

  it("are told when they are wrong", async () => {
    const wrong = [
      "jobwright plan --prnue",
      "jobwright aply",
      "npm run nothing",
      "npx nothing",
      "frobnicate",
      "node no.mjs",
    ];
    for (const line of wrong) expect(await wrongWith(wordsOfLine(line)), line).not.toBe("");
    expect(commandsOf("source <(jobwright completion bash)  # x && y")).toEqual([["jobwright", "completion", "bash"]]);
    expect(commandsOf("A=b jobwright plan > f && git push")).toEqual([
      ["jobwright", "plan"],
      ["git", "push"],
    ]);
  });
});

/** The commands of a line, each as its words, without redirections and assignments. */
function commandsOf(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  const inner = line.replace(/source <\(([^)]*)\)/, "$1");
  for (const word of wordsOfLine(inner)) {
    if (["&&", "|", ";"].includes(word)) commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands.map((words) => {
    const first = words.findIndex((word) => !/^\w+=/.test(word));
    const end = words.indexOf(">");
    return words.slice(first, end < 0 ? undefined : end);
  });
}

/** Why a command cannot be run as it is written; "" where nothing is wrong. */
async function wrongWith([first = "", ...rest]: readonly string[]): Promise<string> {
  const [second = ""] = rest;
  if (first === "jobwright") return (await problemOf(rest)) ?? "";
  if (first === "npx" && second === "jobwright") return (await problemOf(rest.slice(1))) ?? "";
  if (first === "npx") return second in tools ? "" : `${second} is no tool of the project`;
  if (first === "npm" && second === "run") return (rest[1] ?? "") in scripts ? "" : `no script ${rest[1]}`;
  if (first === "npm") return NPM.has(second) ? "" : `npm ${second}`;
  if (first === "node") return /^build\//.test(second) || existsSync(ROOT + second) ? "" : `${second} is not there`;
  // A shell script of the example that the page stands beside.
  if (first.startsWith(".")) return existsSync(ROOT + first) ? "" : `${first} is not there`;
  return OTHERS.has(first) || first === "source" ? "" : `${first} is not known`;
}

describe("YAML blocks", () => {
  let stage: DocsStage;
  beforeAll(async () => {
    stage = await openStage();
    stage.write("tls/key.pem", "a key");
    Object.assign(stage.env, { JOBWRIGHT_ALLOW_ORIGINS: "https://api.blaxel.ai,https://sdk.nimbleway.com" });
  });
  afterAll(() => stage.close());

  it.each(ofKind("yaml"))("%s is a valid manifest, config or workflow", async (_place, text) => {
    const documents = parseAllDocuments(text).map((document) => document.toJS());
    expect(documents).not.toEqual([]);
    if (documents.every((document) => document.kind === "Job")) return expectValid(stage, { manifest: text });
    const [document] = documents;
    if (Array.isArray(document) || document.jobs) return expectWorkflow(document);
    if (document.repos) return expectHooks(document.repos);
    await expectValid(stage, { config: text });
  });

  it("are told when they are wrong", async () => {
    await expect(expectValid(stage, { config: "safety: { maxDelete: 1 }" })).rejects.toThrow(/JW1104/);
    await expect(expectValid(stage, { manifest: MANIFEST.replace("agent_name", "agent") })).rejects.toThrow(/JW1105/);
    expect(() => expectWorkflow([{ uses: "OWNER/jobwright@COMMIT", with: { comand: "plan" } }])).toThrow();
  });
});

const MANIFEST = "apiVersion: nimbleway.com/v1\nkind: Job\nmetadata: { name: a }\nspec: { agent_name: a }\n";
const OTHERS_OF_BOTH = `${MANIFEST.replace("name: a ", "name: z ")}---
apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata: { name: z }
spec: { runtime: { memory: 2048 } }
`;

/** Nothing at all is found in it, no warning either. Variables that it names are set. */
async function expectValid(
  stage: DocsStage,
  { config = "", manifest = MANIFEST }: { readonly config?: string; readonly manifest?: string },
): Promise<void> {
  stage.write("jobwright.yaml", config);
  stage.write("jobs/a.yaml", `${manifest}\n`);
  // Rules of a config want something that they fit.
  stage.write("jobs/z.yaml", OTHERS_OF_BOTH);
  for (const [, name = ""] of `${config}${manifest}`.matchAll(/\$\{env:(\w+)\}/g)) stage.env[name] = "a-value";
  const said = await stage.run("jobwright validate");
  expect(said.join("\n")).toMatch(/^\d+ jobs in 2 files: valid\.$/);
}

interface Step {
  readonly uses?: string;
  readonly with?: object;
}

/** Steps that run jobwright give it inputs that it has. */
function expectWorkflow(
  given: readonly Step[] | { readonly jobs: Record<string, { readonly steps: readonly Step[] }> },
): void {
  const { inputs } = parse(read("action.yml"));
  const steps = "jobs" in given ? Object.values(given.jobs).flatMap((job) => job.steps) : given;
  const ours = steps.filter(({ uses = "" }) => /jobwright(@|$)/.test(uses));
  expect(ours).not.toEqual([]);
  expect(ours.flatMap((step) => Object.keys(step.with ?? {})).filter((name) => !(name in inputs))).toEqual([]);
}

function expectHooks(repos: readonly { readonly hooks: readonly { readonly id: string }[] }[]): void {
  const known = parse(read(".pre-commit-hooks.yaml")).map((hook: { id: string }) => hook.id);
  expect(repos.flatMap(({ hooks }) => hooks.map(({ id }) => id)).filter((id) => !known.includes(id))).toEqual([]);
}

describe("what stands in backquotes", () => {
  const spans = PAGES.filter((page) => page !== "CHANGELOG.md").flatMap((page) =>
    [...proseOf(read(page)).matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => ({ page, span })),
  );
  const program = declareProgram("0.0.0", async () => {});
  const commands = [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)];
  const flags = new Set(commands.flatMap((each) => each.options.flatMap(({ long, short }) => [long, short])));
  /** Flags of other programs. */
  const FOREIGN = new Set(["--ignore-scripts", "--help", "--version", "--seeds", "--force"]);

  it("names commands that exist", async () => {
    // Headings of the generated reference show arguments as placeholders.
    const told = spans.filter(
      ({ page, span }) =>
        /^(npx )?jobwright [a-z]/.test(span) && !/[|]/.test(span) && !page.startsWith("docs/reference-"),
    );
    expect(told.length).toBeGreaterThan(20);
    for (const { page, span } of told) {
      const words = wordsOfLine(span.replace(/^npx /, "")).slice(1);
      const problem = await problemOf(words);
      // The text may name a command without what it needs.
      expect(
        /^error: (missing required|required option|option .* argument missing)/.test(problem ?? "")
          ? undefined
          : problem,
        `${page}: ${span}`,
      ).toBe(undefined);
    }
  });

  it("names flags that exist", () => {
    const named = spans.flatMap(({ page, span }) =>
      [...span.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => ({ page, flag })),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ flag }) => !flags.has(flag) && !FOREIGN.has(flag))).toEqual([]);
  });

  it("names codes, variables and keys of the config that exist", () => {
    const config = read("docs/reference-config.md");
    const keys = spans.filter(({ span }) => /^(safety|http|state)\.[a-zA-Z]+$/.test(span) && span !== "state.json");
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter(({ span }) => !config.includes(`| \`${span}\` |`))).toEqual([]);
    const source = filesUnder("src", ".ts").map(read).join("\n");
    const variables = spans.filter(({ page, span }) => /^JOBWRIGHT_[A-Z_]+$/.test(span) && page.startsWith("docs/"));
    expect(variables.length).toBeGreaterThan(5);
    expect(variables.filter(({ span }) => !source.includes(span))).toEqual([]);
    const codes = spans.filter(({ span }) => /^JW\d{4}$/.test(span));
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter(({ span }) => !Object.hasOwn(CODES, span))).toEqual([]);
  });
});
