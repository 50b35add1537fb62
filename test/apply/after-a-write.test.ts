import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApplyReport, applyPlan } from "../../src/apply/apply.ts";
import type { ApplyContext } from "../../src/apply/context.ts";
import { ApiError, JobwrightError } from "../../src/errors.ts";
import type { DesiredJob, LiveJob } from "../../src/model/job.ts";
import type { ActionResult } from "../../src/model/outcome.ts";
import type { ProviderClient } from "../../src/providers/provider.ts";
import { type Engine, quickClock, startEngine } from "../support/engine.ts";
import { blaxelJob, nimbleJob, planInput, testFingerprint } from "../support/jobs.ts";

const JOB = blaxelJob("a", { runtime: { memory: 2048 } });

let engine: Engine;
beforeEach(async () => {
  engine = await startEngine();
});
afterEach(() => engine.close());

/** Applies a manifest through a client that is not as it should be. */
async function applyWith(
  job: DesiredJob,
  spoilt: (client: ProviderClient) => ProviderClient,
  session: Partial<ApplyContext["session"]> = {},
): Promise<{ report: ApplyReport; result: ActionResult | undefined }> {
  const clock = quickClock();
  const clients = new Map([...engine.clients].map(([target, client]) => [target, spoilt(client)]));
  const live = new Map([
    ["nimble", await engine.live("nimble")],
    ["blaxel", await engine.live("blaxel")],
  ]);
  const plan = await engine.plan([job], { allowReplace: true });
  const context: ApplyContext = {
    runtime: {
      env: {},
      cwd: "/",
      clock,
      random: () => 0.5,
      log: () => {},
      signal: new AbortController().signal,
    },
    session: Object.assign(Object.create(engine.session), session) as ApplyContext["session"],
    clients,
    input: planInput({ desired: [job], live, state: engine.session.state, fingerprint: testFingerprint }),
    createSettleMs: 30_000,
    onEvent: () => {},
  };
  const report = await applyPlan(context, plan);
  return { report, result: report.results.get(job.address) };
}

it("what somebody added beside a field since the plan is carried, also where the plan saw nothing there at all", async () => {
  await engine.apply([JOB]);
  const labelled = { ...JOB, document: { ...JOB.document, metadata: { name: "a", labels: { team: "red" } } } };
  const plan = await engine.plan([labelled]);
  expect(plan.actions[0]?.changes.map(({ path }) => path)).toEqual(["/metadata/labels"]);
  engine.sandbox.data.blaxel.edit("a", { metadata: { name: "a", labels: { by: "hand" } } });
  const report = await engine.carryOut(plan, [labelled]);
  expect(report.results.get("blaxel/a")).toMatchObject({ status: "applied" });
  expect(engine.sandbox.data.blaxel.all()).toMatchObject([{ metadata: { labels: { by: "hand", team: "red" } } }]);
});

describe("what the platform made of a field that was not to change", () => {
  const wanted = { ...JOB, document: { ...JOB.document, metadata: { name: "a", displayName: "shown" } } };

  it.each([
    ["is told by the second look", true],
    ["is told by the answer to the write, where nobody can look again", false],
  ])("%s", async (_how, readable) => {
    await engine.apply([JOB]);
    engine.sandbox.faults.add({
      method: "PUT",
      afterwards: () => {
        engine.sandbox.data.blaxel.edit("a", { spec: { runtime: { memory: 8192 } } });
        if (!readable) engine.sandbox.faults.add({ method: "GET", fault: { status: 400, body: { error: "no" } } });
      },
      fault: { replace: { from: "2048", to: "8192" } },
    });
    const { report, result } = await applyWith(wanted, (client) => client);
    expect(result).toMatchObject({ status: "applied" });
    expect(report.secondLook.notConverged.get("blaxel/a")).toMatchObject([
      { path: "/spec/runtime/memory", before: 8192 },
    ]);
  });
});

