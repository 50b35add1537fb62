import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobEntry } from "../../src/apply/entry.ts";
import { settleOpenIntents } from "../../src/apply/recover.ts";
import type { SafetyConfig } from "../../src/model/config.ts";
import { SecretRef } from "../../src/model/document.ts";
import type { DesiredJob } from "../../src/model/job.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Clock } from "../../src/model/runtime.ts";
import { type Engine, quickClock, startEngine } from "../support/engine.ts";
import { blaxelJob, nimbleJob, testFingerprint } from "../support/jobs.ts";

const NOW = "2026-11-23T12:00:00Z";
/** So late that no request of then can still arrive. */
const DAYS_LATER = "2026-11-25T12:00:00Z";

let engine: Engine;
beforeEach(async () => {
  engine = await startEngine();
  engine.secrets.add("env:TOKEN", "s3cr3t-value");
});
afterEach(() => engine.close());

/** Leaves a create open, as a run that was killed does. */
async function leaveOpen(job: DesiredJob, before: readonly string[] = []): Promise<void> {
  const context = { secrets: engine.secrets, fingerprint: testFingerprint, now: new Date(NOW) };
  const { id: _, ...entry } = jobEntry(context, job, { id: "", facts: {} }, undefined);
  const { address, target, name, apiVersion } = job;
  await engine.session.intend([
    {
      address,
      target,
      name,
      apiVersion,
      action: "create",
      before,
      job: JSON.parse(JSON.stringify(entry)) as JsonObject,
    },
  ]);
}

/** Settles by a clock; answers what was said and how long it was waited. */
async function settleBy(
  clock: Clock,
  adopt: SafetyConfig["adopt"] = "allow",
): Promise<{ lines: readonly string[]; waited: number }> {
  const since = clock.monotonic();
  const runtime = { env: {}, cwd: "/", clock, random: () => 0.5, log: () => {}, signal: new AbortController().signal };
  const { session, clients } = engine;
  const context = { runtime, session, clients, createSettleMs: 30_000, adopt, mine: () => true };
  const lines = await settleOpenIntents(context);
  return { lines, waited: clock.monotonic() - since };
}

describe("a create of an earlier run that left nothing behind", () => {
  const gone = ["nimble/a: an earlier create did not happen"];

  it("is looked for as long as a request may take, by our own clock", async () => {
    await leaveOpen(nimbleJob("a", { agent_name: "x" }));
    expect(await settleBy(quickClock("2026-11-23T12:00:05Z"))).toEqual({ lines: gone, waited: 30_000 });
  });

  it("is looked for although its intent is hours old: behind thousands of others the request left much later", async () => {
    await leaveOpen(nimbleJob("a", { agent_name: "x" }));
    expect((await settleBy(quickClock("2026-11-23T20:00:00Z"))).waited).toBe(30_000);
  });

  it("is believed to be gone at once when it is long ago", async () => {
    await leaveOpen(nimbleJob("a", { agent_name: "x" }));
    expect(await settleBy(quickClock("2026-11-25T12:00:00Z"))).toEqual({ lines: gone, waited: 0 });
  });

  it("is not found in a job that had the name before, nor in one that is ours already", async () => {
    for (const name of ["a", "a"]) engine.sandbox.data.nimble.put({ name, agent_name: "x" });
    await leaveOpen(nimbleJob("a", { agent_name: "x" }), ["job_1", "job_2"]);
    expect((await settleBy(quickClock(NOW))).lines).toEqual(gone);
    engine.sandbox.data.nimble.put({ name: "a", agent_name: "x" });
    await leaveOpen(nimbleJob("a", { agent_name: "x" }), ["job_1", "job_2"]);
    expect((await settleBy(quickClock(NOW))).lines).toEqual([
      "nimble/a: an earlier create did happen (job_3); it is ours",
    ]);
    await leaveOpen(nimbleJob("a", { agent_name: "x" }), ["job_1", "job_2"]);
    expect((await settleBy(quickClock(NOW))).lines).toEqual(gone);
  });

  it("is not found in a job of the name that has another agent", async () => {
    await leaveOpen(nimbleJob("a", { agent_name: "x" }));
    engine.sandbox.data.nimble.put({ name: "a", agent_name: "theirs" });
    expect((await settleBy(quickClock(NOW))).lines).toEqual(gone);
    engine.sandbox.data.nimble.put({ name: "a", agent_name: "x" });
    await leaveOpen(nimbleJob("a", { agent_name: "x" }));
    expect((await settleBy(quickClock(NOW))).lines).toEqual([
      "nimble/a: an earlier create did happen (job_2); it is ours",
    ]);
  });

  it("is not waited for for years when the clock was put back", async () => {
    await leaveOpen(nimbleJob("a", { agent_name: "x" }));
    expect(await settleBy(quickClock("2016-11-23T12:00:00Z"))).toEqual({ lines: gone, waited: 30_000 });
  });
});

