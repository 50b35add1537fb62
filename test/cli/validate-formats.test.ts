import { afterEach, expect, test } from "vitest";
import { sarifFaults } from "../render/sarif-structure.ts";
import { type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

let project: CliProject;
afterEach(() => project.close());

interface Log {
  readonly runs: readonly {
    readonly results: readonly { readonly ruleId: string; readonly locations: readonly object[] }[];
    readonly invocations: readonly object[];
  }[];
}

test("validate --format sarif and junit tell of every problem in every file", async () => {
  project = await cliProject({
    "jobs/good.yaml": nimbleManifest("good"),
    "jobs/wrong.yaml": nimbleManifest("wrong", "never"),
  });
  const sarif = await project.run("validate", "--format", "sarif");
  expect([sarif.code, sarif.stderr]).toEqual([1, ""]);
  expect(sarifFaults(onlyJson(sarif))).toEqual([]);
  const { results = [] } = onlyJson<Log>(sarif).runs[0] ?? {};
  expect(results).toHaveLength(1);
  expect(results[0]?.locations[0]).toMatchObject({
    physicalLocation: { artifactLocation: { uri: "jobs/wrong.yaml" }, region: { startLine: 7 } },
  });

  const junit = await project.run("validate", "--format", "junit");
  expect(junit.code).toBe(1);
  expect(junit.stdout).toContain('<testsuites name="jobwright validate" tests="2" failures="1" errors="0">');
  expect(junit.stdout).toContain('<testcase name="is valid" classname="jobs/good.yaml"/>');
  expect(junit.stdout).toContain(`<testcase name="${results[0]?.ruleId} 7:`);
});

test("they are whole also where there is nothing to look at", async () => {
  project = await cliProject();
  const sarif = await project.run("validate", "--format", "sarif");
  expect(sarif.code).toBe(1);
  expect(sarif.stderr).toContain("JW5003");
  expect(onlyJson<Log>(sarif).runs[0]?.invocations[0]).toMatchObject({
    executionSuccessful: false,
    toolConfigurationNotifications: [{ descriptor: { id: "JW5003" } }],
  });
  const junit = await project.run("validate", "--format", "junit");
  expect(junit.code).toBe(1);
  expect(junit.stdout).toContain('<testcase name="JW5003" classname="jobwright">');
});

test("they are good where all is well", async () => {
  project = await cliProject({ "jobs/good.yaml": nimbleManifest("good") });
  expect(onlyJson<Log>(await project.done("validate", "--format", "sarif")).runs[0]?.results).toEqual([]);
  expect((await project.done("validate", "--format", "junit")).stdout).toContain('failures="0"');
  expect(onlyJson(await project.done("validate", "--json"))).toEqual({ formatVersion: 1, diagnostics: [] });
});
