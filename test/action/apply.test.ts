import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nimbleManifest } from "../support/cli-project.ts";
import { APP, STRANGER } from "./support/fake-github.ts";
import { commandsOf, HEAD, MERGED, pullRequest, push, stepWorld, type World } from "./support/step.ts";

const PLAN = { command: "plan" };
const APPLY = { command: "apply" };
/** Windows ends a process that is signalled, and asks it nothing. */
const NO_SIGNALS = process.platform === "win32";
let world: World;
beforeEach(async () => {
  world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
});
afterEach(() => world.close());

/** The pull request is merged: the commit on the branch is another one than its head. */
function merged(options: { sha?: string; mergedAt?: string | null; mergeCommit?: string } = {}): void {
  const { sha = MERGED, mergedAt = "2026-11-23T12:00:00Z", mergeCommit = sha } = options;
  const base = { ref: "main" };
  const other = {
    number: 3,
    base,
    merged_at: mergedAt,
    merge_commit_sha: "f".repeat(40),
    head: { sha: "9".repeat(40) },
  };
  const open = { number: 4, base, merged_at: null, merge_commit_sha: null, head: { sha: "8".repeat(40) } };
  const ours = { number: 7, base, merged_at: mergedAt, merge_commit_sha: mergeCommit, head: { sha: HEAD } };
  world.github.pulls.set(sha, [other, open, ours]);
}

function writes(): number {
  return world.project.sandbox.log.writes().length;
}

describe("a push to the default branch", () => {
  it("applies the plan that was reviewed, and tells the pull request", async () => {
    const planned = await world.run(PLAN);
    merged();
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({
      code: 0,
      outputs: { "exit-code": "0", create: "1", digest: planned.outputs["digest"] },
    });
    expect(writes()).toBe(1);
    expect(world.github.comments).toHaveLength(2);
    const [plan, result] = world.github.comments;
    expect(plan?.body).toContain("Plan: 1 to create");
    expect(result).toMatchObject({ issue: 7, html_url: run.outputs["comment-url"] });
    expect(result?.body).toContain("**Applied: 1 created.**");
    expect(run.summary).toContain("**Applied: 1 created.**");
    expect(world.github.requests.some((line) => line.includes("pulls?per_page=100&page=2"))).toBe(true);
  });

  it("applies nothing where live moved after the review, and shows the difference between the two plans", async () => {
    await world.project.done("apply", "--auto-approve");
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    await world.run(PLAN);
    merged();
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 9 * * *"));
    const before = writes();
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 3, outputs: { "exit-code": "3", "failure-reason": "plan-changed" } });
    expect(writes()).toBe(before);
    const body = world.github.comments[1]?.body ?? "";
    expect(body).toContain("JW3201");
    expect(body).toContain('- replace /spec/schedule/cron "0 7 * * *" (pending)');
    expect(body).toContain('+ replace /spec/schedule/cron "0 9 * * *" (pending)');
    expect(run.summary).toContain('"0 9 * * *"');
    expect(run.stdout).toContain("only in the reviewed plan");
  });

  it("A80 believes no comment: neither an edited one nor a stranger's", async () => {
    await world.run(PLAN);
    merged();
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 9 * * *"));
    const forged = await world.run({ ...PLAN, "comment-key": "other" });
    const [edited, other] = world.github.comments;
    const marker = edited?.body.split("\n")[0] ?? "";
    if (edited !== undefined) edited.body = (other?.body ?? "").replace(/^.*\n/, `${marker}\n`);
    world.github.statuses.unshift({
      ...{ sha: HEAD, state: "success", context: "jobwright/plan", creator: STRANGER },
      description: `${forged.outputs["digest"]} forged`,
    });
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 3, outputs: { "failure-reason": "plan-changed" } });
    expect(writes()).toBe(0);
    expect(world.github.comments.at(-1)?.body).toContain("is not at hand to compare with");
  });

  it("applies nothing that nobody reviewed", async () => {
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 3, outputs: { "failure-reason": "not-reviewed" } });
    expect(commandsOf(run, "error")[0]?.data).toContain("came from no pull request");
    merged();
    const again = await world.run(APPLY, push());
    expect(again).toMatchObject({ code: 3, outputs: { "failure-reason": "not-reviewed" } });
    expect(world.github.comments.at(-1)?.body).toContain("JW3202");
    expect(writes()).toBe(0);
  });

  it("takes a refused plan for no review", async () => {
    world.github.statuses.unshift({
      sha: HEAD,
      state: "failure",
      context: "jobwright/plan",
      description: "x",
      creator: APP,
    });
    merged();
    expect(await world.run(APPLY, push())).toMatchObject({ code: 3, outputs: { "failure-reason": "not-reviewed" } });
  });

  it("needs no review where there is nothing to do, so that it can be run again", async () => {
    await world.project.done("apply", "--auto-approve");
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 0, outputs: { "has-changes": "false", unchanged: "1" } });
    expect(run.summary).toContain("Nothing to do.");
    expect(world.github.comments).toEqual([]);
  });

  it("applies without a review where that is asked for", async () => {
    const run = await world.run({ ...APPLY, "reviewed-plan": "ignore" }, push());
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(writes()).toBe(1);
  });

  it("does nothing where the review cannot be looked up", async () => {
    await world.run(PLAN);
    world.github.faults.push({
      on: /pulls$/,
      status: 403,
      message: "Resource not accessible by integration",
      times: 9,
    });
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 1, outputs: { "failure-reason": "forbidden" } });
    expect(commandsOf(run, "error")[0]?.data).toContain("pull-requests: read");
    expect(writes()).toBe(0);
  });

  it("applies, and says so, where the result cannot be written as a comment", async () => {
    await world.run(PLAN);
    merged();
    world.github.faults.push({ on: /POST .*comments/, status: 403, times: 9 });
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(commandsOf(run, "warning")[0]?.data).toContain("pull-requests: write");
  });
});

