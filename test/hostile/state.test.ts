import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { drift, plan } from "../../src/commands/plan.ts";
import { stateMove, stateRemove } from "../../src/commands/state.ts";
import { JobwrightError, RefusedError } from "../../src/errors.ts";
import type { State } from "../../src/model/state.ts";
import { blaxelManifest, nimbleManifest } from "../support/cli-project.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms();
});
afterEach(() => platforms.close());

const state = (): State => JSON.parse(platforms.read(".jobwright/state.json")) as State;
const path = (name: string): string => join(platforms.folder, name);

async function applied(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { exitCode, stdout } = await apply(platforms.shell(env), { autoApprove: true, prune: true });
  expect(exitCode, stdout).toBe(0);
}

/** The refusal or failure that something ends with. */
async function failureOf(work: Promise<unknown>): Promise<JobwrightError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof JobwrightError) return error;
  throw new Error(`no failure: ${String(error)}`);
}

describe("a state that was rolled back to before the last apply", () => {
  beforeEach(async () => {
    for (const name of ["a", "b"]) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name));
    platforms.write("jobs/g.yaml", blaxelManifest("g"));
    await applied();
    cpSync(path(".jobwright"), path("saved"), { recursive: true });
    platforms.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    platforms.write("jobs/c.yaml", nimbleManifest("c"));
    for (const name of ["b", "g"]) rmSync(path(`jobs/${name}.yaml`));
    await applied();
    platforms.sandbox.log.clear();
  });

  /** Creates run side by side, so which of them gets which id is not said. */
  const idOf = (name: string) => platforms.sandbox.data.nimble.all().find((job) => job.name === name)?.id;

  it("A67 as a whole (a restored cache): owns what was made again, deletes nothing twice, makes nothing twice", async () => {
    rmSync(path(".jobwright"), { recursive: true });
    cpSync(path("saved"), path(".jobwright"), { recursive: true });
    await applied();
    expect(platforms.sandbox.log.writes()).toEqual([]);
    expect(
      platforms.sandbox.data.nimble
        .all()
        .map((job) => job.name)
        .sort(),
    ).toEqual(["a", "c"]);
    expect(
      Object.entries(state().jobs)
        .map(([address, { id, adopted }]) => [address, id, adopted])
        .sort(),
    ).toEqual([
      ["nimble/a", idOf("a"), false],
      ["nimble/c", idOf("c"), true],
    ]);
    expect((await plan(platforms.shell(), { prune: true, detailedExitcode: true })).exitCode).toBe(0);
  });

  it("A67 without its journal: stops, and leaves both as they are", async () => {
    const journal = platforms.read(".jobwright/journal.jsonl");
    cpSync(path("saved/state.json"), path(".jobwright/state.json"));
    const before = platforms.read(".jobwright/state.json");
    for (const command of [plan, drift]) {
      expect(await failureOf(command(platforms.shell(), {}))).toMatchObject({ code: "JW4004", reason: "storage" });
    }
    const failure = await failureOf(apply(platforms.shell(), { autoApprove: true }));
    expect(failure.message).toContain("an older state was put back");
    expect([platforms.read(".jobwright/state.json"), platforms.read(".jobwright/journal.jsonl")]).toEqual([
      before,
      journal,
    ]);
    expect(platforms.sandbox.log.entries).toEqual([]);
  });
});

