import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { demoSeed } from "../../src/sandbox/seed.ts";
import { at, bench } from "./client.ts";

describe("the sandbox's own routes", () => {
  it("show and clear the log, and are not in it", async () => {
    const { call } = await bench();
    await call("GET", "/v1/jobs");
    const { body } = await call("GET", "/__sandbox/log");
    expect(body).toMatchObject({ entries: [{ seq: 1, method: "GET", path: "/v1/jobs", status: 200 }], maxInFlight: 1 });
    await call("DELETE", "/__sandbox/log");
    expect((await call("GET", "/__sandbox/log")).body["entries"]).toEqual([]);
  });

  it("show, add, replace, edit and delete jobs", async () => {
    const { call, sandbox } = await bench();
    const job = { name: "a", agent_name: "x" };
    await call("POST", "/__sandbox/jobs", {
      nimble: [{ job }],
      blaxel: [{ job: { metadata: { name: "b" }, spec: {} } }],
    });
    await call("POST", "/__sandbox/edit", {
      platform: "nimble",
      id: "job_1",
      merge: { schedule: { cron: "0 1 * * *", enabled: false } },
    });
    expect(sandbox.data.nimble.get("job_1")?.["schedule"]).toEqual({ cron: "0 1 * * *", enabled: false });
    await call("POST", "/__sandbox/edit", {
      platform: "blaxel",
      name: "b",
      workspace: "acme",
      merge: { spec: { enabled: false } },
    });
    expect(at(sandbox.data.blaxel.get("b"), "spec", "enabled")).toBe(false);
    const snapshot = (await call("GET", "/__sandbox/jobs")).body;
    expect(at(snapshot, "nimble", 0, "job", "name")).toBe("a");
    await call("POST", "/__sandbox/delete", { platform: "blaxel", id: "b" });
    expect(sandbox.data.blaxel.get("b")).toBeUndefined();
    expect((await call("POST", "/__sandbox/delete", { platform: "blaxel", id: "b" })).status).toBe(404);
    await call("PUT", "/__sandbox/jobs", { blaxel: [{ workspace: "eu", job: { metadata: { name: "c" }, spec: {} } }] });
    expect([sandbox.data.nimble.count(), sandbox.data.blaxel.count("eu")]).toEqual([0, 1]);
    await call("PUT", "/__sandbox/jobs", snapshot);
    expect(sandbox.data.nimble.get("job_1")?.["schedule"]).toEqual({ cron: "0 1 * * *", enabled: false });
  });

  it("deploy as bl deploy does", async () => {
    const { call } = await bench();
    await call("POST", "/v0/jobs", { metadata: { name: "b" }, spec: { runtime: { memory: 1 } } });
    const before = (await call("GET", "/v0/jobs/b")).body;
    await call("POST", "/__sandbox/deploy", { name: "b", image: "registry/b:2" });
    const { body } = await call("GET", "/v0/jobs/b");
    expect(at(body, "spec", "runtime")).toEqual({ memory: 1, generation: "mk3", image: "registry/b:2" });
    const revision = at(body, "spec", "revision", "active");
    expect(revision).not.toBe(at(before, "spec", "revision", "active"));
    const revisions = (await call("GET", "/v0/jobs/b/revisions")).json;
    expect(at(revisions, 0)).toMatchObject({ id: revision, active: true });
    expect(at(revisions, 1)).toMatchObject({ active: false, previousActive: true });
  });

  it("set faults, and settle late commits", async () => {
    const { call, sandbox } = await bench();
    const rule = { method: "POST", path: "/v1/jobs", times: 1, fault: { lateCommit: {} } };
    await call("POST", "/__sandbox/faults", rule);
    await expect(call("POST", "/v1/jobs", { name: "a", agent_name: "x" })).rejects.toThrow();
    expect((await call("GET", "/__sandbox/faults")).body).toEqual({ rules: [rule], pending: 1 });
    expect(sandbox.data.nimble.count()).toBe(0);
    await call("POST", "/__sandbox/settle");
    expect(sandbox.data.nimble.count()).toBe(1);
    await call("PUT", "/__sandbox/faults", [{ path: { regex: "job_1$" }, fault: { status: 418 } }]);
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(418);
    await call("DELETE", "/__sandbox/faults");
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(200);
  });

  it.each([
    ["POST", "/__sandbox/jobs", []],
    ["POST", "/__sandbox/jobs", { nimble: [{}] }],
    ["POST", "/__sandbox/jobs", { nimble: [{ job: {} }] }],
    ["POST", "/__sandbox/edit", { platform: "gcp", id: "a", merge: {} }],
    ["POST", "/__sandbox/edit", { platform: "nimble", id: "job_9", merge: {} }],
    ["POST", "/__sandbox/edit", { platform: "nimble", id: "job_9" }],
    ["POST", "/__sandbox/deploy", { name: "nothing", image: "i" }],
    ["POST", "/__sandbox/deploy", { name: "nothing" }],
    ["POST", "/__sandbox/faults", ["cutBefore"]],
  ])("refuse %s %s with %j", async (method, path, body) => {
    const { call } = await bench();
    const answer = await call(method, path, body);
    expect(answer.status).toBe(400);
    expect(answer.body["error"]).toEqual(expect.any(String));
  });

  it("do not let a browser's page in", async () => {
    const { call, sandbox } = await bench();
    expect((await call("GET", "/__sandbox/jobs", undefined, { origin: "https://evil.example" })).status).toBe(403);
    const status = await new Promise((resolve) => {
      const headers = { host: "evil.example" };
      request(`${sandbox.url}/__sandbox/jobs`, { headers }, (answer) => resolve(answer.resume().statusCode)).end();
    });
    expect(status).toBe(403);
  });
});

describe("the demo's jobs", () => {
  it("are taken back by the API just as they are", async () => {
    const { call, sandbox } = await bench({ seed: demoSeed() });
    expect([sandbox.data.nimble.count(), sandbox.data.blaxel.count()]).toEqual([5, 4]);
    const list = await call("GET", "/v1/jobs");
    for (const { job } of demoSeed().nimble) {
      const { name, agent_name, schedule = null, inputs = null, destination = null } = job;
      expect(
        (await call("POST", "/v1/jobs", { name, agent_name, schedule, inputs, destination } as never)).status,
      ).toBe(201);
    }
    for (const { job } of demoSeed().blaxel) {
      const name = String(at(job, "metadata", "name"));
      const read = await call("GET", `/v0/jobs/${name}?show_secrets=true`);
      expect((await call("PUT", `/v0/jobs/${name}`, read.body)).status).toBe(200);
    }
    expect(list.body["total"]).toBe(5);
  });

  it("come with an image that bl deploy set, and a secret that is masked", async () => {
    const { call } = await bench({ seed: demoSeed() });
    const { body } = await call("GET", "/v0/jobs/nightly-embeddings");
    expect(at(body, "spec", "runtime", "image")).toMatch(/^registry\.blaxel\.ai\/acme\/nightly-embeddings:/);
    expect(at(body, "spec", "runtime", "envs", 1)).toEqual({ name: "OPENAI_API_KEY", value: "********", secret: true });
  });
});
