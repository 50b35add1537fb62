import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { SandboxBehaviours } from "../../src/sandbox/options.ts";
import { at, bench } from "./client.ts";

const JOB: JsonObject = {
  metadata: { name: "x", labels: {} },
  spec: {
    policies: ["p1", "p2"],
    runtime: {
      ports: [{ target: 2 }, { target: 1 }],
      envs: [
        { name: "B", value: "1" },
        { name: "C", value: "a-long-secret", secret: true },
        { name: "A", value: "3" },
      ],
    },
    triggers: [{ id: "t", type: "cron", configuration: { schedule: "0 * * * *", tasks: [] } }],
  },
};

async function read(behaviours: Partial<SandboxBehaviours>): Promise<JsonObject> {
  const { call, sandbox } = await bench({ behaviours });
  sandbox.data.blaxel.put(JOB);
  return (await call("GET", "/v0/jobs/x")).body;
}
const envNames = (job: JsonObject) => [0, 1, 2].map((index) => at(job, "spec", "runtime", "envs", index, "name"));

describe("what can be switched at Blaxel", () => {
  it("order of envs and other lists", async () => {
    expect(envNames(await read({}))).toEqual(["B", "C", "A"]);
    expect(envNames(await read({ envOrder: "sorted" }))).toEqual(["A", "B", "C"]);
    expect(envNames(await read({ envOrder: "reversed" }))).toEqual(["A", "C", "B"]);
    const reversed = await read({ listItems: "reversed" });
    expect(at(reversed, "spec", "policies")).toEqual(["p2", "p1"]);
    expect(at(reversed, "spec", "runtime", "ports")).toEqual([{ target: 1 }, { target: 2 }]);
  });

  it("empty lists and objects", async () => {
    expect(at(await read({}), "metadata", "labels")).toEqual({});
    const dropped = await read({ emptyLists: "dropped" });
    expect(dropped["metadata"]).not.toHaveProperty("labels");
    expect(at(dropped, "spec", "triggers", 0, "configuration")).toEqual({ schedule: "0 * * * *", tasks: [] });
  });

  it("trigger ids", async () => {
    expect(at(await read({}), "spec", "triggers", 0, "id")).toBe("t");
    expect(at(await read({ triggerIds: "hidden" }), "spec", "triggers", 0)).not.toHaveProperty("id");
  });

  it("masks", async () => {
    const mask = (job: JsonObject) => at(job, "spec", "runtime", "envs", 1, "value");
    expect(mask(await read({ maskStyle: "partial" }))).toBe("a-****et");
    const { call, sandbox } = await bench({ behaviours: { maskStyle: "changing" } });
    sandbox.data.blaxel.put(JOB);
    const first = mask((await call("GET", "/v0/jobs/x")).body);
    const second = mask((await call("GET", "/v0/jobs/x")).body);
    expect(first).toMatch(/^\*+$/);
    expect(second).toMatch(/^\*+$/);
    expect(second).not.toBe(first);
  });

  it("show_secrets for a key that may not", async () => {
    const { call, sandbox } = await bench({ adminKeys: ["admin"], behaviours: { showSecretsDenied: "forbidden" } });
    sandbox.data.blaxel.put(JOB);
    expect((await call("GET", "/v0/jobs/x?show_secrets=true")).status).toBe(403);
    expect((await call("GET", "/v0/jobs/x")).status).toBe(200);
  });

  it("lists that hold less than the job", async () => {
    const { call, sandbox } = await bench({ behaviours: { listEqualsGet: false } });
    sandbox.data.blaxel.put(JOB);
    const item = at((await call("GET", "/v0/jobs")).json, 0);
    expect(at(item, "spec")).not.toHaveProperty("triggers");
    expect(at(item, "spec", "runtime")).not.toHaveProperty("envs");
    expect((await call("GET", "/v0/jobs/x")).body["spec"]).toHaveProperty("triggers");
  });

  it("unknown fields of a body", async () => {
    const body = { metadata: { name: "y" }, spec: { novel: 1, runtime: { maxConcurrentTasks: 10, novel: 2 } } };
    const kept = await bench();
    expect((await kept.call("POST", "/v0/jobs", body)).body["spec"]).toMatchObject(body.spec);
    const dropping = await bench({ behaviours: { blaxelUnknownFields: "drop" } });
    const { body: made } = await dropping.call("POST", "/v0/jobs", body);
    expect(made["spec"]).not.toHaveProperty("novel");
    expect(at(made, "spec", "runtime")).toEqual({ maxConcurrentTasks: 10, generation: "mk3" });
  });

  it("what makes a revision", async () => {
    for (const revisions of ["on-deploy", "on-update"] as const) {
      const { call, sandbox } = await bench({ behaviours: { revisions } });
      const before = sandbox.data.blaxel.put(JOB);
      const put = await call("PUT", "/v0/jobs/x", { metadata: { name: "x" }, spec: {} });
      const moved = at(put.body, "spec", "revision", "active") !== at(before, "spec", "revision", "active");
      expect([moved, sandbox.data.blaxel.revisions("x").length]).toEqual(
        revisions === "on-update" ? [true, 2] : [false, 1],
      );
    }
  });

  it("takes null for not there", async () => {
    const { call } = await bench();
    const made = await call("POST", "/v0/jobs", {
      metadata: { name: "y", displayName: null },
      spec: { runtime: null },
    });
    expect(made.status).toBe(200);
    expect(made.body["metadata"]).not.toHaveProperty("displayName");
  });

  it("gives back whatever envs and labels were put, byte for byte, and a PUT of it changes nothing", async () => {
    const { call, sandbox } = await bench();
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    const envs = fc.uniqueArray(fc.record({ name: text, value: text, secret: fc.boolean() }), {
      selector: (e) => e.name,
    });
    const labels = fc.dictionary(text, text);
    await fc.assert(
      fc.asyncProperty(envs, labels, async (someEnvs, someLabels) => {
        sandbox.data.blaxel.delete("y");
        const body = { metadata: { name: "y", labels: someLabels }, spec: { runtime: { envs: someEnvs } } };
        await call("POST", "/v0/jobs", body);
        const read = (await call("GET", "/v0/jobs/y?show_secrets=true")).body;
        expect(at(read, "spec", "runtime", "envs")).toEqual(someEnvs);
        expect(at(read, "metadata", "labels")).toEqual(someLabels);
        await call("PUT", "/v0/jobs/y", read);
        expect((await call("GET", "/v0/jobs/y?show_secrets=true")).body["spec"]).toEqual(read["spec"]);
      }),
      { numRuns: 40 },
    );
  });
});
