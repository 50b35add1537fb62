import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlanDocument } from "../../src/render/plan-document.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";
import { commitAll, gitInit } from "../support/git.ts";

let project: CliProject;
beforeEach(async () => {
  project = await cliProject({
    "jobs/eu/a.yaml": nimbleManifest("a"),
    "jobs/eu/b.yaml": nimbleManifest("b"),
    "jobs/us/c.yaml": blaxelManifest("c"),
    "jobs/us/d.yaml": blaxelManifest("d"),
  });
});
afterEach(() => project.close());

async function planned(...args: readonly string[]): Promise<readonly string[]> {
  const run = await project.done("plan", "--json", ...args);
  return onlyJson<PlanDocument>(run).actions.map(({ action, address }) => `${action} ${address}`);
}

async function narrowed(...args: readonly string[]): Promise<boolean> {
  return onlyJson<PlanDocument>(await project.done("plan", "--json", ...args)).narrowed;
}

describe("narrowing", () => {
  test("PATHS: a file, a folder, several", async () => {
    expect(await planned("jobs/eu/a.yaml")).toEqual(["create nimble/a"]);
    expect(await planned("jobs/us")).toEqual(["create blaxel/c", "create blaxel/d"]);
    expect(await planned("jobs/us/", "jobs/eu/b.yaml")).toEqual([
      "create blaxel/c",
      "create blaxel/d",
      "create nimble/b",
    ]);
    expect(await planned("jobs/*/a.yaml")).toEqual(["create nimble/a"]);
  });

  test("--only, --exclude, --target, each repeatable, compose", async () => {
    expect(await planned("--only", "nimble/*")).toEqual(["create nimble/a", "create nimble/b"]);
    expect(await planned("--only", "*/a", "--only", "*/c")).toEqual(["create blaxel/c", "create nimble/a"]);
    expect(await planned("--exclude", "*/a", "--exclude", "blaxel/*")).toEqual(["create nimble/b"]);
    expect(await planned("--target", "blaxel")).toEqual(["create blaxel/c", "create blaxel/d"]);
    expect(await planned("--target", "blaxel", "--target", "nimble")).toHaveLength(4);
    expect(await planned("--target", "blaxel", "--exclude", "*/d", "jobs/us")).toEqual(["create blaxel/c"]);
    expect(await planned("--target", "blaxel", "--only", "nimble/*")).toEqual([]);
  });

  test("the plan says that it is narrowed, and a whole one that it is not", async () => {
    expect(await narrowed("--only", "nimble/*")).toBe(true);
    expect(await narrowed("jobs/eu")).toBe(true);
    expect(await narrowed()).toBe(false);
  });

  test("a target outside of the narrowing needs no key and is not asked", async () => {
    const env = { BL_API_KEY: "", BL_WORKSPACE: "" };
    expect((await project.runWith(env, "plan", "--target", "nimble")).code).toBe(0);
    expect((await project.runWith(env, "plan", "--only", "nimble/*")).code).toBe(0);
    expect(project.sandbox.log.entries.filter(({ path }) => path.startsWith("/v0"))).toEqual([]);
  });

  test("applies only what is inside", async () => {
    await project.done("apply", "-y", "--only", "nimble/a");
    expect(project.sandbox.data.nimble.all().map(({ name }) => name)).toEqual(["a"]);
    expect(project.sandbox.data.blaxel.count()).toBe(0);
  });

  test("an unknown target is an error that says which was meant; nothing is asked", async () => {
    const run = await project.run("plan", "--json", "--target", "blaxl");
    expect(run.code).toBe(1);
    expect(onlyJson(run)).toMatchObject({
      error: { code: "JW5001", message: "there is no target blaxl", hint: "Did you mean blaxel?" },
    });
    for (const args of [["apply", "-y"], ["drift"], ["status"]]) {
      const run = await project.run(...args, "--target", "other");
      expect([run.code, run.stdout]).toEqual([1, ""]);
      expect(run.stderr).toContain("Targets: ");
    }
    expect(project.sandbox.log.entries).toEqual([]);
  });

  test("a pattern that matches nothing is warned of", async () => {
    const run = await project.done("plan", "--only", "nimbel/a", "--exclude", "blaxel/*");
    expect(run.stderr).toContain("--only nimbel/a matches no job");
    expect(run.stderr).toContain("Did you mean nimble/a?");
    expect(run.stderr).not.toContain("--exclude");
  });

  test("a path that is no manifest, or out of the project, is an error; one that matches nothing a warning", async () => {
    project.write("notes.yaml", "a: 1\n");
    expect(onlyJson(await project.run("plan", "--json", "notes.yaml"))).toMatchObject({
      diagnostics: [{ code: "JW1024" }],
    });
    expect(onlyJson(await project.run("plan", "--json", "../else"))).toMatchObject({
      diagnostics: [{ code: "JW1003" }],
    });
    const run = await project.done("plan", "jobs/asia");
    expect(run.stderr).toContain("JW1023");
  });
});

