import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { PlanDocument } from "../../src/render/plan-document.ts";
import {
  blaxelManifest,
  type CliProject,
  cliProject,
  filesBelow,
  nimbleManifest,
  onlyJson,
} from "../support/cli-project.ts";
import { git, gitInit } from "../support/git.ts";

let project: CliProject;
afterEach(() => project.close());

const NIGHTLY = blaxelManifest("nightly", 2048, '    envs: [{ name: BUCKET, value: "${var:bucket}" }]\n');

const bucket = (workspace: string): unknown => {
  const job = project.sandbox.data.blaxel.get("nightly", workspace) as
    | { spec: { runtime: { envs: { value: string }[] } } }
    | undefined;
  return job?.spec.runtime.envs[0]?.value;
};

describe("--env", () => {
  const CONFIG = `vars: { bucket: acme-dev }
targets:
  blaxel: { provider: blaxel, workspace: acme }
environments:
  prod:
    vars: { bucket: acme-prod }
    targets: { blaxel: { workspace: acme-prod } }
    patches:
      - { match: "blaxel/nightly", patch: [{ op: replace, path: /spec/runtime/memory, value: 8192 }] }
  stage: {}
`;

  test("chooses variables, targets and patches; each environment has a state of its own", async () => {
    project = await cliProject({ "jobs/nightly.yaml": NIGHTLY, "jobwright.yaml": CONFIG });
    const env = { BL_WORKSPACE: "" };
    expect((await project.runWith(env, "apply", "-y")).code).toBe(0);
    expect((await project.runWith(env, "--env", "prod", "apply", "-y")).code).toBe(0);
    expect([bucket("acme"), bucket("acme-prod")]).toEqual(["acme-dev", "acme-prod"]);
    expect(project.sandbox.data.blaxel.get("nightly", "acme-prod")).toMatchObject({
      spec: { runtime: { memory: 8192 } },
    });
    for (const args of [[], ["--env", "prod"]]) {
      const run = await project.runWith(env, ...args, "plan", "--json");
      expect(onlyJson(run)).toMatchObject({ environment: args[1] ?? "", actions: [], summary: { unchanged: 1 } });
      const state = onlyJson(await project.runWith(env, ...args, "state", "list", "--json"));
      expect(state).toMatchObject({ jobs: [{ address: "blaxel/nightly", id: "nightly" }] });
    }
    // Nothing is known in a third one.
    const stage = await project.runWith(env, "--env", "stage", "state", "list", "--json");
    expect(onlyJson(stage)).toMatchObject({ jobs: [] });
  });

  test("JOBWRIGHT_ENV does the same, --env wins", async () => {
    project = await cliProject({ "jobs/nightly.yaml": NIGHTLY, "jobwright.yaml": CONFIG });
    const run = await project.runWith({ JOBWRIGHT_ENV: "prod", BL_WORKSPACE: "" }, "plan", "--json");
    expect(onlyJson(run)).toMatchObject({ environment: "prod" });
    const other = await project.runWith(
      { JOBWRIGHT_ENV: "prod", BL_WORKSPACE: "" },
      "--env",
      "stage",
      "plan",
      "--json",
    );
    expect(onlyJson(other)).toMatchObject({ environment: "stage" });
  });

  test("--prune in one environment leaves the other's jobs alone", async () => {
    project = await cliProject({
      "jobs/a.yaml": nimbleManifest("a"),
      "jobs/nightly.yaml": NIGHTLY,
      "jobwright.yaml": CONFIG,
    });
    const env = { BL_WORKSPACE: "" };
    await project.runWith(env, "apply", "-y", "--target", "blaxel");
    await project.runWith(env, "--env", "prod", "apply", "-y", "--target", "blaxel");
    project.remove("jobs/nightly.yaml");
    const run = await project.runWith(env, "--env", "prod", "apply", "-y", "--prune", "--target", "blaxel", "--json");
    expect(onlyJson<PlanDocument>(run).actions.map(({ action, address }) => [action, address])).toEqual([
      ["delete", "blaxel/nightly"],
    ]);
    expect(bucket("acme")).toBe("acme-dev");
  });
});

