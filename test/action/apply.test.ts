import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nimbleManifest } from "../support/cli-project.ts";
import { APP, pull, STRANGER } from "./support/fake-github.ts";
import { commandsOf, HEAD, MERGED, push, stepWorld, type World } from "./support/step.ts";

const PLAN = { command: "plan" };
const APPLY = { command: "apply" };
let world: World;
beforeEach(async () => {
  world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
});
afterEach(() => world.close());

/** The pull request is merged: the commit on the branch is another one than its head. */
function merged(): void {
  const open = { state: "open", merged_at: null } as const;
  const other = { merge_commit_sha: "f".repeat(40) };
  world.github.pulls.set(MERGED, [
    pull(3, "9".repeat(40), other),
    pull(4, "8".repeat(40), open),
    pull(7, HEAD, { merge_commit_sha: MERGED }),
  ]);
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
    expect(body).toContain('\n-     ~ spec.schedule.cron  "0 6 * * *" → "0 7 * * *"\n');
    expect(body).toContain('\n+     ~ spec.schedule.cron  "0 6 * * *" → "0 9 * * *"\n');
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
    const [annotated, ...others] = commandsOf(run, "error");
    expect(annotated?.properties).toMatchObject({ file: expect.stringMatching(/^jobs\/[ab]\.yaml$/), line: "1" });
    expect(annotated?.data).toMatch(/^nimble\/[ab]: create failed: .*no budget left/);
    expect(others).toEqual([]);
    expect(world.github.comments[1]?.body).toContain("JW2012");
  });
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
