import { describe, expect, it } from "vitest";
import type { Intent } from "../../src/model/state.ts";
import { rosterOf } from "../../src/plan/roster.ts";
import { blaxelJob, liveJob, liveNimble, nimbleJob, planInput, state, stateOf } from "../support/jobs.ts";

const target = (provider: "nimble" | "blaxel") => ({ provider, origin: "https://x.example" });
const spec = { agent_name: "a" };
const intent: Intent = {
  ...{ seq: 1, run: "r", at: "2026-11-23T11:00:00Z", address: "nimble/made", target: "nimble", action: "create" },
  ...{ name: "made", apiVersion: "nimbleway.com/v1" },
};

describe("rosterOf", () => {
  it("holds the declared, the owned and the live, by address", () => {
    const declared = nimbleJob("declared", spec);
    const gone = nimbleJob("gone", spec);
    const roster = rosterOf(
      planInput({
        desired: [declared, nimbleJob("new", spec)],
        state: state({
          "nimble/declared": stateOf("job_1", declared),
          "nimble/gone": stateOf("job_2", gone),
        }),
        targets: { nimble: target("nimble") },
        live: new Map([
          ["nimble", [liveNimble(1, "declared", spec), liveNimble(2, "gone", spec), liveNimble(3, "foreign", spec)]],
        ]),
      }),
    );
    expect(roster.jobs.map(({ address, live }) => [address, live?.id])).toEqual([
      ["nimble/declared", "job_1"],
      ["nimble/foreign", "job_3"],
      ["nimble/gone", "job_2"],
      ["nimble/new", undefined],
    ]);
    expect([roster.live, roster.unmanaged]).toEqual([3, 1]);
  });

  it("tells jobs of one name apart, and lists them by id", () => {
    const live = [liveNimble(9, "x", spec), liveNimble(4, "x", spec)];
    const roster = rosterOf(planInput({ targets: { nimble: target("nimble") }, live: new Map([["nimble", live]]) }));
    expect(roster.jobs.map((job) => job.live?.id)).toEqual(["job_4", "job_9"]);
  });

  it("takes the provider of a job that no manifest declares from its target or its state", () => {
    const orphan = blaxelJob("orphan", {});
    const roster = rosterOf(
      planInput({
        state: state({ "eu/orphan": stateOf("orphan", orphan) }),
        targets: { eu: target("blaxel") },
        live: new Map([["eu", [liveJob("other", { metadata: { name: "other" }, spec: {} })]]]),
      }),
    );
    expect(roster.jobs.map(({ address, provider }) => [address, provider])).toEqual([
      ["eu/orphan", "blaxel"],
      ["eu/other", "blaxel"],
    ]);
  });

  it("lists what is in scope, and counts all that was read", () => {
    const roster = rosterOf(
      planInput({
        desired: [nimbleJob("a", spec), nimbleJob("b", spec)],
        inScope: (address) => address === "nimble/a",
        targets: { nimble: target("nimble") },
        live: new Map([["nimble", [liveNimble(1, "a", spec), liveNimble(2, "b", spec), liveNimble(3, "c", spec)]]]),
      }),
    );
    expect(roster.jobs.map(({ address }) => address)).toEqual(["nimble/a"]);
    expect([roster.live, roster.unmanaged]).toEqual([3, 1]);
  });

  it("does not count a job that is on its way out", () => {
    const leaving = liveJob("old", { metadata: { name: "old" }, spec: {} }, { facts: { status: "DELETING" } });
    const roster = rosterOf(
      planInput({ targets: { blaxel: target("blaxel") }, live: new Map([["blaxel", [leaving]]]) }),
    );
    expect(roster).toEqual({ jobs: [], live: 0, unmanaged: 0 });
  });

  it("knows open intents, also of jobs that nothing else speaks of", () => {
    const open = { ...state({}), open: [intent, { ...intent, seq: 2, address: "nimble/lost", name: "lost" }] };
    const roster = rosterOf(
      planInput({
        desired: [nimbleJob("made", spec)],
        state: open,
        targets: { nimble: target("nimble") },
        live: new Map([["nimble", []]]),
      }),
    );
    expect(roster.jobs.map(({ address, open }) => [address, open?.seq])).toEqual([
      ["nimble/lost", 2],
      ["nimble/made", 1],
    ]);
  });

  it("takes a live job for what an open create made, but not one that was there before", () => {
    const rosterWith = (before: readonly string[]) =>
      rosterOf(
        planInput({
          state: { ...state({}), open: [{ ...intent, before }] },
          targets: { nimble: target("nimble") },
          live: new Map([["nimble", [liveNimble(1, "made", spec)]]]),
        }),
      ).jobs.map(({ live, open }) => [live?.id, open?.seq]);
    expect(rosterWith([])).toEqual([["job_1", 1]]);
    expect(rosterWith(["job_1"])).toEqual([
      [undefined, 1],
      ["job_1", undefined],
    ]);
  });
});
