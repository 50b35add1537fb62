import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { Change } from "../../src/model/plan.ts";
import { diffMatch } from "../../src/plan/action.ts";
import { blaxelJob, liveJob, liveNimble, nimbleJob, planInput, stateOf } from "../support/jobs.ts";

function nimbleChanges(declared: JsonObject, live: JsonObject, base?: JsonObject): readonly Change[] {
  const desired = nimbleJob("a", declared);
  const match = { desired, live: liveNimble(7, "a", live) };
  const state = base && stateOf("job_7", nimbleJob("a", base));
  return diffMatch(planInput({}), state === undefined ? match : { ...match, state })?.changes ?? [];
}

function blaxelChanges(declared: JsonObject, live: JsonObject, base?: JsonObject): readonly Change[] {
  const desired = blaxelJob("b", declared);
  const match = { desired, live: liveJob("b", { metadata: { name: "b" }, spec: live }) };
  const state = base && stateOf("b", blaxelJob("b", base));
  return diffMatch(planInput({}), state === undefined ? match : { ...match, state })?.changes ?? [];
}

const at = (cron: string, enabled = true): JsonObject => ({ cron, enabled });

describe("the cause of a difference", () => {
  test.each([
    ["Git moved", "7", "6", "6", "pending"],
    ["live moved", "6", "7", "6", "drift"],
    ["both moved apart", "7", "8", "6", "conflict"],
    ["no base", "7", "6", undefined, "unknown"],
  ])("%s", (_what, declared, live, base, cause) => {
    const cron = (hour: string): JsonObject => ({ schedule: at(`0 ${hour} * * *`) });
    const changes = nimbleChanges(cron(declared), cron(live), base === undefined ? undefined : cron(base));
    expect(changes).toEqual([
      {
        op: "replace",
        path: "/spec/schedule/cron",
        before: `0 ${live} * * *`,
        after: `0 ${declared} * * *`,
        cause,
        ...(cause === "conflict" ? { base: `0 ${base} * * *` } : {}),
      },
    ]);
  });

  test.each([
    ["another key", [{ "a: b": null }]],
    ["no key", [{}]],
    ["a key more", [{ a: null, b: null }]],
  ])("a null in a list that counts as a whole is a value: live has %s", (_what, data) => {
    const inputs = (list: JsonObject[]): JsonObject => ({ inputs: { type: "inline", data: list } });
    const declared = inputs([{ a: null }]);
    expect(nimbleChanges(declared, inputs(data), declared)).toMatchObject([
      { path: "/spec/inputs/data", cause: "drift" },
    ]);
  });

  test("Git and live moved to the same value: nothing to do", () => {
    expect(nimbleChanges({ description: "new" }, { description: "new" }, { description: "old" })).toEqual([]);
  });
});

describe("fields that are declared no more", () => {
  test("a field of the base is cleared, pending where live still has it", () => {
    expect(nimbleChanges({}, { description: "x" }, { description: "x" })).toEqual([
      { op: "remove", path: "/spec/description", before: "x", cause: "pending" },
    ]);
  });

  test("a field of the base that live moved is a conflict", () => {
    expect(nimbleChanges({}, { description: "y" }, { description: "x" })).toMatchObject([
      { op: "remove", path: "/spec/description", cause: "conflict" },
    ]);
  });

  test("a field that only live has is not ours", () => {
    expect(nimbleChanges({}, { description: "y" }, {})).toEqual([]);
    expect(nimbleChanges({}, { description: "y" })).toEqual([]);
  });

  test("an explicit null clears, base or not", () => {
    expect(nimbleChanges({ description: null }, { description: "y" })).toEqual([
      { op: "remove", path: "/spec/description", before: "y", cause: "unknown" },
    ]);
    expect(nimbleChanges({ description: null }, { description: null })).toEqual([]);
  });

  test("a whole Blaxel object goes, but what only live has in it stays", () => {
    expect(blaxelChanges({}, { runtime: { memory: 4096, image: "v1" } }, { runtime: { memory: 4096 } })).toEqual([
      { op: "remove", path: "/spec/runtime/memory", before: 4096, cause: "pending" },
    ]);
  });

  test("a whole Nimble object is cleared as one, the platform's default in it too", () => {
    const destination = { type: "s3", path: "s3://x/" };
    expect(nimbleChanges({}, { destination: { ...destination, format: "parquet" } }, { destination })).toEqual([
      { op: "remove", path: "/spec/destination", before: { ...destination, format: "parquet" }, cause: "pending" },
    ]);
  });
});

describe("what the platform fills in, reorders or leaves out is no change", () => {
  test("defaults", () => {
    const destination = { type: "s3", path: "s3://x/" };
    expect(nimbleChanges({ destination }, { destination: { ...destination, format: "parquet" } })).toEqual([]);
    expect(nimbleChanges({ destination: { ...destination, format: "parquet" } }, { destination })).toEqual([]);
    expect(blaxelChanges({ enabled: true }, {})).toEqual([]);
  });

  test("a format that the manifest gave up, now the default", () => {
    const destination = { type: "s3", path: "s3://x/" };
    const was = { destination: { ...destination, format: "csv" } };
    expect(nimbleChanges({ destination }, was, was)).toMatchObject([
      { op: "remove", path: "/spec/destination/format" },
    ]);
    expect(nimbleChanges({ destination }, { destination: { ...destination, format: "parquet" } }, was)).toEqual([]);
  });

  test("lists with a key in any order, sets in any order, empty against absent", () => {
    const envs = [
      { name: "A", value: "1" },
      { name: "B", value: "2" },
    ];
    expect(blaxelChanges({ runtime: { envs } }, { runtime: { envs: [...envs].reverse() } })).toEqual([]);
    expect(blaxelChanges({ policies: ["x", "y"] }, { policies: ["y", "x"] })).toEqual([]);
    expect(blaxelChanges({ policies: [], runtime: { envs: [] } }, { runtime: {} })).toEqual([]);
  });

  test("triggers without an id: the live id is kept, a reordering is no change", () => {
    const cron = (schedule: string): JsonObject => ({ type: "cron", configuration: { schedule } });
    const live = [
      { ...cron("0 2 * * *"), id: "t-2" },
      { ...cron("0 1 * * *"), id: "t-1" },
    ];
    expect(blaxelChanges({ triggers: [cron("0 1 * * *"), cron("0 2 * * *")] }, { triggers: live })).toEqual([]);
  });
});

