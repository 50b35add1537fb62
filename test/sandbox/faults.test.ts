import { createServer, request } from "node:http";
import { describe, expect, it } from "vitest";
import type { Fault } from "../../src/sandbox/faults.ts";
import { at, type Bench, bench } from "./client.ts";

const JOB = { name: "a", agent_name: "x" };

/** How an exchange went: the status and body that came, or `cut`. */
async function outcome(call: Promise<{ status: number; text: string }>): Promise<string> {
  return call.then(
    ({ status, text }) => `${status} ${text}`,
    () => "cut",
  );
}

async function faulty(fault: Fault): Promise<Bench> {
  const started = await bench();
  started.sandbox.data.nimble.put({ ...JOB, name: "there" });
  started.sandbox.faults.add({ fault });
  return started;
}

describe("faults", () => {
  it("cut the connection before or after the request is handled", async () => {
    for (const [fault, jobs] of [
      ["cutBefore", 1],
      ["cutAfter", 2],
      ["resetBefore", 1],
      ["resetAfter", 2],
    ] as const) {
      const { call, sandbox } = await faulty(fault);
      expect(await outcome(call("POST", "/v1/jobs", JOB))).toBe("cut");
      expect(sandbox.data.nimble.count()).toBe(jobs);
      expect(sandbox.log.entries).toEqual([expect.objectContaining({ status: 0, fault, body: JOB })]);
    }
  });

  it("commit later: when told, or never", async () => {
    const { call, sandbox } = await faulty({ lateCommit: {} });
    expect(await outcome(call("POST", "/v1/jobs", JOB))).toBe("cut");
    expect([sandbox.data.nimble.count(), sandbox.faults.pending]).toEqual([1, 1]);
    await sandbox.faults.settle();
    expect([sandbox.data.nimble.count(), sandbox.faults.pending]).toEqual([2, 0]);
    await sandbox.faults.settle();
    expect(sandbox.data.nimble.count()).toBe(2);
    await outcome(call("POST", "/v1/jobs", JOB));
    sandbox.faults.drop();
    await sandbox.faults.settle();
    expect(sandbox.data.nimble.count()).toBe(2);
  });

  it("commit later by themselves", async () => {
    const { call, sandbox } = await faulty({ lateCommit: { ms: 1 } });
    const committed = new Promise<number>((resolve) => {
      sandbox.data.onMutation(() => resolve(sandbox.data.nimble.count()));
    });
    expect(await outcome(call("POST", "/v1/jobs", JOB))).toBe("cut");
    expect(await committed).toBe(2);
  });

  it("answer a status instead of the platform, having handled the request or not", async () => {
    const body = { code: "boom", message: "no" };
    const { call, sandbox } = await faulty({ status: 500, headers: { "x-should-retry": "false" }, body });
    const answer = await call("POST", "/v1/jobs", JOB);
    expect([answer.status, answer.body, answer.headers.get("x-should-retry")]).toEqual([500, body, "false"]);
    expect(sandbox.data.nimble.count()).toBe(1);
    sandbox.faults.set([
      { fault: { status: 504, commit: true, body: "<html>gateway</html>", headers: { "content-type": "text/html" } } },
    ]);
    expect(await outcome(call("POST", "/v1/jobs", JOB))).toBe("504 <html>gateway</html>");
    expect(sandbox.data.nimble.count()).toBe(2);
    sandbox.faults.set([{ fault: { status: 400, body: "you sent {{authorization}}" } }]);
    expect(await outcome(call("GET", "/v1/jobs"))).toBe("400 you sent Bearer any-key");
    sandbox.faults.set([{ fault: { status: 204 } }]);
    expect(await outcome(call("GET", "/v1/jobs"))).toBe("204 ");
    sandbox.faults.set([{ fault: { status: 200, base64: "/w==" } }]);
    const bytes = await (await fetch(`${sandbox.url}/v1/jobs`)).arrayBuffer();
    expect([...new Uint8Array(bytes)]).toEqual([0xff]);
  });

  it("cut a body short, with and without a length that fits", async () => {
    const { call, sandbox } = await faulty("truncateBody");
    expect(await outcome(call("POST", "/v1/jobs", JOB))).toBe("cut");
    expect(sandbox.log.entries[0]?.status).toBe(201);
    expect(sandbox.data.nimble.count()).toBe(2);
    const whole = JSON.stringify((await rawJob(sandbox.url)).json);
    sandbox.faults.set([{ fault: { truncateBody: { honestLength: true } } }]);
    const half = await call("GET", "/v1/jobs/job_1");
    expect(half.text).toBe(whole.slice(0, Math.floor(whole.length / 2)));

    async function rawJob(_url: string) {
      sandbox.faults.clear();
      return call("GET", "/v1/jobs/job_1");
    }
  });

  it("let a body come in drips", async () => {
    const { sandbox } = await faulty({ dripBody: { bytes: 50, everyMs: 1 } });
    const response = await fetch(`${sandbox.url}/v1/jobs/job_1`, { headers: { authorization: "Bearer k" } });
    let pieces = 0;
    const decoder = new TextDecoder();
    let text = "";
    for await (const piece of response.body ?? []) {
      pieces += 1;
      text += decoder.decode(piece, { stream: true });
    }
    expect(JSON.parse(text)).toMatchObject({ id: "job_1" });
    expect(pieces).toBeGreaterThan(1);
  });

  it("answer a page, a redirect, another job, too much, or compressed bytes", async () => {
    const { call, sandbox } = await faulty("html");
    const page = await call("GET", "/v1/jobs");
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    sandbox.faults.set([{ fault: { redirect: { location: "https://elsewhere.example/", status: 308 } } }]);
    const redirect = await call("GET", "/v1/jobs");
    expect([redirect.status, redirect.headers.get("location")]).toEqual([308, "https://elsewhere.example/"]);
    sandbox.faults.set([{ fault: "wrongJob" }]);
    expect((await call("GET", "/v1/jobs/job_1")).body).toMatchObject({ id: "job_999999", name: "another-job" });
    expect(at((await call("GET", "/v1/jobs")).body, "items", 0, "id")).toBe("job_999999");
    sandbox.data.blaxel.put({ metadata: { name: "b" }, spec: {} });
    expect(at((await call("GET", "/v0/jobs/b")).body, "metadata", "name")).toBe("another-job");
    sandbox.faults.set([{ fault: { hugeBody: { bytes: 1_000_000 } } }]);
    expect((await call("GET", "/v1/jobs")).text).toHaveLength(1_000_025);
    sandbox.faults.set([{ fault: "gzip" }]);
    const zipped = await call("GET", "/v1/jobs/job_1");
    expect([zipped.headers.get("content-encoding"), zipped.body["id"]]).toEqual(["gzip", "job_1"]);
  });

  it.each([
    ["/v1/jobs", 7, "7", { code: "rate_limited", message: "Too many requests", retry_after: 7 }],
    ["/v1/jobs", "soon", "soon", { code: "rate_limited", message: "Too many requests", retry_after: "soon" }],
    ["/v1/jobs", null, null, { code: "rate_limited", message: "Too many requests" }],
    ["/v0/jobs", 7, "7", { error: "Too Many Requests", code: 429, message: "Too many requests" }],
  ])("refuse for the rate at %s, to be tried after %s", async (path, retryAfter, header, body) => {
    const { call } = await faulty({ rateLimited: { retryAfter } });
    const answer = await call("GET", path);
    expect([answer.status, answer.headers.get("retry-after"), answer.body]).toEqual([429, header, body]);
  });

  it("answer reads as it was before the last mutations, and leave writes alone", async () => {
    const { call, sandbox } = await faulty("staleRead");
    sandbox.data.nimble.edit("job_1", { description: "new" });
    expect((await call("GET", "/v1/jobs/job_1")).body["description"]).toBeNull();
    expect((await call("PATCH", "/v1/jobs/job_1", { display_name: "x" })).body["description"]).toBe("new");
    sandbox.faults.set([{ fault: { staleRead: { mutations: 3 } } }]);
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(404);
    expect((await call("GET", "/v1/jobs")).body).toMatchObject({ items: [], total: 0 });
    sandbox.faults.clear();
    sandbox.data.nimble.delete("job_1");
    sandbox.data.blaxel.put({ metadata: { name: "b" }, spec: {} });
    sandbox.faults.set([{ fault: { staleRead: { mutations: 2 } } }]);
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(200);
    expect((await call("GET", "/v0/jobs/b")).status).toBe(404);
    expect((await call("GET", "/v0/jobs")).json).toEqual([]);
  });

  it("change the text of an answer", async () => {
    const { call, sandbox } = await faulty({ replace: { from: '"total":1', to: '"total":12345678901234567890' } });
    expect((await call("GET", "/v1/jobs")).text).toContain('"total":12345678901234567890');
    sandbox.faults.set([{ fault: { rewrite: (text) => text.toUpperCase() } }]);
    expect((await call("GET", "/v1/jobs")).text).toContain('"TOTAL":1');
  });

  it("hang until the client goes away", async () => {
    const { sandbox } = await faulty({ hang: { commit: true } });
    const committed = new Promise<void>((resolve) => {
      sandbox.data.onMutation(() => resolve());
    });
    const abort = new AbortController();
    const sent = fetch(`${sandbox.url}/v1/jobs`, {
      ...{ method: "POST", body: JSON.stringify(JOB), signal: abort.signal },
      headers: { authorization: "Bearer k", "content-type": "application/json" },
    });
    await committed;
    abort.abort();
    await expect(sent).rejects.toThrow("aborted");
  });

  it("delay", async () => {
    const { call } = await faulty({ delayMs: 1 });
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(200);
  });
});

