import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nimbleManifest } from "../support/cli-project.ts";
import { type GitServer, gitServer } from "./support/git-server.ts";
import { commandsOf, pullRequest, push, SCHEDULE, stepWorld, type World } from "./support/step.ts";

const APPLY = { command: "apply", "reviewed-plan": "ignore" };
const TOKEN = "ghs_thetokenofthecheckout";

let world: World;
let server: GitServer;
beforeEach(async () => {
  server = await gitServer(TOKEN);
  world = await stepWorld({
    "jobwright.yaml": "state: { store: git }\n",
    "jobs/a.yaml": nimbleManifest("a"),
  });
  git("init", "-q");
  git("remote", "add", "origin", server.url);
  // As actions/checkout leaves it.
  git("config", `http.${server.url}.extraheader`, server.header);
});
afterEach(() => Promise.all([world.close(), server.close()]));

function git(...args: string[]): void {
  execFileSync("git", args, { cwd: world.project.path });
}

function writes(): number {
  return world.project.sandbox.log.writes().length;
}

describe("a state in a file", () => {
  it("is told to be lost with the runner", async () => {
    world.project.write("jobwright.yaml", "");
    for (const command of ["plan", "apply"]) {
      const run = await world.run(command === "plan" ? { command } : APPLY, push());
      expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
      expect(commandsOf(run, "notice")).toMatchObject([{ data: expect.stringContaining("state.store: git") }]);
    }
  });
});

describe("a state in Git, with the checkout's token", () => {
  it("is kept by a run that may push, and read by those that may not", async () => {
    server.writable = true;
    expect(await world.run(APPLY, push())).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(server.refs()).toEqual(["refs/jobwright/state"]);
    server.writable = false;
    const planned = await world.run({ command: "plan" }, pullRequest());
    expect(planned).toMatchObject({ code: 0, outputs: { unchanged: "1", "has-changes": "false" } });
    expect(await world.run({ command: "drift" }, SCHEDULE)).toMatchObject({ code: 0, outputs: { drifted: "false" } });
    expect(server.requests.filter((line) => line.endsWith("403"))).toEqual([]);
  });

  it("that this run may only read is gone on without, saying what is lost; the next run adopts", async () => {
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 0, outputs: { create: "1" } });
    expect(writes()).toBe(1);
    expect(run.stdout).toContain("goes on without recording anything");
    expect(run.stdout).toContain("contents: write");
    const warning = run.commands.find(({ name }) => name === "warning");
    expect(warning?.data).toContain("contents: write");
    expect(run.summary).toContain("contents: write");
    expect(server.refs()).toEqual([]);
    expect(server.requests).toContain("GET git-receive-pack 403");
    server.writable = true;
    expect(await world.run(APPLY, push())).toMatchObject({ code: 0, outputs: { adopt: "1", create: "0" } });
    expect(writes()).toBe(1);
  });

  it("is not gone on without where the server fails: then nothing is sent", async () => {
    git("config", `http.${server.url}.extraheader`, "AUTHORIZATION: basic bm9ib2R5");
    const run = await world.run(APPLY, push());
    expect(run).toMatchObject({ code: 1, outputs: { "failure-reason": "storage" } });
    expect(writes()).toBe(0);
  });

  it("shows the token nowhere", async () => {
    const runs = [await world.run(APPLY, push())];
    server.writable = true;
    runs.push(await world.run(APPLY, push()));
    for (const { stdout, stderr, summary } of runs) {
      expect(`${stdout}${stderr}${summary}`).not.toContain(TOKEN);
      expect(`${stdout}${stderr}${summary}`).not.toContain(server.header.split(" ").at(-1));
    }
  });
});
