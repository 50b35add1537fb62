import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { State } from "../../src/model/state.ts";
import { type CliRun, startJobwright } from "../support/cli.ts";
import { type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";
import { converge } from "./converge.ts";

const CONFIG = "state: { store: git }\ncreateSettle: 500ms\n";
const REF = "refs/jobwright/state";

/** A project in a clone of a bare repository, with its state in a ref there. */
interface Checkout {
  readonly project: CliProject;
  readonly bare: string;
  readonly state: () => State;
  /** Another clone, as the next runner has it: manifests only. */
  readonly clone: (name: string) => string;
  /** From now on the remote does not finish a push before the answered function is called; `reached` tells of one. */
  readonly holdPushes: () => { readonly reached: Promise<void>; release(): void };
}

function git(cwd: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@invalid", "-c", "init.defaultBranch=main"];
  const env = { PATH: process.env["PATH"], HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };
  return execFileSync("git", [...identity, ...args], { cwd, env, encoding: "utf8", stdio: "pipe" }).trim();
}

async function checkout(...names: readonly string[]): Promise<Checkout> {
  const files = Object.fromEntries(names.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name)]));
  const project = await cliProject({ ...files, "jobwright.yaml": CONFIG, ".gitignore": "remote.git\nclones\nhold*\n" });
  onTestFinished(() => project.close());
  const { path } = project;
  const bare = join(path, "remote.git");
  git(path, "init", "--quiet", "--bare", bare);
  git(path, "init", "--quiet");
  git(path, "add", "-A");
  git(path, "commit", "--quiet", "-m", "jobs");
  git(path, "remote", "add", "origin", bare);
  git(path, "push", "--quiet", "origin", "main");
  return {
    project,
    bare,
    state: () => JSON.parse(git(bare, "cat-file", "blob", `${REF}:state.json`)) as State,
    clone: (name) => {
      git(path, "clone", "--quiet", bare, join(path, "clones", name));
      return join(path, "clones", name);
    },
    holdPushes: () => {
      const [hold, seen] = [join(path, "hold"), join(path, "hold-seen")];
      writeFileSync(hold, "");
      const hook = join(bare, "hooks/pre-receive");
      // Bounded, so that nothing is left behind whatever happens.
      const wait = `i=0; while [ -e '${hold}' ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i+1)); done`;
      writeFileSync(hook, `#!/bin/sh\n[ -e '${hold}' ] && : > '${seen}'\n${wait}\nexit 0\n`);
      chmodSync(hook, 0o755);
      const reached = new Promise<void>((resolve) => {
        const watcher = watch(path, () => {
          if (!existsSync(seen)) return;
          watcher.close();
          resolve();
        });
      });
      return { reached, release: () => rmSync(hold, { force: true }) };
    },
  };
}

const APPLY = ["apply", "-y", "--prune"] as const;

describe("a runner that is gone with its disk", () => {
  it("is taken up by the next one: nothing made twice, nothing adopted", { timeout: 120_000 }, async () => {
    for (const point of [1, 2]) {
      const { project, clone, state } = await checkout("a", "b");
      const { data } = project.sandbox;
      const run = startJobwright(APPLY, { cwd: clone("first"), env: project.env });
      let changes = 0;
      data.onMutation(() => {
        changes += 1;
        if (changes === point) run.child.kill("SIGKILL");
      });
      await run.ended;
      expect(run.child.signalCode).toBe("SIGKILL");
      expect(await converge(clone("second"), project.env)).toBe(1);
      expect(
        data.nimble
          .all()
          .map((job) => job.name)
          .sort(),
      ).toEqual(["a", "b"]);
      const { jobs, open } = state();
      expect(
        Object.values(jobs)
          .map(({ id, adopted }) => [id, adopted])
          .sort(),
      ).toEqual([
        ["job_1", false],
        ["job_2", false],
      ]);
      expect(open).toEqual([]);
    }
  });
});

describe("a stop while the state is being pushed", () => {
  it("from the terminal reaches all processes: the push is finished all the same", async () => {
    const { project, bare, state, holdPushes } = await checkout("a");
    const { data } = project.sandbox;
    let held: ReturnType<typeof holdPushes> | undefined;
    data.onMutation(() => {
      held ??= holdPushes();
    });
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [`${ROOT}build/cli.js`, ...APPLY], {
      ...{ cwd: project.path, env: { PATH, HOME: project.path, ...project.env }, detached: true, stdio: "ignore" },
    });
    const ended = once(child, "exit");
    await waitFor(() => held !== undefined, data);
    await held?.reached;
    process.kill(-(child.pid ?? 0), "SIGINT");
    held?.release();
    const [code] = await ended;
    // All was done and recorded when the signal came.
    expect(code).toBe(0);
    expect(state()).toMatchObject({ jobs: { "nimble/a": { id: "job_1", adopted: false } }, open: [] });
    expect(git(bare, "cat-file", "blob", `${REF}:lock.json`)).toContain('"released"');
  });

  it("does not wait for a remote that hangs; the next run picks up", { timeout: 60_000 }, async () => {
    const { project, holdPushes, clone, state } = await checkout("a");
    const { data } = project.sandbox;
    let held: ReturnType<typeof holdPushes> | undefined;
    data.onMutation(() => {
      held ??= holdPushes();
    });
    const run = startJobwright(APPLY, { cwd: clone("first"), env: project.env });
    await waitFor(() => held !== undefined, data);
    await held?.reached;
    const from = performance.now();
    run.child.kill("SIGTERM");
    const [exit] = await once(run.child, "exit");
    const ms = Math.round(performance.now() - from);
    console.log(`SIGTERM while the remote hangs: gone after ${ms} ms`);
    expect(exit).toBe(130);
    expect(ms).toBeLessThan(15_000);
    held?.release();
    const { stderr }: CliRun = await run.ended;
    expect(stderr).toContain("settled by the next run");
    expect(await converge(clone("second"), project.env)).toBe(1);
    expect(data.nimble.count()).toBe(1);
    expect(state()).toMatchObject({ jobs: { "nimble/a": { id: "job_1", adopted: false } }, open: [] });
  });
});

/** Resolves at the first change of a live job after which the condition holds. */
function waitFor(condition: () => boolean, data: CliProject["sandbox"]["data"]): Promise<void> {
  return new Promise((resolve) => {
    const end = data.onMutation(() => {
      if (!condition()) return;
      end();
      resolve();
    });
  });
}
