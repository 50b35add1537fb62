import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CliRun } from "../support/cli.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

let project: CliProject;
beforeEach(async () => {
  project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobs/nightly.yaml": blaxelManifest("nightly") });
  await project.done("apply", "-y");
  project.sandbox.log.clear();
});
afterEach(() => project.close());

async function fails(code: string, ...args: readonly string[]): Promise<CliRun> {
  const run = await project.run(...args);
  expect([args, run.code, run.stdout]).toEqual([args, 1, ""]);
  expect(run.stderr).toContain(code);
  return run;
}

describe("hold and release", () => {
  test("a held job is left alone, visibly, until it is released", async () => {
    const held = await project.done("hold", "nimble/a", "--until", "2199-01-01", "--reason", "vendor outage");
    expect(held.stdout).toContain("nimble/a is held until 2199-01-01");
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    const plan = await project.done("plan", "--json");
    expect(onlyJson(plan)).toMatchObject({ summary: { held: 1, update: 0 }, actions: [] });
    for (const command of ["plan", "drift", "status"]) {
      expect((await project.run(command)).stdout).toContain("vendor outage");
    }
    await project.done("apply", "-y");
    expect(project.sandbox.log.writes()).toEqual([]);
    expect((await project.done("release", "nimble/a")).stdout).toContain("released");
    expect((await project.done("release", "nimble/a")).stdout).toContain("not held");
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ summary: { held: 0, update: 1 } });
  });

  test("what was changed by hand in a held job is no drift", async () => {
    await project.done("hold", "blaxel/nightly", "--until", "2199-01-01T08:00:00Z", "--reason", "tuning memory");
    project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } });
    expect(onlyJson(await project.done("drift", "--json"))).toMatchObject({ drifted: false, summary: { held: 1 } });
  });

  test("an unknown job, a day gone by, no day, no reason", async () => {
    const until = ["--until", "2199-01-01"];
    expect((await fails("JW5004", "hold", "nimble/b", ...until, "--reason", "x")).stderr).toContain("nimble/a");
    await fails("JW5001", "hold", "nimble/a", "--until", "2001-01-01", "--reason", "x");
    await fails("JW5001", "hold", "nimble/a", "--until", "tomorrow", "--reason", "x");
    await fails("JW5001", "hold", "nimble/a", "--until", "2199-02-31", "--reason", "x");
    await fails("JW5001", "hold", "nimble/a", ...until, "--reason", " ");
    await fails("JW5004", "release", "nimble/b");
  });
});

