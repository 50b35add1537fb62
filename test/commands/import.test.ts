import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { type ImportOptions, importJobs } from "../../src/commands/import.ts";
import { plan } from "../../src/commands/plan.ts";
import { RefusedError } from "../../src/errors.ts";
import type { ImportDocument } from "../../src/import/report.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";
import { temporaryFolder } from "../support/shell.ts";

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms();
});
afterEach(() => platforms.close());

async function run(options: ImportOptions = {}, env: Record<string, string> = {}): Promise<ImportDocument> {
  const { stdout } = await importJobs(platforms.shell(env), { json: true, ...options });
  return JSON.parse(stdout);
}

async function planned(env: Record<string, string> = {}, flags: { prune?: boolean } = {}) {
  const { stdout } = await plan(platforms.shell(env), { json: true, allowEmpty: true, ...flags });
  return JSON.parse(stdout);
}

const secret = (name: string) => ({ name, value: "hidden-value", secret: true });
const withEnvs = (name: string, ...envs: object[]) => ({ metadata: { name }, spec: { runtime: { envs } } }) as never;

describe("the manifests", () => {
  it("are what a person would write: ordered, without noise, read the same by everybody", async () => {
    platforms.blaxel({
      metadata: {
        labels: { tier: "1", on: "yes" },
        displayName: "Nightly: all",
        name: "nightly",
        createdBy: "somebody",
      },
      spec: {
        region: "eu-lon-1",
        enabled: true,
        policies: [],
        triggers: [
          { type: "cron", id: "trigger-4", enabled: true, configuration: { tasks: [], schedule: "0 3 * * *" } },
          { id: "by-hand", type: "http-async", enabled: true, configuration: { callbackSecret: "********" } },
        ],
        runtime: {
          image: "registry/x:1",
          generation: "mk3",
          envs: [
            { name: "SCRIPT", value: "set -e\nrun ${ARGS}\n", secret: false },
            { name: "VERSION", value: "0123" },
            secret("TOKEN"),
          ],
          memory: 4096,
          ports: [{ protocol: "HTTP", target: 80 }],
          future: { a: 1 },
        },
      },
      status: "DEPLOYED",
    } as never);
    const { imported, variables } = await run();
    expect(imported).toEqual([
      {
        address: "blaxel/nightly",
        id: "nightly",
        file: "jobs/blaxel/nightly.yaml",
        adopted: true,
        notes: ["left as it is live, since no manifest knows such a field: /spec/runtime/future"],
      },
    ]);
    expect(variables).toEqual([{ name: "TOKEN", address: "blaxel/nightly", path: "/spec/runtime/envs/TOKEN/value" }]);
    expect(platforms.read("jobs/blaxel/nightly.yaml")).toBe(`\
# yaml-language-server: $schema=../../node_modules/jobwright/schemas/manifest.schema.json
apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata:
  name: nightly
  displayName: "Nightly: all"
  labels:
    tier: "1"
    "on": "yes"
spec:
  runtime:
    memory: 4096
    envs:
      - name: SCRIPT
        value: |
          set -e
          run $\${ARGS}
      - name: VERSION
        value: "0123"
      - name: TOKEN
        value: "\${env:TOKEN}"
        secret: true
    ports:
      - target: 80
  triggers:
    - type: cron
      enabled: true
      configuration:
        schedule: "0 3 * * *"
    - id: by-hand
      type: http-async
      enabled: true
`);
    expect(await planned({ TOKEN: "whatever" })).toMatchObject({ actions: [], summary: { unchanged: 1 } });
  });

  it("leave out what validation refuses, and say so", async () => {
    platforms.nimble({ name: "odd", schedule: { cron: "@daily", enabled: true }, description: "kept" });
    const { imported } = await run();
    expect(imported[0]?.notes).toEqual([
      '/spec/schedule is left as it is live: "@daily" is a nickname, which the platforms do not take',
    ]);
    expect(platforms.read("jobs/nimble/odd.yaml")).toMatch(
      /spec:\n {2}agent_name: amazon_pdp\n {2}description: kept\n$/,
    );
    expect(await planned()).toMatchObject({ actions: [], summary: { unchanged: 1 } });
  });

  it("of v2 have v2's word for the template", async () => {
    platforms.nimble({ name: "a" });
    await run({ api: "v2" });
    expect(platforms.read("jobs/nimble/a.yaml")).toContain("nimbleway.com/v2");
    expect(platforms.read("jobs/nimble/a.yaml")).toContain("extract_template_name: amazon_pdp");
    expect(await planned()).toMatchObject({ actions: [], summary: { unchanged: 1 } });
    platforms.nimble({ id: "job_77", name: "b" });
    await run();
    expect(platforms.read("jobs/nimble/b.yaml"), "as the others have it").toContain("nimbleway.com/v2");
  });

  it("name a target that is not the platform's own", async () => {
    platforms.write("jobwright.yaml", "targets: { nimble-two: { provider: nimble, apiKey: '${env:KEY_TWO}' } }\n");
    const sandbox = await startPlatforms({ accounts: { "key-number-two": "two" } });
    sandbox.sandbox.data.add({ nimble: [{ account: "two", job: { name: "a", agent_name: "x" } }] });
    const env = { KEY_TWO: "key-number-two", NIMBLE_BASE_URL: sandbox.sandbox.url };
    await run({ target: ["nimble-two"] }, env);
    expect(platforms.read("jobs/nimble-two/a.yaml")).toContain("jobwright.dev/target: nimble-two");
    expect(await planned(env)).toMatchObject({ actions: [], summary: { unchanged: 1 } });
    await sandbox.close();
  });
});

