import { existsSync } from "node:fs";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { REASONS } from "../../src/model/outcome.ts";
import type { EventDocument } from "../../src/render/event-document.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";
import { read } from "../support/source-files.ts";

const ajv = new Ajv({ strict: false });
ajv.addSchema(JSON.parse(read("schemas/plan.schema.json")));
const valid = ajv.compile(JSON.parse(read("schemas/event.schema.json")));

let project: CliProject;
beforeEach(async () => {
  project = await cliProject({
    "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily"),
    "jobs/nightly.yaml": blaxelManifest("nightly"),
  });
});
afterEach(() => project.close());

function eventsIn(text: string): readonly EventDocument[] {
  const events = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as EventDocument);
  for (const event of events) expect(valid(event), JSON.stringify([event, valid.errors])).toBe(true);
  return events;
}

/** `address: state status`, of one job after the other. */
function told(events: readonly EventDocument[]): readonly string[] {
  const lines = events.map(({ address, state, result }) => `${address}: ${state} ${result?.status ?? ""}`.trim());
  return lines.toSorted((a, b) => (a.split(":")[0] ?? "").localeCompare(b.split(":")[0] ?? ""));
}

describe("apply --events", () => {
  test("writes a line for each state of each action into a file", async () => {
    project.write("events.ndjson", "of an earlier run\n");
    const run = await project.done("apply", "-y", "--json", "--events", "events.ndjson");
    expect(onlyJson(run)).toMatchObject({ formatVersion: 1 });
    const events = eventsIn(project.read("events.ndjson"));
    expect(told(events)).toEqual([
      "blaxel/nightly: started",
      "blaxel/nightly: finished applied",
      "nimble/amazon-pdp-daily: started",
      "nimble/amazon-pdp-daily: finished applied",
    ]);
    expect(new Set(events.map(({ run }) => run)).size).toBe(1);
    expect(events[0]?.run).toMatch(/^\w{4,}$/);
    expect(events.find(({ address, result }) => address === "nimble/amazon-pdp-daily" && result)?.id).toMatch(/./);
  });

  test("- is stdout, and what people read goes to stderr then", async () => {
    const run = await project.done("apply", "-y", "--events", "-");
    expect(eventsIn(run.stdout)).toHaveLength(4);
    expect(run.stderr).toContain("Applied: 2 created.");
    project.write("jobs/amazon.yaml", nimbleManifest("amazon-pdp-daily", "0 7 * * *"));
    await project.done("plan", "--out", "plan.json");
    const saved = await project.done("apply", "plan.json", "-y", "--events", "-");
    expect(eventsIn(saved.stdout).map(({ action }) => action)).toEqual(["update", "update"]);
  });

  test("tells of what only the state learns of, and of nothing where nothing is done", async () => {
    await project.done("apply", "-y");
    project.remove(".jobwright");
    expect(told(eventsIn((await project.done("apply", "-y", "--events", "-")).stdout))).toContain(
      "nimble/amazon-pdp-daily: finished applied",
    );
    expect((await project.done("apply", "-y", "--events", "-")).stdout).toBe("");
  });

  test("tells why an action failed, in the words of the closed vocabulary", async () => {
    project.sandbox.faults.add({ method: "POST", path: "/v1/jobs", fault: { status: 403, body: { error: "no" } } });
    const run = await project.run("apply", "-y", "--events", "-");
    expect(run.code).toBe(1);
    const failed = eventsIn(run.stdout).find(({ result }) => result?.status === "failed");
    expect(failed).toMatchObject({ address: "nimble/amazon-pdp-daily", result: { reason: "forbidden" } });
  });

  test("is refused before anything is sent where it cannot be written", async () => {
    for (const to of ["no/such/folder/events", "jobs"]) {
      const run = await project.run("apply", "-y", "--events", to);
      expect([run.code, run.stdout]).toEqual([1, ""]);
      expect(run.stderr).toContain("JW5005");
    }
    await project.done("plan", "--out", "plan.json");
    const own = await project.run("apply", "plan.json", "-y", "--events", "./plan.json");
    expect([own.code, own.stderr]).toEqual([1, expect.stringContaining("JW5001")]);
    expect(JSON.parse(project.read("plan.json"))).toMatchObject({ formatVersion: 1 });
    const both = await project.run("apply", "-y", "--json", "--events", "-");
    expect(onlyJson(both)).toMatchObject({ error: { code: "JW5001" } });
    expect((await project.done("plan", "--json")).stdout).toContain('"create": 2');
  });

  test.skipIf(!existsSync("/dev/full"))("a device that is full stops neither the work nor its recording", async () => {
    const run = await project.done("apply", "-y", "--events", "/dev/full");
    expect(run.stderr).toContain("The work goes on.");
    expect((await project.done("plan", "--json")).stdout).toContain('"unchanged": 2');
  });
});

describe("the vocabulary of reasons", () => {
  test("is the one of the schema of plans, which events share", () => {
    const { definitions } = JSON.parse(read("schemas/plan.schema.json"));
    expect(definitions.result.properties.reason.enum).toEqual(REASONS);
  });
});
