import { describe, expect, it } from "vitest";
import type { DesiredJob, LiveJob } from "../../src/model/job.ts";
import type { ScheduleShift } from "../../src/model/schedule.ts";
import type { JobState } from "../../src/model/state.ts";
import { NO_FLAGS, type PlanFlags } from "../../src/plan/input.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { driftShifts, planShifts } from "../../src/plan/schedule-shifts.ts";
import { blaxelJob, liveJob, liveNimble, nimbleJob, planInput, state, stateOf } from "../support/jobs.ts";

const at = (cron: string, enabled = true) => ({ agent_name: "a", schedule: { cron, enabled } });
const SIX = "0 6 * * *";
const SEVEN = "0 7 * * *";

interface Estate {
  readonly desired?: readonly DesiredJob[];
  readonly live?: readonly LiveJob[];
  readonly owned?: Readonly<Record<string, JobState>>;
  readonly flags?: Partial<PlanFlags>;
  readonly target?: "nimble" | "blaxel";
}

function told(kind: "plan" | "drift", { desired = [], live = [], owned = {}, flags = {}, target = "nimble" }: Estate) {
  const input = planInput({
    desired,
    state: state(owned),
    targets: { [target]: { provider: target, origin: "https://x.example" } },
    live: new Map([[target, live]]),
    flags: { ...NO_FLAGS, ...flags },
  });
  const shifts = kind === "plan" ? planShifts(input, makePlan(input)) : driftShifts(input, makePlan(input));
  return shifts.map(({ address, before, after }) => [address, crons(before), crons(after)]);
}

function crons(side: ScheduleShift["before"]): string {
  return side.map(({ cron, on }) => (on ? cron : `(${cron})`)).join(", ");
}

describe("planShifts", () => {
  it("tells of moved, new, gone and untouched jobs", () => {
    const gone = nimbleJob("gone", at(SIX));
    const estate = {
      desired: [nimbleJob("moved", at(SEVEN)), nimbleJob("new", at(SIX)), nimbleJob("same", at(SIX))],
      live: [
        liveNimble(1, "moved", at(SIX)),
        liveNimble(2, "gone", at(SIX)),
        liveNimble(3, "same", at(SIX)),
        liveNimble(4, "foreign", at("1 1 * * *", false)),
      ],
      owned: { "nimble/gone": stateOf("job_2", gone) },
    };
    const rest = [
      ["nimble/moved", SIX, SEVEN],
      ["nimble/new", "", SIX],
      ["nimble/same", SIX, SIX],
    ];
    const foreign = ["nimble/foreign", "(1 1 * * *)", "(1 1 * * *)"];
    expect(told("plan", estate)).toEqual([foreign, ["nimble/gone", SIX, SIX], ...rest]);
    expect(told("plan", { ...estate, flags: { prune: true } })).toEqual([foreign, ["nimble/gone", SIX, ""], ...rest]);
  });

  it("knows a schedule that is switched off, and one that another field's change leaves alone", () => {
    const desired = [nimbleJob("a", at(SIX, false)), nimbleJob("b", { ...at(SIX), note: "x" })];
    const live = [liveNimble(1, "a", at(SIX)), liveNimble(2, "b", at(SIX))];
    expect(told("plan", { desired, live })).toEqual([
      ["nimble/a", SIX, `(${SIX})`],
      ["nimble/b", SIX, SIX],
    ]);
  });

  it("counts a job that is replaced once, and one that is being deleted not at all", () => {
    const old = nimbleJob("old", at(SIX));
    const desired = [
      nimbleJob("fresh", at(SEVEN), {
        annotations: { protect: false, onRemove: "delete", ignore: [], movedFrom: "old" },
      }),
    ];
    const live = [
      liveNimble(1, "old", at(SIX)),
      liveJob("job_2", { metadata: { name: "leaving" }, spec: at(SIX) }, { facts: { status: "DELETING" } }),
    ];
    expect(told("plan", { desired, live, owned: { "nimble/old": stateOf("job_1", old) } })).toEqual([
      ["nimble/fresh", SIX, SEVEN],
    ]);
  });

  it("knows that an old job still fires which an interrupted replace has to delete", () => {
    const fresh = nimbleJob("fresh", at(SEVEN));
    const entry = stateOf("job_2", fresh, undefined, { doomed: [{ id: "job_1" }] });
    const live = [liveNimble(1, "old", at(SIX)), liveNimble(2, "fresh", at(SEVEN))];
    expect(told("plan", { desired: [fresh], live, owned: { "nimble/fresh": entry } })).toEqual([
      ["nimble/fresh", SEVEN, SEVEN],
      ["nimble/old", SIX, ""],
    ]);
  });

  it("reads triggers by their place in a list that keeps others", () => {
    const cron = (schedule: string) => ({
      id: `t-${schedule}`,
      type: "cron",
      configuration: { schedule },
      enabled: true,
    });
    const desired = [blaxelJob("train", { triggers: [cron(SIX), cron(SEVEN)] })];
    const live = [liveJob("train", { metadata: { name: "train" }, spec: { triggers: [cron(SIX)] } })];
    expect(told("plan", { desired, live, target: "blaxel" })).toEqual([["blaxel/train", SIX, `${SIX}, ${SEVEN}`]]);
  });
});

describe("driftShifts", () => {
  const job = nimbleJob("a", at(SIX));
  const owned = { "nimble/a": stateOf("job_1", job) };

  it("tells of what was changed live, from what Git has", () => {
    expect(told("drift", { desired: [job], live: [liveNimble(1, "a", at(SEVEN))], owned })).toEqual([
      ["nimble/a", SIX, SEVEN],
    ]);
  });

  it("leaves out what only waits in Git", () => {
    expect(told("drift", { desired: [nimbleJob("a", at(SEVEN))], live: [liveNimble(1, "a", at(SIX))], owned })).toEqual(
      [["nimble/a", SIX, SIX]],
    );
  });

  it("tells of paused jobs, and of those that are gone", () => {
    expect(told("drift", { desired: [job], live: [liveNimble(1, "a", at(SIX, false))], owned })).toEqual([
      ["nimble/a", SIX, `(${SIX})`],
    ]);
    expect(told("drift", { desired: [job], owned })).toEqual([["nimble/a", SIX, ""]]);
  });

  it("does not take a job that was never made for one that is gone", () => {
    expect(told("drift", { desired: [job] })).toEqual([]);
  });
});
