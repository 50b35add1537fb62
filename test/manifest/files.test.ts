import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { isSelected } from "../../src/manifest/paths.ts";
import { readProjectFile } from "../../src/manifest/read-file.ts";
import { renderDiagnostics } from "../../src/render/diagnostics.ts";
import { renderDiagnosticsGithub } from "../../src/render/github.ts";
import { renderJunit } from "../../src/render/junit.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { actsOnTerminal, commandsRunner } from "../render/hostile.ts";
import { load, loadFiles, makeProject, nimble, places } from "./project.ts";

function truncated(path: string, size: number): number {
  const file = openSync(path, "w");
  ftruncateSync(file, size);
  return file;
}

function makeFifo(path: string): void {
  execFileSync("sh", ["-c", 'mkfifo "$1"', "sh", path]);
}

describe("which files are manifests", () => {
  it("is decided by globs, less what is excluded", async () => {
    const root = makeProject({
      "jobwright.yaml": 'manifests: ["**/*.{yaml,yml}"]\nexclude: ["drafts/**"]\n',
      "a.yaml": nimble("a1"),
      "b/c.yml": nimble("c1"),
      "b/note.txt": "x",
      "drafts/d.yaml": "broken: [",
      "node_modules/x/y.yaml": "broken: [",
      ".github/workflows/w.yaml": "broken: [",
      ".jobwright/x.yaml": "broken: [",
    });
    const { files, diagnostics } = await load(root);
    expect(files).toEqual(["a.yaml", "b/c.yml"]);
    expect(diagnostics).toEqual([]);
  });

  it("may be none", async () => {
    const { files, desired, diagnostics } = await loadFiles({ "README.md": "x" });
    expect({ files, desired, diagnostics }).toEqual({ files: [], desired: [], diagnostics: [] });
  });

  it("A23 follows links inside of the project", async () => {
    const root = makeProject({
      "shared/a.yaml": nimble("a1"),
      "more/b.yaml": nimble("b1"),
      "jobs/c.yaml": nimble("c1"),
    });
    symlinkSync("../shared/a.yaml", join(root, "jobs/link.yaml"));
    symlinkSync("../more", join(root, "jobs/folder"));
    const { files, diagnostics } = await load(root);
    expect(diagnostics).toEqual([]);
    expect(files).toEqual(["jobs/c.yaml", "jobs/folder/b.yaml", "jobs/link.yaml"]);
  });

  it("A23 does not follow links out of the project, or in a circle", async () => {
    const outside = makeProject({ "x.yaml": nimble("x1"), "sub/y.yaml": nimble("y1") });
    const root = makeProject({ "jobs/c.yaml": nimble("c1"), "jobs/deep/d.yaml": nimble("d1") });
    symlinkSync(join(outside, "x.yaml"), join(root, "jobs/a-file.yaml"));
    symlinkSync(join(outside, "sub"), join(root, "jobs/b-folder"));
    symlinkSync("..", join(root, "jobs/deep/up"));
    symlinkSync("loop.yaml", join(root, "jobs/loop.yaml"));
    symlinkSync("gone.yaml", join(root, "jobs/nowhere.yaml"));
    const { diagnostics, desired } = await load(root);
    expect(places(diagnostics)).toEqual([
      "error JW1003 jobs/a-file.yaml:undefined:undefined",
      "error JW1003 jobs/b-folder:undefined:undefined",
      "error JW1004 jobs/deep/up:undefined:undefined",
      "error JW1004 jobs/loop.yaml:undefined:undefined",
      "error JW1001 jobs/nowhere.yaml:undefined:undefined",
    ]);
    expect(desired.map((job) => job.name)).toEqual(["c1", "d1"]);
    expect(JSON.stringify(diagnostics)).not.toContain(outside);
  });

  it("A23 does not go round in two links to one another", async () => {
    const root = makeProject({ "jobs/a/a.yaml": nimble("a1"), "jobs/b/b.yaml": nimble("b1") });
    symlinkSync("../b", join(root, "jobs/a/to-b"));
    symlinkSync("../a", join(root, "jobs/b/to-a"));
    const { diagnostics } = await load(root);
    expect(diagnostics.map((d) => d.code)).toContain("JW1004");
  });

  it("refuses a manifest folder that is itself a link out", async () => {
    const outside = makeProject({ "a.yaml": nimble("a1") });
    const root = makeProject({ "x.txt": "" });
    symlinkSync(outside, join(root, "jobs"));
    const { diagnostics, files } = await load(root);
    expect(places(diagnostics)).toEqual(["error JW1003 jobs:undefined:undefined"]);
    expect(files).toEqual([]);
  });

  it("A22 skips what is no regular file, and does not wait for it", async () => {
    const root = makeProject({ "jobs/c.yaml": nimble("c1") });
    makeFifo(join(root, "jobs/fifo.yaml"));
    mkdirSync(join(root, "jobs/folder.yaml"));
    const server = createServer().listen(join(root, "jobs/socket.yaml"));
    await new Promise((done) => server.once("listening", done));
    onTestFinished(() => new Promise<void>((done) => server.close(() => done())));
    const { diagnostics, desired } = await load(root);
    expect(places(diagnostics)).toEqual([
      "warning JW1002 jobs/fifo.yaml:undefined:undefined",
      "warning JW1002 jobs/socket.yaml:undefined:undefined",
    ]);
    expect(desired).toHaveLength(1);
  });

  it("A25 stops in folders that are nested without end", async () => {
    const root = makeProject({ [`jobs/${"d/".repeat(80)}x.yaml`]: nimble("x1") });
    expect((await load(root)).diagnostics).toMatchObject([{ code: "JW1004" }]);
  });

  it("A25 stops in folders that are nested deeper than a path can be long", async () => {
    const root = makeProject({ "jobs/a.yaml": nimble("a1") });
    // One folder at a time: no path leads to the deepest one. What made them removes them.
    const script = (body: string) => execFileSync(process.execPath, ["-e", body], { cwd: join(root, "jobs") });
    script('for (let n = 0; n < 200; n++) { fs.mkdirSync("d".repeat(30)); process.chdir("d".repeat(30)); }');
    onTestFinished(() => {
      execFileSync("rm", ["-rf", join(root, "jobs")]);
    });
    const { diagnostics, desired } = await load(root);
    expect(diagnostics).toMatchObject([{ code: "JW1004", message: expect.stringContaining("64 levels") }]);
    expect(desired).toHaveLength(1);
  });

  it("A24 shows odd names escaped, in whatever form problems are told", async () => {
    const name = 'a\n::error::x\u001b[31m"%0A##[error]y\u202e';
    const long = "é".repeat(125);
    const { diagnostics, files } = await loadFiles({
      [`jobs/${name}.yaml`]: "a: 1\n",
      [`jobs/${long}.yaml`]: "a: 1\n",
    });
    expect(files).toHaveLength(2);
    const told = [
      renderDiagnostics(diagnostics, PLAIN_STYLE),
      renderDiagnosticsGithub(diagnostics),
      renderJunit(files, diagnostics),
    ];
    for (const text of told) {
      expect(text).toContain(long);
      expect(actsOnTerminal(text)).toBe(false);
      const ours = text.split("\n").filter((line) => !/^::(?:error|warning) file=/.test(line));
      expect(commandsRunner(ours.join("\n"))).toBe(false);
    }
  });

  it("A24 takes odd names as they are", async () => {
    const name = 'jobs/a\n::error::x\u001b[31m"%0A.yaml';
    const { diagnostics, files } = await loadFiles({ [name]: "a: 1\n" });
    expect(files).toEqual([name]);
    expect(diagnostics[0]?.file).toBe(name);
    expect(diagnostics.map((d) => d.message).join()).not.toContain("\u001b");
  });
});

