import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Engine, startEngine } from "../support/engine.ts";
import { nimbleJob } from "../support/jobs.ts";

const schedule = { cron: "0 6 * * *", enabled: true };
const before = nimbleJob("a", { agent_name: "old", schedule });
const wanted = nimbleJob("a", { agent_name: "new", schedule });

let engine: Engine;
beforeEach(async () => {
  engine = await startEngine();
  await engine.apply([before]);
});
afterEach(() => engine.close());

/** Every job on the platform: agent and whether its schedule is on. At no time may two of them be on. */
function jobs(): readonly (readonly [unknown, unknown])[] {
  return engine.sandbox.data.nimble
    .all()
    .map((job) => [job["agent_name"], (job["schedule"] as { enabled?: boolean } | null)?.enabled] as const);
}

describe("a replace that is interrupted", () => {
  test.each([
    ["before the new job is made", "POST", [["old", true]]],
    [
      "before the old job is deleted",
      "DELETE",
      [
        ["old", true],
        ["new", false],
      ],
    ],
    ["before the new job is switched on", "PATCH", [["new", false]]],
  ])("%s is taken up where it stopped", async (_when, method, between) => {
    const fault = engine.sandbox.faults.add({
      method,
      fault: { status: 403, body: { code: "forbidden", message: "no" } },
    });
    const first = await engine.apply([wanted], { allowReplace: true });
    expect(first.report.results.get("nimble/a")?.status).not.toBe("applied");
    expect(jobs()).toEqual(between);
    fault.remove();
    const second = await engine.apply([wanted], { allowReplace: true });
    expect(second.report.results.get("nimble/a")?.status).toBe("applied");
    expect(jobs()).toEqual([["new", true]]);
    expect((await engine.plan([wanted])).actions).toEqual([]);
    expect((await engine.plan([wanted])).summary.unmanaged).toBe(0);
  });

  test("is told as failed, never as skipped or stale, once its new job is made", async () => {
    engine.sandbox.faults.add({ method: "DELETE", fault: { status: 403, body: { code: "forbidden", message: "no" } } });
    const { report } = await engine.apply([wanted], { allowReplace: true });
    expect(report.results.get("nimble/a")).toMatchObject({
      status: "failed",
      class: "not-done",
      notes: [expect.stringContaining("the next run goes on from there")],
    });
  });

  test("is told as failed, too, where the new job is gone before it is switched on", async () => {
    engine.sandbox.faults.add({
      method: "DELETE",
      afterwards: () => {
        for (const { id } of engine.sandbox.data.nimble.all()) engine.sandbox.data.nimble.delete(id);
      },
    });
    const { report } = await engine.apply([wanted], { allowReplace: true });
    expect(report.results.get("nimble/a")).toMatchObject({ status: "failed", reason: "stale" });
  });

  test("the old job is deleted later only with the flag that the replace needed", async () => {
    const fault = engine.sandbox.faults.add({ method: "DELETE", fault: { status: 403, body: { message: "no" } } });
    await engine.apply([wanted], { allowReplace: true });
    fault.remove();
    const plan = await engine.plan([wanted]);
    expect(plan.refusals).toMatchObject([{ code: "JW3002" }]);
    expect(plan.actions[0]?.requests.map((r) => r.method)).toEqual(["DELETE", "PATCH"]);
  });
});