describe("rules", () => {
  it("say which requests, after how many, how often", async () => {
    const { call, sandbox } = await bench();
    const handle = sandbox.faults.add({
      ...{ method: "GET", path: "/v1/jobs?", after: 1, times: 2 },
      fault: { status: 503 },
    });
    const statuses = [];
    for (const path of ["/v1/jobs", "/v1/jobs?q=a", "/v1/jobs?q=b", "/v2/jobs", "/v1/jobs?q=c", "/v1/jobs?q=d"]) {
      statuses.push((await call("GET", path)).status);
    }
    expect(statuses).toEqual([200, 200, 503, 200, 503, 200]);
    expect(handle.hits).toBe(2);
    expect((await call("POST", "/v1/jobs?", JOB)).status).toBe(201);
  });

  it("go in order, can have patterns, and can be taken back", async () => {
    const { call, sandbox } = await bench();
    const [first] = sandbox.faults.set([
      { method: ["get", "delete"], path: /job_\d+$/, fault: { status: 418 } },
      { path: { regex: "^/v1/" }, fault: { status: 503 } },
    ]);
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(418);
    expect((await call("PATCH", "/v1/jobs/job_1", {})).status).toBe(503);
    first?.remove();
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(503);
    sandbox.faults.clear();
    expect((await call("GET", "/v1/jobs/job_1")).status).toBe(404);
  });

  it("let a test act between a request's arrival and its handling, and before its answer", async () => {
    const { call, sandbox } = await bench();
    sandbox.data.nimble.put(JOB);
    const seen: string[] = [];
    sandbox.faults.add({
      method: "PATCH",
      before: ({ seq }) => {
        seen.push(`before ${seq}`);
        sandbox.data.nimble.edit("job_1", { description: "by hand" });
      },
      afterwards: () => {
        seen.push(String(sandbox.data.nimble.get("job_1")?.["display_name"]));
      },
    });
    const { body } = await call("PATCH", "/v1/jobs/job_1", { display_name: "shown" });
    expect(body).toMatchObject({ description: "by hand", display_name: "shown" });
    expect(seen).toEqual(["before 1", "shown"]);
  });
});

