import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlanDocument } from "../../src/render/plan-document.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

let project: CliProject;
beforeEach(async () => {
  project = await cliProject({
    "jobs/amazon.yaml": nimbleManifest("amazon"),
    "jobs/nightly.yaml": blaxelManifest("nightly"),
  });
});
afterEach(() => project.close());

/** Applies once, changes both manifests, and saves the plan of that. */
async function savedPlan(...args: readonly string[]): Promise<void> {
  await project.done("apply", "-y");
  project.write("jobs/amazon.yaml", nimbleManifest("amazon", "0 7 * * *"));
  project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
  await project.done("plan", "--out", "plan.json", ...args);
  project.sandbox.log.clear();
}

/** Applying the saved plan is to be refused: exit 3 with this code, nothing sent, the state as it was. */
async function expectRefused(code: string, words: RegExp, ...args: readonly string[]): Promise<void> {
  const before = owned();
  const run = await project.run("apply", "plan.json", "-y", "--json", ...args);
  expect(`${run.code} ${run.stdout}`).toMatch(/^3 /);
  const { error } = onlyJson<{ error: { code: string; message: string; refusals: { message: string }[] } }>(run);
  expect([error.code, error.message, ...error.refusals.map(({ message }) => message)].join("\n")).toMatch(words);
  expect(error.code).toBe(code);
  const text = await project.run("apply", "plan.json", "-y", ...args);
  expect([text.code, text.stdout]).toEqual([3, ""]);
  expect(text.stderr).toContain(code);
  expect(project.sandbox.log.writes()).toEqual([]);
  expect(owned()).toEqual(before);
}

/** What the state says of its jobs. */
function owned(): unknown {
  const file = ".jobwright/state.json";
  return file in project.files() ? JSON.parse(project.read(file)).jobs : {};
}

describe("a saved plan", () => {
  test("is applied as saved: manifests are not read again", async () => {
    await savedPlan();
    project.write("jobs/amazon.yaml", nimbleManifest("amazon", "0 23 * * *"));
    project.remove("jobs/nightly.yaml");
    const saved = JSON.parse(project.read("plan.json")) as PlanDocument;
    const result = onlyJson<PlanDocument>(await project.done("apply", "plan.json", "-y", "--json"));
    expect(result.digest).toBe(saved.digest);
    expect(result.actions.map(({ address, result }) => [address, result?.status])).toEqual([
      ["blaxel/nightly", "applied"],
      ["nimble/amazon", "applied"],
    ]);
    const { data } = project.sandbox;
    expect(data.nimble.named("amazon")).toMatchObject([{ schedule: { cron: "0 7 * * *" } }]);
    expect(data.blaxel.get("nightly")).toMatchObject({ spec: { runtime: { memory: 4096 } } });
  });

  test("sends just the requests that it shows", async () => {
    await savedPlan();
    const saved = JSON.parse(project.read("plan.json")) as PlanDocument;
    await project.done("apply", "plan.json", "-y");
    const sent = project.sandbox.log.writes().map(({ method, path, body }) => ({ method, path, body }));
    const shown = saved.actions.flatMap(({ requests }) => requests);
    expect(sent).toHaveLength(2);
    expect(sent).toEqual(expect.arrayContaining(shown as unknown[]));
  });

  test("still needs --auto-approve where there is no terminal", async () => {
    await savedPlan();
    const run = await project.run("apply", "plan.json", "--json");
    expect(run.code).toBe(1);
    expect(onlyJson(run)).toMatchObject({ error: { code: "JW5002", hint: expect.stringContaining("--auto-approve") } });
    expect(project.sandbox.log.entries).toEqual([]);
  });

  test("carries its flags", async () => {
    await project.done("apply", "-y");
    project.remove("jobs/amazon.yaml");
    await project.done("plan", "--prune", "--out", "plan.json");
    await project.done("apply", "plan.json", "-y");
    expect(project.sandbox.data.nimble.all()).toEqual([]);
  });

  test("that was narrowed is applied as narrowed", async () => {
    await savedPlan("--only", "nimble/*");
    const { actions } = onlyJson<PlanDocument>(await project.done("apply", "plan.json", "-y", "--json"));
    expect(actions.map(({ address }) => address)).toEqual(["nimble/amazon"]);
    expect(project.sandbox.data.blaxel.get("nightly")).toMatchObject({ spec: { runtime: { memory: 2048 } } });
  });

  test("of creates is applied on a fresh checkout", async () => {
    await project.done("plan", "--out", "plan.json");
    await project.done("apply", "plan.json", "-y");
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ summary: { unchanged: 2 }, actions: [] });
  });

  test("without actions is applied and does nothing", async () => {
    await project.done("apply", "-y");
    await project.done("plan", "--out", "plan.json");
    project.sandbox.log.clear();
    expect((await project.done("apply", "plan.json", "-y")).stdout).toContain("Nothing was applied");
    expect(project.sandbox.log.writes()).toEqual([]);
  });

  test("lets a carried field move, and carries what is there by then", async () => {
    await savedPlan();
    project.sandbox.data.blaxel.deploy("nightly", "registry/image:9");
    await project.done("apply", "plan.json", "-y");
    expect(project.sandbox.data.blaxel.get("nightly")).toMatchObject({
      spec: { runtime: { memory: 4096, image: "registry/image:9" } },
    });
  });
});

