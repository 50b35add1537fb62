import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JobwrightError } from "../../src/errors.ts";
import { readBody } from "../../src/http/answer.ts";
import { readAnswer } from "../../src/http/attempt.ts";
import { askedWait, rateHint } from "../../src/http/retry-after.ts";
import type { WireAnswer } from "../../src/http/transport.ts";
import type { LiveJob, ProviderId } from "../../src/model/job.ts";
import type { Env } from "../../src/model/runtime.ts";
import { NOON, raw, scripted } from "../http/support.ts";
import { connected } from "../providers/support.ts";
import { mutated } from "./mutate.ts";

const NIMBLE_JOB = { id: "job_7", name: "amazon", agent_name: "a", schedule: { cron: "0 6 * * *", enabled: true } };
const BLAXEL_JOB = {
  metadata: { name: "nightly", createdAt: "2026-01-01T00:00:00Z", labels: { team: "ä" } },
  spec: { runtime: { memory: 2048, envs: [{ name: "KEY", value: "****", secret: true }] }, triggers: [{ id: "t1" }] },
  status: "DEPLOYED",
};
const NIMBLE_PAGE = JSON.stringify({
  items: [NIMBLE_JOB, { ...NIMBLE_JOB, id: "job_8", inputs: { type: "inline", data: [{ n: 1.5, deep: [[["x"]]] }] } }],
  ...{ total: 2, page: 1, per_page: 200 },
});
const BLAXEL_PAGE = JSON.stringify({ data: [BLAXEL_JOB], meta: { hasMore: false, nextCursor: "", total: 1 } });
const BLAXEL_LIST = JSON.stringify([BLAXEL_JOB, { metadata: { name: "other" }, spec: {} }]);
const ERRORS = [
  '{"code":"invalid","message":"no"}',
  '{"detail":[{"loc":["body","a",0],"msg":"bad"}]}',
  "<html>no</html>",
];
const BODIES = [NIMBLE_PAGE, BLAXEL_PAGE, BLAXEL_LIST, JSON.stringify(BLAXEL_JOB), ...ERRORS];

const JSON_TYPE = { "content-type": "application/json" };
const DATE = "Fri, 20 Nov 2026 12:00:00 GMT";

/** Header values as servers and proxies write them, right or wrong. */
const headerText = fc.oneof(
  fc.constantFrom("", "0", "-5", "soon", "NaN", "Infinity", "1e309", "0x10", "120, 30", "9999999", "3.5", " 7 ", DATE),
  fc.constantFrom("Fri, 99 Nov 2026 12:00:00 GMT", "Fri, 20 Nov 1999 12:00:00 GMT", "1763640000", "1763640000000"),
  fc.nat().map(String),
  mutated([DATE, "120", "1763640000"]).map((bytes) => Buffer.from(bytes).toString("latin1").slice(0, 9000)),
);
const headers = fc.dictionary(
  fc.constantFrom(
    ...["retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-remaining", "date", "location"],
    ...["content-type", "content-encoding", "x-request-id", "__proto__", "constructor"],
  ),
  fc.oneof(headerText, fc.array(headerText, { maxLength: 3 })),
  { maxKeys: 6, noNullPrototype: true },
);
const status = fc.oneof(
  fc.constantFrom(200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);

describe("whatever an answer holds", () => {
  it("is made out: JSON that is JSON, or why it is none", () => {
    fc.assert(
      fc.property(mutated(BODIES), (body) => {
        const read = readBody({ headers: JSON_TYPE, body });
        if (read.kind !== "json") return;
        // Whoever takes it for JSON takes it for the same.
        const text = new TextDecoder().decode(body);
        if (read.inexact.length === 0) expect(read.json).toEqual(JSON.parse(text));
        else JSON.parse(text);
        // Exact means exact: what is not named survives being written.
        const again = JSON.stringify(read.json);
        if (read.inexact.length === 0) expect(JSON.stringify(JSON.parse(again))).toBe(again);
        expect(read.inexact.join("").length).toBeLessThan(body.length * 10 + 10_000);
      }),
      { numRuns: 1500 },
    );
  });

  it("never makes a success of an error, nor a wait of nonsense", () => {
    const wire = fc.record({ status, headers, body: fc.oneof(mutated(BODIES), fc.constant(new Uint8Array())) });
    fc.assert(
      fc.property(wire, fc.constantFrom("read", "create", "update", "delete"), (answer, kind) => {
        const ended = readAnswer(answer as WireAnswer, kind, NOON, "https://api.example.com");
        expect(ended.ok && (answer.status < 200 || answer.status > 299)).toBe(false);
        if (ended.ok && kind === "read") expect(ended.json).toBeDefined();
        if (!ended.ok && ended.asked !== undefined) {
          expect(Number.isFinite(ended.asked)).toBe(true);
          expect(ended.asked).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("waits and rates are finite numbers that are not negative, or nothing", () => {
    fc.assert(
      fc.property(status, headers, fc.jsonValue(), (code, values, body) => {
        const answer = { status: code, headers: values as WireAnswer["headers"] };
        const waits = [
          askedWait(answer, body as never, NOON),
          askedWait(answer, { retry_after: body } as never, NOON),
          rateHint(answer.headers, NOON)?.resetMs,
          rateHint(answer.headers, NOON)?.remaining,
        ];
        for (const wait of waits) expect(wait === undefined || (Number.isFinite(wait) && wait >= 0)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

const ENVS: Readonly<Record<ProviderId, Env>> = {
  nimble: { NIMBLE_API_KEY: "nimble-key" },
  blaxel: { BL_API_KEY: "blaxel-key", BL_WORKSPACE: "acme" },
};

/** What a client makes of one body, however often it asks: jobs, or why there are none. */
async function listed(provider: ProviderId, body: Uint8Array): Promise<readonly LiveJob[] | JobwrightError> {
  const transport = scripted(raw(200, body, JSON_TYPE));
  const { client } = connected(provider, { env: ENVS[provider], transport, versions: ["nimbleway.com/v1"] });
  try {
    return await client.list();
  } catch (error) {
    if (error instanceof JobwrightError) return error;
    throw error;
  } finally {
    expect(transport.requests.length).toBeLessThan(100);
  }
}

describe("whatever a list's answer holds", () => {
  it.each<[ProviderId, readonly string[]]>([
    ["nimble", [NIMBLE_PAGE]],
    ["blaxel", [BLAXEL_PAGE, BLAXEL_LIST]],
  ])("%s: it is whole, as many as it says and no two alike, or an error", async (provider, samples) => {
    await fc.assert(
      fc.asyncProperty(mutated(samples), async (body) => {
        const jobs = await listed(provider, body);
        if (jobs instanceof JobwrightError) {
          expect(["bad-answer", "list-incomplete"]).toContain(jobs.reason);
          expect(jobs.message).toMatch(/^[^\x00-\x1f\x7f-\x9f]{1,2000}$/);
          return;
        }
        const said = JSON.parse(new TextDecoder().decode(body));
        const total = provider === "nimble" ? said.total : Array.isArray(said) ? said.length : said.meta.total;
        expect(jobs.length).toBe(total);
        expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
        // What JavaScript changed on the way is known of the job that it is in.
        for (const { id, document, inexact } of jobs) {
          expect(id).not.toBe("");
          if (inexact.length === 0) expect(JSON.parse(JSON.stringify(document))).toBeDefined();
        }
      }),
      { numRuns: 400 },
    );
  });
});
