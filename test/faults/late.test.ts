import { describe, expect, it, onTestFinished } from "vitest";
import { startEngine } from "../support/engine.ts";
import { nimbleJob } from "../support/jobs.ts";
import { COLUMNS, startBench } from "./bench.ts";

const LATE = { lateCommit: {} } as const;

describe("R06 a write whose connection breaks and that commits later", () => {
  it("create Nimble: unknown now; the next run finds it, and there are never two", async () => {
    const bench = await startBench("create Nimble");
    onTestFinished(() => bench.engine.close());
    const { result, sent } = await bench.run(bench.onWrite(LATE, { times: 1 }));
    expect(result).toMatchObject({ status: "unknown", class: "unknown", reason: "unknown-outcome" });
    expect(sent).toBe(1);
    await bench.engine.sandbox.faults.settle();
    expect(await bench.engine.settle()).toEqual(["nimble/job-a: an earlier create did happen (job_1); it is ours"]);
    expect(bench.engine.session.state.jobs["nimble/job-a"]).toMatchObject({ id: "job_1", adopted: false });
    expect(bench.engine.sandbox.data.nimble.count()).toBe(1);
  });

  it("create Nimble: while the next run looks for it, that run waits for it", async () => {
    const bench = await startBench("create Nimble");
    onTestFinished(() => bench.engine.close());
    await bench.run(bench.onWrite(LATE, { times: 1 }));
    const { faults, data } = bench.engine.sandbox;
    let looks = 0;
    faults.add({
      ...{ method: "GET", path: "/v1/jobs" },
      before: async () => {
        looks += 1;
        if (looks === 4) await faults.settle();
      },
    });
    expect(await bench.engine.settle()).toEqual(["nimble/job-a: an earlier create did happen (job_1); it is ours"]);
    expect(data.nimble.count()).toBe(1);
  });

  it.each(["before the next try", "after it"])("create Blaxel: %s: one job, ours", async (when) => {
    const bench = await startBench("create Blaxel");
    onTestFinished(() => bench.engine.close());
    const { faults, data } = bench.engine.sandbox;
    // The second try is met by the first one's job, or the first one comes to nothing.
    const second = when === "before the next try" ? { before: () => faults.settle() } : {};
    const { result, sent } = await bench.run(bench.onWrite(LATE, { times: 1 }), { method: "POST", ...second });
    await faults.settle();
    expect(result).toMatchObject({ status: "applied", class: "done" });
    expect(sent).toBe(2);
    expect(data.blaxel.count()).toBe(1);
    expect(bench.engine.session.state.jobs["blaxel/job-a"]).toMatchObject({ id: "job-a", adopted: false });
  });

  it.each(COLUMNS.filter((column) => !column.startsWith("create")))("%s: the same bytes come twice", async (column) => {
    const bench = await startBench(column);
    onTestFinished(() => bench.engine.close());
    const { result, sent, asAsked } = await bench.run(bench.onWrite(LATE, { times: 1 }));
    expect(result).toMatchObject({ status: "applied" });
    expect({ sent, asAsked }).toEqual({ sent: 2, asAsked: true });
    const bodies = bench.engine.sandbox.log.writes().map(({ body }) => JSON.stringify(body));
    expect(new Set(bodies).size).toBe(1);
    await bench.engine.sandbox.faults.settle();
    expect(bench.engine.sandbox.data.nimble.count() + bench.engine.sandbox.data.blaxel.count()).toBeLessThanOrEqual(1);
  });
});