describe("a saved plan is refused, whole, where", () => {
  test("A73 it was applied already", async () => {
    await savedPlan();
    await project.done("apply", "plan.json", "-y");
    project.sandbox.log.clear();
    await expectRefused("JW3104", /applied already/);
  });

  test("one of its jobs moved since", async () => {
    await savedPlan();
    project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } });
    await expectRefused("JW3102", /blaxel\/nightly/);
    expect(project.sandbox.data.nimble.named("amazon")).toMatchObject([{ schedule: { cron: "0 6 * * *" } }]);
  });

  test("one of its jobs is gone, or was made anew by somebody", async () => {
    await savedPlan();
    project.sandbox.data.blaxel.put({ metadata: { name: "nightly" }, spec: { runtime: { memory: 2048 } } });
    await expectRefused("JW3102", /blaxel\/nightly/);
  });

  test("A73 another apply came between", async () => {
    await savedPlan();
    project.write("jobs/third.yaml", nimbleManifest("third"));
    await project.done("apply", "-y", "--only", "nimble/third");
    project.sandbox.log.clear();
    await expectRefused("JW3104", /moved on/);
  });

  test("a name to create was taken meanwhile", async () => {
    await project.done("plan", "--out", "plan.json");
    project.sandbox.data.nimble.put({ name: "amazon", agent_name: "amazon_pdp" });
    await expectRefused("JW3102", /nimble\/amazon/);
    expect(project.sandbox.data.blaxel.count()).toBe(0);
  });

  test("A73 the state is another one", async () => {
    await savedPlan();
    project.remove(".jobwright");
    await project.done("apply", "-y", "--only", "nimble/none");
    project.sandbox.log.clear();
    await expectRefused("JW3104", /another state|moved on/);
  });

  test("A73 it is for another environment", async () => {
    project.write("jobwright.yaml", "environments: { prod: {}, dev: {} }\n");
    await project.done("--env", "prod", "plan", "--out", "plan.json");
    await expectRefused("JW3104", /environment/, "--env", "dev");
    // Without --env it is applied to the one that it names.
    await project.done("apply", "plan.json", "-y");
    expect(project.sandbox.data.nimble.all()).toHaveLength(1);
  });

  test("A73 it is for another address of the platform", async () => {
    await savedPlan();
    const other = await startSandbox();
    try {
      other.data.restore(project.sandbox.data.snapshot());
      const env = { NIMBLE_BASE_URL: other.url, BL_API_URL: `${other.url}/v0` };
      const run = await project.runWith(env, "apply", "plan.json", "-y", "--json");
      expect(run.code).toBe(3);
      expect(run.stdout).toMatch(/JW3104|JW3007/);
      expect(other.log.writes()).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test("A69 A73 it is for another workspace", async () => {
    await savedPlan();
    project.sandbox.data.blaxel.put({ metadata: { name: "nightly" }, spec: { runtime: { memory: 2048 } } }, "other");
    const run = await project.runWith({ BL_WORKSPACE: "other" }, "apply", "plan.json", "-y", "--json");
    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/JW3104|JW3007/);
    expect(project.sandbox.log.writes()).toEqual([]);
  });

  test("A73 a newer jobwright made it", async () => {
    await savedPlan();
    project.write("plan.json", project.read("plan.json").replace('"formatVersion": 1', '"formatVersion": 2'));
    await expectRefused("JW5102", /newer jobwright/);
    expect(project.sandbox.log.entries).toEqual([]);
  });
});