describe("the log", () => {
  it("holds every request in order, as it came and as it was answered", async () => {
    const { call, sandbox } = await bench();
    await call("GET", "/v1/jobs?q=%C3%A4&page=1");
    await call("POST", "/v1/jobs", JOB, { "X-Probe": "7" });
    await call("DELETE", "/v1/jobs/job_1");
    await call("POST", "/v0/oauth/token", { grant_type: "client_credentials" }, { authorization: "Basic x" });
    const entries = sandbox.log.entries.map(({ seq, method, path, status }) => [seq, method, path, status]);
    expect(entries).toEqual([
      [1, "GET", "/v1/jobs?q=%C3%A4&page=1", 200],
      [2, "POST", "/v1/jobs", 201],
      [3, "DELETE", "/v1/jobs/job_1", 204],
      [4, "POST", "/v0/oauth/token", 200],
    ]);
    expect(sandbox.log.entries[1]).toMatchObject({ body: JOB, headers: { "x-probe": "7" } });
    expect(sandbox.log.entries[0]).not.toHaveProperty("body");
    expect(sandbox.log.writes().map((entry) => entry.seq)).toEqual([2, 3]);
    expect(sandbox.log.reads().map((entry) => entry.seq)).toEqual([1]);
    sandbox.log.clear();
    await call("GET", "/v1/jobs");
    expect(sandbox.log.entries.map((entry) => entry.seq)).toEqual([5]);
  });

  it("keeps paths as sent", async () => {
    const { sandbox } = await bench();
    const status = await new Promise<number | undefined>((resolve) => {
      request(`${sandbox.url}`, { path: "/v0/jobs/../x" }, (answer) => resolve(answer.resume().statusCode)).end();
    });
    expect(status).toBe(401);
    expect(sandbox.log.entries[0]?.path).toBe("/v0/jobs/../x");
  });

  it("counts how many requests are under way at once", async () => {
    const { call, sandbox } = await bench();
    let waiting = 0;
    let go = () => {};
    const all = new Promise<void>((resolve) => {
      go = resolve;
    });
    sandbox.faults.add({
      before: async () => {
        waiting += 1;
        if (waiting === 3) go();
        await all;
      },
    });
    await Promise.all([1, 2, 3].map(() => call("GET", "/v1/jobs")));
    expect(sandbox.log.maxInFlight).toBe(3);
  });

  it("drops the oldest when it is full", async () => {
    const { call, sandbox } = await bench({ logLimit: 4 });
    for (let n = 0; n < 5; n++) await call("GET", "/v1/jobs");
    expect(sandbox.log.entries.map((entry) => [entry.seq, entry.status])).toEqual([
      [4, 200],
      [5, 200],
    ]);
  });
});

describe("a sandbox", () => {
  it("says why it cannot listen", async () => {
    const { startSandbox } = await import("../../src/sandbox/server.ts");
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    await expect(startSandbox({ port })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: the port is taken (EADDRINUSE)`,
    );
    taken.close();
  });

  it("closes with requests under way, and twice", async () => {
    const { call, sandbox } = await bench({ latencyMs: 600_000 });
    const sent = outcome(call("GET", "/v1/jobs"));
    await new Promise<void>((resolve) => {
      const look = () => (sandbox.log.entries.length > 0 ? resolve() : setImmediate(look));
      look();
    });
    await sandbox.close();
    await sandbox.close();
    expect(await sent).toBe("cut");
  });
});
