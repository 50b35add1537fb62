import { describe, expect, it, onTestFinished } from "vitest";
import type { DesiredJob } from "../../src/model/job.ts";
import type { ActionResult } from "../../src/model/outcome.ts";
import type { Fault, FaultRule } from "../../src/sandbox/faults.ts";
import type { SandboxOptions } from "../../src/sandbox/server.ts";
import { type Engine, type EngineOptions, startEngine } from "../support/engine.ts";
import { blaxelJob, nimbleJob } from "../support/jobs.ts";

const nimble = (name: string, cron = "0 6 * * *"): DesiredJob =>
  nimbleJob(name, { agent_name: "shop", schedule: { cron, enabled: true } });
const blaxel = (name: string, memory = 2048): DesiredJob => blaxelJob(name, { runtime: { memory } });
const NAMES = ["a", "b", "c", "d", "e", "f"];

async function started(options: Partial<SandboxOptions> & EngineOptions = {}): Promise<Engine> {
  const engine = await startEngine({ http: { concurrency: 1 }, ...options });
  onTestFinished(() => engine.close());
  return engine;
}

/** Plans, lets things go wrong, and applies; what came of each, in the order of the addresses. */
async function applied(
  engine: Engine,
  desired: readonly DesiredJob[],
  ...rules: readonly FaultRule[]
): Promise<readonly ActionResult[]> {
  const plan = await engine.plan(desired, { prune: true });
  engine.sandbox.log.clear();
  engine.sandbox.faults.set(rules);
  const { results } = await engine.carryOut(plan, desired, { prune: true });
  engine.sandbox.faults.clear();
  return [...results].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result);
}

const answer = (status: number, body: object): Fault => ({ status, body: body as never });

describe("one failure of many", () => {
  it("R20 a field that is refused: its words and place; the others go on", async () => {
    const engine = await started();
    const fault = answer(422, { detail: [{ loc: ["body", "schedule", "cron"], msg: "never fires", type: "value" }] });
    const results = await applied(
      engine,
      NAMES.map((name) => nimble(name)),
      { method: "POST", after: 2, times: 1, fault },
    );
    expect(results.filter(({ status }) => status === "applied")).toHaveLength(5);
    const [failed] = results.filter(({ status }) => status === "failed");
    expect(failed).toMatchObject({ class: "not-done", reason: "invalid", at: "/schedule/cron", attempts: 1 });
    expect(failed?.error?.message).toContain("schedule.cron: never fires");
    expect(engine.session.state.open).toEqual([]);
  });

  it("R23 one job that is forbidden is one failure; three in a row are the key", async () => {
    const engine = await started();
    const no: FaultRule = { method: "POST", fault: answer(403, { code: "forbidden", message: "no" }) };
    const one = await applied(
      engine,
      NAMES.map((name) => nimble(name)),
      { ...no, after: 1, times: 1 },
    );
    expect(one.filter(({ status }) => status === "applied")).toHaveLength(5);
    const more = NAMES.map((name) => nimble(`${name}2`));
    const rest = await applied(engine, [...NAMES.map((name) => nimble(name)), ...more], no);
    // The next one may have its turn before the third is told.
    const refused = rest.filter(({ status }) => status === "failed");
    expect([3, 4]).toContain(refused.length);
    expect(engine.sandbox.log.writes()).toHaveLength(refused.length);
    for (const result of rest) expect(result).toMatchObject({ reason: "forbidden" });
  });

  it("R23 a job that may not be read is not missing: nothing is decided", async () => {
    const engine = await started();
    await engine.apply([nimble("a"), nimble("b")]);
    const no = answer(403, { code: "forbidden", message: "no" });
    const results = await applied(engine, [nimble("a", "0 7 * * *"), nimble("b", "0 7 * * *")], {
      method: "GET",
      path: "/v1/jobs/job_1",
      fault: no,
    });
    expect(results).toMatchObject([
      { status: "failed", class: "not-done", reason: "forbidden" },
      { status: "applied" },
    ]);
    expect(engine.sandbox.data.nimble.count()).toBe(2);
  });

  it("R25 a job that is gone since the plan: its update is stale, its delete is done", async () => {
    const engine = await started();
    await engine.apply([nimble("a"), nimble("b"), nimble("c")]);
    const desired = [nimble("a", "0 7 * * *"), nimble("c", "0 7 * * *")];
    const plan = await engine.plan(desired, { prune: true });
    for (const id of ["job_1", "job_2"]) engine.sandbox.data.nimble.delete(id);
    const { results } = await engine.carryOut(plan, desired, { prune: true });
    expect(results.get("nimble/a")).toMatchObject({ status: "stale", class: "not-sent", reason: "stale" });
    expect(results.get("nimble/b")).toMatchObject({ status: "applied" });
    expect(results.get("nimble/c")).toMatchObject({ status: "applied" });
    expect(Object.keys(engine.session.state.jobs).sort()).toEqual(["nimble/a", "nimble/c"]);
  });
});

