import { encodeLine, type JournalHeader, type JournalRecord } from "../../src/state/journal-format.ts";
import { encodeState } from "../../src/state/state-format.ts";
import { state } from "../support/jobs.ts";
import { full, MEBIBYTE, numbered, type Texts } from "./large-texts.ts";

const deep = (levels: number, open = "[", close = "]"): string => open.repeat(levels) + close.repeat(levels);
const SPARE = MEBIBYTE - 2000;

const EMPTY = encodeState({ state: state({}), lastSeq: 0 });
const entry = (id: string, spec: string): string =>
  `{"id":"${id}","apiVersion":"nimbleway.com/v1","declared":{"metadata":{"name":"a"},"spec":${spec}},"protect":false,` +
  `"onRemove":"delete","adopted":false,"appliedAt":"2026-01-01T00:00:00Z"}`;
const withJobs = (jobs: string): string => EMPTY.replace('"jobs": {}', () => `"jobs": {${jobs}}`);

/** `state.json`. */
export const STATES: Texts = {
  jobs: () =>
    withJobs(
      `${numbered((n) => `"nimble/a${n}":${entry(`job_${n}`, "{}")},`, { size: SPARE })}"nimble/z":${entry("job_0", "{}")}`,
    ),
  "one job, nested without end": () => withJobs(`"nimble/a":${entry("job_1", `{"x":${deep(500_000)}}`)}`),
  "one job, long": () => withJobs(`"nimble/a":${entry("job_1", `{"x":"${full("y", { size: SPARE })}"}`)}`),
  "a long key": () => EMPTY.replace('"jobs"', () => `"${full("k", { size: SPARE })}": 1, "jobs"`),
  "keys that are not ours": () =>
    EMPTY.replace('"jobs"', () => `${numbered((n) => `"k${n}":1,`, { size: SPARE })} "jobs"`),
  "keys all alike": () => EMPTY.replace('"jobs"', () => `${full('"jobs":{},', { size: SPARE })} "jobs"`),
  "line ends": () => full("\n"),
  "brackets without end": () => full("["),
  "brackets that close": () => deep(500_000),
  "a text left open": () => full("x", { head: '{"a":"' }),
  "marks of a merge": () => full("<<<<<<< a\n"),
  zeros: () => full("\u0000"),
};

const HEADER: JournalHeader = {
  ...{ v: 1, kind: "header", lineage: "lineage", environment: "", serial: 1, lastSeq: 0, run: "r", generation: 1 },
  at: "2026-01-01T00:00:00Z",
};
const record = (n: number, address: string, spec: unknown = {}): string =>
  encodeLine({
    ...{ v: 1, lineage: "lineage", run: "r", generation: 1, seq: n + 1, kind: "change" },
    change: { kind: "put", address, job: JSON.parse(entry(`job_${n}`, JSON.stringify(spec))) },
  } as JournalRecord);
const head = encodeLine(HEADER);

/** `journal.jsonl`, after an empty state. */
export const JOURNALS: Texts = {
  entries: () => numbered((n) => record(n, `nimble/a${n}`), { head }),
  "entries of one job": () => numbered((n) => record(n, "nimble/a"), { head }),
  "an entry that is long": () => head + record(0, "nimble/a", { x: full("y", { size: SPARE }) }),
  "an entry nested deep": () => head + record(0, "nimble/a", { x: JSON.parse(deep(3000)) }),
  "line ends": () => full("\n"),
  "line ends after a header": () => full("\n", { head }),
  headers: () => full(head),
  "a line left open": () => full('{"v":1,', { head }),
  "checksums in one line": () => full(',"crc":"00000000"}', { head: `${head}{`, tail: "\n" }),
};

const PLAN =
  '{"formatVersion":1,"tool":"jobwright/0.1.0","createdAt":"2026-11-23T10:00:00Z","environment":"","serial":1,"lineage":"l",' +
  `"flags":{},"digest":"sha256:${"0".repeat(64)}","targets":{"nimble":{"provider":"nimble","origin":"https://x.example"}},` +
  '"summary":{"create":0,"update":0,"replace":0,"delete":0,"adopt":0,"forget":0,"unchanged":0,"unmanaged":0,"paused":0,' +
  '"held":0,"orphaned":0},"standings":[],"refusals":[],"warnings":[],"drifted":false,"narrowed":false,"actions":[ACTIONS]}';
