import { describe, expect, it } from "vitest";
import { ApiError, JobwrightError } from "../../src/errors.ts";
import { SecretRef } from "../../src/model/document.ts";
import type { ApiVersion } from "../../src/model/job.ts";
import type { Json } from "../../src/model/json.ts";
import { broken, errorOf, json, raw, type Step, scripted } from "../http/support.ts";
import { connected, envOf, sandboxFor } from "./support.ts";

const V1: ApiVersion = "nimbleway.com/v1";
const V2: ApiVersion = "nimbleway.com/v2";

const ENV = { NIMBLE_API_KEY: "nimble-key" };

function seed(count: number) {
  return {
    nimble: Array.from({ length: count }, (_, i) => ({
      job: { name: `job-${String(i).padStart(4, "0")}`, agent_name: "a" },
    })),
  };
}

/** A client whose every request is answered by `steps`, and what it sent. */
function withAnswers(steps: readonly Step[], versions: readonly ApiVersion[] = [V1]) {
  const transport = scripted(...steps);
  const around = connected("nimble", { env: ENV, versions, transport });
  const asked = () => transport.requests.map(({ method, url }) => `${method} ${url.pathname}${url.search}`);
  return { ...around, asked, requests: transport.requests };
}

function page(ids: readonly number[], total: number, number = 1, size = 200): Step {
  const items = ids.map((n) => ({ id: `job_${n}`, name: `name-${n}` }));
  return json(200, { items, total, page: number, per_page: size });
}

describe("connecting to Nimble", () => {
  it("sends nothing, and knows whom it would talk to", () => {
    const { client, requests } = withAnswers([]);
    expect(client.identity).toEqual({ provider: "nimble", origin: "https://sdk.nimbleway.com" });
    expect(requests).toEqual([]);
  });

  it("needs a key", async () => {
    expect(await errorOf(JobwrightError, () => connected("nimble", { env: {}, transport: scripted() }))).toMatchObject({
      code: "JW2050",
      reason: "auth",
      message: expect.stringContaining("NIMBLE_API_KEY"),
    });
  });

  it("makes the key redacted, and uses it as a bearer token", async () => {
    const { client, secrets, requests } = withAnswers([page([], 0)]);
    await client.list();
    expect([...secrets.values()]).toEqual(["nimble-key"]);
    expect(requests[0]?.headers["authorization"]).toBe("Bearer nimble-key");
  });

  it("keeps below the documented rate, but not towards this machine", async () => {
    const pages = Array.from({ length: 3 }, (_, i) => page([i + 1], 0));
    const far = withAnswers([json(404, {})]);
    for (let i = 0; i < 10; i++) await far.client.get("job_1", { apiVersion: V1 });
    // 98 % of 83 a second is one each 12.294 ms; whole milliseconds are waited, and what that is too long is made up for.
    expect(far.clock.sleeps).toEqual([13, 12, 12, 13, 12, 12, 13, 12, 12]);
    const transport = scripted(json(404, {}), ...pages);
    const near = connected("nimble", { env: { ...ENV, NIMBLE_BASE_URL: "http://127.0.0.1:1" }, transport });
    for (let i = 0; i < 10; i++) await near.client.get("job_1", { apiVersion: V1 }).catch(() => undefined);
    expect(near.clock.sleeps).toEqual([]);
  });
});

