import { describe, expect, it } from "vitest";
import type { Intent, State } from "../../src/model/state.ts";
import { applyChange, applySettlement, createDraft, emptyState } from "../../src/state/changes.ts";
import { done, jobState, wanted } from "./support/builders.ts";

const empty = emptyState({ lineage: "aa", salt: "bb", environment: "prod" });
const intent: Intent = { ...wanted("a"), seq: 7, run: "r", at: "2026-01-01T00:00:00Z" };
const open: State = { ...empty, open: [intent] };

describe("changes of a state", () => {
  it("begin with nothing", () => {
    expect(empty).toMatchObject({ formatVersion: 1, serial: 0, environment: "prod", jobs: {}, open: [], applied: [] });
  });

  it("put, replace and remove jobs without touching what was given", () => {
    const frozen = JSON.stringify(empty);
    const one = applyChange(empty, { kind: "put", address: "nimble/__proto__", job: jobState("1") });
    expect(Object.keys(one.jobs)).toEqual(["nimble/__proto__"]);
    const two = applyChange(one, { kind: "put", address: "nimble/__proto__", job: jobState("2", { protect: true }) });
    expect(two.jobs["nimble/__proto__"]).toEqual(jobState("2", { protect: true }));
    expect(applyChange(two, { kind: "remove", address: "nimble/__proto__" }).jobs).toEqual({});
    expect(applyChange(two, { kind: "remove", address: "nimble/other" })).toEqual(two);
    expect(JSON.stringify(empty)).toBe(frozen);
    expect(one.jobs["nimble/__proto__"]?.id).toBe("1");
  });

  it("add targets to those known", () => {
    const nimble = { provider: "nimble", origin: "https://n.invalid" } as const;
    const blaxel = { provider: "blaxel", origin: "https://b.invalid", workspace: "w" } as const;
    const one = applyChange(empty, { kind: "targets", targets: { nimble } });
    expect(applyChange(one, { kind: "targets", targets: { blaxel } }).targets).toEqual({ nimble, blaxel });
  });

  it("remember the last hundred applied plans, each once, newest last", () => {
    let state: State = empty;
    for (let n = 0; n < 120; n += 1) state = applyChange(state, { kind: "applied", digest: `d${n}` });
    expect(state.applied).toHaveLength(100);
    expect(state.applied[0]).toBe("d20");
    state = applyChange(state, { kind: "applied", digest: "d50" });
    expect(state.applied).toHaveLength(100);
    expect(state.applied.at(-1)).toBe("d50");
  });

  it("end intents: done and not-done close them, unknown does not", () => {
    const made = applySettlement(open, done(intent, "job_1"));
    expect(made.open).toEqual([]);
    expect(made.jobs["nimble/a"]?.id).toBe("job_1");
    expect(applySettlement(open, { seq: 7, kind: "not-done" })).toEqual(empty);
    expect(applySettlement(open, { seq: 7, kind: "unknown" })).toEqual(open);
    expect(applySettlement(made, done(intent, "job_1"))).toEqual(made);
  });

  it("count in a draft, which answers the same object until something changes", () => {
    const draft = createDraft(open);
    expect(draft.state()).toBe(open);
    draft.apply({ kind: "settle", settlement: { seq: 7, kind: "not-done" } });
    expect(draft.state()).toBe(draft.state());
    expect(draft.state().serial).toBe(1);
    expect(open.open).toHaveLength(1);
  });

  it("stay quick with many jobs", () => {
    const draft = createDraft(empty);
    for (let n = 0; n < 20_000; n += 1) {
      draft.apply({ kind: "change", change: { kind: "put", address: `nimble/j${n}`, job: jobState(`${n}`) } });
    }
    expect(Object.keys(draft.state().jobs)).toHaveLength(20_000);
  });
});