describe("--out", () => {
  test("A73 no plan is written where one cannot be made whole", async () => {
    project.sandbox.faults.add({ path: "/v0", fault: { status: 403, body: { error: "no" } } });
    expect((await project.run("plan", "--out", "plan.json")).code).toBe(1);
    expect(Object.keys(project.files())).not.toContain("plan.json");
  });

  test("A74 a place that cannot be written: exit 1, a clear error, nothing half-written", async () => {
    mkdirSync(join(project.path, "folder"));
    project.write("file", "");
    for (const place of ["folder", "file/plan.json", "no-such-folder/plan.json", "/dev/full"]) {
      const run = await project.run("plan", "--json", "--out", place);
      expect([place, run.code]).toEqual([place, 1]);
      expect(onlyJson(run)).toMatchObject({ error: { code: "JW5005", message: expect.stringContaining(place) } });
    }
    expect(Object.keys(project.files())).toEqual(["file", "jobs/amazon.yaml", "jobs/nightly.yaml"]);
  });

  test("A74 the same file for two reports is a wrong command line", async () => {
    const run = await project.run("plan", "--out", "x", "--markdown", "./x", "--json");
    expect(run.code).toBe(1);
    expect(onlyJson(run)).toMatchObject({ error: { code: "JW5001", message: expect.stringContaining("--markdown") } });
    expect(Object.keys(project.files())).not.toContain("x");
  });

  test("A74 stdout is not a file: --json is for that", async () => {
    const run = await project.run("plan", "--out", "-");
    expect([run.code, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain("--json");
    expect(project.sandbox.log.entries).toEqual([]);
  });

  test("A74 a file that is read-only stays; a link keeps its target", async () => {
    project.write("plan.json", "mine");
    chmodSync(join(project.path, "plan.json"), 0o444);
    const run = await project.run("plan", "--out", "plan.json", "--json");
    expect(run.code).toBe(1);
    expect(onlyJson(run)).toMatchObject({ error: { code: "JW5005", message: expect.stringContaining("read-only") } });
    expect(project.read("plan.json")).toBe("mine");
    mkdirSync(join(project.path, "kept"));
    project.write("kept/plan.json", "old");
    symlinkSync("kept/plan.json", join(project.path, "link.json"));
    await project.done("plan", "--out", "link.json");
    expect(JSON.parse(project.read("kept/plan.json"))).toMatchObject({ formatVersion: 1 });
  });

  test("an older file is replaced whole", async () => {
    project.write("plan.json", "x".repeat(100_000));
    await project.done("plan", "--out", "plan.json");
    expect(JSON.parse(project.read("plan.json"))).toMatchObject({ formatVersion: 1 });
  });

  test("a plan that is refused is saved, and apply of it is refused too", async () => {
    project.write("jobwright.yaml", "safety: { maxDeletes: 0 }\n");
    await project.done("apply", "-y");
    project.remove("jobs/amazon.yaml");
    project.sandbox.log.clear();
    const plan = await project.run("plan", "--prune", "--json", "--out", "plan.json");
    expect(plan.code).toBe(3);
    expect(onlyJson(plan)).toMatchObject({
      refusals: [{ code: "JW3004", hint: expect.stringContaining("--max-deletes") }],
    });
    await expectRefused("JW3004", /the limit is 0/);
  });
});
