import { afterEach, expect, test } from "vitest";
import { declareProgram } from "../../src/program.ts";
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

test("under --json every command answers with one document", async () => {
  project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
  const json = async (...args: string[]) => onlyJson(await project.done(...args, "--json"));

  expect(await json("init")).toMatchObject({ formatVersion: 1, kept: [] });
  project.remove("jobs/example-nimble.yaml");
  project.remove("jobs/example-blaxel.yaml");
  expect(await json("validate")).toMatchObject({ formatVersion: 1, diagnostics: [] });
  expect(await json("plan")).toMatchObject({ formatVersion: 1, summary: { create: 1 } });
  expect(await json("apply", "-y")).toMatchObject({ actions: [{ result: { status: "applied" } }] });
  expect(await json("drift")).toMatchObject({ drifted: false });
  expect(await json("status")).toMatchObject({ formatVersion: 1 });
  expect(await json("import")).toMatchObject({ formatVersion: 1 });
  expect(await json("schema")).toMatchObject({ schemas: expect.arrayContaining(["plan", "event"]) });
  expect(await json("schema", "event")).toMatchObject({ $schema: expect.any(String) });
  expect(await json("completion", "bash")).toMatchObject({
    shell: "bash",
    script: expect.stringContaining("complete"),
  });
  await project.done("plan", "--out", "plan.json");
  expect(await json("diff-plans", "plan.json", "plan.json")).toMatchObject({ same: true, differences: [] });
});

test("under --json the commands of holds and of the state do so too", async () => {
  project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
  const json = async (...args: string[]) => onlyJson(await project.done(...args, "--json"));
  await project.done("apply", "-y");

  const until = "2999-12-31T08:00:00.000Z";
  const held = await json("hold", ADDRESS, "--until", until, "--reason", "vendor outage");
  expect(held).toEqual({ formatVersion: 1, address: ADDRESS, hold: { until, reason: "vendor outage" }, changed: true });
  const released = { formatVersion: 1, address: ADDRESS, hold: null };
  expect(await json("release", ADDRESS)).toEqual({ ...released, changed: true });
  expect(await json("release", ADDRESS)).toEqual({ ...released, changed: false });

  expect(await json("state", "list")).toMatchObject({ jobs: [{ address: ADDRESS }] });
  expect(await json("state", "show", ADDRESS)).toMatchObject({ formatVersion: 1, address: ADDRESS });
  expect(await json("state", "pull")).toMatchObject({ formatVersion: 1, jobs: { [ADDRESS]: {} } });
  expect(await json("state", "unlock")).toMatchObject({ held: false, ended: false });
  const to = "nimble/renamed";
  expect(await json("state", "mv", ADDRESS, to)).toEqual({ formatVersion: 1, from: ADDRESS, to });
  expect(await json("state", "rm", to)).toEqual({ formatVersion: 1, address: to, forgotten: true });
});

test("sandbox --json tells its addresses", async () => {
  project = await cliProject();
  const run = project.start("sandbox", "--port", "0", "--json");
  await run.saw(/^\}$/m);
  run.child.kill("SIGTERM");
  const told = onlyJson<{ url: string; env: Record<string, string> }>(await run.ended);
  expect(told.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(told.env).toMatchObject({ NIMBLE_BASE_URL: told.url, BL_API_URL: `${told.url}/v0` });
});
