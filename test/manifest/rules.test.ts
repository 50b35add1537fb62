import { describe, expect, it } from "vitest";
import { checkName } from "../../src/manifest/names.ts";
import { SecretRef } from "../../src/model/document.ts";
import { blaxel, loadFiles, nimble } from "./project.ts";

/** Diagnostics of one manifest, as `severity code line:column message`. */
async function problems(text: string, env: Record<string, string> = {}): Promise<string[]> {
  const { diagnostics } = await loadFiles({ "jobs/a.yaml": text }, { env });
  return diagnostics.map((d) => `${d.severity} ${d.code} ${d.line}:${d.column} ${d.message}`);
}

describe("headers", () => {
  it.each([
    ["apiVersion: nimbleway.com/v3\nkind: Job\n", "JW1102", /nimbleway.com\/v1/],
    ["apiVersion: blaxel.ai/v1alpha\nkind: Job\n", "JW1102", /"blaxel.ai\/v1alpha1"/],
    ["kind: Job\n", "JW1102", /exclude/],
    ["apiVersion: 1\nkind: Job\n", "JW1102", /Known are/],
    ["apiVersion: blaxel.ai/v1alpha1\nkind: Agent\n", "JW1103", /bl apply.*exclude/],
    ["apiVersion: blaxel.ai/v1alpha1\nkind: Function\n", "JW1103", /bl apply.*exclude/],
    ["apiVersion: nimbleway.com/v1\nkind: job\n", "JW1103", /Did you mean "Job"/],
    ["apiVersion: nimbleway.com/v1\nkind: List\n", "JW1103", /Only Job/],
    ["apiVersion: nimbleway.com/v1\n", "JW1103", /kind: Job/],
    ["- a\n", "JW1101", /mapping/],
    ["text\n", "JW1101", /exclude/],
  ])("A30 %j", async (text, code, hint) => {
    const { diagnostics } = await loadFiles({ "jobs/a.yaml": text });
    expect(diagnostics).toMatchObject([{ code, severity: "error", hint: expect.stringMatching(hint) }]);
  });
});

describe("names", () => {
  it.each([
    "amazon-pdp-daily",
    "Amazon PDP, täglich",
    "a.b",
    "...",
    "日本",
    "a_b:c",
    "x".repeat(255),
  ])("of Nimble may be %s", (name) => {
    expect(checkName(name, "nimble")).toBeUndefined();
  });

  it.each([
    "",
    ".",
    "..",
    "%2e%2e",
    "a/b",
    "a?b",
    "a#b",
    "a\\b",
    "-a",
    "a\nb",
    "a\u001bb",
    "a\u2028b",
    " a",
    "a ",
  ])("A11 of Nimble cannot be %j", (name) => {
    expect(checkName(name, "nimble")).toBeDefined();
  });

  it("A11 have at most 255 characters", () => {
    expect(checkName("x".repeat(10_000), "nimble")).toBeDefined();
    expect(checkName("😀".repeat(255), "nimble")).toBeUndefined();
    expect(checkName("😀".repeat(256), "nimble")).toBeDefined();
  });

  it.each(["nightly-embeddings", "a", "9x", "a--b", "x".repeat(49)])("of Blaxel may be %s", (name) => {
    expect(checkName(name, "blaxel")).toBeUndefined();
  });

  it.each([
    "Nightly",
    "a_b",
    "a.b",
    "-a",
    "ａ",
    "x".repeat(50),
    "a b",
    "a/b",
    "",
  ])("A10 A11 of Blaxel cannot be %j", (name) => {
    expect(checkName(name, "blaxel")).toBeDefined();
  });

  it("are checked at their place, after variables are put in", async () => {
    expect(await problems(nimble("a/b"))).toEqual(['error JW1203 4:9 the name "a/b" holds "/"']);
    expect(await problems(nimble('""'))).toEqual(["error JW1108 4:9 metadata.name is empty"]);
    expect(await problems(nimble("7"))).toEqual(["error JW1106 4:9 metadata.name must be text, not 7"]);
  });

  it("cannot come from the environment", async () => {
    expect(await problems(nimble('"${env:NAME}"'), { NAME: "x" })).toEqual([
      "error JW1216 4:9 a job's name cannot come from the environment or a file, whose values are secret",
    ]);
  });
});

