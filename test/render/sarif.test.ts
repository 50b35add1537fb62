import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { sarifLog } from "../../src/render/sarif.ts";
import { sarifFaults } from "./sarif-structure.ts";

const wrong: Diagnostic = {
  ...{ code: "JW1101", severity: "error", message: "this is wrong", hint: "Do it right." },
  ...{ file: "jobs/größe 1.yaml", line: 3, column: 5, endLine: 3, endColumn: 9, address: "nimble/a" },
};
const odd: Diagnostic = { code: "JW1023", severity: "warning", message: "odd", file: "jobs/b.yaml" };

describe("SARIF", () => {
  it("has a result for each problem in a file, at its place, with a rule of its own", () => {
    const [run] = sarifLog([wrong, odd, { ...wrong, line: 9 }], "1.2.3").runs;
    expect(run.tool.driver).toMatchObject({ name: "jobwright", version: "1.2.3" });
    expect(run.tool.driver.rules.map(({ id }) => id)).toEqual(["JW1023", "JW1101"]);
    expect(run.results).toHaveLength(3);
    expect(run.results[0]).toEqual({
      ruleId: "JW1101",
      ruleIndex: 1,
      level: "error",
      message: { text: "this is wrong\nDo it right." },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "jobs/gr%C3%B6%C3%9Fe%201.yaml" },
            region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
          },
        },
      ],
      properties: { reason: "invalid", address: "nimble/a" },
    });
    expect(run.results[1]).toMatchObject({ ruleIndex: 0, level: "warning", properties: {} });
    expect(run.results[1]?.locations[0].physicalLocation).toEqual({ artifactLocation: { uri: "jobs/b.yaml" } });
    expect(run.invocations[0]).toEqual({ executionSuccessful: true, toolConfigurationNotifications: [] });
  });

  it("tells of problems without a file as notifications: every result needs a place", () => {
    const [run] = sarifLog([{ code: "JW5003", severity: "error", message: "no manifest" }], "1.2.3").runs;
    expect(run.results).toEqual([]);
    expect(run.invocations[0]).toEqual({
      executionSuccessful: false,
      toolConfigurationNotifications: [
        {
          ...{ descriptor: { id: "JW5003" }, level: "error", message: { text: "no manifest" } },
          properties: { reason: "invalid" },
        },
      ],
    });
  });

  it("is as SARIF 2.1.0 has it, and holds nothing that acts on a terminal", () => {
    const hostile = { ...wrong, message: "\u001b[2J\u202e::error::x" };
    const elsewhere: Diagnostic = { code: "JW5003", severity: "error", message: "no manifest" };
    const log = sarifLog([hostile, odd, elsewhere], "1.2.3");
    expect(sarifFaults(log)).toEqual([]);
    expect(sarifFaults(sarifLog([], "1.2.3"))).toEqual([]);
    expect(sarifFaults({ ...log, runs: [{ results: [{ level: "bad" }] }] })).toHaveLength(3);
    expect(JSON.stringify(log)).not.toMatch(/\\u001b|\u202e/);
  });
});
