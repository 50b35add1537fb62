import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { at, bench, clockAt } from "./client.ts";

const PDP: JsonObject = {
  ...{ name: "amazon-pdp-daily", agent_name: "amazon_pdp", display_name: "Amazon PDP" },
  schedule: { cron: "0 6 * * *", enabled: true },
  inputs: { type: "s3", file_path: "s3://acme-in/skus.csv" },
  destination: { type: "s3", path: "s3://acme-out/pdp/" },
};

describe("Nimble jobs", () => {
  it("are made with what the platform fills in", async () => {
    const { call } = await bench({ now: clockAt("2026-10-01T00:00:00Z").now });
    const made = await call("POST", "/v1/jobs", PDP);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      ...PDP,
      id: "job_1",
      description: null,
      inputs: { type: "s3", file_path: "s3://acme-in/skus.csv", data: null },
      destination: { type: "s3", path: "s3://acme-out/pdp/", format: "parquet" },
      created_at: "2026-10-01T00:00:00.000Z",
      updated_at: "2026-10-01T00:00:00.000Z",
      last_run_at: null,
      last_run_status: null,
    });
    expect((await call("GET", "/v1/jobs/job_1")).body).toEqual(made.body);
  });

  it("may share a name, and have ids of their own", async () => {
    const { call, sandbox } = await bench();
    await call("POST", "/v1/jobs", PDP);
    expect((await call("POST", "/v1/jobs", PDP)).body["id"]).toBe("job_2");
    expect(sandbox.data.nimble.named("amazon-pdp-daily")).toHaveLength(2);
  });

  it("change in the fields that a PATCH names, and in no other", async () => {
    const { call } = await bench({ now: clockAt("2026-10-01T00:00:00Z").now });
    const { body: made } = await call("POST", "/v1/jobs", PDP);
    const { status, body } = await call("PATCH", "/v1/jobs/job_1", { schedule: null, description: "for pricing" });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...made,
      schedule: null,
      description: "for pricing",
      updated_at: "2026-10-01T00:00:00.001Z",
    });
  });

  it("cannot change name or agent: a PATCH ignores what it does not know", async () => {
    const { call } = await bench();
    await call("POST", "/v1/jobs", PDP);
    const { body } = await call("PATCH", "/v1/jobs/job_1", { name: "x", agent_name: "y", colour: "red" });
    expect(body).toMatchObject({ name: "amazon-pdp-daily", agent_name: "amazon_pdp" });
    expect(body).not.toHaveProperty("colour");
  });

  it("are gone after a DELETE", async () => {
    const { call, sandbox } = await bench();
    await call("POST", "/v1/jobs", PDP);
    const gone = await call("DELETE", "/v1/jobs/job_1");
    expect([gone.status, gone.text]).toEqual([204, ""]);
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(404);
    expect((await call("DELETE", "/v1/jobs/job_1")).status).toBe(404);
    expect(sandbox.data.nimble.count()).toBe(0);
  });

  it("run at once", async () => {
    const { call } = await bench();
    await call("POST", "/v1/jobs", PDP);
    const run = await call("POST", "/v1/jobs/job_1/runs");
    expect(run.status).toBe(201);
    expect(run.body).toMatchObject({ id: "run_1", job_id: "job_1", status: "PENDING", triggered_by: "manual" });
    expect((await call("GET", "/v1/jobs/job_1")).body["last_run_at"]).toBe(run.body["created_at"]);
  });

  it("are the same in v1 and v2, where the agent has another name", async () => {
    const { call } = await bench();
    const { agent_name: agent = null, ...rest } = PDP;
    const made = await call("POST", "/v2/jobs", { ...rest, extract_template_name: agent });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ id: "job_1", extract_template_name: "amazon_pdp" });
    expect(made.body).not.toHaveProperty("agent_name");
    const old = await call("GET", "/v1/jobs/job_1");
    expect(old.body).toMatchObject({ id: "job_1", agent_name: "amazon_pdp" });
    expect((await call("POST", "/v2/jobs", PDP)).status).toBe(422);
  });

  it("say which request and how many are left", async () => {
    const { call } = await bench();
    const { headers } = await call("GET", "/v1/jobs");
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("x-request-id")).toBe("req_1");
    expect(headers.get("x-ratelimit-limit")).toBe("1000000");
    expect(headers.get("x-ratelimit-remaining")).toBe("999999");
    expect(Number(headers.get("x-ratelimit-reset"))).toBe(1);
  });
});

