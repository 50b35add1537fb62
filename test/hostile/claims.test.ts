import fc from "fast-check";
import { expect, test } from "vitest";
import { driftExitCode } from "../../src/commands/plan.ts";
import { addressOf, splitAddress } from "../../src/model/job.ts";
import type { State } from "../../src/model/state.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { liveNimble, nimbleJob, planInput, state, stateOf } from "../support/jobs.ts";

const SPEC = { agent_name: "amazon_pdp", schedule: { cron: "0 6 * * *", enabled: true } };
const job = (name: string) => nimbleJob(name, SPEC);
const owned = (name: string, id: string) => [`nimble/${name}`, stateOf(id, job(name))] as const;
const stateWith = (...jobs: readonly (readonly [string, ReturnType<typeof stateOf>])[]): State =>
  state(Object.fromEntries(jobs));

test("A61 an address is of one target and one name, whatever the name holds", () => {
  const target = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,9}$/);
  const name = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom("nimble/a", "a/b/c", "/", "..", "é"));
  fc.assert(
    fc.property(target, name, (one, other) => {
      expect(splitAddress(addressOf(one, other))).toEqual({ target: one, name: other });
    }),
  );
  // A live job whose name looks like another target's address is nobody's but its own target's.
  const plan = makePlan(
    planInput({
      desired: [nimbleJob("a", SPEC, { address: "eu/a", target: "eu" })],
      live: new Map([
        ["eu", [liveNimble(1, "a", SPEC)]],
        ["nimble", [liveNimble(1, "eu/a", SPEC)]],
      ]),
    }),
  );
  expect(plan.standings).toMatchObject([{ kind: "unmanaged", address: "nimble/eu/a", target: "nimble" }]);
  expect(plan.actions).toMatchObject([{ action: "adopt", address: "eu/a", id: "job_1" }]);
});

test("A68 a state that gives one live job two addresses is refused, both named, declared or not", () => {
  const live = new Map([["nimble", [liveNimble(7, "a", SPEC)]]]);
  for (const desired of [[], [job("a")], [job("a"), job("b")]]) {
    for (const prune of [false, true]) {
      const flags = { ...planInput({}).flags, prune };
      const plan = makePlan(
        planInput({ desired, live, flags, state: stateWith(owned("a", "job_7"), owned("b", "job_7")) }),
      );
      expect(plan.refusals[0]).toMatchObject({
        code: "JW3010",
        message: expect.stringContaining("nimble/a and nimble/b"),
      });
      expect(driftExitCode(plan)).toBe(3);
    }
  }
});

test("A68 a job that is ours under another address is not adopted under a second one", () => {
  const plan = makePlan(
    planInput({
      desired: [job("a")],
      live: new Map([["nimble", [liveNimble(7, "a", SPEC)]]]),
      state: stateWith(owned("moved", "job_7")),
    }),
  );
  expect(plan.refusals).toMatchObject([
    { code: "JW3010", message: expect.stringContaining("nimble/a and nimble/moved") },
  ]);
});

test("A68 A78 two targets of one account cannot claim one job, also where only one of them is planned", () => {
  const account = { provider: "nimble", origin: "https://sdk.nimbleway.com" } as const;
  const renamed = nimbleJob("a", SPEC, { address: "eu/a", target: "eu" });
  const plan = makePlan(
    planInput({
      desired: [renamed],
      live: new Map([["eu", [liveNimble(7, "a", SPEC)]]]),
      targets: { eu: account },
      state: { ...stateWith(owned("a", "job_7")), targets: { nimble: account } },
    }),
  );
  expect(plan.refusals).toMatchObject([{ code: "JW3010", message: expect.stringContaining("eu/a and nimble/a") }]);
});

test("A68 equal ids of different accounts, and a replace under way, are no claim", () => {
  const elsewhere = { provider: "nimble", origin: "https://other.example" } as const;
  const here = { provider: "nimble", origin: "https://sdk.nimbleway.com" } as const;
  const [address, old] = owned("old", "job_7");
  const replacing = stateOf("job_8", job("a"), undefined, { doomed: [{ id: "job_7" }] });
  const plan = makePlan(
    planInput({
      desired: [job("a")],
      live: new Map([["nimble", [liveNimble(7, "old", SPEC), liveNimble(8, "a", SPEC)]]]),
      targets: { nimble: here },
      flags: { ...planInput({}).flags, allowReplace: true },
      state: {
        ...stateWith([address, old], ["nimble/a", replacing], ["eu/a", stateOf("job_8", job("a"))]),
        targets: { nimble: here, eu: elsewhere },
      },
    }),
  );
  expect(plan.refusals).toEqual([]);
});
