import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { load, makeProject, parse } from "./project.ts";

/** Pieces of which YAML is made, right or wrong. */
const PIECES = [
  ..."-?:,[]{}#&*!|>'\"%@`~<=\n\t \\$",
  "- ",
  ": ",
  "\n  ",
  "\n---\n",
  "&a ",
  "*a",
  "<<: ",
  "!!str ",
  "|\n  x",
  "%YAML 1.1\n",
  "1e9",
  "0777",
  '"\\u00',
  "😀",
  "${env:A}",
  "${var:",
  "spec",
  "name: x",
  "apiVersion: nimbleway.com/v1\n",
];

function wellFormed(diagnostics: readonly Diagnostic[]): void {
  for (const { line, column, endLine, frame, message, hint } of diagnostics) {
    expect(message).not.toBe("");
    expect(hint, message).toMatch(/\w/);
    if (line === undefined) continue;
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(endLine).toBeGreaterThanOrEqual(line);
    if (frame !== undefined) expect(frame).toMatch(/^ *\d+ \|/);
  }
}

describe("whatever stands in a file", () => {
  it("is parsed, or told about with a place", () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (each) => {
        const { documents, diagnostics } = parse(each);
        wellFormed(diagnostics);
        const failed = documents.some((document) => document.value === undefined);
        if (failed) expect(diagnostics.some((d) => d.severity === "error")).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("gives JSON that survives being written and read", () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (each) => {
        for (const { value } of parse(each).documents) {
          if (value !== undefined) expect(JSON.parse(JSON.stringify(value))).toEqual(value);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is read as it was written by the library that writes it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = stringify({ value });
        fc.pre(!/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/.test(text));
        const { documents, diagnostics } = parse(text);
        // Whole numbers past 2^53 are refused: not every reader takes them for the same double.
        fc.pre(diagnostics.every((d) => d.code !== "JW1017"));
        expect(documents[0]?.value).toEqual(JSON.parse(JSON.stringify({ value }).replace(/-0(?=[,}\]])/g, "0")));
      }),
    );
  });
});

describe("whatever a manifest or config holds", () => {
  const key = fc.constantFrom(
    "metadata",
    "spec",
    "name",
    "annotations",
    "runtime",
    "envs",
    "triggers",
    "schedule",
    "x",
  );
  const further = fc.constantFrom(
    "value",
    "secret",
    "type",
    "configuration",
    "inputs",
    "ports",
    "__proto__",
    "toString",
  );
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(null, true, 0, "cron", "${env:A}", "${var:a}", "$secrets.A", "@daily", "", "/spec", "*"),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, depthSize: "small" },
      scalar,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(key, further), tie("tree"), { maxKeys: 4 }),
    ),
  }));
  const rule = fc.record({ match: fc.constantFrom("*", "nimble/*"), patch: fc.array(tree, { maxLength: 2 }) });

  it("ends in jobs or diagnostics, never in a failure", async () => {
    const root = makeProject({ "jobs/a.yaml": "" });
    const document = (apiVersion: string) =>
      fc.record({ apiVersion: fc.constant(apiVersion), kind: fc.constant("Job"), metadata: tree, spec: tree });
    const documents = fc.oneof(
      document("nimbleway.com/v1"),
      document("nimbleway.com/v2"),
      document("blaxel.ai/v1alpha1"),
    );
    const config = fc.record(
      {
        vars: tree,
        targets: tree,
        patches: fc.array(rule, { maxLength: 2 }),
        ignore: tree,
        environments: tree,
        state: tree,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(documents, documents, config, async (one, other, settings) => {
        const write = (path: string, ...values: unknown[]) =>
          writeFileSync(join(root, path), values.map((value) => JSON.stringify(value)).join("\n---\n"));
        write("jobs/a.yaml", one, other);
        write("jobwright.yaml", settings);
        const { diagnostics, desired, locate } = await load(root, { env: { A: "value-of-a" }, environment: "x" });
        wellFormed(diagnostics);
        expect(JSON.stringify([diagnostics, desired])).not.toContain("value-of-a");
        for (const job of desired) expect(locate(job.address, "/spec/x/0/y")?.line).toBeGreaterThan(0);
      }),
      { numRuns: 400 },
    );
  });
});