describe("lists of Nimble jobs", () => {
  async function three() {
    const started = await bench();
    for (const name of ["alpha", "beta", "alphabet"])
      started.sandbox.data.nimble.put({ name, agent_name: `a_${name}` });
    return started;
  }
  const names = (body: JsonObject) => (body["items"] as readonly JsonObject[]).map((job) => job["name"]);

  it("come in pages, newest first", async () => {
    const { call } = await three();
    const first = await call("GET", "/v1/jobs?page=1&per_page=2");
    expect(names(first.body)).toEqual(["alphabet", "beta"]);
    expect(first.body).toMatchObject({ total: 3, page: 1, per_page: 2 });
    expect(names((await call("GET", "/v1/jobs?page=2&per_page=2")).body)).toEqual(["alpha"]);
    expect(names((await call("GET", "/v1/jobs?page=3&per_page=2")).body)).toEqual([]);
    expect((await call("GET", "/v1/jobs")).body).toMatchObject({ page: 1, per_page: 20 });
  });

  it("go by limit and offset in v2", async () => {
    const { call } = await three();
    const page = await call("GET", "/v2/jobs?limit=2&offset=1");
    expect(names(page.body)).toEqual(["beta", "alpha"]);
    expect(page.body).toMatchObject({ total: 3, limit: 2, offset: 1 });
  });

  it("can be searched by name, display name and agent", async () => {
    const { call } = await three();
    const found = await call("GET", "/v1/jobs?q=ALPHA");
    expect(names(found.body)).toEqual(["alphabet", "alpha"]);
    expect(found.body["total"]).toBe(2);
    expect(names((await call("GET", "/v1/jobs?agent_name=a_beta")).body)).toEqual(["beta"]);
    expect(names((await call("GET", "/v2/jobs?extract_template_name=a_beta")).body)).toEqual(["beta"]);
  });

  it.each(["page=0", "per_page=201", "per_page=0", "page=x", "per_page="])("refuse %s", async (query) => {
    const { call } = await three();
    const { status, body } = await call("GET", `/v1/jobs?${query}`);
    expect(status).toBe(422);
    expect(at(body, "detail", 0, "loc")).toEqual(["query", query.split("=")[0]]);
  });

  it("can be switched: oldest first, shorter than the job itself", async () => {
    const { call, sandbox } = await bench({ behaviours: { listOrder: "oldest", listEqualsGet: false } });
    sandbox.data.nimble.put({ ...PDP, name: "one" });
    sandbox.data.nimble.put({ ...PDP, name: "two" });
    const { body } = await call("GET", "/v1/jobs");
    expect(names(body)).toEqual(["one", "two"]);
    expect(at(body, "items", 0)).not.toHaveProperty("inputs");
    expect((await call("GET", "/v1/jobs/job_1")).body).toHaveProperty("inputs");
  });
});

