import { describe, expect, it } from "vitest";
import type { DesiredJob, LiveJob } from "../../src/model/job.ts";
import type { Intent, JobState } from "../../src/model/state.ts";
import type { Status, StatusRow } from "../../src/model/status.ts";
import type { PlanInput } from "../../src/plan/input.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { rosterOf } from "../../src/plan/roster.ts";
import { statusOf, summaryOf } from "../../src/render/status-rows.ts";
import type { Words } from "../../src/render/words.ts";
import { blaxelJob, liveJob, liveNimble, nimbleJob, planInput, state, stateOf } from "../support/jobs.ts";

/** Every expression fires at the hour that it names first; `x` cannot be read. */
const WORDS: Words = {
  describeCron: (cron) => `words of ${cron}`,
  nextRuns: (cron) => {
    if (cron === "x") throw new Error("unreadable");
    const hour = cron.split(" ")[1];
    return hour === "never" ? [] : [new Date(`2026-11-24T${hour?.padStart(2, "0")}:00:00Z`)];
  },
};

const SPEC = { agent_name: "a", description: "d", schedule: { cron: "0 6 * * *", enabled: true } };
const JOB = nimbleJob("j", SPEC);

interface Given {
  readonly desired?: readonly DesiredJob[];
  readonly live?: readonly LiveJob[];
  readonly jobs?: Readonly<Record<string, JobState>>;
  readonly open?: readonly Intent[];
  readonly more?: Partial<PlanInput>;
}

function statusFor({ desired = [JOB], live = [], jobs = {}, open = [], more = {} }: Given): Status {
  const input = planInput({
    desired,
    state: { ...state(jobs), open },
    targets: { nimble: { provider: "nimble", origin: "https://n.example" } },
    live: new Map([["nimble", live]]),
    ...more,
  });
  return statusOf(makePlan(input), rosterOf(input), WORDS);
}

function rowFor(given: Given): Partial<StatusRow> {
  return statusFor(given).rows[0] ?? {};
}

const owned = { "nimble/j": stateOf("job_1", JOB) };

