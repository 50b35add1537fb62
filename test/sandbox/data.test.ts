import { describe, expect, it } from "vitest";
import { type Mutation, SandboxData } from "../../src/sandbox/store.ts";
import { at, clockAt } from "./client.ts";

function data(): SandboxData {
  return new SandboxData(clockAt("2026-10-01T00:00:00Z").now);
}

describe("the sandbox's data", () => {
  it("tells every mutation, who made it, and what was before and after", () => {
    const jobs = data();
    const seen: Mutation[] = [];
    const end = jobs.onMutation((mutation) => seen.push(mutation));
    jobs.nimble.put({ name: "a" });
    jobs.nimble.edit("job_1", { description: "x" }, "api");
    jobs.nimble.delete("job_1");
    jobs.blaxel.put({ metadata: { name: "b" }, spec: {} }, "eu");
    jobs.blaxel.fade("b", "eu", 0, 0);
    end();
    jobs.nimble.put({ name: "untold" });
    expect(seen.map(({ seq, platform, scope, id, kind, by }) => [seq, platform, scope, id, kind, by])).toEqual([
      [1, "nimble", "default", "job_1", "create", "hand"],
      [2, "nimble", "default", "job_1", "update", "api"],
      [3, "nimble", "default", "job_1", "delete", "hand"],
      [4, "blaxel", "eu", "b", "create", "hand"],
      [5, "blaxel", "eu", "b", "update", "api"],
      [6, "blaxel", "eu", "b", "delete", "platform"],
    ]);
    expect(seen[0]).not.toHaveProperty("before");
    expect([seen[1]?.before?.["description"], seen[1]?.after?.["description"]]).toEqual([null, "x"]);
    expect(seen[2]).not.toHaveProperty("after");
    expect(jobs.mutations).toBe(7);
  });

  it("keeps Nimble jobs in the order of their ids, however they came", () => {
    const jobs = data();
    for (const id of ["job_10", "job_2", "job_9"]) jobs.nimble.put({ id, name: id });
    expect(jobs.nimble.put({ name: "next" }).id).toBe("job_11");
    expect(jobs.nimble.all().map((job) => job.id)).toEqual(["job_2", "job_9", "job_10", "job_11"]);
    jobs.nimble.put({ id: "job_2", name: "again" });
    expect(jobs.nimble.all().map((job) => job.name)).toEqual(["again", "job_9", "job_10", "next"]);
  });

  it("stamps strictly growing times while the clock stands still", () => {
    const jobs = data();
    const stamps = [jobs.nimble.put({ name: "a" }), jobs.nimble.edit("job_1", {}), jobs.nimble.edit("job_1", {})];
    expect(stamps.map((job) => job["updated_at"])).toEqual([
      "2026-10-01T00:00:00.000Z",
      "2026-10-01T00:00:00.001Z",
      "2026-10-01T00:00:00.002Z",
    ]);
  });

  it("edits by merge patch or by a function, as somebody in the console would", () => {
    const jobs = data();
    jobs.blaxel.put({ metadata: { name: "b", labels: { a: "1", b: "2" } }, spec: { policies: ["p"] } });
    const merged = jobs.blaxel.edit("b", { metadata: { labels: { a: null, c: "3" } }, novel: 1 });
    expect(at(merged, "metadata", "labels")).toEqual({ b: "2", c: "3" });
    expect(merged["novel"]).toBe(1);
    expect(at(merged, "metadata", "updatedBy")).toBe("console");
    const made = jobs.blaxel.edit("b", (job) => ({ ...job, spec: {} }));
    expect(made["spec"]).toEqual({});
    expect(() => jobs.nimble.edit("job_1", {})).toThrow("no Nimble job job_1");
    expect(() => jobs.blaxel.edit("b", {}, "eu")).toThrow("no Blaxel job b in workspace eu");
    expect(() => jobs.nimble.put({})).toThrow("needs a name");
    expect(() => jobs.blaxel.put({})).toThrow("needs metadata.name");
  });

  it("can be looked at as it was, without being changed", () => {
    const jobs = data();
    jobs.nimble.put({ name: "a" });
    jobs.nimble.edit("job_1", { name: "b" });
    jobs.nimble.edit("job_1", { name: "c" });
    jobs.nimble.delete("job_1");
    const names = [0, 1, 2, 3, 4, 99].map((back) => jobs.asOf(back).nimble.get("job_1")?.name);
    expect(names).toEqual([undefined, "c", "b", "a", undefined, undefined]);
    jobs.asOf(1).nimble.delete("job_1");
    expect(jobs.asOf(1).nimble.get("job_1")?.name).toBe("c");
  });

  it("puts fields that have dangerous names where they belong", () => {
    const jobs = data();
    const labels = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    const job = jobs.blaxel.put({ metadata: { name: "b", labels }, spec: {} });
    expect(JSON.stringify(at(job, "metadata", "labels"))).toBe('{"__proto__":"x","constructor":"y"}');
  });
});