describe("what Nimble refuses", () => {
  const cases: readonly (readonly [string, JsonObject, readonly (string | number)[], string])[] = [
    ["a missing name", { agent_name: "a" }, ["body", "name"], "missing"],
    ["a missing agent", { name: "a" }, ["body", "agent_name"], "missing"],
    ["a name that is no text", { ...PDP, name: 7 }, ["body", "name"], "string_type"],
    ["a null name", { ...PDP, name: null }, ["body", "name"], "string_type"],
    [
      "a schedule without enabled",
      { ...PDP, schedule: { cron: "0 6 * * *" } },
      ["body", "schedule", "enabled"],
      "missing",
    ],
    ["a schedule without cron", { ...PDP, schedule: { enabled: true } }, ["body", "schedule", "cron"], "missing"],
    [
      "a cron of three fields",
      { ...PDP, schedule: { cron: "0 6 *", enabled: true } },
      ["body", "schedule", "cron"],
      "value_error",
    ],
    [
      "enabled as text",
      { ...PDP, schedule: { cron: "0 6 * * *", enabled: "true" } },
      ["body", "schedule", "enabled"],
      "bool_type",
    ],
    ["inputs without type", { ...PDP, inputs: { file_path: "s3://x" } }, ["body", "inputs", "type"], "missing"],
    ["unknown inputs", { ...PDP, inputs: { type: "ftp" } }, ["body", "inputs", "type"], "literal_error"],
    [
      "a path elsewhere",
      { ...PDP, inputs: { type: "s3", file_path: "/etc/passwd" } },
      ["body", "inputs", "file_path"],
      "value_error",
    ],
    [
      "records that are none",
      { ...PDP, inputs: { type: "inline", data: [{}, 3] } },
      ["body", "inputs", "data", 1],
      "dict_type",
    ],
    ["a destination without path", { ...PDP, destination: { type: "s3" } }, ["body", "destination", "path"], "missing"],
    [
      "an unknown format",
      { ...PDP, destination: { type: "s3", path: "s3://x", format: "xml" } },
      ["body", "destination", "format"],
      "literal_error",
    ],
    ["a list for an object", { ...PDP, destination: [] }, ["body", "destination"], "model_attributes_type"],
  ];
  it.each(cases)("%s", async (_what, body, loc, type) => {
    const { call, sandbox } = await bench();
    const answer = await call("POST", "/v1/jobs", body);
    expect(answer.status).toBe(422);
    expect(at(answer.body, "detail", 0)).toMatchObject({ loc, type });
    expect(sandbox.data.nimble.count()).toBe(0);
  });

  it("broken JSON, unknown jobs, unknown paths, wrong methods", async () => {
    const { call, sandbox } = await bench();
    const broken = await fetch(`${sandbox.url}/v1/jobs`, {
      ...{
        method: "POST",
        body: '{"name":',
        headers: { authorization: "Bearer k", "content-type": "application/json" },
      },
    });
    expect(broken.status).toBe(422);
    expect(at((await broken.json()) as JsonObject, "detail", 0, "type")).toBe("json_invalid");
    expect((await call("GET", "/v1/jobs/job_9")).body).toMatchObject({ code: "not_found" });
    expect((await call("PATCH", "/v1/jobs/job_9", {})).status).toBe(404);
    expect((await call("GET", "/v1/agents")).status).toBe(404);
    expect((await call("PUT", "/v1/jobs/job_9", {})).status).toBe(405);
    expect((await call("GET", "/")).status).toBe(404);
  });

  it("no key, or a wrong one", async () => {
    const { call } = await bench({ key: "right" });
    expect((await call("GET", "/v1/jobs", undefined, { authorization: "" })).status).toBe(401);
    expect((await call("GET", "/v1/jobs", undefined, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await call("GET", "/v1/jobs", undefined, { authorization: "Basic right" })).status).toBe(401);
    expect((await call("GET", "/v1/jobs", undefined, { authorization: "Bearer right" })).status).toBe(200);
  });
});

describe("what can be switched at Nimble", () => {
  it("merges nested objects of a PATCH", async () => {
    const patch = { inputs: { type: "inline", data: [{ q: 1 }] } };
    const replaced = await bench();
    await replaced.call("POST", "/v1/jobs", PDP);
    expect((await replaced.call("PATCH", "/v1/jobs/job_1", patch)).body["inputs"]).toEqual({
      ...patch.inputs,
      file_path: null,
    });
    const merged = await bench({ behaviours: { nestedPatch: "merge" } });
    await merged.call("POST", "/v1/jobs", PDP);
    expect((await merged.call("PATCH", "/v1/jobs/job_1", patch)).body["inputs"]).toEqual({
      ...patch.inputs,
      file_path: "s3://acme-in/skus.csv",
    });
  });

  it("leaves out nulls, but not those of the user's records", async () => {
    const { call } = await bench({ behaviours: { nullFields: "left-out" } });
    const inputs = { type: "inline", data: [{ brand: null }] };
    const { body } = await call("POST", "/v1/jobs", { name: "a", agent_name: "b", inputs });
    expect(Object.keys(body).sort()).toEqual(["agent_name", "created_at", "id", "inputs", "name", "updated_at"]);
    expect(body["inputs"]).toEqual(inputs);
  });

  it("rejects or keeps unknown fields", async () => {
    const odd = { ...PDP, schedule: { cron: "0 6 * * *", enabled: true, timezone: "UTC" } };
    const strict = await bench({ behaviours: { nimbleUnknownFields: "reject" } });
    const refused = await strict.call("POST", "/v1/jobs", odd);
    expect(refused.status).toBe(422);
    expect(at(refused.body, "detail", 0)).toMatchObject({
      loc: ["body", "schedule", "timezone"],
      type: "extra_forbidden",
    });
    const lax = await bench({ behaviours: { nimbleUnknownFields: "keep" } });
    expect((await lax.call("POST", "/v1/jobs", odd)).body["schedule"]).toEqual(odd.schedule);
    const plain = await bench();
    expect((await plain.call("POST", "/v1/jobs", odd)).body["schedule"]).toEqual(PDP["schedule"]);
  });

  it("gives other keys another account behind the same address", async () => {
    const { call, sandbox } = await bench({ accounts: { "key-b": "b" } });
    const b = { authorization: "Bearer key-b" };
    await call("POST", "/v1/jobs", PDP);
    expect((await call("GET", "/v1/jobs", undefined, b)).body).toMatchObject({ items: [], total: 0 });
    expect((await call("GET", "/v1/jobs/job_1", undefined, b)).status).toBe(404);
    expect((await call("DELETE", "/v1/jobs/job_1", undefined, b)).status).toBe(404);
    expect((await call("POST", "/v1/jobs", PDP, b)).body["id"]).toBe("job_2");
    expect([sandbox.data.nimble.count("default"), sandbox.data.nimble.count("b")]).toEqual([1, 1]);
  });

  it("limits the rate per key and second", async () => {
    let time = 0;
    const { call } = await bench({ rateLimit: { perSecond: 2 }, monotonic: () => time });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await call("GET", "/v1/jobs")).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await call("POST", "/v1/jobs", PDP);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(refused.body).toMatchObject({ code: "rate_limited", retry_after: 1 });
    expect((await call("GET", "/v1/jobs", undefined, { authorization: "Bearer other" })).status).toBe(200);
    time = 1000;
    expect((await call("GET", "/v1/jobs")).body["total"]).toBe(0);
  });
});
