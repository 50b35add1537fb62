import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import schema from "../../schemas/plan.schema.json" with { type: "json" };
import { SecretRef } from "../../src/model/document.ts";
import {
  applyDocument,
  documentText,
  driftDocument,
  type PlanMeta,
  toPlanDocument,
} from "../../src/render/plan-document.ts";
import { readPlanDocument } from "../../src/render/plan-reader.ts";
import { createRedactor } from "../../src/render/redact.ts";
import { redactPlanDocument } from "../../src/render/redact-document.ts";
import { action, added, desiredJob, plan, removed, replaced, result, standing } from "./builders.ts";
import { hostilePlan } from "./hostile-plan.ts";

const META: PlanMeta = {
  tool: "jobwright/0.1.0",
  createdAt: "2026-11-23T10:00:00Z",
  environment: "prod",
  lineage: "l-1",
  serial: 4,
  flags: { prune: true },
};

const validate = new Ajv({ strict: true, strictTypes: false }).compile(schema);

function expectValid(document: unknown): void {
  expect(validate(JSON.parse(JSON.stringify(document))) ? [] : validate.errors).toEqual([]);
}

const UPDATE = action("nimble/a", "update", {
  changes: [replaced("/spec/schedule/cron", "0 6 * * *", "0 7 * * *")],
  requests: [{ method: "PATCH", path: "/v1/jobs/job_7", body: { schedule: { cron: "0 7 * * *", enabled: true } } }],
});

describe("toPlanDocument", () => {
  it("has the documented keys first, in their order", () => {
    const document = toPlanDocument(plan([UPDATE], { summary: { unchanged: 41, unmanaged: 3 } }), META);
    expect(Object.keys(document).slice(0, 7)).toEqual([
      "formatVersion",
      "tool",
      "createdAt",
      "digest",
      "summary",
      "actions",
      "warnings",
    ]);
    expect(Object.keys(document.summary).slice(0, 7)).toEqual([
      "create",
      "update",
      "replace",
      "delete",
      "adopt",
      "unchanged",
      "unmanaged",
    ]);
    expect(Object.keys(document.actions[0] ?? {}).slice(0, 7)).toEqual([
      "address",
      "action",
      "id",
      "source",
      "changes",
      "requests",
      "precondition",
    ]);
    expect(JSON.stringify(document.actions[0]?.changes)).toBe(
      '[{"op":"replace","path":"/spec/schedule/cron","before":"0 6 * * *","after":"0 7 * * *","cause":"pending"}]',
    );
    expect(JSON.stringify(document.actions[0]?.requests)).toBe(
      '[{"method":"PATCH","path":"/v1/jobs/job_7","body":{"schedule":{"cron":"0 7 * * *","enabled":true}}}]',
    );
    expectValid(document);
  });

  it("shows secrets as references, and leaves an object of the user's own alone", () => {
    const changes = [
      added("/spec/runtime/envs/K", { name: "K", value: new SecretRef("env:K") }),
      added("/spec/inputs", { data: { $secret: "not one" } }),
    ];
    const [first, second] =
      toPlanDocument(plan([action("blaxel/a", "update", { changes })]), META).actions[0]?.changes ?? [];
    expect(first?.after).toEqual({ name: "K", value: { $secret: "env:K" } });
    expect(second?.after).toEqual({ data: { $literal: { $secret: "not one" } } });
  });

  it("leaves out the sides that a change has not", () => {
    const changes = [added("/spec/a", null), removed("/spec/b", 1)];
    expect(toPlanDocument(plan([action("nimble/a", "update", { changes })]), META).actions[0]?.changes).toEqual([
      { op: "add", path: "/spec/a", after: null, cause: "pending" },
      { op: "remove", path: "/spec/b", before: 1, cause: "pending" },
    ]);
  });

  it("fits the schema whatever is in the plan", () => {
    fc.assert(
      fc.property(hostilePlan(), (hostileOne) => expectValid(toPlanDocument(hostileOne, META))),
      { numRuns: 60 },
    );
  });
});

describe("driftDocument", () => {
  it("says whether something drifted", () => {
    const standings = [
      {
        ...standing("nimble/p", "paused"),
        changes: [replaced("/spec/schedule/enabled", false, true, { cause: "paused" })],
      },
    ];
    const document = driftDocument(plan([], { drifted: true, standings }), META);
    expect(document.drifted).toBe(true);
    expectValid(document);
  });
});

describe("applyDocument", () => {
  it("puts a result on every action; what was never begun is skipped", () => {
    const results = new Map([
      ["nimble/a", result("applied", { id: "job_9", attempts: 1 })],
      [
        "nimble/b",
        result("failed", {
          reason: "auth",
          error: { code: "JW2001", message: "no" },
          request: "PATCH /v1/jobs/job_7",
          httpStatus: 401,
        }),
      ],
      ["nimble/d", result("applied", { notConverged: [replaced("/spec/a", 1, 2)] })],
    ]);
    const actions = ["nimble/a", "nimble/b", "nimble/c", "nimble/d"].map((address) => action(address, "update"));
    const document = applyDocument(plan(actions), results, META);
    expect(document.actions.map((each) => each.result)).toEqual([
      { status: "applied", class: "done", id: "job_9", attempts: 1 },
      {
        status: "failed",
        error: { code: "JW2001", message: "no" },
        class: "not-done",
        reason: "auth",
        request: "PATCH /v1/jobs/job_7",
        httpStatus: 401,
      },
      { status: "skipped", class: "not-sent" },
      {
        status: "applied",
        class: "done",
        notConverged: [{ op: "replace", path: "/spec/a", before: 1, after: 2, cause: "pending" }],
      },
    ]);
    expectValid(document);
  });
});

