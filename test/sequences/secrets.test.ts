import { afterEach, describe, expect, test } from "vitest";
import { SecretRef } from "../../src/model/document.ts";
import type { DesiredJob } from "../../src/model/job.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { blaxelJob, stateOf } from "../support/jobs.ts";

const PATH = "/spec/runtime/envs/KEY/value";
const job = (more: Partial<DesiredJob> = {}): DesiredJob =>
  blaxelJob("b", { runtime: { envs: [{ name: "KEY", value: new SecretRef("env:KEY"), secret: true }] } }, more);

let engine: Engine;
afterEach(() => engine.close());

function liveValue(name = "KEY"): unknown {
  const spec = engine.sandbox.data.blaxel.get("b")?.["spec"] as {
    runtime: { envs: { name: string; value: string }[] };
  };
  return spec.runtime.envs.find((env) => env.name === name)?.value;
}

describe.each(["stars", "partial", "changing"] as const)("masks: %s", (maskStyle) => {
  test("R37 set once, never compared with the mask, rotated once", async () => {
    engine = await startEngine({ behaviours: { maskStyle } });
    engine.secrets.add("env:KEY", "sk-first-value");
    await engine.apply([job()]);
    expect(liveValue()).toBe("sk-first-value");
    expect((await engine.plan([job()])).actions).toEqual([]);

    engine.secrets.add("env:KEY", "sk-second-value");
    const plan = await engine.plan([job()]);
    expect(plan.actions[0]?.changes).toMatchObject([{ op: "replace", path: PATH, cause: "pending" }]);
    await engine.apply([job()]);
    expect(liveValue()).toBe("sk-second-value");
    expect((await engine.plan([job()])).actions).toEqual([]);
  });

  test("a PUT of another field carries the declared secret's value", async () => {
    engine = await startEngine({ behaviours: { maskStyle } });
    engine.secrets.add("env:KEY", "sk-first-value");
    await engine.apply([job()]);
    const changed = blaxelJob("b", {
      runtime: {
        memory: 4096,
        envs:
          job().document.spec["runtime"] === undefined
            ? []
            : [{ name: "KEY", value: new SecretRef("env:KEY"), secret: true }],
      },
    });
    await engine.apply([changed]);
    expect(liveValue()).toBe("sk-first-value");
  });
});

describe("secrets that no manifest declares", () => {
  const plain = (memory: number): DesiredJob => blaxelJob("b", { runtime: { memory } });

  test("are read with show_secrets where the key may, and carried", async () => {
    engine = await startEngine();
    await engine.apply([plain(2048)]);
    engine.sandbox.data.blaxel.edit("b", {
      spec: { runtime: { envs: [{ name: "OTHER", value: "hand-made", secret: true }] } },
    });
    await engine.apply([plain(4096)]);
    expect(liveValue("OTHER")).toBe("hand-made");
  });

  test("R36 are refused before the PUT where they cannot be read, naming the variable", async () => {
    engine = await startEngine({ adminKeys: ["admin"] });
    await engine.apply([plain(2048)]);
    engine.sandbox.data.blaxel.edit("b", {
      spec: { runtime: { envs: [{ name: "OTHER", value: "hand-made", secret: true }] } },
    });
    engine.sandbox.log.clear();
    const { report } = await engine.apply([plain(4096)]);
    expect(report.results.get("blaxel/b")).toMatchObject({
      status: "failed",
      class: "not-sent",
      reason: "secret-unreadable",
      error: { message: expect.stringContaining("OTHER") },
    });
    expect(engine.sandbox.log.writes()).toEqual([]);
    expect(liveValue("OTHER")).toBe("hand-made");
  });
});

test("an adopted secret without fingerprint is set once, and the plan says so", async () => {
  engine = await startEngine();
  engine.secrets.add("env:KEY", "sk-first-value");
  engine.sandbox.data.blaxel.put({
    metadata: { name: "b" },
    spec: { runtime: { envs: [{ name: "KEY", value: "unknown", secret: true }] } },
  });
  const plan = await engine.plan([job()]);
  expect(plan.actions).toMatchObject([
    { action: "adopt", unverifiable: [PATH], changes: [{ path: PATH, cause: "unknown" }] },
  ]);
  expect(plan.actions[0]?.notes.join()).toContain("set once");
  await engine.apply([job()]);
  expect(liveValue()).toBe("sk-first-value");
  expect((await engine.plan([job()])).actions).toEqual([]);
});

