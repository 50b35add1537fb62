import { describe, expect, it } from "vitest";
import { ApiError, JobwrightError } from "../../src/errors.ts";
import { SecretRef } from "../../src/model/document.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Env } from "../../src/model/runtime.ts";
import { broken, errorOf, json, raw, type Step, scripted } from "../http/support.ts";
import { connected, envOf, sandboxFor } from "./support.ts";

const V: { readonly apiVersion: "blaxel.ai/v1alpha1" } = { apiVersion: "blaxel.ai/v1alpha1" };
const ENV: Env = { BL_API_KEY: "blaxel-key", BL_WORKSPACE: "acme" };

function job(name: string, spec: JsonObject = {}): JsonObject {
  return { metadata: { name }, spec };
}

function seed(count: number) {
  return { blaxel: Array.from({ length: count }, (_, i) => ({ job: job(`job-${String(i).padStart(4, "0")}`) })) };
}

function secretJob(): JsonObject {
  return job("nightly", {
    runtime: {
      envs: [
        { name: "KEY", value: "hunter22", secret: true },
        { name: "A", value: "b" },
      ],
    },
  });
}

function withAnswers(steps: readonly Step[], env: Env = ENV) {
  const transport = scripted(...steps);
  const around = connected("blaxel", { env, transport });
  const asked = () => transport.requests.map(({ method, url }) => `${method} ${url.pathname}${url.search}`);
  return { ...around, asked, requests: transport.requests };
}

function page(names: readonly string[], total: number, nextCursor = ""): Step {
  return json(200, { data: names.map((name) => job(name)), meta: { hasMore: nextCursor !== "", nextCursor, total } });
}

describe("connecting to Blaxel", () => {
  it("sends nothing, and knows whom it would talk to", () => {
    const { client, requests } = withAnswers([]);
    expect(client.identity).toEqual({ provider: "blaxel", origin: "https://api.blaxel.ai", workspace: "acme" });
    expect(requests).toEqual([]);
  });

  it.each<[string, Env, Partial<{ workspace: string }>]>([
    ["JW2052", { BL_API_KEY: "k" }, {}],
    ["JW2052", { ...ENV, BL_WORKSPACE: "a b" }, {}],
    ["JW2052", { ...ENV, BL_WORKSPACE: "a\r\nx-evil: 1" }, {}],
    ["JW2050", { BL_WORKSPACE: "acme" }, {}],
    ["JW2042", { ...ENV, BL_API_URL: "http://api.example.com/v0" }, {}],
    ["JW2051", { ...ENV, BL_API_KEY: "Bearer x" }, {}],
  ])("is refused with %s", async (code, env, target) => {
    const error = await errorOf(JobwrightError, () => connected("blaxel", { env, target, transport: scripted() }));
    expect(error.code).toBe(code);
  });

  it("sends key, workspace and API version along", async () => {
    const { client, requests } = withAnswers([page([], 0)]);
    await client.list();
    expect(requests[0]?.url.href).toBe("https://api.blaxel.ai/v0/jobs?limit=200&sort=name%3Aasc");
    expect(requests[0]?.headers).toMatchObject({
      authorization: "Bearer blaxel-key",
      "x-blaxel-workspace": "acme",
      "blaxel-version": "2026-04-28",
    });
  });

  it("takes the workspace of the target before that of the environment", async () => {
    const transport = scripted(page([], 0));
    const { client } = connected("blaxel", { env: ENV, target: { workspace: "acme-eu" }, transport });
    await client.list();
    expect(client.identity.workspace).toBe("acme-eu");
    expect(transport.requests[0]?.headers["x-blaxel-workspace"]).toBe("acme-eu");
  });
});

