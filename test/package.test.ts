import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "./support/source-files.ts";

let scratch = "";
let tarball = "";
let files: readonly string[] = [];

/** Runs a program to its end; throws where it fails. */
function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/** What was built already is packed: `prepare` would build it once more. */
beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "package-")));
  const packed = run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", scratch], ROOT);
  const [{ filename, files: listed }] = JSON.parse(packed);
  tarball = join(scratch, filename);
  files = listed.map(({ path }: { path: string }) => path);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the package", () => {
  test("holds what it is to hold, and nothing else", () => {
    for (const file of [
      ...["package.json", "README.md", "LICENSE", "CHANGELOG.md", "action.yml", "dist/index.cjs"],
      ...["build/cli.js", "build/index.js", "build/read-worker.js", "build/types/index.d.ts", "build/licenses.txt"],
      ...["schemas/plan.schema.json", "schemas/event.schema.json", "examples/library/release.mjs", "docs/state.md"],
    ]) {
      expect(files).toContain(file);
    }
    const wanted =
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|action\.yml|build\/(cli|index|read-worker)\.js|build\/licenses\.txt|build\/chunks\/[\w.-]+\.js(\.LEGAL\.txt)?|build\/types\/[\w/-]+\.d\.ts|dist\/[\w.-]+|schemas\/[\w-]+\.schema\.json|docs\/[\w-]+\.(md|svg)|examples\/[\w./-]+\.(ya?ml|md|mjs|sh))$/;
    expect(files.filter((file) => !wanted.test(file))).toEqual([]);
  });

  test("says nothing of where it was built", () => {
    const texts = files.filter((file) => /^build\/.*\.(js|ts|txt)$/.test(file));
    expect(texts.filter((file) => readFileSync(ROOT + file, "utf8").includes(ROOT.slice(0, -1)))).toEqual([]);
  });

  test("is as publint wants it", async () => {
    const data = readFileSync(tarball);
    const { messages } = await publint({
      pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) },
      strict: true,
    });
    expect(messages).toEqual([]);
  });

  test("has types that are right for whoever imports it", async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
    if (analysis.types === false) throw new Error("no types");
    // It is made of ES modules alone, and `exports` alone says where they are.
    const problems = analysis.problems.filter(
      (problem) =>
        problem.kind !== "CJSResolvesToESM" && !("resolutionKind" in problem && problem.resolutionKind === "node10"),
    );
    expect(problems).toEqual([]);
  });
});

describe("installed into an empty folder, without any network", () => {
  let place = "";
  beforeAll(() => {
    place = join(scratch, "place");
    mkdirSync(place);
    writeFileSync(join(place, "package.json"), '{ "private": true, "type": "module" }\n');
    run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], place);
  });

  test("brings no other package", () => {
    const { packages } = JSON.parse(readFileSync(join(place, "package-lock.json"), "utf8"));
    expect(Object.keys(packages)).toEqual(["", "node_modules/jobwright"]);
  });

  test("runs", () => {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
    const jobwright = (...args: readonly string[]) => run(join(place, "node_modules/.bin/jobwright"), args, place);
    expect(jobwright("--version")).toBe(`${version}\n`);
    jobwright("init");
    expect(jobwright("--sandbox", "plan")).toContain("to create");
    jobwright("--sandbox", "apply", "--auto-approve");
    expect(jobwright("--sandbox", "plan")).toContain("No changes.");
  });

  test("is a library: the example does what its README shows", () => {
    const readme = readFileSync(`${ROOT}examples/library/README.md`, "utf8");
    const [, shown = ""] = /\$ node release\.mjs\n([^`]*)```/.exec(readme) ?? [];
    const example = join(place, "library");
    cpSync(`${ROOT}examples/library`, example, { recursive: true });
    const lines = (text: string) => text.trimEnd().split("\n");
    const told = lines(run(execPath, ["release.mjs"], example));
    // Actions run side by side: their lines mix.
    expect(told.toSorted()).toEqual(lines(shown).toSorted());
    expect([told[0], told.at(-1)]).toEqual([lines(shown)[0], lines(shown).at(-1)]);
    expect(lines(run(execPath, ["release.mjs"], example))[0]).toBe("0 of 2 jobs are to be changed");
  });

  test("has types that a strict compiler takes, those of its libraries included", () => {
    const source = `import { apply, type Applied, drift, type EventDocument, loadProject, plan, RefusedError } from "jobwright";
const project = await loadProject({ cwd: ".", env: {}, sandbox: true, signal: new AbortController().signal });
const planned = await plan(project, { prune: true, only: ["nimble/*"] });
const seen: EventDocument[] = [];
const applied: Applied = await apply(project, { plan: planned.document, onEvent: (event) => seen.push(event) });
const reasons = applied.document.actions.map(({ result }) => result?.reason);
// @ts-expect-error: the reasons are a closed list
if (reasons[0] === "no-such-reason") throw new RefusedError([]);
export const left: boolean = (await drift(project)).drifted;
// @ts-expect-error: a plan takes no such option
await plan(project, { purge: true });
`;
    writeFileSync(join(place, "use.ts"), source);
    const compilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true, types: [] },
      ...{ target: "es2022", module: "nodenext", lib: ["es2022", "dom"] },
    };
    const documented = [
      ...readFileSync(`${ROOT}docs/library.md`, "utf8").matchAll(/```ts\n([^`]*(?:`[^`]+`[^`]*)*?)```/g),
    ];
    expect(documented).toHaveLength(2);
    const process = "declare const process: { exitCode: number };\n";
    for (const [at, [, code = ""]] of documented.entries()) writeFileSync(join(place, `doc-${at}.ts`), process + code);
    writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    run(execPath, [`${ROOT}node_modules/typescript/bin/tsc`, "-p", place], place);
  });
});