describe("secrets", () => {
  it("never share a variable, nor take one that is not handed on", async () => {
    platforms.write(
      "jobs/old.yaml",
      `{ apiVersion: blaxel.ai/v1alpha1, kind: Job, metadata: { name: old }, spec: { runtime: { envs: [
        { name: A, value: "\${env:USED}", secret: true }] } } }`,
    );
    platforms.blaxel(withEnvs("old", secret("A")), withEnvs("one", secret("KEY"), secret("ALONE")));
    platforms.blaxel(withEnvs("two", secret("KEY"), secret("USED"), secret("BL_API_KEY"), secret("a-b")));
    const { variables } = await run();
    expect(variables.map(({ name, address }) => `${address} ${name}`)).toEqual([
      "blaxel/one ONE_KEY",
      "blaxel/one ALONE",
      "blaxel/two TWO_KEY",
      "blaxel/two TWO_USED",
      "blaxel/two TWO_BL_API_KEY",
      "blaxel/two a_b",
    ]);
  });

  it("are sent when their variable changes, and not before", async () => {
    platforms.blaxel(withEnvs("job", secret("TOKEN"), { name: "A", value: "1" }));
    await run();
    const first = { TOKEN: "what-the-user-took-it-for" };
    expect(await planned(first)).toMatchObject({ actions: [] });
    expect((await apply(platforms.shell(first), { autoApprove: true })).exitCode).toBe(0);
    expect(platforms.sandbox.log.writes()).toEqual([]);
    expect(await planned(first)).toMatchObject({ actions: [] });
    expect(await planned({ TOKEN: "another-one" })).toMatchObject({
      actions: [{ changes: [{ path: "/spec/runtime/envs/TOKEN/value", after: { $secret: "env:TOKEN" } }] }],
    });
  });

  it("need not be set for the next import", async () => {
    platforms.blaxel(withEnvs("job", secret("TOKEN")));
    await run();
    platforms.nimble({ name: "later" });
    const { imported } = await run();
    expect(imported.map(({ address }) => address)).toEqual(["nimble/later"]);
  });
});