describe("a failure that is the target's", () => {
  it("R21 of the credentials stops it, after one request; the other target goes on", async () => {
    const engine = await started();
    const desired = [...NAMES.map((name) => nimble(name)), blaxel("z")];
    const fault = answer(401, { code: "unauthorized", message: "who?" });
    const results = await applied(engine, desired, { method: "POST", path: "/v1/jobs", fault });
    expect(results[0]).toMatchObject({ status: "applied" });
    const rest = results.slice(1);
    expect(rest.filter(({ status }) => status === "failed")).toMatchObject([{ class: "not-done", reason: "auth" }]);
    for (const result of rest.filter(({ status }) => status !== "failed")) {
      expect(result).toMatchObject({ status: "skipped", class: "not-sent", reason: "auth" });
      expect(result.error?.message).not.toContain("who?");
    }
    expect(engine.sandbox.log.writes().filter(({ path }) => path.startsWith("/v1"))).toHaveLength(1);
    expect(engine.session.state.open).toEqual([]);
  });

  it("R21 R43 a token that ends in the middle is renewed once, for all that met it", async () => {
    const engine = await started({ clientCredentials: "Y2xpZW50OnNlY3JldA==" });
    const names = NAMES.map((name) => blaxel(name));
    engine.reconnect({ BL_API_KEY: "", BL_CLIENT_CREDENTIALS: "Y2xpZW50OnNlY3JldA==" });
    const refused = answer(401, { error: "unauthorized", message: "expired" });
    const results = await applied(engine, names, {
      method: "POST",
      path: "/v0/jobs",
      after: 2,
      times: 1,
      fault: refused,
    });
    expect(results.map(({ status }) => status)).toEqual(NAMES.map(() => "applied"));
    const tokens = engine.sandbox.log.entries.filter(({ path }) => path.endsWith("/oauth/token"));
    expect(tokens).toHaveLength(1);
    expect(engine.sandbox.data.blaxel.count()).toBe(NAMES.length);
  });

  it("R24 of the budget keeps more from being made; what is there is changed all the same", async () => {
    const engine = await started();
    await engine.apply(["x", "y"].map((name) => nimble(name)));
    const desired = [...NAMES.map((name) => nimble(name)), ...["x", "y"].map((name) => nimble(name, "0 7 * * *"))];
    const fault = answer(402, { code: "payment_required", message: "no budget" });
    const results = await applied(engine, desired, { method: "POST", fault });
    expect(results.slice(6)).toMatchObject([{ status: "applied" }, { status: "applied" }]);
    for (const result of results.slice(0, 6)) expect(result.reason).toBe("budget");
    expect(results.filter(({ status }) => status === "failed").length).toBeGreaterThanOrEqual(1);
    expect(engine.session.state.open).toEqual([]);
  });

  it("R24 of the budget, met by an update, is that one's", async () => {
    const engine = await started();
    await engine.apply(["x", "y"].map((name) => nimble(name)));
    const desired = ["x", "y"].map((name) => nimble(name, "0 7 * * *"));
    const fault = answer(402, { code: "payment_required", message: "no budget" });
    const results = await applied(engine, desired, { method: "PATCH", times: 1, fault });
    expect(results.map(({ status }) => status).sort()).toEqual(["applied", "failed"]);
  });

  it("R26 no jobs API where jobs are made: wrong base URL, and nothing more is sent there", async () => {
    const engine = await started();
    const results = await applied(
      engine,
      NAMES.map((name) => nimble(name)),
      {
        ...{ method: "POST", fault: answer(404, { code: "not_found", message: "no route" }) },
      },
    );
    for (const result of results) expect(result).toMatchObject({ reason: "not-found" });
    expect(results.some(({ error }) => /wrong base URL/.test(error?.message ?? ""))).toBe(true);
    expect(engine.sandbox.data.nimble.count()).toBe(0);
  });
});
