import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
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

describe("docs/github-action.md", () => {
  const page = read("docs/github-action.md");

  it("has every input with its default, and every output, in the words of action.yml", () => {
    interface Declared {
      readonly description: string;
      readonly default?: string;
      readonly required?: boolean;
    }
    const inputs = Object.entries<Declared>(action.inputs).map(([name, { description, default: given, required }]) => {
      const otherwise = required ? "required" : given === "" ? "" : `\`${given}\``;
      return `| \`${name}\` | ${otherwise} | ${description} |`;
    });
    const outputs = Object.entries<Declared>(action.outputs).map(([name, o]) => `| \`${name}\` | ${o.description} |`);
    const lines = page.split("\n");
    expect([...inputs, ...outputs].filter((row) => !lines.includes(row))).toEqual([]);
  });

  it("has every reason that there is, and no other", () => {
    const rows = [...page.slice(page.indexOf("## Failure reasons")).matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, r]) => r);
    expect(rows.toSorted()).toEqual([...REASONS].toSorted());
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
