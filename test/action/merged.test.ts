import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nimbleManifest } from "../support/cli-project.ts";
import { pull } from "./support/fake-github.ts";
import { HEAD, MERGED, pullRequest, push, stepWorld, type World } from "./support/step.ts";

const PLAN = { command: "plan" };
const APPLY = { command: "apply" };
const HEAD_8 = "8".repeat(40);
const FIRST = "1".repeat(40);

let world: World;
beforeEach(async () => {
  world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
});
afterEach(() => world.close());

/** That a commit on the branch came from a pull request. */
function landed(sha: string, number: number, head: string, options: { as?: string; base?: string } = {}): void {
  const { as = sha, base = "main" } = options;
  world.github.pulls.set(sha, [pull(number, head, { merge_commit_sha: as, base: { ref: base } })]);
}

function writes(): number {
  return world.project.sandbox.log.writes().length;
}

/** Both pull requests are planned for themselves, and their manifests are on the branch then. */
async function planBoth(first: Record<string, string>, second: Record<string, string>, comment = "always") {
  const write = (files: Record<string, string>): void => {
    for (const [file, text] of Object.entries(files)) world.project.write(file, text);
  };
  const before = world.project.read("jobs/a.yaml");
  write(first);
  expect((await world.run({ ...PLAN, comment })).code).toBe(0);
  for (const file of Object.keys(first)) world.project.remove(file);
  write({ "jobs/a.yaml": before, ...second });
  expect((await world.run({ ...PLAN, comment }, pullRequest({ number: 8, head: HEAD_8 }))).code).toBe(0);
  write(first);
  landed(FIRST, 7, HEAD);
  landed(MERGED, 8, HEAD_8);
}

describe("a pull request that landed", () => {
  it.each([
    ["as a squash", () => landed(MERGED, 7, HEAD), push()],
    [
      "as a merge commit",
      () => {
        landed(HEAD, 7, HEAD, { as: MERGED });
        landed(MERGED, 7, HEAD);
      },
      push(MERGED, [HEAD]),
    ],
    [
      "as rebased commits",
      () => {
        landed(FIRST, 7, HEAD, { as: MERGED });
        landed(MERGED, 7, HEAD);
      },
      push(MERGED, [FIRST]),
    ],
  ])("%s is applied as reviewed", async (_how, land, event) => {
    await world.run(PLAN);
    land();
    expect(await world.run(APPLY, event)).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(writes()).toBe(1);
    expect(world.github.comments.map(({ issue }) => issue)).toEqual([7, 7]);
  });

  it("in another branch does not count as reviewed for this one", async () => {
    await world.run(PLAN);
    landed(MERGED, 7, HEAD, { base: "feature" });
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 3, outputs: { "failure-reason": "not-reviewed" } });
    expect(writes()).toBe(0);
  });
});

describe("two merges whose applies come in the wrong order", () => {
  it("A85 are not rolled back by the older one", async () => {
    await world.project.done("apply", "--auto-approve");
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    await world.run(PLAN);
    landed(FIRST, 7, HEAD);
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 8 * * *"));
    await world.run(PLAN, pullRequest({ number: 8, head: HEAD_8 }));
    landed(MERGED, 8, HEAD_8);
    expect(await world.run(APPLY, push())).toMatchObject({ code: 0, outputs: { update: "1" } });
    const before = writes();
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    const run = await world.run(APPLY, push(FIRST));
    expect(run).toMatchObject({ code: 3, outputs: { "failure-reason": "plan-changed" } });
    expect(writes()).toBe(before);
  });
});

describe("a merge queue's group of several pull requests", () => {
  it("is applied where each job was reviewed in one of them, and each is told", async () => {
    await planBoth({ "jobs/b.yaml": nimbleManifest("b") }, { "jobs/c.yaml": nimbleManifest("c") });
    const run = await world.run(APPLY, push(MERGED, [FIRST]));
    expect(run).toMatchObject({ code: 0, outputs: { create: "3" } });
    expect(run.stdout).toContain("reviewed in pull requests 8, 7");
    expect(writes()).toBe(3);
    const told = world.github.comments.filter(({ body }) => body.includes("**Applied: 3 created.**"));
    expect(told.map(({ issue }) => issue).toSorted()).toEqual([7, 8]);
  });

  it("is applied where two of them change one job", async () => {
    await world.project.done("apply", "--auto-approve");
    await planBoth(
      { "jobs/a.yaml": nimbleManifest("a", "0 7 * * *") },
      { "jobs/a.yaml": nimbleManifest("a", "0 6 * * *", "  description: d\n") },
    );
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *", "  description: d\n"));
    const run = await world.run(APPLY, push(MERGED, [FIRST]));
    expect(run).toMatchObject({ code: 0, outputs: { update: "1" } });
  });

  it("is not applied where anything in it was reviewed by nobody, and each is shown what", async () => {
    await planBoth({ "jobs/b.yaml": nimbleManifest("b") }, { "jobs/c.yaml": nimbleManifest("c") });
    world.project.write("jobs/d.yaml", nimbleManifest("d"));
    const run = await world.run(APPLY, push(MERGED, [FIRST]));
    expect(run).toMatchObject({ code: 3, outputs: { "failure-reason": "plan-changed" } });
    expect(writes()).toBe(0);
    const told = world.github.comments.filter(({ body }) => body.includes("JW3201"));
    expect(told.map(({ issue }) => issue).toSorted()).toEqual([7, 8]);
    for (const { body } of told) {
      expect(body).toContain("nimble/d: nothing → create");
      expect(body).not.toContain("nimble/b: ");
    }
  });

  it("is not applied where the reviewed decisions are nowhere to be read", async () => {
    await planBoth({ "jobs/b.yaml": nimbleManifest("b") }, { "jobs/c.yaml": nimbleManifest("c") }, "never");
    const run = await world.run(APPLY, push(MERGED, [FIRST]));
    expect(run).toMatchObject({ code: 3, outputs: { "failure-reason": "plan-changed" } });
    expect(run.summary).toContain("is not at hand to compare with");
    expect(writes()).toBe(0);
  });

  it("is not reviewed by the queue's own plan, which nobody looked at", async () => {
    await world.run(PLAN, { name: "merge_group", sha: MERGED, payload: { merge_group: { head_sha: MERGED } } });
    expect(world.github.statuses).toMatchObject([{ sha: MERGED, state: "success" }]);
    landed(MERGED, 7, HEAD);
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 3, outputs: { "failure-reason": "not-reviewed" } });
    expect(writes()).toBe(0);
  });
});

describe("an apply that failed half-way", () => {
  it("is finished by running it again", async () => {
    world.project.write("jobs/b.yaml", nimbleManifest("b"));
    await world.run(PLAN);
    landed(MERGED, 7, HEAD);
    const fault = { status: 400, body: { code: "invalid", message: "not today" } };
    world.project.sandbox.faults.add({ method: "POST", path: "/v1/jobs", fault, times: 1 });
    expect(await world.run(APPLY, push())).toMatchObject({ code: 1, outputs: { "failure-reason": "invalid" } });
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 0, outputs: { create: "1", unchanged: "1" } });
    expect(run.stdout).toContain("All that is left to do was reviewed in pull request 7.");
  });
});
