import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { at, bench, clockAt } from "./client.ts";

const EMBEDDINGS: JsonObject = {
  metadata: { name: "nightly-embeddings", displayName: "Nightly embeddings", labels: { team: "search" } },
  spec: {
    runtime: {
      ...{ memory: 4096, timeout: 3600 },
      envs: [
        { name: "BUCKET", value: "acme-prod" },
        { name: "API_KEY", value: "the-real-value", secret: true },
      ],
    },
    triggers: [
      { type: "cron", enabled: true, configuration: { schedule: "0 * * * *" } },
      { type: "http-async", configuration: { path: "/run" } },
    ],
  },
};
const PATH = "/v0/jobs/nightly-embeddings";
const secretOf = (job: JsonObject) => at(job, "spec", "runtime", "envs", 1, "value");

describe("Blaxel jobs", () => {
  it("are made with what the platform fills in", async () => {
    const { call } = await bench({ now: clockAt("2026-10-01T00:00:00Z").now });
    const made = await call("POST", "/v0/jobs", EMBEDDINGS);
    expect(made.status).toBe(200);
    expect(made.headers.get("x-request-id")).toBe("req_1");
    expect(made.body["status"]).toBe("DEPLOYED");
    expect(at(made.body, "events", 0)).toMatchObject({ type: "deployment", status: "DEPLOYED" });
    expect(made.body["metadata"]).toEqual({
      ...{ name: "nightly-embeddings", displayName: "Nightly embeddings", labels: { team: "search" } },
      ...{ createdAt: "2026-10-01T00:00:00.000Z", updatedAt: "2026-10-01T00:00:00.000Z" },
      ...{ createdBy: "service-account", updatedBy: "service-account", workspace: "acme", plan: "tier-1" },
      url: "https://run.blaxel.ai/acme/jobs/nightly-embeddings",
    });
    const revision = String(at(made.body, "spec", "revision", "active"));
    expect(revision).toMatch(/^rev-\d+$/);
    expect(made.body["spec"]).toMatchObject({ enabled: true, region: "us-was-1", runtime: { generation: "mk3" } });
    expect(at(made.body, "spec", "triggers", 0, "id")).toMatch(/^trigger-\d+$/);
    expect((await call("GET", PATH)).body).toEqual(made.body);
    const revisions: unknown = (await call("GET", `${PATH}/revisions`)).json;
    expect(revisions).toEqual([expect.objectContaining({ id: revision })]);
  });

  it("answer secrets masked, unless an admin asks", async () => {
    const { call, sandbox } = await bench({ adminKeys: ["admin"] });
    const made = await call("POST", "/v0/jobs", EMBEDDINGS);
    expect(secretOf(made.body)).toBe("********");
    expect(at(made.body, "spec", "runtime", "envs", 0, "value")).toBe("acme-prod");
    expect(at(made.body, "spec", "triggers", 1, "configuration", "callbackSecret")).toBe("********");
    expect(secretOf((await call("GET", `${PATH}?show_secrets=true`)).body)).toBe("********");
    const admin = await call("GET", `${PATH}?show_secrets=true`, undefined, { authorization: "Bearer admin" });
    expect(secretOf(admin.body)).toBe("the-real-value");
    expect(at(admin.body, "spec", "triggers", 1, "configuration", "callbackSecret")).toMatch(/^callback-secret-/);
    expect(secretOf(sandbox.data.blaxel.get("nightly-embeddings") ?? {})).toBe("the-real-value");
    const list = await call("GET", "/v0/jobs?show_secrets=true", undefined, { authorization: "Bearer admin" });
    expect(list.text).not.toContain("the-real-value");
  });

  it("lose in a PUT what its body leaves out, but for what only the platform writes", async () => {
    const { call, sandbox } = await bench();
    const { body: made } = await call("POST", "/v0/jobs", EMBEDDINGS);
    sandbox.data.blaxel.deploy("nightly-embeddings", "registry/embeddings:2");
    const deployed = (await call("GET", PATH)).body;
    expect(at(deployed, "spec", "runtime", "image")).toBe("registry/embeddings:2");
    const put = await call("PUT", PATH, { metadata: { name: "nightly-embeddings" }, spec: { runtime: { memory: 1 } } });
    expect(put.status).toBe(200);
    expect(at(put.body, "spec", "runtime")).toEqual({ memory: 1, generation: "mk3" });
    expect(put.body["spec"]).not.toHaveProperty("triggers");
    expect(put.body["metadata"]).not.toHaveProperty("labels");
    expect(put.body["metadata"]).not.toHaveProperty("displayName");
    expect(at(put.body, "metadata", "createdAt")).toBe(at(made, "metadata", "createdAt"));
    expect(put.body["events"]).toEqual(made["events"]);
    expect(String(at(put.body, "metadata", "updatedAt")) > String(at(deployed, "metadata", "updatedAt"))).toBe(true);
  });

  it("stay as they are when the whole of them is put back with its secrets", async () => {
    const { call, sandbox } = await bench();
    await call("POST", "/v0/jobs", EMBEDDINGS);
    const before = sandbox.data.blaxel.get("nightly-embeddings");
    const read = await call("GET", `${PATH}?show_secrets=true`);
    await call("PUT", PATH, read.body);
    const after = sandbox.data.blaxel.get("nightly-embeddings");
    expect(after?.["spec"]).toEqual(before?.["spec"]);
  });

  it("really hold the mask when a mask is put back", async () => {
    const { call, sandbox } = await bench();
    const { body } = await call("POST", "/v0/jobs", EMBEDDINGS);
    await call("PUT", PATH, body);
    expect(secretOf(sandbox.data.blaxel.get("nightly-embeddings") ?? {})).toBe("********");
  });

  it("cannot be told by a body who made them and when", async () => {
    const { call } = await bench({ now: clockAt("2026-10-01T00:00:00Z").now });
    const metadata = { name: "x", createdAt: "1999-01-01T00:00:00Z", workspace: "other", updatedBy: "me" };
    const { body } = await call("POST", "/v0/jobs", { metadata, spec: {}, status: "FAILED", events: [] });
    expect(body["status"]).toBe("DEPLOYED");
    expect(body["metadata"]).toMatchObject({ createdAt: "2026-10-01T00:00:00.000Z", workspace: "acme" });
    const put = await call("PUT", "/v0/jobs/x", { metadata, spec: {}, status: "FAILED" });
    expect(put.body["status"]).toBe("DEPLOYED");
    expect(at(put.body, "metadata", "createdAt")).toBe("2026-10-01T00:00:00.000Z");
    expect(at(put.body, "metadata", "updatedBy")).toBe("service-account");
  });

  it("keep trigger ids that are given, tell equal ones apart, and make up the others anew", async () => {
    const { call } = await bench();
    const triggers = [{ id: "a", type: "http" }, { id: "a", type: "http" }, { type: "cron" }];
    const { body } = await call("POST", "/v0/jobs", { metadata: { name: "x" }, spec: { triggers } });
    const ids = [0, 1, 2].map((index) => at(body, "spec", "triggers", index, "id"));
    expect(ids).toEqual(["a", "a-2", expect.stringMatching(/^trigger-/)]);
    const put = await call("PUT", "/v0/jobs/x", { metadata: { name: "x" }, spec: { triggers } });
    expect(at(put.body, "spec", "triggers", 2, "id")).not.toBe(ids[2]);
  });

  it("keep the callback secret of a trigger whose id stays", async () => {
    const { call, sandbox } = await bench();
    await call("POST", "/v0/jobs", EMBEDDINGS);
    const secret = () => {
      const job = sandbox.data.blaxel.get("nightly-embeddings");
      return at(job, "spec", "triggers", 1, "configuration", "callbackSecret");
    };
    const first = secret();
    await call("PUT", PATH, (await call("GET", PATH)).body);
    expect(secret()).toBe(first);
    await call("PUT", PATH, EMBEDDINGS);
    expect(secret()).not.toBe(first);
  });

  it("fade when they are deleted: DELETING for a while, then gone", async () => {
    const { call } = await bench({ behaviours: { deletingReads: 2 } });
    await call("POST", "/v0/jobs", EMBEDDINGS);
    const gone = await call("DELETE", PATH);
    expect([gone.status, gone.body["status"]]).toEqual([200, "DELETING"]);
    expect((await call("POST", "/v0/jobs", EMBEDDINGS)).status).toBe(409);
    expect((await call("PUT", PATH, EMBEDDINGS)).status).toBe(409);
    expect((await call("DELETE", PATH)).body["status"]).toBe("DELETING");
    expect((await call("GET", PATH)).body["status"]).toBe("DELETING");
    expect(at((await call("GET", "/v0/jobs")).json, 0, "status")).toBe("DELETING");
    expect((await call("GET", PATH)).status).toBe(404);
    expect((await call("GET", "/v0/jobs")).json).toEqual([]);
    expect((await call("DELETE", PATH)).status).toBe(404);
    expect((await call("POST", "/v0/jobs", EMBEDDINGS)).status).toBe(200);
  });

  it("fade by the clock as well", async () => {
    const clock = clockAt("2026-10-01T00:00:00Z");
    const { call } = await bench({ now: clock.now, behaviours: { deletingReads: 0, deletingMs: 5000 } });
    await call("POST", "/v0/jobs", EMBEDDINGS);
    await call("DELETE", PATH);
    expect((await call("GET", PATH)).status).toBe(200);
    clock.forward(5000);
    expect((await call("GET", PATH)).status).toBe(404);
  });

  it("are each workspace's own", async () => {
    const { call, sandbox } = await bench({ workspaces: ["acme", "acme-eu"] });
    const eu = { "x-blaxel-workspace": "acme-eu" };
    await call("POST", "/v0/jobs", EMBEDDINGS);
    expect((await call("GET", PATH, undefined, eu)).status).toBe(404);
    const there = await call("POST", "/v0/jobs", EMBEDDINGS, eu);
    expect(at(there.body, "metadata", "workspace")).toBe("acme-eu");
    expect([sandbox.data.blaxel.count(), sandbox.data.blaxel.count("acme-eu")]).toEqual([1, 1]);
    expect((await call("GET", "/v0/jobs", undefined, { "x-blaxel-workspace": "other" })).status).toBe(403);
    expect((await call("GET", "/v0/jobs", undefined, { "x-blaxel-workspace": "" })).status).toBe(400);
  });
});

