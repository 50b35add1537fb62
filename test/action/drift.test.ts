import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blaxelManifest, nimbleManifest } from "../support/cli-project.ts";
import { APP, STRANGER } from "./support/fake-github.ts";
import { commandsOf, SCHEDULE, stepWorld, type World } from "./support/step.ts";

const DRIFT = { command: "drift", "drift-issue": "open-and-close", "fail-on-drift": "false" };
let world: World;
beforeEach(async () => {
  world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a"), "jobs/b.yaml": blaxelManifest("b") });
  await world.project.done("apply", "--auto-approve");
});
afterEach(() => world.close());

/** Somebody edits a job in the platform's own interface. */
async function edit(path: string, method: string, body: object): Promise<void> {
  const { url } = world.project.sandbox;
  const headers = {
    authorization: "Bearer somebody",
    "x-blaxel-workspace": "acme",
    "content-type": "application/json",
  };
  const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

async function nimbleId(): Promise<string> {
  const { url } = world.project.sandbox;
  const answer = await fetch(`${url}/v1/jobs`, { headers: { authorization: "Bearer somebody" } });
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items[0]?.id ?? "";
}

async function moveCron(cron: string): Promise<void> {
  await edit(`/v1/jobs/${await nimbleId()}`, "PATCH", { schedule: { cron, enabled: true } });
}

const run = (inputs: Readonly<Record<string, string>> = {}) => world.run({ ...DRIFT, ...inputs }, SCHEDULE);

describe("drift on a schedule", () => {
  it("says nothing where there is none", async () => {
    expect(await run()).toMatchObject({ code: 0, outputs: { drifted: "false", "exit-code": "0" } });
    expect(world.github.issues).toEqual([]);
  });

  it("opens one issue that tells what, when and how to get out of it", async () => {
    await moveCron("0 9 * * *");
    const first = await run();
    expect(first).toMatchObject({ code: 0, outputs: { drifted: "true", "exit-code": "2" } });
    const [issue] = world.github.issues;
    expect(issue).toMatchObject({
      state: "open",
      labels: ["jobwright-drift"],
      html_url: first.outputs["drift-issue-url"],
    });
    expect(issue?.body).toContain("**Drift: 1 job changed live.");
    expect(commandsOf(first, "warning")[0]?.data).toBe(`Drift: 1 job changed live. See ${issue?.html_url}`);
    expect(issue?.body).toContain('+ spec.schedule.cron: "0 9 * * *"');
    expect(issue?.body).toMatch(/last changed live 20\d\d-/);
    expect(issue?.body).toContain("jobwright apply --only-cause drift");
    expect(issue?.body).toContain("jobwright import --drifted");
    expect(first.summary).toContain("jobwright import --drifted");
  });

  it("names who changed a job where the platform tells", async () => {
    await edit("/v0/jobs/b", "PUT", { metadata: { name: "b" }, spec: { runtime: { memory: 8192 } } });
    await run();
    expect(world.github.issues[0]?.body).toMatch(/last changed live 20\d\d-\S+ \S+ UTC by \S+/);
  });

  it("leaves the issue alone as long as the drift is the same", async () => {
    await moveCron("0 9 * * *");
    await run();
    const before = world.github.writes().length;
    await run();
    expect(world.github.writes()).toHaveLength(before);
    expect(world.github.issues).toHaveLength(1);
  });

  it("rewrites it for other drift, and calls people only for other jobs", async () => {
    await moveCron("0 9 * * *");
    await run();
    await moveCron("0 10 * * *");
    await run();
    expect(world.github.issues[0]?.body).toContain('"0 10 * * *"');
    expect(world.github.comments).toEqual([]);
    await edit("/v0/jobs/b", "PUT", { metadata: { name: "b" }, spec: { runtime: { memory: 8192 } } });
    await run();
    expect(world.github.issues).toHaveLength(1);
    expect(world.github.comments).toHaveLength(1);
    expect(world.github.comments[0]?.body).toContain("- new: <code>blaxel/b</code>");
    await moveCron("0 6 * * *");
    await run();
    expect(world.github.comments[1]?.body).toContain("- no more: <code>nimble/a</code>");
  });

  it("closes it with a comment when all is clean, and opens the same one again later", async () => {
    await moveCron("0 9 * * *");
    await run();
    await moveCron("0 6 * * *");
    const clean = await run();
    expect(clean.outputs).toMatchObject({ drifted: "false" });
    expect(world.github.issues[0]?.state).toBe("closed");
    expect(world.github.comments.map(({ body }) => body)).toEqual([
      expect.stringMatching(/^No drift any more \(\[run\]\(https:\/\/github\.test\/o\/r\/actions\/runs\/\d+\)\)\.$/),
    ]);
    const before = world.github.writes().length;
    await run();
    expect(world.github.writes()).toHaveLength(before);
    await moveCron("0 9 * * *");
    await run();
    expect(world.github.issues).toHaveLength(1);
    expect(world.github.issues[0]?.state).toBe("open");
    expect(world.github.comments[1]?.body).toContain("There is drift again");
  });

  it("never closes it with `open`, and keeps one closed as not planned closed for the same drift", async () => {
    await moveCron("0 9 * * *");
    await run();
    const [issue] = world.github.issues;
    if (issue !== undefined) Object.assign(issue, { state: "closed", state_reason: "not_planned" });
    await run();
    expect(issue?.state).toBe("closed");
    await moveCron("0 11 * * *");
    await run();
    expect(issue?.state).toBe("open");
    await moveCron("0 6 * * *");
    await run({ "drift-issue": "open" });
    expect(issue?.state).toBe("open");
  });

  it("does not take a failed read for no drift", async () => {
    await moveCron("0 9 * * *");
    await run();
    await moveCron("0 6 * * *");
    world.project.sandbox.faults.add({ path: "/v1/jobs", fault: { status: 401, body: { code: "x", message: "no" } } });
    const before = world.github.writes().length;
    const down = await run();
    expect(down).toMatchObject({ code: 1, outputs: { "exit-code": "1", "failure-reason": "auth" } });
    expect(down.outputs["drifted"]).toBeUndefined();
    expect(world.github.issues[0]?.state).toBe("open");
    expect(world.github.writes()).toHaveLength(before);
  });

  it("does not take a narrowed run for all of it", async () => {
    await moveCron("0 9 * * *");
    await run();
    await run({ only: "blaxel/*" });
    expect(world.github.issues).toMatchObject([{ state: "open" }]);
  });

  it("finds its issue among others on later pages, and no stranger's", async () => {
    await moveCron("0 9 * * *");
    await run();
    const own = world.github.issues.splice(0)[0];
    if (own === undefined) throw new Error("no issue");
    const html_url = "https://github.test/o/r/issues/x";
    const other = { title: "x", state: "open", labels: ["jobwright-drift"], html_url } as const;
    world.github.issues.push(
      { ...other, number: 11, body: own.body, user: STRANGER },
      { ...other, number: 12, body: own.body, user: APP, pull_request: {} },
      { ...other, number: 13, body: "<!-- jobwright:drift:0000 -->", user: APP },
      { ...own, number: 14 },
    );
    await moveCron("0 6 * * *");
    await run();
    expect(world.github.issues.map(({ state }) => state)).toEqual(["open", "open", "open", "closed"]);
  });

  it("fails the step where that is asked for, or where nobody would hear of it", async () => {
    await moveCron("0 9 * * *");
    expect(await run({ "fail-on-drift": "true" })).toMatchObject({
      code: 1,
      outputs: { "failure-reason": "drift", "exit-code": "2", drifted: "true" },
    });
    await moveCron("0 10 * * *");
    world.github.faults.push({
      on: /PATCH .*issues/,
      status: 403,
      message: "Resource not accessible by integration",
      times: 9,
    });
    const unheard = await run();
    expect(unheard).toMatchObject({ code: 1, outputs: { "failure-reason": "drift" } });
    expect(commandsOf(unheard, "warning")[0]?.data).toContain("issues: write");
  });
});
