import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { nimbleJob } from "../support/jobs.ts";

let engine: Engine;
beforeEach(async () => {
  engine = await startEngine();
});
afterEach(() => engine.close());

const named = (name: string) => nimbleJob(name, { agent_name: "x" });
const names = (): readonly unknown[] => engine.sandbox.data.nimble.all().map((job) => job.name);

/** The list, searches aside, leaves a job out, total and all, as a replica does that lags behind. */
function listLacks(name: string): void {
  const without = (text: string): string => {
    const page = JSON.parse(text) as { items: readonly JsonObject[]; total: number };
    const items = page.items.filter((job) => job["name"] !== name);
    return JSON.stringify({ ...page, items, total: page.total - (page.items.length - items.length) });
  };
  engine.sandbox.faults.add({ method: "GET", path: "/v1/jobs?page", fault: { rewrite: without } });
}

describe("a job that the list lacks, however often it is read", () => {
  it.each([1, 5, 20])("is found by a search before %i creates", async (creates) => {
    engine.sandbox.data.nimble.put({ name: "job-0", agent_name: "x" });
    listLacks("job-0");
    const jobs = Array.from({ length: creates }, (_, i) => named(`job-${i}`));
    const { report } = await engine.apply(jobs);
    expect(report.results.get("nimble/job-0")).toMatchObject({ status: "stale", class: "not-sent" });
    expect(names().filter((name) => name === "job-0")).toHaveLength(1);
    expect(names()).toHaveLength(creates);
  });

  it("is not searched for before more creates: those are looked up in one more list", async () => {
    const jobs = Array.from({ length: 21 }, (_, i) => named(`job-${i}`));
    await engine.apply(jobs);
    const searches = engine.sandbox.log.entries.filter(({ path }) => path.includes("q="));
    expect(searches).toEqual([]);
    expect(names()).toHaveLength(21);
  });
});

describe("a create whose answer is lost", () => {
  it("does not take a job of its name with another agent for its own", async () => {
    engine.sandbox.faults.add({
      method: "POST",
      times: 1,
      fault: "cutBefore",
      before: () => {
        engine.sandbox.data.nimble.put({ name: "a", agent_name: "another" });
      },
    });
    const { report } = await engine.apply([named("a")]);
    expect(report.results.get("nimble/a")).toMatchObject({ status: "unknown", class: "unknown" });
    expect(engine.session.state.jobs).toEqual({});
    expect(await engine.settle()).toEqual(["nimble/a: an earlier create did not happen"]);
    expect(engine.session.state.jobs).toEqual({});
  });

  it("finds its own beside it", async () => {
    engine.sandbox.faults.add({
      method: "POST",
      times: 1,
      fault: "cutAfter",
      before: () => {
        engine.sandbox.data.nimble.put({ name: "a", agent_name: "another" });
      },
    });
    const { report } = await engine.apply([named("a")]);
    expect(report.results.get("nimble/a")).toMatchObject({ status: "applied", id: "job_2" });
  });
});