describe("the list of Nimble's jobs", () => {
  it.each([0, 1, 199, 200, 201, 400, 1234])("is whole with %i jobs", async (count) => {
    const sandbox = await sandboxFor({ seed: seed(count) });
    const { client } = connected("nimble", { env: envOf(sandbox), versions: [V1] });
    const jobs = await client.list();
    expect(jobs.map(({ name }) => name)).toEqual(seed(count).nimble.map(({ job }) => job.name));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(count);
  });

  it("asks for the first page alone, then for several at once, and for an empty one behind a full last one", async () => {
    const sandbox = await sandboxFor({ seed: seed(800), latencyMs: 2 });
    const { client } = connected("nimble", { env: envOf(sandbox), versions: [V1] });
    await client.list();
    expect(sandbox.log.entries.map(({ path }) => path).sort()).toEqual(
      [1, 2, 3, 4, 5].map((n) => `/v1/jobs?page=${n}&per_page=200`),
    );
    expect(sandbox.log.entries[0]?.path).toContain("page=1&");
    expect(sandbox.log.maxInFlight).toBeGreaterThan(1);
  });

  it("is read from v2 where the manifests are v2's, and from both where both are used", async () => {
    const sandbox = await sandboxFor({ seed: seed(201) });
    sandbox.data.add({ nimble: [{ job: { id: "job_900", name: "both", agent_name: "a" } }] });
    const listed = async (versions: readonly ApiVersion[]) => {
      const { client } = connected("nimble", { env: envOf(sandbox), versions });
      const { agent_name, extract_template_name } =
        (await client.list()).find(({ id }) => id === "job_900")?.document.spec ?? {};
      return { agent_name, extract_template_name };
    };
    expect(await listed([V1])).toEqual({ agent_name: "a", extract_template_name: undefined });
    expect(await listed([V2])).toEqual({ agent_name: undefined, extract_template_name: "a" });
    expect(await listed([V1, V2])).toEqual({ agent_name: "a", extract_template_name: "a" });
    expect(sandbox.log.entries.map(({ path }) => path)).toContain("/v2/jobs?limit=200&offset=200");
  });

  it("takes what was changed last where two listings differ", async () => {
    const v1 = { id: "job_1", name: "x", description: "old", agent_name: "a", updated_at: "2026-11-01T00:00:00Z" };
    const v2 = { id: "job_1", name: "x", description: "new", agent_name: null, updated_at: "2026-11-02T00:00:00Z" };
    const { client } = withAnswers(
      [
        json(200, { items: [v1], total: 1, page: 1, per_page: 200 }),
        json(200, { items: [{ ...v2, extract_template_name: "t" }], total: 1, limit: 200, offset: 0 }),
      ],
      [V2, V1],
    );
    expect((await client.list())[0]?.document.spec).toEqual({
      description: "new",
      agent_name: "a",
      extract_template_name: "t",
    });
  });

  it("goes by the page size that the platform grants", async () => {
    const { client, asked } = withAnswers([page([1, 2], 3, 1, 2), page([3], 3, 2, 2)]);
    expect((await client.list()).map(({ id }) => id)).toEqual(["job_1", "job_2", "job_3"]);
    expect(asked()).toEqual(["GET /v1/jobs?page=1&per_page=200", "GET /v1/jobs?page=2&per_page=2"]);
  });

  it("is read again where a job went or came while it was read", async () => {
    const { client, asked, clock } = withAnswers([
      page([1, 2], 3, 1, 2),
      page([], 2, 2, 2),
      page([1, 2], 2, 1, 2),
      page([], 2, 2, 2),
    ]);
    expect((await client.list()).map(({ id }) => id)).toEqual(["job_1", "job_2"]);
    expect(asked()).toHaveLength(4);
    expect(clock.sleeps.filter((ms) => ms >= 500)).toEqual([1250]);
  });

  it.each<[string, readonly Step[]]>([
    ["a page holds less than is due", [page([1], 3, 1, 2)]],
    ["a job stands in it twice", [page([1, 1], 2)]],
    ["totals differ", [page([1, 2], 3, 1, 2), page([3], 4, 2, 2)]],
    ["a page holds more than is due", [page([1, 2, 3], 2)]],
    ["the page after the last is not empty", [page([1, 2], 2, 1, 2), page([3], 2, 2, 2)]],
    ["every page is page 1", [page([1, 2], 4, 1, 2)]],
    ["a page is another one than asked for", [page([1, 2], 3, 1, 2), page([3], 3, 3, 2)]],
    ["the page size changes", [page([1, 2], 3, 1, 2), page([3], 3, 2, 1)]],
    ["the total is absurd", [page([1], 1e12, 1, 1)]],
    ["a page holds nothing", [page([], 0, 1, 0)]],
  ])("A57 is an error, never shorter, where %s", async (_name, steps) => {
    const { client, asked } = withAnswers(Array.from({ length: 8 }, (_, i) => steps[i % steps.length] ?? page([], 0)));
    const error = await errorOf(ApiError, client.list());
    expect(error).toMatchObject({ code: "JW2035", reason: "list-incomplete", outcome: "not-done" });
    expect(asked().length).toBeLessThanOrEqual(12);
  });

  it.each<[string, Json]>([
    ["not an object", [1]],
    ["no list", { items: null, total: 0, page: 1, per_page: 200 }],
    ["a text for a list", { items: "[]", total: 0, page: 1, per_page: 200 }],
    ["an object for a list", { items: {}, total: 0, page: 1, per_page: 200 }],
    ["a total that is a string", { items: [], total: "0", page: 1, per_page: 200 }],
    ["a negative total", { items: [], total: -1, page: 1, per_page: 200 }],
    ["no total", { items: [], page: 1, per_page: 200 }],
    ["no page", { items: [], total: 0, per_page: 200 }],
    ["an error", { code: "oops", message: "hm" }],
  ])("A50 A57 is an error where a page is of another form: %s", async (_name, body) => {
    const { client, requests } = withAnswers([json(200, body)]);
    expect(await errorOf(ApiError, client.list())).toMatchObject({ code: "JW2031", reason: "bad-answer" });
    expect(requests).toHaveLength(1);
  });

  it.each<[string, Json]>([
    ["null", null],
    ["a number", 7],
    ["without id", { name: "x" }],
    ["with a number for an id", { id: 7, name: "x" }],
    ["with the id job_0", { id: "job_0", name: "x" }],
    ["with the id x/job_1", { id: "x/job_1", name: "x" }],
    ["with a path for an id", { id: "../x", name: "x" }],
    ["without a name", { id: "job_3", name: null }],
  ])("A50 is an error where an item is no job, naming page and index: %s", async (_name, item) => {
    const items = [{ id: "job_1", name: "a" }, item];
    const { client } = withAnswers([page([11, 12], 3, 1, 2), json(200, { items, total: 3, page: 2, per_page: 2 })]);
    const error = await errorOf(ApiError, client.list());
    expect(error.message).toMatch(/^page 2 of the job list: item 1 .*\(GET \/v1\/jobs\)$/);
  });

  it("is an error where one page cannot be had, naming page and tries", async () => {
    const { client } = withAnswers([page([1, 2], 3, 1, 2), json(500, { message: "oops" })]);
    const error = await errorOf(ApiError, client.list());
    expect(error.message).toBe("page 2 of the job list: Nimble failed with 500: oops (GET /v1/jobs, 500, try 5 of 5)");
  });

  it("A51 is an error where two values stand for the list itself", async () => {
    const body = '{"items":[],"items":[],"total":0,"page":1,"per_page":200}';
    const { client } = withAnswers([raw(200, body, { "content-type": "application/json" })]);
    expect((await errorOf(ApiError, client.list())).message).toContain("ambiguous at /items");
  });

  it("A52 names in each job what JavaScript cannot hold, and in no other", async () => {
    const items =
      '[{"id":"job_1","name":"a"},{"id":"job_2","name":"b","inputs":{"data":[{"n":12345678901234567890}]}}]';
    const body = `{"items":${items},"total":2,"page":1,"per_page":200}`;
    const { client } = withAnswers([raw(200, body, { "content-type": "application/json" })]);
    expect((await client.list()).map(({ inexact }) => inexact)).toEqual([[], ["/inputs/data/0/n"]]);
  });

  it("ends at once where a stop is asked for", async () => {
    const { client, stop, requests } = withAnswers([page([], 0)]);
    stop();
    expect((await errorOf(ApiError, client.list())).reason).toBe("interrupted");
    expect(requests).toEqual([]);
  });
});

