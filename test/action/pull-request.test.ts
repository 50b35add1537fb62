import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, unlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blaxelManifest, nimbleManifest } from "../support/cli-project.ts";
import { STRANGER } from "./support/fake-github.ts";
import { commandsOf, HEAD, pullRequest, stepWorld, type World } from "./support/step.ts";

const PLAN = { command: "plan" };
let world: World;
beforeEach(async () => {
  world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a"), "jobs/b.yaml": blaxelManifest("b") });
});
afterEach(() => world.close());

describe("a plan on a pull request", () => {
  it("writes one comment, a status with the digest, the summary and the outputs, and changes nothing", async () => {
    const run = await world.run(PLAN);
    expect(run.code).toBe(0);
    expect(run.outputs).toMatchObject({
      "has-changes": "true",
      ...{ create: "2", update: "0", replace: "0", delete: "0", adopt: "0", unchanged: "0", unmanaged: "0" },
      "exit-code": "2",
      drifted: "false",
    });
    expect(run.outputs["failure-reason"]).toBeUndefined();
    const [comment] = world.github.comments;
    expect(comment).toMatchObject({ issue: 7, html_url: run.outputs["comment-url"] });
    expect(comment?.body).toMatch(/^<!-- jobwright:plan:[0-9a-f]{16} -->\n### jobwright plan\n\n\*\*Plan: 2 to create/);
    expect(comment?.body).toContain("<code>nimble/a</code> create");
    expect(comment?.body).toMatch(/At 06:00.*next 20\d\d-\d\d-\d\d 06:00 UTC/);
    expect(comment?.body).toContain(`commit ${HEAD.slice(0, 10)}`);
    expect(comment?.body).toContain("<summary>the request</summary>");
    const digest = run.outputs["digest"] ?? "";
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(comment?.body).toContain(digest.slice(0, 19));
    expect(world.github.statuses).toMatchObject([
      { sha: HEAD, state: "success", context: "jobwright/plan", description: expect.stringContaining(digest) },
    ]);
    expect(run.summary).toContain("**Plan: 2 to create.**");
    const plan = JSON.parse(readFileSync(run.outputs["plan-file"] ?? "", "utf8"));
    expect(plan).toMatchObject({ formatVersion: 1, digest });
    expect(readFileSync(run.outputs["markdown-file"] ?? "", "utf8")).toContain("### jobwright plan");
    expect(readFileSync(run.outputs["html-file"] ?? "", "utf8")).toContain("<!doctype html>");
    expect(world.project.sandbox.log.writes()).toEqual([]);
  });

  it("leaves the comment alone where nothing is new, and writes it anew where something is", async () => {
    await world.run(PLAN);
    const before = world.github.writes().length;
    await world.run(PLAN);
    expect(world.github.writes().slice(before)).toEqual([`POST /repos/o/r/statuses/${HEAD}`]);
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    await world.run(PLAN, pullRequest({ head: "d".repeat(40) }));
    expect(world.github.comments).toHaveLength(1);
    expect(world.github.comments[0]?.body).toContain("At 07:00");
  });

  it("takes an old plan back once there are no changes", async () => {
    await world.run(PLAN);
    await world.project.done("apply", "--auto-approve");
    const run = await world.run(PLAN);
    expect(run.outputs).toMatchObject({ "has-changes": "false", "exit-code": "0", unchanged: "2" });
    expect(world.github.comments).toHaveLength(1);
    expect(world.github.comments[0]?.body).toContain("**No changes. 2 jobs are as declared.**");
  });

  it("A80 finds its comment on a later page, and never takes a stranger's for it", async () => {
    await world.run(PLAN);
    const [own] = world.github.comments.splice(0);
    for (let n = 0; n < 3; n++) world.github.addComment(7, `${own?.body.split("\n")[0]}\nforged`, STRANGER);
    if (own !== undefined) world.github.comments.push(own);
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 8 * * *"));
    await world.run(PLAN);
    expect(world.github.comments).toHaveLength(4);
    expect(world.github.comments.filter(({ body }) => body.endsWith("\nforged"))).toHaveLength(3);
    expect(world.github.comments[3]?.body).toContain("At 08:00");
    expect(world.github.requests.filter((line) => line.includes("page=2"))).not.toEqual([]);
  });

  it("has a comment and a status for each environment and key", async () => {
    world.project.write("jobwright.yaml", "environments: { prod: {}, staging: {} }\n");
    await world.run({ ...PLAN, environment: "prod" });
    await world.run({ ...PLAN, environment: "staging" });
    await world.run({ ...PLAN, environment: "staging", "comment-key": "eu" });
    expect(world.github.comments.map(({ body }) => body.split("\n")[1])).toEqual([
      "### jobwright plan: prod",
      "### jobwright plan: staging",
      "### jobwright plan: staging, eu",
    ]);
    expect(world.github.statuses.map(({ context }) => context)).toEqual([
      "jobwright/plan (staging, eu)",
      "jobwright/plan (staging)",
      "jobwright/plan (prod)",
    ]);
  });

  it("has a comment and a status for each folder of a repository that holds several projects", async () => {
    for (const team of ["search", "billing"]) {
      world.project.write(`teams/${team}/jobs/${team}.yaml`, nimbleManifest(team));
      await world.run({ ...PLAN, "working-directory": `./teams/${team}/` });
    }
    await world.run({ ...PLAN, "working-directory": "teams/search", "comment-key": "search" });
    expect(world.github.comments.map(({ body }) => body.split("\n")[1])).toEqual([
      "### jobwright plan: teams/search",
      "### jobwright plan: teams/billing",
      "### jobwright plan: search",
    ]);
    expect(world.github.statuses.map(({ context }) => context)).toEqual([
      "jobwright/plan (search)",
      "jobwright/plan (teams/billing)",
      "jobwright/plan (teams/search)",
    ]);
  });

  it("writes no comment where none is wanted", async () => {
    await world.run({ ...PLAN, comment: "never" });
    await world.project.done("apply", "--auto-approve");
    await world.run({ ...PLAN, comment: "changes" });
    expect(world.github.comments).toEqual([]);
    world.project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    await world.run({ ...PLAN, comment: "changes" });
    expect(world.github.comments).toHaveLength(1);
  });

  it("tells of a plan that cannot be made where the old one stood", async () => {
    await world.run(PLAN);
    world.project.write("jobs/a.yaml", nimbleManifest("a", "every day"));
    const run = await world.run(PLAN);
    expect(run).toMatchObject({ code: 1, outputs: { "exit-code": "1", "failure-reason": "invalid" } });
    expect(world.github.comments).toHaveLength(1);
    expect(world.github.comments[0]?.body).toContain("**Failed: 1 error in manifests or config**");
    expect(world.github.statuses[0]).toMatchObject({ state: "error", description: "1 error in manifests or config" });
    expect(run.summary).toContain("JW1201");
  });

  it("fails, and says why, where the platform does", async () => {
    const run = await world.run(PLAN, { ...pullRequest(), env: { NIMBLE_API_KEY: "" } });
    expect(run).toMatchObject({ code: 1, outputs: { "failure-reason": "auth" } });
    expect(
      commandsOf(run, "error")
        .map(({ data }) => data)
        .join(),
    ).toContain("NIMBLE_API_KEY");
    expect(world.github.comments[0]?.body).toContain("**Failed: JW2050");
  });
});

describe("annotations", () => {
  it("stand at the manifests' lines, ten of a kind, and the tenth tells of the others", async () => {
    const broken = Array.from({ length: 25 }, (_, n) => nimbleManifest(`j${n}`, "never")).join("---\n");
    world.project.write("infra/jobs/broken.yaml", broken);
    const run = await world.run({ command: "validate", "working-directory": "infra" });
    expect(run.code).toBe(1);
    const errors = commandsOf(run, "error");
    expect(errors).toHaveLength(10);
    expect(errors[0]?.properties).toMatchObject({ file: "infra/jobs/broken.yaml", line: "7", title: "JW1201" });
    expect(errors[9]?.data).toContain("16 more errors");
    expect(run.summary.match(/JW1201/g)).toHaveLength(25);
  });
});

describe("more annotations than there is room for", () => {
  it("are those of files that the pull request changes, as long as there are any", async () => {
    const git = (...args: string[]): void => {
      const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
      execFileSync("git", [...identity, ...args], { cwd: world.project.path });
    };
    const broken = (name: string): string =>
      Array.from({ length: 12 }, (_, n) => nimbleManifest(`${name}${n}`, "never")).join("---\n");
    world.project.write("jobs/old.yaml", broken("old"));
    git("init", "-q");
    git("add", ".");
    git("commit", "-q", "-m", "base");
    git("update-ref", "refs/remotes/origin/main", "HEAD");
    world.project.write("jobs/z.yaml", nimbleManifest("z", "never"));
    const run = await world.run(PLAN, { ...pullRequest(), env: { GITHUB_BASE_REF: "main" } });
    expect(commandsOf(run, "error")[0]?.properties).toMatchObject({ file: "jobs/z.yaml" });
    expect(commandsOf(run, "error")).toHaveLength(10);
    const shallow = await world.run(PLAN, { ...pullRequest(), env: { GITHUB_BASE_REF: "gone" } });
    expect(commandsOf(shallow, "error")).toHaveLength(10);
  });
});

describe.skipIf(process.platform === "win32")("a workspace that is a link (links need a right on Windows)", () => {
  it("is no reason to annotate other files", async () => {
    world.project.write("infra/jobs/broken.yaml", nimbleManifest("a", "never"));
    const link = `${world.project.path}-link`;
    symlinkSync(world.project.path, link);
    try {
      const event = { ...pullRequest(), env: { GITHUB_WORKSPACE: link } };
      const run = await world.run({ command: "validate", "working-directory": "infra" }, event);
      expect(commandsOf(run, "error")[0]?.properties).toMatchObject({ file: "infra/jobs/broken.yaml" });
      expect(run.summary).toContain(`/blob/${HEAD}/infra/jobs/broken.yaml#L7)`);
    } finally {
      unlinkSync(link);
    }
  });
});

describe("warnings", () => {
  it("of manifests and of the plan share the room that there is", async () => {
    const plain = (n: number): string =>
      blaxelManifest(`w${n}`, 2048, `    envs:\n      - { name: A, value: plain-${n}, secret: true }\n`);
    world.project.write("jobs/w.yaml", Array.from({ length: 12 }, (_, n) => plain(n)).join("---\n"));
    world.github.faults.push({ on: /POST/, status: 403, times: 9 });
    const run = await world.run(PLAN);
    expect(run.code).toBe(0);
    const warnings = commandsOf(run, "warning");
    expect(warnings).toHaveLength(10);
    expect(warnings[0]?.properties).toMatchObject({ file: "jobs/w.yaml", title: "JW1211" });
    expect(warnings[7]?.data).toContain("5 more warnings");
    expect(run.summary).toContain("**Warnings (12)**");
    expect(run.summary).toContain(`- JW1211 ([jobs/w.yaml:9](https://github.test/o/r/blob/${HEAD}/jobs/w.yaml#L9)): `);
  });
});

describe("a run that gets no secrets", () => {
  it.each([
    ["a fork", pullRequest({ from: "mallory/r" })],
    ["Dependabot", pullRequest({ actor: "dependabot[bot]" })],
  ])("A76 of %s is checked, told once, and green", async (_who, event) => {
    world.project.write("jobs/s.yaml", nimbleManifest("s", "0 6 * * *", '  description: "${env:NOT_THERE}"\n'));
    const bare = { ...event, env: { NIMBLE_API_KEY: "", BL_API_KEY: "" } };
    const run = await world.run(PLAN, bare);
    expect(run).toMatchObject({ code: 0, outputs: { "exit-code": "0" } });
    expect(commandsOf(run, "notice")).toHaveLength(1);
    expect([...commandsOf(run, "warning"), ...commandsOf(run, "error")]).toEqual([]);
    expect(run.summary).toContain("3 jobs in 3 files: valid.");
    expect(world.github.requests).toEqual([]);
    expect(world.project.sandbox.log.entries).toEqual([]);
  });

  it("still fails where manifests are wrong", async () => {
    world.project.write("jobs/a.yaml", nimbleManifest("a", "never"));
    const run = await world.run(PLAN, pullRequest({ from: "mallory/r" }));
    expect(run).toMatchObject({ code: 1, outputs: { "failure-reason": "invalid" } });
  });
});

describe("GitHub that does not do as asked", () => {
  it("costs the comment and the status, not the plan, where a permission is missing", async () => {
    const message = "Resource not accessible by integration";
    world.github.faults.push({ on: /^(POST|PATCH)/, status: 403, message, times: 99 });
    const run = await world.run(PLAN);
    expect(run).toMatchObject({ code: 0, outputs: { "exit-code": "2", "has-changes": "true" } });
    const warnings = commandsOf(run, "warning").map(({ data }) => data);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain("pull-requests: write");
    expect(warnings[1]).toContain("statuses: write");
  });

  it.each([
    [429, { "retry-after": "0" }],
    [403, { "retry-after": "0" }],
  ])("is asked again after a %i that asks to wait", async (status, headers) => {
    world.github.faults.push({ on: /POST .*comments/, status, headers, times: 2 });
    await world.run(PLAN);
    expect(world.github.comments).toHaveLength(1);
  });

  it("is asked again where reading failed on their side, and not where a comment may have been written", async () => {
    world.github.faults.push({ on: /GET .*comments/, status: 502 }, { on: /POST .*comments/, status: 502, times: 9 });
    const run = await world.run(PLAN);
    expect(run.code).toBe(0);
    expect(world.github.requests.filter((line) => /POST .*comments/.test(line))).toHaveLength(1);
    expect(world.github.requests.filter((line) => /GET .*comments/.test(line))).toHaveLength(2);
    expect(commandsOf(run, "warning")[0]?.data).toContain("502");
  });

  it("may not tell who we are: then we are who a workflow's token writes as", async () => {
    world.github.faults.push({ on: /graphql/, status: 403, message: "Resource not accessible", times: 99 });
    await world.run(PLAN);
    await world.run(PLAN);
    expect(world.github.comments).toHaveLength(1);
  });

  it("is not asked at all without a token", async () => {
    expect(await world.run({ ...PLAN, "github-token": "" })).toMatchObject({ code: 0, outputs: { create: "2" } });
    expect(world.github.requests).toEqual([]);
  });

  it("may have lost the pull request", async () => {
    world.github.faults.push({ on: /comments/, status: 404, message: "Not Found", times: 9 });
    expect((await world.run(PLAN)).code).toBe(0);
  });
});

describe("a plan longer than a comment may be", () => {
  it("is cut at jobs, with a count and a link, and whole in the plan file", async () => {
    const long = Array.from({ length: 150 }, (_, n) =>
      nimbleManifest(`job-${n}`, "0 6 * * *", `  description: "${`word${n} `.repeat(150)}"\n`),
    ).join("---\n");
    world.project.write("jobs/long.yaml", long);
    const run = await world.run(PLAN);
    const body = world.github.comments[0]?.body ?? "";
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(/_Left out for length: \d+ jobs' details\./);
    expect(body).toContain("[the run's summary](https://github.test/o/r/actions/runs/");
    expect(body.match(/<details/g)?.length).toBe(body.match(/<\/details>/g)?.length);
    const rows = body.split("\n").filter((line) => line.startsWith("| <code>"));
    expect(rows).toHaveLength(152);
    expect(Buffer.byteLength(run.summary)).toBeLessThanOrEqual(1024 * 1024);
    expect(run.summary.match(/<details( open)?><summary><code>nimble\/job-/g)).toHaveLength(150);
    expect(JSON.parse(readFileSync(run.outputs["plan-file"] ?? "", "utf8")).actions).toHaveLength(152);
  });

  it("is cut in the summary too, where that would be more than a MiB", async () => {
    const words = `  description: "${"more words ".repeat(900)}"\n`;
    for (let n = 0; n < 130; n++) world.project.write(`jobs/${n}.yaml`, nimbleManifest(`job-${n}`, "0 6 * * *", words));
    const run = await world.run({ ...PLAN, comment: "never" });
    expect(run.outputs["create"]).toBe("132");
    expect(Buffer.byteLength(run.summary)).toBeLessThanOrEqual(1024 * 1024);
    expect(Buffer.byteLength(run.summary)).toBeGreaterThan(500_000);
  });

  it("is cut shorter where GitHub counts otherwise", async () => {
    world.github.faults.push({ on: /POST .*comments/, status: 422, message: "body is too long", times: 1 });
    await world.run(PLAN);
    expect(world.github.comments).toHaveLength(1);
  });
});

describe("inputs", () => {
  it.each([
    [{ command: "destroy" }, /input command is "destroy"\. It can be validate, plan, apply, drift/],
    [{ command: "" }, /input command is ""/],
    [{ command: "plan", prune: "yes" }, /input prune is "yes"/],
    [{ command: "drift", prune: "true" }, /prune has no meaning for the command drift/],
    [{ command: "validate", only: "nimble/*" }, /only has no meaning for the command validate/],
    [{ command: "plan", paths: "jobs\n--auto-approve" }, /paths has "--auto-approve"/],
    [{ command: "plan", environment: "a\nb" }, /environment has several lines/],
    [{ command: "plan", comment: "sometimes" }, /comment is "sometimes"/],
    [{ command: "plan", "working-directory": "nowhere" }, /working-directory names no folder/],
  ])("refuse %j", async (inputs, message) => {
    const run = await world.run(inputs);
    expect(run).toMatchObject({ code: 1, outputs: { "exit-code": "1", "failure-reason": "invalid" } });
    expect(commandsOf(run, "error")[0]?.data).toMatch(message);
  });

  it("A81 narrow a run, one a line, and are never read by a shell", async () => {
    world.project.write("jobs/$(touch x) & y.yaml", nimbleManifest("odd"));
    const run = await world.run({ ...PLAN, paths: "jobs/a.yaml\n\n  jobs/$(touch x) & y.yaml", only: "nimble/*" });
    expect(run.outputs).toMatchObject({ create: "2" });
    expect(Object.keys(world.project.files())).not.toContain("x");
  });

  it("name the plan's file", async () => {
    const run = await world.run({ ...PLAN, "plan-file": "plan.json" });
    expect(JSON.parse(world.project.read("plan.json")).digest).toBe(run.outputs["digest"]);
  });
});