describe("state", () => {
  test("none: nothing is written, nothing is adopted or deleted; a difference is an update", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobwright.yaml": "state: { store: none }\n" });
    const before = project.files();
    project.sandbox.data.nimble.put({ name: "a", agent_name: "amazon_pdp" });
    const plan = onlyJson(await project.done("plan", "--json"));
    expect(plan).toMatchObject({ summary: { adopt: 0, update: 1 }, actions: [{ action: "update" }] });
    await project.done("apply", "-y");
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ summary: { unchanged: 1 }, actions: [] });
    project.write("jobs/b.yaml", nimbleManifest("b"));
    project.remove("jobs/a.yaml");
    expect(onlyJson(await project.done("plan", "--prune", "--json"))).toMatchObject({
      summary: { delete: 0, create: 1, unmanaged: 1 },
    });
    project.remove("jobs/b.yaml");
    project.write("jobs/a.yaml", nimbleManifest("a"));
    expect(project.files()).toEqual(before);
  });

  test("file, the default: adopts what has the name, remembers what it owns", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
    const { id } = project.sandbox.data.nimble.put({ name: "a", agent_name: "amazon_pdp" });
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({
      summary: { adopt: 1 },
      actions: [{ action: "adopt", id }],
    });
    await project.done("apply", "-y");
    expect(JSON.parse(project.read(".jobwright/state.json"))).toMatchObject({
      jobs: { "nimble/a": { id, adopted: true } },
    });
  });

  test("git: a ref of its own in the repository; the work tree stays as it is", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobwright.yaml": "state: { store: git }\n" });
    gitInit(project.path);
    const before = project.files();
    await project.done("apply", "-y");
    expect(project.files()).toEqual(before);
    expect(git(project.path, "status", "--porcelain")).toBe("");
    expect(git(project.path, "for-each-ref", "--format=%(refname)")).toMatch(/jobwright/);
    expect(onlyJson(await project.done("state", "list", "--json"))).toMatchObject({ jobs: [{ address: "nimble/a" }] });
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ actions: [], summary: { unchanged: 1 } });
  });
});

describe("on a CI runner with the file store", () => {
  const LOST = /\.jobwright[\s\S]*state\.store: git/;

  test("without a state file, plan, apply and drift warn of what is lost, once, on stderr", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
    for (const args of [
      ["plan", "--json"],
      ["drift", "--json"],
      ["apply", "-y", "--json"],
    ]) {
      const run = await project.runWith({ CI: "true" }, ...args);
      expect([args, run.code]).toEqual([args, 0]);
      expect(run.stderr).toMatch(LOST);
      expect(run.stderr.match(/state\.store: git/g)).toHaveLength(1);
      onlyJson(run);
    }
  });

  test("not where there is a state, where it is no runner, or with another store", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
    expect((await project.runWith({ CI: "false" }, "plan")).stderr).not.toMatch(LOST);
    expect((await project.done("apply", "-y")).stderr).not.toMatch(LOST);
    expect((await project.runWith({ CI: "true" }, "plan")).stderr).not.toMatch(LOST);
    expect((await project.runWith({ CI: "true" }, "--sandbox", "plan")).stderr).not.toMatch(LOST);
    project.remove(".jobwright");
    project.write("jobwright.yaml", "state: { store: none }\n");
    expect((await project.runWith({ CI: "true" }, "plan")).stderr).not.toMatch(LOST);
  });
});