describe("a declared list is the whole list", () => {
  test("what somebody added by hand goes, as drift", () => {
    const envs = [{ name: "A", value: "1" }];
    const live = { runtime: { envs: [...envs, { name: "B", value: "2" }] } };
    expect(blaxelChanges({ runtime: { envs } }, live, { runtime: { envs } })).toEqual([
      { op: "remove", path: "/spec/runtime/envs/B", before: { name: "B", value: "2" }, cause: "drift" },
    ]);
  });

  test("an undeclared key of an item keeps its live value", () => {
    const live = { runtime: { envs: [{ name: "A", value: "1", note: "kept" }] } };
    expect(blaxelChanges({ runtime: { envs: [{ name: "A", value: "2" }] } }, live)).toMatchObject([
      { op: "replace", path: "/spec/runtime/envs/A/value", before: "1", after: "2" },
    ]);
  });

  test("a list that is declared no more: its own items go, others stay", () => {
    const item = (name: string): JsonObject => ({ name, value: name });
    expect(
      blaxelChanges({}, { runtime: { envs: [item("A"), item("B")] } }, { runtime: { envs: [item("A")] } }),
    ).toMatchObject([{ op: "remove", path: "/spec/runtime/envs/A" }]);
  });

  test("triggers match by type and position; a change keeps the id", () => {
    const cron = (schedule: string, id?: string): JsonObject => ({
      ...(id === undefined ? {} : { id }),
      type: "cron",
      configuration: { schedule },
    });
    expect(
      blaxelChanges(
        { triggers: [cron("0 5 * * *"), cron("0 2 * * *")] },
        { triggers: [cron("0 1 * * *", "x"), cron("0 2 * * *", "y")] },
      ),
    ).toMatchObject([{ op: "replace", path: "/spec/triggers/cron[0]/configuration/schedule", after: "0 5 * * *" }]);
  });

  test("a trigger with an id stands by its id", () => {
    const trigger = (schedule: string): JsonObject => ({ id: "nightly", type: "cron", configuration: { schedule } });
    expect(blaxelChanges({ triggers: [trigger("0 5 * * *")] }, { triggers: [trigger("0 1 * * *")] })).toMatchObject([
      { path: "/spec/triggers/nightly/configuration/schedule" },
    ]);
  });
});

describe("paused by hand", () => {
  const paused = (more: JsonObject, live: JsonObject, base: JsonObject) =>
    diffMatch(planInput({}), {
      desired: nimbleJob("a", more),
      live: liveNimble(7, "a", live),
      state: stateOf("job_7", nimbleJob("a", base)),
    });

  test("base and Git have it on, live has it off: left off and said", () => {
    const on = { schedule: at("0 6 * * *") };
    const diff = paused(on, { schedule: at("0 6 * * *", false) }, on);
    expect(diff?.changes).toEqual([]);
    expect(diff?.paused).toEqual([
      { op: "replace", path: "/spec/schedule/enabled", before: false, after: true, cause: "paused" },
    ]);
  });

  test("a change of another field leaves it off", () => {
    const diff = paused(
      { schedule: at("0 7 * * *") },
      { schedule: at("0 6 * * *", false) },
      { schedule: at("0 6 * * *") },
    );
    expect(diff?.changes.map((c) => c.path)).toEqual(["/spec/schedule/cron"]);
    expect(diff?.paused).toHaveLength(1);
  });

  test("switched on in Git: a pending change", () => {
    const off = { schedule: at("0 6 * * *", false) };
    const diff = paused({ schedule: at("0 6 * * *") }, off, off);
    expect(diff?.changes).toMatchObject([{ path: "/spec/schedule/enabled", after: true, cause: "pending" }]);
    expect(diff?.paused).toEqual([]);
  });

  test("a trigger's switch pauses like a schedule; an undeclared one is not ours", () => {
    const trigger = (enabled?: boolean): JsonObject => ({
      type: "cron",
      ...(enabled === undefined ? {} : { enabled }),
      configuration: { schedule: "0 6 * * *" },
    });
    const diff = (declared: JsonObject) =>
      diffMatch(planInput({}), {
        desired: blaxelJob("b", { triggers: [declared] }),
        live: liveJob("b", { metadata: { name: "b" }, spec: { triggers: [{ ...trigger(false), id: "x" }] } }),
        state: stateOf("b", blaxelJob("b", { triggers: [declared] })),
      });
    expect(diff(trigger(true))?.paused.map((p) => p.path)).toEqual(["/spec/triggers/cron[0]/enabled"]);
    expect(diff(trigger())?.paused).toEqual([]);
    expect(diff(trigger())?.changes).toEqual([]);
  });
});
