import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault, FaultRule } from "../../src/sandbox/faults.ts";
import { type Bench, COLUMNS, type Column, startBench } from "./bench.ts";

/**
 * What comes of a write: `status class sent reason`, `sent` being the writes that reached the platform. `+` at the end:
 * the platform has it all the same. `-`: the row is not about this write.
 */
type Cell = string;

interface Row {
  /** Its number among the faults, and what happens. */
  readonly title: string;
  readonly fault: Fault;
  /** How often; else for good. */
  readonly times?: number;
  readonly more?: (bench: Bench) => Partial<FaultRule>;
  /** In the order of {@link COLUMNS}. */
  readonly cells: readonly [Cell, Cell, Cell, Cell, Cell, Cell];
  /** What must be said where it did not end well. */
  readonly says?: RegExp;
}

const json = (status: number, message = "no", headers: Record<string, string> = {}): Fault => ({
  ...{ status, body: { code: "some_code", error: "some_error", message }, headers },
});
const expires = ({ expire }: Bench): Partial<FaultRule> => ({ before: () => void setImmediate(expire) });

const [ONCE, TWICE] = ["applied done 1", "applied done 2"];
const unknown = (sent: number, reason = "unknown-outcome"): Cell => `unknown unknown ${sent} ${reason}`;
const notDone = (sent: number, reason: string): Cell => `failed not-done ${sent} ${reason}`;
/** The same for every write. */
const all = (cell: Cell): Row["cells"] => [cell, cell, cell, cell, cell, cell];

const MAY = /may have happened|may exist/;

// biome-ignore format: a table is read by its columns
const ROWS: readonly Row[] = [
  //                                        create Nimble, create Blaxel, update Nimble, update Blaxel, delete Nimble, delete Blaxel
  { title: "R04 the connection breaks, nothing was committed, for good", fault: "cutBefore", says: MAY,
    cells: [unknown(1), unknown(3), unknown(4), unknown(4), unknown(4), unknown(4)] },
  { title: "R04 the connection is reset, nothing was committed, once", fault: "resetBefore", times: 1, says: MAY,
    cells: [unknown(1), TWICE, TWICE, TWICE, TWICE, TWICE] },
  { title: "R04 no answer comes before the deadline, nothing was committed, once", fault: "hang", times: 1, more: expires, says: /within 90 s/,
    cells: [unknown(1), TWICE, TWICE, TWICE, TWICE, TWICE] },
  { title: "R05 the connection breaks, it was committed", fault: "cutAfter", times: 1, cells: all(ONCE) },
  { title: "R05 the connection is reset, it was committed", fault: "resetAfter", times: 1, cells: all(ONCE) },
  { title: "R05 no answer comes before the deadline, it was committed", fault: { hang: { commit: true } }, times: 1, more: expires, cells: all(ONCE) },
  { title: "R07 the body breaks off", fault: "truncateBody", times: 1, cells: [ONCE, ONCE, ONCE, ONCE, "-", ONCE] },
  { title: "R08 the body is not whole JSON", fault: { truncateBody: { honestLength: true } }, times: 1, cells: [ONCE, ONCE, ONCE, ONCE, "-", ONCE] },
  { title: "R09 a page in place of the API, for good", fault: "html", says: /not the API: .* answered HTML/,
    cells: [unknown(1), unknown(3, "bad-answer"), unknown(4, "bad-answer"), unknown(4, "bad-answer"), unknown(4, "bad-answer"), unknown(4, "bad-answer")] },
  { title: "R10 null", fault: { status: 200, body: null, commit: true }, times: 1, cells: all(ONCE) },
  { title: "R10 an empty object", fault: { status: 200, body: {}, commit: true }, times: 1, cells: all(ONCE) },
  { title: "R10 nothing at all", fault: { status: 200, commit: true }, times: 1, cells: all(ONCE) },
  { title: "R10 no content (204)", fault: { status: 204, commit: true }, times: 1, cells: all(ONCE) },
  { title: "R10 a list where an object is due", fault: { status: 200, body: [], commit: true }, times: 1, cells: all(ONCE) },
  { title: "R11 another job: the job itself is read", fault: "wrongJob", times: 1, cells: [ONCE, ONCE, ONCE, ONCE, "-", ONCE] },
  { title: "R11 another job, and nothing was committed", fault: { status: 200, body: { id: "job_99", name: "other", metadata: { name: "other" } } },
    says: /answers are mixed up: asked about job\S+, answered about \S+/,
    cells: [unknown(1), unknown(1, "bad-answer"), unknown(1, "bad-answer"), unknown(1, "bad-answer"), "-", unknown(1, "bad-answer")] },
  { title: "R12 the body drips in and is never whole before the deadline", fault: { dripBody: { everyMs: 5 } }, times: 1, more: expires, cells: [ONCE, ONCE, ONCE, ONCE, "-", ONCE] },
  { title: "R13 the answer is compressed, which nobody asked for", fault: "gzip", times: 1, cells: [ONCE, ONCE, ONCE, ONCE, "-", ONCE] },
  { title: "R14 429 that asks to wait 2 s", fault: { rateLimited: { retryAfter: 2 } }, times: 1, cells: all(TWICE) },
  { title: "R15 429 that asks for nothing", fault: { rateLimited: {} }, times: 1, cells: all(TWICE) },
  { title: "R16 429 that asks for a time in the past", fault: { rateLimited: { retryAfter: "Fri, 20 Nov 2015 12:00:00 GMT" } }, times: 1, cells: all(TWICE) },
  { title: "R16 429 that asks for more than is granted", fault: { rateLimited: { retryAfter: 9999999 } }, says: /asks to wait 9999999 s/,
    cells: all(notDone(1, "rate-limited")) },
  { title: "R17 500, nothing was committed, for good", fault: json(500, "on fire"), says: /failed with 500: .*on fire/,
    cells: [unknown(1), unknown(3, "platform-error"), unknown(4, "platform-error"), unknown(4, "platform-error"), unknown(4, "platform-error"), unknown(4, "platform-error")] },
  { title: "R17 a gateway's 504, nothing was committed, once", fault: { html: { status: 504 } }, times: 1, says: MAY,
    cells: [unknown(1), TWICE, TWICE, TWICE, TWICE, TWICE] },
  { title: "R17 502, it was committed", fault: { status: 502, commit: true }, times: 1, cells: all(ONCE) },
  { title: "R17 408, nothing was committed, once", fault: json(408), times: 1, says: MAY, cells: [unknown(1), TWICE, TWICE, TWICE, TWICE, TWICE] },
  { title: "R18 503 in the platform's words that says when to come back", fault: json(503, "busy", { "retry-after": "1" }), times: 1, cells: all(TWICE) },
  { title: "R18 the same for good", fault: json(503, "busy", { "retry-after": "1" }), says: /failed with 503: .*busy/,
    cells: [notDone(3, "platform-error"), notDone(3, "platform-error"), notDone(4, "platform-error"), notDone(4, "platform-error"), notDone(4, "platform-error"), notDone(4, "platform-error")] },
  { title: "R19 501", fault: json(501), says: /does not know this kind of request/, cells: all(notDone(1, "platform-error")) },
  { title: "R19 405", fault: json(405), says: /does not know this kind of request/, cells: all(notDone(1, "platform-error")) },
  { title: "R19 415", fault: json(415), says: /API has changed/, cells: all(notDone(1, "platform-error")) },
  { title: "R20 400", fault: json(400, "the agent sleeps"), says: /is not valid: .*the agent sleeps/, cells: all(notDone(1, "invalid")) },
  { title: "R20 422", fault: json(422, "the agent sleeps"), says: /is not valid: .*the agent sleeps/, cells: all(notDone(1, "invalid")) },
  { title: "R21 401", fault: json(401), says: /refuses the credentials of target (nimble|blaxel).*[\s\S]*Check (NIMBLE_API_KEY|BL_API_KEY)/, cells: all(notDone(1, "auth")) },
  { title: "R23 403 on one job", fault: json(403), says: /does not allow this/, cells: all(notDone(1, "forbidden")) },
  { title: "R24 402", fault: json(402), says: /budget is used up/, cells: all(notDone(1, "budget")) },
  { title: "R25 404 of the job, which was there a moment before", fault: json(404),
    cells: ["-", "-", "stale not-done 1 stale", "stale not-done 1 stale", "applied done 1 !", "applied done 1 !"], says: /knows no such job/ },
  { title: "R26 404 where jobs are made", fault: json(404), says: /wrong base URL\?[\s\S]*Check (NIMBLE_BASE_URL|BL_API_URL)/,
    cells: [notDone(1, "not-found"), notDone(1, "not-found"), "-", "-", "-", "-"] },
  { title: "R27 409, once", fault: json(409), times: 1, cells: all(TWICE) },
  { title: "R27 409 for good", fault: json(409), says: /refuses it as a conflict/, cells: all(notDone(2, "conflict")) },
  { title: "R28 a redirect", fault: { redirect: { location: "https://elsewhere.example/jobs?key=1" } }, says: /redirects to https:\/\/elsewhere\.example\/jobs, which is not followed/,
    cells: all(notDone(1, "bad-answer")) },
];