describe("--sandbox", () => {
  test("needs no account, key or network; its jobs and state persist, out of Git", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobs/nightly.yaml": blaxelManifest("nightly") });
    gitInit(project.path);
    const none = Object.fromEntries(Object.keys(project.env).map((name) => [name, ""]));
    const run = (...args: string[]) => project.runWith(none, "--sandbox", ...args);
    expect(onlyJson(await run("apply", "-y", "--json"))).toMatchObject({ summary: { create: 2 } });
    expect(onlyJson(await run("plan", "--json"))).toMatchObject({ summary: { unchanged: 2 }, actions: [] });
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
    expect((await run("plan", "--detailed-exitcode")).code).toBe(2);
    expect(onlyJson(await run("apply", "-y", "--json"))).toMatchObject({
      actions: [{ result: { status: "applied" } }],
    });
    expect((await run("plan", "--detailed-exitcode")).code).toBe(0);
    expect(existsSync(join(project.path, ".jobwright/sandbox.json"))).toBe(true);
    expect(git(project.path, "status", "--porcelain")).toBe("M jobs/nightly.yaml");
    expect(project.sandbox.log.entries).toEqual([]);
  });

  test("has a state apart from the platforms' own, and never touches that or them", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
    await project.done("apply", "-y");
    const state = project.read(".jobwright/state.json");
    project.sandbox.log.clear();
    expect(onlyJson(await project.done("--sandbox", "apply", "-y", "--json"))).toMatchObject({
      summary: { create: 1 },
    });
    expect(project.read(".jobwright/state.json")).toBe(state);
    expect(project.sandbox.log.entries).toEqual([]);
  });
});

describe("read-only commands leave every byte of the project as it is", () => {
  test("plan, drift, status, validate, state list, diff-plans", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobs/nightly.yaml": blaxelManifest("nightly") });
    const commands = [
      ["validate"],
      ["plan"],
      ["plan", "--json", "--prune"],
      ["drift"],
      ["status"],
      ["status", "--json"],
      ["state", "list"],
    ];
    const fresh = filesBelow(project.path);
    for (const args of commands) {
      await project.run(...args);
      expect([args, filesBelow(project.path)]).toEqual([args, fresh]);
    }
    await project.done("apply", "-y");
    // Differences of every kind, so that each command has something to tell.
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } });
    project.sandbox.data.nimble.put({ name: "by-hand", agent_name: "x" });
    await project.done("plan", "--out", "plan.json");
    const after = filesBelow(project.path);
    for (const args of [
      ...commands,
      ["diff-plans", "plan.json", "plan.json"],
      ["state", "show", "nimble/a"],
      ["state", "pull"],
    ]) {
      await project.run(...args);
      expect([args, filesBelow(project.path)]).toEqual([args, after]);
    }
    expect(project.sandbox.log.writes().filter(({ method }) => method !== "POST")).toEqual([]);
  });
});

test("a plan of 1,000 unchanged jobs sends list requests only", async () => {
  const documents = (n: number, one: (name: string) => string): string =>
    Array.from({ length: n }, (_, i) => one(`job-${i}`)).join("---\n");
  project = await cliProject({
    "jobs/nimble.yaml": documents(500, (name) => nimbleManifest(name)),
    "jobs/blaxel.yaml": documents(500, (name) => blaxelManifest(name)),
  });
  for (let i = 0; i < 500; i++) {
    project.sandbox.data.nimble.put({
      ...{ name: `job-${i}`, agent_name: "amazon_pdp", schedule: { cron: "0 6 * * *", enabled: true } },
    });
    project.sandbox.data.blaxel.put({ metadata: { name: `job-${i}` }, spec: { runtime: { memory: 2048 } } });
  }
  // Adopts them all without a single write.
  expect(onlyJson(await project.done("apply", "-y", "--json"))).toMatchObject({ summary: { adopt: 1000 } });
  expect(project.sandbox.log.writes()).toEqual([]);
  project.sandbox.log.clear();
  expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ summary: { unchanged: 1000 }, actions: [] });
  const { entries } = project.sandbox.log;
  expect(
    entries
      .map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`)
      .filter((line, at, all) => all.indexOf(line) === at),
  ).toEqual(expect.arrayContaining(["GET /v1/jobs", "GET /v0/jobs"]));
  // 200 a page: three pages of each.
  expect(entries).toHaveLength(6);
});