describe("reading", () => {
  it("A21 refuses what is larger than 1 MiB, and takes what is just that", async () => {
    const root = makeProject({ "a.yaml": "x".repeat(1024 * 1024 + 1), "b.yaml": "x".repeat(1024 * 1024) });
    expect(readProjectFile(root, "a.yaml")).toMatchObject({ problem: { code: "JW1005" } });
    expect(readProjectFile(root, "b.yaml")).toMatchObject({ bytes: { length: 1024 * 1024 } });
  });

  it("A21 refuses folders, what is missing, and what lies outside", () => {
    const root = makeProject({ "a/b.yaml": "x" });
    expect(readProjectFile(root, "a")).toMatchObject({ problem: { code: "JW1002" } });
    expect(readProjectFile(root, "nope")).toMatchObject({ problem: { code: "JW1001" } });
    symlinkSync("/proc/self/environ", join(root, "env"));
    expect(readProjectFile(root, "env")).toMatchObject({ problem: { code: "JW1003" } });
    expect(readProjectFile(join(root, "a"), "../a2")).toMatchObject({ problem: { code: "JW1001" } });
  });

  it("does not take a folder for one whose name it begins with", () => {
    const root = makeProject({ "a/x.yaml": "x", "ab/y.yaml": "y" });
    symlinkSync("../ab/y.yaml", join(root, "a/link.yaml"));
    expect(readProjectFile(join(root, "a"), "link.yaml")).toMatchObject({ problem: { code: "JW1003" } });
  });

  it("reports files that may not be read", async (context) => {
    const root = makeProject({ "jobs/a.yaml": nimble("a1") });
    chmodSync(join(root, "jobs/a.yaml"), 0);
    const { diagnostics } = await load(root);
    // Whoever runs as root may read everything.
    if (process.getuid?.() === 0) return context.skip("runs as root");
    expect(diagnostics).toMatchObject([{ code: "JW1001", message: "the file cannot be read: permission denied" }]);
  });

  it("A08 names the encoding of files that are not UTF-8", async () => {
    const { diagnostics } = await loadFiles({ "jobs/a.yaml": Buffer.from("a: \xe9\n", "latin1") });
    expect(places(diagnostics)).toEqual(["error JW1006 jobs/a.yaml:1:4"]);
  });
});

