import { describe, expect, it, onTestFinished } from "vitest";
import { ApiError, JobwrightError } from "../../src/errors.ts";
import { createApiClient } from "../../src/http/client.ts";
import { HTTP_DEFAULTS } from "../../src/model/config.ts";
import {
  broken,
  CREATE,
  clientOptions,
  DELETE,
  errorOf,
  json,
  never,
  OK,
  READ,
  raw,
  type Step,
  scripted,
  setUp,
  UPDATE,
} from "./support.ts";

describe("a request", () => {
  it("goes below the base URL, with credentials and little else", async () => {
    const { client, requests } = setUp(OK);
    const answer = await client.request({ ...UPDATE, query: { q: "a b" } });
    expect(answer).toMatchObject({
      status: 200,
      json: { id: "job_1" },
      attempts: 1,
      request: "PATCH /base/v1/jobs/job_1",
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.url.href).toBe("https://api.example.com/base/v1/jobs/job_1?q=a+b");
    expect(requests[0]?.headers).toEqual({
      accept: "application/json",
      authorization: "Bearer the-very-key",
      "content-type": "application/json",
      "user-agent": "jobwright",
    });
    expect(requests[0]?.body).toBe('{"a":1}');
  });

  it("is fresh where it makes something, and only there", async () => {
    const { client, requests } = setUp(OK);
    for (const request of [READ, CREATE, UPDATE, DELETE]) await client.request(request);
    expect(requests.map(({ fresh }) => fresh)).toEqual([false, true, false, false]);
  });

  it("A47 is traced without headers, query and body", async () => {
    const { client, traces, clock } = setUp(broken.reset, async () => {
      clock.forward(34);
      return json(200, {}, { "x-request-id": `id-1\n::error::${"x".repeat(100)}` });
    });
    await client.request({ ...READ, query: { cursor: "secret-cursor" } });
    expect(traces).toEqual([
      "nimble: GET /base/v1/jobs/job_1 -> UND_ERR_SOCKET (no-answer) in 0 ms, try 1",
      expect.stringMatching(/^nimble: GET \/base\/v1\/jobs\/job_1 -> 200 in 34 ms, try 2, request id-1 ::error::x+…$/),
    ]);
  });

  it("names what JavaScript cannot hold", async () => {
    const { client } = setUp(raw(200, '{"n":12345678901234567890}', { "content-type": "application/json" }));
    expect((await client.request(READ)).inexact).toEqual(["/n"]);
  });

  it("is bounded by a deadline of its kind", async () => {
    const { client, clock } = setUp(OK);
    await client.request(READ);
    await client.request(UPDATE);
    expect(clock.deadlines.map(({ ms }) => ms)).toEqual([60_000, 90_000]);
  });

  it("shares the target with a limited number of others", async () => {
    let most = 0;
    let underWay = 0;
    const transport = scripted(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return OK;
    });
    const { options } = clientOptions(transport, { http: { ...HTTP_DEFAULTS, concurrency: 3 } });
    const client = createApiClient(options);
    await Promise.all(Array.from({ length: 20 }, () => client.request(READ)));
    expect(most).toBe(3);
  });
});

