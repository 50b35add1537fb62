import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlanDocument } from "../../src/render/plan-document.ts";
import { jobwright } from "../support/cli.ts";
import { type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";

let project: CliProject;
beforeEach(async () => {
  project = await cliProject(
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`jobs/j${i}.yaml`, nimbleManifest(`job-${i}`)])),
  );
});
afterEach(() => project.close());

/** Runs a shell's pipeline; `$J` in it is the command line. */
function pipeline(
  script: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-o", "pipefail", "-c", script], {
      cwd: project.path,
      env: {
        PATH: process.env["PATH"] ?? "",
        NO_COLOR: "1",
        ...project.env,
        J: `${process.execPath} ${ROOT}build/cli.js`,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const parts = { stdout: "", stderr: "" };
    child.stdout.on("data", (text) => {
      parts.stdout += text;
    });
    child.stderr.on("data", (text) => {
      parts.stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...parts }));
  });
}

async function expectApplied(): Promise<void> {
  expect(project.sandbox.data.nimble.all()).toHaveLength(40);
  expect(onlyJson(await project.done("plan", "--json"))).toMatchObject({ actions: [], summary: { unchanged: 40 } });
}

describe("losing stdout", () => {
  test("to head: apply does all its work and records it, without a stack", async () => {
    const run = await pipeline("$J apply -y | head -1");
    expect(run.stdout.split("\n")).toHaveLength(2);
    expect(run.stderr).not.toMatch(/EPIPE|\n\s+at /);
    await expectApplied();
  });

  test("to head, from the beginning on", async () => {
    const run = await pipeline("$J apply -y --json | true");
    expect(run.stderr).not.toMatch(/EPIPE|\n\s+at /);
    await expectApplied();
  });

  test("and stderr too", async () => {
    await pipeline("$J apply -y 2>&1 | head -1");
    await expectApplied();
  });

  test("to a full disk: exit 1, said on stderr, but the work is done and recorded", async () => {
    const full = openSync("/dev/full", "w");
    try {
      for (const args of [["apply", "-y"], ["plan", "--json"], ["status"], ["schema", "plan"]]) {
        const run = await jobwright(args, { cwd: project.path, env: project.env, stdout: full });
        expect([args, run.code]).toEqual([args, 1]);
        expect(run.stderr).toMatch(/stdout/);
        expect(run.stderr).not.toMatch(/\n\s+at /);
      }
    } finally {
      closeSync(full);
    }
    await expectApplied();
  });

  test("a slow reader gets all of a large document", async () => {
    const run = await pipeline('$J plan --json | (read -r first; echo "$first"; cat)');
    expect(run.code).toBe(0);
    expect(run.stdout.length).toBeGreaterThan(65_536);
    expect(onlyJson<PlanDocument>({ ...run, code: 0 }).actions).toHaveLength(40);
  });
});

