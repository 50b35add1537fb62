import { describe, expect, it } from "vitest";
import { makePlan } from "../../src/plan/plan.ts";
import { liveNimble, nimbleJob, planInput, state, stateOf } from "../support/jobs.ts";

const OF = 4;
const names = Array.from({ length: 30 }, (_, i) => `job-${i}`);
const declared = names.map((name) => nimbleJob(name, { agent_name: "a", description: "new" }));
/** The first ten are to be made, ten to be updated, five are as declared; five are owned and have no manifest. */
const desired = declared.slice(0, 25);
const owned = declared.slice(10).map((job, i) => ({ job, live: liveNimble(i + 1, job.name, { agent_name: "a" }) }));
const live = owned.map(({ job, live }, i) => (i >= 10 && i < 15 ? { ...live, document: job.document } : live));
const input = planInput({
  desired,
  live: new Map([["nimble", live]]),
  state: state(Object.fromEntries(owned.map(({ job, live }) => [job.address, stateOf(live.id, job)]))),
  flags: { ...planInput({}).flags, prune: true, maxUpdates: 99 },
});
const parts = Array.from({ length: OF }, (_, i) => makePlan({ ...input, shard: { index: i + 1, of: OF } }));

describe("the plans of all parts", () => {
  it("are the plan of the whole, each action in one of them", () => {
    const whole = makePlan(input);
    expect(whole.summary).toMatchObject({ create: 10, update: 10, delete: 5, unchanged: 5 });
    const actions = parts.flatMap((part) => part.actions);
    expect(actions.map((a) => a.address).sort()).toEqual(whole.actions.map((a) => a.address));
    for (const action of whole.actions) expect(actions).toContainEqual(action);
    for (const key of ["create", "update", "delete", "unchanged"] as const) {
      expect(parts.reduce((sum, part) => sum + part.summary[key], 0)).toBe(whole.summary[key]);
    }
    expect(parts.filter((part) => part.actions.length > 0).length).toBeGreaterThan(1);
    expect(new Set(parts.map((part) => part.digest)).size).toBe(OF);
  });

  it("are refused where the whole is: limits count all jobs, not those of a part", () => {
    const limited = { ...input, flags: { ...input.flags, maxDeletes: 4 } };
    expect(makePlan(limited).refusals).toMatchObject([{ code: "JW3004" }]);
    for (let index = 1; index <= OF; index++) {
      expect(makePlan({ ...limited, shard: { index, of: OF } }).refusals).toEqual(makePlan(limited).refusals);
    }
    expect(parts.map((part) => part.refusals)).toEqual(parts.map(() => []));
  });

  it("say which part they are", () => {
    expect(parts[1]?.warnings).toContainEqual({ code: "JW3501", message: "this plan holds part 2 of 4 of the jobs" });
  });
});
