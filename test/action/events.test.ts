import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nimbleManifest } from "../support/cli-project.ts";
import { pull } from "./support/fake-github.ts";
import { commandsOf, HEAD, MERGED, pullRequest, push, type StepEvent, stepWorld, type World } from "./support/step.ts";

const PLAN = { command: "plan" };
const SECRET = nimbleManifest("s", "0 6 * * *", '  description: "${env:HOME}"\n');

let world: World;
beforeEach(async () => {
  world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
});
afterEach(() => world.close());

const open = { state: "open", merged_at: null } as const;

describe("a merge queue", () => {
  it("has its merged tree planned, with a status and no comment", async () => {
    const sha = "e".repeat(40);
    const ref = `refs/heads/gh-readonly-queue/main/pr-7-${MERGED}`;
    const run = await world.run(PLAN, { name: "merge_group", sha, ref, payload: { merge_group: { head_sha: sha } } });
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(world.github.statuses).toMatchObject([
      { sha, state: "success", context: "jobwright/plan", description: `1 to create · ${run.outputs["digest"]}` },
    ]);
    expect(world.github.comments).toEqual([]);
  });
});

describe("a push to a branch", () => {
  it("tells the open pull request that ends in it", async () => {
    world.github.pulls.set(HEAD, [pull(5, HEAD, { ...open, from: "mallory/r" }), pull(7, HEAD, open)]);
    const run = await world.run(PLAN, { ...push(HEAD), ref: "refs/heads/topic" });
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(world.github.comments).toMatchObject([{ issue: 7, html_url: run.outputs["comment-url"] }]);
    expect(world.github.statuses).toMatchObject([{ sha: HEAD }]);
  });

  it("without one is planned, and nobody is told of what the token may not do", async () => {
    const message = "Resource not accessible by integration";
    for (const faults of [[], [{ on: /pulls$/, status: 403, message, times: 9 }]]) {
      world.github.faults.push(...faults);
      const run = await world.run(PLAN, push());
      expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
      expect(commandsOf(run, "warning")).toEqual([]);
    }
    expect(world.github.writes()).toEqual([]);
  });
});

describe("a comment on a pull request", () => {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: world.project.path,
      encoding: "utf8",
    }).trim();

  /** What is checked out is the merge of a branch; the event tells of the default branch's commit. */
  function checkedOut(): { readonly event: StepEvent; readonly head: string } {
    git("init", "-q", "-b", "main");
    git("commit", "-q", "--allow-empty", "-m", "base");
    const sha = git("rev-parse", "HEAD");
    git("checkout", "-q", "-b", "topic");
    git("commit", "-q", "--allow-empty", "-m", "change");
    const head = git("rev-parse", "HEAD");
    git("checkout", "-q", "-b", "merge", sha);
    git("merge", "-q", "--no-ff", "-m", "merge", "topic");
    const payload = { issue: { number: 7, pull_request: { url: "x" } }, comment: { body: "/plan" } };
    return { event: { name: "issue_comment", sha, payload }, head };
  }

  it("has it planned where it is what is checked out", async () => {
    const { event, head } = checkedOut();
    world.github.pulls.set(head, [pull(7, head, open)]);
    world.project.write("jobs/s.yaml", SECRET);
    const run = await world.run(PLAN, event);
    expect(run).toMatchObject({ code: 0, outputs: { create: "2" } });
    expect(world.github.comments).toMatchObject([{ issue: 7 }]);
    expect(world.github.comments[0]?.body).toContain(`commit ${head.slice(0, 10)}`);
    expect(world.github.comments[0]?.body).toContain(`https://github.test/o/r/blob/${head}/jobs/a.yaml#L1`);
    expect(world.github.statuses).toMatchObject([{ sha: head, state: "success" }]);
  });

  it("says nothing of another tree than what is checked out", async () => {
    const { event } = checkedOut();
    world.github.pulls.set(HEAD, [pull(7, HEAD, open)]);
    const run = await world.run(PLAN, event);
    expect(run).toMatchObject({ code: 1, outputs: { "failure-reason": "invalid" } });
    expect(commandsOf(run, "error")[0]?.data).toMatch(/JW5603 pull request 7 ends in aaaaaaaaaa.*refs\/pull\/7\/merge/);
    expect(world.github.writes()).toEqual([]);
    expect(world.project.sandbox.log.entries).toEqual([]);
  });

  it("A76 hands no secrets to a fork's manifests", async () => {
    const { event, head } = checkedOut();
    world.github.pulls.set(head, [pull(7, head, { ...open, from: "mallory/r" })]);
    world.project.write("jobs/s.yaml", SECRET);
    for (const command of ["plan", "apply", "drift"]) {
      const run = await world.run({ command }, event);
      expect(run).toMatchObject({ code: 3, outputs: { "failure-reason": "refused-by-safety" } });
      expect(commandsOf(run, "error")[0]?.properties).toMatchObject({ file: "jobs/s.yaml", title: "JW3203" });
    }
    expect(world.project.sandbox.log.entries).toEqual([]);
  });

  it("applies what was reviewed before it is merged", async () => {
    const { event, head } = checkedOut();
    world.github.pulls.set(head, [pull(7, head, open)]);
    expect(await world.run({ command: "apply" }, event)).toMatchObject({
      outputs: { "failure-reason": "not-reviewed" },
    });
    await world.run(PLAN, pullRequest({ head }));
    expect(await world.run({ command: "apply" }, event)).toMatchObject({ code: 0, outputs: { create: "1" } });
  });
});

describe("pull_request_target", () => {
  it("A76 hands no secrets to strangers", async () => {
    world.project.write("jobs/s.yaml", SECRET);
    const event = pullRequest({ from: "mallory/r", event: "pull_request_target" });
    const run = await world.run(PLAN, event);
    expect(run).toMatchObject({ code: 3, outputs: { "exit-code": "3", "failure-reason": "refused-by-safety" } });
    expect(commandsOf(run, "error")[0]?.properties).toMatchObject({ file: "jobs/s.yaml", title: "JW3203" });
    expect(world.project.sandbox.log.entries).toEqual([]);
    const allowed = await world.run({ ...PLAN, "pull-request-target-secrets": "allow" }, event);
    expect(allowed).toMatchObject({ code: 0, outputs: { create: "2" } });
  });

  it("has planned what names no secrets", async () => {
    const run = await world.run(PLAN, pullRequest({ from: "mallory/r", event: "pull_request_target" }));
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
  });
});
