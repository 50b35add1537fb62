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

  test("the old job is deleted later only with the flag that the replace needed", async () => {
    const fault = engine.sandbox.faults.add({ method: "DELETE", fault: { status: 403, body: { message: "no" } } });
    await engine.apply([wanted], { allowReplace: true });
    fault.remove();
    const plan = await engine.plan([wanted]);
    expect(plan.refusals).toMatchObject([{ code: "JW3002" }]);
    expect(plan.actions[0]?.requests.map((r) => r.method)).toEqual(["DELETE", "PATCH"]);
  });
});

describe("a job that a replace left to be deleted", () => {
  const refusals = () =>
    engine.sandbox.faults.add({ method: "DELETE", fault: { status: 403, body: { message: "no" } } });

  test("is not forgotten when its successor is replaced in turn", async () => {
    const fault = refusals();
    await engine.apply([wanted], { allowReplace: true });
    fault.remove();
    const newest = nimbleJob("a", { agent_name: "newest", schedule });
    const plan = await engine.plan([newest], { allowReplace: true });
    expect(plan.actions[0]?.requests.map((r) => r.method)).toEqual(["POST", "DELETE", "DELETE", "PATCH"]);
    await engine.apply([newest], { allowReplace: true });
    expect(jobs()).toEqual([["newest", true]]);
    expect((await engine.plan([newest])).summary.unmanaged).toBe(0);
  });

  test("is not forgotten when only drift is healed", async () => {
    const fault = refusals();
    await engine.apply([wanted], { allowReplace: true });
    fault.remove();
    const [, made] = await engine.live("nimble");
    engine.sandbox.data.nimble.edit(made?.id ?? "", { schedule: { cron: "1 1 * * *", enabled: false } });
    await engine.apply([wanted], { onlyCause: "drift" });
    await engine.apply([wanted], { allowReplace: true });
    expect(jobs()).toEqual([["new", true]]);
  });

  test.each([["both live"], ["its successor gone"]])("goes when its manifest goes: %s", async (which) => {
    const fault = refusals();
    await engine.apply([wanted], { allowReplace: true });
    fault.remove();
    const [old, made] = engine.sandbox.data.nimble.all();
    if (which !== "both live") engine.sandbox.data.nimble.delete(made?.id ?? "");
    const plan = await engine.plan([], { prune: true });
    expect(plan.actions).toMatchObject([{ action: "delete", doomed: [old?.id] }]);
    await engine.apply([], { prune: true });
    expect(jobs()).toEqual([]);
    expect(engine.session.state.jobs).toEqual({});
  });
});

test("a new job that is not as asked leaves the old one alone", async () => {
  const fault = engine.sandbox.faults.add({
    method: "POST",
    fault: { replace: { from: "0 6 * * *", to: "0 5 * * *" } },
  });
  const { report } = await engine.apply([wanted], { allowReplace: true });
  fault.remove();
  expect(report.results.get("nimble/a")).toMatchObject({ status: "failed", class: "done", reason: "not-taken" });
  expect(jobs()).toEqual([
    ["old", true],
    ["new", false],
  ]);
  // Somebody has seen it and goes on.
  await engine.apply([wanted], { allowReplace: true });
  expect(jobs()).toEqual([["new", true]]);
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