describe("one of Nimble's jobs", () => {
  it("is read by its id, in either version", async () => {
    const sandbox = await sandboxFor({ seed: seed(3) });
    const { client } = connected("nimble", { env: envOf(sandbox), versions: [V1] });
    const [job] = await client.list();
    if (job === undefined) throw new Error("no job");
    expect(await client.get(job.id, { apiVersion: V1 })).toEqual(job);
    expect((await client.get(job.id, { apiVersion: V2 }))?.name).toBe(job.name);
    expect(sandbox.log.entries.at(-1)?.path).toBe(`/v2/jobs/${job.id}`);
    expect(await client.get("job_999", { apiVersion: V1 })).toBeUndefined();
  });

  it("is not absent because a gateway, or somebody without rights, says so", async () => {
    const html = raw(404, "<html>", { "content-type": "text/html" });
    expect((await errorOf(ApiError, withAnswers([html]).client.get("job_1", { apiVersion: V1 }))).code).toBe("JW2014");
    const forbidden = withAnswers([json(403, { code: "forbidden" })]);
    expect((await errorOf(ApiError, forbidden.client.get("job_1", { apiVersion: V1 }))).reason).toBe("forbidden");
  });

  it.each<[string, Json]>([
    ["another job", { id: "job_2", name: "x" }],
    ["no job", {}],
    ["a list", []],
    ["null", null],
  ])("A55 is not %s", async (_name, body) => {
    const { client } = withAnswers([json(200, body)]);
    expect((await errorOf(JobwrightError, client.get("job_1", { apiVersion: V1 }))).reason).toBe("bad-answer");
  });

  it.each(["..", ".", "", "a/b"])("cannot be asked for by the id %j", async (id) => {
    const { client, requests } = withAnswers([json(200, {})]);
    expect(await errorOf(JobwrightError, client.get(id, { apiVersion: V1 }))).toMatchObject({ code: "JW2044" });
    expect(requests).toEqual([]);
  });

  it("is found by its exact name, searched for in v1, looked through in v2", async () => {
    const sandbox = await sandboxFor();
    for (const name of ["daily", "daily", "daily-2", "Daily"])
      sandbox.data.add({ nimble: [{ job: { name, agent_name: "a" } }] });
    const { client } = connected("nimble", { env: envOf(sandbox), versions: [V1] });
    expect((await client.find("daily", V1)).map(({ name }) => name)).toEqual(["daily", "daily"]);
    expect(sandbox.log.entries[0]?.path).toBe("/v1/jobs?q=daily&page=1&per_page=200");
    expect((await client.find("daily", V2)).map(({ name }) => name)).toEqual(["daily", "daily"]);
    expect(await client.find("dail", V1)).toEqual([]);
  });
});

