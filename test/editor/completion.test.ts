import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EditorProject, editorProject } from "../support/editor-project.ts";
import { CURSOR, type Offer } from "../support/language-server.ts";

let project: EditorProject;
beforeAll(async () => {
  project = await editorProject();
});
afterAll(() => project.close());

const MANIFEST = "jobs/a.yaml";
const head = (apiVersion: string) => `apiVersion: ${apiVersion}\nkind: Job\nmetadata:\n  name: a\n`;
const V1 = head("nimbleway.com/v1");
const V2 = head("nimbleway.com/v2");
const BLAXEL = head("blaxel.ai/v1alpha1");

const offersIn = (file: string, text: string): Promise<readonly Offer[]> => project.server.complete(file, text);

/** Labels offered at the cursor, those that are a whole name of a field or value. */
async function labels(text: string, file = MANIFEST): Promise<readonly string[]> {
  return (await offersIn(file, text)).map(({ label }) => label);
}

describe("completion of a manifest", () => {
  it("begins with whole jobs, and with what every manifest has", async () => {
    const offered = await labels(CURSOR);
    expect(offered).toEqual(
      expect.arrayContaining(["new Nimble job (v1)", "new Nimble job (v2)", "new Blaxel job", "apiVersion", "kind"]),
    );
  });

  it("offers the platforms", async () => {
    const offers = await offersIn(MANIFEST, `apiVersion: ${CURSOR}`);
    expect(offers.map(({ label }) => label)).toEqual(["nimbleway.com/v1", "nimbleway.com/v2", "blaxel.ai/v1alpha1"]);
    expect(offers[1]?.about).toContain("extract_template_name");
  });

  it("goes on with the chosen platform only", async () => {
    const offered = await labels(`apiVersion: blaxel.ai/v1alpha1\n${CURSOR}`);
    expect(offered).toEqual(expect.arrayContaining(["kind", "metadata", "spec", "new Blaxel job"]));
    expect(offered.filter((label) => /nimble/i.test(label))).toEqual([]);
    // What the platform sets is nobody's to write.
    expect(offered.filter((label) => /^(status|events)$/.test(label))).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ["nimbleway.com/v1", V1, ["agent_name", "display_name", "description", "schedule", "inputs", "destination"]],
    ["nimbleway.com/v2", V2, ["extract_template_name", "display_name", "description", "schedule", "inputs"]],
    ["blaxel.ai/v1alpha1", BLAXEL, ["runtime", "triggers", "enabled", "policies", "region", "volumes"]],
  ])("offers the fields of %s in spec, and none of another's", async (_apiVersion, manifest, wanted) => {
    const offered = await labels(`${manifest}spec:\n  ${CURSOR}`);
    expect(offered).toEqual(expect.arrayContaining([...wanted]));
    const foreign = ["agent_name", "extract_template_name", "runtime"].filter((field) => !wanted.includes(field));
    expect(offered.filter((label) => foreign.includes(label))).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ["metadata of Blaxel", `apiVersion: blaxel.ai/v1alpha1\nmetadata:\n  ${CURSOR}`, ["name", "displayName", "labels"]],
    ["annotations", `${V1}  annotations:\n    ${CURSOR}`, ["jobwright.dev/protect", "jobwright.dev/on-remove"]],
    ["a schedule", `${V1}spec:\n  agent_name: x\n  schedule:\n    ${CURSOR}`, ["cron", "enabled"]],
    ["inputs", `${V2}spec:\n  inputs:\n    ${CURSOR}`, ["type", "file_path", "data"]],
    ["a destination", `${V1}spec:\n  destination:\n    ${CURSOR}`, ["type", "path", "format"]],
    ["a runtime", `${BLAXEL}spec:\n  runtime:\n    ${CURSOR}`, ["memory", "timeout", "maxRetries", "envs", "ports"]],
    ["an env", `${BLAXEL}spec:\n  runtime:\n    envs:\n      - ${CURSOR}`, ["name", "value", "secret", "a secret"]],
    ["a trigger", `${BLAXEL}spec:\n  triggers:\n    - ${CURSOR}`, ["type", "enabled", "configuration", "id"]],
    [
      "a trigger's settings",
      `${BLAXEL}spec:\n  triggers:\n    - type: cron\n      configuration:\n        ${CURSOR}`,
      ["schedule", "tasks", "path", "callbackUrl"],
    ],
    ["a volume", `${BLAXEL}spec:\n  volumes:\n    - ${CURSOR}`, ["name", "mountPath", "type", "sizeMb"]],
  ])("offers the fields of %s", async (_what, text, wanted) => {
    const offers = await offersIn(MANIFEST, text);
    for (const label of wanted) {
      expect(offers).toContainEqual(expect.objectContaining({ label, about: expect.stringMatching(/\w/) }));
    }
    // No platform-set field is ever offered.
    expect(offers.filter(({ label }) => /^(createdAt|workspace|callbackSecret)$/.test(label))).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ["destination.format", `${V1}spec:\n  destination:\n    format: ${CURSOR}`, ["parquet", "jsonl", "csv"]],
    ["inputs.type", `${V1}spec:\n  inputs:\n    type: ${CURSOR}`, ["s3", "inline", "file"]],
    ["a trigger's type", `${BLAXEL}spec:\n  triggers:\n    - type: ${CURSOR}`, ["cron", "http", "http-async"]],
    ["on-remove", `${V1}  annotations:\n    jobwright.dev/on-remove: ${CURSOR}`, ["delete", "disable", "forget"]],
  ])("offers the values of %s, each with what it means", async (_what, text, wanted) => {
    const offers = await offersIn(MANIFEST, text);
    for (const label of wanted) {
      expect(offers).toContainEqual(expect.objectContaining({ label, about: expect.stringMatching(/\w{3}/) }));
    }
  });

  it("offers true and false for a switch", async () => {
    const offered = await labels(`${V1}spec:\n  schedule:\n    cron: "0 6 * * *"\n    enabled: ${CURSOR}`);
    expect(offered).toEqual(expect.arrayContaining(["true", "false"]));
  });

  it("works in a later document of a file, by that document's own apiVersion", async () => {
    const offered = await labels(`${V1}spec:\n  agent_name: x\n---\n${BLAXEL}spec:\n  r${CURSOR}\n`);
    expect(offered).toContain("runtime");
    expect(offered).not.toContain("agent_name");
    expect(await labels(`${BLAXEL}spec: {}\n---\napiVersion: ${CURSOR}\n`)).toContain("nimbleway.com/v2");
  });
});

