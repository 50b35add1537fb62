import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CODES } from "../../src/codes.ts";
import { decodeText } from "../../src/manifest/decode.ts";
import type { LoadedProject } from "../../src/manifest/load.ts";
import { parseYaml } from "../../src/manifest/parse.ts";
import { Source } from "../../src/manifest/source.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { renderDiagnostics } from "../../src/render/diagnostics.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { load, makeProject } from "../manifest/project.ts";
import { mutated } from "./mutate.ts";

const MANIFESTS = [
  `apiVersion: nimbleway.com/v1
kind: Job
metadata:
  name: amazon-pdp
  annotations:
    jobwright.dev/protect: "true"
    jobwright.dev/ignore: |
      /spec/description
spec:
  agent_name: amazon_pdp # the template
  schedule: { cron: "0 6 * * *", enabled: true }
  inputs:
    type: inline
    data: [{ sku: "1", n: 1.5 }, &row { sku: "2", tags: [a, b] }, *row]
  destination: { type: s3, path: s3://out/, format: parquet }
---
apiVersion: nimbleway.com/v2
kind: Job
metadata: { name: second }
spec: { extract_template_name: "t", description: "\${env:TEXT} and \${var:bucket}" }
`,
  `defaults: &defaults
  memory: 4096
  timeout: 3600
`,
  `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata: { name: nightly, displayName: Nightly, labels: { team: search } }
spec:
  runtime:
    <<: &run { memory: 4096, timeout: 3600 }
    maxRetries: 2
    envs:
      - { name: BUCKET, value: "\${var:bucket}" }
      - { name: KEY, value: "\${env:TEXT}", secret: true }
      - name: NOTE
        value: >-
          folded
          text
  triggers:
    - { type: cron, enabled: true, configuration: { schedule: "*/5 8-18 * * MON-FRI" } }
    - { type: http }
`,
  '{"apiVersion":"nimbleway.com/v1","kind":"Job","metadata":{"name":"json"},"spec":{"agent_name":"x"}}',
];

const CONFIGS = [
  `manifests: ["jobs/**/*.yaml", "more/*.{yaml,yml}"]
exclude: ["jobs/drafts/**"]
targets:
  blaxel: { provider: blaxel, workspace: acme }
  eu: { provider: nimble, apiKey: "\${env:TEXT}", baseUrl: "https://sdk.nimbleway.com" }
vars: { bucket: acme-dev, list: [1, "\${var:bucket}"] }
environments:
  prod:
    vars: { bucket: acme-prod }
    patches:
      - { match: "nimble/*", patch: [{ op: replace, path: /spec/schedule/enabled, value: true }] }
      - { match: "*", patch: [{ op: copy, from: /spec, path: /spec/x }, { op: test, path: /kind, value: Job }] }
`,
  `state: { store: git, ref: refs/jobwright/state, remote: origin }
ignore: [{ match: "blaxel/*", paths: [/spec/runtime/image, /spec/*/x], reason: "CI", until: 2027-03-01 }]
safety: { maxDeletes: 5, maxDeletesPercent: 30, protect: ["blaxel/pay-*"], adopt: allow, conflicts: refuse }
http: { concurrency: 4, readTimeout: 30s, maxWait: 1m }
createSettle: 30s
vars:
  bucket: acme
`,
];

/** Every problem has a known code, words and a place that is one; there are not too many, and their text has an end. */
function wellTold(diagnostics: readonly Diagnostic[]): void {
  expect(diagnostics.length).toBeLessThan(5000);
  for (const { code, message, line = 1, column = 1, endLine = line } of diagnostics) {
    expect(Object.keys(CODES)).toContain(code);
    expect(message).toMatch(/^[^\x00-\x1f\x7f-\x9f]+$/);
    expect(Math.min(line, column, endLine - line + 1)).toBeGreaterThan(0);
    expect(message.length).toBeLessThan(10_000);
  }
  expect(renderDiagnostics(diagnostics, PLAIN_STYLE).length).toBeLessThan(2_000_000);
}

/** What is left of a text without comments, marks and nothings; "" where a reader may take it for empty. */
function content(text: string): string {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => !/^(\s*#|%|\s*$)/.test(line));
  return lines
    .map((line) => line.replace(/^(?:---|\.\.\.)(?=\s|$)/, "").replace(/(?:^|\s)#.*$/, ""))
    .join("")
    .trim();
}

const isNothing = (text: string): boolean => /^(?:null|Null|NULL|~|)*$/.test(content(text).replaceAll(/\s/g, ""));

function toldOrDone(bytes: Uint8Array, { diagnostics, desired }: LoadedProject): void {
  wellTold(diagnostics);
  expect(JSON.stringify([diagnostics, desired])).not.toContain("value-of-text");
  const decoded = decodeText(bytes);
  if (decoded.text !== undefined && isNothing(decoded.text)) return;
  expect(desired.length + diagnostics.length).toBeGreaterThan(0);
}

describe("whatever became of a manifest", { timeout: 60_000 }, () => {
  it("its text is read, or told about with a place: never taken for nothing", () => {
    fc.assert(
      fc.property(mutated(MANIFESTS), (bytes) => {
        const decoded = decodeText(bytes);
        if (decoded.text === undefined) {
          expect(decoded.problem.line).toBeGreaterThan(0);
          return;
        }
        const source = new Source("jobs/a.yaml", decoded.text);
        const documents = parseYaml(source, { lint: true });
        wellTold(source.diagnostics());
        if (documents.some(({ value }) => value === undefined)) expect(source.errors).toBeGreaterThan(0);
        if (!isNothing(decoded.text)) expect(documents.length + source.errors).toBeGreaterThan(0);
        for (const { value } of documents) if (value !== undefined) JSON.stringify(value);
      }),
      { numRuns: 800 },
    );
  });

  it("it ends in jobs or diagnostics", async () => {
    const root = makeProject({ "jobs/a.yaml": "" });
    await fc.assert(
      fc.asyncProperty(mutated(MANIFESTS), async (bytes) => {
        writeFileSync(join(root, "jobs/a.yaml"), bytes);
        const env = { TEXT: "value-of-text" };
        const loaded = await load(root, { env });
        toldOrDone(bytes, loaded);
        for (const { address } of loaded.desired) loaded.locate(address, "/spec/runtime/envs/KEY/value");
      }),
      { numRuns: 400 },
    );
  });
});

describe("whatever became of a config", { timeout: 60_000 }, () => {
  it("it is used whole, or its problems are told", async () => {
    const root = makeProject({ "jobs/a.yaml": "", "jobwright.yaml": "" });
    mkdirSync(join(root, "more"));
    await fc.assert(
      fc.asyncProperty(mutated(CONFIGS), fc.constantFrom("", "prod"), async (bytes, environment) => {
        writeFileSync(join(root, "jobwright.yaml"), bytes);
        writeFileSync(join(root, "jobs/a.yaml"), MANIFESTS[2] ?? "");
        const env = { TEXT: "value-of-text" };
        const loaded = await load(root, { env, environment });
        wellTold(loaded.diagnostics);
        expect(JSON.stringify([loaded.diagnostics, loaded.config])).not.toContain("value-of-text");
        const decoded = decodeText(bytes);
        const parsed = decoded.text === undefined ? [] : parseYaml(new Source("c", decoded.text), { lint: false });
        const broken = decoded.text === undefined || parsed.length !== 1 || parsed[0]?.value === undefined;
        if (!broken || isNothing(decoded.text ?? "x")) return;
        expect(loaded.diagnostics.some(({ severity }) => severity === "error")).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
