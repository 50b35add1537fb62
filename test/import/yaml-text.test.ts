import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { hasReference } from "../../src/import/references.ts";
import { toFlowYaml, toYaml } from "../../src/import/yaml-text.ts";
import type { Lookups } from "../../src/manifest/interpolate.ts";
import { resolveString } from "../../src/manifest/interpolate.ts";
import { mapStrings } from "../../src/manifest/lookups.ts";
import { parseYaml } from "../../src/manifest/parse.ts";
import { Source } from "../../src/manifest/source.ts";
import { SecretRef, type Value } from "../../src/model/document.ts";
import { trickyText } from "../support/live-jobs.ts";

const scalar = fc.oneof(
  trickyText,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const value: fc.Arbitrary<Value> = fc.letrec<{ any: Value }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(trickyText, tie("any"), { maxKeys: 3 }),
  ),
})).any;

const NOTHING: Lookups = {
  variable: () => ({ silent: true }),
  env: () => ({ silent: true }),
  file: () => ({ silent: true }),
  reveal: () => undefined,
  keep: () => {},
};

/** A text as the manifest reader takes it, references resolved: there are none. */
function readBack(text: string, vendorForms: boolean): Value {
  const source = new Source("x.yaml", text);
  const [document] = parseYaml(source, { lint: true });
  expect(source.diagnostics()).toEqual([]);
  return mapStrings(document?.value ?? null, [], (written) => {
    const resolved = resolveString(written, vendorForms, NOTHING, []);
    expect(resolved, written).not.toBeUndefined();
    return resolved ?? "";
  });
}

/** -0 is 0 to everybody but JavaScript. */
const normal = (v: Value): unknown => JSON.parse(JSON.stringify(v));

describe("values as YAML", () => {
  it.each([
    ["Nimble", false],
    ["Blaxel", true],
  ])("read back as they were, by us (%s)", (_platform, vendorForms) => {
    fc.assert(
      fc.property(value, fc.boolean(), (v, blocks) => {
        const wrapped = { key: v };
        expect(normal(readBack(toYaml(wrapped, { vendorForms, blocks }), vendorForms))).toEqual(normal(wrapped));
        expect(normal(readBack(`[ ${toFlowYaml(wrapped, { vendorForms, blocks })} ]`, vendorForms))).toEqual([
          normal(wrapped),
        ]);
      }),
      { numRuns: 400 },
    );
  });

  it("read as the same by readers of YAML 1.1", () => {
    fc.assert(
      fc.property(value, (v) => {
        const text = toYaml({ key: v }, { vendorForms: false, blocks: true });
        expect(parse(text, { version: "1.1", merge: true })).toEqual(parse(text, { version: "1.2" }));
      }),
      { numRuns: 400 },
    );
  });

  it("are plain where they can be, and in quotes or blocks where not", () => {
    const yaml = toYaml(
      {
        ...{ plain: "a b", path: "s3://x/y", no: "no", zip: "01234", date: "2026-01-01", cron: "0 6 * * *" },
        ...{ lines: "a\nb\n", trailing: "a \nb", escape: "a${b}", secret: new SecretRef("env:TOKEN") },
        ...{ list: ["x"], none: [], "<<": 1, on: true, tabs: "\t" },
      },
      { vendorForms: true, blocks: true },
    );
    expect(yaml).toBe(String.raw`plain: a b
path: s3://x/y
"no": "no"
zip: "01234"
date: "2026-01-01"
cron: "0 6 * * *"
lines: |
  a
  b
trailing: "a \nb"
escape: "a$${"${"}b}"
secret: "${"${"}env:TOKEN}"
list:
  - x
none: []
"<<": 1
"on": true
tabs: "\t"
`);
  });
});

describe("references", () => {
  it("are told from text that only looks like them", () => {
    const found = (texts: readonly string[], vendorForms: boolean) =>
      texts.filter((text) => hasReference(text, vendorForms));
    const texts = [
      "${var:a}",
      "x${env:A}y",
      "${file:a}",
      "${A}",
      "$secrets.A",
      "$${env:A}",
      "$$secrets.A",
      "$",
      "${",
      "a{b}",
      "${var:",
    ];
    expect(found(texts, false)).toEqual(["${var:a}", "x${env:A}y", "${file:a}", "${var:"]);
    expect(found(texts, true)).toEqual(["${var:a}", "x${env:A}y", "${file:a}", "${A}", "$secrets.A", "${var:"]);
  });
});
