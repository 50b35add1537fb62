import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { at, type Bench, bench, clockAt } from "./client.ts";

const PAGED = { "blaxel-version": "2026-04-28" };

async function five(now?: () => Date): Promise<Bench> {
  const started = await bench(now ? { now } : {});
  for (const name of ["c", "a", "e", "b", "d"]) {
    started.sandbox.data.blaxel.put({
      metadata: { name, labels: { half: name < "c" ? "first" : "second" } },
      spec: {},
    });
  }
  return started;
}

const names = (jobs: Json | undefined) => (jobs as readonly JsonObject[]).map((job) => at(job, "metadata", "name"));

/** Reads all pages; `between` is called after each. */
async function walk({ call }: Bench, query: string, between: () => void = () => {}): Promise<(Json | undefined)[]> {
  const seen: (Json | undefined)[] = [];
  for (let cursor = ""; ; between()) {
    const page = (await call("GET", `/v0/jobs?${query}&cursor=${cursor}`, undefined, PAGED)).body;
    seen.push(...names(page["data"]));
    cursor = String(at(page, "meta", "nextCursor"));
    expect(at(page, "meta", "hasMore")).toBe(cursor !== "");
    if (cursor === "") return seen;
  }
}

describe("lists of Blaxel jobs", () => {
  it("are a bare array of all jobs, newest first, for versions before paging", async () => {
    const { call } = await five();
    expect(names((await call("GET", "/v0/jobs")).json)).toEqual(["d", "b", "e", "a", "c"]);
    const old = { "blaxel-version": "2026-04-16" };
    expect(names((await call("GET", "/v0/jobs?limit=1&sort=name:asc", undefined, old)).json)).toHaveLength(5);
  });

  it.each([
    ["createdAt:desc", ["d", "b", "e", "a", "c"]],
    ["createdAt:asc", ["c", "a", "e", "b", "d"]],
    ["name:asc", ["a", "b", "c", "d", "e"]],
    ["name:desc", ["e", "d", "c", "b", "a"]],
  ])("come in pages sorted by %s", async (sort, order) => {
    const started = await five();
    expect(await walk(started, `limit=2&sort=${sort}`)).toEqual(order);
    expect(await walk(started, `limit=5&sort=${sort}`)).toEqual(order);
  });

  it("say how many there are in the workspace, whatever is filtered", async () => {
    const { call } = await five();
    const page = await call("GET", "/v0/jobs?q=first&limit=1", undefined, PAGED);
    expect(names(page.body["data"])).toEqual(["b"]);
    expect(page.body["meta"]).toEqual({ hasMore: true, nextCursor: expect.any(String), total: 5 });
  });

  it("have 50 items a page, and never more than 200", async () => {
    const { call, sandbox } = await bench();
    for (let n = 0; n < 205; n++) sandbox.data.blaxel.put({ metadata: { name: `job-${n}` }, spec: {} });
    const count = async (query: string) =>
      names((await call("GET", `/v0/jobs${query}`, undefined, PAGED)).body["data"]).length;
    expect(await count("")).toBe(50);
    expect(await count("?limit=1000")).toBe(200);
  });

  it("skip and repeat nothing that stays while others come and go", async () => {
    const started = await five();
    let turn = 0;
    const seen = await walk(started, "limit=1&sort=name:asc", () => {
      turn += 1;
      if (turn === 1) started.sandbox.data.blaxel.delete("a");
      if (turn === 2) started.sandbox.data.blaxel.put({ metadata: { name: "aa" }, spec: {} });
      if (turn === 3) started.sandbox.data.blaxel.put({ metadata: { name: "dd" }, spec: {} });
    });
    expect(seen).toEqual(["a", "b", "c", "d", "dd", "e"]);
  });

  it("search names, display names and labels, from two characters on", async () => {
    const started = await five();
    started.sandbox.data.blaxel.put({ metadata: { name: "z", displayName: "The Last One" }, spec: {} });
    expect(await walk(started, "sort=name:asc&q=FIRST")).toEqual(["a", "b"]);
    expect(await walk(started, "sort=name:asc&q=%20last%20")).toEqual(["z"]);
    expect(await walk(started, "sort=name:asc&q=z")).toHaveLength(6);
  });

  it("filter by status", async () => {
    const started = await five();
    started.sandbox.data.blaxel.edit("b", { status: "FAILED" });
    expect(await walk(started, "status=failed")).toEqual(["b"]);
    expect(await walk(started, "status=FAILED,DEPLOYED&limit=2")).toHaveLength(5);
  });

  it("give the last page directly", async () => {
    const { call } = await five();
    const page = await call("GET", "/v0/jobs?anchor=end&limit=2", undefined, PAGED);
    expect(names(page.body["data"])).toEqual(["a", "c"]);
    expect(page.body["meta"]).toEqual({ hasMore: false, nextCursor: "", total: 5 });
  });

  it.each([
    "limit=0",
    "limit=x",
    "sort=age:asc",
    "status=SLEEPING",
    `q=${"x".repeat(201)}`,
    "anchor=end&sort=name:asc",
  ])("refuse %s", async (query) => {
    const { call } = await five();
    expect((await call("GET", `/v0/jobs?${query}`, undefined, PAGED)).body).toMatchObject({ code: 400 });
  });

  it("check the status also where they do not filter by it", async () => {
    const { call } = await five();
    expect((await call("GET", "/v0/jobs?status=SLEEPING")).status).toBe(400);
    expect(names((await call("GET", "/v0/jobs?status=FAILED")).json)).toHaveLength(5);
  });
});

describe("cursors", () => {
  async function cursorOf({ call }: Bench, query: string): Promise<string> {
    return String(at((await call("GET", `/v0/jobs?${query}`, undefined, PAGED)).body, "meta", "nextCursor"));
  }

  it.each([
    ["another sort", "limit=2&sort=createdAt:asc", "acme"],
    ["another search", "limit=2&q=second", "acme"],
    ["another status", "limit=2&status=DEPLOYED", "acme"],
    ["another workspace", "limit=2", "other"],
  ])("are good for their query only: %s", async (_what, query, workspace) => {
    const started = await five();
    const cursor = await cursorOf(started, "limit=2");
    const headers = { ...PAGED, "x-blaxel-workspace": workspace };
    const refused = await started.call("GET", `/v0/jobs?${query}&cursor=${cursor}`, undefined, headers);
    expect(refused.body).toMatchObject({ error: "invalid_cursor", code: 400 });
    expect((await started.call("GET", `/v0/jobs?limit=1&cursor=${cursor}`, undefined, PAGED)).status).toBe(200);
  });

  it("live for a day", async () => {
    const clock = clockAt("2026-10-01T00:00:00Z");
    const started = await five(clock.now);
    const cursor = await cursorOf(started, "limit=2");
    clock.forward(24 * 3600 * 1000);
    expect((await started.call("GET", `/v0/jobs?cursor=${cursor}`, undefined, PAGED)).status).toBe(200);
    clock.forward(1);
    expect((await started.call("GET", `/v0/jobs?cursor=${cursor}`, undefined, PAGED)).status).toBe(400);
  });

  it.each(["!!", "e30", "W10", "bnVsbA", "a".repeat(5000)])("are refused when they are none: %s", async (cursor) => {
    const { call } = await five();
    expect((await call("GET", `/v0/jobs?cursor=${cursor}`, undefined, PAGED)).status).toBe(400);
  });
});