describe("fields of Nimble", () => {
  const check = (spec: string) => problems(nimble("job-a", spec));

  it.each([
    ["everything", "  display_name: A\n  description: d\n  schedule: { cron: 0 6 * * *, enabled: true }\n"],
    ["nulls that clear", "  display_name: null\n  description: ~\n  schedule:\n  inputs: null\n  destination: null\n"],
    ["inline inputs", "  inputs: { type: inline, data: [{ a: 1, __proto__: 2, constructor: x }] }\n"],
    ["inputs of a file", "  inputs: { type: file, file_path: file_1 }\n"],
    ["inputs and destination without type", "  inputs: { file_path: s3://a }\n  destination: { path: x }\n"],
    ["A18 data that look like a reference", "  inputs: { type: inline, data: [{ $secret: env:GITHUB_TOKEN }] }\n"],
  ])("take %s", async (_name, spec) => {
    expect(await check(spec)).toEqual([]);
  });

  it.each([
    ["a field of v2", "  extract_template_name: x\n", 'error JW1104 7:3 unknown field "extract_template_name" in spec'],
    [
      "a wrong name",
      "  schedule: { crn: 0 6 * * *, enabled: true }\n",
      'error JW1104 7:15 unknown field "crn" in spec.schedule',
    ],
    ["no cron", "  schedule: { enabled: true }\n", 'error JW1105 7:3 "cron" is missing in spec.schedule'],
    [
      "text for a switch",
      '  schedule: { cron: 0 6 * * *, enabled: "yes" }\n',
      "error JW1106 7:41 spec.schedule.enabled must be true or false, not text",
    ],
    [
      "a bad cron",
      "  schedule: { cron: 0 25 * * *, enabled: true }\n",
      "error JW1201 7:21 25 is not within 0 and 23 (hour)",
    ],
    [
      "a cron that never fires",
      "  schedule: { cron: 0 0 30 2 *, enabled: true }\n",
      'warning JW1202 7:21 the cron expression "0 0 30 2 *" never fires',
    ],
    [
      "no enabled",
      "  schedule: { cron: 0 6 * * * }\n",
      "warning JW1215 7:3 the schedule does not say whether it is enabled",
    ],
    [
      "a path of nothing",
      "  inputs: { type: s3, file_path: gs://x }\n",
      'error JW1210 7:34 file_path must begin with "s3" or "file_"',
    ],
    [
      "s3 with a file",
      "  inputs: { type: s3, file_path: file_1 }\n",
      "warning JW1210 7:34 inputs of the type s3 are read from an uploaded file here",
    ],
    [
      "a file with s3",
      "  inputs: { type: file, file_path: s3://x }\n",
      "warning JW1210 7:36 inputs of the type file are read from S3 here",
    ],
    [
      "inline without data",
      "  inputs: { type: inline }\n",
      "warning JW1210 7:3 inputs of the type inline have no data",
    ],
    ["s3 without path", "  inputs: { type: s3 }\n", "warning JW1210 7:3 inputs of the type s3 have no file_path"],
    [
      "records that are none",
      "  inputs: { type: inline, data: [1] }\n",
      "error JW1106 7:34 spec.inputs.data[0] must be a mapping, not 1",
    ],
    [
      "an unknown format",
      "  destination: { path: x, format: xml }\n",
      'error JW1107 7:35 spec.destination.format is "xml", but must be "jsonl", "csv" or "parquet"',
    ],
    [
      "a destination elsewhere",
      "  destination: { type: s3, path: /tmp }\n",
      "warning JW1210 7:34 a destination of the type s3 does not begin with s3",
    ],
    ["a null that clears nothing", "  agent_name: null\n", 'error JW1015 7:3 the key "agent_name" stands here twice'],
  ])("are checked: %s", async (_name, spec, expected) => {
    expect(await check(spec)).toEqual([expected]);
  });

  it("of v2 have a template instead of an agent", async () => {
    const text = nimble("job-a").replace("/v1", "/v2");
    expect(await problems(text.replace("agent_name", "extract_template_name"))).toEqual([]);
    const { diagnostics } = await loadFiles({ "jobs/a.yaml": text });
    expect(diagnostics.map((d) => d.code)).toEqual(["JW1105", "JW1104"]);
    expect(diagnostics[1]?.hint).toContain("v1");
  });

  it("have nothing in metadata but name and annotations", async () => {
    expect(await problems(nimble("job-a", "", "  labels: { a: b }\n"))).toEqual([
      'error JW1104 5:3 unknown field "labels" in metadata',
    ]);
  });

  it("tell a misspelt field once", async () => {
    const { diagnostics } = await loadFiles({ "jobs/a.yaml": nimble("job-a").replace("agent_name", "agentname") });
    expect(diagnostics).toMatchObject([{ code: "JW1104", hint: 'Did you mean "agent_name"?' }]);
  });
});

