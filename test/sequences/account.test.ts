import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { importJobs } from "../../src/commands/import.ts";
import { drift, plan } from "../../src/commands/plan.ts";
import type { Shell } from "../../src/commands/shell.ts";
import { RefusedError } from "../../src/errors.ts";
import type { State } from "../../src/model/state.ts";
import { blaxelManifest, nimbleManifest } from "../support/cli-project.ts";
import { quickClock } from "../support/engine.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

/** Another account's key, and a second key of the same account. */
const FOREIGN = { NIMBLE_API_KEY: "nimble-key-of-others" };
const ROTATED = { NIMBLE_API_KEY: "nimble-key-2" };

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms({ accounts: { [FOREIGN.NIMBLE_API_KEY]: "others" } });
  platforms.write("jobs/a.yaml", nimbleManifest("a"));
});
afterEach(() => platforms.close());

type Env = Readonly<Record<string, string>>;

const yes = { autoApprove: true } as const;
const state = (): State => JSON.parse(platforms.read(".jobwright/state.json")) as State;
const text = (): string => platforms.read(".jobwright/state.json");

async function applied(env: Env = {}, options: { readonly acceptMissing?: boolean } = {}): Promise<void> {
  const { exitCode, stdout } = await apply(platforms.shell(env), { ...yes, ...options });
  expect(exitCode, stdout).toBe(0);
}