describe("an apply that does not go well", () => {
  it("tells which job failed, and why", async () => {
    world.project.write("jobs/b.yaml", nimbleManifest("b"));
    await world.run(PLAN);
    merged();
    world.project.sandbox.faults.add({
      ...{ method: "POST", path: "/v1/jobs" },
      fault: { status: 402, body: { code: "budget", message: "no budget left" } },
      times: 1,
    });
    const run = await world.run(APPLY, push());
    expect(run.code).toBe(1);
    expect(run.outputs["exit-code"]).toBe("1");
    expect(run.outputs["failure-reason"]).toBe("budget");
    expect(world.github.comments[1]?.body).toMatch(/\*\*failed\*\* \(budget\)/);
    expect(world.github.comments[1]?.body).toContain("JW2012");
  });

  it.skipIf(NO_SIGNALS)("ends what is under way within seconds of a cancelled run, and records it", async () => {
    const slow = await stepWorld(
      Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`jobs/j${n}.yaml`, nimbleManifest(`j${n}`)])),
      { latencyMs: 400 },
    );
    try {
      const { child, ended } = slow.start({ ...APPLY, "reviewed-plan": "ignore" }, push());
      await new Promise<void>((seen) => {
        child.stdout?.on("data", (text: string) => {
          if (/: applied/.test(text)) seen();
        });
      });
      const began = performance.now();
      child.kill("SIGINT");
      const term = setTimeout(() => child.kill("SIGTERM"), 7500);
      const run = await ended;
      clearTimeout(term);
      expect(performance.now() - began).toBeLessThan(7500);
      expect(run).toMatchObject({ code: 130, outputs: { "exit-code": "130", "failure-reason": "interrupted" } });
      const made = slow.project.sandbox.log.writes().length;
      expect(made).toBeGreaterThan(0);
      expect(made).toBeLessThan(40);
      const state = JSON.parse(slow.project.read(".jobwright/state.json"));
      expect(Object.keys(state.jobs ?? {})).toHaveLength(made);
      const again = await slow.run({ ...APPLY, "reviewed-plan": "ignore" }, push());
      expect(again).toMatchObject({ code: 0, outputs: { create: String(40 - made) } });
    } finally {
      await slow.close();
    }
  });

  it.skipIf(NO_SIGNALS)(
    "ends within seconds of a cancelled run although a platform hangs, and leaves the write open",
    async () => {
      const asked = new Promise<void>((before) => {
        world.project.sandbox.faults.add({ method: "POST", before: () => before(), fault: { hang: { commit: true } } });
      });
      const { child, ended } = world.start({ ...APPLY, "reviewed-plan": "ignore" }, push());
      await asked;
      const began = performance.now();
      child.kill("SIGINT");
      const term = setTimeout(() => child.kill("SIGTERM"), 7500);
      const run = await ended;
      clearTimeout(term);
      expect(performance.now() - began).toBeLessThan(7400);
      expect(run.code).toBe(130);
      expect(run.outputs["failure-reason"]).toBe("interrupted");
    },
  );
});

describe("a saved plan", () => {
  it("of the same run is applied as saved", async () => {
    await world.run({ ...PLAN, "plan-file": "plan.json" }, { name: "workflow_dispatch", sha: MERGED });
    const run = await world.run({ ...APPLY, "plan-file": "plan.json", "reviewed-plan": "ignore" }, push());
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    const again = await world.run({ ...APPLY, "plan-file": "plan.json", "reviewed-plan": "ignore" }, push());
    expect(again).toMatchObject({ code: 3, outputs: { "failure-reason": "stale" } });
    expect(writes()).toBe(1);
  });
});

describe("a state in Git", () => {
  const git = (cwd: string, ...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd, encoding: "utf8" });

  it("that this run may only read is gone on without, saying what is lost", async () => {
    const { path } = world.project;
    const remote = join(path, "..", `${path.split("/").at(-1)}-remote.git`);
    mkdirSync(remote);
    git(remote, "init", "-q", "--bare");
    git(path, "init", "-q");
    git(path, "remote", "add", "origin", remote);
    world.project.write("jobwright.yaml", "state: { store: git }\n");
    const hook = join(remote, "hooks", "pre-receive");
    writeFileSync(hook, "#!/bin/sh\necho 'Permission to o/r.git denied to github-actions[bot].' >&2\nexit 1\n", {
      mode: 0o755,
    });
    const readOnly = await world.run({ ...APPLY, "reviewed-plan": "ignore" }, push());
    expect(readOnly).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(readOnly.stdout).toContain("contents: write");
    writeFileSync(hook, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const writable = await world.run({ ...APPLY, "reviewed-plan": "ignore" }, push());
    expect(writable).toMatchObject({ code: 0, outputs: { adopt: "1", create: "0" } });
    expect(git(remote, "for-each-ref", "--format=%(refname)")).toContain("refs/jobwright/state");
    expect(await world.run({ ...PLAN }, pullRequest())).toMatchObject({ outputs: { unchanged: "1" } });
  });
});
