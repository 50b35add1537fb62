import { afterEach, describe, expect, test } from "vitest";
import type { CliRun } from "../support/cli.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

let project: CliProject;
afterEach(() => project.close());

const MANIFESTS = {
  "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily"),
  "jobs/nightly.yaml": blaxelManifest("nightly"),
};

/** Runs plan and apply, as text and as JSON; each is to fail with exit 1, this code, and no write. */
async function expectFailure(
  code: string,
  words: readonly (string | RegExp)[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const args of [["plan"], ["apply", "-y"], ["drift"]]) {
    const text = await project.runWith(env, ...args);
    expect(text.code, `${args.join(" ")}: ${text.stdout}${text.stderr}`).toBe(1);
    expect(text.stdout).toBe("");
    expect(text.stderr).toContain(code);
    expectWords(text.stderr, words);
    expect(text.stderr.split(code), "told once").toHaveLength(2);
    expect(text.stderr).not.toMatch(/\n\s+at .*\.js:\d+/);
    const json = await project.runWith(env, ...args, "--json");
    expect(json.code).toBe(1);
    expectWords(json.stderr, [code, ...words]);
    const { error, diagnostics } = onlyJson<ErrorJson>(json);
    expect(onlyJson(json)["formatVersion"]).toBe(1);
    expectWords([error, ...diagnostics].map((each) => `${each.code} ${each.message} ${each.hint}`).join("\n"), [
      code,
      ...words,
    ]);
  }
  expect(project.sandbox.log.writes()).toEqual([]);
}

interface ErrorJson {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly diagnostics: readonly { readonly code: string; readonly message: string; readonly hint?: string }[];
}

function expectWords(text: string, words: readonly (string | RegExp)[]): void {
  const line = text.replaceAll(/\s+/g, " ");
  for (const word of words) {
    if (typeof word === "string") expect(line).toContain(word);
    else expect(line).toMatch(word);
  }
}

describe("a platform that does not answer as it should", () => {
  test("nobody listens at its address", async () => {
    project = await cliProject(MANIFESTS);
    const { url } = project.sandbox;
    await project.sandbox.close();
    // Reads are tried five times; the pauses between are cut by the config.
    project.write("jobwright.yaml", "http: { readTries: 1 }\n");
    await expectFailure("JW2000", [url, "refuses the connection", /NIMBLE_BASE_URL|BL_API_URL/]);
  });

  test("a wrong key", async () => {
    project = await cliProject(MANIFESTS, { key: "the-right-one" });
    await expectFailure("JW2010", [/NIMBLE_API_KEY|BL_API_KEY/], { NIMBLE_API_KEY: "the-wrong-one" });
  });

  test("a workspace that is not there", async () => {
    project = await cliProject({ "jobs/nightly.yaml": blaxelManifest("nightly") }, { workspaces: ["acme-prod"] });
    await expectFailure("JW2011", ["workspace acme", "BL_WORKSPACE"]);
  });

  test("an API version that it does not know", async () => {
    project = await cliProject({ "jobs/nightly.yaml": blaxelManifest("nightly") }, { blaxelVersions: ["2031-01-01"] });
    await expectFailure("JW2017", ["API version", "jobwright"]);
  });

  test("a page of HTML instead of the API", async () => {
    project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
    project.sandbox.faults.add({ fault: "html" });
    await expectFailure("JW2030", ["not the API", "HTML", "NIMBLE_BASE_URL"]);
  });

  test("a redirect, which is not followed", async () => {
    project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
    project.sandbox.faults.add({ fault: { redirect: { location: "https://elsewhere.example/v1/jobs" } } });
    await expectFailure("JW2033", ["https://elsewhere.example", "not followed"]);
  });

  test("JSON that is cut off", async () => {
    project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
    project.write("jobwright.yaml", "http: { readTries: 1 }\n");
    project.sandbox.data.nimble.put({ name: "x", agent_name: "y" });
    project.sandbox.faults.add({ fault: { truncateBody: { honestLength: true } } });
    await expectFailure("JW2031", ["broken"]);
  });
});

describe("credentials", () => {
  test("none at all", async () => {
    project = await cliProject(MANIFESTS);
    await expectFailure("JW2050", ["NIMBLE_API_KEY"], { NIMBLE_API_KEY: "" });
  });

  test("no workspace", async () => {
    project = await cliProject(MANIFESTS);
    await expectFailure("JW2052", ["BL_WORKSPACE"], { BL_WORKSPACE: "" });
  });

  test("a key of a form that cannot be right, whose value is not told", async () => {
    project = await cliProject(MANIFESTS);
    await expectFailure("JW2051", ["NIMBLE_API_KEY"], { NIMBLE_API_KEY: "two words\nand-a-line" });
    const run = await project.runWith({ NIMBLE_API_KEY: "two words\nand-a-line" }, "plan");
    expect(run.stderr).not.toContain("and-a-line");
  });

  test("plain http to another machine", async () => {
    project = await cliProject(MANIFESTS);
    await expectFailure("JW2042", ["http"], { NIMBLE_BASE_URL: "http://nimble.example" });
  });
});