describe("a write to Nimble", () => {
  it("makes, changes and deletes a job", async () => {
    const sandbox = await sandboxFor();
    const { client, secrets } = connected("nimble", { env: envOf(sandbox) });
    secrets.add("env:BUCKET", "s3-acme-secret");
    const body = { name: "n", agent_name: "a", description: new SecretRef("env:BUCKET") };
    const made = await client.send({ method: "POST", path: "/v1/jobs", body }, "nimble/n");
    expect(made.job).toMatchObject({ name: "n", document: { spec: { description: "s3-acme-secret" } } });
    expect(made.attempts).toBe(1);
    const path = `/v1/jobs/${made.job?.id}`;
    const changed = await client.send({ method: "PATCH", path, body: { description: null } }, "nimble/n");
    expect(changed.job?.document.spec).toMatchObject({ description: null });
    expect(await client.send({ method: "DELETE", path }, "nimble/n")).toEqual({ attempts: 1 });
    expect(await client.send({ method: "DELETE", path }, "nimble/n")).toEqual({ attempts: 1 });
    expect(sandbox.log.writes().map(({ method }) => method)).toEqual(["POST", "PATCH", "DELETE", "DELETE"]);
  });

  it("is not sent where a secret has no value", async () => {
    const { client, requests } = withAnswers([json(201, {})]);
    const body = { name: "n", description: new SecretRef("env:GONE") };
    const error = await errorOf(JobwrightError, client.send({ method: "POST", path: "/v1/jobs", body }, "nimble/n"));
    expect(error).toMatchObject({ reason: "secret-unreadable", message: expect.stringContaining("env:GONE") });
    expect(requests).toEqual([]);
  });

  it("makes one job at most, whatever happens to the answer", async () => {
    const body = { name: "n", agent_name: "a" };
    const faults = [
      "cutBefore",
      "cutAfter",
      "truncateBody",
      { status: 502, commit: true },
      "html",
      { lateCommit: { ms: 0 } },
    ] as const;
    for (const fault of faults) {
      const sandbox = await sandboxFor();
      const { client } = connected("nimble", { env: envOf(sandbox) });
      sandbox.faults.add({ method: "POST", times: 1, fault });
      const outcome = await client.send({ method: "POST", path: "/v1/jobs", body }, "nimble/n").then(
        (result) => (result.job === undefined ? "done" : "whole"),
        (error: ApiError) => error.outcome,
      );
      expect([JSON.stringify(fault), outcome]).toEqual([
        JSON.stringify(fault),
        fault === "truncateBody" ? "done" : "unknown",
      ]);
      expect(sandbox.log.writes()).toHaveLength(1);
    }
  });

  it("A56 whose answer is about another job is unknown", async () => {
    const create = withAnswers([json(201, { id: "job_9", name: "other" })]).client;
    const request = { method: "POST", path: "/v1/jobs", body: { name: "mine" } } as const;
    expect(await errorOf(ApiError, create.send(request, "nimble/mine"))).toMatchObject({
      code: "JW2034",
      outcome: "unknown",
      stopsTarget: false,
      message: "answers are mixed up: asked about mine, answered about other (POST /v1/jobs, 201)",
    });
    const update = withAnswers([json(200, { id: "job_9", name: "other" })]).client;
    expect(
      await errorOf(ApiError, update.send({ method: "PATCH", path: "/v1/jobs/job_1", body: {} }, "nimble/x")),
    ).toMatchObject({ code: "JW2034", outcome: "unknown", stopsTarget: true });
  });

  it("A55 whose answer holds no job is done all the same", async () => {
    for (const answer of [json(201, {}), json(201, []), raw(201, ""), json(200, { error: "hm" }), broken.cut(201)]) {
      const { client } = withAnswers([answer]);
      const request = { method: "POST", path: "/v1/jobs", body: { name: "n" } } as const;
      expect(await client.send(request, "nimble/n")).toEqual({ attempts: 1 });
    }
  });
});