describe("what is asked before a request leaves", () => {
  const lost = new JobwrightError("JW4011", "lock-lost", "the lock went to somebody");

  it("is asked at each try, when it has its turn: a request that waits for its next try holds nobody up", async () => {
    const order: string[] = [];
    const { options } = clientOptions(
      scripted(async ({ method }) => {
        order.push(method);
        return order.length === 1 ? json(500, {}) : OK;
      }),
    );
    const client = createApiClient({ ...options, http: { ...HTTP_DEFAULTS, concurrency: 1 } });
    const asked = async (): Promise<void> => {
      order.push("asked");
    };
    await Promise.all([client.request(UPDATE), client.request({ ...DELETE, before: asked })]);
    expect(order).toEqual(["PATCH", "asked", "DELETE", "PATCH"]);
    order.length = 0;
    await client.request({ ...UPDATE, before: asked });
    expect(order).toEqual(["asked", "PATCH"]);
  });

  it("keeps it from leaving, and what an earlier try may have done is not forgotten", async () => {
    const refuse = async (): Promise<void> => {
      throw lost;
    };
    const { client, requests } = setUp(broken.reset, OK);
    expect(await errorOf(JobwrightError, client.request({ ...CREATE, before: refuse }))).toBe(lost);
    expect(requests).toHaveLength(0);
    let tries = 0;
    const second = async (): Promise<void> => {
      tries += 1;
      if (tries === 2) throw lost;
    };
    expect(await errorOf(ApiError, client.request({ ...UPDATE, before: second }))).toMatchObject({
      ...{ code: "JW4011", reason: "lock-lost", outcome: "unknown", attempts: 1 },
    });
    expect(requests).toHaveLength(1);
  });
});