test("--rotate writes a secret that seems unchanged", async () => {
  engine = await startEngine();
  engine.secrets.add("env:KEY", "sk-first-value");
  await engine.apply([job()]);
  engine.sandbox.data.blaxel.edit("b", {
    spec: { runtime: { envs: [{ name: "KEY", value: "moved", secret: true }] } },
  });
  expect((await engine.plan([job()])).actions).toEqual([]);
  await engine.apply([job()], { rotate: ["blaxel/b/KEY"] });
  expect(liveValue()).toBe("sk-first-value");
});

test("a touch where we cannot see is told, with who", async () => {
  engine = await startEngine();
  engine.secrets.add("env:KEY", "sk-first-value");
  await engine.apply([job()]);
  engine.sandbox.data.blaxel.edit("b", {
    spec: { runtime: { envs: [{ name: "KEY", value: "moved", secret: true }] } },
  });
  const plan = await engine.plan([job()]);
  expect(plan.standings).toMatchObject([{ kind: "touched", note: expect.stringContaining("touched by console at") }]);
  engine.sandbox.data.blaxel.deploy("b", "image:8");
  expect((await engine.plan([job()])).standings).toEqual([]);
});

test("a secret in a field that can be read is compared by its value", async () => {
  engine = await startEngine();
  engine.secrets.add("env:PLACE", "s3://bucket");
  const secret = blaxelJob("b", { runtime: { envs: [{ name: "PLACE", value: new SecretRef("env:PLACE") }] } });
  await engine.apply([secret]);
  expect((await engine.plan([secret])).actions).toEqual([]);
  engine.sandbox.data.blaxel.edit("b", { spec: { runtime: { envs: [{ name: "PLACE", value: "elsewhere" }] } } });
  const plan = await engine.plan([secret]);
  expect(plan.actions[0]?.changes).toMatchObject([
    { cause: "drift", before: { text: "live" }, after: { text: "env:PLACE" } },
  ]);
  engine.secrets.add("env:PLACE", "s3://new");
  expect((await engine.plan([secret])).actions[0]?.changes[0]?.cause).toBe("conflict");
});

describe("an imported secret that nobody compared", () => {
  const imported = (memory: number): DesiredJob =>
    blaxelJob("b", { runtime: { memory, envs: [{ name: "KEY", value: new SecretRef("env:KEY"), secret: true }] } });

  /** The platform has one value, the variable another; the state took the job over without knowing. */
  async function takeOver(adminKeys?: readonly string[]): Promise<void> {
    engine = await startEngine(adminKeys === undefined ? {} : { adminKeys });
    engine.secrets.add("env:KEY", "what the variable says");
    engine.sandbox.data.blaxel.put({
      metadata: { name: "b" },
      spec: { runtime: { memory: 2048, envs: [{ name: "KEY", value: "what is live", secret: true }] } },
    });
    const [live] = await engine.live("blaxel");
    const entry = stateOf("b", imported(2048), engine.secrets, {
      unverified: { [PATH]: "" },
      ...(live?.facts.createdAt === undefined ? {} : { createdAt: live.facts.createdAt }),
    });
    await engine.session.change([{ kind: "put", address: "blaxel/b", job: entry }]);
  }

  test("a PUT of another field carries the live value, now and the next time", async () => {
    await takeOver();
    await engine.apply([imported(4096)]);
    expect(liveValue()).toBe("what is live");
    await engine.apply([imported(8192)]);
    expect(liveValue()).toBe("what is live");
    expect((await engine.plan([imported(8192)])).actions).toEqual([]);
  });

  test("a change of the variable sends it, once", async () => {
    await takeOver();
    await engine.apply([imported(2048)]);
    engine.secrets.add("env:KEY", "another value");
    await engine.apply([imported(2048)]);
    expect(liveValue()).toBe("another value");
    expect((await engine.plan([imported(2048)])).actions).toEqual([]);
    expect(engine.session.state.jobs["blaxel/b"]?.unverified).toBeUndefined();
  });

  test("--rotate sends it", async () => {
    await takeOver();
    await engine.apply([imported(2048)], { rotate: ["blaxel/b/KEY"] });
    expect(liveValue()).toBe("what the variable says");
  });

  test("where it cannot be read, a PUT of another field is refused", async () => {
    await takeOver(["admin"]);
    engine.sandbox.log.clear();
    const { report } = await engine.apply([imported(4096)]);
    expect(report.results.get("blaxel/b")).toMatchObject({ status: "failed", reason: "secret-unreadable" });
    expect(engine.sandbox.log.writes()).toEqual([]);
  });
});
