import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";
import { read } from "../support/source-files.ts";

const validPlan = new Ajv({ strict: false }).compile(JSON.parse(read("schemas/plan.schema.json")));

let project: CliProject;
beforeEach(async () => {
  project = await cliProject({
    "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily"),
    "jobs/nightly.yaml": blaxelManifest("nightly"),
  });
});
afterEach(() => project.close());

/** The keys of the documents' objects, in the order in which SPEC shows them; further ones come after. */
const PLAN_KEYS = ["formatVersion", "tool", "createdAt", "digest", "summary", "actions", "warnings"];
const SUMMARY_KEYS = ["create", "update", "replace", "delete", "adopt", "unchanged", "unmanaged"];
const ACTION_KEYS = ["address", "action", "id", "source", "changes", "requests", "precondition"];

function begins(value: object | undefined, keys: readonly string[]): void {
  expect(Object.keys(value ?? {}).slice(0, keys.length)).toEqual(keys);
}

describe("plan --json", () => {
  test("is the documented document, and nothing else is on stdout", async () => {
    await project.done("apply", "-y");
    project.write("jobs/amazon.yaml", nimbleManifest("amazon-pdp-daily", "0 7 * * *"));
    const run = await project.done("plan", "--json");
    const plan = onlyJson(run);
    expect(validPlan(plan), JSON.stringify(validPlan.errors)).toBe(true);
    begins(plan, PLAN_KEYS);
    expect(plan).toMatchObject({
      formatVersion: 1,
      tool: expect.stringMatching(/^jobwright\/\d+\.\d+\.\d+$/),
      createdAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      summary: { create: 0, update: 1, replace: 0, delete: 0, adopt: 0, unchanged: 1, unmanaged: 0 },
      warnings: [],
      drifted: false,
    });
    begins(plan["summary"] as object, SUMMARY_KEYS);
    const [id] = project.sandbox.data.nimble.named("amazon-pdp-daily").map((job) => job.id);
    const [action] = plan["actions"] as object[];
    begins(action, ACTION_KEYS);
    expect(action).toMatchObject({
      address: "nimble/amazon-pdp-daily",
      action: "update",
      id,
      source: { file: "jobs/amazon.yaml", line: 1 },
      changes: [
        { op: "replace", path: "/spec/schedule/cron", before: "0 6 * * *", after: "0 7 * * *", cause: "pending" },
      ],
      requests: [{ method: "PATCH", path: `/v1/jobs/${id}`, body: { schedule: { cron: "0 7 * * *", enabled: true } } }],
      precondition: expect.stringMatching(/^sha256:/),
    });
    expect(plan["actions"]).toHaveLength(1);
  });

  test("a create has one add for each declared top-level field of metadata and spec", async () => {
    const plan = onlyJson(await project.done("plan", "--json"));
    const actions = plan["actions"] as { address: string; changes: { op: string; path: string; cause: string }[] }[];
    expect(actions.map(({ address }) => address)).toEqual(["blaxel/nightly", "nimble/amazon-pdp-daily"]);
    expect(actions[1]?.changes.map(({ op, path, cause }) => [op, path, cause])).toEqual([
      ["add", "/metadata/name", "pending"],
      ["add", "/spec/agent_name", "pending"],
      ["add", "/spec/schedule", "pending"],
    ]);
  });

  test("a digest is of the decisions alone: a moved image changes requests, not the digest", async () => {
    await project.done("apply", "-y");
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
    const before = onlyJson(await project.done("plan", "--json"));
    project.sandbox.data.blaxel.deploy("nightly", "registry/image:2");
    const after = onlyJson(await project.done("plan", "--json"));
    expect(after["digest"]).toBe(before["digest"]);
    expect(JSON.stringify(after["actions"])).toContain("registry/image:2");
  });

  test("a PUT says how much it carries", async () => {
    await project.done("apply", "-y");
    project.sandbox.data.blaxel.deploy("nightly", "registry/image:2");
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
    const plan = onlyJson(await project.done("plan", "--json"));
    expect(plan["actions"]).toMatchObject([
      {
        carried: { count: expect.any(Number), paths: expect.arrayContaining(["/spec/runtime/image"]) },
        requests: [
          { method: "PUT", path: "/v0/jobs/nightly", body: { spec: { runtime: { image: "registry/image:2" } } } },
        ],
      },
    ]);
    const text = await project.done("plan");
    expect(text.stdout).toMatch(/changes 1 field, carries \d+/);
  });

  test("--out saves the very document that --json prints", async () => {
    const run = await project.done("plan", "--json", "--out", "plan.json");
    expect(JSON.parse(project.read("plan.json"))).toEqual(onlyJson(run));
  });
});