describe("after a fault", () => {
  it.each<[string, Step, number, number, number, number]>([
    //                                     read create update delete: requests sent
    ["nothing was sent", broken.refused, 5, 3, 4, 4],
    ["the certificate is wrong", broken.certificate, 1, 1, 1, 1],
    ["no answer came", broken.reset, 5, 1, 4, 4],
    ["500", json(500, { message: "oops" }), 5, 1, 4, 4],
    ["502 of a gateway", raw(502, "<html>", { "content-type": "text/html" }), 5, 1, 4, 4],
    ["408", json(408, {}), 5, 1, 4, 4],
    ["429", json(429, {}), 5, 3, 4, 4],
    ["503 that says when", json(503, { message: "busy" }, { "retry-after": "1" }), 5, 3, 4, 4],
    ["503 that does not say when", json(503, { message: "busy" }), 5, 1, 4, 4],
    ["200 of a sign-in page", raw(200, "<html>", { "content-type": "text/html" }), 2, 1, 4, 4],
    ["409", json(409, {}), 2, 2, 2, 2],
    ["400", json(400, {}), 1, 1, 1, 1],
    ["422", json(422, {}), 1, 1, 1, 1],
    ["401", json(401, {}), 1, 1, 1, 1],
    ["402", json(402, {}), 1, 1, 1, 1],
    ["403", json(403, {}), 1, 1, 1, 1],
    ["501", json(501, {}), 1, 1, 1, 1],
    ["a redirect", raw(307, "", { location: "https://evil.example/" }), 1, 1, 1, 1],
  ])("%s: as many tries as are harmless", async (_name, step, ...expected) => {
    const counts = await Promise.all(
      [READ, CREATE, UPDATE, DELETE].map(async (request) => {
        const { client, requests } = setUp(step);
        await errorOf(ApiError, client.request(request));
        return requests.length;
      }),
    );
    expect(counts).toEqual(expected);
  });

  it("the next try sends the same bytes, after a while, and its success is a success", async () => {
    const { client, requests, clock } = setUp(json(500, {}), broken.reset, OK);
    expect((await client.request(UPDATE)).attempts).toBe(3);
    expect(requests.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
    expect(clock.sleeps).toEqual([150, 300]);
  });

  it("a create that was proved not to be processed is sent again, whatever the order", async () => {
    const { client, requests } = setUp(broken.refused, json(429, {}), json(201, { id: "job_2" }));
    expect((await client.request(CREATE)).status).toBe(201);
    expect(requests).toHaveLength(3);
  });

  it("a write stays unknown when a later try is refused", async () => {
    const { client } = setUp(broken.reset, json(422, { detail: [{ loc: ["body", "schedule"], msg: "bad" }] }));
    expect(await errorOf(ApiError, client.request(UPDATE))).toMatchObject({
      outcome: "unknown",
      at: "/schedule",
      attempts: 2,
    });
  });

  it.each<[string, Step]>([
    ["is cut", broken.cut(200)],
    ["is empty", raw(200, "", {})],
    ["is not whole", raw(200, '{"id":', { "content-type": "application/json" })],
  ])("a write whose 2xx answer %s is done", async (_name, step) => {
    for (const request of [CREATE, UPDATE, DELETE]) {
      const { client, requests } = setUp(step);
      const answer = await client.request(request);
      expect(answer.status).toBe(200);
      expect(answer.json).toBeUndefined();
      expect(requests).toHaveLength(1);
    }
    const { client, requests } = setUp(step);
    expect(await errorOf(ApiError, client.request(READ))).toMatchObject({ code: "JW2031", reason: "bad-answer" });
    expect(requests).toHaveLength(5);
  });

  it("a 404 about a job ends a read and a delete, but only in the platform's own words", async () => {
    for (const request of [READ, DELETE]) {
      expect((await setUp(json(404, { code: "not_found" })).client.request(request)).status).toBe(404);
      const foreign = raw(404, "<html>", { "content-type": "text/html" });
      expect((await errorOf(ApiError, setUp(foreign).client.request(request))).code).toBe("JW2014");
    }
    expect((await setUp(broken.reset, json(404, {})).client.request(DELETE)).status).toBe(404);
    expect(await errorOf(ApiError, setUp(json(404, {})).client.request(UPDATE))).toMatchObject({
      code: "JW2013",
      outcome: "not-done",
    });
  });

  it("too late counts as lost, and costs more of the budget", async () => {
    const { client, clock, requests } = setUp(never);
    const work = errorOf(ApiError, client.request(UPDATE));
    for (let n = 1; n <= 4; n++) {
      while (requests.length < n) await Promise.resolve();
      clock.deadlines[n - 1]?.expire();
    }
    const error = await work;
    expect(error).toMatchObject({ code: "JW2005", outcome: "unknown", reason: "unknown-outcome" });
    expect(error.message).toContain("did not answer within 90 s (PATCH /base/v1/jobs/job_1, TIMEOUT, try 4 of 4)");
  });
});

describe("a platform in trouble", () => {
  it("is left alone after five operations in a row that came to nothing", async () => {
    const { client, requests } = setUp(json(500, {}));
    const errors = [];
    for (let i = 0; i < 50; i++) errors.push(await errorOf(ApiError, client.request(UPDATE)));
    expect(requests).toHaveLength(20);
    expect(errors[4]).toMatchObject({ code: "JW2020", outcome: "unknown", stopsTarget: false });
    expect(errors[5]).toMatchObject({
      code: "JW2006",
      reason: "platform-down",
      outcome: "not-sent",
      stopsTarget: true,
      attempts: 0,
    });
  });

  it("gets no more retries than the budget holds", async () => {
    // Every read needs a second try: twenty get it, then none does, and after five more the platform counts as down.
    let n = 0;
    const { client, requests } = setUp(async () => (n++ % 2 === 0 ? json(500, {}) : OK));
    const came = [];
    for (let i = 0; i < 30; i++) came.push(await client.request(READ).catch((error: ApiError) => error.attempts));
    expect(came.slice(0, 20)).toMatchObject(came.slice(0, 20).map(() => ({ status: 200, attempts: 2 })));
    expect(requests.length).toBeLessThanOrEqual(40 + 10);
    expect(came.at(-1)).not.toMatchObject({ attempts: 2 });
  });

  it("that answers at all is not down", async () => {
    const { client, requests } = setUp(json(422, {}));
    for (let i = 0; i < 20; i++) await errorOf(ApiError, client.request(UPDATE));
    expect(requests).toHaveLength(20);
  });
});

describe("a rate limit", () => {
  it("pauses the whole target for as long as it asks, and tells so once", async () => {
    const { client, clock, waits, requests } = setUp(json(429, {}, { "retry-after": "7" }), OK);
    const started = clock.monotonic();
    await client.request(CREATE);
    expect(clock.monotonic() - started).toBe(7000);
    expect(waits).toEqual([{ target: "nimble", ms: 7000, why: "limited by the platform" }]);
    expect(requests).toHaveLength(2);
  });

  it("that asks for nothing gets a wait from one second on", async () => {
    const { client, clock } = setUp(json(429, {}), json(429, { retry_after: -5 }), OK);
    await client.request(READ);
    expect(clock.sleeps).toEqual([500, 1000]);
  });

  it("may ask for a minute at a time, and not for more", async () => {
    const patient = setUp(json(429, {}, { "retry-after": "60" }), OK);
    expect((await patient.client.request(UPDATE)).attempts).toBe(2);
    const { client } = setUp(json(429, {}, { "retry-after": "60.1" }), OK);
    expect(await errorOf(ApiError, client.request(UPDATE))).toMatchObject({ code: "JW2019", attempts: 1 });
  });

  it("costs none of the retry budget where it says how long to wait", async () => {
    let n = 0;
    const { client, requests } = setUp(async () => (n++ % 2 === 0 ? json(429, {}, { "retry-after": "1" }) : OK));
    for (let i = 0; i < 100; i++) await client.request(UPDATE);
    expect(requests).toHaveLength(200);
  });

  it("that asks for too long is an error that says how long", async () => {
    const { client, requests } = setUp(json(429, {}, { "retry-after": "9999999" }));
    const error = await errorOf(ApiError, client.request(UPDATE));
    expect(error).toMatchObject({
      code: "JW2019",
      reason: "rate-limited",
      outcome: "not-done",
      retryAfterMs: 9_999_999_000,
      stopsTarget: true,
    });
    expect(error.message).toContain("asks to wait 9999999 s");
    expect(requests).toHaveLength(1);
  });

  it("may not make the run wait more than five minutes in all", async () => {
    const { client, clock, requests } = setUp(json(429, {}, { "retry-after": "50" }));
    const started = clock.monotonic();
    const errors = [];
    for (let i = 0; i < 4; i++) errors.push(await errorOf(ApiError, client.request(UPDATE)));
    expect(clock.monotonic() - started).toBeLessThanOrEqual(300_000);
    expect(errors[3]).toMatchObject({ code: "JW2019", attempts: 0, stopsTarget: true });
    expect(requests).toHaveLength(7);
  });

  it("A47 that asks for nonsense is quoted, made safe", async () => {
    const { client } = setUp(json(429, {}, { "retry-after": "soon\u001b[2J" }));
    expect((await errorOf(ApiError, client.request(READ))).message).toContain("makes no sense: soon [2J)");
    const long = setUp(json(429, {}, { "retry-after": `::add-mask::${"x".repeat(8192)}` })).client;
    expect((await errorOf(ApiError, long.request(READ))).message.length).toBeLessThan(500);
  });

  it("is met before it is hit, where the platform tells what is left", async () => {
    const { client, clock } = setUp(json(200, {}, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2" }), OK);
    await client.request(READ);
    expect(clock.sleeps).toEqual([]);
    await client.request(READ);
    expect(clock.sleeps).toEqual([2000]);
  });
});

describe("credentials", () => {
  it("are renewed once after a 401, and the request sent again, creates too", async () => {
    const transport = scripted(json(401, {}), json(201, { id: "job_2" }));
    let token = 1;
    const { options } = clientOptions(transport, {
      auth: {
        headers: async () => ({ authorization: `Bearer ${token}` }),
        renew: async (refused) => {
          expect(refused).toEqual({ authorization: "Bearer 1" });
          token += 1;
          return true;
        },
      },
    });
    await createApiClient(options).request(CREATE);
    expect(transport.requests.map(({ headers }) => headers["authorization"])).toEqual(["Bearer 1", "Bearer 2"]);
  });

  it("that are refused again end the target", async () => {
    const transport = scripted(json(401, { message: "no" }));
    const { options } = clientOptions(transport, { auth: { headers: async () => ({}), renew: async () => true } });
    const error = await errorOf(ApiError, createApiClient(options).request(READ));
    expect(error).toMatchObject({ code: "JW2010", reason: "auth", stopsTarget: true });
    expect(transport.requests).toHaveLength(2);
  });

  it("that cannot be got leave a write as unknown as it was", async () => {
    const transport = scripted(broken.reset);
    let calls = 0;
    const { options } = clientOptions(transport, {
      auth: {
        headers: async () => {
          if (++calls === 1) return {};
          throw new ApiError("JW2020", "platform-error", "no token", {
            outcome: "not-done",
            request: "POST /t",
            attempts: 5,
          });
        },
      },
    });
    const client = createApiClient(options);
    expect(await errorOf(ApiError, client.request(UPDATE))).toMatchObject({
      outcome: "unknown",
      reason: "platform-error",
    });
    expect(await errorOf(ApiError, client.request(UPDATE))).toMatchObject({ outcome: "not-sent" });
  });

  it("that are forbidden three jobs in a row end the target", async () => {
    const { client } = setUp(json(403, {}));
    const stops = [];
    for (let i = 0; i < 3; i++) stops.push((await errorOf(ApiError, client.request(UPDATE))).stopsTarget);
    expect(stops).toEqual([false, false, true]);
  });
});

describe("a stop", () => {
  it("is listened to by many requests without complaint", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    onTestFinished(() => void process.off("warning", note));
    const transport = scripted(never);
    const { options, stop } = clientOptions(transport, { http: { ...HTTP_DEFAULTS, concurrency: 30 } });
    const client = createApiClient(options);
    const work = Array.from({ length: 30 }, () => errorOf(ApiError, client.request({ ...READ, stopAtOnce: true })));
    while (transport.requests.length < 30) await Promise.resolve();
    stop();
    await Promise.all(work);
    await new Promise((done) => setImmediate(done));
    expect(warnings).toEqual([]);
  });

  it("lets no write start", async () => {
    const { client, requests, stop } = setUp(OK);
    stop();
    for (const request of [CREATE, UPDATE, DELETE]) {
      expect(await errorOf(ApiError, client.request(request))).toMatchObject({
        code: "JW2007",
        reason: "interrupted",
        outcome: "not-sent",
      });
    }
    expect(requests).toEqual([]);
  });

  it("lets reads that finish something go on for five seconds, and ends lists at once", async () => {
    const { client, clock, requests, stop } = setUp(OK);
    stop();
    expect((await client.request(READ)).status).toBe(200);
    expect((await errorOf(ApiError, client.request({ ...READ, stopAtOnce: true }))).reason).toBe("interrupted");
    const grace = clock.deadlines.find(({ ms }) => ms === 5000);
    grace?.expire();
    expect((await errorOf(ApiError, client.request(READ))).reason).toBe("interrupted");
    expect(requests).toHaveLength(1);
  });

  it("ends a list that is under way at once", async () => {
    const { client, requests, stop } = setUp(never);
    const work = errorOf(ApiError, client.request({ ...READ, stopAtOnce: true }));
    while (requests.length === 0) await Promise.resolve();
    stop();
    expect(await work).toMatchObject({ reason: "interrupted" });
  });

  it("gives a write that is under way five seconds, and calls it unknown then", async () => {
    const { client, clock, requests, stop } = setUp(never);
    const work = errorOf(ApiError, client.request(UPDATE));
    while (requests.length === 0) await Promise.resolve();
    stop();
    clock.deadlines.find(({ ms }) => ms === 5000)?.expire();
    expect(await work).toMatchObject({ reason: "interrupted", outcome: "unknown", attempts: 1 });
  });

  it("ends a wait for another try, and keeps what is known", async () => {
    const { client, clock, stop } = setUp(json(500, {}));
    clock.sleep = async (_ms, signal) => {
      stop();
      signal?.throwIfAborted();
    };
    expect(await errorOf(ApiError, client.request(UPDATE))).toMatchObject({
      reason: "interrupted",
      outcome: "unknown",
    });
  });
});
