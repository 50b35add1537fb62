import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ApiError,
  apply,
  drift,
  type EventDocument,
  InvalidInputError,
  loadProject,
  type Project,
  plan,
  RefusedError,
} from "../../src/index.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

const AMAZON = "nimble/amazon-pdp-daily";

let place: CliProject;
let said: string[];
beforeEach(async () => {
  said = [];
  place = await cliProject({
    "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily"),
    "jobs/nightly.yaml": blaxelManifest("nightly"),
  });
});
afterEach(() => place.close());

function load(more: Parameters<typeof loadProject>[0] = {}): Promise<Project> {
  return loadProject({ cwd: place.path, env: place.env, log: (line) => said.push(line), ...more });
}

/** A document less what differs from run to run. */
function lasting(document: object): object {
  return { ...document, createdAt: "", tool: "", checksum: "" };
}

describe("loadProject", () => {
  test("tells what is declared, by files alone", async () => {
    const project = await load({ env: {} });
    expect(project).toMatchObject({ valid: true, diagnostics: [], environment: "", root: place.path });
    expect(project.files).toEqual(["jobs/amazon.yaml", "jobs/nightly.yaml"]);
    expect(project.jobs.map(({ address }) => address)).toEqual(["blaxel/nightly", AMAZON]);
    expect(project.jobs[1]).toMatchObject({
      name: "amazon-pdp-daily",
      source: { file: "jobs/amazon.yaml", line: 1 },
      document: { spec: { agent_name: "amazon_pdp" } },
    });
    expect((await load({ paths: ["jobs/nightly.yaml"] })).jobs).toHaveLength(1);
  });

  test("collects what is wrong, and nothing can be planned then", async () => {
    place.write("jobs/wrong.yaml", nimbleManifest("wrong", "never"));
    const project = await load();
    expect(project.valid).toBe(false);
    expect(project.diagnostics).toMatchObject([{ severity: "error", file: "jobs/wrong.yaml", line: 7 }]);
    await expect(plan(project)).rejects.toBeInstanceOf(InvalidInputError);
  });

  test("holds references to secrets, never their values", async () => {
    place.write("jobs/secret.yaml", nimbleManifest("secret", "0 6 * * *", '  description: "${env:WORD}"\n'));
    const project = await load({ env: { ...place.env, WORD: "hunter2hunter2" } });
    const planned = await plan(project);
    const all = JSON.stringify([project, planned.document, planned.text(), planned.markdown(), planned.html(), said]);
    expect(all).toContain("env:WORD");
    expect(all).not.toContain("hunter2");
  });

  test("is what the other functions insist on", async () => {
    const copy = { ...(await load()) };
    await expect(plan(copy)).rejects.toMatchObject({ code: "JW5001" });
  });
});

describe("plan, apply, drift", () => {
  test("answer what the command line prints", async () => {
    const project = await load();
    const planned = await plan(project);
    expect(planned).toMatchObject({ changed: true, drifted: false, refused: false });
    const printed = onlyJson(await place.done("plan", "--json"));
    expect(lasting(planned.document)).toEqual(lasting(printed));
    expect(planned.text()).toContain("Plan: 2 to create.");
    expect(planned.markdown()).toContain(AMAZON);
    expect(planned.html()).toMatch(/^<!doctype html>/i);

    const events: EventDocument[] = [];
    const applied = await apply(project, { onEvent: (event) => events.push(event) });
    expect(applied).toMatchObject({ ok: true, exitCode: 0 });
    expect(applied.document.actions.map(({ result }) => result?.status)).toEqual(["applied", "applied"]);
    expect(events.map(({ state }) => state).toSorted()).toEqual(["finished", "finished", "started", "started"]);
    expect((await plan(project)).changed).toBe(false);
    expect(await drift(project)).toMatchObject({ changed: false, drifted: false, refused: false });

    place.write("jobs/amazon.yaml", nimbleManifest("amazon-pdp-daily", "0 7 * * *"));
    const narrowed = await plan(project, { only: ["blaxel/*"] });
    expect(narrowed.document.actions).toEqual([]);
    expect((await plan(project)).document.actions).toMatchObject([{ address: AMAZON, action: "update" }]);
  });

  test("a plan is applied as it was made, or not at all", async () => {
    const project = await load();
    const { document } = await plan(project);
    place.write("jobs/late.yaml", nimbleManifest("late"));
    expect((await apply(project, { plan: document })).document.actions).toHaveLength(2);
    await expect(apply(project, { plan: document })).rejects.toBeInstanceOf(RefusedError);
    const forged = { ...document, environment: "prod" };
    await expect(apply(project, { plan: forged })).rejects.toMatchObject({ code: "JW3103" });
  });

  test("what onPlan throws ends the run before anything is sent", async () => {
    const project = await load();
    const onPlan = (): never => {
      throw new Error("not on a weekend");
    };
    await expect(apply(project, { onPlan })).rejects.toThrow("not on a weekend");
    expect((await plan(project)).document.summary).toMatchObject({ create: 2 });
  });

  test("a failed action is told, a platform that cannot be read is thrown", async () => {
    place.sandbox.faults.add({ method: "POST", path: "/v1/jobs", fault: { status: 403, body: { error: "no" } } });
    const applied = await apply(await load());
    expect(applied).toMatchObject({ ok: false, exitCode: 1 });
    const results = applied.document.actions.map(({ address, result }) => [address, result?.reason]);
    expect(results).toEqual([
      ["blaxel/nightly", undefined],
      [AMAZON, "forbidden"],
    ]);
    const none = await load({ env: { ...place.env, NIMBLE_BASE_URL: "http://127.0.0.1:9" } });
    place.write("jobwright.yaml", "http: { readTries: 1 }\n");
    await expect(plan(none)).rejects.toBeInstanceOf(ApiError);
  });

  test("with a signal that is aborted nothing is started", async () => {
    const stop = new AbortController();
    const project = await load({ signal: stop.signal });
    const onPlan = (): void => stop.abort();
    await expect(apply(project, { onPlan })).rejects.toMatchObject({ reason: "interrupted" });
    expect((await plan(await load())).document.summary).toMatchObject({ create: 2 });
  });
});
