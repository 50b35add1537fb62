import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPatch, checkOperation } from "../../src/manifest/patch.ts";
import type { PatchOperation } from "../../src/model/config.ts";
import type { Json } from "../../src/model/json.ts";

const MANIFEST = {
  apiVersion: "nimbleway.com/v1",
  kind: "Job",
  metadata: { name: "a", annotations: { "jobwright.dev/id": "job_7", "jobwright.dev/protect": "false" } },
  spec: { schedule: { cron: "0 6 * * *", enabled: false }, list: [1, 2, 3], "a/b~c": 1 },
};

function patched(...patch: PatchOperation[]): Json {
  const outcome = applyPatch(MANIFEST, { match: "*", patch });
  if ("problem" in outcome) throw new Error(outcome.problem.message);
  return outcome.value;
}

function problemOf(...patch: PatchOperation[]) {
  const outcome = applyPatch(MANIFEST, { match: "*", patch });
  return "problem" in outcome ? { ...outcome.problem, operation: outcome.operation } : undefined;
}

describe("operations", () => {
  it("are done in order", () => {
    expect(
      patched(
        { op: "test", path: "/spec/schedule/enabled", value: false },
        { op: "replace", path: "/spec/schedule/enabled", value: true },
        { op: "add", path: "/spec/list/1", value: "x" },
        { op: "add", path: "/spec/list/-", value: "end" },
        { op: "remove", path: "/spec/list/0" },
        { op: "copy", from: "/spec/schedule", path: "/spec/copy" },
        { op: "move", from: "/spec/a~1b~0c", path: "/spec/moved" },
        { op: "replace", path: "/spec/copy/cron", value: "1 * * * *" },
      ),
    ).toEqual({
      ...MANIFEST,
      spec: {
        schedule: { cron: "0 6 * * *", enabled: true },
        list: ["x", 2, 3, "end"],
        copy: { cron: "1 * * * *", enabled: true },
        moved: 1,
      },
    });
  });

  it("leave the manifest and the rule as they were", () => {
    const rule = {
      match: "*",
      patch: [
        { op: "add" as const, path: "/spec/x", value: { deep: [1] } },
        { op: "add" as const, path: "/spec/x/deep/-", value: 2 },
      ],
    };
    const before = structuredClone({ MANIFEST, rule });
    for (let i = 0; i < 2; i++) {
      expect(applyPatch(MANIFEST, rule)).toMatchObject({ value: { spec: { x: { deep: [1, 2] } } } });
    }
    expect({ MANIFEST, rule }).toEqual(before);
  });

  it("change one place only where aliases repeat a value", () => {
    const shared = { k: 1 };
    const outcome = applyPatch(
      { ...MANIFEST, spec: { a: shared, b: shared } },
      {
        match: "*",
        patch: [{ op: "replace", path: "/spec/a/k", value: 2 }],
      },
    );
    expect(outcome).toMatchObject({ value: { spec: { a: { k: 2 }, b: { k: 1 } } } });
  });

  it("tell which fields they wrote", () => {
    const outcome = applyPatch(MANIFEST, {
      match: "*",
      patch: [
        { op: "test", path: "/kind", value: "Job" },
        { op: "add", path: "/spec/a~1b", value: 1 },
      ],
    });
    expect(outcome).toMatchObject({ touched: [{ path: ["spec", "a/b"], operation: 1 }] });
  });

  it.each<[string, PatchOperation, string]>([
    ["replace of what is not there", { op: "replace", path: "/spec/shedule", value: 1 }, "path"],
    ["remove of what is not there", { op: "remove", path: "/spec/nope" }, "path"],
    ["a missing parent", { op: "add", path: "/spec/nope/x", value: 1 }, "path"],
    ["adding into a scalar", { op: "add", path: "/spec/schedule/cron/x", value: 1 }, "path"],
    ["an index with a zero before it", { op: "replace", path: "/spec/list/01", value: 1 }, "path"],
    ["a negative index", { op: "replace", path: "/spec/list/-1", value: 1 }, "path"],
    ["an index past the end", { op: "add", path: "/spec/list/4", value: 1 }, "path"],
    ["a huge index", { op: "add", path: "/spec/list/4294967296", value: 1 }, "path"],
    ["the end of a list where an item must be", { op: "remove", path: "/spec/list/-" }, "path"],
    ["an inherited name as source", { op: "copy", from: "/constructor/name", path: "/spec/x" }, "from"],
    ["an inherited name moved", { op: "move", from: "/spec/toString", path: "/spec/x" }, "from"],
    ["a list's length", { op: "copy", from: "/spec/list/length", path: "/spec/x" }, "from"],
    ["__proto__", { op: "add", path: "/spec/__proto__", value: { x: 1 } }, "path"],
    ["a way through __proto__", { op: "add", path: "/spec/__proto__/x", value: 1 }, "path"],
    ["a way through constructor", { op: "add", path: "/spec/constructor/prototype/x", value: 1 }, "path"],
    ["a value moved into itself", { op: "move", from: "/spec/schedule", path: "/spec/schedule/x" }, "path"],
    ["a test that fails", { op: "test", path: "/spec/list", value: [1, 2] }, "value"],
  ])("A33 A34 refuse %s", (_name, operation, field) => {
    expect(problemOf({ op: "test", path: "/kind", value: "Job" }, operation)).toMatchObject({
      code: "JW1309",
      field,
      operation: 1,
    });
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  it("A33 test values with keys of every name", () => {
    const value = { hasOwnProperty: 1, toString: 2 };
    const outcome = applyPatch(
      { ...MANIFEST, spec: { value } },
      {
        match: "*",
        patch: [{ op: "test", path: "/spec/value", value }],
      },
    );
    expect("problem" in outcome).toBe(false);
  });

  it("suggest the key that was meant", () => {
    expect(problemOf({ op: "replace", path: "/spec/shedule/enabled", value: true })?.hint).toBe(
      'Did you mean "schedule"?',
    );
  });
});

describe("what identifies a job", () => {
  it.each<PatchOperation>([
    { op: "replace", path: "/metadata/name", value: "b" },
    { op: "replace", path: "/apiVersion", value: "nimbleway.com/v2" },
    { op: "remove", path: "/kind" },
    { op: "add", path: "/metadata/annotations/jobwright.dev~1id", value: "job_8" },
    { op: "remove", path: "/metadata/annotations/jobwright.dev~1target" },
    { op: "move", from: "/metadata/name", path: "/spec/x" },
    { op: "replace", path: "/metadata", value: {} },
    { op: "replace", path: "", value: {} },
    { op: "copy", from: "/spec/schedule/cron", path: "/metadata/name" },
  ])("A33 cannot be written: %j", (operation) => {
    expect(checkOperation(operation)).toMatchObject({ code: "JW1310" });
    expect(problemOf(operation)).toMatchObject({ code: "JW1310", operation: 0 });
  });

  it("cannot be written together with what may be", () => {
    const annotations = { "jobwright.dev/protect": "true" };
    const operation: PatchOperation = { op: "replace", path: "/metadata/annotations", value: annotations };
    expect(checkOperation(operation)).toBeUndefined();
    expect(problemOf(operation)).toMatchObject({ code: "JW1310" });
    const same = { ...annotations, "jobwright.dev/id": "job_7" };
    expect(problemOf({ op: "replace", path: "/metadata/annotations", value: same })).toBeUndefined();
  });

  it("can be tested and copied", () => {
    expect(problemOf({ op: "test", path: "/metadata/name", value: "a" })).toBeUndefined();
    expect(patched({ op: "copy", from: "/metadata/name", path: "/spec/x" })).toMatchObject({ spec: { x: "a" } });
  });
});

describe("checkOperation", () => {
  it.each<[PatchOperation, string]>([
    [{ op: "replace", path: "spec/x", value: 1 }, "path"],
    [{ op: "replace", path: "/spec/~2", value: 1 }, "path"],
    [{ op: "copy", path: "/spec/x", from: "spec" }, "from"],
    [{ op: "copy", path: "/spec/x" }, "op"],
    [{ op: "add", path: "/spec/x" }, "op"],
    [{ op: "test", path: "/spec/x" }, "op"],
  ])("refuses %j", (operation, field) => {
    expect(checkOperation(operation)).toMatchObject({ field });
  });

  it("takes null as a value", () => {
    expect(checkOperation({ op: "add", path: "/spec/x", value: null })).toBeUndefined();
  });
});

describe("size", () => {
  it("A33 stops copies that double each time", () => {
    const patch: PatchOperation[] = [{ op: "add", path: "/spec/a", value: { x: "0123456789" } }];
    for (let i = 0; i < 30; i++) patch.push({ op: "copy", from: "/spec/a", path: `/spec/a/x${i}` });
    expect(problemOf(...patch)).toMatchObject({ code: "JW1319" });
  });

  it("counts what there is, not what there was", () => {
    const value = "x".repeat(1_000_000);
    const patch = Array.from({ length: 20 }, (): PatchOperation => ({ op: "add", path: "/spec/a", value }));
    expect(problemOf(...patch)).toBeUndefined();
  });
});

it("does as RFC 6902 says, on any operation that it takes", () => {
  const pointer = fc.constantFrom(
    "/spec/list",
    "/spec/list/0",
    "/spec/list/-",
    "/spec/schedule",
    "/spec/new",
    "/spec/x/y",
  );
  const operation = fc.oneof(
    fc.record({ op: fc.constantFrom("add" as const, "replace" as const), path: pointer, value: fc.jsonValue() }),
    fc.record({ op: fc.constant("remove" as const), path: pointer }),
  );
  fc.assert(
    fc.property(operation, (each) => {
      const outcome = applyPatch(MANIFEST, { match: "*", patch: [each as PatchOperation] });
      if ("problem" in outcome) return;
      const spec = JSON.parse(JSON.stringify(MANIFEST.spec)) as Record<string, unknown> & { list: unknown[] };
      const key = each.path.slice("/spec/".length);
      const value = "value" in each ? JSON.parse(JSON.stringify(each.value)) : undefined;
      if (key.startsWith("list/")) {
        const index = key === "list/-" ? 3 : 0;
        spec.list.splice(index, each.op === "add" ? 0 : 1, ...(each.op === "remove" ? [] : [value]));
      } else if (each.op === "remove") delete spec[key];
      else spec[key] = value;
      expect(outcome.value).toEqual({ ...MANIFEST, spec });
    }),
  );
});