describe("the standing of a job", () => {
  it("is in sync where nothing differs", () => {
    const row = rowFor({ live: [liveNimble(1, "j", SPEC)], jobs: owned });
    expect(row).toMatchObject({ standing: "in-sync", also: [], notes: [], changes: [], id: "job_1", live: true });
  });

  it("is pending where Git moved", () => {
    const row = rowFor({
      desired: [nimbleJob("j", { ...SPEC, description: "new" })],
      live: [liveNimble(1, "j", SPEC)],
      jobs: owned,
    });
    expect(row).toMatchObject({
      standing: "pending",
      also: [],
      notes: ["waits for an apply: spec.description"],
      changes: [{ path: "/spec/description", cause: "pending" }],
    });
  });

  it("is drifted where live moved, and pending besides where Git did too", () => {
    const row = rowFor({
      desired: [nimbleJob("j", { ...SPEC, display_name: "J" })],
      live: [liveNimble(1, "j", { ...SPEC, description: "by hand" })],
      jobs: owned,
    });
    expect(row).toMatchObject({
      standing: "drifted",
      also: ["pending"],
      notes: ["changed live: spec.description", "waits for an apply: spec.display_name"],
    });
  });

  it("is a conflict where both moved one field", () => {
    const row = rowFor({
      desired: [nimbleJob("j", { ...SPEC, description: "Git" })],
      live: [liveNimble(1, "j", { ...SPEC, description: "live" })],
      jobs: owned,
    });
    expect(row).toMatchObject({ standing: "conflict", also: [], notes: ["Git and live both moved: spec.description"] });
  });

  it("is drifted where nothing was applied yet and something differs: nobody can say which side moved", () => {
    const row = rowFor({ live: [liveNimble(1, "j", { ...SPEC, description: "live" })] });
    expect(row).toMatchObject({ standing: "drifted", also: [], changes: [{ cause: "unknown" }] });
    expect(row.notes?.at(-1)).toBe("live, and not in the state yet: apply takes it over");
  });

  it("is pending where it is only to be adopted, and in sync where there is no state", () => {
    const live = [liveNimble(1, "j", SPEC)];
    expect(rowFor({ live })).toMatchObject({ standing: "pending", changes: [] });
    expect(rowFor({ live, more: { stateless: true, state: undefined } })).toMatchObject({ standing: "in-sync" });
  });

  it("is new where it is declared only, and missing where it was ours and is gone", () => {
    expect(rowFor({})).toMatchObject({ standing: "new", also: [], live: false, notes: ["declared, not made yet"] });
    const missing = rowFor({ jobs: owned });
    expect(missing).toMatchObject({ standing: "missing", also: [], live: false, id: "job_1", changes: [] });
    expect(missing.notes).toEqual(["it was ours (job_1) and is gone: deleted by hand?"]);
  });

  it("is paused where it was switched off by hand", () => {
    const paused = liveNimble(1, "j", { ...SPEC, schedule: { cron: "0 6 * * *", enabled: false } });
    expect(rowFor({ live: [paused], jobs: owned })).toMatchObject({
      standing: "paused",
      also: [],
      notes: ["switched off by hand: spec.schedule.enabled (apply --resume switches it on)"],
      changes: [{ path: "/spec/schedule/enabled", cause: "paused" }],
      schedules: [{ on: false }],
    });
    const both = rowFor({ desired: [nimbleJob("j", { ...SPEC, description: "new" })], live: [paused], jobs: owned });
    expect(both).toMatchObject({ standing: "paused", also: ["pending"] });
    expect(both.notes?.filter((note) => note.includes("by hand"))).toHaveLength(1);
  });

  it("is held until its hold ends, whatever differs", () => {
    const hold = { until: "2026-12-01T00:00:00Z", reason: "vendor outage" };
    const jobs = { "nimble/j": { ...stateOf("job_1", JOB), hold } };
    const live = [liveNimble(1, "j", { ...SPEC, description: "live" })];
    expect(rowFor({ live, jobs })).toMatchObject({
      standing: "held",
      hold,
      notes: ["held until 2026-12-01 00:00 UTC: vendor outage"],
    });
    const after = rowFor({ live, jobs, more: { now: new Date("2026-12-02T00:00:00Z") } });
    expect(after.standing).toBe("drifted");
    expect(after.hold).toBeUndefined();
  });

  it("is orphaned where its manifest is gone, unmanaged where there never was one", () => {
    const live = [liveNimble(1, "j", SPEC), liveNimble(2, "k", SPEC)];
    const { rows } = statusFor({ desired: [], live, jobs: owned });
    expect(rows.map(({ address, standing, also }) => [address, standing, also])).toEqual([
      ["nimble/j", "orphaned", []],
      ["nimble/k", "unmanaged", []],
    ]);
    expect(rows[0]?.notes).toEqual(["its manifest is gone; --prune would delete it"]);
  });

  it("is unknown where a write was lost", () => {
    const intent: Intent = {
      ...{ seq: 1, run: "r", at: "2026-11-22T10:00:00Z", address: "nimble/j", target: "nimble", action: "create" },
      ...{ name: "j", apiVersion: "nimbleway.com/v1" },
    };
    const row = rowFor({ open: [intent] });
    expect(row).toMatchObject({ standing: "outcome-unknown", also: [], live: false });
    expect(row.notes?.[0]).toBe(
      "nobody can say yet whether the create of 2026-11-22 10:00 UTC happened; the next apply settles it",
    );
    expect(row.nextRun).toBeUndefined();
    const update = rowFor({ open: [{ ...intent, action: "update" }], live: [liveNimble(1, "j", SPEC)], jobs: owned });
    expect(update).toMatchObject({ standing: "outcome-unknown", also: [], live: true });
  });

  it("says that a job must be made anew", () => {
    const row = rowFor({
      desired: [nimbleJob("j", { ...SPEC, agent_name: "b" })],
      live: [liveNimble(1, "j", SPEC)],
      jobs: owned,
    });
    expect(row.standing).toBe("pending");
    expect(row.notes).toContain("cannot be changed in place: apply makes it anew (--allow-replace)");
  });

  it("does not take a foreign job of the same name for the one that a manifest is bound to", () => {
    const bound = nimbleJob(
      "j",
      { ...SPEC, description: "new" },
      {
        annotations: { protect: false, onRemove: "delete", ignore: [], id: "job_1" },
      },
    );
    const { rows } = statusFor({
      desired: [bound],
      live: [liveNimble(1, "j", SPEC), liveNimble(2, "j", SPEC)],
      jobs: owned,
    });
    expect(rows.map(({ id, standing, notes }) => [id, standing, notes.length])).toEqual([
      ["job_1", "pending", 1],
      ["job_2", "unmanaged", 0],
    ]);
  });
});

