import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical } from "../../src/document/canonical.ts";
import { leafPaths, valueAt } from "../../src/document/edit.ts";
import { type Document, isObject, type Value } from "../../src/model/document.ts";
import type { DesiredJob, LiveJob } from "../../src/model/job.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { PlannedRequest } from "../../src/model/plan.ts";
import type { JobState } from "../../src/model/state.ts";
import { diffMatch } from "../../src/plan/action.ts";
import { digestOf } from "../../src/plan/digest.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { blaxelMetadata, blaxelSpec, nimbleSpec, unknownFields, withTriggerIds } from "../support/arbitrary.ts";
import { blaxelJob, liveJob, liveNimble, nimbleJob, planInput, state, stateOf } from "../support/jobs.ts";

/** A desired job, the live one, and perhaps what was applied before. */
interface Case {
  readonly desired: DesiredJob;
  readonly live: LiveJob;
  readonly state?: JobState;
}

const nimbleCase: fc.Arbitrary<Case> = fc
  .tuple(nimbleSpec, nimbleSpec, unknownFields, fc.option(nimbleSpec, { nil: undefined }))
  .map(([declared, live, unknown, base]) => ({
    desired: nimbleJob("job", { agent_name: "agent", ...declared }),
    live: liveNimble(7, "job", { agent_name: "agent", ...live, ...unknown }),
    ...(base === undefined ? {} : { state: stateOf("job_7", nimbleJob("job", { agent_name: "agent", ...base })) }),
  }));

const blaxelCase: fc.Arbitrary<Case> = fc
  .tuple(
    blaxelMetadata,
    blaxelSpec,
    blaxelMetadata,
    blaxelSpec,
    unknownFields,
    fc.option(blaxelSpec, { nil: undefined }),
  )
  .map(([metadata, declared, liveMetadata, live, unknown, base]) => ({
    desired: blaxelJob("job", declared, { document: { metadata: { name: "job", ...metadata }, spec: declared } }),
    live: liveJob("job", {
      ...unknown,
      metadata: { name: "job", ...liveMetadata, ...unknown },
      spec: withTriggerIds({ ...live, ...unknown }),
    }),
    ...(base === undefined ? {} : { state: stateOf("job", blaxelJob("job", base)) }),
  }));

/** What the platform holds after a request: Nimble replaces top-level fields, Blaxel the whole job. */
function afterwards(live: LiveJob, request: PlannedRequest): LiveJob {
  const body = request.body;
  if (!isObject(body)) throw new Error("a request without body");
  if (request.method === "PUT") return { ...live, document: body as Document };
  const spec: { [key: string]: Value } = { ...live.document.spec, ...body };
  return { ...live, document: { ...live.document, spec } };
}

function diffOf(one: Case) {
  const diff = diffMatch(planInput({ flags: { ...planInput({}).flags, resume: true } }), one);
  if (diff === undefined) throw new Error("no live job");
  return diff;
}

function requestOf(one: Case): PlannedRequest | undefined {
  const { desired, live } = one;
  return PROVIDERS[desired.provider].updateRequest(desired.apiVersion, live, diffOf(one).changes);
}

describe.each([
  ["nimble", nimbleCase],
  ["blaxel", blaxelCase],
])("laws of %s", (provider, cases) => {
  test("what is applied has nothing left to do", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const request = requestOf(one);
        if (request === undefined) return;
        const live = afterwards(one.live, request);
        const again = { desired: one.desired, live, state: stateOf(live.id, one.desired) };
        expect(diffOf(again).changes).toEqual([]);
        expect(diffOf({ desired: one.desired, live }).changes).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  test("what is not ours is the same before and after, to the byte", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const request = requestOf(one);
        if (request === undefined) return;
        const { fields } = PROVIDERS[one.desired.provider];
        const done = afterwards(one.live, request);
        const { changes, managed } = diffOf(one);
        const ours = [...managed().keys(), ...changes.map((c) => c.path)];
        for (const path of leafPaths(fields, one.live.document)) {
          if (ours.some((mine) => path === mine || path.startsWith(`${mine}/`))) continue;
          expect([path, valueAt(fields, done.document, path)]).toEqual([
            path,
            valueAt(fields, one.live.document, path),
          ]);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test("a job diffed against itself differs in nothing", () => {
    fc.assert(
      fc.property(cases, ({ desired, live }) => {
        const same = { ...desired, document: live.document };
        expect(diffOf({ desired: same, live }).changes).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("the digest is blind to order and to what is not ours", () => {
    fc.assert(
      fc.property(cases, unknownFields, (one, further) => {
        const live = {
          ...one.live,
          document: { ...one.live.document, spec: { ...one.live.document.spec, ...further } },
        };
        const plan = (job: LiveJob) =>
          makePlan(planInput({ desired: [one.desired], live: new Map([[provider, [job]]]), state: state({}) }));
        const [a, b] = [plan(one.live), plan(live)];
        expect(b.digest).toBe(a.digest);
        expect(digestOf(a.actions.map((x) => ({ ...x, changes: [...x.changes].reverse() })))).toBe(a.digest);
      }),
      { numRuns: 300 },
    );
  });
});

describe("requests", () => {
  test("a PATCH holds exactly the top-level fields that changed, nested objects whole", () => {
    fc.assert(
      fc.property(nimbleCase, (one) => {
        const request = requestOf(one);
        const changed = new Set(diffOf(one).changes.map((c) => c.path.split("/")[2]));
        expect(new Set(Object.keys((request?.body ?? {}) as JsonObject))).toEqual(changed);
        const schedule = (request?.body as JsonObject | undefined)?.["schedule"];
        if (isObject(schedule)) expect(Object.keys(schedule).sort()).toEqual(["cron", "enabled"]);
      }),
      { numRuns: 800 },
    );
  });

  test("a PUT holds the live job with nothing but the changes", () => {
    fc.assert(
      fc.property(blaxelCase, (one) => {
        const request = requestOf(one);
        if (request === undefined) return;
        const { live } = one;
        expect(Object.keys(request.body as JsonObject).sort()).toEqual(Object.keys(live.document).sort());
        if (diffOf(one).changes.every((c) => c.path.startsWith("/metadata"))) {
          expect(canonical((request.body as JsonObject)["spec"] ?? null)).toBe(canonical(live.document.spec));
        }
      }),
      { numRuns: 800 },
    );
  });
});
