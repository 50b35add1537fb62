import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretRef } from "../../src/model/document.ts";
import { FIELD_OWNERS, type FieldRow } from "../../src/model/status.ts";
import { widthOf } from "../../src/render/safe.ts";
import { ownersText, renderFields } from "../../src/render/status-fields.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { actsOnTerminal, commandsRunner, hostile } from "./hostile.ts";
import { FIELDS, row } from "./status-builders.ts";

const ROW = row("j", {
  standing: "drifted",
  source: { file: "jobs/j.yaml", line: 3, column: 1 },
  notes: ["changed live: spec.runtime.memory"],
});

describe("the fields of a job in the terminal", () => {
  it("stand with their owners, live values, and what is declared where it differs", () => {
    expect(renderFields(ROW, FIELDS, PLAIN_STYLE).split("\n")).toEqual([
      "nimble/j  drifted  job_1  jobs/j.yaml:3",
      "    changed live: spec.runtime.memory",
      "",
      '  metadata.name            declared             "j"',
      '  spec.description         no longer declared   "old"',
      "                                                to be removed  (pending: Git moved)",
      "  spec.enabled             platform default     true",
      "  spec.future              unknown field        { a: 1 }",
      '  spec.runtime.image       filled by bl deploy  "registry/x:1"',
      "  spec.runtime.memory      declared             4096",
      "                                                Git: 8192  (drift: live moved)",
      "  spec.runtime.timeout     by hand or other     60",
      "  spec.runtime.maxRetries  ignored              1",
      "                                                Git: 2",
      "  spec.region              declared             (not live)",
      '                                                Git: "eu"  (conflict: both moved)',
      "",
      "9 fields: 3 declared, 1 no longer declared, 1 ignored, 1 filled by bl deploy, 1 platform default, 1",
      "by hand or other, 1 unknown field.",
    ]);
  });

  it("show no secret and say how many there are", () => {
    const fields: readonly FieldRow[] = [
      {
        path: "/spec/runtime/envs/KEY/value",
        owner: "declared",
        secret: true,
        live: SecretRef.masked(),
        declared: new SecretRef("env:KEY"),
        cause: "pending",
      },
    ];
    expect(renderFields(row("j"), fields, PLAIN_STYLE).split("\n").slice(2)).toEqual([
      "  spec.runtime.envs[KEY].value  declared, secret  (secret, not shown)",
      "                                                  Git: (secret env:KEY)  (pending: Git moved)",
      "",
      "1 field: 1 declared; 1 value is secret.",
    ]);
  });

  it("have a line of their own where there is little room", () => {
    const fields: readonly FieldRow[] = [
      { path: "/spec/triggers/cron[0]/configuration/schedule", owner: "declared", live: "0 6 * * *" },
      { path: "/spec/enabled", owner: "filled", by: "the platform", live: false, declared: true, cause: "unknown" },
    ];
    const lines = (width: number) =>
      renderFields(row("j"), fields, { ...PLAIN_STYLE, width })
        .split("\n")
        .slice(2, -2);
    expect(lines(60)).toEqual([
      "  spec.triggers.cron[0].configuration.schedule",
      "    declared",
      '    "0 6 * * *"',
      "  spec.enabled                      filled by the platform",
      "    false",
      "    Git: true  (which side moved is not known)",
    ]);
    expect(lines(80)).toEqual([
      "  spec.triggers.cron[0].configuration.schedule",
      '                                declared                "0 6 * * *"',
      "  spec.enabled                  filled by the platform  false",
      "                                                        Git: true",
      "                                                        (which side moved is not known)",
    ]);
  });

  it("are none of a job without any", () => {
    expect(ownersText([])).toBe("No fields.");
  });

  it("keep to the columns there are and show nothing that acts, whatever stands in them", () => {
    const field: fc.Arbitrary<FieldRow> = fc
      .record({
        key: hostile,
        owner: fc.constantFrom(...FIELD_OWNERS),
        live: fc.oneof(hostile, fc.integer()),
        declared: hostile,
        cause: fc.constantFrom("pending" as const, "drift" as const, "conflict" as const),
      })
      .map(({ key, ...rest }) => ({
        path: `/spec/runtime/envs/${key.replaceAll("~", "~0").replaceAll("/", "~1")}/value`,
        ...rest,
      }));
    fc.assert(
      fc.property(
        hostile,
        fc.array(field, { maxLength: 4 }),
        fc.integer({ min: 60, max: 200 }),
        (name, fields, width) => {
          const text = renderFields(row(name), fields, { ...PLAIN_STYLE, width });
          expect(actsOnTerminal(text)).toBe(false);
          expect(commandsRunner(text)).toBe(false);
          const [, , ...lines] = text.split("\n");
          // A path is cut to the line only, so its row may be longer by the owner and twenty columns of value.
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width + 60);
        },
      ),
      { numRuns: 200 },
    );
  });
});