describe("interpolated files", () => {
  const manifest = (path: string) => ({ "jobs/a.yaml": nimble("a1", `  description: "\${file:${path}}"\n`) });

  it("are of the project, by their path from its root", async () => {
    const { secrets, diagnostics } = await loadFiles({ ...manifest("texts/a.txt"), "texts/a.txt": "hello\n" });
    expect(diagnostics).toEqual([]);
    expect([...secrets.values()]).toEqual(["hello"]);
  });

  it("A20 A21 cannot be reached through links that lead to credentials or out", async () => {
    for (const target of [".git/config", "../elsewhere", "/proc/self/environ"]) {
      const root = makeProject({ ...manifest("link.txt"), ".git/config": "token", "texts/x": "" });
      symlinkSync(target, join(root, "link.txt"));
      if (target === "../elsewhere") writeFileSync(join(root, "../elsewhere"), "x");
      const { diagnostics, secrets } = await load(root);
      expect(diagnostics).toMatchObject([{ code: "JW1307", line: 7, column: 17 }]);
      expect([...secrets.values()]).toEqual([]);
    }
  });

  it.each<[string, string, (path: string) => void]>([
    ["a folder", "regular", (path) => mkdirSync(path)],
    ["a link to a device without end", "leads out", (path) => symlinkSync("/dev/zero", path)],
    ["a link to standard input", "", (path) => symlinkSync("/dev/stdin", path)],
    ["a file of a gigabyte", "1 MiB", (path) => closeSync(truncated(path, 2 ** 30))],
    ["a link to itself", "leads back to itself", (path) => symlinkSync("odd", path)],
  ])("A21 A23 cannot be %s", async (_name, why, make) => {
    const root = makeProject(manifest("odd"));
    make(join(root, "odd"));
    const { diagnostics, secrets } = await load(root);
    expect(diagnostics).toMatchObject([{ code: "JW1307", message: expect.stringContaining(why) }]);
    expect([...secrets.values()]).toEqual([]);
  });

  it("A21 must be text, and regular files", async () => {
    const binary = await loadFiles({ ...manifest("a.bin"), "a.bin": Uint8Array.from([0xff, 0xfe, 0]) });
    expect(binary.diagnostics).toMatchObject([{ code: "JW1307", message: expect.stringContaining("UTF-16") }]);
    const root = makeProject(manifest("fifo"));
    makeFifo(join(root, "fifo"));
    expect((await load(root)).diagnostics).toMatchObject([
      { code: "JW1307", message: expect.stringContaining("regular") },
    ]);
  });
});

