import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SAFETY_DEFAULTS } from "../../src/model/config.ts";
import type { DesiredJob } from "../../src/model/job.ts";
import { NO_FLAGS } from "../../src/plan/input.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { blaxelJob, nimbleJob, planInput } from "../support/jobs.ts";

const spec = { agent_name: "agent", schedule: { cron: "0 6 * * *", enabled: true } };
const named = (name: string, more: Partial<DesiredJob> = {}): DesiredJob => nimbleJob(name, spec, more);
const many = (count: number): readonly DesiredJob[] => Array.from({ length: count }, (_, i) => named(`job-${i}`));

let engine: Engine;
beforeEach(async () => {
  engine = await startEngine();
});
afterEach(() => engine.close());

const codes = async (desired: readonly DesiredJob[], flags = {}): Promise<readonly string[]> =>
  (await engine.plan(desired, flags)).refusals.map((r) => r.code);

describe("prune", () => {
  test("without --prune an orphan is named and left; with it it is deleted; foreign jobs never", async () => {
    engine.sandbox.data.nimble.put({ name: "foreign", agent_name: "x" });
    await engine.apply([named("a"), named("b")]);
    const plan = await engine.plan([named("a")]);
    expect(plan.actions).toEqual([]);
    expect(plan.standings.filter((s) => s.kind === "orphaned").map((s) => s.address)).toEqual(["nimble/b"]);
    expect(plan.summary).toMatchObject({ orphaned: 1, unmanaged: 1 });
    await engine.apply([named("a")], { prune: true });
    expect((await engine.live("nimble")).map((j) => j.name)).toEqual(["a", "foreign"]);
  });

  test("a job of our name that somebody else made is not pruned", async () => {
    const job = blaxelJob("b", { runtime: { memory: 2048 } });
    await engine.apply([job]);
    engine.sandbox.data.blaxel.delete("b");
    engine.sandbox.data.blaxel.put({ metadata: { name: "b", createdAt: "2026-11-24T00:00:00.000Z" }, spec: {} });
    const { plan } = await engine.apply([], { prune: true });
    expect(plan.actions).toMatchObject([{ action: "forget", requests: [] }]);
    expect(engine.sandbox.data.blaxel.count()).toBe(1);
  });

  test("protection stays when the manifest goes", async () => {
    await engine.apply([named("a", { annotations: { protect: true, onRemove: "delete", ignore: [] } })]);
    expect(await codes([], { prune: true })).toEqual(["JW3001"]);
  });

  test("on-remove: disable switches off and stays owned; forget leaves it live", async () => {
    const kept = (name: string, onRemove: "disable" | "forget") =>
      named(name, { annotations: { protect: false, onRemove, ignore: [] } });
    await engine.apply([kept("a", "disable"), kept("b", "forget")]);
    await engine.apply([], { prune: true });
    const live = await engine.live("nimble");
    expect(live.map((j) => [j.name, (j.document.spec["schedule"] as { enabled: boolean }).enabled])).toEqual([
      ["a", false],
      ["b", true],
    ]);
    expect(Object.keys(engine.session.state.jobs)).toEqual(["nimble/a"]);
    expect((await engine.plan([], { prune: true })).actions).toEqual([]);
  });
});

describe("limits", () => {
  test("A79 six deletes are one too many, unless this run allows them", async () => {
    await engine.apply(many(6));
    expect(await codes([], { prune: true })).toEqual(["JW3004"]);
    expect(await codes([], { prune: true, maxDeletes: 5 })).toEqual(["JW3004"]);
    expect(await codes([], { prune: true, maxDeletes: 6 })).toEqual([]);
  });

  test("the refusal tells limit, count, key and flag", async () => {
    await engine.apply(many(6));
    const [refusal] = (await engine.plan([], { prune: true })).refusals;
    expect(refusal?.message).toContain("6 jobs");
    expect(refusal?.message).toContain("safety.maxDeletes");
    expect(refusal?.message).toContain("5");
    expect(refusal?.hint).toContain("--max-deletes 6");
  });

  test("percentages count from 20 owned jobs on", async () => {
    const changed = (jobs: readonly DesiredJob[]) =>
      jobs.map((job, i) => (i < 11 ? nimbleJob(job.name, { ...spec, description: "new" }) : job));
    await engine.apply(many(19));
    expect(await codes(changed(many(19)))).toEqual([]);
    await engine.apply(many(20));
    expect(await codes(changed(many(20)))).toEqual(["JW3005"]);
    expect(await codes(changed(many(20)), { maxUpdates: 11 })).toEqual([]);
  });

  test("a replace counts as a delete", async () => {
    await engine.apply(many(6));
    const other = many(6).map((job) => nimbleJob(job.name, { ...spec, agent_name: "other" }));
    expect(await codes(other, { allowReplace: true })).toEqual(["JW3004"]);
  });
});

