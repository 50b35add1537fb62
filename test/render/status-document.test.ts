import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import schema from "../../schemas/status.schema.json" with { type: "json" };
import { SecretRef } from "../../src/model/document.ts";
import { FIELD_OWNERS, STANDINGS } from "../../src/model/status.ts";
import { documentText } from "../../src/render/plan-document.ts";
import { createRedactor } from "../../src/render/redact.ts";
import { statusDocument } from "../../src/render/status-document.ts";
import { hostile } from "./hostile.ts";
import { ALL_STANDINGS, FIELDS, row, statusWith } from "./status-builders.ts";

const META = { tool: "jobwright/0.1.0", createdAt: "2026-11-23T12:00:00.000Z", environment: "prod" };
const NO_SECRETS = createRedactor(() => []);

const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(schema);

/** What a reader of the document sees. */
function read(document: object): unknown {
  return JSON.parse(documentText(document));
}

describe("a status document", () => {
  it("holds what is known of a job", () => {
    const hold = { until: "2026-12-01T00:00:00Z", reason: "outage" };
    const job = row("a", {
      ...{ standing: "held", also: ["paused"], notes: ["n"], hold, deployment: "DEPLOYED" },
      source: { file: "jobs/a.yaml", line: 1, column: 1 },
      changes: [{ path: "/spec/schedule/enabled", cause: "paused" }],
    });
    expect(read(statusDocument(statusWith([job], { narrowed: true }), META, NO_SECRETS))).toMatchObject({
      formatVersion: 1,
      tool: "jobwright/0.1.0",
      createdAt: "2026-11-23T12:00:00.000Z",
      environment: "prod",
      narrowed: true,
      jobs: [
        {
          address: "nimble/a",
          standing: "held",
          also: ["paused"],
          target: "nimble",
          provider: "nimble",
          id: "job_1",
          live: true,
          source: { file: "jobs/a.yaml", line: 1, column: 1 },
          notes: ["n"],
          changes: [{ path: "/spec/schedule/enabled", cause: "paused" }],
          schedules: [{ cron: "0 6 * * *", words: "At 06:00", on: true }],
          nextRun: "2026-11-24T06:00:00.000Z",
          lastRun: { at: "2026-11-23T06:00:04Z", status: "SUCCESS" },
          deployment: "DEPLOYED",
          lastChange: { at: "2026-11-02T10:15:00Z", sinceApply: false },
          hold,
        },
      ],
      summary: {
        jobs: 1,
        standings: { held: 1, "in-sync": 0 },
        live: 1,
        managed: 1,
        unmanaged: 0,
        managedPercent: 100,
      },
      warnings: [],
    });
  });

  it("fits its schema: every standing, every owner, nothing at all, anything from outside", () => {
    const fits = (document: object): void => {
      validate(read(document));
      expect(validate.errors ?? []).toEqual([]);
    };
    fits(statusDocument(ALL_STANDINGS, META, NO_SECRETS));
    fits(statusDocument(statusWith([row("a")]), META, NO_SECRETS, FIELDS));
    fits(statusDocument(statusWith([]), META, NO_SECRETS));
    fc.assert(
      fc.property(hostile, (text) => {
        const job = row(text, {
          notes: [text],
          lastRun: { at: text, status: text },
          lastChange: { at: text, by: text },
        });
        fits(statusDocument(statusWith([job], { warnings: [{ code: "JW3006", message: text }] }), META, NO_SECRETS));
      }),
    );
  });

  it("has a schema that refuses what it should", () => {
    const document = read(statusDocument(statusWith([row("a")]), META, NO_SECRETS)) as { jobs: object[] };
    expect(validate(document)).toBe(true);
    expect(validate({ ...document, formatVersion: 2 })).toBe(false);
    expect(validate({ ...document, jobs: [{ ...document.jobs[0], standing: "fine" }] })).toBe(false);
    expect(validate({ ...document, jobs: [{ ...document.jobs[0], nextRun: "soon" }] })).toBe(false);
    expect(validate({ ...document, later: 1 })).toBe(true);
  });

  it("has a schema that names the same standings and owners as the code", () => {
    const { definitions, properties } = schema;
    expect(definitions.standing.enum).toEqual([...STANDINGS]);
    expect(properties.summary.properties.standings.required).toEqual([...STANDINGS]);
    expect(definitions.field.properties.owner.enum).toEqual([...FIELD_OWNERS]);
  });

  it("holds no secret's value: references in fields, and nothing where one was typed in plain", () => {
    const redactor = createRedactor(() => ["hush-hush"]);
    const text = "the hush-hush one";
    const job = row("a", {
      ...{ notes: [text], lastRun: { at: "x", status: text }, lastChange: { at: "x", by: text }, deployment: text },
      schedules: [{ cron: text, words: text, on: true }],
      hold: { until: "x", reason: text },
    });
    const fields = [
      { path: "/spec/a", owner: "other" as const, live: text },
      { path: "/spec/b", owner: "declared" as const, live: [text], declared: new SecretRef("env:KEY") },
    ];
    const document = statusDocument(
      statusWith([job], { warnings: [{ code: "JW3006", message: text }] }),
      META,
      redactor,
      fields,
    );
    expect(documentText(document)).not.toContain("hush");
    expect(document.jobs[0]?.fields?.[1]?.declared).toEqual({ $secret: "env:KEY" });
  });
});