describe("fields of Blaxel", () => {
  const check = (spec: string, metadata = "") => problems(blaxel("job-a", spec, metadata));

  it("take all that there are, and null for each", async () => {
    const spec = `  enabled: true
  policies: [p]
  region: us-was-1
  revision: { active: rev-1, canary: rev-2, canaryPercent: 10, stickySessionTtl: 0, traffic: 100 }
  runtime:
    image: x
    generation: mk3
    memory: 2048
    timeout: 3600
    maxRetries: 3
    maxConcurrentTasks: 10
    diskPercent: 50
    envs:
      - { name: A, value: a }
      - { name: B, value: null, secret: false }
      - { name: C, valueFrom: { secretKeyRef: { name: s, key: k } } }
    ports: [{ target: 8080, name: http, protocol: HTTP }]
  triggers:
    - { id: t, type: http, configuration: { path: /x, authenticationType: blaxel, retry: 3, timeout: 300, callbackUrl: https://a.example } }
    - { type: cron, enabled: true, configuration: { schedule: 0 * * * *, tasks: [{ a: 1 }, {}] } }
  volumes: [{ name: v, mountPath: /mnt, type: ephemeral, sizeMb: 10, readOnly: false }]
  githubRunner: { repositories: [acme/a] }
`;
    const metadata =
      "  displayName: A\n  externalId: a-1\n  labels: { __proto__: x, constructor: z, '2': b, '1': a }\n";
    expect(await check(spec, metadata)).toEqual([]);
    const nulls = ["enabled", "policies", "region", "revision", "runtime", "triggers", "volumes", "githubRunner"];
    const cleared = nulls.map((key) => `  ${key}: null\n`).join("");
    expect(
      await check(cleared, "  displayName: null\n  externalId: null\n  labels: null\n  annotations: null\n"),
    ).toEqual([]);
  });

  it.each([
    [
      "a number as value",
      "  runtime: { envs: [{ name: A, value: 8080 }] }\n",
      "error JW1106 6:39 spec.runtime.envs[0].value must be text, not 8080",
    ],
    [
      "text as number",
      '  runtime: { memory: "2048" }\n',
      "error JW1106 6:22 spec.runtime.memory must be a whole number, not text",
    ],
    [
      "half a number",
      "  runtime: { memory: 20.5 }\n",
      "error JW1106 6:22 spec.runtime.memory must be a whole number, not 20.5",
    ],
    ["a field in the wrong place", "  memory: 2048\n", 'error JW1104 6:3 unknown field "memory" in spec'],
    [
      "an env twice",
      "  runtime: { envs: [{ name: A }, { name: A }] }\n",
      'error JW1207 6:42 the environment variable "A" stands here twice',
    ],
    [
      "a port twice",
      "  runtime: { ports: [{ target: 80 }, { target: 80 }] }\n",
      'error JW1207 6:48 the port "80" stands here twice',
    ],
    [
      "a trigger twice",
      "  triggers: [{ id: a, type: http }, { id: a, type: http }]\n",
      'error JW1207 6:43 the trigger "a" stands here twice',
    ],
    [
      "a volume without size",
      "  volumes: [{ name: v, mountPath: /v, type: ephemeral }]\n",
      'error JW1105 6:13 "sizeMb" is missing in spec.volumes[0]',
    ],
    ["a policy twice", "  policies: [a, a]\n", 'warning JW1207 6:17 "a" stands here twice'],
    [
      "a trigger without schedule",
      "  triggers: [{ type: cron }]\n",
      "error JW1208 6:14 a cron trigger needs a schedule",
    ],
    [
      "a schedule for nothing",
      "  triggers: [{ type: http, configuration: { schedule: 0 * * * * } }]\n",
      "warning JW1209 6:55 the schedule of a trigger of the type http does nothing",
    ],
    [
      "a bad schedule",
      '  triggers: [{ type: cron, configuration: { schedule: "@daily" } }]\n',
      'error JW1201 6:55 "@daily" is a nickname, which the platforms do not take',
    ],
    [
      "value and valueFrom",
      "  runtime: { envs: [{ name: A, value: x, valueFrom: {} }] }\n",
      "error JW1207 6:42 value and valueFrom exclude each other",
    ],
    [
      "a long timeout",
      "  triggers: [{ type: http-async, configuration: { timeout: 901 } }]\n",
      "warning JW1108 6:60 a timeout of 901 seconds is more than the 900 that Blaxel keeps",
    ],
    [
      "too little disk",
      "  runtime: { diskPercent: 5 }\n",
      "error JW1108 6:27 spec.runtime.diskPercent is 5, but at least 10 is needed",
    ],
    [
      "an env's odd name",
      "  runtime: { envs: [{ name: A=B }] }\n",
      'error JW1203 6:29 "A=B" cannot be the name of an environment variable',
    ],
    [
      "a secret as name",
      "  runtime: { envs: [{ name: '${env:X}' }] }\n",
      "error JW1216 6:29 the environment variable's name cannot come from the environment or a file, whose values are secret",
    ],
  ])("are checked: %s", async (_name, spec, expected) => {
    expect(await problems(blaxel("job-a", spec), { X: "x" })).toEqual([expected]);
  });

  it.each([
    [
      "a long displayName",
      `  displayName: ${"x".repeat(64)}\n`,
      "error JW1108 5:16 displayName has 64 characters; at most 63 are allowed",
    ],
    ["an odd externalId", "  externalId: a_b\n", "error JW1108 5:15 externalId is not one that Blaxel takes"],
    ["a label that is no text", "  labels: { a: 1 }\n", "error JW1106 5:16 metadata.labels.a must be text, not 1"],
    [
      "what the platform sets",
      "  createdAt: x\n",
      "warning JW1109 5:3 metadata.createdAt is set by the platform and not sent",
    ],
  ])("of metadata are checked: %s", async (_name, metadata, expected) => {
    expect(await check("  enabled: true\n", metadata)).toEqual([expected]);
  });

  it("that the platform sets are left out", async () => {
    const text = `${blaxel("job-a", "  triggers: [{ type: http, configuration: { callbackSecret: '***', path: /x } }]\n", "  workspace: w\n  url: u\n")}status: DEPLOYED\nevents: []\n`;
    const { desired, diagnostics } = await loadFiles({ "jobs/a.yaml": text });
    expect(diagnostics.map((d) => `${d.code} ${d.message.split(" ")[0]}`)).toEqual([
      "JW1109 metadata.workspace",
      "JW1109 metadata.url",
      "JW1109 spec.triggers[0].configuration.callbackSecret",
      "JW1109 status",
      "JW1109 events",
    ]);
    expect(desired[0]?.document).toEqual({
      metadata: { name: "job-a" },
      spec: { triggers: [{ type: "http", configuration: { path: "/x" } }] },
    });
  });
});