describe("state", () => {
  test("list, as lines and as JSON", async () => {
    const [job] = project.sandbox.data.nimble.all();
    expect((await project.done("state", "list")).stdout).toBe(`blaxel/nightly\tnightly\nnimble/a\t${job?.id}\n`);
    expect(onlyJson(await project.done("state", "list", "--json"))).toMatchObject({
      formatVersion: 1,
      lineage: expect.any(String),
      serial: expect.any(Number),
      jobs: [
        { address: "blaxel/nightly", id: "nightly", adopted: false, file: "jobs/nightly.yaml" },
        { address: "nimble/a", id: job?.id },
      ],
      open: [],
    });
  });

  test("show, pull", async () => {
    expect(onlyJson(await project.done("state", "show", "nimble/a"))).toMatchObject({
      address: "nimble/a",
      id: "job_1",
    });
    // The file holds besides where its journal stands.
    const { lastSeq: _, ...state } = JSON.parse(project.read(".jobwright/state.json"));
    expect(onlyJson(await project.done("state", "pull"))).toEqual(state);
    expect((await fails("JW5004", "state", "show", "nimble/b")).stderr).toContain("Did you mean nimble/a?");
  });

  test("rm forgets a job, which stays live and is adopted again", async () => {
    await project.done("state", "rm", "nimble/a");
    expect((await project.done("state", "list")).stdout).toBe("blaxel/nightly\tnightly\n");
    expect(project.sandbox.data.nimble.named("a")).toHaveLength(1);
    expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ summary: { adopt: 1, unchanged: 1 } });
    await fails("JW5004", "state", "rm", "nimble/a");
  });

  test("A75 mv gives a job another address, but not one that is taken, or that is none", async () => {
    project.remove("jobs/nightly.yaml");
    await project.done("state", "mv", "nimble/a", "nimble/renamed");
    expect((await project.done("state", "list")).stdout).toContain("nimble/renamed\tjob_1");
    await fails("JW5004", "state", "mv", "nimble/renamed", "blaxel/nightly");
    await fails("JW5001", "state", "mv", "nimble/renamed", "renamed");
    await fails("JW5004", "state", "mv", "nimble/a", "nimble/b");
    expect((await project.done("state", "list")).stdout).toContain("nimble/renamed\tjob_1");
  });

  test("a job that moves to another platform would be a lie", async () => {
    await fails("JW5001", "state", "mv", "nimble/a", "blaxel/a");
    await fails("JW5001", "state", "mv", "nimble/a", "nimbel/a");
  });

  test("without a state: list is empty, pull says so", async () => {
    project.remove(".jobwright");
    expect((await project.done("state", "list")).stdout).toBe("");
    expect(onlyJson(await project.done("state", "list", "--json"))).toMatchObject({ jobs: [] });
    await fails("JW5004", "state", "pull");
  });

  test("looks after the state also where manifests are broken or gone", async () => {
    project.write("jobs/a.yaml", "nonsense: [");
    await project.done("state", "rm", "nimble/a");
    project.remove("jobs");
    expect((await project.done("state", "list")).stdout).toBe("blaxel/nightly\tnightly\n");
  });

  test("a damaged one is an error that leaves it untouched, for every command", async () => {
    for (const text of ["", "{", "<<<<<<< HEAD\n{}\n", "[]", "{}"]) {
      project.write(".jobwright/state.json", text);
      for (const args of [
        ["plan"],
        ["apply", "-y"],
        ["drift"],
        ["status"],
        ["state", "list"],
        ["state", "rm", "nimble/a"],
      ]) {
        const run = await fails("JW400", ...args);
        expect(run.stderr).toContain("state.json");
      }
      expect(project.read(".jobwright/state.json")).toBe(text);
    }
    expect(project.sandbox.log.writes()).toEqual([]);
    const run = await project.run("plan", "--json");
    expect(onlyJson(run)).toMatchObject({ error: { code: expect.stringMatching(/^JW400\d$/), reason: "storage" } });
  });
});

describe("the lock", () => {
  test("an apply that runs keeps others out: exit 3, who and since when; reads go on; unlock needs --force", async () => {
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    const { sandbox } = project;
    let held = (): void => {};
    const release = new Promise<void>((done) => {
      held = done;
    });
    const reached = new Promise<void>((done) => {
      sandbox.faults.add({
        method: "PATCH",
        before: () => {
          done();
          return release;
        },
      });
    });
    const first = project.start("apply", "-y");
    await reached;
    const second = await project.run("apply", "-y", "--json");
    expect(second.code).toBe(3);
    expect(onlyJson(second)).toMatchObject({
      error: { code: "JW4010", message: expect.stringMatching(/apply.*since \d{4}-/), reason: "lock-held" },
    });
    expect((await project.run("plan")).code).toBe(0);
    expect((await project.run("state", "unlock")).code).not.toBe(0);
    held();
    expect((await first.ended).code).toBe(0);
    expect((await project.done("state", "unlock")).stdout).toContain("Nobody holds the lock");
    expect(sandbox.log.writes()).toHaveLength(1);
  });

  test("--lock-timeout waits for it", async () => {
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    const { sandbox } = project;
    let go = (): void => {};
    const release = new Promise<void>((done) => {
      go = done;
    });
    const reached = new Promise<void>((done) => {
      sandbox.faults.add({
        method: "PATCH",
        times: 1,
        before: () => {
          done();
          return release;
        },
      });
    });
    const first = project.start("apply", "-y");
    await reached;
    const second = project.start("apply", "-y", "--lock-timeout", "25s");
    await second.saw(/waiting up to 25 s for the lock .*apply.* since \d{4}/);
    go();
    expect((await first.ended).code).toBe(0);
    expect((await second.ended).code).toBe(0);
    expect(sandbox.log.writes()).toHaveLength(1);
  });

  test("a dead holder's is taken over", async () => {
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    const run = project.start("apply", "-y");
    project.sandbox.faults.add({ method: "PATCH", times: 1, before: () => void run.child.kill("SIGKILL") });
    await run.ended;
    await project.done("apply", "-y");
    expect(project.sandbox.data.nimble.named("a")).toMatchObject([{ schedule: { cron: "0 7 * * *" } }]);
  });
});