describe("manifests", () => {
  test("none", async () => {
    project = await cliProject({ "README.md": "no jobs yet\n" });
    await expectFailure("JW5003", ["no manifest", "jobs/", "jobwright init", "--allow-empty"]);
    expect((await project.run("plan", "--allow-empty")).code).toBe(0);
  });

  test("A79 none, with --prune: refused, exit 3", async () => {
    project = await cliProject(MANIFESTS);
    await project.done("apply", "-y");
    project.sandbox.log.clear();
    project.remove("jobs");
    for (const args of [
      ["plan", "--prune"],
      ["apply", "--prune", "-y"],
    ]) {
      const run = await project.run(...args);
      expect([run.code, run.stdout]).toEqual([3, ""]);
      expect(run.stderr).toContain("JW3009");
      const json = await project.run(...args, "--json");
      expect(json.code).toBe(3);
      expect(onlyJson(json)).toMatchObject({
        error: { code: "JW3009", hint: expect.stringContaining("--allow-empty") },
      });
    }
    project.write("jobs/amazon.yaml", nimbleManifest("amazon-pdp-daily"));
    project.write("jobwright.yaml", 'manifests: ["jbos/**/*.yaml"]\n');
    expect(await project.run("apply", "--prune", "-y")).toMatchObject({
      ...{ code: 3, stderr: expect.stringContaining("jbos/**/*.yaml") },
    });
    expect(project.sandbox.log.entries).toEqual([]);
  });

  test("two live Nimble jobs of the declared name: both ids, and how to bind one", async () => {
    project = await cliProject({ "jobs/amazon.yaml": nimbleManifest("amazon-pdp-daily") });
    const ids = [1, 2].map(() => project.sandbox.data.nimble.put({ name: "amazon-pdp-daily", agent_name: "x" }).id);
    await expectFailure("JW1401", [...ids, "jobwright.dev/id"]);
  });

  test("an id that no live job has", async () => {
    const bound = nimbleManifest("amazon-pdp-daily").replace(
      "metadata:",
      'metadata:\n  annotations: { jobwright.dev/id: "job_404" }',
    );
    project = await cliProject({ "jobs/amazon.yaml": bound });
    await expectFailure("JW1402", ["job_404"]);
  });

  test("all problems of all files at once, each with its place; nothing is asked of a platform", async () => {
    project = await cliProject({
      "jobs/a.yaml": nimbleManifest("a").replace("agent_name", "agent_nam"),
      "jobs/b.yaml": nimbleManifest("b", "61 * * * *"),
      "jobs/c.yaml": blaxelManifest("c").replace("memory: 2048", "memory: lots"),
      "jobs/d.yaml": "apiVersion: [\n",
    });
    await expectFailure("JW1104", ["agent_nam", "agent_name"]);
    expect(project.sandbox.log.entries).toEqual([]);
    const { diagnostics, error } = onlyJson(await project.run("plan", "--json")) as unknown as {
      diagnostics: { file: string; line: number; column: number; severity: string }[];
      error: { code: string };
    };
    expect(error.code).toBe("JW1000");
    expect([...new Set(diagnostics.map(({ file }) => file))]).toEqual([
      "jobs/a.yaml",
      "jobs/b.yaml",
      "jobs/c.yaml",
      "jobs/d.yaml",
    ]);
    expect(diagnostics.find(({ file }) => file === "jobs/a.yaml")).toMatchObject({
      line: 6,
      column: 3,
      severity: "error",
    });
  });

  test("a variable that is not set: file, line, column and its name", async () => {
    project = await cliProject({
      "jobs/a.yaml": nimbleManifest("a", "0 6 * * *", '  description: "${env:NOT_SET}"\n'),
    });
    await expectFailure("JW1303", ["NOT_SET"]);
    expect((await project.run("plan")).stderr).toContain("jobs/a.yaml:8:");
  });
});

