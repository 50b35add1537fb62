import { afterEach, describe, expect, test } from "vitest";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

let project: CliProject;
afterEach(() => project.close());

describe("init", () => {
  test("writes a project that is valid, plans in the sandbox, and overwrites nothing", async () => {
    project = await cliProject();
    const run = await project.done("init");
    const files = Object.keys(project.files());
    expect(files).toContain("jobwright.yaml");
    expect(files.filter((file) => file.startsWith("jobs/")).length).toBeGreaterThan(1);
    expect(files.filter((file) => file.startsWith(".github/workflows/"))).not.toEqual([]);
    for (const file of files) expect(run.stdout + run.stderr).toContain(file);
    const text = files.map((file) => project.read(file)).join("\n");
    const names = [...new Set([...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name]) => name ?? ""))];
    const env = Object.fromEntries(names.map((name) => [name, "some-value"]));
    expect(await project.runWith(env, "validate")).toMatchObject({ code: 0 });
    const plan = await project.runWith(env, "--sandbox", "plan", "--json");
    expect(onlyJson(plan)).toMatchObject({ warnings: [], refusals: [], summary: { create: expect.any(Number) } });
    project.write("jobwright.yaml", "vars: { mine: kept }\n");
    await project.done("init");
    expect(project.read("jobwright.yaml")).toBe("vars: { mine: kept }\n");
    expect(project.sandbox.log.entries).toEqual([]);
  });
});

describe("status", () => {
  test("every job: in sync, pending, drifted, missing, unmanaged; exit 0 whatever it finds", async () => {
    project = await cliProject({
      "jobs/same.yaml": nimbleManifest("same"),
      "jobs/pending.yaml": nimbleManifest("pending"),
      "jobs/drifted.yaml": blaxelManifest("drifted"),
      "jobs/missing.yaml": blaxelManifest("missing"),
    });
    await project.done("apply", "-y");
    project.write("jobs/pending.yaml", nimbleManifest("pending", "0 7 * * *"));
    project.write("jobs/new.yaml", nimbleManifest("new"));
    project.sandbox.data.blaxel.edit("drifted", { spec: { runtime: { memory: 1 } } });
    project.sandbox.data.blaxel.delete("missing");
    project.sandbox.data.nimble.put({
      name: "by-hand",
      agent_name: "x",
      schedule: { cron: "0 6 * * *", enabled: true },
    });
    project.sandbox.log.clear();
    const text = await project.done("status");
    for (const name of ["same", "pending", "drifted", "missing", "by-hand", "new"]) expect(text.stdout).toContain(name);
    expect(text.stdout).toMatch(/At 06:00/);
    const { jobs } = onlyJson<{ jobs: { address: string }[] }>(await project.done("status", "--json"));
    expect(jobs.map(({ address }) => address).sort()).toEqual([
      "blaxel/drifted",
      "blaxel/missing",
      "nimble/by-hand",
      "nimble/new",
      "nimble/pending",
      "nimble/same",
    ]);
    expect(project.sandbox.log.writes()).toEqual([]);
  });
});

describe("import", () => {
  test("writes manifests and adopts: a plan right after shows no change, and nothing was written live", async () => {
    project = await cliProject({ "jobs/mine.yaml": nimbleManifest("mine") });
    await project.done("apply", "-y");
    const { data, log } = project.sandbox;
    data.nimble.put({ name: "by-hand", agent_name: "x", schedule: { cron: "0 6 * * *", enabled: false } });
    data.blaxel.put({
      metadata: { name: "nightly", labels: { a: "b" } },
      spec: { runtime: { memory: 4096, image: "i:1" } },
    });
    log.clear();
    await project.done("import");
    expect(log.writes()).toEqual([]);
    const plan = onlyJson(await project.done("plan", "--json", "--prune"));
    expect(plan).toMatchObject({ actions: [], summary: { unchanged: 3, unmanaged: 0 }, drifted: false });
    expect(project.read("jobs/mine.yaml")).toBe(nimbleManifest("mine"));
    // A second one finds nothing.
    const kept = (): object => {
      const all = Object.entries(project.files());
      return Object.fromEntries(all.filter(([file]) => !/journal|lock/.test(file)));
    };
    const files = kept();
    await project.done("import");
    expect(kept()).toEqual(files);
  });

  test("--drifted takes what was changed by hand into the manifest, its comments and ${…} kept", async () => {
    const manifest = `# Why this job is there.\n${blaxelManifest("nightly", 2048, '    timeout: 60 # short\n    envs: [{ name: A, value: "${var:a}" }]\n')}`;
    project = await cliProject({ "jobs/nightly.yaml": manifest, "jobwright.yaml": "vars: { a: b }\n" });
    await project.done("apply", "-y");
    project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 8192 } } });
    expect((await project.run("drift")).code).toBe(2);
    await project.done("import", "--drifted");
    expect(project.read("jobs/nightly.yaml")).toBe(manifest.replace("2048", "8192"));
    expect((await project.run("drift")).code).toBe(0);
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ actions: [] });
  });
});

