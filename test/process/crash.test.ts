import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";
import { converge } from "./converge.ts";

const SHIM = join(ROOT, "test/process/crash.cjs");

async function project(): Promise<CliProject> {
  const names = ["a", "b", "c"];
  const files = Object.fromEntries(names.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name)]));
  // One after the other: the second job's record is the third time that the journal is synced.
  const made = await cliProject({ ...files, "jobwright.yaml": "http: { concurrency: 1 }\n" });
  onTestFinished(() => made.close());
  return made;
}

const failing = (how: string) => ({ NODE_OPTIONS: `--require ${SHIM}`, CRASH: how, CRASH_QUOTES: "customer 4711" });

describe("the program itself fails", () => {
  it.each([
    "exception",
    "rejection",
  ])("by an %s: one line that says how far it came, exit 1, no values", async (how) => {
    const place = await project();
    const { code, stderr, stdout } = await place.runWith(failing(`${how}:3`), "apply", "-y");
    expect(code).toBe(1);
    const lines = stderr.split("\n").filter((line) => line.includes("JW5000"));
    expect(lines).toEqual([
      expect.stringMatching(/^Error JW5000: jobwright itself failed \(SyntaxError\); \d applied, \d open; run again$/),
    ]);
    expect(stderr + stdout).not.toContain("customer 4711");
    expect(stderr).not.toMatch(/^ {4}at /m);
    // What was recorded at the very moment may count as open still; nothing that is open counts as applied.
    const [applied = 0, open = 0] = (lines[0]?.match(/\d(?= applied| open)/g) ?? []).map(Number);
    expect(applied + open).toBe(3);
    const { warnings } = onlyJson<{ warnings: readonly object[] }>(await place.run("plan", "--json"));
    expect(warnings.length).toBeLessThanOrEqual(open);
    expect(warnings.length).toBeGreaterThan(0);
    expect(await converge(place.path, { ...place.env, JOBWRIGHT_CREATE_SETTLE: "200ms" })).toBe(1);
    expect(place.sandbox.data.nimble.count()).toBe(3);
  });

  it("with -v: where, still without the values; with --json: one document", async () => {
    const place = await project();
    const { code, stderr, stdout } = await place.runWith(failing("exception:2"), "-v", "apply", "-y", "--json");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ {4}at .*crash\.cjs/m);
    expect(stderr + stdout).not.toContain("customer 4711");
    const { error } = onlyJson<{ error: object }>({ stdout, stderr, code });
    expect(error).toMatchObject({ code: "JW5000", reason: "internal", message: expect.stringContaining("run again") });
  });
});
