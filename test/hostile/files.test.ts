import fs, {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { readProjectFile } from "../../src/manifest/read-file.ts";
import { load, makeProject, nimble } from "../manifest/project.ts";

describe("a project", () => {
  it("A25 of 100,000 files is looked through; what is read of it is what matches", { timeout: 120_000 }, async () => {
    const root = makeProject({ "jobs/a.yaml": nimble("a") });
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(join(root, `jobs/${folder}`));
      for (let file = 0; file < 1000; file++) closeSync(openSync(join(root, `jobs/${folder}/${file}.txt`), "w"));
    }
    const before = process.memoryUsage().heapUsed;
    const { files, diagnostics } = await load(root);
    expect({ files, diagnostics }).toEqual({ files: ["jobs/a.yaml"], diagnostics: [] });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024);
  });

  it("A25 of 3,000 manifests is read", { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 3_000 }, (_, i) => `job-${i}`);
    const root = makeProject(Object.fromEntries(names.map((name) => [`jobs/${name}.yaml`, nimble(name)])));
    expect((await load(root)).desired).toHaveLength(names.length);
  });

  it("A21 A22 A23 whose manifests are devices and endless files has them refused at once", async () => {
    const root = makeProject({ "jobs/a.yaml": nimble("a") });
    for (const [name, target] of [
      ["zero", "/dev/zero"],
      ["stdin", "/dev/stdin"],
      ["environ", "/proc/self/environ"],
      ["self", "/proc/self/mem"],
    ] as const) {
      symlinkSync(target, join(root, `jobs/${name}.yaml`));
    }
    const { diagnostics, desired } = await load(root);
    expect(desired.map((job) => job.name)).toEqual(["a"]);
    // Where standard input is a pipe, its link leads to no path.
    expect(diagnostics.map(({ code }) => code.replace("JW1001", "JW1003"))).toEqual(Array(4).fill("JW1003"));
    expect(diagnostics.every(({ severity }) => severity === "error")).toBe(true);
  });

  it("A21 whose interpolated file is too large is refused", async () => {
    const manifest = nimble("a", '  description: "${file:big.txt}"\n');
    const root = makeProject({ "jobs/a.yaml": manifest, "big.txt": "x".repeat(1024 * 1024 + 1) });
    const { diagnostics } = await load(root);
    expect(diagnostics).toMatchObject([{ code: "JW1307", message: expect.stringContaining("1 MiB") }]);
  });
});

describe("a file that changes while it is read", () => {
  /** Reads a file of a project, and changes something once its path was resolved and looked at, before it is opened. */
  function readWith(root: string, file: string, change: () => void): ReturnType<typeof readProjectFile> {
    const { openSync: open } = fs;
    const hooked: typeof open = (...args) => {
      fs.openSync = open;
      syncBuiltinESMExports();
      change();
      return open(...args);
    };
    fs.openSync = hooked;
    syncBuiltinESMExports();
    return readProjectFile(root, file);
  }

  it("A23 is refused where it, or a folder on the way, became a link out between the check and the reading", () => {
    const outside = makeProject({ "a.yaml": "secret" });
    for (const swapped of ["jobs/a.yaml", "jobs"]) {
      const root = makeProject({ "jobs/a.yaml": "ours" });
      const read = readWith(root, "jobs/a.yaml", () => {
        renameSync(join(root, swapped), join(root, "away"));
        symlinkSync(swapped === "jobs" ? outside : join(outside, "a.yaml"), join(root, swapped));
      });
      expect(read).toMatchObject({ problem: { code: "JW1001", message: "the file changed while it was read" } });
    }
  });

  it("A26 is one of its versions, whole, where it is replaced by another", { timeout: 60_000 }, async () => {
    const lengths = [256 * 1024, 1024, 100 * 1024];
    const root = makeProject({ "a.yaml": "a".repeat(lengths[0] ?? 0) });
    const path = join(root, "a.yaml");
    const worker = new Worker(new URL("rewriter.mjs", import.meta.url), { workerData: { path, lengths } });
    const ended = new Promise((resolve) => worker.on("exit", resolve));
    await new Promise((resolve) => worker.once("message", resolve));
    const seen = new Set<string>();
    for (let round = 0; round < 1_000; round++) {
      const read = readProjectFile(root, "a.yaml");
      if ("problem" in read) throw new Error(read.problem.message);
      const letter = String.fromCharCode(read.bytes[0] ?? 0);
      expect(lengths).toContain(read.bytes.length);
      expect(read.bytes.every((byte) => byte === read.bytes[0])).toBe(true);
      seen.add(letter);
    }
    worker.postMessage("stop");
    await ended;
    expect(seen.size).toBeGreaterThan(1);
  });

  it.each<[string, (path: string) => void]>([
    ["grows", (path) => appendFileSync(path, "more")],
    ["becomes shorter", (path) => truncateSync(path, 100)],
    ["is written anew in place", (path) => writeFileSync(path, "y".repeat(1000))],
  ])("A26 A21 is refused where it %s meanwhile", (_name, change) => {
    const root = makeProject({ "a.yaml": "x".repeat(1000) });
    utimesSync(join(root, "a.yaml"), 1, 1);
    const { readSync } = fs;
    const hooked: typeof readSync = (...args: readonly unknown[]): number => {
      fs.readSync = readSync;
      syncBuiltinESMExports();
      const count = Reflect.apply(readSync, fs, args) as number;
      change(join(root, "a.yaml"));
      return count;
    };
    fs.readSync = hooked;
    syncBuiltinESMExports();
    expect(readProjectFile(root, "a.yaml")).toMatchObject({
      problem: { code: "JW1001", severity: "error", message: "the file changed while it was read" },
    });
    expect(fs.readSync).toBe(readSync);
  });
});