describe("an old job that an interrupted replace left", () => {
  /** The new job is made, the old one cannot be deleted. */
  async function interrupted(): Promise<void> {
    const fault = engine.sandbox.faults.add({ method: "DELETE", fault: { status: 403, body: { message: "no" } } });
    await engine.apply([wanted], { allowReplace: true });
    fault.remove();
    expect(jobs()).toHaveLength(2);
  }

  test("goes with the new one, where that is replaced in turn", async () => {
    await interrupted();
    const third = nimbleJob("a", { agent_name: "third", schedule });
    const plan = await engine.plan([third], { allowReplace: true });
    expect(plan.actions[0]?.requests.map((r) => r.method)).toEqual(["POST", "DELETE", "DELETE", "PATCH"]);
    expect(plan.actions[0]?.doomed).toEqual(["job_2", "job_1"]);
    await engine.apply([third], { allowReplace: true });
    expect(jobs()).toEqual([["third", true]]);
    expect((await engine.plan([third])).actions).toEqual([]);
  });

  test.each([
    ["is there", false],
    ["was deleted by hand", true],
  ])("goes with its manifest, where the new one %s", async (_what, byHand) => {
    await interrupted();
    const { id } = engine.session.state.jobs["nimble/a"] ?? { id: "" };
    if (byHand) engine.sandbox.data.nimble.delete(id);
    const plan = await engine.plan([], { prune: true });
    expect(plan.actions).toMatchObject([{ action: "delete", doomed: ["job_1"] }]);
    expect(plan.actions[0]?.requests.map((r) => r.path)).toEqual([
      "/v1/jobs/job_1",
      ...(byHand ? [] : [`/v1/jobs/${id}`]),
    ]);
    await engine.apply([], { prune: true });
    expect(jobs()).toEqual([]);
    expect(engine.session.state.jobs).toEqual({});
  });

  test("is not taken for deleted by a delete that was cut short", async () => {
    await interrupted();
    const { id, apiVersion } = engine.session.state.jobs["nimble/a"] ?? { id: "", apiVersion: "nimbleway.com/v1" };
    const common = { address: "nimble/a", target: "nimble", name: "a", apiVersion } as const;
    await engine.session.intend([{ ...common, action: "delete", id }]);
    engine.sandbox.data.nimble.delete(id);
    await engine.settle();
    await engine.apply([], { prune: true });
    expect(jobs()).toEqual([]);
  });

  test("is forgotten where both were deleted by hand and the job is made anew", async () => {
    await interrupted();
    for (const { id } of engine.sandbox.data.nimble.all()) engine.sandbox.data.nimble.delete(id);
    await engine.apply([wanted]);
    expect(engine.session.state.jobs["nimble/a"]?.doomed).toBeUndefined();
    expect((await engine.plan([wanted])).actions).toEqual([]);
  });

  test("is still known after drift was healed", async () => {
    await interrupted();
    const { id } = engine.session.state.jobs["nimble/a"] ?? { id: "" };
    engine.sandbox.data.nimble.edit(id, { schedule: { cron: "1 1 * * *", enabled: false } });
    await engine.apply([wanted], { onlyCause: "drift" });
    expect(engine.session.state.jobs["nimble/a"]?.doomed).toMatchObject([{ id: "job_1" }]);
    await engine.apply([wanted], { allowReplace: true });
    expect(jobs()).toEqual([["new", true]]);
  });

  test("stays where on-remove says forget", async () => {
    const kept = { annotations: { protect: false, onRemove: "forget", ignore: [] } } as const;
    await engine.apply([nimbleJob("a", { agent_name: "old", schedule, description: "kept" }, kept)]);
    const fault = engine.sandbox.faults.add({ method: "DELETE", fault: { status: 403, body: { message: "no" } } });
    await engine.apply([nimbleJob("a", { agent_name: "new", schedule }, kept)], { allowReplace: true });
    fault.remove();
    await engine.apply([], { prune: true });
    expect(jobs()).toHaveLength(2);
  });
});

test("a rename that is interrupted leaves nothing behind", async () => {
  const renamed = nimbleJob(
    "b",
    { agent_name: "old", schedule },
    { annotations: { protect: false, onRemove: "delete", ignore: [], movedFrom: "a" } },
  );
  const fault = engine.sandbox.faults.add({ method: "DELETE", fault: { status: 403, body: { message: "no" } } });
  await engine.apply([renamed], { allowReplace: true });
  fault.remove();
  const between = await engine.plan([renamed], { prune: true, allowReplace: true });
  expect(between.actions.map((a) => [a.address, a.action])).toEqual([["nimble/b", "replace"]]);
  await engine.apply([renamed], { allowReplace: true });
  expect(engine.sandbox.data.nimble.all().map((job) => job.name)).toEqual(["b"]);
  expect(Object.keys(engine.session.state.jobs)).toEqual(["nimble/b"]);
  expect(engine.session.state.open).toEqual([]);
});

test("a new job whose making was not recorded is found, and the replace goes on", async () => {
  const fault = engine.sandbox.faults.add({ method: "POST", fault: "cutAfter" });
  const lookups = engine.sandbox.faults.add({ method: "GET", path: "/v1/jobs?", fault: { status: 503 }, after: 2 });
  await engine.apply([wanted], { allowReplace: true }).catch(() => undefined);
  fault.remove();
  lookups.remove();
  expect(engine.session.state.open).toHaveLength(1);
  engine.reconnect();
  await engine.settle();
  expect(engine.session.state.open).toEqual([]);
  await engine.apply([wanted], { allowReplace: true });
  expect(jobs()).toEqual([["new", true]]);
});

test("an old job that somebody edited meanwhile is not replaced", async () => {
  const plan = await engine.plan([wanted], { allowReplace: true });
  const [old] = await engine.live("nimble");
  engine.sandbox.data.nimble.edit(old?.id ?? "", { schedule: { cron: "1 1 * * *", enabled: true } });
  engine.sandbox.log.clear();
  const report = await engine.carryOut(plan, [wanted], { allowReplace: true });
  expect(report.results.get("nimble/a")).toMatchObject({ status: "stale", reason: "stale" });
  expect(engine.sandbox.log.writes()).toEqual([]);
});

test("a job whose schedule is off is made off and stays off: two steps", async () => {
  const off = { cron: "0 6 * * *", enabled: false };
  await engine.apply([nimbleJob("a", { agent_name: "old", schedule: off })]);
  engine.sandbox.log.clear();
  await engine.apply([nimbleJob("a", { agent_name: "new", schedule: off })], { allowReplace: true });
  expect(engine.sandbox.log.writes().map((w) => w.method)).toEqual(["POST", "DELETE"]);
  expect(jobs()).toEqual([["new", false]]);
});
