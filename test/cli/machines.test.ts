import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { SCHEMAS } from "../../src/commands/schema.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { REASONS } from "../../src/model/outcome.ts";
import { declareProgram } from "../../src/program.ts";
import { faultsOf } from "../support/answer-schemas.ts";
import type { CliRun } from "../support/cli.ts";
import { type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

let project: CliProject;
afterEach(() => project?.close());

const ADDRESS = "nimble/amazon-pdp-daily";

test("every command takes --json", () => {
  const program = declareProgram("0.0.0", async () => {});
  const commands = program.commands.flatMap((each) => (each.commands.length === 0 ? [each] : each.commands));
  expect(commands.length).toBeGreaterThan(15);
  const without = commands.filter(({ options }) => !options.some(({ long }) => long === "--json"));
  expect(without.map((command) => command.name())).toEqual([]);
});

/** Runs a command of a project and holds its document against the schema of that name. */
function answering(name: string, ...args: readonly string[]): Promise<JsonObject> {
  return checked(name, project.done(...args, "--json"));
}

async function checked(name: string, run: Promise<CliRun>): Promise<JsonObject> {
  const document = onlyJson(await run);
  expect(faultsOf(name, document)).toEqual([]);
  return document;
}

test("under --json every command answers with one document, as its schema says", async () => {
  project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
  expect(await answering("init", "init")).toMatchObject({ formatVersion: 1, kept: [] });
  project.remove("jobs/example-nimble.yaml");
  project.remove("jobs/example-blaxel.yaml");
  expect(await answering("error", "validate")).toMatchObject({ formatVersion: 1, diagnostics: [] });
  expect(await answering("plan", "plan")).toMatchObject({ formatVersion: 1, summary: { create: 1 } });
  expect(await answering("plan", "apply", "-y")).toMatchObject({ actions: [{ result: { status: "applied" } }] });
  expect(await answering("plan", "drift")).toMatchObject({ drifted: false });
  expect(await answering("status", "status")).toMatchObject({ formatVersion: 1 });
  expect(await answering("status", "status", "--fields", ADDRESS)).toMatchObject({
    jobs: [{ fields: expect.any(Array) }],
  });
  expect(await answering("schema", "schema")).toMatchObject({ schemas: expect.arrayContaining(["plan", "event"]) });
  expect(onlyJson(await project.done("schema", "event", "--json"))).toMatchObject({ $schema: expect.any(String) });
  expect(await answering("completion", "completion", "bash")).toMatchObject({
    shell: "bash",
    script: expect.stringContaining("complete"),
  });
});

test("what was changed by hand, plans that differ, and imports are told by their schemas, too", async () => {
  project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
  const { data } = project.sandbox;
  await project.done("plan", "--out", "first.json");
  await project.done("apply", "-y", "--events", "events.ndjson");
  const events = project.read("events.ndjson").trim().split("\n");
  expect(events.flatMap((line) => faultsOf("event", JSON.parse(line)))).toEqual([]);
  expect(events).toHaveLength(2);

  const [job] = data.nimble.named("amazon-pdp-daily");
  data.nimble.edit(job?.id ?? "", { display_name: "By hand" });
  await project.done("plan", "--out", "second.json");
  expect(await checked("diff-plans", project.run("diff-plans", "first.json", "second.json", "--json"))).toMatchObject({
    same: false,
    differences: [{ kind: "only-in-first", actions: ["create", null] }],
  });
  data.nimble.edit(job?.id ?? "", { schedule: { cron: "0 9 * * *", enabled: true } });
  expect(await checked("plan", project.run("drift", "--json"))).toMatchObject({ drifted: true });
  expect(await answering("import-drifted", "import", "--drifted")).toMatchObject({
    edited: [{ address: ADDRESS, changes: [{ op: "replace", path: "/spec/schedule/cron", after: "0 9 * * *" }] }],
  });

  const envs = [{ name: "API_KEY", value: "hidden-value", secret: true }];
  data.blaxel.put({ metadata: { name: "nightly" }, spec: { runtime: { memory: 2048, envs } } });
  data.nimble.put({ name: "a/b", agent_name: "x" });
  expect(await answering("import", "import")).toMatchObject({
    imported: [{ address: "blaxel/nightly", adopted: true }],
    skipped: [{ reason: expect.any(String) }],
    variables: [{ address: "blaxel/nightly", path: "/spec/runtime/envs/API_KEY/value" }],
  });
});

test("failures are told by a schema: bad input, a platform, a refusal, a command line, a partly failed apply", async () => {
  project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily", "never") });
  const error = (...args: readonly string[]) => checked("error", project.run(...args, "--json"));
  expect(await error("plan")).toMatchObject({
    error: { code: "JW1000", reason: "invalid" },
    diagnostics: [{ line: 7 }],
  });
  expect(await error("plan", "--nope")).toMatchObject({ error: { code: "JW5001", reason: "invalid" } });

  project.write("jobs/amazon.yaml", nimbleManifest("amazon-pdp-daily"));
  const { faults } = project.sandbox;
  faults.add({ method: "GET", fault: { rateLimited: { retryAfter: 3600 } }, times: 1 });
  expect(await error("plan")).toMatchObject({
    error: {
      ...{ code: "JW2019", reason: "rate-limited", class: "not-done", request: "GET /v1/jobs" },
      ...{ httpStatus: 429, attempts: 1, retryAfterMs: 3_600_000 },
    },
  });
  faults.clear();
  faults.add({ method: "POST", fault: { status: 422, body: { detail: [{ loc: ["body"], msg: "no", type: "x" }] } } });
  expect(await checked("plan", project.run("apply", "-y", "--json"))).toMatchObject({
    actions: [{ result: { status: "failed", reason: "invalid", class: "not-done", attempts: 1, httpStatus: 422 } }],
  });
  faults.clear();
  await project.done("apply", "-y");
  project.write("jobs/amazon.yaml", nimbleManifest("amazon-pdp-daily").replace("amazon_pdp", "amazon_serp"));
  expect(await error("apply", "-y")).toMatchObject({
    error: { code: "JW3002", reason: "refused-by-safety", refusals: [{ address: ADDRESS }] },
  });
});

test("under --json the commands of holds and of the state do so too", async () => {
  project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
  await project.done("apply", "-y");

  const until = "2999-12-31T08:00:00.000Z";
  const held = await answering("hold", "hold", ADDRESS, "--until", until, "--reason", "vendor outage");
  expect(held).toEqual({ formatVersion: 1, address: ADDRESS, hold: { until, reason: "vendor outage" }, changed: true });
  expect(await answering("state-list", "state", "list")).toMatchObject({
    jobs: [{ address: ADDRESS, hold: { until } }],
  });
  const released = { formatVersion: 1, address: ADDRESS, hold: null };
  expect(await answering("hold", "release", ADDRESS)).toEqual({ ...released, changed: true });
  expect(await answering("hold", "release", ADDRESS)).toEqual({ ...released, changed: false });

  expect(await answering("state-list", "state", "list")).toMatchObject({ jobs: [{ address: ADDRESS }] });
  expect(await answering("state-show", "state", "show", ADDRESS)).toMatchObject({ formatVersion: 1, address: ADDRESS });
  expect(await answering("state", "state", "pull")).toMatchObject({ formatVersion: 1, jobs: { [ADDRESS]: {} } });
  expect(await answering("state-unlock", "state", "unlock")).toMatchObject({ held: false, ended: false });
  const to = "nimble/renamed";
  expect(await answering("state-mv", "state", "mv", ADDRESS, to)).toEqual({ formatVersion: 1, from: ADDRESS, to });
  expect(await answering("state-rm", "state", "rm", to)).toEqual({ formatVersion: 1, address: to, forgotten: true });
});

test("state unlock --json tells whose lock it ended", async () => {
  project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
  // An apply that is killed while it waits for an answer leaves its lock behind.
  const run = project.start("apply", "-y");
  project.sandbox.faults.add({ method: "POST", fault: "hang", before: () => void run.child.kill("SIGKILL") });
  await run.ended;
  expect(await answering("state-unlock", "state", "unlock")).toMatchObject({
    ...{ held: true, ended: true, verdict: "dead" },
    holder: { command: "apply" },
  });
});

test("sandbox --json tells its addresses", async () => {
  project = await cliProject();
  const run = project.start("sandbox", "--port", "0", "--json");
  await run.saw(/^\}$/m);
  run.child.kill("SIGTERM");
  const told = await checked("sandbox", run.ended);
  expect(told["url"]).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(told["env"]).toMatchObject({ NIMBLE_BASE_URL: told["url"], BL_API_URL: `${told["url"]}/v0` });
});

