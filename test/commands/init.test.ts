import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { apply } from "../../src/commands/apply.ts";
import { init } from "../../src/commands/init.ts";
import { plan } from "../../src/commands/plan.ts";
import { validate } from "../../src/commands/validate.ts";
import { temporaryFolder, testShell } from "../support/shell.ts";
import { ROOT } from "../support/source-files.ts";

const FILES = [
  ".github/workflows/jobwright.yml",
  ".gitignore",
  ".vscode/extensions.json",
  ".vscode/settings.json",
  "jobs/example-blaxel.yaml",
  "jobs/example-nimble.yaml",
  "jobwright.yaml",
];

let folder = temporaryFolder();
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function filesIn(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

/** What an installed jobwright looks like from the project. */
function installHere(): void {
  mkdirSync(join(folder.path, "node_modules"));
  symlinkSync(ROOT, join(folder.path, "node_modules/jobwright"));
}

async function initJson(): Promise<{ written: string[]; kept: string[]; notes: string[] }> {
  const { exitCode, stdout } = await init(testShell({ cwd: folder.path }), { json: true });
  expect(exitCode).toBe(0);
  return JSON.parse(stdout);
}

describe("init", () => {
  it("writes its files, and tells which", async () => {
    const { written, kept } = await initJson();
    expect(written.toSorted()).toEqual(FILES);
    expect(kept).toEqual([]);
    expect(filesIn(folder.path)).toEqual(FILES);
  });

  it("overwrites nothing, and says what to do by hand", async () => {
    mkdirSync(join(folder.path, ".vscode"));
    writeFileSync(join(folder.path, ".vscode/settings.json"), "mine");
    writeFileSync(join(folder.path, "jobwright.yaml"), "vars: { mine: 1 }\n");
    const first = await initJson();
    expect(first.kept).toEqual(["jobwright.yaml", ".vscode/settings.json"]);
    expect(first.notes.join("\n")).toContain('"yaml.schemas"');
    const again = await initJson();
    expect(again.written).toEqual([]);
    expect(again.kept.toSorted()).toEqual(FILES);
    expect(readFileSync(join(folder.path, ".vscode/settings.json"), "utf8")).toBe("mine");
    expect(readFileSync(join(folder.path, "jobwright.yaml"), "utf8")).toBe("vars: { mine: 1 }\n");
  });

  it("makes a project that is valid, is planned and applied, and then has nothing to do", async () => {
    await initJson();
    const shell = testShell({ cwd: folder.path });
    const valid = await validate(shell, { paths: [], format: "json", allowEmpty: false });
    expect(JSON.parse(valid.stdout)).toEqual({ formatVersion: 1, diagnostics: [] });
    const planned = await plan(shell, { sandbox: true, json: true });
    expect(JSON.parse(planned.stdout)).toMatchObject({ summary: { create: 2 }, warnings: [], refusals: [] });
    const applied = await apply(shell, { sandbox: true, autoApprove: true });
    expect(applied.exitCode).toBe(0);
    const again = await plan(shell, { sandbox: true, json: true, detailedExitcode: true });
    expect(again.exitCode).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ actions: [], summary: { unchanged: 2 } });
  });

  it("keeps the state in Git where there is one", async () => {
    mkdirSync(join(folder.path, ".git"));
    writeFileSync(join(folder.path, "package.json"), '{"devDependencies":{"jobwright":"0.1.0"}}');
    const { notes } = await initJson();
    expect(parse(readFileSync(join(folder.path, "jobwright.yaml"), "utf8")).state).toEqual({ store: "git" });
    expect(notes).toEqual([]);
  });

  it("points editors at the schemas of the installed jobwright, in each file and for all files", async () => {
    const { notes } = await initJson();
    expect(notes.join("\n")).toContain("editors use the jobwright that the project has installed");
    installHere();
    const settings = JSON.parse(readFileSync(join(folder.path, ".vscode/settings.json"), "utf8"));
    const schemas = Object.entries<string>(settings["yaml.schemas"]).map(([path, glob]) => [
      JSON.parse(readFileSync(join(folder.path, path), "utf8")).title,
      glob,
    ]);
    expect(schemas).toEqual([
      ["jobwright manifest", "jobs/**/*.yaml"],
      ["jobwright config", "jobwright.yaml"],
    ]);
    const own = ["jobwright.yaml", "jobs/example-nimble.yaml", "jobs/example-blaxel.yaml"].map((file) => {
      const [, path = ""] =
        /^# yaml-language-server: \$schema=(.*)\n/.exec(readFileSync(join(folder.path, file), "utf8")) ?? [];
      return JSON.parse(readFileSync(join(folder.path, dirname(file), path), "utf8")).title;
    });
    expect(own).toEqual(["jobwright config", "jobwright manifest", "jobwright manifest"]);
  });

  it("hands editors copies of the schemas where the action is published and jobwright need not be installed", async () => {
    const shell = { ...testShell({ cwd: folder.path }), repository: "o/jobwright" };
    const { notes, written } = JSON.parse((await init(shell, { json: true })).stdout);
    expect(notes.join("\n")).toContain("schemas/jobwright: commit it");
    expect(written.filter((file: string) => file.startsWith("schemas/")).toSorted()).toEqual(
      ["blaxel", "config", "manifest", "nimble-v1", "nimble-v2"].map((name) => `schemas/jobwright/${name}.schema.json`),
    );
    const settings = JSON.parse(readFileSync(join(folder.path, ".vscode/settings.json"), "utf8"));
    expect(settings["yaml.schemas"]).toEqual({
      "./schemas/jobwright/manifest.schema.json": "jobs/**/*.yaml",
      "./schemas/jobwright/config.schema.json": "jobwright.yaml",
    });
    const [first] = readFileSync(join(folder.path, "jobs/example-nimble.yaml"), "utf8").split("\n");
    expect(first).toBe("# yaml-language-server: $schema=../schemas/jobwright/manifest.schema.json");
    // What a copy refers to is a copy, too.
    for (const file of filesIn(join(folder.path, "schemas/jobwright"))) {
      const text = readFileSync(join(folder.path, "schemas/jobwright", file), "utf8");
      const own = JSON.parse(readFileSync(`${ROOT}schemas/${file}`, "utf8"));
      expect(JSON.parse(text)).toEqual(own);
      for (const [, other = ""] of text.matchAll(/"\$ref": "([^#"]+)/g)) {
        expect(filesIn(join(folder.path, "schemas/jobwright"))).toContain(other);
      }
    }
    const manifests = await validate(shell, { paths: [], format: "json", allowEmpty: false });
    expect(JSON.parse(manifests.stdout)).toEqual({ formatVersion: 1, diagnostics: [] });
  });

  it("needs no copies beside an installed jobwright", async () => {
    writeFileSync(join(folder.path, "package.json"), '{"devDependencies":{"jobwright":"0.1.0"}}');
    const shell = { ...testShell({ cwd: folder.path }), repository: "o/jobwright" };
    const { written } = JSON.parse((await init(shell, { json: true })).stdout);
    expect(written.filter((file: string) => file.startsWith("schemas/"))).toEqual([]);
  });

  it("tells people what comes next", async () => {
    const { stdout } = await init(testShell({ cwd: folder.path }), {});
    expect(stdout).toContain("wrote jobs/example-nimble.yaml\n");
    expect(stdout).toContain("jobwright --sandbox plan");
  });
});