describe("readPlanDocument", () => {
  const whole = plan(
    [
      {
        ...UPDATE,
        desired: { ...desiredJob("nimble/a", { key: new SecretRef("env:K") }), ignore: ["/spec/x"] },
        keepsBase: true,
      },
      action("blaxel/gone", "delete", { id: "gone", removedBy: { commit: "c", author: "a", subject: "s" } }),
      action("blaxel/put", "replace", {
        changes: [
          replaced("/spec/a", SecretRef.masked(), new SecretRef("env:A"), { cause: "conflict", base: { $literal: 1 } }),
        ],
        carried: { paths: ["/spec/image"] },
        touched: { updatedAt: "2026-11-21T00:00:00Z" },
        doomed: ["put"],
        unverifiable: ["/spec/a"],
      }),
    ],
    { standings: [standing("nimble/o", "orphaned", "n")], warnings: [{ code: "JW1", message: "m" }], narrowed: true },
  );
  const text = documentText(toPlanDocument(whole, META));

  /** The document with something else at a place. */
  function edited(edit: (document: { [key: string]: unknown; actions: { [key: string]: unknown }[] }) => void): string {
    const document = JSON.parse(text);
    edit(document);
    return JSON.stringify(document);
  }

  it("reads back what was written", () => {
    const read = readPlanDocument(text);
    expect(read.meta).toEqual(META);
    expect(read.plan).toEqual(whole);
    expect(read.redacted).toEqual([]);
  });

  it("passes over fields that it does not know", () => {
    const more = edited((document) => {
      document["added"] = { later: true };
      for (const each of document.actions) each["added"] = 1;
    });
    expect(readPlanDocument(more).plan).toEqual(whole);
  });

  it.each([
    ["what is no JSON", "{", "the saved plan: the document is not whole JSON"],
    ["another document", "[]", "the document is not a plan"],
    ["a newer version", edited((d) => (d["formatVersion"] = 2)), "formatVersion 2; this one reads 1"],
    ["a missing field", edited((d) => delete d["digest"]), "must have required property 'digest'"],
    [
      "a wrong shape",
      edited((d) => (d.actions[1] = { ...d.actions[1], action: "upsert" })),
      "/actions/1/action must be equal to one of",
    ],
    [
      "a wrong value",
      edited(
        (d) =>
          (d.actions[0] = {
            ...d.actions[0],
            changes: [{ op: "add", path: "/a", after: { $secret: 1 }, cause: "pending" }],
          }),
      ),
      "/actions/0/changes/0/after holds what is no value",
    ],
    [
      "an op without its side",
      edited((d) => (d.actions[0] = { ...d.actions[0], changes: [{ op: "add", path: "/a", cause: "pending" }] })),
      "/actions/0/changes/0/after does not go with op add",
    ],
    ["one address twice", edited((d) => d.actions.push(d.actions[0] ?? {})), "/actions/3/address is there twice"],
    ["a target that is not there", edited((d) => (d["targets"] = {})), "/actions/0/target is not among the targets"],
    [
      "an address of another target",
      edited((d) => (d.actions[0] = { ...d.actions[0], address: "other/gone" })),
      "/actions/0/address does not begin with its target",
    ],
    [
      "another name inside",
      edited((d) => (d.actions[2] = { ...d.actions[2], address: "nimble/b" })),
      "/actions/2/desired/metadata/name is not the address's",
    ],
    [
      "the outcome of an apply",
      documentText(applyDocument(whole, new Map(), META)),
      "/actions/0/result says that this is the outcome of an apply",
    ],
    [
      "what is nested too deeply",
      edited((d) => (d["flags"] = JSON.parse(`${'{"a":'.repeat(600)}1${"}".repeat(600)}`))),
      "is nested deeper than 500 levels",
    ],
    ["what is nested far too deeply", `${"[".repeat(50_000)}${"]".repeat(50_000)}`, "is not a plan"],
  ])("refuses %s, naming the place", (_what, document, message) => {
    expect(() => readPlanDocument(document)).toThrow(message);
  });

  it("keeps odd keys as they are", () => {
    const odd = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
    const changes = [replaced("/spec/a", 1, odd)];
    const read = readPlanDocument(
      documentText(toPlanDocument(plan([action("nimble/a", "update", { changes })]), META)),
    );
    expect(JSON.stringify(read.plan.actions[0]?.changes[0]?.after)).toBe('{"__proto__":{"a":1},"constructor":2}');
  });
});

describe("redactPlanDocument", () => {
  const redactor = createRedactor(() => ["hunter22", "update", "nimble"]);

  it("blanks values, leaves identities and our own words, and marks what cannot be applied any more", () => {
    const clean = action("nimble/a", "update", { changes: [replaced("/spec/a", 1, 2)], notes: ["hunter22 in a note"] });
    const spoilt = action("nimble/b", "update", { changes: [replaced("/spec/b", "x hunter22", "y")] });
    const document = redactPlanDocument(toPlanDocument(plan([clean, spoilt]), META), redactor);
    expect(document.actions.map(({ address, action: kind, redacted }) => [address, kind, redacted])).toEqual([
      ["nimble/a", "update", undefined],
      ["nimble/b", "update", true],
    ]);
    expect(document.actions[0]?.notes).toEqual(["*** in a note"]);
    expect(document.actions[1]?.changes[0]?.before).toBe("x ***");
    expect(JSON.stringify(document)).not.toContain("hunter22");
    expectValid(document);
    expect(readPlanDocument(documentText(document)).redacted).toEqual(["nimble/b"]);
  });

  it("changes nothing where there is no secret", () => {
    const document = toPlanDocument(plan([UPDATE]), META);
    expect(
      redactPlanDocument(
        document,
        createRedactor(() => []),
      ),
    ).toEqual(document);
  });
});
