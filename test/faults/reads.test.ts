import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../../src/errors.ts";
import type { ProviderClient } from "../../src/providers/provider.ts";
import type { Fault, FaultRule } from "../../src/sandbox/faults.ts";
import { type Engine, quickClock, startEngine } from "../support/engine.ts";

const READS = ["list Nimble", "list Blaxel", "get Nimble", "get Blaxel"] as const;
type Read = (typeof READS)[number];

/** What comes of a read: `fine` or the reason, and how many requests reached the platform. `-`: not about this read. */
type Cell = string;

interface Row {
  readonly title: string;
  readonly fault: Fault;
  readonly times?: number;
  readonly expires?: true;
  /** In the order of {@link READS}. */
  readonly cells: readonly [Cell, Cell, Cell, Cell];
  readonly says?: RegExp;
}

const json = (status: number, message = "no", headers: Record<string, string> = {}): Fault => ({
  ...{ status, body: { code: "some_code", error: "some_error", message }, headers },
});
const all = (cell: Cell): Row["cells"] => [cell, cell, cell, cell];
const answered = (body: string | null | object): Fault => ({ status: 200, body: body as never });

// biome-ignore format: a table is read by its columns
const ROWS: readonly Row[] = [
  //                                      list Nimble, list Blaxel, get Nimble, get Blaxel
  { title: "R03 R04 the connection breaks, once", fault: "cutBefore", times: 1, cells: all("fine 2") },
  { title: "R04 the connection breaks, for good", fault: "resetBefore", cells: all("unreachable 5"), says: /the connection broke \(GET \S+, \S+, try 5 of 5\)/ },
  { title: "R04 no answer comes before the deadline", fault: "hang", expires: true, cells: all("unreachable 5"), says: /did not answer within 60 s \(GET \S+, TIMEOUT, try 5 of 5\)/ },
  { title: "R07 the body breaks off, once", fault: "truncateBody", times: 1, cells: all("fine 2") },
  { title: "R08 the body is not whole JSON, for good", fault: { truncateBody: { honestLength: true } }, cells: all("bad-answer 5"), says: /\d+ characters \(application\/json\S*\) that are no whole JSON document \(GET \S+, 200, try 5 of 5\)/ },
  { title: "R09 a page in place of the API", fault: "html", cells: all("bad-answer 2"), says: /not the API: \S+ answered HTML \(GET \S+, 200, try 2 of 5\)/ },
  { title: "R10 null", fault: answered(null), cells: all("bad-answer 1") },
  { title: "R10 an empty object", fault: answered({}), cells: all("bad-answer 1") },
  { title: "R10 nothing at all", fault: answered(""), cells: all("bad-answer 5") },
  { title: "R10 no content (204)", fault: { status: 204 }, cells: all("bad-answer 5") },
  { title: "R10 a list where an object is due", fault: answered([]), cells: ["bad-answer 1", "-", "bad-answer 1", "bad-answer 1"] },
  { title: "R11 another job", fault: "wrongJob", cells: ["-", "-", "bad-answer 1", "bad-answer 1"], says: /asked about \S+, answered about \S+/ },
  { title: "R12 the body drips in and is never whole before the deadline", fault: { dripBody: { everyMs: 20 } }, expires: true, cells: all("bad-answer 5"), says: /not whole within 60 s after \d+ bytes/ },
  { title: "R13 a body over the limit", fault: { hugeBody: { bytes: 34 * 1024 * 1024 } }, cells: ["bad-answer 1", "-", "-", "bad-answer 1"], says: /over 32 MiB/ },
  { title: "R13 compressed, which nobody asked for", fault: "gzip", cells: all("bad-answer 2"), says: /compressed \(gzip\)/ },
  { title: "R13 a header over the limit", fault: { status: 200, body: {}, headers: { "x-long": "x".repeat(40_000) } }, cells: all("bad-answer 1"), says: /headers are too long/ },
  { title: "R14 429 that asks to wait", fault: { rateLimited: { retryAfter: 2 } }, times: 1, cells: all("fine 2") },
  { title: "R16 429 that asks for more than is granted", fault: { rateLimited: { retryAfter: 9999999 } }, cells: all("rate-limited 1"), says: /asks to wait 9999999 s/ },
  { title: "R17 500, once", fault: json(500), times: 1, cells: all("fine 2") },
  { title: "R17 a gateway's 502, for good", fault: { html: { status: 502 } }, cells: all("platform-error 5"), says: /failed with 502/ },
  { title: "R17 408, once", fault: json(408), times: 1, cells: all("fine 2") },
  { title: "R18 503 that says when to come back", fault: json(503, "busy", { "retry-after": "1" }), times: 1, cells: all("fine 2") },
  { title: "R19 501", fault: json(501), cells: all("platform-error 1"), says: /API has changed/ },
  { title: "R20 400", fault: json(400, "the cat is out"), cells: all("invalid 1"), says: /the cat is out/ },
  { title: "R21 401", fault: json(401), cells: all("auth 1"), says: /Check (NIMBLE_API_KEY|BL_API_KEY)/ },
  { title: "R22 403 on the list", fault: json(403), cells: ["forbidden 1", "forbidden 1", "-", "-"], says: /does not allow this with these credentials(| in workspace acme).*[\s\S]*Check what/ },
  { title: "R23 403 on one job, which is never missing", fault: json(403), cells: ["-", "-", "forbidden 1", "forbidden 1"] },
  { title: "R24 402", fault: json(402), cells: all("budget 1") },
  { title: "R25 404 of a job: it is gone", fault: json(404), cells: ["-", "-", "gone 1", "gone 1"] },
  { title: "R25 a gateway's 404 of a job: nobody knows", fault: { html: { status: 404 } }, cells: ["-", "-", "not-found 1", "not-found 1"] },
  { title: "R26 404 of the list", fault: json(404), cells: ["not-found 1", "not-found 1", "-", "-"], says: /wrong base URL\?[\s\S]*Check (NIMBLE_BASE_URL|BL_API_URL)/ },
  { title: "R27 409, for good", fault: json(409), cells: all("conflict 2") },
  { title: "R28 a redirect", fault: { redirect: { location: "https://elsewhere.example/x" } }, cells: all("bad-answer 1"), says: /redirects to https:\/\/elsewhere\.example\/x/ },
];

