import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SecretRef } from "../../src/model/document.ts";
import { renderDiagnostics } from "../../src/render/diagnostics.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { blaxel, load, loadFiles, makeProject, nimble, places } from "./project.ts";

const README = {
  "jobwright.yaml": `targets:
  blaxel: { provider: blaxel, workspace: acme }
vars: { bucket: acme-dev }
environments:
  prod:
    vars: { bucket: acme-prod }
    patches:
      - { match: "nimble/*", patch: [{ op: replace, path: /spec/schedule/enabled, value: true }] }
ignore: [{ match: "blaxel/*", paths: [/spec/runtime/image], reason: "bl deploy owns it", until: 2027-03-01 }]
`,
  "jobs/all.yaml": `# Two jobs in one file.
apiVersion: nimbleway.com/v1
kind: Job
metadata:
  name: amazon-pdp-daily
  annotations: { jobwright.dev/protect: "true" }
spec:
  agent_name: amazon_pdp
  display_name: Amazon PDP, daily
  schedule: { cron: "0 6 * * *", enabled: false }
  inputs: { type: s3, file_path: s3://acme-in/skus.csv }
  destination: { type: s3, path: s3://acme-out/pdp/, format: parquet }
---
apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata: { name: nightly-embeddings, displayName: Nightly embeddings, labels: { team: search } }
spec:
  runtime:
    memory: 4096
    envs:
      - { name: BUCKET, value: "\${var:bucket}" }
      - { name: OPENAI_API_KEY, value: "\${env:OPENAI_API_KEY}", secret: true }
  triggers:
    - { type: cron, enabled: true, configuration: { schedule: "0 * * * *" } }
`,
};

/** Where a word stands in a line of one of the files above. */
function column(file: keyof typeof README, line: number, word: string): number {
  return (README[file].split("\n")[line - 1] ?? "").indexOf(word) + 1;
}

describe("a project", () => {
  it("becomes jobs, sorted by address", async () => {
    const env = { OPENAI_API_KEY: "sk-1" };
    const { desired, diagnostics, secrets, selected, narrowed, files } = await loadFiles(README, {
      environment: "prod",
      env,
    });
    expect(diagnostics).toEqual([]);
    expect(files).toEqual(["jobs/all.yaml"]);
    expect({ selected: [...selected], narrowed }).toEqual({
      selected: ["blaxel/nightly-embeddings", "nimble/amazon-pdp-daily"],
      narrowed: false,
    });
    expect(desired).toEqual([
      {
        address: "blaxel/nightly-embeddings",
        target: "blaxel",
        provider: "blaxel",
        apiVersion: "blaxel.ai/v1alpha1",
        name: "nightly-embeddings",
        document: {
          metadata: { name: "nightly-embeddings", displayName: "Nightly embeddings", labels: { team: "search" } },
          spec: {
            runtime: {
              memory: 4096,
              envs: [
                { name: "BUCKET", value: "acme-prod" },
                { name: "OPENAI_API_KEY", value: new SecretRef("env:OPENAI_API_KEY"), secret: true },
              ],
            },
            triggers: [{ type: "cron", enabled: true, configuration: { schedule: "0 * * * *" } }],
          },
        },
        annotations: { protect: false, onRemove: "delete", ignore: [] },
        ignore: ["/spec/runtime/image"],
        source: { file: "jobs/all.yaml", line: 14, column: 1 },
      },
      {
        address: "nimble/amazon-pdp-daily",
        target: "nimble",
        provider: "nimble",
        apiVersion: "nimbleway.com/v1",
        name: "amazon-pdp-daily",
        document: {
          metadata: { name: "amazon-pdp-daily" },
          spec: {
            agent_name: "amazon_pdp",
            display_name: "Amazon PDP, daily",
            schedule: { cron: "0 6 * * *", enabled: true },
            inputs: { type: "s3", file_path: "s3://acme-in/skus.csv" },
            destination: { type: "s3", path: "s3://acme-out/pdp/", format: "parquet" },
          },
        },
        annotations: { protect: true, onRemove: "delete", ignore: [] },
        ignore: [],
        source: { file: "jobs/all.yaml", line: 2, column: 1 },
      },
    ]);
    expect([...secrets.values()]).toEqual(["sk-1"]);
  });

  it("resolves no secrets where they are skipped, and misses none", async () => {
    const { desired, diagnostics, secrets } = await loadFiles(README, {
      secrets: "skip",
      env: { OPENAI_API_KEY: "sk-1" },
    });
    expect(diagnostics).toEqual([]);
    expect(desired).toHaveLength(2);
    expect([...secrets.values()]).toEqual([]);
  });

  it("is not written to", async () => {
    const root = makeProject(README);
    await load(root, { env: { OPENAI_API_KEY: "x" } });
    for (const [path, text] of Object.entries(README)) expect(readFileSync(join(root, path), "utf8")).toBe(text);
  });

  it("keeps nulls, empty lists and odd keys as they are declared", async () => {
    const spec = "  inputs: { type: inline, data: [{ __proto__: 1, '2': b, '1': a }] }\n  destination: null\n";
    const { desired } = await loadFiles({ "jobs/a.yaml": nimble("job-a", spec) });
    expect(JSON.stringify(desired[0]?.document.spec)).toBe(
      '{"agent_name":"amazon_pdp","inputs":{"type":"inline","data":[{"1":"a","2":"b","__proto__":1}]},"destination":null}',
    );
  });

  it("reads anchors, merges and variables of every type", async () => {
    const text = `${blaxel(
      "job-a",
      `  runtime: &runtime
    memory: "\${var:memory}"
    timeout: 10
  triggers: "\${var:triggers}"
  revision: { <<: { traffic: 5 } }
`,
    )}`;
    const config = "vars: { memory: 2048, triggers: [{ type: http, configuration: { path: '/${var:p}' } }], p: x }\n";
    const { desired, diagnostics } = await loadFiles({ "jobwright.yaml": config, "jobs/a.yaml": text });
    expect(diagnostics).toEqual([]);
    expect(desired[0]?.document.spec).toEqual({
      runtime: { memory: 2048, timeout: 10 },
      triggers: [{ type: "http", configuration: { path: "/x" } }],
      revision: { traffic: 5 },
    });
  });
});