describe("the config file", () => {
  it("is found upwards to the root of the repository", async () => {
    const root = makeProject({
      ".git/HEAD": "x",
      "jobwright.yaml": "vars: { a: 1 }\n",
      "deep/er/x": "",
      "jobs/a.yaml": nimble("a1"),
    });
    const { config, desired } = await load(join(root, "deep/er"));
    expect(config).toMatchObject({ root, file: "jobwright.yaml", vars: { a: 1 } });
    expect(desired[0]?.source.file).toBe("jobs/a.yaml");
  });

  it("is not looked for outside of it", async () => {
    const root = makeProject({ "jobwright.yaml": "vars: { a: 1 }\n", "repo/.git/HEAD": "x", "repo/sub/x": "" });
    expect((await load(join(root, "repo/sub"))).config.file).toBeUndefined();
    expect((await load(join(root, "repo/sub"))).config.root).toBe(join(root, "repo/sub"));
  });

  it("can be named, wherever it is", async () => {
    const root = makeProject({ "etc/other.yaml": "vars: { a: 2 }\n", "etc/jobs/a.yaml": nimble("a1"), "x/y": "" });
    const { config, files } = await load(join(root, "x"), { configFile: "../etc/other.yaml" });
    expect(config).toMatchObject({ root: join(root, "etc"), file: "other.yaml", vars: { a: 2 } });
    expect(files).toEqual(["jobs/a.yaml"]);
  });

  it("must be there where it is named, and have the right name", async () => {
    const root = makeProject({ "jobwright.yml": "{}" });
    expect((await load(root, { configFile: "nope.yaml" })).diagnostics).toMatchObject([{ code: "JW1301" }]);
    expect((await load(root)).diagnostics).toMatchObject([{ code: "JW1301", hint: "Rename it." }]);
  });

  it("is no manifest", async () => {
    const { files } = await loadFiles({ "jobwright.yaml": 'manifests: ["*.yaml"]\n', "a.yaml": nimble("a1") });
    expect(files).toEqual(["a.yaml"]);
  });
});

describe("isSelected", () => {
  it.each([
    ["jobs/a.yaml", "jobs/a.yaml", true],
    ["jobs/a.yaml", "jobs", true],
    ["jobs/a.yaml", "", true],
    ["jobs/a.yaml", "job", false],
    ["jobs/a.yaml", "jobs/*.yaml", true],
    ["jobs/x/a.yaml", "jobs/*.yaml", false],
    ["jobs/x/a.yaml", "jobs/**/*.yaml", true],
    ["jobs/a.yaml", "jobs/**/a.yaml", true],
    ["jobs/x/y/a.yaml", "**/y/*", true],
    ["jobs/x/y/a.yaml", "**/x/*", false],
    ["jobs/[a].yaml", "jobs/[a].yaml", true],
    ["jobs/a.yaml", "jobs/?.yaml", true],
  ])("%s by %s: %s", (file, path, expected) => {
    expect(isSelected(file, path)).toBe(expected);
  });

  it("agrees with a regular expression", () => {
    const segments = fc.array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 5 });
    const globs = fc.array(fc.constantFrom("a", "b", "*", "?", "**", "a*"), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(segments, globs, (file, glob) => {
        const source = glob.map((each) =>
          each === "**" ? "(?:/[^/]+)*" : `/${each.replace("*", "[^/]*").replace("?", "[^/]")}`,
        );
        const expected = new RegExp(`^${source.join("")}$`).test(`/${file.join("/")}`);
        const plain = glob.join("/") === file.slice(0, glob.length).join("/");
        fc.pre(glob.some((each) => /[*?]/.test(each)));
        expect(isSelected(file.join("/"), glob.join("/"))).toBe(expected || plain);
      }),
    );
  });
});

it("real paths are used, so that a project may lie behind a link", async () => {
  const root = makeProject({ "real/jobs/a.yaml": nimble("a1") });
  symlinkSync("real", join(root, "link"));
  const { config, selected } = await load(join(root, "link"), { paths: ["jobs"] });
  expect(config.root).toBe(realpathSync(join(root, "real")));
  expect([...selected]).toEqual(["nimble/a1"]);
});