describe("what is told besides", () => {
  const facts = (more: LiveJob["facts"], spec = SPEC): LiveJob => ({ ...liveNimble(1, "j", spec), facts: more });

  it("is the schedule of the live job and when it fires next, soonest first", () => {
    const cron = (id: string, schedule: string, enabled = true) => ({
      id,
      type: "cron",
      enabled,
      configuration: { schedule },
    });
    const triggers = [cron("a", "0 9 * * *"), cron("b", "0 7 * * *"), cron("c", "0 1 * * *", false), cron("d", "x")];
    const job = liveJob("b", { metadata: { name: "b" }, spec: { triggers } });
    const input = planInput({
      targets: { blaxel: { provider: "blaxel", origin: "https://b.example" } },
      live: new Map([["blaxel", [job]]]),
    });
    const [row] = statusOf(makePlan(input), rosterOf(input), WORDS).rows;
    expect(row?.schedules.map(({ words, on }) => [words, on])).toEqual([
      ["words of 0 9 * * *", true],
      ["words of 0 7 * * *", true],
      ["words of 0 1 * * *", false],
      ["words of x", true],
    ]);
    expect(row?.nextRun?.toISOString()).toBe("2026-11-24T07:00:00.000Z");
  });

  it("is the declared schedule of a job that is not live, which does not fire", () => {
    const row = rowFor({});
    expect(row.schedules).toEqual([{ cron: "0 6 * * *", on: true, words: "words of 0 6 * * *" }]);
    expect(row.nextRun).toBeUndefined();
  });

  it("looks at no expression that is longer than any that people write", () => {
    const cron = `0 6 * * ${"1,".repeat(200)}1`;
    const row = rowFor({ desired: [], live: [liveNimble(1, "j", { ...SPEC, schedule: { cron, enabled: true } })] });
    expect(row.schedules?.[0]?.words).toBe(cron);
    expect(row.nextRun).toBeUndefined();
  });

  it("is the last run, as answered", () => {
    const ran = facts({ lastRunAt: "2026-11-23T06:00:04Z", lastRunStatus: "FAILED" });
    expect(rowFor({ live: [ran], jobs: owned }).lastRun).toEqual({ at: "2026-11-23T06:00:04Z", status: "FAILED" });
    expect(rowFor({ live: [facts({})], jobs: owned }).lastRun).toBeUndefined();
  });

  it("is who touched it last, and whether that was after our last apply", () => {
    const jobs = { "nimble/j": { ...stateOf("job_1", JOB), updatedAt: "2026-11-20T00:00:00Z" } };
    const at = (updatedAt: string, updatedBy?: string) =>
      rowFor({ live: [facts(updatedBy === undefined ? { updatedAt } : { updatedAt, updatedBy })], jobs }).lastChange;
    expect(at("2026-11-20T00:00:00Z")).toEqual({ at: "2026-11-20T00:00:00Z", sinceApply: false });
    expect(at("2026-11-21T00:00:00Z", "ana")).toEqual({ at: "2026-11-21T00:00:00Z", by: "ana", sinceApply: true });
    const foreign = rowFor({ desired: [], live: [facts({ updatedAt: "2026-11-21T00:00:00Z" })] });
    expect(foreign.lastChange).toEqual({ at: "2026-11-21T00:00:00Z" });
  });

  it("names at most three fields", () => {
    const runtime = { memory: 1, timeout: 1, maxRetries: 1, diskPercent: 1, generation: "mk3" };
    const desired = blaxelJob("b", { runtime });
    const live = liveJob("b", { metadata: { name: "b" }, spec: {} });
    const row = rowFor({
      desired: [desired],
      jobs: { "blaxel/b": stateOf("b", desired) },
      more: {
        live: new Map([["blaxel", [live]]]),
        targets: { blaxel: { provider: "blaxel", origin: "https://b.example" } },
      },
    });
    expect(row.notes?.[0]).toMatch(/^changed live: spec\.runtime/);
    const fields = { memory: 2, timeout: 2, maxRetries: 2, diskPercent: 2, generation: "mk2" };
    const moved = rowFor({
      desired: [desired],
      jobs: { "blaxel/b": stateOf("b", desired) },
      more: {
        live: new Map([["blaxel", [liveJob("b", { metadata: { name: "b" }, spec: { runtime: fields } })]]]),
        targets: { blaxel: { provider: "blaxel", origin: "https://b.example" } },
      },
    });
    expect(moved.notes).toEqual([
      "changed live: spec.runtime.diskPercent, spec.runtime.generation, spec.runtime.maxRetries and 2 more",
    ]);
  });
});

describe("the summary", () => {
  it("counts every job once and how much of what is live is managed, rounded down", () => {
    const live = [liveNimble(1, "j", SPEC), liveNimble(2, "k", SPEC), liveNimble(3, "l", SPEC)];
    const { summary } = statusFor({ live, jobs: owned, desired: [JOB, nimbleJob("k", SPEC)] });
    expect(summary).toMatchObject({ jobs: 3, live: 3, managed: 2, unmanaged: 1, managedPercent: 66 });
    expect(summary.standings).toMatchObject({ "in-sync": 1, pending: 1, unmanaged: 1, drifted: 0 });
    expect(Object.values(summary.standings).reduce((a, b) => a + b)).toBe(3);
  });

  it("says 100 only where all are, and nothing of a share where nothing is live", () => {
    expect(summaryOf([], { live: 10_000, unmanaged: 1 }).managedPercent).toBe(99);
    expect(summaryOf([], { live: 10_000, unmanaged: 0 }).managedPercent).toBe(100);
    expect(summaryOf([], { live: 0, unmanaged: 0 }).managedPercent).toBeUndefined();
  });

  it("warns where the estate is not the one that the state knows, not of what an apply would refuse", () => {
    const two = { "nimble/j": stateOf("job_1", JOB), "nimble/k": stateOf("job_2", nimbleJob("k", SPEC)) };
    const gone = statusFor({ desired: [JOB, nimbleJob("k", SPEC)], jobs: two });
    expect(gone.warnings.map(({ code }) => code)).toEqual(["JW3006"]);
    const other = nimbleJob("j", { ...SPEC, agent_name: "b" });
    expect(statusFor({ desired: [other], live: [liveNimble(1, "j", SPEC)], jobs: owned }).warnings).toEqual([]);
  });
});