/** The codes that an apply is refused with; [] where it goes through. Nothing may be sent, and nothing recorded. */
async function refusedWith(env: Env, paths: readonly string[] = []): Promise<readonly string[]> {
  const before = text();
  platforms.sandbox.log.clear();
  const error = await apply(platforms.shell(env), { ...yes, json: true, paths }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  if (!(error instanceof RefusedError)) throw error;
  expect(platforms.sandbox.log.writes()).toEqual([]);
  const { jobs, open, targets } = JSON.parse(before) as State;
  expect(state()).toMatchObject({ jobs, open, targets });
  return error.refusals.map(({ code }) => code);
}

const deleteByHand = (): void => {
  for (const { id } of platforms.sandbox.data.nimble.all()) platforms.sandbox.data.nimble.delete(id);
};

describe("one owned job, and the key of another account", () => {
  it("is refused, nothing is sent, and the state stays as it is", async () => {
    await applied();
    expect(await refusedWith(FOREIGN)).toEqual(["JW3012"]);
    expect((await plan(platforms.shell(FOREIGN), {})).exitCode).toBe(3);
    expect((await drift(platforms.shell(FOREIGN), {})).exitCode).toBe(3);
  });

  it("says which job and what to do, and never the key", async () => {
    await applied();
    const { stdout } = await plan(platforms.shell(FOREIGN), {});
    expect(stdout).toContain("JW3012");
    expect(stdout).toContain("nimble/a");
    expect(stdout).toContain("--accept-missing");
    expect(stdout + text()).not.toContain("nimble-key");
  });

  it("goes through where it is confirmed; the new key is the known one from then on", async () => {
    await applied();
    await applied(FOREIGN, { acceptMissing: true });
    expect(platforms.sandbox.data.nimble.all("others")).toHaveLength(1);
    expect(await refusedWith({})).toEqual(["JW3012"]);
  });

  it("is refused for import as well", async () => {
    await applied();
    await expect(importJobs(platforms.shell(FOREIGN), { target: ["nimble"] })).rejects.toMatchObject({
      code: "JW3012",
    });
  });
});

describe("another key of the same account", () => {
  it("goes through without a word, and is remembered with the next thing to write", async () => {
    await applied();
    const before = text();
    const shell = platforms.shell(ROTATED);
    expect((await apply(shell, yes)).exitCode).toBe(0);
    expect(shell.lines).toEqual([]);
    expect(text()).toBe(before);
    platforms.write("jobs/b.yaml", nimbleManifest("b"));
    await applied(ROTATED);
    expect(state().targets["nimble"]?.credentials).not.toBe(
      (JSON.parse(before) as State).targets["nimble"]?.credentials,
    );
    platforms.write("jobs/b.yaml", "");
    await applied(ROTATED);
    expect(await refusedWith(ROTATED)).toEqual([]);
  });

  it("with the one job deleted by hand cannot be told from another account: asks for a word", async () => {
    await applied();
    deleteByHand();
    expect(await refusedWith(ROTATED)).toEqual(["JW3012"]);
    await applied(ROTATED, { acceptMissing: true });
    expect(platforms.sandbox.data.nimble.all()).toHaveLength(1);
  });

  it("with some of several jobs deleted by hand is known by those that are there", async () => {
    platforms.write("jobs/b.yaml", nimbleManifest("b"));
    await applied();
    const [first] = platforms.sandbox.data.nimble.all();
    platforms.sandbox.data.nimble.delete(first?.id ?? "");
    await applied(ROTATED);
    expect(platforms.sandbox.data.nimble.all()).toHaveLength(2);
  });
});

describe("what tells credentials apart", () => {
  it("is the key that was last applied with: the same one makes a job anew that was deleted by hand", async () => {
    await applied();
    deleteByHand();
    await applied();
    expect(platforms.sandbox.data.nimble.all()).toHaveLength(1);
  });

  it("is not there in a state of an earlier version, which goes on as before, and remembers", async () => {
    await applied();
    const { nimble, ...others } = state().targets;
    const { credentials, ...old } = nimble ?? { provider: "nimble", origin: "" };
    expect(credentials).toMatch(/^scrypt:[0-9a-f]{64}$/);
    platforms.write(".jobwright/state.json", JSON.stringify({ ...state(), targets: { ...others, nimble: old } }));
    deleteByHand();
    await applied(ROTATED);
    expect(state().targets["nimble"]?.credentials).toMatch(/^scrypt:/);
  });

  it("says nothing where fingerprints are made in another way by now", async () => {
    await applied();
    deleteByHand();
    await applied({ ...ROTATED, JOBWRIGHT_STATE_KEY: "a key for fingerprints" });
    expect(state().targets["nimble"]?.credentials).toMatch(/^hmac-sha256:/);
  });

  it("is not the same as of that value in a job", async () => {
    const envs = "    envs: [{ name: K, value: '${env:K}', secret: true }]\n";
    platforms.write("jobs/a.yaml", blaxelManifest("g", 2048, envs));
    await applied({ K: "blaxel-key-1" });
    const inJob = /"fingerprint":"(scrypt:[0-9a-f]+)"/.exec(text())?.[1];
    expect(inJob).toBeDefined();
    expect(state().targets["blaxel"]?.credentials).not.toBe(inJob);
  });

  it("is each environment's own", async () => {
    platforms.write("jobwright.yaml", "environments: { dev: {}, prod: {} }\n");
    expect((await apply(platforms.shell(), { ...yes, env: "dev" })).exitCode).toBe(0);
    expect((await apply(platforms.shell(FOREIGN), { ...yes, env: "prod" })).exitCode).toBe(0);
    expect((await plan(platforms.shell(FOREIGN), { env: "prod" })).exitCode).toBe(0);
    expect((await plan(platforms.shell(FOREIGN), { env: "dev" })).exitCode).toBe(3);
  });

  it("is not kept without a state, where nothing is owned", async () => {
    platforms.write("jobwright.yaml", "state: { store: none }\n");
    await applied();
    await applied(FOREIGN);
    expect(platforms.sandbox.data.nimble.all("others")).toHaveLength(1);
  });

  it("are a workspace's client credentials, not the tokens got with them", async () => {
    const client = (secret: string): Env => ({
      BL_API_KEY: "",
      BL_CLIENT_CREDENTIALS: Buffer.from(`client:${secret}`).toString("base64"),
    });
    platforms.write("jobs/a.yaml", blaxelManifest("g"));
    await applied(client("secret-one"));
    platforms.sandbox.data.blaxel.delete("g", "acme");
    await applied(client("secret-one"));
    platforms.sandbox.data.blaxel.delete("g", "acme");
    expect(await refusedWith(client("secret-two"))).toEqual(["JW3012"]);
  });

  it("counts for a job of the same name in the other place: that is another job", async () => {
    platforms.write("jobs/a.yaml", blaxelManifest("g"));
    await applied();
    const { metadata } = JSON.parse(JSON.stringify(platforms.sandbox.data.blaxel.all()[0])) as { metadata: object };
    platforms.sandbox.data.blaxel.delete("g", "acme");
    platforms.sandbox.data.blaxel.put({
      metadata: { ...metadata, name: "g", createdAt: "2020-01-01T00:00:00Z" },
      spec: {},
    });
    expect(await refusedWith({ BL_API_KEY: "blaxel-key-2" })).toEqual(["JW3012"]);
  });
});

describe("saved plans and open intents", () => {
  it("a plan saved with the right key is not applied with another account's", async () => {
    await applied();
    platforms.write("jobs/b.yaml", nimbleManifest("b"));
    expect((await plan(platforms.shell(), { out: "plan.json" })).exitCode).toBe(0);
    expect(await refusedWith(FOREIGN, ["plan.json"])).toEqual(["JW3012"]);
    expect((await apply(platforms.shell(ROTATED), { ...yes, paths: ["plan.json"] })).exitCode).toBe(0);
  });

  it("what a lost create made is not taken for undone by asking another account", async () => {
    platforms.sandbox.faults.add({ method: "POST", times: 1, fault: { lateCommit: {} } });
    expect((await apply(quick(), yes)).exitCode).toBe(1);
    expect(state().open).toHaveLength(1);
    expect(await refusedWith(FOREIGN)).toEqual(["JW3012"]);
    await platforms.sandbox.faults.settle();
    expect((await apply(quick(), yes)).exitCode).toBe(0);
    expect(platforms.sandbox.data.nimble.all()).toHaveLength(1);
  });

  it("what a lost create made is not looked for in another workspace, whatever may be missing", async () => {
    platforms.write("jobs/a.yaml", blaxelManifest("g"));
    platforms.sandbox.faults.add({ method: "POST", fault: { lateCommit: {} } });
    expect((await apply(quick(), yes)).exitCode).toBe(1);
    const { open } = state();
    expect(open).toHaveLength(1);
    await platforms.sandbox.faults.settle();
    for (const acceptMissing of [false, true]) {
      const strayed = apply(quick({ BL_WORKSPACE: "other" }, "2026-11-23T18:00:00Z"), {
        ...yes,
        acceptMissing,
        json: true,
      });
      await expect(strayed).rejects.toMatchObject({ code: "JW3007" });
      expect(state().open).toEqual(open);
    }
    platforms.sandbox.faults.clear();
    expect((await apply(quick(), yes)).exitCode).toBe(0);
    expect(Object.keys(state().jobs)).toEqual(["blaxel/g"]);
  });

  it("an undecided create is settled with another key of the account that an owned job tells of", async () => {
    await applied();
    platforms.write("jobs/b.yaml", nimbleManifest("b"));
    platforms.sandbox.faults.add({ method: "POST", times: 1, fault: { lateCommit: {} } });
    expect((await apply(quick(), yes)).exitCode).toBe(1);
    await platforms.sandbox.faults.settle();
    expect((await apply(quick(ROTATED), yes)).exitCode).toBe(0);
    expect(platforms.sandbox.data.nimble.all()).toHaveLength(2);
  });
});

/** A shell whose waits are over at once, and which was started at that time. */
function quick(env: Env = {}, at = "2026-11-23T12:00:00Z"): Shell {
  const shell = platforms.shell(env);
  return { ...shell, runtime: { ...shell.runtime, clock: quickClock(at) } };
}