it("a job that vanishes while it is written is told as failed: the write happened", async () => {
  await engine.apply([JOB]);
  const vanishing = readsAfterWrite(() => undefined);
  const { result } = await applyWith(blaxelJob("a", { runtime: { memory: 4096 } }), vanishing);
  expect(result).toMatchObject({ status: "failed", class: "done", reason: "stale" });
});

function unreadable(request: string): ApiError {
  return new ApiError("JW2031", "bad-answer", "the answer is broken", { outcome: "not-done", request, attempts: 5 });
}

/** A client whose writes are answered without the job, and what it reads after one. */
function readsAfterWrite(read: (id: string) => LiveJob | undefined): (client: ProviderClient) => ProviderClient {
  return (client) => {
    let written = false;
    return {
      ...client,
      send: async (...args) => {
        const { attempts } = await client.send(...args);
        written = true;
        return { attempts };
      },
      get: async (id, options) => (written ? read(id) : client.get(id, options)),
    };
  };
}

const blindAfterWrite = readsAfterWrite((id) => {
  throw unreadable(`GET ${id}`);
});

describe("a write that went through", () => {
  it("is not called not done because it cannot be read back, and its intent stays open", async () => {
    const { result } = await applyWith(JOB, blindAfterWrite);
    expect(engine.sandbox.data.blaxel.all()).toHaveLength(1);
    expect(result).toMatchObject({ status: "failed", class: "done", reason: "bad-answer" });
    expect(result?.error?.message).toContain("the write went through");
    expect(engine.session.state.open.map((intent) => intent.address)).toEqual(["blaxel/a"]);
    expect(await engine.settle()).toEqual(["blaxel/a: an earlier create did happen (a); it is ours"]);
    expect(engine.session.state.jobs["blaxel/a"]?.id).toBe("a");
  });

  it("nor is an update", async () => {
    await engine.apply([JOB]);
    const { result } = await applyWith(blaxelJob("a", { runtime: { memory: 4096 } }), blindAfterWrite);
    expect(result).toMatchObject({ status: "failed", class: "done" });
  });

  it("is not called not sent because it cannot be recorded", async () => {
    const full = new JobwrightError("JW4007", "storage", "no space is left on the disk");
    const settle = async (): Promise<void> => {
      throw full;
    };
    const { report, result } = await applyWith(nimbleJob("a", { agent_name: "x" }), (client) => client, { settle });
    expect(engine.sandbox.data.nimble.all()).toHaveLength(1);
    expect(result).toMatchObject({ status: "failed", class: "done", reason: "storage" });
    expect(report.storage).toBe(full);
  });
});

describe("a replace whose create is answered with the old job", () => {
  it("finds the new one, and deletes the old one only", async () => {
    await engine.apply([nimbleJob("a", { agent_name: "old" })]);
    const [old] = await engine.live("nimble");
    const job = nimbleJob("a", { agent_name: "new" });
    const { result } = await applyWith(job, (client) => ({
      ...client,
      send: async (request, address) => {
        const sent = await client.send(request, address);
        return request.method === "POST" && old !== undefined ? { ...sent, job: old } : sent;
      },
    }));
    expect(result).toMatchObject({ status: "applied" });
    const live = await engine.live("nimble");
    expect(live.map((each) => each.document.spec["agent_name"])).toEqual(["new"]);
    expect(engine.session.state.jobs["nimble/a"]?.id).toBe(live[0]?.id);
  });
});

describe("a write that nobody can say about", () => {
  it("stays unknown when the next try is refused", async () => {
    const { faults, log } = engine.sandbox;
    faults.add({ method: "POST", path: "/v0/jobs", times: 1, fault: "cutBefore" });
    faults.add({ method: "POST", path: "/v0/jobs", fault: { status: 403, body: { error: "no", message: "no" } } });
    const { result } = await applyWith(JOB, (client) => client);
    expect(result).toMatchObject({ status: "unknown", class: "unknown", reason: "forbidden", attempts: 2 });
    expect(log.writes()).toHaveLength(2);
    expect(engine.session.state.open).toHaveLength(1);
  });
});
