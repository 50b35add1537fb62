import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { actionPage } from "../../scripts/docs-action.mjs";
import { buildAction } from "../../scripts/build-action.mjs";
import { REASONS } from "../../src/model/outcome.ts";
import { filesUnder, ROOT, read } from "../support/source-files.ts";

const action = parse(read("action.yml"));
const sources = filesUnder("src/action", ".ts").map(read).join("\n");

describe("action.yml", () => {
  it("is a JavaScript action with a name, a description and branding, whose bundle is there", () => {
    expect(action).toMatchObject({
      name: "jobwright",
      description: expect.any(String),
      branding: { icon: expect.any(String), color: expect.any(String) },
      runs: { using: "node24", main: "dist/index.cjs" },
    });
    expect(read(action.runs.main)).not.toBe("");
  });

  it("declares each input that the code reads, and no other", () => {
    const inputs = read("src/action/inputs.ts");
    const names = [...inputs.matchAll(/\b(?:text|optional|lines)\("([a-z-]+)"\)/g)].map(([, name]) => name);
    expect([...new Set(names)].toSorted()).toEqual(Object.keys(action.inputs).toSorted());
  });

  it("declares each output that the code writes", () => {
    const counts = ["create", "update", "replace", "delete", "adopt", "forget", "unchanged"];
    const further = ["unmanaged", "paused", "held", "orphaned", "digest", "drifted"];
    const quoted = Object.keys(action.outputs).filter((name) => ![...counts, ...further].includes(name));
    for (const name of quoted) expect(sources).toContain(`"${name}"`);
    expect(quoted).toHaveLength(Object.keys(action.outputs).length - counts.length - further.length);
  });

  it("describes every input and output, and needs one input only", () => {
    for (const one of Object.values<{ description?: string }>({ ...action.inputs, ...action.outputs })) {
      expect(one.description).toMatch(/\.$/);
    }
    const needed = Object.entries<{ required?: boolean; default?: string }>(action.inputs).filter(
      ([, i]) => i.required,
    );
    expect(needed.map(([name]) => name)).toEqual(["command"]);
    const open = Object.entries<{ default?: string }>(action.inputs).filter(([, i]) => i.default === undefined);
    expect(open.map(([name]) => name)).toEqual(["command"]);
  });
});

interface DocumentedStep {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: object;
}

/** The steps in a piece of a workflow: of its jobs, or the piece is a list of them. */
function stepsIn(yaml: unknown): readonly DocumentedStep[] {
  if (Array.isArray(yaml)) return yaml;
  const { jobs = {} } = yaml as { jobs?: Record<string, { steps: DocumentedStep[] }> };
  return Object.values(jobs).flatMap(({ steps }) => steps);
}

/** As GitHub makes it of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replaceAll(" ", "-");
}

describe("docs/github-action.md", () => {
  const page = read("docs/github-action.md");

  it("has the inputs and outputs as `npm run docs` writes them", () => {
    expect(actionPage(page, action)).toBe(page);
    for (const name of [...Object.keys(action.inputs), ...Object.keys(action.outputs)]) {
      expect(page).toContain(`\n| \`${name}\` | `);
    }
  });

  it("shows nothing but YAML that is YAML, with inputs and outputs that there are", () => {
    const blocks = [...page.matchAll(/^ *```yaml\n(.*?)^ *```$/gms)].map(([, text = ""]) => text);
    expect(blocks.length).toBeGreaterThan(5);
    for (const text of blocks) {
      const uses = [...text.matchAll(/uses: (?:OWNER\/jobwright@COMMIT|\.\/node_modules\/jobwright)/g)];
      const given = stepsIn(parse(text)).filter(({ uses: what }) => /jobwright/.test(what ?? ""));
      expect(given).toHaveLength(uses.length);
      const names = given.flatMap(({ with: inputs = {} }) => Object.keys(inputs));
      expect(names.filter((name) => !Object.hasOwn(action.inputs, name))).toEqual([]);
      const read = [...text.matchAll(/outputs\.([\w-]+)/g)].map(([, name = ""]) => name);
      expect(read.filter((name) => !Object.hasOwn(action.outputs, name))).toEqual([]);
      for (const { run = "" } of stepsIn(parse(text))) expect(run).not.toContain("${{");
    }
  });

  it("leads to files and headings that there are", () => {
    const anchors = new Set([...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => anchorOf(title)));
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, to = ""]) => to).filter((to) => !to.includes("://"));
    expect(links.length).toBeGreaterThan(10);
    const anchorsOf = (file: string): ReadonlySet<string> =>
      new Set([...read(`docs/${file}`).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => anchorOf(title)));
    const dead = links.filter((to) => {
      const [file = "", anchor] = to.split("#");
      if (file === "") return !anchors.has(anchor ?? "");
      return !existsSync(`${ROOT}docs/${file}`) || (anchor !== undefined && !anchorsOf(file).has(anchor));
    });
    expect(dead).toEqual([]);
  });

  it("names every event and permission that the workflow of init has", () => {
    const { on, jobs } = parse(read("examples/workflows/github-pull-request.yml"));
    for (const event of Object.keys(on)) expect(page).toContain(event);
    for (const { permissions } of Object.values<{ permissions: Record<string, string> }>(jobs)) {
      for (const [name, level] of Object.entries(permissions)) expect(page).toContain(`\`${name}: ${level}\``);
    }
  });

  it("has every reason that there is, and no other", () => {
    const rows = [...page.slice(page.indexOf("## Failure reasons")).matchAll(/^\| `([a-z-]+)` \| .+ \| .+ \|$/gm)];
    expect(rows.map(([, reason]) => reason).toSorted()).toEqual([...REASONS].toSorted());
  });
});

describe("dist/", () => {
  const folder = mkdtempSync(join(tmpdir(), "jobwright-dist-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // While one works on the sources, the bundle is behind them; what is pushed must not be.
  it.skipIf(!process.env["CI"])("is what npm run build:action makes of the sources", async () => {
    await buildAction(folder);
    const built = readdirSync(folder).toSorted();
    expect(readdirSync(`${ROOT}dist`).toSorted()).toEqual(built);
    const other = built.filter((file) => !readFileSync(join(folder, file)).equals(readFileSync(`${ROOT}dist/${file}`)));
    expect(other, "run npm run build:action and commit dist/").toEqual([]);
  });

  it("carries the licences of what is in it", () => {
    const licences = read("dist/licenses.txt");
    for (const name of ["@octokit/core", "undici", "yaml", "hono"])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
  });
});
