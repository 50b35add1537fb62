import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startJobwright } from "../support/cli.ts";
import { type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";
import { type Checkout, checkoutOf } from "./checkout.ts";
import { converge } from "./converge.ts";

const CONFIG = "state: { store: git }\ncreateSettle: 500ms\n";
const APPLY = ["apply", "-y", "--prune"] as const;

async function checkout(...names: readonly string[]): Promise<Checkout & { readonly project: CliProject }> {
  const files = Object.fromEntries(names.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name)]));
  const project = await cliProject({ ...files, "jobwright.yaml": CONFIG });
  onTestFinished(() => project.close());
  return { ...checkoutOf(project), project };
}

/** From now on the remote finishes no push before `release`; `reached` resolves when one is waiting. */
function holdPushes({ project, bare }: Checkout & { readonly project: CliProject }): {
  readonly reached: Promise<void>;
  release(): void;
} {
  const { path } = project;
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
}

/** Holds pushes from the first change of a live job on: that of the run's end is the next one. */
function holdLastPush(place: Checkout & { readonly project: CliProject }): Promise<ReturnType<typeof holdPushes>> {
  return new Promise((resolve) => {
    const end = place.project.sandbox.data.onMutation(() => {
      end();
      resolve(holdPushes(place));
    });
  });
}

describe("a stop while the state is being pushed", () => {
  it("from the terminal reaches all processes: the push is finished all the same", async () => {
    const place = await checkout("a");
    const { project, state, lock } = place;
    const holding = holdLastPush(place);
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, [`${ROOT}build/cli.js`, ...APPLY], {
      ...{ cwd: project.path, env: { PATH, HOME: project.path, ...project.env }, detached: true, stdio: "ignore" },
    });
    const ended = once(child, "exit");
    const held = await holding;
    await held.reached;
    process.kill(-(child.pid ?? 0), "SIGINT");
    held.release();
    const [code] = await ended;
    // All was done when the signal came.
    expect(code).toBe(0);
    expect(state()).toMatchObject({ jobs: { "nimble/a": { id: "job_1", adopted: false } }, open: [] });
    expect(lock()).toContain('"released"');
  });

  it("does not wait for a remote that hangs; the next run picks up", { timeout: 60_000 }, async () => {
    const place = await checkout("a");
    const { project, clone, state } = place;
    const holding = holdLastPush(place);
    const run = startJobwright(APPLY, { cwd: clone("first"), env: project.env });
    const held = await holding;
    await held.reached;
    const from = performance.now();
    run.child.kill("SIGTERM");
    const [code] = await once(run.child, "exit");
    const ms = Math.round(performance.now() - from);
    console.log(`SIGTERM while the remote hangs: gone after ${ms} ms`);
    expect(code).toBe(130);
    expect(ms).toBeLessThan(15_000);
    held.release();
    expect((await run.ended).stderr).toContain("settled by the next run");
    expect(await converge(clone("second"), project.env)).toBe(1);
    expect(project.sandbox.data.nimble.count()).toBe(1);
    expect(state()).toMatchObject({ jobs: { "nimble/a": { id: "job_1", adopted: false } }, open: [] });
  });
});
