import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EditorProject, editorProject } from "../support/editor-project.ts";
import { filesUnder, read } from "../support/source-files.ts";

let project: EditorProject;
beforeAll(async () => {
  project = await editorProject();
});
afterAll(() => project.close());

let files = 0;
const problemsIn = (text: string, file = `jobs/${files++}.yaml`) => project.server.problems(file, text);

const NIMBLE = `apiVersion: nimbleway.com/v1
kind: Job
metadata:
  name: a
spec:
  agent_name: x
`;
const BLAXEL = `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata:
  name: b
spec:
`;

describe("problems in the editor", () => {
  it("underline a wrong field at its place", async () => {
    expect(await problemsIn(`${NIMBLE}  shedule: { cron: "0 6 * * *", enabled: true }\n`)).toEqual([
      "7:3 Property shedule is not allowed.",
    ]);
  });

  it("are of the platform that apiVersion names, and of no other", async () => {
    const wrong = `${NIMBLE.replace("agent_name", "extract_template_name")}  runtime: { memory: 1 }\n`;
    expect(await problemsIn(wrong)).toEqual([
      '5:1 Missing property "agent_name".',
      "6:3 Property extract_template_name is not allowed.",
      "7:3 Property runtime is not allowed.",
    ]);
  });

  it("are one where the platform is not known", async () => {
    expect(await problemsIn(NIMBLE.replace("/v1", "/v9"))).toEqual([
      '1:13 Value is not accepted. Valid values: "nimbleway.com/v1", "nimbleway.com/v2", "blaxel.ai/v1alpha1".',
    ]);
  });

  it("are found in every document of a file", async () => {
    const file = `${NIMBLE}---\n${BLAXEL}  runtme: {}\n---\n${NIMBLE}  destination: { path: x, format: xml }\n`;
    expect(await problemsIn(file)).toEqual([
      "13:3 Property runtme is not allowed.",
      '21:35 Value is not accepted. Valid values: "jsonl", "csv", "parquet".',
    ]);
  });

  it("are found in later documents also below the line that `init` writes for the first", async () => {
    const line = "# yaml-language-server: $schema=../node_modules/jobwright/schemas/manifest.schema.json\n";
    expect(await problemsIn(`${line}${NIMBLE}---\n${BLAXEL}  runtme: {}\n`)).toEqual([
      "14:3 Property runtme is not allowed.",
    ]);
  });

  it("are found by that line alone, where no setting names the file", async () => {
    const line = "# yaml-language-server: $schema=../node_modules/jobwright/schemas/manifest.schema.json\n";
    expect(await problemsIn(`${NIMBLE}  x: 1\n`, "other/b.yaml")).toEqual([]);
    expect(await problemsIn(`${line}${NIMBLE}  x: 1\n`, "other/a.yaml")).toEqual(["8:3 Property x is not allowed."]);
  });

  it("tell wrong types and bounds", async () => {
    const spec = `  enabled: "yes"
  runtime: { memory: big, diskPercent: 5, ports: [{ target: 99999 }] }
  triggers: [{ type: corn }]
`;
    expect(await problemsIn(`${BLAXEL}${spec}`)).toEqual([
      "6:12 Incorrect type. Expected one of boolean, null.",
      "7:22 Incorrect type. Expected one of integer, null.",
      "7:40 Value is below the minimum of 10.",
      "7:61 Value is above the maximum of 65535.",
      '8:22 Value is not accepted. Valid values: "cron", "http", "http-async".',
    ]);
  });

  it("warn of what the platform sets", async () => {
    const text = `${BLAXEL}  enabled: true\nstatus: DEPLOYED\n`;
    expect(await problemsIn(text)).toEqual(["7:1 The platform sets it; jobwright does not send it. Remove it."]);
  });

  it("are not made of variables, in whatever place", async () => {
    const blaxel = `  enabled: "\${var:on}"
  runtime: { memory: "\${var:mb}", envs: ["\${var:env}", { name: A, value: "\${env:A}", secret: "\${var:hide}" }] }
  triggers: "\${var:triggers}"
`;
    const nimble = `  schedule: { cron: "\${var:cron}", enabled: "\${var:on}" }
  inputs: "\${var:inputs}"
  destination: { type: "\${var:type}", path: "s3://\${var:bucket}/x", format: "\${var:format}" }
`;
    expect(await problemsIn(`${BLAXEL}${blaxel}---\n${NIMBLE}${nimble}`)).toEqual([]);
  });

  it("tell of the config", async () => {
    const config = "safty: {}\nsafety: { maxDeletes: many, adopt: maybe }\ntargets: { eu: { provider: nimbel } }\n";
    expect(await problemsIn(config, "team/jobwright.yaml")).toEqual([
      "1:1 Property safty is not allowed.",
      '2:23 Incorrect type. Expected "integer".',
      '2:36 Value is not accepted. Valid values: "allow", "deny".',
      '3:28 Value is not accepted. Valid values: "nimble", "blaxel".',
    ]);
  });
});

describe("no problem is seen", () => {
  const examples = filesUnder("examples", ".yaml").filter((file) => !file.startsWith("examples/workflows/"));

  it("in any example", async () => {
    expect(examples.length).toBeGreaterThan(10);
    const seen = await Promise.all(
      examples.map(async (file) => {
        const isConfig = file.endsWith("/jobwright.yaml");
        return [file, await problemsIn(read(file), isConfig ? file : `jobs/${file}`)];
      }),
    );
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(examples.map((file) => [file, []])));
  });

  it("in what `init` writes", async () => {
    for (const file of ["jobwright.yaml", "jobs/example-nimble.yaml", "jobs/example-blaxel.yaml"]) {
      expect(await problemsIn(project.read(file), file)).toEqual([]);
    }
  });
});