const actionText = (name: string, changes = ""): string =>
  `{"address":"nimble/${name}","target":"nimble","provider":"nimble","action":"update","id":"job_1","changes":[${changes}],` +
  `"requests":[],"precondition":"sha256:${"0".repeat(64)}","notes":[]}`;
const change = (path: string, after: string): string =>
  `{"op":"add","path":"${path}","after":${after},"cause":"pending"}`;
const planOf = (actions: string): string => PLAN.replace("ACTIONS", () => actions);

/** A saved plan. */
export const PLANS: Texts = {
  actions: () => planOf(`${numbered((n) => `${actionText(`a${n}`)},`, { size: SPARE })}${actionText("z")}`),
  "actions of one job": () => planOf(`${full(`${actionText("a")},`, { size: SPARE })}${actionText("a")}`),
  changes: () =>
    planOf(
      actionText("a", `${numbered((n) => `${change(`/spec/k${n}`, "1")},`, { size: SPARE })}${change("/x", "1")}`),
    ),
  "a change nested without end": () => planOf(actionText("a", change("/spec/x", deep(500_000)))),
  "a change of secrets in one another": () =>
    planOf(actionText("a", change("/spec/x", `${'{"$literal":'.repeat(240)}{}${"}".repeat(240)}`))),
  "keys that are not ours": () =>
    PLAN.replace('"actions"', () => `${numbered((n) => `"k${n}":1,`, { size: SPARE })}"actions"`).replace(
      "ACTIONS",
      "",
    ),
  "brackets that close": () => deep(500_000),
  "brackets without end": () => full("["),
  "a list of numbers": () => `[${full("1,", { size: SPARE })}1]`,
};

const nimblePage = (items: string, total = 1): string =>
  `{"items":[${items}],"total":${total},"page":1,"per_page":200}`;
const JOB = '"id":"job_1","name":"a"';

/** The body of an answer to a list, which the client of each platform reads. */
export const ANSWERS: Texts = {
  "jobs of one id": () => nimblePage(`${full(`{${JOB}},`, { size: SPARE })}{${JOB}}`),
  jobs: () =>
    nimblePage(`${numbered((n) => `{"id":"job_${n + 1}","name":"a"},`, { size: SPARE })}{"id":"job_0","name":"a"}`),
  "jobs that JavaScript cannot hold": () =>
    nimblePage(`${numbered((n) => `{"id":"job_${n + 2}","name":"a","n":1e400},`, { size: SPARE })}{${JOB}}`),
  "numbers that JavaScript cannot hold": () => nimblePage(`{${JOB},"x":[${full("1e999,", { size: SPARE })}1]}`),
  "such numbers below long keys": () =>
    nimblePage(`{${JOB},"${"k".repeat(500_000)}":[${full("1e999,", { size: 500_000 })}1]}`),
  "such numbers below a long key at the top": () =>
    `{"${"k".repeat(500_000)}":[${full("1e999,", { size: 500_000 })}1]}`,
  "such numbers, nested": () =>
    nimblePage(
      `{${JOB},"x":${`{"${"k".repeat(2000)}":`.repeat(200)}[${full("1e999,", { size: 500_000 })}1]${"}".repeat(200)}}`,
    ),
  "keys all alike": () => nimblePage(`{${JOB},${full('"k":1,', { size: SPARE })}"k":1}`),
  "keys all different": () => nimblePage(`{${JOB},${numbered((n) => `"k${n}":1,`, { size: SPARE })}"k":1}`),
  "a job nested without end": () => nimblePage(`{${JOB},"x":${deep(500_000)}}`),
  "objects nested without end": () => nimblePage(`{${JOB},"x":${deep(100_000, '{"a":[', "]}").replace("[]", "[1]")}}`),
  "jobs nested deep": () => nimblePage(`${full(`{${JOB},"x":${deep(499)}},`, { size: SPARE })}{${JOB}}`),
  "bytes that are no UTF-8": () =>
    Buffer.from(nimblePage(`{${JOB},"x":[${full('"~",', { size: SPARE })}1]}`).replaceAll("~", "\xff"), "latin1"),
  "escapes of halves": () => nimblePage(`{${JOB},"x":[${full('"\\ud800",', { size: SPARE })}1]}`),
  "an error with many details": () => `{"detail":[${full('{"loc":["body",1],"msg":"no"},', { size: SPARE })}1]}`,
  "a page of the web": () => full("<p>no</p>", { head: "<html>" }),
  "a text left open": () => full("x", { head: '{"items":["' }),
  brackets: () => full("["),
};