describe("secrets in plain text", () => {
  it("are worth a warning, kept in the table, and shown nowhere", async () => {
    const spec =
      "  runtime:\n    envs:\n      - name: KEY/1\n        secret: true\n        value: |\n          hunter2\n          second-line\n";
    const { desired, diagnostics, secrets } = await loadFiles({ "jobs/a.yaml": blaxel("job-a", spec) });
    expect(diagnostics).toMatchObject([{ code: "JW1211", severity: "warning", line: 10 }]);
    const ref = new SecretRef("manifest:blaxel/job-a#/spec/runtime/envs/KEY~11/value");
    expect(desired[0]?.document.spec).toEqual({ runtime: { envs: [{ name: "KEY/1", secret: true, value: ref }] } });
    expect(secrets.value(ref)).toBe("hunter2\nsecond-line\n");
    expect(JSON.stringify([desired, diagnostics])).not.toMatch(/hunter2|second-line/);
  });

  it("are starred out where the manifest is wrong in other ways, too", async () => {
    const spec =
      '  runtime:\n    envs:\n      - { name: A, value: &pw hunter2, secret: true, extra: 1 }\n      - { name: B, value: *pw, secret: "true" }\n';
    const { diagnostics } = await loadFiles({ "jobs/a.yaml": blaxel("job-a", spec) });
    expect(diagnostics.length).toBeGreaterThan(1);
    expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
  });

  it.each([
    ["the kind is not managed", blaxel("job-a").replace("kind: Job", "kind: Jop")],
    ["there is no name", blaxel("job-a").replace("name: job-a", "nme: job-a")],
  ])("are starred out where %s", async (_name, head) => {
    const envs = '  runtime: { envs: [{ name: A, value: hunter2, secret: "true", x: 1 }] }\n';
    const { diagnostics } = await loadFiles({
      "jobs/a.yaml": head.replace("metadata:", `spec:\n${envs}metadata:`).replace(/spec:\n {2}enabled.*\n$/, ""),
    });
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
  });

  it("are not framed where the YAML is broken", async () => {
    const { diagnostics } = await loadFiles({
      "jobs/a.yaml": blaxel("job-a", "  runtime:\n    envs:\n      - { name: A, value: hunter2, secret: true\n"),
    });
    expect(diagnostics[0]?.code).toBe("JW1009");
    expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
  });

  it("are not meant where the value is a mask, or refers to the environment", async () => {
    const spec =
      '  runtime: { envs: [{ name: A, value: "**********" }, { name: B, value: "${env:B}", secret: true }] }\n';
    const { desired, diagnostics } = await loadFiles({ "jobs/a.yaml": blaxel("job-a", spec) }, { env: { B: "b" } });
    expect(diagnostics).toEqual([]);
    expect(desired[0]?.document.spec["runtime"]).toEqual({
      envs: [
        { name: "A", value: "**********" },
        { name: "B", value: new SecretRef("env:B"), secret: true },
      ],
    });
  });
});