describe("files", () => {
  it("have safe names, numbered where two would be one", async () => {
    platforms.nimble(
      { name: "a b" },
      { name: "a-b" },
      { name: "A-B" },
      { name: "..x" },
      { name: "con" },
      { name: "日本" },
    );
    await run();
    expect(platforms.files()).toEqual([
      "jobs/nimble/A-B.yaml",
      "jobs/nimble/a-b-2.yaml",
      "jobs/nimble/a-b-3.yaml",
      "jobs/nimble/job-con.yaml",
      "jobs/nimble/job.yaml",
      "jobs/nimble/x.yaml",
    ]);
    expect(await planned()).toMatchObject({ actions: [], summary: { unchanged: 6 } });
  });

  it("are never overwritten: not one is written where one is there", async () => {
    platforms.nimble({ name: "a" }, { name: "b" });
    platforms.write("jobs/nimble/b.yaml", "# nothing in it\n");
    await expect(run()).rejects.toMatchObject({
      code: "JW5501",
      message: expect.stringContaining("jobs/nimble/b.yaml"),
    });
    expect(platforms.files()).toEqual(["jobs/nimble/b.yaml"]);
    expect(await planned()).toMatchObject({ summary: { unmanaged: 0 }, actions: [] });
  });

  it("are not looked for in vain: a --name that matches no live job is told, with what was meant", async () => {
    platforms.nimble({ name: "nightly" });
    const shell = platforms.shell();
    await importJobs(shell, { json: true, name: ["nihgtly", "night*", "zz*"] });
    expect(shell.lines.filter((line) => line.includes("JW1023"))).toEqual([
      "warning JW1023: --name nihgtly matches no live job. Did you mean nightly?",
      "warning JW1023: --name zz* matches no live job. * stands for any characters.",
    ]);
  });

  it("name the project's copies of the schemas where it has them", async () => {
    platforms.nimble({ name: "a" });
    platforms.write("schemas/jobwright/manifest.schema.json", "{}");
    await run();
    expect(platforms.read("jobs/nimble/a.yaml")).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/jobwright\/manifest\.schema\.json\n/,
    );
  });

  it("are one for a target with --layout single", async () => {
    platforms.nimble({ name: "a" }, { name: "b" });
    await run({ layout: "single", out: "jobs/imported" });
    expect(platforms.files()).toEqual(["jobs/imported/nimble.yaml"]);
    const text = platforms.read("jobs/imported/nimble.yaml");
    expect(text.match(/^# yaml-language-server: \$schema=\.\.\/\.\.\/node_modules/gm)).toHaveLength(2);
    expect(text.match(/^---$/gm)).toHaveLength(1);
    expect(await planned()).toMatchObject({ actions: [], summary: { unchanged: 2 } });
  });

  it("stay inside of the project", async () => {
    platforms.nimble({ name: "a" });
    await expect(run({ out: "../elsewhere" })).rejects.toMatchObject({ code: "JW5502" });
    expect(platforms.files()).toEqual([]);
  });

  it("follow no folder out of the project", async () => {
    const elsewhere = temporaryFolder();
    symlinkSync(elsewhere.path, join(platforms.folder, "outside"));
    platforms.nimble({ name: "a" });
    await expect(run({ out: "outside/in" })).rejects.toMatchObject({ code: "JW5502" });
    expect(readdirSync(elsewhere.path)).toEqual([]);
    elsewhere.remove();
  });

  it("that are not among the manifests adopt nothing: --prune would take their jobs for removed", async () => {
    platforms.nimble({ name: "a" });
    const { imported, warnings } = await run({ out: "drafts" });
    expect(imported).toMatchObject([{ file: "drafts/nimble/a.yaml", adopted: false }]);
    expect(warnings).toEqual([expect.stringContaining('manifests: ["jobs/**/*.{yaml,yml}", "drafts/**/*.yaml"]')]);
    platforms.nimble({ id: "job_5", name: "b" });
    await run({ name: ["b"] });
    expect(await planned({}, { prune: true })).toMatchObject({ actions: [], summary: { unmanaged: 1, unchanged: 1 } });
  });
});

describe("which jobs", () => {
  it("are asked for by name and target", async () => {
    platforms.nimble({ name: "daily-a" }, { name: "hourly" });
    platforms.blaxel(withEnvs("daily-b"));
    expect((await run({ target: ["nimble"], name: ["daily-*"] })).imported).toHaveLength(1);
    expect((await run({ name: ["daily-*"] })).imported.map((job) => job.address)).toEqual(["blaxel/daily-b"]);
    await expect(run({ target: ["nimbel"] })).rejects.toMatchObject({ hint: "Did you mean nimble?" });
  });

  it("share a name: the first is bound by its id, the other is named", async () => {
    platforms.nimble({ id: "job_4", name: "twin" }, { id: "job_9", name: "twin", description: "other" });
    const { imported, skipped } = await run();
    expect(imported).toMatchObject([{ address: "nimble/twin", id: "job_4" }]);
    expect(skipped).toEqual([
      { address: "nimble/twin", id: "job_9", reason: expect.stringContaining("the live job job_4 has the same name") },
    ]);
    expect(platforms.read("jobs/nimble/twin.yaml")).toContain("jobwright.dev/id: job_4");
    expect(await planned()).toMatchObject({ actions: [], summary: { unchanged: 1, unmanaged: 1 } });
  });

  it("cannot be declared: the others are imported", async () => {
    platforms.nimble({ name: "a/b" }, { name: "ok" });
    const { imported, skipped } = await run();
    expect(imported.map((job) => job.address)).toEqual(["nimble/ok"]);
    expect(skipped).toMatchObject([{ address: "nimble/a/b", reason: expect.stringContaining('holds "/"') }]);
  });

  it("cannot be declared at all: an error", async () => {
    platforms.nimble({ name: "a/b" });
    expect((await importJobs(platforms.shell(), {})).exitCode).toBe(1);
  });

  it("lost their manifest: it comes back with what was remembered", async () => {
    platforms.write(
      "jobs/a.yaml",
      `apiVersion: nimbleway.com/v1
kind: Job
metadata: { name: a, annotations: { jobwright.dev/protect: "true", jobwright.dev/on-remove: disable } }
spec: { agent_name: x, description: mine }
`,
    );
    await apply(platforms.shell(), { autoApprove: true });
    platforms.write("jobs/a.yaml", "# gone\n");
    expect((await run()).imported).toMatchObject([{ address: "nimble/a", adopted: true }]);
    const text = platforms.read("jobs/nimble/a.yaml");
    expect(text).toContain('jobwright.dev/protect: "true"');
    expect(text).toContain("jobwright.dev/on-remove: disable");
    expect(await planned({}, { prune: true })).toMatchObject({ actions: [], summary: { unchanged: 1, orphaned: 0 } });
  });
});

describe("what surrounds it", () => {
  it("is an environment with one platform's credentials only", async () => {
    platforms.nimble({ name: "a" });
    const shell = platforms.shell({ BL_API_KEY: "" });
    const { stdout } = await importJobs(shell, {});
    expect(stdout).toContain("nimble/a  jobs/nimble/a.yaml\n");
    expect(shell.lines).toEqual([expect.stringMatching(/^blaxel is left out: no credentials/)]);
    await expect(run({ target: ["blaxel"] }, { BL_API_KEY: "" })).rejects.toMatchObject({ code: "JW2050" });
  });

  it("is no state: files are written, nothing is adopted", async () => {
    platforms.write("jobwright.yaml", "state: { store: none }\n");
    platforms.nimble({ name: "a" });
    const { imported, warnings } = await run();
    expect(imported).toMatchObject([{ adopted: false }]);
    expect(warnings).toEqual(["state.store is none: nothing is adopted, and nothing is remembered"]);
    expect(await planned()).toMatchObject({ actions: [], summary: { unchanged: 1 } });
  });

  it("is a patch of the config: the plan shows its work as pending", async () => {
    platforms.write(
      "jobwright.yaml",
      `patches: [{ match: "nimble/*", patch: [{ op: replace, path: /spec/schedule/enabled, value: false }] }]\n`,
    );
    platforms.nimble({ name: "a", schedule: { cron: "0 6 * * *", enabled: true } });
    const { imported } = await run();
    expect(imported[0]?.notes).toEqual(["patches of the config change /spec/schedule/enabled: the plan shows that"]);
    expect(platforms.read("jobs/nimble/a.yaml")).toContain("enabled: true");
    expect(await planned()).toMatchObject({
      actions: [{ changes: [{ cause: "pending", before: true, after: false }] }],
    });
  });

  it("is another account than the state knows: refused, nothing written", async () => {
    platforms.nimble({ name: "a" });
    await run();
    const other = await startPlatforms();
    other.nimble({ name: "b" });
    await expect(run({}, { NIMBLE_BASE_URL: other.sandbox.url })).rejects.toBeInstanceOf(RefusedError);
    expect(platforms.files()).toEqual(["jobs/nimble/a.yaml"]);
    await other.close();
  });

  it("is told in text: files, variables, what comes next", async () => {
    platforms.blaxel(withEnvs("job", secret("TOKEN")));
    const { stdout } = await importJobs(platforms.shell(), {});
    expect(stdout).toBe(`\
blaxel/job  jobs/blaxel/job.yaml

Set these variables where jobwright runs, to what the platform has; none of the values is in a file:
  TOKEN  blaxel/job /spec/runtime/envs/TOKEN/value

1 job in 1 file. Look at them, then: jobwright plan
`);
    expect((await importJobs(platforms.shell(), {})).stdout).toBe(
      "Nothing to import: every live job is declared, or cannot be.\n",
    );
  });
});