describe("a signal during apply", () => {
  // What is not found after a kill is not waited for: the sandbox does nothing late.
  beforeEach(() => project.write("jobwright.yaml", "createSettle: 1ms\n"));

  /** Kills at the n-th create, before it is handled, and lets it go on. */
  async function interrupted(signal: NodeJS.Signals, ...args: readonly string[]) {
    project.write("jobwright.yaml", "createSettle: 1ms\nhttp: { concurrency: 1 }\n");
    const run = project.start("apply", "-y", ...args);
    let release = (): void => {};
    const stopping = new Promise<void>((done) => {
      release = done;
    });
    project.sandbox.faults.add({
      method: "POST",
      after: 2,
      times: 1,
      before: async () => {
        run.child.kill(signal);
        await stopping;
      },
    });
    await run.saw(/finishing what is under way/);
    release();
    return run.ended;
  }

  test.each([
    "SIGINT",
    "SIGTERM",
  ] as const)("%s: what is under way is finished and recorded, nothing new starts, exit 130", async (signal) => {
    const run = await interrupted(signal, "--json");
    expect(run.code).toBe(130);
    expect(run.stderr).toContain(signal);
    const { actions } = onlyJson<PlanDocument>(run);
    const applied = actions.filter(({ result }) => result?.status === "applied").map(({ address }) => address);
    const skipped = actions.filter(({ result }) => result?.status === "skipped");
    expect(applied.length).toBeGreaterThanOrEqual(3);
    expect(applied.length + skipped.length).toBe(40);
    expect(skipped.length).toBeGreaterThan(0);
    expect(skipped[0]?.result).toMatchObject({ reason: "interrupted" });
    // What was done is known; what was not is done by the next run, once.
    expect(project.sandbox.data.nimble.all()).toHaveLength(applied.length);
    const { jobs, open } = onlyJson<{ jobs: { address: string }[]; open: object[] }>(
      await project.done("state", "list", "--json"),
    );
    expect(jobs.map(({ address }) => address).sort()).toEqual([...applied].sort());
    expect(open).toEqual([]);
    project.sandbox.faults.clear();
    await project.done("apply", "-y");
    await expectApplied();
  });

  test("the second one stops at once: exit 130, and the next run picks up", async () => {
    const run = project.start("apply", "-y");
    let release = (): void => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    project.sandbox.faults.add({
      method: "POST",
      times: 1,
      before: async () => {
        run.child.kill("SIGINT");
        await held;
      },
    });
    await run.saw(/once more stops at once/);
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(130);
    release();
    // What may still come of a create is not to be forgotten.
    const forget = await project.run("state", "rm", "nimble/job-0", "--json");
    expect(onlyJson(forget)).toMatchObject({ error: { code: "JW5004" } });
    project.sandbox.faults.clear();
    await project.done("apply", "-y");
    await expectApplied();
  });

  test("before anything was sent: exit 130, no write", async () => {
    const run = project.start("apply", "-y", "--json");
    project.sandbox.faults.add({ method: "GET", before: () => void run.child.kill("SIGTERM"), fault: "hang" });
    const { code, ...streams } = await run.ended;
    expect(code).toBe(130);
    expect(onlyJson({ code, ...streams })).toMatchObject({ error: { code: "JW2007", reason: "interrupted" } });
    expect(project.sandbox.log.writes()).toEqual([]);
    // The lock is free again.
    expect((await project.done("state", "unlock")).stdout).toContain("Nobody holds the lock");
  });

  test("kill -9 at a create: the next run makes no second job", async () => {
    for (const fault of ["cutAfter", "cutBefore"] as const) {
      const run = project.start("apply", "-y");
      project.sandbox.faults.set([
        {
          method: "POST",
          after: 1,
          times: 1,
          afterwards: () => void run.child.kill("SIGKILL"),
          before: () => void (fault === "cutBefore" && run.child.kill("SIGKILL")),
          fault,
        },
      ]);
      expect((await run.ended).code).toBeNull();
      project.sandbox.faults.clear();
      const names = project.sandbox.data.nimble.all().map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
    await project.done("apply", "-y");
    await expectApplied();
  });
});

test("without a terminal and without --auto-approve: exit 1, nothing is asked of a platform", async () => {
  const run = await project.run("apply");
  expect([run.code, run.stdout]).toEqual([1, ""]);
  expect(run.stderr).toMatch(/JW5002[\s\S]*--auto-approve/);
  expect(project.sandbox.log.entries).toEqual([]);
  expect(Object.keys(project.files()).filter((file) => file.startsWith(".jobwright"))).toEqual([]);
});

test("a server that was told to stop: exit 0", async () => {
  const run = project.start("sandbox", "--port", "0");
  await run.saw(/export NIMBLE_BASE_URL=http:\/\/127\.0\.0\.1:\d+/);
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(0);
});

test("a port that is taken: exit 1", async () => {
  const run = await project.run("sandbox", "--port", String(project.sandbox.port));
  expect([run.code, run.stdout]).toEqual([1, ""]);
  expect(run.stderr).toMatch(/JW5403[\s\S]*--port/);
});

test("exit 3, and nothing is sent, past a limit; the one-off flag lets it pass", async () => {
  project.write("jobwright.yaml", "safety: { maxUpdatesPercent: 10 }\n");
  await project.done("apply", "-y");
  for (let i = 0; i < 5; i++) project.write(`jobs/j${i}.yaml`, nimbleManifest(`job-${i}`, "0 7 * * *"));
  project.sandbox.log.clear();
  const plan = await project.run("plan", "--json");
  expect(plan.code).toBe(3);
  expect(onlyJson(plan)).toMatchObject({
    refusals: [{ code: "JW3005", hint: expect.stringContaining("--max-updates 5") }],
  });
  const run = await project.run("apply", "-y", "--json");
  expect(run.code).toBe(3);
  expect(onlyJson(run)).toMatchObject({
    error: { code: "JW3005", refusals: [{ message: expect.stringContaining("safety.maxUpdatesPercent") }] },
  });
  const text = await project.run("apply", "-y");
  expect(text.code).toBe(3);
  expect(text.stdout + text.stderr).toContain("--max-updates 5");
  expect(project.sandbox.log.writes()).toEqual([]);
  await project.done("apply", "-y", "--max-updates", "5");
  expect(project.sandbox.log.writes()).toHaveLength(5);
});