describe("completion of the config", () => {
  const inConfig = (text: string) => labels(text, "jobwright.yaml");

  it("offers its keys, at the top and in an environment", async () => {
    const keys = ["manifests", "exclude", "targets", "vars", "patches", "state", "ignore", "safety", "http"];
    expect(await inConfig(CURSOR)).toEqual(expect.arrayContaining([...keys, "createSettle", "environments"]));
    const inside = await inConfig(`environments:\n  prod:\n    ${CURSOR}`);
    expect(inside).toEqual(expect.arrayContaining(keys));
    expect(inside).not.toContain("environments");
  });

  it.each<[string, string, readonly string[]]>([
    ["a target", `targets:\n  eu:\n    ${CURSOR}`, ["provider", "workspace", "apiKey", "baseUrl"]],
    ["its provider", `targets:\n  eu:\n    provider: ${CURSOR}`, ["nimble", "blaxel"]],
    ["a patch", `patches:\n  - ${CURSOR}`, ["match", "patch"]],
    ["an operation", `patches:\n  - match: "*"\n    patch:\n      - op: ${CURSOR}`, ["add", "remove", "replace"]],
    ["the store", `state:\n  store: ${CURSOR}`, ["none", "file", "git"]],
    ["safety", `safety:\n  ${CURSOR}`, ["maxDeletes", "maxDeletesPercent", "protect", "adopt", "conflicts"]],
    ["conflicts", `safety:\n  conflicts: ${CURSOR}`, ["overwrite", "refuse"]],
    ["an ignore rule", `ignore:\n  - ${CURSOR}`, ["match", "paths", "reason", "until"]],
    ["http", `http:\n  ${CURSOR}`, ["concurrency", "readTries", "writeTimeout", "maxWait"]],
  ])("offers what %s may be", async (_what, text, wanted) => {
    expect(await inConfig(text)).toEqual(expect.arrayContaining([...wanted]));
  });
});

describe("hovering", () => {
  const shown = (text: string, file = MANIFEST) => project.server.hover(file, text);

  it("tells what a field is for, its unit, and whose it is", async () => {
    expect(await shown(`${BLAXEL}spec:\n  runtime:\n    mem${CURSOR}ory: 2048\n`)).toMatch(/megabytes.*2048/s);
    expect(await shown(`${BLAXEL}spec:\n  runtime:\n    im${CURSOR}age: x\n`)).toContain("bl deploy");
    expect(await shown(`${V1}spec:\n  agent${CURSOR}_name: x\n`)).toMatch(/Fixed once the job exists.*allow-replace/s);
    expect(await shown(`safety:\n  max${CURSOR}Deletes: 7\n`, "jobwright.yaml")).toContain("max-deletes N");
  });

  it("shows when cron expressions fire", async () => {
    const cron = await shown(`${V1}spec:\n  agent_name: x\n  schedule:\n    cr${CURSOR}on: "0 6 * * *"\n`);
    expect(cron).toMatch(/\| fires \|.*`"\*\/15 \* \* \* \*"` \| every 15 minutes/s);
    expect(cron).toContain("**UTC**");
  });

  it("tells what each value of a choice means", async () => {
    const format = await shown(`${V1}spec:\n  destination:\n    path: x\n    format: c${CURSOR}sv\n`);
    expect(format).toMatch(/parquet where it is left out.*`csv`: Comma-separated values\./s);
  });
});