describe("a create whose answer is lost", () => {
  const old = nimbleJob("job-a", { agent_name: "old" });
  const shop = nimbleJob("job-a", { agent_name: "shop" });

  it("R05 is not found in a job of the name that somebody makes at the same time, with another agent", async () => {
    const bench = await startBench("create Nimble");
    onTestFinished(() => bench.engine.close());
    const { data } = bench.engine.sandbox;
    const theirs = (): void => void data.nimble.put({ name: "job-a", agent_name: "theirs" });
    const { result } = await bench.run(bench.onWrite("cutAfter", { times: 1, before: theirs }));
    expect(result).toMatchObject({ status: "applied", id: "job_2" });
  });

  it("R05 is not found in a job of the name that was there before, and is still to be deleted", async () => {
    const engine = await startEngine();
    onTestFinished(() => engine.close());
    await engine.apply([shop]);
    // The replace makes job_2 and may not delete job_1; then the manifest goes back.
    const refused = { status: 403, body: { code: "forbidden", message: "no" } };
    engine.sandbox.faults.set([{ method: "DELETE", fault: refused }]);
    await engine.apply([old], { allowReplace: true });
    engine.sandbox.faults.set([{ method: "POST", times: 1, fault: "cutAfter" }]);
    const { report } = await engine.apply([shop], { allowReplace: true });
    expect(report.results.get("nimble/job-a")).toMatchObject({ status: "applied", id: "job_3" });
    expect(engine.sandbox.data.nimble.all().map(({ id }) => id)).toEqual(["job_3"]);
  });
});

describe("a write that may have happened, of a job that somebody edits meanwhile", () => {
  it.each(["update Nimble", "update Blaxel"] as const)("R04 %s: is not sent again over the edit", async (column) => {
    const bench = await startBench(column);
    onTestFinished(() => bench.engine.close());
    const { data } = bench.engine.sandbox;
    const edit = (): void => {
      if (column === "update Nimble") data.nimble.edit("job_1", { schedule: { cron: "9 9 * * *", enabled: true } });
      else data.blaxel.edit("job-a", { spec: { runtime: { memory: 8192 } } });
    };
    const { result, sent } = await bench.run(bench.onWrite("cutBefore", { times: 1, before: edit }));
    expect(result).toMatchObject({ status: "unknown", class: "unknown" });
    expect(sent).toBe(1);
  });

  it("R04 update Blaxel: nor over what others own of it: an image that is deployed is not put back", async () => {
    const bench = await startBench("update Blaxel");
    onTestFinished(() => bench.engine.close());
    const { data } = bench.engine.sandbox;
    const deploy = (): void => void data.blaxel.deploy("job-a", "registry/app:2");
    const { sent } = await bench.run(bench.onWrite("cutBefore", { times: 1, before: deploy }));
    expect(sent).toBe(1);
    expect(data.blaxel.get("job-a")).toMatchObject({ spec: { runtime: { image: "registry/app:2" } } });
  });

  it("R04 update Nimble: but again over what the request does not name", async () => {
    const bench = await startBench("update Nimble");
    onTestFinished(() => bench.engine.close());
    const describe = (): void => void bench.engine.sandbox.data.nimble.edit("job_1", { description: "theirs" });
    const { result, sent } = await bench.run(bench.onWrite("cutBefore", { times: 1, before: describe }));
    expect({ status: result.status, sent }).toEqual({ status: "applied", sent: 2 });
    expect(bench.engine.sandbox.data.nimble.get("job_1")).toMatchObject({ description: "theirs" });
  });

  it("R04 delete Blaxel: a job that somebody made anew is not deleted by the next try", async () => {
    const bench = await startBench("delete Blaxel");
    onTestFinished(() => bench.engine.close());
    const { data } = bench.engine.sandbox;
    const remake = (): void => {
      data.blaxel.delete("job-a");
      data.blaxel.put({ metadata: { name: "job-a", createdAt: "2026-11-23T12:30:00Z" }, spec: {} });
    };
    const { result, sent, live } = await bench.run(bench.onWrite("cutBefore", { times: 1, before: remake }));
    expect({ status: result.status, sent, live }).toEqual({ status: "applied", sent: 1, live: 1 });
    expect(bench.engine.session.state.jobs).toEqual({});
  });
});