describe("many creates of a run that was killed", () => {
  it("are waited for at the same time, by a list each look", async () => {
    const jobs = Array.from({ length: 50 }, (_, i) => nimbleJob(`job-${i}`, { agent_name: "x" }));
    for (const job of jobs) await leaveOpen(job);
    engine.sandbox.data.nimble.put({ name: "job-7", agent_name: "x" });
    const { lines, waited } = await settleBy(quickClock("2026-11-23T12:00:05Z"));
    expect(waited).toBe(30_000);
    expect(lines).toHaveLength(50);
    expect(lines[0]).toMatch(/^nimble\/job-7: an earlier create did happen/);
    expect(new Set(lines).size).toBe(50);
    expect(Object.keys(engine.session.state.jobs)).toEqual(["nimble/job-7"]);
    expect(engine.session.state.open).toEqual([]);
    // At the beginning, and every five seconds.
    expect(engine.sandbox.log.entries).toHaveLength(7);
  });

  it("stay open where one of them has two jobs to choose from; the others are settled", async () => {
    for (const name of ["a", "b"]) await leaveOpen(nimbleJob(name, { agent_name: "x" }));
    for (const name of ["a", "b", "b"]) engine.sandbox.data.nimble.put({ name, agent_name: "x" });
    await expect(settleBy(quickClock(NOW))).rejects.toMatchObject({ code: "JW2905" });
    expect(Object.keys(engine.session.state.jobs)).toEqual(["nimble/a"]);
    expect(engine.session.state.open.map(({ address }) => address)).toEqual(["nimble/b"]);
  });
});

describe("a Blaxel create of an earlier run that did happen", () => {
  const job = blaxelJob("a", {
    runtime: { memory: 2048, envs: [{ name: "TOKEN", value: new SecretRef("env:TOKEN"), secret: true }] },
    triggers: [{ type: "cron", configuration: { schedule: "0 6 * * *" } }],
  });
  const ours = ["blaxel/a: an earlier create did happen (a); it is ours"];
  const made = (memory: number, facts: JsonObject): JsonObject => ({
    metadata: { name: "a", ...facts },
    spec: {
      runtime: { memory, envs: [{ name: "TOKEN", value: "s3cr3t-value", secret: true }] },
      triggers: [{ id: "trigger-1", type: "cron", configuration: { schedule: "0 6 * * *" } }],
    },
  });
  const [long, then, later] = ["2020-01-01T00:00:00Z", "2026-11-23T12:00:01Z", "2026-11-23T12:00:09Z"];
  const but = (by: string): string => `the job of this name was made by ${by} and is not known to be ours`;
  const not = (by: string): readonly string[] => [`blaxel/a: an earlier create did not happen; ${but(by)}`];
  const notYet = (by: string): readonly string[] => [
    `blaxel/a: nobody can say yet whether an earlier create happened; ${but(by)}`,
  ];

  /** Another job of ours, by which the platform's name for us is known. */
  async function withAnother(): Promise<void> {
    await engine.apply([blaxelJob("b", { runtime: { memory: 2048 } })]);
    engine.sandbox.data.blaxel.edit("b", { metadata: { createdBy: "the-pipeline" } });
  }

  it("is found although its secret is masked and its trigger has an id by now", async () => {
    await leaveOpen(job);
    engine.sandbox.data.blaxel.put(made(2048, { createdAt: long }));
    expect((await settleBy(quickClock(NOW), "deny")).lines).toEqual(ours);
  });

  it("is found although somebody has changed it since", async () => {
    await leaveOpen(job);
    engine.sandbox.data.blaxel.put(made(4096, { createdAt: then, updatedAt: later }));
    expect((await settleBy(quickClock(NOW))).lines).toEqual(ours);
    expect(engine.session.state.jobs["blaxel/a"]?.createdAt).toBe("2026-11-23T12:00:01Z");
  });

  it("is not taken for another one that was there before and is not what was sent", async () => {
    await leaveOpen(job);
    engine.sandbox.data.blaxel.put(made(4096, { createdAt: long, createdBy: "ada" }));
    expect((await settleBy(quickClock(NOW))).lines).toEqual(notYet("ada"));
    expect((await settleBy(quickClock(DAYS_LATER))).lines).toEqual(not("ada"));
  });

  it("is not taken for one that was made then, is not what was sent, and was never changed", async () => {
    await leaveOpen(job);
    engine.sandbox.data.blaxel.put(made(4096, { createdAt: then, updatedAt: then, createdBy: "ada" }));
    expect((await settleBy(quickClock(DAYS_LATER))).lines).toEqual(not("ada"));
  });

  it("is not taken for one that may be somebody else's, where nothing may be adopted", async () => {
    await leaveOpen(job);
    engine.sandbox.data.blaxel.put(made(4096, { createdAt: then, updatedAt: later, createdBy: "ada" }));
    expect((await settleBy(quickClock(DAYS_LATER), "deny")).lines).toEqual(not("ada"));
    expect(engine.session.state).toMatchObject({ jobs: {}, open: [] });
  });

  it("is told by who made it from a colleague's, though both hold the same", async () => {
    await withAnother();
    for (const [createdBy, lines] of [
      ["ada", not("ada")],
      ["the-pipeline", ours],
    ] as const) {
      await leaveOpen(job);
      engine.sandbox.data.blaxel.put(made(2048, { createdAt: then, updatedAt: then, createdBy }));
      expect((await settleBy(quickClock(DAYS_LATER), "deny")).lines).toEqual(lines);
      engine.sandbox.data.blaxel.delete("a");
    }
  });

  it("is known by who made it, whoever changed it since", async () => {
    await withAnother();
    await leaveOpen(job);
    const facts = { createdAt: then, updatedAt: later, createdBy: "the-pipeline", updatedBy: "ada" };
    engine.sandbox.data.blaxel.put(made(4096, facts));
    expect((await settleBy(quickClock(NOW), "deny")).lines).toEqual(ours);
  });
});