describe("apply --json", () => {
  test("answers the plan's document with a result on every action; progress goes to stderr", async () => {
    const run = await project.done("apply", "-y", "--json");
    const document = onlyJson(run);
    expect(validPlan(document), JSON.stringify(validPlan.errors)).toBe(true);
    begins(document, PLAN_KEYS);
    expect(document["actions"]).toMatchObject([
      { address: "blaxel/nightly", action: "create", result: { status: "applied" } },
      { address: "nimble/amazon-pdp-daily", action: "create", result: { status: "applied" } },
    ]);
    expect(run.stderr).toContain("nimble/amazon-pdp-daily");
  });

  test("nothing to do is exit 0 and a document without actions", async () => {
    await project.done("apply", "-y");
    const document = onlyJson(await project.done("apply", "-y", "--json"));
    expect(document).toMatchObject({ summary: { unchanged: 2 }, actions: [] });
  });

  test("one failed action does not stop the others: exit 1, its error in its result", async () => {
    project.sandbox.faults.add({
      method: "POST",
      path: "/v1/jobs",
      fault: { status: 422, body: { detail: [{ loc: ["body", "agent_name"], msg: "unknown agent", type: "value" }] } },
    });
    const run = await project.run("apply", "-y", "--json");
    expect(run.code).toBe(1);
    const document = onlyJson(run);
    expect(validPlan(document), JSON.stringify(validPlan.errors)).toBe(true);
    expect(document["actions"]).toMatchObject([
      { address: "blaxel/nightly", result: { status: "applied" } },
      {
        address: "nimble/amazon-pdp-daily",
        result: { status: "failed", error: { code: "JW2016", message: expect.stringContaining("unknown agent") } },
      },
    ]);
    expect(run.stderr).toMatch(/nimble\/amazon-pdp-daily: failed: JW2016 .*unknown agent/);
  });

  test("a write that nobody can say about is unknown; cut short by a signal it ends with 130; the next run settles it", async () => {
    project.remove("jobs/nightly.yaml");
    const { sandbox } = project;
    sandbox.faults.add({ method: "POST", path: "/v1/jobs", times: 1, fault: { lateCommit: {} } });
    const run = project.start("apply", "-y", "--json");
    // It looks for the job for some seconds; a signal cuts that short.
    sandbox.faults.add({
      method: "GET",
      path: "/v1/jobs",
      before: () => void (sandbox.log.writes().length > 0 && run.child.kill("SIGTERM")),
    });
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(onlyJson(ended)["actions"]).toMatchObject([{ result: { status: "unknown", error: { code: "JW2005" } } }]);
    await sandbox.faults.settle();
    sandbox.faults.clear();
    expect(onlyJson(await project.done("apply", "-y", "--json"))["actions"]).toEqual([]);
    expect(sandbox.data.nimble.all()).toHaveLength(1);
  });

  test("an action whose job moved between plan and write is stale", async () => {
    await project.done("apply", "-y");
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
    // The list was read; the job is read once more before the write, and by then somebody has edited it.
    project.sandbox.faults.add({
      method: "GET",
      path: "/v0/jobs/nightly",
      before: () => void project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } }),
    });
    const run = await project.run("apply", "-y", "--json");
    expect(run.code).toBe(1);
    expect(onlyJson(run)["actions"]).toMatchObject([{ address: "blaxel/nightly", result: { status: "stale" } }]);
    expect(project.sandbox.log.writes().filter(({ method }) => method === "PUT")).toEqual([]);
  });
});

describe("drift --json", () => {
  test("false and 0 where nothing moved, also with pending changes", async () => {
    await project.done("apply", "-y");
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
    const run = await project.run("drift", "--json");
    expect(run.code).toBe(0);
    expect(onlyJson(run)).toMatchObject({ formatVersion: 1, drifted: false });
  });

  test("true and 2 where live moved, and unmanaged jobs are counted", async () => {
    await project.done("apply", "-y");
    project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } });
    project.sandbox.data.nimble.put({ name: "by-hand", agent_name: "x" });
    const run = await project.run("drift", "--json");
    expect(run.code).toBe(2);
    const document = onlyJson(run);
    expect(validPlan(document), JSON.stringify(validPlan.errors)).toBe(true);
    expect(document).toMatchObject({
      drifted: true,
      summary: { update: 1, unmanaged: 1 },
      actions: [{ changes: [{ path: "/spec/runtime/memory", before: 1024, after: 2048, cause: "drift" }] }],
    });
  });

  test("true where an owned job is gone", async () => {
    await project.done("apply", "-y");
    project.sandbox.data.blaxel.delete("nightly");
    project.sandbox.data.nimble.put({ name: "by-hand", agent_name: "x" });
    const run = await project.run("drift", "--json");
    expect([run.code, onlyJson(run)["drifted"]]).toEqual([2, true]);
  });

  test("true where a schedule was paused by hand, while plan --detailed-exitcode is 0", async () => {
    await project.done("apply", "-y");
    const [job] = project.sandbox.data.nimble.named("amazon-pdp-daily");
    project.sandbox.data.nimble.edit(job?.id ?? "", { schedule: { enabled: false } });
    const run = await project.run("drift", "--json");
    expect(run.code).toBe(2);
    expect(onlyJson(run)).toMatchObject({ drifted: true, summary: { paused: 1 }, actions: [] });
    const plan = await project.run("plan", "--json", "--detailed-exitcode");
    expect(plan.code).toBe(0);
    expect(onlyJson(plan)).toMatchObject({ summary: { paused: 1 }, actions: [] });
  });

  test("true for a job without base that is not as declared: state none", async () => {
    project.write("jobwright.yaml", "state: { store: none }\n");
    await project.done("apply", "-y");
    expect((await project.run("drift")).code).toBe(0);
    project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } });
    const run = await project.run("drift", "--json");
    expect(run.code).toBe(2);
    expect(onlyJson(run)).toMatchObject({ actions: [{ action: "update", changes: [{ cause: "unknown" }] }] });
  });
});