let engine: Engine;
let running: AbortController[] = [];
beforeAll(async () => {
  const timeout = (): AbortSignal => {
    const controller = new AbortController();
    running.push(controller);
    return controller.signal;
  };
  engine = await startEngine({ clock: { ...quickClock(), timeout } });
  engine.sandbox.data.nimble.put({ name: "job-a", agent_name: "shop" });
  engine.sandbox.data.blaxel.put({ metadata: { name: "job-a" }, spec: {} });
});
afterAll(() => engine.close());
beforeEach(() => {
  engine.sandbox.faults.clear();
  engine.sandbox.log.clear();
  engine.reconnect();
});

/** Ends the deadlines that run now. */
function expire(): void {
  const all = running;
  running = [];
  for (const controller of all) controller.abort();
}

function clientOf(target: string): ProviderClient {
  const client = engine.clients.get(target);
  if (client === undefined) throw new Error(`no ${target}`);
  return client;
}

async function read(which: Read): Promise<string> {
  const client = clientOf(which.endsWith("Nimble") ? "nimble" : "blaxel");
  if (which.startsWith("list")) return (await client.list()).length === 1 ? "fine" : "short";
  const [id, apiVersion] =
    which === "get Nimble" ? (["job_1", "nimbleway.com/v1"] as const) : (["job-a", "blaxel.ai/v1alpha1"] as const);
  return (await client.get(id, { apiVersion })) === undefined ? "gone" : "fine";
}

describe.each(ROWS)("$title", (row) => {
  const cells = READS.map((which, i) => [which, row.cells[i] ?? "-"] as const).filter(([, cell]) => cell !== "-");

  it.each(cells)("%s: %s", async (which, cell) => {
    const rule: FaultRule = {
      ...{ method: "GET", fault: row.fault },
      ...(row.times === undefined ? {} : { times: row.times }),
      ...(row.expires === undefined ? {} : { before: () => void setImmediate(() => setImmediate(expire)) }),
    };
    engine.sandbox.faults.add(rule);
    const came = await read(which).catch((error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    });
    const reason = came instanceof ApiError ? came.reason : came;
    expect(`${reason} ${engine.sandbox.log.entries.length}`, String(came)).toBe(cell);
    if (!(came instanceof ApiError)) return;
    expect(came.outcome).toBe("not-done");
    if (row.says !== undefined) expect(`${came.message}\n${came.hint}`).toMatch(row.says);
  });
});