describe("what Blaxel refuses", () => {
  const withSpec = (spec: JsonObject): JsonObject => ({ metadata: { name: "x" }, spec });
  const cases: readonly (readonly [string, JsonObject, string])[] = [
    ["no spec", { metadata: { name: "x" } }, "spec"],
    ["no name", { metadata: {}, spec: {} }, "metadata.name"],
    ["capitals in a name", { metadata: { name: "Nightly" }, spec: {} }, "metadata.name"],
    ["a name of 50 characters", { metadata: { name: "a".repeat(50) }, spec: {} }, "metadata.name"],
    [
      "a display name of 64",
      { metadata: { name: "x", displayName: "d".repeat(64) }, spec: {} },
      "metadata.displayName",
    ],
    ["labels that are no text", { metadata: { name: "x", labels: { tier: 1 } }, spec: {} }, "metadata.labels.tier"],
    ["memory as text", withSpec({ runtime: { memory: "4096" } }), "spec.runtime.memory"],
    ["half a retry", withSpec({ runtime: { maxRetries: 0.5 } }), "spec.runtime.maxRetries"],
    ["a port without target", withSpec({ runtime: { ports: [{ name: "http" }] } }), "spec.runtime.ports.0.target"],
    [
      "an unknown protocol",
      withSpec({ runtime: { ports: [{ target: 1, protocol: "SCTP" }] } }),
      "spec.runtime.ports.0.protocol",
    ],
    ["an unknown trigger", withSpec({ triggers: [{ type: "mqtt" }] }), "spec.triggers.0.type"],
    [
      "a volume without size",
      withSpec({ volumes: [{ name: "a", mountPath: "/a", type: "ephemeral" }] }),
      "spec.volumes.0.sizeMb",
    ],
    ["envs that are a map", withSpec({ runtime: { envs: { A: "1" } } }), "spec.runtime.envs"],
  ];
  it.each(cases)("%s", async (_what, body, where) => {
    const { call, sandbox } = await bench();
    const { status, body: answer } = await call("POST", "/v0/jobs", body);
    expect(status).toBe(400);
    expect(answer).toEqual({ error: "Bad Request", code: 400, message: expect.stringContaining(`${where}: `) });
    expect(sandbox.data.blaxel.count()).toBe(0);
  });

  it("a taken name, an unknown one, one that is not the path's, broken JSON", async () => {
    const { call } = await bench();
    await call("POST", "/v0/jobs", EMBEDDINGS);
    expect((await call("POST", "/v0/jobs", EMBEDDINGS)).body).toMatchObject({
      error: "Resource already exists",
      code: 409,
    });
    expect((await call("GET", "/v0/jobs/nothing")).body).toMatchObject({ error: "Not Found", code: 404 });
    expect((await call("PUT", "/v0/jobs/nothing", EMBEDDINGS)).status).toBe(404);
    expect((await call("PUT", PATH, { metadata: { name: "other" }, spec: {} })).status).toBe(400);
    expect((await call("PUT", PATH, "text")).status).toBe(400);
    expect((await call("PATCH", PATH, {})).status).toBe(405);
    expect((await call("GET", "/v0/agents")).status).toBe(404);
  });

  it("keys, versions and credentials that are not good", async () => {
    const { call } = await bench({ key: "right" });
    const get = (headers: Record<string, string>) => call("GET", "/v0/jobs", undefined, headers);
    expect((await get({})).body).toMatchObject({ error: "Unauthorized", code: 401 });
    expect((await get({ "x-blaxel-authorization": "Bearer right" })).status).toBe(200);
    expect((await get({ authorization: "Bearer right" })).status).toBe(200);
    const odd = await get({ authorization: "Bearer right", "blaxel-version": "2020-01-01" });
    expect([odd.status, odd.body["error"]]).toEqual([400, "invalid_api_version"]);
  });
});