describe("a Blaxel create of an earlier run that has left nothing behind yet", () => {
  const job = blaxelJob("a", { runtime: { memory: 2048 } });
  const undecided = ["blaxel/a: nobody can say yet whether an earlier create happened"];

  it("is neither waited for nor forgotten: it may still arrive", async () => {
    await leaveOpen(job);
    expect(await settleBy(quickClock("2026-11-23T12:00:05Z"))).toEqual({ lines: undecided, waited: 0 });
    expect(engine.session.state.open).toHaveLength(1);
    engine.sandbox.data.blaxel.put({ metadata: { name: "a" }, spec: { runtime: { memory: 2048 } } });
    const { lines } = await settleBy(quickClock("2026-11-23T12:00:10Z"));
    expect(lines).toEqual(["blaxel/a: an earlier create did happen (a); it is ours"]);
    expect(Object.keys(engine.session.state.jobs)).toEqual(["blaxel/a"]);
  });

  it("is over once the job was made by a later one", async () => {
    await leaveOpen(job);
    await settleBy(quickClock(NOW));
    await engine.apply([job]);
    expect(engine.session.state.open).toEqual([]);
    expect(engine.session.state.jobs["blaxel/a"]).toMatchObject({ id: "a", adopted: false });
  });

  it.each([
    ["as it is", 2048],
    ["with a change", 4096],
  ])("is over once the job that arrived was adopted %s", async (_how, memory) => {
    await leaveOpen(job);
    await settleBy(quickClock(NOW));
    engine.sandbox.data.blaxel.put({ metadata: { name: "a" }, spec: { runtime: { memory: 2048 } } });
    const { plan } = await engine.apply([blaxelJob("a", { runtime: { memory } })]);
    expect(plan.actions.map((action) => action.action)).toEqual(["adopt"]);
    expect(engine.session.state.open).toEqual([]);
    expect(Object.keys(engine.session.state.jobs)).toEqual(["blaxel/a"]);
  });

  it("does not bring back what was declared then, where the job is ours by now", async () => {
    engine.sandbox.data.blaxel.put({ metadata: { name: "a" }, spec: { runtime: { memory: 4096 } } });
    await engine.apply([blaxelJob("a", { runtime: { memory: 4096 } })]);
    await leaveOpen(job);
    const before = engine.session.state.jobs["blaxel/a"];
    const { lines } = await settleBy(quickClock(NOW));
    expect(lines).toEqual(["blaxel/a: an earlier create is settled: the job is ours by now"]);
    expect(engine.session.state.jobs["blaxel/a"]).toEqual(before);
    expect(engine.session.state.open).toEqual([]);
  });
});
