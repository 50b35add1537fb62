import { afterEach, describe, expect, test } from "vitest";
import type { Value } from "../../src/model/document.ts";
import type { DesiredJob } from "../../src/model/job.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { blaxelJob, nimbleJob } from "../support/jobs.ts";

/** One platform's words for the steps that every platform must take. */
interface Words {
  readonly create: DesiredJob;
  readonly update: DesiredJob;
  readonly updateRequest: { readonly method: string; readonly body: Value };
  readonly clear: DesiredJob;
  readonly cleared: (job: { readonly [key: string]: unknown }) => unknown;
  readonly replace?: DesiredJob;
}

const agent = { agent_name: "amazon_pdp" };
const schedule = { cron: "0 6 * * *", enabled: true };
const destination = { type: "s3", path: "s3://out/" };
const runtime = { memory: 2048, envs: [{ name: "BUCKET", value: "a" }] };
const trigger = (cron: string) => ({ type: "cron", enabled: true, configuration: { schedule: cron } });

const platforms: Readonly<Record<string, Words>> = {
  nimble: {
    create: nimbleJob("job", { ...agent, schedule, destination, description: "x" }),
    update: nimbleJob("job", { ...agent, schedule: { ...schedule, cron: "0 7 * * *" }, destination, description: "x" }),
    updateRequest: { method: "PATCH", body: { schedule: { cron: "0 7 * * *", enabled: true } } },
    clear: nimbleJob("job", { ...agent, schedule: { ...schedule, cron: "0 7 * * *" }, destination }),
    cleared: (spec) => spec["description"] ?? null,
    replace: nimbleJob("job", { agent_name: "other", schedule: { ...schedule, cron: "0 7 * * *" }, destination }),
  },
  blaxel: {
    create: blaxelJob("job", { runtime, triggers: [trigger("0 6 * * *")] }),
    update: blaxelJob("job", { runtime: { ...runtime, memory: 4096 }, triggers: [trigger("0 6 * * *")] }),
    updateRequest: { method: "PUT", body: expect.objectContaining({ metadata: { name: "job" } }) },
    clear: blaxelJob("job", { runtime: { memory: 4096 }, triggers: [trigger("0 6 * * *")] }),
    cleared: (spec) => ((spec["runtime"] as { envs?: unknown[] }).envs ?? []).length || null,
  },
};

let engine: Engine;
afterEach(() => engine.close());

/** The first time must change something, the second time nothing. */
async function twice(desired: readonly DesiredJob[], writes: readonly string[], flags = {}): Promise<void> {
  engine.sandbox.log.clear();
  const { plan, report } = await engine.apply(desired, flags);
  expect(plan.actions.map((a) => report.results.get(a.address))).toEqual(
    plan.actions.map(() => expect.objectContaining({ status: "applied" })),
  );
  expect([...report.secondLook.notConverged]).toEqual([]);
  expect(engine.sandbox.log.writes().map((r) => r.method)).toEqual(writes);
  engine.sandbox.log.clear();
  const again = await engine.apply(desired, flags);
  expect(again.plan.actions).toEqual([]);
  expect(engine.sandbox.log.writes()).toEqual([]);
}

describe.each(Object.entries(platforms))("%s keeps the contract", (target, words) => {
  test("create, update, clear, delete: each changes something once", async () => {
    engine = await startEngine();
    await twice([words.create], ["POST"]);
    await twice([words.update], [words.updateRequest.method]);
    await twice([words.clear], [words.updateRequest.method]);
    const [live] = await engine.live(target);
    expect(words.cleared(live?.document.spec ?? {})).toBeNull();
    await twice([], ["DELETE"], { prune: true });
    expect(await engine.live(target).then((jobs) => jobs.filter((j) => j.facts.status !== "DELETING"))).toEqual([]);
  });

  test("the update is one request with just the changes", async () => {
    engine = await startEngine();
    await engine.apply([words.create]);
    engine.sandbox.log.clear();
    await engine.apply([words.update]);
    const [request] = engine.sandbox.log.writes();
    expect(request).toMatchObject({ method: words.updateRequest.method, body: words.updateRequest.body });
  });

  test("a hand edit is drift, and is put back once", async () => {
    engine = await startEngine();
    await engine.apply([words.create]);
    const before = await engine.live(target);
    if (target === "nimble") engine.sandbox.data.nimble.edit(before[0]?.id ?? "", { description: "by hand" });
    else engine.sandbox.data.blaxel.edit("job", { spec: { runtime: { memory: 8192 } } });
    const plan = await engine.plan([words.create]);
    expect(plan.drifted).toBe(true);
    expect(plan.actions[0]?.changes.map((c) => c.cause)).toEqual(["drift"]);
    await twice([words.create], [words.updateRequest.method]);
  });

  test("a job that is live already is adopted", async () => {
    engine = await startEngine();
    await engine.apply([words.create]);
    await engine.session.change([{ kind: "remove", address: words.create.address }]);
    const plan = await engine.plan([words.create]);
    expect(plan.actions).toMatchObject([{ action: "adopt", requests: [] }]);
    await twice([words.create], []);
  });

  test("what others set is carried", async () => {
    engine = await startEngine();
    await engine.apply([words.create]);
    if (target === "nimble") {
      const [job] = await engine.live("nimble");
      engine.sandbox.data.nimble.edit(job?.id ?? "", { display_name: "by hand", destination: { format: "csv" } });
    } else {
      engine.sandbox.data.blaxel.deploy("job", "registry/image:7");
      engine.sandbox.data.blaxel.edit("job", { spec: { region: "eu-lon-1", invented: { a: [1, null] } } });
    }
    await twice([words.update], [words.updateRequest.method]);
    const [live] = await engine.live(target);
    if (target === "nimble")
      expect(live?.document.spec).toMatchObject({ display_name: "by hand", destination: { format: "csv" } });
    else {
      expect(live?.document.spec).toMatchObject({
        region: "eu-lon-1",
        invented: { a: [1, null] },
        runtime: { image: "registry/image:7", memory: 4096 },
      });
    }
  });
});

test("an immutable field replaces: create off, delete, switch on", async () => {
  engine = await startEngine();
  const { create, replace } = platforms["nimble"] ?? {};
  if (create === undefined || replace === undefined) throw new Error("no words");
  await engine.apply([create]);
  const [old] = await engine.live("nimble");
  engine.sandbox.data.nimble.edit(old?.id ?? "", { display_name: "by hand" });
  const refused = await engine.plan([replace]);
  expect(refused.refusals).toMatchObject([{ code: "JW3002" }]);
  await twice([replace], ["POST", "DELETE", "PATCH"], { allowReplace: true });
  const jobs = await engine.live("nimble");
  expect(jobs.map((j) => j.document.spec)).toMatchObject([
    { agent_name: "other", schedule: { enabled: true }, display_name: "by hand" },
  ]);
});