describe("a state of another account", () => {
  it("A69 of another workspace is refused, whatever is there", async () => {
    for (const name of ["e", "f"]) platforms.write(`jobs/${name}.yaml`, blaxelManifest(name));
    await applied();
    for (const name of ["e", "f"]) platforms.sandbox.data.blaxel.put({ metadata: { name }, spec: {} }, "other");
    platforms.sandbox.log.clear();
    const shell = (): ReturnType<Platforms["shell"]> => platforms.shell({ BL_WORKSPACE: "other" });
    expect((await plan(shell(), {})).exitCode).toBe(3);
    expect((await drift(shell(), {})).exitCode).toBe(3);
    const refused = await failureOf(apply(shell(), { autoApprove: true, json: true }));
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused).toMatchObject({ code: "JW3007", message: expect.stringContaining("workspace acme") });
    expect(platforms.sandbox.log.writes()).toEqual([]);
  });

  it("A69 of another key, behind one address: all that is owned is missing", async () => {
    for (const name of ["a", "b", "c"]) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name));
    await applied();
    await platforms.close();
    platforms = await startPlatforms({ accounts: { "nimble-key-2": "second" } });
    for (const name of ["a", "b", "c"]) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name));
    await applied();
    platforms.sandbox.log.clear();
    const shell = platforms.shell({ NIMBLE_API_KEY: "nimble-key-2" });
    const refused = await failureOf(apply(shell, { autoApprove: true, json: true }));
    expect(refused).toMatchObject({ code: "JW3006", hint: expect.stringContaining("Another account") });
    expect(platforms.sandbox.log.writes()).toEqual([]);
  });

  it("A69 of another environment: prod's run does not read dev's file", async () => {
    platforms.write("jobs/a.yaml", nimbleManifest("a"));
    platforms.write("jobwright.yaml", "environments: { dev: {}, prod: {} }\n");
    await apply(platforms.shell(), { autoApprove: true, env: "dev" });
    cpSync(path(".jobwright/state.dev.json"), path(".jobwright/state.prod.json"));
    cpSync(path(".jobwright/journal.dev.jsonl"), path(".jobwright/journal.prod.jsonl"));
    platforms.sandbox.log.clear();
    for (const run of [
      () => plan(platforms.shell(), { env: "prod" }),
      () => apply(platforms.shell(), { autoApprove: true, env: "prod" }),
    ]) {
      expect(await failureOf(run())).toMatchObject({ code: "JW4003", message: expect.stringContaining('"dev"') });
    }
    expect(platforms.sandbox.log.entries).toEqual([]);
  });
});

describe("a target that is renamed", () => {
  it("A78 does not take its jobs for others: they are refused until their entries are moved, and then left alone", async () => {
    platforms.write("jobs/a.yaml", nimbleManifest("a"));
    platforms.write("jobwright.yaml", "targets: { one: { provider: nimble } }\n");
    const renamed = (target: string): string =>
      nimbleManifest("a").replace("  name: a\n", `  name: a\n  annotations: { jobwright.dev/target: ${target} }\n`);
    platforms.write("jobs/a.yaml", renamed("one"));
    await applied();
    platforms.write("jobwright.yaml", "targets: { two: { provider: nimble } }\n");
    platforms.write("jobs/a.yaml", renamed("two"));
    platforms.sandbox.log.clear();
    const failure = await failureOf(apply(platforms.shell(), { autoApprove: true, prune: true, json: true }));
    expect(failure.code).toMatch(/^JW1000$|^JW30/);
    const narrowed = await failureOf(apply(platforms.shell(), { autoApprove: true, target: ["two"], json: true }));
    expect(narrowed).toMatchObject({ code: "JW3010", message: expect.stringContaining("one/a and two/a") });
    expect(platforms.sandbox.log.writes()).toEqual([]);
    await stateMove(platforms.shell(), "one/a", "two/a", {});
    await applied();
    expect(platforms.sandbox.log.writes()).toEqual([]);
    expect(Object.keys(state().jobs)).toEqual(["two/a"]);
  });
});

describe("state rm and state mv", () => {
  it("A75 refuse addresses of which an earlier write is not decided", async () => {
    for (const name of ["a", "c"]) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name));
    await applied();
    rmSync(path("jobs/a.yaml"));
    platforms.write("jobs/b.yaml", nimbleManifest("b"));
    platforms.sandbox.faults.add({ method: ["DELETE", "POST"], fault: "cutBefore" });
    const shell = platforms.shell();
    const { clock } = shell.runtime;
    // Look-ups of the lost create are waited for with patience; the lock's heartbeat keeps its time.
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> => clock.sleep(ms > 9_000 ? ms : 1, signal);
    const quick = { ...shell, runtime: { ...shell.runtime, clock: { ...clock, sleep } } };
    expect((await apply(quick, { autoApprove: true, prune: true })).exitCode).toBe(1);
    const open = state().open.map(({ action, address }) => `${action} ${address}`);
    expect(open.sort()).toEqual(["create nimble/b", "delete nimble/a"]);
    for (const work of [
      () => stateRemove(platforms.shell(), "nimble/a", {}),
      () => stateMove(platforms.shell(), "nimble/a", "nimble/x", {}),
      () => stateMove(platforms.shell(), "nimble/c", "nimble/b", {}),
    ]) {
      expect(await failureOf(work())).toMatchObject({ code: "JW5004", reason: "unknown-outcome" });
    }
    expect(Object.keys(state().jobs).sort()).toEqual(["nimble/a", "nimble/c"]);
  });
});