describe("tokens", () => {
  const ask = { grant_type: "client_credentials" };
  it("are given for client credentials and live for a while", async () => {
    const clock = clockAt("2026-10-01T00:00:00Z");
    const { call } = await bench({ now: clock.now, key: "right", clientCredentials: "aWQ6c2VjcmV0" });
    const token = await call("POST", "/v0/oauth/token", ask, { authorization: "Basic aWQ6c2VjcmV0" });
    expect(token.body).toMatchObject({ token_type: "Bearer", expires_in: 7200 });
    const bearer = { "x-blaxel-authorization": `Bearer ${token.body["access_token"]}` };
    expect((await call("GET", "/v0/jobs", undefined, bearer)).status).toBe(200);
    clock.forward(7_199_000);
    expect((await call("GET", "/v0/jobs", undefined, bearer)).status).toBe(200);
    clock.forward(1000);
    expect((await call("GET", "/v0/jobs", undefined, bearer)).status).toBe(401);
  });

  it("are refused for wrong ones, and when they were changed", async () => {
    const { call } = await bench({ clientCredentials: "right" });
    expect((await call("POST", "/v0/oauth/token", ask, { authorization: "Basic wrong" })).status).toBe(401);
    expect((await call("POST", "/v0/oauth/token", {}, { authorization: "Basic right" })).status).toBe(400);
    const { body } = await call("POST", "/v0/oauth/token", ask, { authorization: "Basic right" });
    const forged = { authorization: `Bearer ${body["access_token"]}x` };
    expect((await call("GET", "/v0/jobs", undefined, forged)).status).toBe(401);
  });
});