describe("diagnostics", () => {
  it("are of all files, sorted, and the good jobs are there all the same", async () => {
    const { diagnostics, desired } = await loadFiles({
      "jobs/b.yaml": `${nimble("b1", "  x: 1\n")}---\n${nimble("b2")}---\n${nimble("b3", "  schedule: { cron: '@daily', enabled: true }\n  z: 2\n")}`,
      "jobs/a.yaml": "a: [",
      "jobwright.yaml": "safety: { adopt: no }\n",
    });
    expect(places(diagnostics)).toEqual([
      "error JW1009 jobs/a.yaml:1:5",
      "error JW1104 jobs/b.yaml:7:3",
      "error JW1201 jobs/b.yaml:22:21",
      "error JW1104 jobs/b.yaml:23:3",
      "error JW1107 jobwright.yaml:1:18",
    ]);
    expect(desired.map((job) => job.name)).toEqual(["b2"]);
  });

  it("A29 are all told, three hundred of them", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [
        `jobs/${i}.yaml`,
        nimble(`job-${i}`, "  x: 1\n  y: 2\n  display_name: 3\n"),
      ]),
    );
    const { diagnostics } = await loadFiles(files);
    expect(diagnostics.filter((d) => d.severity === "error")).toHaveLength(300);
    // By file, then by line.
    const told = diagnostics.map(({ file = "", line = 0 }) => `${file} ${String(line).padStart(3)}`);
    expect(told).toEqual([...told].sort());
    const text = renderDiagnostics(diagnostics, PLAIN_STYLE);
    // Each place is told; what is the same for all of them is told three times.
    const places = new Set(diagnostics.map(({ file, line, column }) => `${file}:${line}:${column}`));
    expect(new Set(text.match(/jobs\/\d+\.yaml:\d+:\d+/g))).toEqual(places);
    expect(places.size).toBe(300);
    expect(text.trimEnd().split("\n").at(-1)).toMatch(/^300 errors/);
  });

  it("have a frame and an end", async () => {
    const { diagnostics } = await loadFiles({ "jobs/a.yaml": nimble("job-a", "  shedule: null\n") });
    expect(diagnostics).toEqual([
      {
        code: "JW1104",
        severity: "error",
        message: 'unknown field "shedule" in spec',
        hint: 'Did you mean "schedule"?',
        file: "jobs/a.yaml",
        line: 7,
        column: 3,
        endLine: 7,
        endColumn: 10,
        frame: "6 |   agent_name: amazon_pdp\n7 |   shedule: null\n  |   ^^^^^^^\n8 |",
      },
    ]);
  });

  it("find what a manifest takes from an anchor where it was written", async () => {
    const text = `${nimble("job-a", "  schedule: &s { cron: 0 25 * * *, enabled: true }\n")}---\n${nimble("job-b", "  schedule: null\n")}`;
    expect(places((await loadFiles({ "jobs/a.yaml": text })).diagnostics)).toEqual(["error JW1201 jobs/a.yaml:7:24"]);
  });

  it("count manifests that grow past 4 MiB through variables", async () => {
    const spec = `  description: "${"${var:big}".repeat(6)}"\n`;
    const { diagnostics } = await loadFiles({
      "jobwright.yaml": `vars: { big: "${"x".repeat(900_000)}" }\n`,
      "jobs/a.yaml": nimble("job-a", spec),
    });
    expect(diagnostics).toMatchObject([{ code: "JW1011", file: "jobs/a.yaml" }]);
  });
});

