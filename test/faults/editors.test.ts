import { describe, expect, it, onTestFinished } from "vitest";
import { startEngine } from "../support/engine.ts";
import { blaxelJob } from "../support/jobs.ts";
import { type Bench, COLUMNS, type Column, startBench } from "./bench.ts";

const UPDATES = ["update Nimble", "update Blaxel"] as const;
const CHANGES: readonly Column[] = COLUMNS.filter((column) => !column.startsWith("create"));

async function bench(column: Column): Promise<Bench> {
  const made = await startBench(column);
  onTestFinished(() => made.engine.close());
  return made;
}

/** Changes what the manifest declares, as somebody by hand. */
function editManaged({ engine, column }: Bench): void {
  const { nimble, blaxel } = engine.sandbox.data;
  if (column.endsWith("Nimble")) nimble.edit("job_1", { schedule: { cron: "9 9 * * *", enabled: true } });
  else blaxel.edit("job-a", { spec: { runtime: { memory: 8192 } } });
}

describe("somebody who is at the same job", () => {
  it.each(CHANGES)("R38 after the plan: %s is stale, and says of what; nothing is sent", async (column) => {
    const place = await bench(column);
    editManaged(place);
    const { result, sent } = await place.run();
    expect(result).toMatchObject({ status: "stale", class: "not-sent", reason: "stale" });
    expect(sent).toBe(0);
    expect(place.engine.session.state.open).toEqual([]);
    if (column.startsWith("delete")) return;
    const [path, before, after] = column.endsWith("Nimble")
      ? ["/spec/schedule/cron", "9 9 * * *", "0 7 * * *"]
      : ["/spec/runtime/memory", 8192, 4096];
    expect(result.notConverged).toMatchObject([{ path, before, after }]);
  });

  it.each(CHANGES)("R38 to what is asked: %s is done without a write", async (column) => {
    const place = await bench(column);
    const { nimble, blaxel } = place.engine.sandbox.data;
    if (column === "update Nimble") nimble.edit("job_1", { schedule: { cron: "0 7 * * *", enabled: true } });
    else if (column === "update Blaxel") blaxel.edit("job-a", { spec: { runtime: { memory: 4096 } } });
    else if (column === "delete Nimble") nimble.delete("job_1");
    else blaxel.delete("job-a");
    const { result, sent, asAsked } = await place.run();
    expect({ status: result.status, sent, asAsked }).toEqual({ status: "applied", sent: 0, asAsked: true });
  });

  it.each([
    "create Nimble",
    "create Blaxel",
  ] as const)("R38 and makes one of that name: %s is stale", async (column) => {
    const place = await bench(column);
    const { nimble, blaxel } = place.engine.sandbox.data;
    if (column.endsWith("Nimble")) nimble.put({ name: "job-a", agent_name: "shop" });
    else blaxel.put({ metadata: { name: "job-a" }, spec: {} });
    const { result, sent } = await place.run();
    expect(result).toMatchObject({ status: "stale", class: "not-sent", reason: "stale" });
    expect(sent).toBe(0);
  });

  it("R39 between our read and our PATCH: what it shows is told", async () => {
    const place = await bench("update Nimble");
    const edit = (): void => void place.engine.sandbox.data.nimble.edit("job_1", { description: "theirs" });
    const { result } = await place.run({ method: "PATCH", before: edit });
    expect(result).toMatchObject({
      status: "applied",
      notes: [expect.stringContaining("/spec/description changed meanwhile")],
    });
    expect(place.engine.sandbox.data.nimble.get("job_1")).toMatchObject({ description: "theirs" });
  });

  it.each(UPDATES)("R40 and a platform that changes what we sent: %s has not taken, and says what", async (column) => {
    const place = await bench(column);
    const [from, to] = column.endsWith("Nimble") ? ["0 7 * * *", "5 7 * * *"] : ["4096", "4000"];
    const { result, said } = await place.run(place.onWrite({ replace: { from, to } }));
    expect(result).toMatchObject({ status: "failed", class: "done", reason: "not-taken" });
    expect(said).toMatch(/(\/spec\/schedule|\/spec\/runtime\/memory)\S* did not take/);
    expect(result.notConverged).toHaveLength(1);
    const { open, jobs } = place.engine.session.state;
    expect(open).toEqual([]);
    // What it looks like since is our own doing; what was declared last is still what was applied last.
    const [entry] = Object.values(jobs);
    expect(JSON.stringify(entry?.declared)).toMatch(/0 6 \* \* \*|2048/);
    const [live] = await place.engine.live(column.endsWith("Nimble") ? "nimble" : "blaxel");
    expect(entry?.updatedAt).toBe(live?.facts.updatedAt);
  });

  it.each([
    "create Nimble",
    "create Blaxel",
  ] as const)("R40 %s has not taken, and is ours all the same", async (column) => {
    const place = await bench(column);
    const [from, to] = column.endsWith("Nimble") ? ["0 7 * * *", "5 7 * * *"] : ["4096", "4000"];
    const { result } = await place.run(place.onWrite({ replace: { from, to } }));
    expect(result).toMatchObject({ status: "failed", class: "done", reason: "not-taken" });
    expect(Object.keys(place.engine.session.state.jobs)).toHaveLength(1);
  });
});

describe("R41 a job that is being deleted", () => {
  const leaving = (): Promise<Bench> => bench("update Blaxel");

  it("is not updated", async () => {
    const place = await leaving();
    place.engine.sandbox.data.blaxel.edit("job-a", { status: "DELETING" });
    const { result, sent } = await place.run();
    expect(result).toMatchObject({ status: "stale", class: "not-sent" });
    expect(sent).toBe(0);
  });

  it("counts as deleted, also where the platform answers the DELETE with a conflict", async () => {
    for (const when of ["before", "while"]) {
      const place = await bench("delete Blaxel");
      const fade = (): void => void place.engine.sandbox.data.blaxel.edit("job-a", { status: "DELETING" });
      if (when === "before") fade();
      const conflict = { status: 409, body: { error: "conflict", message: "being deleted" } };
      const { result, sent } = await place.run(place.onWrite(conflict, when === "while" ? { before: fade } : {}));
      expect(result, when).toMatchObject({ status: "applied" });
      expect(sent).toBe(when === "before" ? 0 : 2);
      expect(place.engine.session.state.jobs).toEqual({});
    }
  });

  it("is waited for before one of its name is made, for a minute", async () => {
    const job = blaxelJob("job-a", { runtime: { memory: 2048 } });
    for (const [reads, status, sent] of [
      [5, "applied", 1],
      [500, "skipped", 0],
    ] as const) {
      const engine = await startEngine({ behaviours: { deletingReads: reads } });
      onTestFinished(() => engine.close());
      await engine.apply([job]);
      await engine.apply([], { prune: true });
      engine.sandbox.log.clear();
      const { report } = await engine.apply([job]);
      expect(report.results.get("blaxel/job-a")).toMatchObject({ status });
      expect(engine.sandbox.log.writes()).toHaveLength(sent);
    }
  });
});
