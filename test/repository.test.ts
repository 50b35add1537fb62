import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { countTests } from "../scripts/test-summary.mjs";
import { ROOT, read } from "./support/source-files.ts";

const manifest = JSON.parse(read("package.json"));
const lock = JSON.parse(read("package-lock.json"));

interface LockedPackage {
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const locked = Object.entries<LockedPackage>(lock.packages).filter(([path]) => path !== "");
const listed = spawnSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" });
const tracked =
  listed.status === 0 ? listed.stdout.split("\0").filter((file) => file !== "" && existsSync(ROOT + file)) : [];

/** What stands in no tracked file: places of the machine that somebody built on, and where packages came from. */
const FOREIGN: readonly RegExp[] = [
  /(?<![\w.}])\/(?:work|root)\/[\w.-]+/,
  /\/home\/(?!runner\/)[a-z]\w*\//,
  /\/Users\/[A-Za-z]\w*\//,
  /\b[A-Z]:\\Users\\/,
  /\b(?:registry|npm|packages|artifactory|nexus)\.[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|internal)\b/,
  /["']resolved["']:/,
];

describe.skipIf(tracked.length === 0)("tracked files (skipped without Git)", () => {
  it("name no place of a build machine and no package registry", () => {
    expect(
      tracked.flatMap((file) => foreignIn(readFileSync(ROOT + file, "utf8")).map((word) => `${file}: ${word}`)),
    ).toEqual([]);
  });

  it("are told when they do", () => {
    expect(foreignIn(`see ${["", "root", "x"].join("/")}`)).toHaveLength(1);
    expect(foreignIn(["https://registry", "example", "com/a.tgz"].join("."))).toHaveLength(1);
    expect(foreignIn("the state registry. Then more; /v0/jobs, test/work/here")).toEqual([]);
  });

  it("hold nothing that is built", () => {
    const built = tracked.filter((file) => /^(build|node_modules|coverage|src\/compiled)\//.test(file));
    expect(built).toEqual([]);
  });

  it("end in a line break and hold no carriage return", () => {
    const texts = tracked.filter(
      (file) => /\.(ts|mjs|json|md|ya?ml)$|^\.ci\/run$/.test(file) && !file.startsWith("test/cases/"),
    );
    expect(texts.filter((file) => !/^[^\r]*\n$/.test(read(file)))).toEqual([]);
  });
});

describe("documents", () => {
  const documents = tracked.filter((file) => file.endsWith(".md"));

  it("link only to files that are there", () => {
    const links = documents.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to = ""]) => ({ file, to })),
    );
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter(({ file, to }) => !existsSync(join(ROOT, dirname(file), to)))).toEqual([]);
  });
});

describe("package.json", () => {
  it("has every script that the documents and .ci/run name", () => {
    const documents = [...tracked.filter((file) => file.endsWith(".md")), ".ci/run"];
    const named = documents.flatMap((file) => scriptsIn(read(file)).map((script) => ({ file, script })));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ script }) => !Object.hasOwn(manifest.scripts, script))).toEqual([]);
  });

  it("ships what it lists, and lists what it runs", () => {
    expect(manifest.files.filter((file: string) => !existsSync(ROOT + file))).toEqual([]);
    for (const file of Object.values<string>(manifest.bin)) {
      expect(manifest.files).toContain(file.split("/")[0]);
      expect(readFileSync(ROOT + file, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });

  it("runs scripts that exist", () => {
    const files = Object.values<string>(manifest.scripts).flatMap(
      (line) => line.match(/\bscripts\/[\w-]+\.mjs\b/g) ?? [],
    );
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(ROOT + file))).toEqual([]);
  });

  it("A83 pins every dependency", () => {
    const versions = Object.values<string>({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(lock).toMatchObject({ name: manifest.name, version: manifest.version });
  });

  it("A83 has a hash in the lock file for each package", () => {
    expect(locked.filter(([, one]) => !one.integrity?.startsWith("sha512-")).map(([path]) => path)).toEqual([]);
  });

  it("A83 knows each package that runs a script when it is installed", () => {
    const scripted = locked.filter(([, one]) => one.hasInstallScript === true).map(([path]) => path);
    expect(scripted).toEqual(["node_modules/esbuild"]);
  });

  it("has every optional package in the lock file, which `npm ci` insists on", () => {
    const named = locked.flatMap(([, one]) => Object.keys(one.optionalDependencies ?? {}));
    const paths = new Set(
      locked.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !paths.has(name))).toEqual([]);
  });

  it("says the licence that the file LICENSE holds", () => {
    expect(manifest.license).toBe("Apache-2.0");
    expect(read("LICENSE")).toMatch(/Apache License\s+Version 2\.0, January 2004/);
    expect(read("LICENSE")).toContain("The jobwright authors");
  });
});

