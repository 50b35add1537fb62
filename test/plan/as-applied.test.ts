import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Document, isList, isObject, SecretRef, type Value } from "../../src/model/document.ts";
import type { DesiredJob, LiveJob } from "../../src/model/job.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { JobState } from "../../src/model/state.ts";
import { isAsApplied } from "../../src/plan/as-applied.ts";
import { compareJob, diffJob } from "../../src/plan/job-diff.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { blaxelSpec, nimbleSpec, unknownFields, withTriggerIds } from "../support/arbitrary.ts";
import { blaxelJob, liveJob, liveNimble, nimbleJob, stateOf, testFingerprint } from "../support/jobs.ts";

const secrets = createSecretTable();
secrets.add("env:TOKEN", "the value");

interface Case {
  readonly desired: DesiredJob;
  readonly live: LiveJob;
  readonly state: JobState;
}

/** Something small done to one side: what a hand edit, a change in Git or the platform's own ways lead to. */
const tweak: fc.Arbitrary<(value: Value) => Value> = fc.oneof(
  { weight: 4, arbitrary: fc.constant((value: Value) => value) },
  { weight: 1, arbitrary: fc.constant(reversed) },
  { weight: 2, arbitrary: fc.nat(12).map((at) => (value: Value) => grown(value, at)) },
  { weight: 1, arbitrary: fc.nat(12).map((at) => (value: Value) => without(value, at)) },
  { weight: 1, arbitrary: fc.nat(12).map((at) => (value: Value) => flipped(value, at)) },
);

/** All lists the other way round. */
function reversed(value: Value): Value {
  if (isList(value)) return [...value].reverse().map(reversed);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, reversed(v)])) : value;
}

/** With a further field in the `at`th object. */
function grown(value: Value, at: number): Value {
  let left = at;
  const walk = (v: Value): Value => {
    if (isList(v)) return v.map(walk);
    if (!isObject(v)) return v;
    const more = left-- === 0 ? { more: 1 } : {};
    return { ...Object.fromEntries(Object.entries(v).map(([k, x]) => [k, walk(x)])), ...more };
  };
  return walk(value);
}

/** Without the `at`th field, counted through all objects. */
function without(value: Value, at: number): Value {
  let left = at;
  const walk = (v: Value): Value => {
    if (isList(v)) return v.map(walk);
    if (!isObject(v)) return v;
    return Object.fromEntries(Object.entries(v).flatMap(([k, x]) => (left-- === 0 ? [] : [[k, walk(x)]])));
  };
  return walk(value);
}

/** With the `at`th scalar another one. */
function flipped(value: Value, at: number): Value {
  let left = at;
  const walk = (v: Value): Value => {
    if (isList(v)) return v.map(walk);
    if (isObject(v)) return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, walk(x)]));
    if (left-- !== 0 || v instanceof SecretRef) return v;
    return typeof v === "boolean" ? !v : typeof v === "number" ? v + 1 : "other";
  };
  return walk(value);
}

const token = { name: "TOKEN", value: new SecretRef("env:TOKEN"), secret: true };
const withToken = (spec: { [key: string]: Value }, value: Value): { [key: string]: Value } => ({
  ...spec,
  runtime: { ...(isObject(spec["runtime"]) ? spec["runtime"] : {}), envs: [{ ...token, value }] },
});

const nimbleCase: fc.Arbitrary<Case> = fc
  .tuple(nimbleSpec, tweak, tweak, unknownFields)
  .map(([spec, hand, git, unknown]) => {
    const applied = nimbleJob("job", { agent_name: "agent", ...spec });
    const desired = nimbleJob("job", git(applied.document.spec) as never);
    const live = liveNimble(7, "job", { ...(hand(applied.document.spec) as object), ...unknown });
    return { desired, live, state: stateOf("job_7", applied) };
  });

const blaxelCase: fc.Arbitrary<Case> = fc
  .tuple(blaxelSpec, tweak, tweak, unknownFields, fc.boolean())
  .map(([spec, hand, git, unknown, secret]) => {
    const applied = blaxelJob("job", secret ? withToken(spec, token.value) : spec);
    const desired = blaxelJob("job", git(applied.document.spec) as never);
    const there = secret ? withToken(spec, SecretRef.masked()) : spec;
    const document = { metadata: { name: "job", ...unknown }, spec: withTriggerIds(hand(there) as never) };
    const live = liveJob("job", { ...unknown, ...document } as Document);
    const triggerIds = { "0": "one", "1": "two" };
    return { desired, live, state: stateOf("job", applied, secrets, secret ? { triggerIds } : {}) };
  });

const contextOf = ({ desired }: Case) => ({
  table: PROVIDERS[desired.provider].fields,
  secrets,
  fingerprint: testFingerprint,
  resume: false,
  rotated: new Set<string>(),
});