describe("narrowing with --prune", () => {
  beforeEach(async () => {
    await project.done("apply", "-y");
    project.remove("jobs/eu/a.yaml");
    project.remove("jobs/us/d.yaml");
  });

  test("without --prune the jobs are only named, and nothing is done", async () => {
    const run = await project.done("plan", "--json");
    expect(onlyJson(run)).toMatchObject({ summary: { delete: 0, orphaned: 2, unchanged: 2 }, actions: [] });
    expect((await project.done("plan")).stdout).toMatch(/blaxel\/d[\s\S]*nimble\/a/);
  });

  test("deletes only inside", async () => {
    expect(await planned("--prune")).toEqual(["delete blaxel/d", "delete nimble/a"]);
    expect(await planned("--prune", "--only", "nimble/*")).toEqual(["delete nimble/a"]);
    expect(await planned("--prune", "--exclude", "nimble/*")).toEqual(["delete blaxel/d"]);
    expect(await planned("--prune", "--target", "blaxel")).toEqual(["delete blaxel/d"]);
    expect(await planned("--prune", "jobs/us")).toEqual(["delete blaxel/d"]);
    expect(await planned("--prune", "jobs/us/c.yaml")).toEqual([]);
    expect(await planned("--prune", "jobs/us/d.yaml")).toEqual(["delete blaxel/d"]);
    await project.done("apply", "-y", "--prune", "jobs/us");
    expect(project.sandbox.data.blaxel.get("d")?.["status"] ?? "DELETING").toBe("DELETING");
    expect(project.sandbox.data.nimble.named("a")).toHaveLength(1);
  });
});

describe("--changed-since", () => {
  beforeEach(async () => {
    project.write(".gitignore", ".jobwright/\n");
    gitInit(project.path);
  });

  test("only jobs whose file differs from that commit, new ones included", async () => {
    expect(await planned("--changed-since", "HEAD")).toEqual([]);
    project.write("jobs/eu/a.yaml", nimbleManifest("a", "0 7 * * *"));
    commitAll(project.path, "later");
    project.write("jobs/us/new.yaml", blaxelManifest("new"));
    expect(await planned("--changed-since", "HEAD")).toEqual(["create blaxel/new"]);
    expect(await planned("--changed-since", "HEAD~1")).toEqual(["create blaxel/new", "create nimble/a"]);
    expect(await planned("--changed-since", "HEAD~1", "--target", "nimble")).toEqual(["create nimble/a"]);
  });

  test("with --prune: only those whose manifest went since then, and who took it away", async () => {
    await project.done("apply", "-y");
    project.remove("jobs/eu/a.yaml");
    commitAll(project.path, "Drop a");
    project.remove("jobs/us/d.yaml");
    commitAll(project.path, "Drop d");
    expect(await planned("--prune", "--changed-since", "HEAD~1")).toEqual(["delete blaxel/d"]);
    expect(await planned("--prune", "--changed-since", "HEAD~2")).toEqual(["delete blaxel/d", "delete nimble/a"]);
    expect(await planned("--prune", "--changed-since", "HEAD")).toEqual([]);
    const { actions } = onlyJson<PlanDocument>(await project.done("plan", "--prune", "--json"));
    expect(actions.map(({ removedBy }) => removedBy)).toMatchObject([
      { author: "Ada Example", subject: "Drop d" },
      { author: "Ada Example", subject: "Drop a" },
    ]);
  });

  test("a changed config may change every job", async () => {
    project.write("jobwright.yaml", "vars: { x: y }\n");
    expect(await planned("--changed-since", "HEAD")).toHaveLength(4);
  });

  test("a commit that git does not know: exit 1, with a way out", async () => {
    for (const ref of ["no-such-branch", "--output=x", ""]) {
      const run = await project.run("plan", "--json", `--changed-since=${ref}`);
      expect(run.code).toBe(1);
      expect(onlyJson(run)).toMatchObject({ error: { code: "JW5001", hint: expect.stringContaining("fetch") } });
    }
    expect(project.sandbox.log.entries).toEqual([]);
  });
});

test("--changed-since outside of a repository is an error", async () => {
  const run = await project.run("plan", "--changed-since", "HEAD");
  expect([run.code, run.stdout]).toEqual([1, ""]);
  expect(run.stderr).toContain("git does not know");
});
