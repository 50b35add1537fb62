import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blaxelManifest, nimbleManifest } from "../support/cli-project.ts";
import { pull } from "./support/fake-github.ts";
import { gitServer } from "./support/git-server.ts";
import {
  commandsOf,
  HEAD,
  MERGED,
  pullRequest,
  push,
  SCHEDULE,
  SECOND_NODE,
  type StepEvent,
  stepWorld,
  type World,
} from "./support/step.ts";

const PLAN = { command: "plan" };
const ODD = "naïve \u202e 日本語 👩🏽‍💻 ##[add-mask]x ``` | @org/team";
const node = SECOND_NODE ?? process.execPath;
const on = (event: StepEvent): StepEvent => ({ ...event, node });

/** What differs from run to run. */
function lasting(text: string): string {
  return text.replace(/runs\/\d+/g, "runs/N").replace(/<!-- jobwright:decisions .*-->/, "");
}

// Every flow is tried with the Node.js that runs the tests; these with a second one, as runners have it.
describe.skipIf(SECOND_NODE === undefined)(
  "the bundle on a second Node.js (skipped without JOBWRIGHT_SECOND_NODE)",
  () => {
    let world: World;
    beforeEach(async () => {
      const odd = `  description: ${JSON.stringify(ODD)}\n`;
      world = await stepWorld({
        "jobs/a.yaml": nimbleManifest("a", "15 */4 * * 1-5", odd),
        "jobs/b.yaml": blaxelManifest("b"),
      });
    });
    afterEach(() => world.close());

    it("is another one", () => {
      expect(execFileSync(node, ["--version"], { encoding: "utf8" }).trim()).not.toBe(process.version);
    });

    it("plans the same to the letter, and applies what was planned on the first", async () => {
      const runs = [await world.run(PLAN), await world.run({ ...PLAN, "comment-key": "2" }, on(pullRequest()))];
      expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([
        [0, ""],
        [0, ""],
      ]);
      expect(runs[1]?.outputs["digest"]).toBe(runs[0]?.outputs["digest"]);
      const [one, other] = world.github.comments.map(({ body }) => lasting(body));
      const body = other?.replace(/^.*\n/, "").replace("jobwright plan: 2", "jobwright plan");
      expect(body).toBe(one?.replace(/^.*\n/, ""));
      world.github.pulls.set(MERGED, [pull(7, HEAD, { merge_commit_sha: MERGED })]);
      const applied = await world.run({ command: "apply" }, on(push()));
      expect(applied).toMatchObject({ code: 0, stderr: "", outputs: { create: "2" } });
      expect(await world.run(PLAN, on(pullRequest()))).toMatchObject({ outputs: { unchanged: "2" } });
      expect(await world.run(PLAN)).toMatchObject({ outputs: { unchanged: "2" } });
    });

    it("tells drift in an issue, and leaves it alone for a run of the first", async () => {
      await world.project.done("apply", "--auto-approve");
      const headers = { "x-blaxel-workspace": "acme", "content-type": "application/json", authorization: "Bearer k" };
      const body = JSON.stringify({ metadata: { name: "b" }, spec: { runtime: { memory: 8192 } } });
      await fetch(`${world.project.sandbox.url}/v0/jobs/b`, { method: "PUT", headers, body });
      const drift = { command: "drift", "drift-issue": "open-and-close", "fail-on-drift": "false" };
      expect(await world.run(drift, on(SCHEDULE))).toMatchObject({ code: 0, outputs: { drifted: "true" } });
      expect(world.github.issues).toHaveLength(1);
      const writes = world.github.writes().length;
      await world.run(drift, SCHEDULE);
      expect(world.github.writes()).toHaveLength(writes);
    });

    it("annotates what is wrong", async () => {
      const broken = Array.from({ length: 25 }, (_, n) => nimbleManifest(`j${n}`, "never")).join("---\n");
      world.project.write("jobs/broken.yaml", broken);
      world.project.write("jobs/deep.yaml", `${"[".repeat(5000)}\n`);
      world.project.write("jobs/deeper.yaml", `${"- ".repeat(20_000)}\n`);
      const run = await world.run({ command: "validate" }, on(pullRequest()));
      expect(run).toMatchObject({ code: 1, stderr: "", outputs: { "failure-reason": "invalid" } });
      expect(commandsOf(run, "error")).toHaveLength(10);
    });

    it("keeps a state in Git, over HTTP", async () => {
      const server = await gitServer("ghs_token");
      try {
        server.writable = true;
        for (const args of [
          ["init", "-q"],
          ["remote", "add", "origin", server.url],
          ["config", `http.${server.url}.extraheader`, server.header],
        ]) {
          execFileSync("git", args, { cwd: world.project.path });
        }
        world.project.write("jobwright.yaml", "state: { store: git }\n");
        const applied = await world.run({ command: "apply", "reviewed-plan": "ignore" }, on(push()));
        expect(applied).toMatchObject({ code: 0, outputs: { create: "2" } });
        expect(await world.run(PLAN)).toMatchObject({ outputs: { unchanged: "2" } });
      } finally {
        await server.close();
      }
    });

    it.skipIf(process.platform === "win32")("ends a cancelled run at once on the second signal", async () => {
      const { child, ended } = world.start({ command: "apply", "reviewed-plan": "ignore" }, on(push()));
      let signal: NodeJS.Signals = "SIGINT";
      const next = (): void => {
        child.kill(signal);
        signal = "SIGTERM";
      };
      world.project.sandbox.faults.add({ method: "POST", path: "/v1/jobs", before: next, fault: { hang: {} } });
      child.stdout?.on("data", (text: string) => {
        if (text.includes("SIGINT: finishing")) next();
      });
      expect(await ended).toMatchObject({ code: 130, outputs: { "failure-reason": "interrupted" } });
    });
  },
);