describe.each([
  ["nimble", nimbleCase],
  ["blaxel", blaxelCase],
])("a job of %s that is declared and live as it was applied", (_provider, cases) => {
  test("differs in nothing, whenever it is told at a glance", () => {
    let [told, all] = [0, 0];
    fc.assert(
      fc.property(cases, (one) => {
        const { desired, live, state } = one;
        const context = contextOf(one);
        const whole = compareJob(context, desired, live, state);
        all += 1;
        if (isAsApplied(context, desired.document, live.document, state.declared)) {
          told += 1;
          const { changes, paused, immutable, unverifiable } = whole;
          expect({ changes, paused, immutable, unverifiable }).toEqual({
            changes: [],
            paused: [],
            immutable: [],
            unverifiable: [],
          });
        }
        const { managed, ...found } = diffJob(context, desired, live, state);
        const { managed: allManaged, ...compared } = whole;
        expect(found).toEqual(compared);
        expect(managed()).toEqual(allManaged());
      }),
      { numRuns: 3000 },
    );
    // Both ways were taken.
    expect(told).toBeGreaterThan(all / 10);
    expect(told).toBeLessThan((all * 9) / 10);
  });
});

describe("what is not told at a glance", () => {
  const spec = { runtime: { envs: [token] } };
  const live = liveJob("job", { metadata: { name: "job" }, spec: withToken({}, SecretRef.masked()) });
  const context = contextOf({ desired: blaxelJob("job", spec), live, state: {} as JobState });
  const state = (declared: unknown) => ({ metadata: { name: "job" }, spec: { runtime: { envs: [declared] } } });
  const base = {
    name: "TOKEN",
    secret: true,
    value: { $secret: "env:TOKEN", fingerprint: testFingerprint("the value") },
  };

  test("a secret is the same by its fingerprint only", () => {
    const { document } = blaxelJob("job", spec);
    const at = (value: object): boolean =>
      isAsApplied(context, document, live.document, state({ ...base, value }) as never);
    expect(at(base.value)).toBe(true);
    expect(at({ ...base.value, fingerprint: testFingerprint("another") })).toBe(false);
    expect(at({ $secret: "env:TOKEN", fingerprint: "" })).toBe(false);
    const shown = liveJob("job", { metadata: { name: "job" }, spec: withToken({}, "the value") });
    expect(isAsApplied(context, document, shown.document, state(base) as never)).toBe(false);
  });

  test("a field that was declared and is no more, one that is declared null, a pause", () => {
    const nothing = { secrets, fingerprint: testFingerprint, table: PROVIDERS.nimble.fields };
    const spec = { schedule: { cron: "0 6 * * *", enabled: true } };
    expect(isAsApplied(nothing, { spec }, { spec }, { spec })).toBe(true);
    expect(isAsApplied(nothing, { spec: {} }, { spec }, { spec })).toBe(false);
    expect(isAsApplied(nothing, { spec: { a: null } }, { spec: { a: null } }, { spec: { a: null } })).toBe(false);
    const off = { schedule: { cron: "0 6 * * *", enabled: false } };
    expect(isAsApplied(nothing, { spec }, { spec: off }, { spec })).toBe(false);
  });

  test("another base, a longer live list", () => {
    const of = { secrets, fingerprint: testFingerprint, table: PROVIDERS.blaxel.fields };
    const spec = { policies: ["p"], enabled: true };
    expect(isAsApplied(of, { spec }, { spec }, { spec })).toBe(true);
    expect(isAsApplied(of, { spec }, { spec }, { spec: { ...spec, enabled: false } })).toBe(false);
    expect(isAsApplied(of, { spec }, { spec: { ...spec, policies: ["p", "q"] } }, { spec })).toBe(false);
  });

  test("a further key in an item: of a value list a difference, of a keyed one none", () => {
    const nimble = { secrets, fingerprint: testFingerprint, table: PROVIDERS.nimble.fields };
    const data = (item: JsonObject) => ({ spec: { inputs: { type: "inline", data: [item] } } });
    const [small, more] = [data({ a: 1 }), data({ a: 1, b: 2 })];
    expect(isAsApplied(nimble, small, small, small)).toBe(true);
    expect(isAsApplied(nimble, small, more, small)).toBe(false);
    expect(isAsApplied(nimble, small, small, more)).toBe(false);
    const blaxel = { ...nimble, table: PROVIDERS.blaxel.fields };
    const triggers = (item: JsonObject) => ({
      spec: {
        triggers: [
          { type: "cron", ...item },
          { type: "cron", ...item },
        ],
      },
    });
    expect(isAsApplied(blaxel, triggers({}), triggers({ id: "made-up" }), triggers({}))).toBe(true);
    const [first] = triggers({}).spec.triggers;
    const one = { spec: { triggers: [first ?? {}] } };
    expect(isAsApplied(blaxel, one, triggers({}), one)).toBe(false);
  });
});