describe("who is who", () => {
  test("A69 all owned jobs missing looks like another account", async () => {
    await engine.apply([named("a"), named("b")]);
    for (const job of await engine.live("nimble")) engine.sandbox.data.nimble.delete(job.id);
    expect(await codes([named("a"), named("b")])).toEqual(["JW3006"]);
    const plan = await engine.plan([named("a"), named("b")], { acceptMissing: true });
    expect(plan.refusals).toEqual([]);
    expect(plan.actions.map((a) => [a.action, a.changes[0]?.cause])).toEqual([
      ["create", "drift"],
      ["create", "drift"],
    ]);
    expect(plan.drifted).toBe(true);
  });

  test("two live jobs of one name: an error with both ids, until one is bound", async () => {
    const first = engine.sandbox.data.nimble.put({ name: "a", agent_name: "agent" });
    const second = engine.sandbox.data.nimble.put({ name: "a", agent_name: "agent" });
    await expect(engine.plan([named("a")])).rejects.toMatchObject({
      diagnostics: [{ code: "JW1401", message: expect.stringContaining(`${first.id} and ${second.id}`) }],
    });
    const bound = named("a", {
      annotations: { protect: false, onRemove: "delete", ignore: [], id: String(second.id) },
    });
    await engine.apply([bound]);
    expect(engine.session.state.jobs["nimble/a"]?.id).toBe(second.id);
    expect((await engine.plan([named("a")])).actions).toEqual([]);
  });

  test("an id that is not there is an error", async () => {
    const bound = named("a", { annotations: { protect: false, onRemove: "delete", ignore: [], id: "job_999" } });
    await expect(engine.plan([bound])).rejects.toMatchObject({ diagnostics: [{ code: "JW1402" }] });
  });

  test("A78 a manifest that moved from v1 to v2 is the same job", async () => {
    await engine.apply([named("a")]);
    const { agent_name, ...rest } = spec;
    const v2 = nimbleJob("a", { extract_template_name: agent_name, ...rest }, { apiVersion: "nimbleway.com/v2" });
    expect((await engine.plan([v2])).actions).toEqual([]);
  });
});

describe("rename", () => {
  test("moved-from carries what the old job had, makes the new one first, and needs no prune", async () => {
    await engine.apply([named("old")]);
    const [old] = await engine.live("nimble");
    engine.sandbox.data.nimble.edit(old?.id ?? "", { display_name: "by hand" });
    const moved = named("new", { annotations: { protect: false, onRemove: "delete", ignore: [], movedFrom: "old" } });
    expect(await codes([moved])).toEqual(["JW3002"]);
    engine.sandbox.log.clear();
    await engine.apply([moved], { allowReplace: true });
    const writes = engine.sandbox.log.writes();
    expect(writes.map((w) => w.method)).toEqual(["POST", "DELETE", "PATCH"]);
    expect(writes[0]?.body).toMatchObject({ name: "new", display_name: "by hand", schedule: { enabled: false } });
    expect(Object.keys(engine.session.state.jobs)).toEqual(["nimble/new"]);
    expect((await engine.plan([moved])).actions).toEqual([]);
  });

  test("a Blaxel rename carries the image", async () => {
    const job = (name: string, more: Partial<DesiredJob> = {}) =>
      blaxelJob(name, { triggers: [{ type: "cron", configuration: { schedule: "0 6 * * *" } }] }, more);
    await engine.apply([job("old")]);
    engine.sandbox.data.blaxel.deploy("old", "image:7");
    const moved = job("new", { annotations: { protect: false, onRemove: "delete", ignore: [], movedFrom: "old" } });
    await engine.apply([moved], { allowReplace: true });
    const live = (await engine.live("blaxel")).filter((j) => j.facts.status !== "DELETING");
    expect(live.map((j) => j.name)).toEqual(["new"]);
    expect(live[0]?.document.spec).toMatchObject({ runtime: { image: "image:7" } });
    expect((await engine.plan([moved])).actions).toEqual([]);
  });

  test("a delete and a create of equal content propose it, ready to paste", async () => {
    await engine.apply([named("old")]);
    const plan = await engine.plan([named("new")]);
    expect(plan.warnings).toMatchObject([
      { code: "JW3502", message: expect.stringContaining("jobwright.dev/moved-from: old") },
    ]);
  });
});