describe("the count of tests", () => {
  const report = { numPassedTests: 3, numFailedTests: 1, testResults: [] };

  it("is the report's", () => {
    expect(countTests(report)).toEqual({ passed: 3, failed: 1 });
  });

  it("has a file that could not be loaded as one that failed", () => {
    const testResults = [
      { status: "failed", assertionResults: [] },
      { status: "failed", assertionResults: [{ status: "failed" }] },
    ];
    expect(countTests({ ...report, testResults })).toEqual({ passed: 3, failed: 2 });
  });
});

describe("the last line of .ci/run", () => {
  const summary = (report: string): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [`${ROOT}scripts/test-summary.mjs`, report], { encoding: "utf8" });
  const folder = mkdtempSync(join(tmpdir(), "summary-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    [{ numPassedTests: 812, numFailedTests: 0, testResults: [] }, 0, "tests: 812 passed, 0 failed\n"],
    [{ numPassedTests: 811, numFailedTests: 1, testResults: [] }, 1, "tests: 811 passed, 1 failed\n"],
    [{ numPassedTests: 0, numFailedTests: 0, testResults: [] }, 1, "tests: 0 passed, 0 failed\n"],
  ])("tells of %j", (report, status, stdout) => {
    const file = join(folder, "report.json");
    writeFileSync(file, JSON.stringify(report));
    expect(summary(file)).toMatchObject({ status, stdout });
  });

  it("is missing, and the run fails, where the tests did not run", () => {
    expect(summary(join(folder, "nothing.json"))).toMatchObject({ status: 1, stdout: "" });
  });
});

describe(".ci/run", () => {
  const folder = mkdtempSync(join(tmpdir(), "ci-run-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the script with an `npm` that notes what it is asked, fails at `failing`, and reports `failed` failed tests. */
  const run = (failing: string, failed = 0): { status: number | null; lines: string[] } => {
    for (const file of [".ci/run", "scripts/test-summary.mjs"]) cpSync(ROOT + file, join(folder, file));
    const report = JSON.stringify({ numPassedTests: 5, numFailedTests: failed, testResults: [] });
    const npm = `#!/bin/sh
echo "npm $*"
case "$*" in *--outputFile.json=*) echo '${report}' > "\${5#--outputFile.json=}";; esac
case "$*" in "${failing}"*) exit 1;; esac
`;
    writeFileSync(join(folder, "npm"), npm, { mode: 0o755 });
    // With a browser and a second Node.js named it looks for none, and installs none.
    const named = { CHROMIUM_PATH: "chromium", JOBWRIGHT_SECOND_NODE: process.execPath };
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}`, ...named };
    const { status, stdout } = spawnSync(join(folder, ".ci/run"), { encoding: "utf8", env });
    return { status, lines: stdout.trimEnd().split("\n") };
  };

  it("runs every check and ends with the count", () => {
    const { status, lines } = run("nothing");
    expect(status).toBe(0);
    const asked = lines.filter((line) => line.startsWith("npm ")).map((line) => line.split(" ").slice(1, 3).join(" "));
    const checks = ["run lint", "run format:check", "run typecheck", "run unused"];
    expect(asked).toEqual(["ci --no-audit", ...checks, "test --"]);
    expect(lines.at(-1)).toBe("tests: 5 passed, 0 failed");
  });

  it("goes on after a check that failed, fails, and still ends with the count", () => {
    const { status, lines } = run("run typecheck");
    expect(status).toBe(1);
    expect(lines.slice(-2)).toEqual(["Failed: types", "tests: 5 passed, 0 failed"]);
  });

  it("fails where tests failed, even if their runner does not say so", () => {
    const { status, lines } = run("nothing", 2);
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe("tests: 5 passed, 2 failed");
  });

  it("fails where the tests' runner fails although no test did", () => {
    expect(run("test")).toMatchObject({ status: 1 });
  });

  it("stops, without a count, where nothing could be installed", () => {
    const { status, lines } = run("ci");
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe("Failed: install. Nothing else can run without it.");
  });
});

function foreignIn(text: string): readonly string[] {
  return FOREIGN.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
}

/** `npm run X` and `npm test` in a text. */
function scriptsIn(text: string): readonly string[] {
  const run = [...text.matchAll(/\bnpm run (?:-\S+ )*([a-z][\w:-]*)/g)].map(([, script = ""]) => script);
  return /\bnpm test\b/.test(text) ? [...run, "test"] : run;
}