describe("healing and pausing", () => {
  test("--only-cause drift puts back what was changed by hand and leaves what is pending", async () => {
    project = await cliProject({
      "jobs/nightly.yaml": blaxelManifest("nightly", 2048, "    timeout: 60\n"),
      "jobs/new.yaml": nimbleManifest("new"),
    });
    await project.done("apply", "-y", "--only", "blaxel/*");
    project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 1 } } });
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 2048, "    timeout: 90\n"));
    await project.done("apply", "-y", "--only-cause", "drift");
    expect(project.sandbox.data.blaxel.get("nightly")).toMatchObject({
      spec: { runtime: { memory: 2048, timeout: 60 } },
    });
    expect(project.sandbox.data.nimble.all()).toEqual([]);
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({
      summary: { create: 1, update: 1 },
      actions: [{ changes: [{ path: "/spec/runtime/timeout", cause: "pending" }] }, { action: "create" }],
    });
  });

  test("a schedule that was paused by hand stays paused until --resume", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
    await project.done("apply", "-y");
    const { nimble } = project.sandbox.data;
    nimble.edit("job_1", { schedule: { enabled: false } });
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    expect((await project.done("plan")).stdout).toContain("Paused by hand (1)");
    await project.done("apply", "-y");
    expect(nimble.get("job_1")).toMatchObject({ schedule: { cron: "0 7 * * *", enabled: false } });
    await project.done("apply", "-y", "--resume");
    expect(nimble.get("job_1")).toMatchObject({ schedule: { cron: "0 7 * * *", enabled: true } });
  });

  test("a replace needs --allow-replace, and no run is doubled", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
    await project.done("apply", "-y");
    project.write("jobs/a.yaml", nimbleManifest("a").replace("amazon_pdp", "walmart_pdp"));
    const refused = await project.run("apply", "-y", "--json");
    expect([refused.code, onlyJson<{ error: { code: string } }>(refused).error.code]).toEqual([3, "JW3002"]);
    project.sandbox.log.clear();
    await project.done("apply", "-y", "--allow-replace");
    const writes = project.sandbox.log.writes();
    expect(writes.map(({ method }) => method)).toEqual(["POST", "DELETE", "PATCH"]);
    expect(writes[0]?.body).toMatchObject({ schedule: { enabled: false } });
    expect(writes[2]?.body).toEqual({ schedule: { cron: "0 6 * * *", enabled: true } });
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ actions: [] });
  });

  test("a protected job is not deleted, though its manifest and the protection in it are gone", async () => {
    const guarded = nimbleManifest("a").replace(
      "metadata:",
      'metadata:\n  annotations: { jobwright.dev/protect: "true" }',
    );
    project = await cliProject({ "jobs/a.yaml": guarded, "jobs/b.yaml": nimbleManifest("b") });
    await project.done("apply", "-y");
    project.remove("jobs/a.yaml");
    project.sandbox.log.clear();
    const run = await project.run("apply", "-y", "--prune", "--json");
    expect(run.code).toBe(3);
    expect(onlyJson(run)).toMatchObject({ error: { code: "JW3001", message: expect.stringContaining("nimble/a") } });
    expect(project.sandbox.log.writes()).toEqual([]);
  });

  test("another account behind the same address is noticed: exit 3", async () => {
    project = await cliProject(
      { "jobs/a.yaml": nimbleManifest("a"), "jobs/b.yaml": nimbleManifest("b") },
      { accounts: { "other-key": "other" } },
    );
    await project.done("apply", "-y");
    project.sandbox.log.clear();
    for (const args of [["plan"], ["apply", "-y"], ["drift"]]) {
      const run = await project.runWith({ NIMBLE_API_KEY: "other-key" }, ...args, "--json");
      expect([args, run.code]).toEqual([args, 3]);
      expect(run.stdout).toContain("JW3006");
    }
    expect(project.sandbox.log.writes()).toEqual([]);
    const other = await project.runWith(
      { BL_WORKSPACE: "other", NIMBLE_API_KEY: "other-key" },
      "apply",
      "-y",
      "--accept-missing",
    );
    expect(other.code).toBe(0);
  });
});