test("the closed list of reasons is the same in all of them", () => {
  const listed = Object.values(SCHEMAS).flatMap((schema) => reasonsIn(schema));
  expect(listed.length).toBeGreaterThan(1);
  for (const reasons of listed) expect(reasons).toEqual(REASONS);
});

/** The choices of every field `reason` that has any. */
function reasonsIn(part: unknown): readonly unknown[] {
  if (typeof part !== "object" || part === null) return [];
  const inner = Object.values(part).flatMap(reasonsIn);
  const own = "reason" in part ? (part.reason as { enum?: unknown }) : {};
  return typeof own === "object" && own !== null && Array.isArray(own.enum) ? [...inner, own.enum] : inner;
}

test("every schema of an answer is tried here, and every one is printed by its name", async () => {
  const own = readFileSync(new URL(import.meta.url), "utf8");
  const written = ["manifest", "nimble-v1", "nimble-v2", "blaxel", "config"];
  const answers = Object.keys(SCHEMAS).filter((name) => !written.includes(name));
  expect(answers.length).toBeGreaterThan(15);
  expect(answers.filter((name) => !own.includes(`("${name}", `))).toEqual([]);
  const files = readdirSync(new URL("../../schemas/", import.meta.url)).map((file) => file.replace(".schema.json", ""));
  expect(Object.keys(SCHEMAS).toSorted()).toEqual(files.toSorted());
});