describe("holds", () => {
  test("a held job is left alone until then", async () => {
    await engine.apply([named("a")]);
    const entry = engine.session.state.jobs["nimble/a"];
    if (entry === undefined) throw new Error("not owned");
    const changed = nimbleJob("a", { ...spec, description: "new" });
    const hold = (until: string) =>
      engine.session.change([
        { kind: "put", address: "nimble/a", job: { ...entry, hold: { until, reason: "outage" } } },
      ]);
    await hold("2026-12-01T00:00:00Z");
    const held = await engine.plan([changed]);
    expect(held.actions).toEqual([]);
    expect(held.summary.held).toBe(1);
    await hold("2026-11-01T00:00:00Z");
    expect((await engine.plan([changed])).actions).toHaveLength(1);
  });

  test("a job that somebody made anew under a held address is left alone, too", async () => {
    await engine.apply([named("a")]);
    const entry = engine.session.state.jobs["nimble/a"];
    if (entry === undefined) throw new Error("not owned");
    const held = { ...entry, hold: { until: "2026-12-01T00:00:00Z", reason: "outage" } };
    await engine.session.change([{ kind: "put", address: "nimble/a", job: held }]);
    engine.sandbox.data.nimble.delete(entry.id);
    engine.sandbox.data.nimble.put({ name: "a", agent_name: "agent", description: "by hand" });
    const { plan } = await engine.apply([named("a")]);
    expect(plan.actions).toEqual([]);
    expect(plan.standings).toMatchObject([{ address: "nimble/a", kind: "held" }]);
    expect(engine.session.state.jobs["nimble/a"]).toEqual(held);
  });
});

test("a conflict may be made to need a decision of its own", async () => {
  await engine.apply([nimbleJob("a", { ...spec, description: "base" })]);
  const [job] = await engine.live("nimble");
  engine.sandbox.data.nimble.edit(job?.id ?? "", { description: "by hand" });
  const desired = [nimbleJob("a", { ...spec, description: "git" })];
  const plan = await engine.plan(desired);
  expect(plan.refusals).toEqual([]);
  expect(plan.actions[0]?.changes).toMatchObject([
    { before: "by hand", after: "git", base: "base", cause: "conflict" },
  ]);
  const input = planInput({
    desired,
    live: new Map([["nimble", await engine.live("nimble")]]),
    state: engine.session.state,
    safety: { ...SAFETY_DEFAULTS, conflicts: "refuse" },
  });
  expect(makePlan(input).refusals).toMatchObject([{ code: "JW3011", address: "nimble/a" }]);
  expect(makePlan({ ...input, flags: { ...NO_FLAGS, overwriteConflicts: true } }).refusals).toEqual([]);
});

test("a held job whose manifest goes is not pruned", async () => {
  await engine.apply([named("a"), named("b")]);
  const entry = engine.session.state.jobs["nimble/b"];
  if (entry === undefined) throw new Error("not owned");
  const hold = { until: "2026-12-01T00:00:00Z", reason: "outage" };
  await engine.session.change([{ kind: "put", address: "nimble/b", job: { ...entry, hold } }]);
  const plan = await engine.plan([named("a")], { prune: true });
  expect(plan.actions).toEqual([]);
  expect(plan.summary).toMatchObject({ held: 1, orphaned: 0 });
});

test("a schedule whose manifest does not say enabled is made on, and left as it is after that", async () => {
  const job = nimbleJob("a", { agent_name: "agent", schedule: { cron: "0 6 * * *" } });
  await engine.apply([job]);
  expect(engine.sandbox.log.writes().map((w) => w.body)).toMatchObject([
    { schedule: { cron: "0 6 * * *", enabled: true } },
  ]);
  const [live] = await engine.live("nimble");
  engine.sandbox.data.nimble.edit(live?.id ?? "", { schedule: { cron: "0 6 * * *", enabled: false } });
  const plan = await engine.plan([job]);
  expect([plan.actions, plan.summary.paused]).toEqual([[], 0]);
});

describe("--only-cause drift", () => {
  test("puts back what was changed by hand and releases nothing that is pending", async () => {
    await engine.apply([nimbleJob("a", { ...spec, description: "x" })]);
    const [job] = await engine.live("nimble");
    engine.sandbox.data.nimble.edit(job?.id ?? "", { description: "by hand" });
    const desired = [nimbleJob("a", { ...spec, description: "x", display_name: "pending" }), named("b")];
    engine.sandbox.log.clear();
    await engine.apply(desired, { onlyCause: "drift" });
    expect(engine.sandbox.log.writes().map((w) => [w.method, w.body])).toEqual([["PATCH", { description: "x" }]]);
    const { actions, summary } = await engine.plan(desired, { onlyCause: "drift" });
    expect([actions, summary.unchanged, summary.left]).toEqual([[], 0, 2]);
    const plan = await engine.plan(desired);
    expect(plan.actions.map((a) => [a.action, a.changes.map((c) => c.cause)])).toEqual([
      ["update", ["pending"]],
      ["create", expect.arrayContaining(["pending"])],
    ]);
  });

  test("what is pending stays so where nothing was changed by hand: it is no drift of tomorrow", async () => {
    await engine.apply([nimbleJob("a", { ...spec, description: "x" })]);
    const desired = [nimbleJob("a", { ...spec, description: "pending" })];
    await engine.apply(desired, { onlyCause: "drift" });
    const plan = await engine.plan(desired);
    expect(plan.actions[0]?.changes.map((c) => c.cause)).toEqual(["pending"]);
    expect(plan.drifted).toBe(false);
  });
});