describe("the list of Blaxel's jobs", () => {
  it.each([0, 1, 200, 201, 431])("is whole with %i jobs", async (count) => {
    const sandbox = await sandboxFor({ seed: seed(count) });
    const { client } = connected("blaxel", { env: envOf(sandbox) });
    expect((await client.list()).map(({ name }) => name)).toEqual(seed(count).blaxel.map(({ job }) => nameOf(job)));
  });

  it("may be the bare array of older servers", async () => {
    const { client } = withAnswers([json(200, [job("b"), job("a")])]);
    expect((await client.list()).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(await errorOf(ApiError, withAnswers([json(200, [job("a"), job("a")])]).client.list())).toMatchObject({
      code: "JW2035",
    });
  });

  it("A62 sends each cursor with the query that it came from, encoded", async () => {
    const { client, asked } = withAnswers([page(["a"], 2, "c&x=1 /é"), page(["b"], 2)]);
    await client.list();
    expect(asked()).toEqual([
      "GET /v0/jobs?limit=200&sort=name%3Aasc",
      "GET /v0/jobs?limit=200&sort=name%3Aasc&cursor=c%26x%3D1+%2F%C3%A9",
    ]);
  });

  it("A62 sends a cursor of 100 KB as it is", async () => {
    const cursor = "é&x=".repeat(25_000);
    const { client, requests } = withAnswers([page(["a"], 2, cursor), page(["b"], 2)]);
    expect(await client.list()).toHaveLength(2);
    expect([...(requests[1]?.url.searchParams ?? [])]).toEqual([
      ["limit", "200"],
      ["sort", "name:asc"],
      ["cursor", cursor],
    ]);
  });

  it("shows jobs that are being deleted, and hides every secret value", async () => {
    const sandbox = await sandboxFor({ seed: { blaxel: [{ job: secretJob() }] }, behaviours: { deletingReads: 3 } });
    const { client, secrets } = connected("blaxel", { env: envOf(sandbox) });
    const [listed] = await client.list();
    expect(listed?.document.spec["runtime"]).toMatchObject({
      envs: [
        { name: "KEY", secret: true, value: SecretRef.masked() },
        { name: "A", value: "b" },
      ],
    });
    expect([...secrets.values()]).toEqual(["blaxel-key"]);
    await client.send({ method: "DELETE", path: "/v0/jobs/nightly" }, "blaxel/nightly");
    expect((await client.list())[0]).toMatchObject({ name: "nightly", facts: { status: "DELETING" } });
  });

  it("A62 is begun anew where its cursor is refused, and where it changed meanwhile", async () => {
    const { client, asked, clock } = withAnswers([
      page(["a"], 2, "c1"),
      json(400, { error: "invalid_cursor" }),
      page(["a"], 2, "c2"),
      page(["a", "b"], 3),
      page(["a"], 2, "c3"),
      page(["b"], 2),
    ]);
    expect((await client.list()).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(asked()).toHaveLength(6);
    expect(clock.sleeps).toEqual([1250, 1250]);
  });

  it("is begun anew where its total changes on the way, though it adds up in the end", async () => {
    const { client, asked } = withAnswers([
      ...[page(["a"], 2, "c1"), page(["b"], 3)],
      ...[page(["a"], 2, "c2"), page(["b"], 2)],
    ]);
    expect((await client.list()).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(asked()).toHaveLength(4);
  });

  it.each<[string, Step]>([
    ["it says that there are more", page(["a"], 2)],
    ["it says that there are fewer", page(["a", "b"], 1)],
    ["a job stands in it twice", page(["a", "a"], 2)],
    ["a page leads back to itself", page(["a"], 9, "c")],
    ["a page is empty and not the last", page([], 9, "c")],
  ])("A57 is an error, never shorter, where %s", async (_name, step) => {
    const { client, asked } = withAnswers([step]);
    expect(await errorOf(ApiError, client.list())).toMatchObject({ code: "JW2035", reason: "list-incomplete" });
    expect(asked().length).toBeLessThanOrEqual(8);
  });

  it.each<[string, JsonObject]>([
    ["no meta", { data: [] }],
    ["no total", { data: [], meta: { hasMore: false } }],
    ["a total that is no count", { data: [], meta: { hasMore: false, total: 1.5 } }],
    ["more, but no cursor", { data: [job("a")], meta: { hasMore: true, total: 2 } }],
    ["a cursor, but no more", { data: [], meta: { hasMore: false, nextCursor: "c", total: 0 } }],
    ["no list", { data: null, meta: { hasMore: false, total: 0 } }],
    ["an item that is no job", { data: [{ metadata: {} }], meta: { hasMore: false, total: 1 } }],
    ["an item with a path for a name", { data: [job("../x")], meta: { hasMore: false, total: 1 } }],
    ["an item that is null", { data: [null], meta: { hasMore: false, total: 1 } }],
    ["an item that is a number", { data: [7], meta: { hasMore: false, total: 1 } }],
    ["an item with a number for a name", { data: [{ metadata: { name: 7 } }], meta: { hasMore: false, total: 1 } }],
    ["an item with null for a name", { data: [{ metadata: { name: null } }], meta: { hasMore: false, total: 1 } }],
    ["an object for a list", { data: {}, meta: { hasMore: false, total: 0 } }],
    ["a text for a list", { data: "[]", meta: { hasMore: false, total: 0 } }],
  ])("A50 is an error where a page is of another form: %s", async (_name, body) => {
    const { client, requests } = withAnswers([json(200, body)]);
    const error = await errorOf(ApiError, client.list());
    expect(error).toMatchObject({ code: "JW2031", reason: "bad-answer" });
    expect(error.message).toMatch(/^the job list: /);
    expect(requests).toHaveLength(1);
  });

  it("A52 names in each job what JavaScript cannot hold", async () => {
    const data = '[{"metadata":{"name":"a"},"spec":{"n":1e400}},{"metadata":{"name":"b"},"spec":{}}]';
    const body = `{"data":${data},"meta":{"hasMore":false,"total":2}}`;
    const { client } = withAnswers([raw(200, body, { "content-type": "application/json" })]);
    expect((await client.list()).map(({ inexact }) => inexact)).toEqual([["/spec/n"], []]);
  });

  it("A52 names bytes that are no UTF-8, half characters, and takes a byte order mark", async () => {
    const data = '[{"metadata":{"name":"a"},"spec":{"x":"caf\xe9"}},{"metadata":{"name":"b"},"spec":{"y":"\\ud800"}}]';
    const body = Buffer.from(`\xef\xbb\xbf{"data":${data},"meta":{"hasMore":false,"total":2}}`, "latin1");
    const { client } = withAnswers([raw(200, body, { "content-type": "application/json" })]);
    expect((await client.list()).map(({ inexact }) => inexact)).toEqual([["/spec/x"], ["/spec/y"]]);
  });
});

describe("one of Blaxel's jobs", () => {
  it("is read by its name, its secrets hidden", async () => {
    const sandbox = await sandboxFor({ seed: { blaxel: [{ job: secretJob() }] } });
    const { client, secrets } = connected("blaxel", { env: envOf(sandbox) });
    const [listed] = await client.list();
    expect(await client.get("nightly", V)).toEqual(listed);
    expect(await client.find("nightly", "blaxel.ai/v1alpha1")).toEqual([listed]);
    expect(await client.find("other", "blaxel.ai/v1alpha1")).toEqual([]);
    expect(await client.get("other", V)).toBeUndefined();
    expect([...secrets.values()]).toEqual(["blaxel-key"]);
  });

  it("shows its secrets to who may see them, and can be put back with them", async () => {
    const sandbox = await sandboxFor({ seed: { blaxel: [{ job: secretJob() }] } });
    const { client, secrets } = connected("blaxel", { env: envOf(sandbox) });
    const live = await client.get("nightly", { ...V, showSecrets: true });
    expect([...secrets.values()]).toContain("hunter22");
    expect(JSON.stringify(live)).not.toContain("hunter22");
    if (live === undefined) throw new Error("no job");
    await client.send({ method: "PUT", path: "/v0/jobs/nightly", body: live.document }, "blaxel/nightly");
    expect(sandbox.log.writes()[0]?.body).toMatchObject({
      spec: { runtime: { envs: [{ name: "KEY", value: "hunter22" }, {}] } },
    });
  });

  it.each([
    ["masked", "stars"],
    ["masked", "partial"],
    ["forbidden", "stars"],
  ] as const)("keeps them from who may not: %s, %s, and is then not put", async (showSecretsDenied, maskStyle) => {
    const sandbox = await sandboxFor({
      seed: { blaxel: [{ job: secretJob() }] },
      adminKeys: ["admin-key"],
      behaviours: { showSecretsDenied, maskStyle },
    });
    const { client, secrets } = connected("blaxel", { env: envOf(sandbox) });
    const live = await client.get("nightly", { ...V, showSecrets: true });
    if (live === undefined) throw new Error("no job");
    expect([...secrets.values()]).toEqual(["blaxel-key"]);
    const work = client.send({ method: "PUT", path: "/v0/jobs/nightly", body: live.document }, "blaxel/nightly");
    expect(await errorOf(JobwrightError, work)).toMatchObject({
      reason: "secret-unreadable",
      message: expect.stringContaining("the secret KEY"),
    });
    expect(sandbox.log.writes()).toEqual([]);
  });

  it("is not another one", async () => {
    const { client } = withAnswers([json(200, job("other"))]);
    expect(await errorOf(ApiError, client.get("nightly", V))).toMatchObject({ code: "JW2034", outcome: "not-done" });
  });
});

describe("a write to Blaxel", () => {
  it("makes, changes and deletes a job", async () => {
    const sandbox = await sandboxFor();
    const { client } = connected("blaxel", { env: envOf(sandbox) });
    const made = await client.send(
      { method: "POST", path: "/v0/jobs", body: job("n", { runtime: { memory: 1 } }) },
      "blaxel/n",
    );
    expect(made.job).toMatchObject({ id: "n", name: "n" });
    const body = job("n", { runtime: { memory: 2 } });
    const changed = await client.send({ method: "PUT", path: "/v0/jobs/n", body }, "blaxel/n");
    expect(changed.job?.document.spec["runtime"]).toMatchObject({ memory: 2 });
    expect(await client.send({ method: "DELETE", path: "/v0/jobs/n" }, "blaxel/n")).toEqual({ attempts: 1 });
    const taken = client.send({ method: "POST", path: "/v0/jobs", body }, "blaxel/n");
    expect(await errorOf(ApiError, taken)).toMatchObject({
      code: "JW2015",
      reason: "conflict",
      outcome: "not-done",
      attempts: 2,
    });
  });

  it("goes below the base URL, whatever its prefix, and nowhere else", async () => {
    const { client, asked } = withAnswers([json(200, job("n"))], {
      ...ENV,
      BL_API_URL: "https://gw.example/blaxel/v0/",
    });
    await client.send({ method: "PUT", path: "/v0/jobs/n", body: job("n") }, "blaxel/n");
    expect(asked()).toEqual(["PUT /blaxel/v0/jobs/n"]);
    for (const path of ["/v1/jobs/n", "/v0/../admin", "https://evil.example/v0/jobs/n"]) {
      const work = client.send({ method: "PUT", path, body: job("n") }, "blaxel/n");
      expect(await errorOf(JobwrightError, work)).toMatchObject({ code: "JW2044" });
    }
  });

  it("is sent again where it may be, and says how often", async () => {
    const { client, asked } = withAnswers([broken.reset, json(502, {}), json(200, job("n"))]);
    const sent = await client.send({ method: "PUT", path: "/v0/jobs/n", body: job("n") }, "blaxel/n");
    expect(sent.attempts).toBe(3);
    expect(asked()).toHaveLength(3);
  });

  it("A56 whose answer is about another job is unknown", async () => {
    const { client } = withAnswers([json(200, job("other"))]);
    for (const [method, stopsTarget] of [
      ["PUT", true],
      ["DELETE", true],
    ] as const) {
      const work = client.send(
        { method, path: "/v0/jobs/n", ...(method === "PUT" ? { body: job("n") } : {}) },
        "blaxel/n",
      );
      expect(await errorOf(ApiError, work)).toMatchObject({ code: "JW2034", outcome: "unknown", stopsTarget });
    }
  });
});

describe("client credentials", () => {
  const CREDENTIALS = Buffer.from("client-id:client-secret").toString("base64");
  const env: Env = { BL_WORKSPACE: "acme", BL_CLIENT_CREDENTIALS: CREDENTIALS };
  const token = (value: string, expires_in: number | string = 7200): Step =>
    json(200, { access_token: value, expires_in, token_type: "Bearer" });

  it("A48 get a token once, however many requests need it, and all of it is redacted", async () => {
    const sandbox = await sandboxFor({ seed: seed(3), clientCredentials: CREDENTIALS });
    const around = connected("blaxel", { env: { ...env, BL_API_URL: `${sandbox.url}/v0` } });
    await Promise.all(["job-0000", "job-0001", "job-0002"].map((name) => around.client.get(name, V)));
    const [first, ...rest] = sandbox.log.entries;
    expect(first).toMatchObject({ path: "/v0/oauth/token", body: { grant_type: "client_credentials" } });
    expect(first?.headers["authorization"]).toBe(`Basic ${CREDENTIALS}`);
    expect(rest.map(({ path }) => path).sort()).toEqual([
      "/v0/jobs/job-0000",
      "/v0/jobs/job-0001",
      "/v0/jobs/job-0002",
    ]);
    const bearer = rest[0]?.headers["authorization"]?.replace("Bearer ", "") ?? "";
    expect([...around.secrets.values()]).toEqual([CREDENTIALS, "client-secret", bearer]);
    expect(around.traces.join()).not.toContain(bearer);
  });

  it("get the next token before the old one ends, by a clock that nobody sets", async () => {
    const { client, requests, clock } = withAnswers(
      [token("t1", "3600"), json(404, {}), json(404, {}), token("t2"), json(404, {})],
      env,
    );
    await client.get("a", V);
    clock.forward(3_200_000);
    await client.get("a", V);
    clock.forward(150_000);
    await client.get("a", V);
    expect(requests.map(({ headers }) => headers["authorization"])).toEqual([
      `Basic ${CREDENTIALS}`,
      "Bearer t1",
      "Bearer t1",
      `Basic ${CREDENTIALS}`,
      "Bearer t2",
    ]);
  });

  it.each([0, -1, "soon", null])("A48 make no storm of a life of %j", async (life) => {
    const { client, asked } = withAnswers([json(200, { access_token: "t", expires_in: life }), json(404, {})], env);
    for (let i = 0; i < 20; i++) await client.get("a", V);
    expect(asked().filter((line) => line.includes("token"))).toHaveLength(1);
  });

  it("A48 make no storm of a token endpoint that fails, and say that it does", async () => {
    const { client, asked } = withAnswers([json(500, { error: "oops" })], env);
    const work = Array.from({ length: 20 }, (_, n) => errorOf(ApiError, client.get(`job-${n}`, V)));
    for (const error of await Promise.all(work)) expect(error.message).toMatch(/token: .*500|skipped|in a row/);
    expect(asked().every((line) => line.includes("/oauth/token"))).toBe(true);
    expect(asked().length).toBeLessThanOrEqual(30);
  });

  it("A48 get one new token after a 401, for all requests that met it", async () => {
    const sandbox = await sandboxFor({ seed: seed(4), clientCredentials: CREDENTIALS });
    const { client } = connected("blaxel", { env: { ...env, BL_API_URL: `${sandbox.url}/v0` } });
    await client.get("job-0000", V);
    sandbox.faults.add({ path: "/v0/jobs/", times: 4, fault: { status: 401, body: { error: "expired" } } });
    const jobs = await Promise.all([0, 1, 2, 3].map((n) => client.get(`job-000${n}`, V)));
    expect(jobs.every((found) => found !== undefined)).toBe(true);
    expect(sandbox.log.entries.filter(({ path }) => path.endsWith("/token"))).toHaveLength(2);
  });

  it("that are refused are named", async () => {
    const { client } = withAnswers([json(401, { error: "unauthorized" })], env);
    const error = await errorOf(ApiError, client.list());
    expect(error).toMatchObject({ code: "JW2010", reason: "auth", stopsTarget: true });
    expect(error.hint).toContain("BL_CLIENT_CREDENTIALS");
    expect(error.message).toContain("token: Blaxel refuses");
  });

  it.each([
    [{}],
    [{ access_token: "" }],
    [{ access_token: "a b" }],
    [{ access_token: 7 }],
  ])("are of no use where %j is answered", async (body) => {
    const { client } = withAnswers([json(200, body)], env);
    expect(await errorOf(ApiError, client.list())).toMatchObject({ code: "JW2031" });
  });

  it("A48 come after the key, where both are set", async () => {
    const { client, requests } = withAnswers([page([], 0)], { ...env, BL_API_KEY: "blaxel-key" });
    await client.list();
    expect(requests.map(({ headers }) => headers["authorization"])).toEqual(["Bearer blaxel-key"]);
  });
});

function nameOf({ metadata }: JsonObject): string {
  return (metadata as { readonly name: string }).name;
}