describe("validate", () => {
  const BAD = { "jobs/a.yaml": nimbleManifest("a").replace("agent_name", "agent_nam") };

  test("all is well: 0, no error in the JSON, nothing is sent", async () => {
    project = await cliProject(MANIFESTS);
    const text = await project.done("validate");
    expect(text).toMatchObject({ stdout: expect.stringContaining("2 jobs in 2 files: valid"), stderr: "" });
    expect(onlyJson(await project.done("validate", "--format", "json"))).toEqual({ formatVersion: 1, diagnostics: [] });
    expect(await project.done("validate", "--format", "github")).toMatchObject({ stdout: "", stderr: "" });
    expect(project.sandbox.log.entries).toEqual([]);
  });

  test("needs neither keys nor a network", async () => {
    project = await cliProject(MANIFESTS);
    const none = Object.fromEntries(Object.keys(project.env).map((name) => [name, ""]));
    expect((await project.runWith(none, "validate")).code).toBe(0);
  });

  test("an error: 1 in every format; a code frame, a document, an annotation", async () => {
    project = await cliProject(BAD);
    const text = await project.run("validate");
    expect(text.code).toBe(1);
    const told = text.stdout + text.stderr;
    expect(told).toContain("jobs/a.yaml:6:3");
    expect(told).toContain("JW1104");
    expect(told).toContain("agent_nam: amazon_pdp");
    expect(told).toMatch(/agent_name/);
    const json = await project.run("validate", "--format", "json");
    expect(json.code).toBe(1);
    expect(onlyJson(json)).toMatchObject({
      formatVersion: 1,
      error: { code: "JW1000", message: expect.any(String), hint: expect.any(String) },
      diagnostics: expect.arrayContaining([
        {
          ...{ code: "JW1104", severity: "error", message: expect.stringContaining("agent_nam"), file: "jobs/a.yaml" },
          ...{ line: 6, column: 3, hint: expect.stringContaining("agent_name") },
          ...{ endLine: 6, endColumn: expect.any(Number) },
        },
      ]),
    });
    const github = await project.run("validate", "--format", "github");
    expect(github.code).toBe(1);
    expect(github.stdout).toMatch(/^::error file=jobs\/a\.yaml,line=6,(endLine=6,)?col=3/m);
  });

  test("only warnings: 0", async () => {
    project = await cliProject({ "jobs/a.yaml": nimbleManifest("a", "0 0 31 2 *") });
    const run = await project.run("validate", "--format", "json");
    expect(run.code).toBe(0);
    expect(onlyJson(run)).toMatchObject({ diagnostics: [{ code: "JW1202", severity: "warning" }] });
    expect(onlyJson(run)).not.toHaveProperty("error");
  });
});

describe("the command line", () => {
  async function wrong(...args: string[]): Promise<CliRun> {
    const run = await project.run(...args);
    expect([run.code, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).not.toBe("");
    return run;
  }

  test("unknown commands and flags, missing and bad values: 1, told on stderr", async () => {
    project = await cliProject(MANIFESTS);
    expect((await wrong("plann")).stderr).toContain("plan");
    expect((await wrong("plan", "--detailed-exitcod")).stderr).toContain("--detailed-exitcode");
    await wrong("plan", "--max-deletes", "many");
    await wrong("apply", "--lock-timeout", "soon");
    await wrong("hold", "nimble/amazon-pdp-daily");
    await wrong("validate", "--format", "xml");
    await wrong("completion", "tcsh");
    await wrong("state");
  });

  test("under --json they are one document too", async () => {
    project = await cliProject(MANIFESTS);
    for (const args of [
      ["plan", "--json", "--no-such-flag"],
      ["plan", "--json", "--max-deletes", "many"],
      ["validate", "--format", "json", "--no-such-flag"],
      ["validate", "--format", "sarif", "--json"],
    ]) {
      const run = await project.run(...args);
      expect(run.code).toBe(1);
      expect(onlyJson(run)).toMatchObject({ formatVersion: 1, error: { code: "JW5001" }, diagnostics: [] });
    }
  });

  test("--help, --version and nothing at all: 0, on stdout", async () => {
    project = await cliProject();
    const help = await project.done("--help");
    expect((await project.done()).stdout).toBe(help.stdout);
    for (const command of [
      "init",
      "validate",
      "plan",
      "apply",
      "drift",
      "import",
      "hold",
      "release",
      "diff-plans",
      "status",
      "state",
      "sandbox",
      "schema",
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command}\\b`, "m"));
    }
    expect((await project.done("plan", "--help")).stdout).toContain("--changed-since");
    expect((await project.done("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("a config that is not there, an environment that is not there", async () => {
    project = await cliProject({ ...MANIFESTS, "jobwright.yaml": "environments: { prod: {} }\n" });
    expect(onlyJson(await project.run("--config", "other.yaml", "plan", "--json"))).toMatchObject({
      error: { code: "JW1000" },
      diagnostics: [{ code: "JW1301" }],
    });
    const run = await project.run("--env", "prd", "plan", "--json");
    expect(run.code).toBe(1);
    expect(onlyJson(run)).toMatchObject({ diagnostics: [{ code: "JW1302", hint: expect.stringContaining("prod") }] });
  });
});