describe("values that are secret", () => {
  it("are checked without being shown", async () => {
    const env = { BAD: "not-a-format", CRON: "61 * * * *", LONG: "y".repeat(64), PATH_IN: "gs://hidden" };
    const spec =
      '  schedule: { cron: "${env:CRON}", enabled: true }\n  inputs: { type: s3, file_path: "${env:PATH_IN}" }\n  destination: { path: x, format: "${env:BAD}" }\n';
    const found = await problems(nimble("job-a", spec), env);
    expect(found.map((line) => line.split(" ")[1])).toEqual(["JW1201", "JW1210", "JW1107"]);
    expect(found[2]).toContain("spec.destination.format is the value of ${env:BAD}, but must be");
    found.push(...(await problems(blaxel("job-a", "  enabled: true\n", '  displayName: "${env:LONG}"\n'), env)));
    expect(found[3]).toContain("64 characters");
    for (const value of Object.values(env)) expect(found.join("\n")).not.toContain(value);
  });

  it("are always text", async () => {
    expect(await problems(blaxel("job-a", '  runtime: { memory: "${env:MEM}" }\n'), { MEM: "2048" })).toEqual([
      "error JW1106 6:22 spec.runtime.memory must be a whole number, not the text of ${env:MEM}",
    ]);
  });

  it("are not judged where they are not read", async () => {
    const text = nimble(
      "job-a",
      '  schedule: { cron: "${env:C}", enabled: true }\n  destination: { path: x, format: "${env:F}" }\n',
    );
    expect((await loadFiles({ "jobs/a.yaml": text }, { secrets: "skip" })).diagnostics).toEqual([]);
    const typed = blaxel("job-a", '  enabled: "${env:ON}"\n');
    expect((await loadFiles({ "jobs/a.yaml": typed }, { secrets: "skip" })).diagnostics).toMatchObject([
      { code: "JW1106" },
    ]);
  });

  it("that are missing are no names, but nothing more is said of them", async () => {
    expect(await problems(nimble('"${var:nope}"'))).toEqual([
      'error JW1304 4:10 there is no variable "nope" in the config',
    ]);
  });

  it("that are missing are told once, and nothing else of their field", async () => {
    const spec = '  description: "${env:A} ${env:A}"\n  schedule: { cron: "${var:c}", enabled: 1 }\n';
    expect(await problems(nimble("job-a", spec))).toEqual([
      "error JW1303 7:17 the environment variable A is not set",
      'error JW1304 8:22 there is no variable "c" in the config',
      "error JW1106 8:42 spec.schedule.enabled must be true or false, not 1",
    ]);
  });
});