describe("PATHS", () => {
  const files = {
    "jobs/a.yaml": nimble("a1"),
    "jobs/sub/b.yaml": nimble("b1"),
    "jobs/sub/c.yaml": nimble("c1"),
    "other/x.yaml": "a: 1\n",
  };

  it.each([
    [["jobs/a.yaml"], ["nimble/a1"]],
    [["jobs/sub"], ["nimble/b1", "nimble/c1"]],
    [["./jobs/sub/"], ["nimble/b1", "nimble/c1"]],
    [
      ["jobs/*.yaml", "jobs/sub/c.yaml"],
      ["nimble/a1", "nimble/c1"],
    ],
    [["jobs/**/*.yaml"], ["nimble/a1", "nimble/b1", "nimble/c1"]],
    [["."], ["nimble/a1", "nimble/b1", "nimble/c1"]],
  ])("%j select %j", async (paths, expected) => {
    const { selected, desired, narrowed, diagnostics } = await loadFiles(files, { paths });
    expect([...selected]).toEqual(expected);
    expect(desired).toHaveLength(3);
    expect(narrowed).toBe(true);
    expect(diagnostics).toEqual([]);
  });

  it("are relative to where the tool was started", async () => {
    const root = makeProject({ ...files, "jobwright.yaml": "", ".git/HEAD": "" });
    expect([...(await load(join(root, "jobs/sub"), { paths: ["b.yaml"] })).selected]).toEqual(["nimble/b1"]);
    expect([...(await load(join(root, "jobs/sub"), { paths: ["../a.yaml"] })).selected]).toEqual(["nimble/a1"]);
  });

  it("mean manifests that are gone, too", async () => {
    const { isSelectedFile, diagnostics } = await loadFiles(files, { paths: ["jobs/gone.yaml", "jobs/old/"] });
    expect(["jobs/gone.yaml", "jobs/old/x.yaml", "jobs/a.yaml"].map(isSelectedFile)).toEqual([true, true, false]);
    expect(diagnostics).toMatchObject([{ code: "JW1023", severity: "warning" }, { code: "JW1023" }]);
    expect((await loadFiles(files)).isSelectedFile("jobs/a.yaml")).toBe(true);
  });

  it("must be manifests of the project", async () => {
    const { diagnostics } = await loadFiles(files, { paths: ["other/x.yaml", "../../etc"] });
    expect(diagnostics.map((d) => `${d.severity} ${d.code}`)).toEqual(["error JW1024", "error JW1003"]);
  });
});

describe("locate", () => {
  it("finds fields by pointer, list items also by key", async () => {
    const { locate } = await loadFiles(README, { env: { OPENAI_API_KEY: "x" } });
    const at = (pointer: string) => locate("blaxel/nightly-embeddings", pointer);
    expect(at("/spec/runtime/memory")).toEqual({ file: "jobs/all.yaml", line: 19, column: 13 });
    expect(at("/spec/runtime/envs/BUCKET/value")).toEqual({ file: "jobs/all.yaml", line: 21, column: 32 });
    expect(at("/spec/runtime/envs/0/value")).toEqual({ file: "jobs/all.yaml", line: 21, column: 32 });
    expect(at("/spec/triggers/cron[0]/configuration/schedule")).toEqual({
      file: "jobs/all.yaml",
      line: 24,
      column: 63,
    });
    expect(at("/metadata/labels/team")).toEqual({
      file: "jobs/all.yaml",
      line: 16,
      column: column("jobs/all.yaml", 16, "search"),
    });
    expect(locate("nimble/amazon-pdp-daily", "/spec/schedule/cron")).toEqual({
      file: "jobs/all.yaml",
      line: 10,
      column: 21,
    });
  });

  it("falls back to the nearest parent, and knows only what there is", async () => {
    const { locate } = await loadFiles(README, { env: { OPENAI_API_KEY: "x" } });
    expect(locate("blaxel/nightly-embeddings", "/spec/runtime/image")).toEqual({
      file: "jobs/all.yaml",
      line: 18,
      column: 3,
    });
    expect(locate("blaxel/nightly-embeddings", "")).toEqual({ file: "jobs/all.yaml", line: 14, column: 1 });
    expect(locate("blaxel/nope", "/spec")).toBeUndefined();
  });

  it("leads to the patch that wrote a field", async () => {
    const { locate } = await loadFiles(README, { environment: "prod", env: { OPENAI_API_KEY: "x" } });
    expect(locate("nimble/amazon-pdp-daily", "/spec/schedule/enabled")).toEqual({
      file: "jobwright.yaml",
      line: 8,
      column: column("jobwright.yaml", 8, "true }"),
    });
    expect(locate("nimble/amazon-pdp-daily", "/spec/schedule/cron")).toEqual({
      file: "jobs/all.yaml",
      line: 10,
      column: 21,
    });
  });
});