function cellsOf(row: Row): readonly (readonly [Column, Cell])[] {
  return COLUMNS.map((column, i) => [column, row.cells[i] ?? "-"] as const).filter(([, cell]) => cell !== "-");
}

describe.each(ROWS)("$title", (row) => {
  it.each(cellsOf(row))("%s: %s", async (column, cell) => {
    const bench = await startBench(column);
    onTestFinished(() => bench.engine.close());
    const { result, sent, live, asAsked, said } = await bench.run(
      bench.onWrite(row.fault, { ...(row.times === undefined ? {} : { times: row.times }), ...row.more?.(bench) }),
    );
    const [status, kind, count, ...rest] = cell.split(" ");
    const reason = rest.find((word) => word.length > 1);
    expect({ status: result.status, class: result.class, sent, reason: result.reason }, said).toEqual({
      ...{ status, class: kind, sent: Number(count), reason },
    });
    expect(live).toBeLessThanOrEqual(1);
    // A 404 is believed: what the fault pretends to be gone is there still.
    if (!rest.includes("!")) expect(asAsked).toBe(status === "applied" || rest.includes("+"));
    if (status === "applied") return expect(bench.engine.session.state.open).toEqual([]);
    if (row.says !== undefined) expect(said).toMatch(row.says);
    if (kind === "unknown") expect(said).not.toMatch(/did not happen|nothing was sent/i);
    expect(bench.engine.session.state.open).toHaveLength(kind === "unknown" ? 1 : 0);
    // Once the platform is well again, one run is enough; nothing is made twice.
    bench.engine.reconnect();
    await bench.engine.settle();
    // What may still arrive at Blaxel is not waited for: making the job by its name decides it.
    if (bench.engine.session.state.open.length > 0)
      expect(await bench.again()).toMatchObject({ action: "create", live: 1 });
    expect(bench.engine.session.state.open).toEqual([]);
  });
});