describe("the workflow", () => {
  interface Job {
    if: string;
    permissions: Record<string, string>;
    concurrency: Record<string, unknown>;
    steps: { uses?: string; run?: string; with?: Record<string, string> }[];
  }
  async function workflow(): Promise<{ on: object; permissions: object; jobs: Record<string, Job> }> {
    await initJson();
    return parse(readFileSync(join(folder.path, ".github/workflows/jobwright.yml"), "utf8"));
  }

  it("runs on events that keep keys from strangers", async () => {
    const { on, jobs } = await workflow();
    expect(Object.keys(on)).toEqual(["pull_request", "merge_group", "push", "schedule", "workflow_dispatch"]);
    expect(jobs["plan"]?.if).toBe("github.event_name == 'pull_request' || github.event_name == 'merge_group'");
  });

  it("gives each job what it needs and no more", async () => {
    const { permissions, jobs } = await workflow();
    expect(permissions).toEqual({});
    expect(Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.permissions]))).toEqual({
      plan: { contents: "read", "pull-requests": "write", statuses: "write" },
      apply: { contents: "write", "pull-requests": "write", statuses: "read" },
      drift: { contents: "read", issues: "write" },
    });
  });

  it("ends a plan that a newer push made worthless, and never drops an apply", async () => {
    const { jobs } = await workflow();
    expect(jobs["plan"]?.concurrency["cancel-in-progress"]).toBe(true);
    for (const name of ["apply", "drift"]) {
      expect(jobs[name]?.concurrency).toEqual({
        group: "jobwright-production",
        "cancel-in-progress": false,
        queue: "max",
      });
    }
  });

  it("runs at an odd minute, and only commands that there are", async () => {
    const { on, jobs } = await workflow();
    const [schedule] = (on as { schedule: { cron: string }[] }).schedule;
    expect(schedule?.cron).toMatch(/^(?!0 |30 )\d+ /);
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    const ours = steps.filter(({ uses }) => uses === "./node_modules/jobwright");
    expect(ours.map(({ with: inputs }) => inputs?.["command"])).toEqual(["plan", "apply", "drift"]);
    expect(steps.flatMap(({ run }) => run ?? [])).toEqual(Array(3).fill("npm ci --ignore-scripts"));
  });
});
