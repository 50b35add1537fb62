import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { importJobs } from "../../src/commands/import.ts";
import { plan } from "../../src/commands/plan.ts";
import { validate } from "../../src/commands/validate.ts";
import type { ImportDocument } from "../../src/import/report.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { blaxelAnswer, nimbleAnswer } from "../support/live-jobs.ts";
import { temporaryFolder, testShell } from "../support/shell.ts";

let sandbox: Sandbox;
const folder = temporaryFolder();
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => {
  await sandbox.close();
  folder.remove();
});

function environment(): Record<string, string> {
  return {
    NIMBLE_BASE_URL: sandbox.url,
    NIMBLE_API_KEY: "nimble-key-1",
    BL_API_URL: `${sandbox.url}/v0`,
    BL_API_KEY: "blaxel-key-1",
    BL_WORKSPACE: "acme",
  };
}

/** Only these jobs are live, and there is no project yet. */
function startAnew(nimble: readonly JsonObject[], blaxel: readonly JsonObject[]): void {
  for (const job of sandbox.data.nimble.all()) sandbox.data.nimble.delete(job.id);
  for (const job of sandbox.data.blaxel.all()) sandbox.data.blaxel.delete((job["metadata"] as { name: string }).name);
  sandbox.data.add({ nimble: nimble.map((job) => ({ job })), blaxel: blaxel.map((job) => ({ job })) });
  for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name), { recursive: true });
}

async function imported(options: { layout?: "single" } = {}): Promise<ImportDocument> {
  const { stdout } = await importJobs(testShell({ cwd: folder.path, env: environment() }), { json: true, ...options });
  return JSON.parse(stdout);
}

/** The variables that were asked for, with values that are not the real ones: nobody may need to know those. */
function withVariables({ variables }: ImportDocument): Record<string, string> {
  return { ...environment(), ...Object.fromEntries(variables.map(({ name }) => [name, `value of ${name}`])) };
}

function texts(): readonly string[] {
  return readdirSync(folder.path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith(".yaml"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

const estate = fc.record({
  nimble: fc.array(nimbleAnswer, { maxLength: 4 }),
  blaxel: fc.uniqueArray(blaxelAnswer, {
    selector: (job) => (job["metadata"] as { name: string }).name,
    maxLength: 4,
  }),
  layout: fc.constantFrom({}, { layout: "single" as const }),
});

describe("after an import", () => {
  it("every live job is declared or named, the files are valid, and a plan has nothing to do", async () => {
    await fc.assert(
      fc.asyncProperty(estate, async ({ nimble, blaxel, layout }) => {
        startAnew(nimble, blaxel);
        const document = await imported(layout);
        expect(document.imported.length + document.skipped.length).toBe(nimble.length + blaxel.length);
        expect(document.warnings).toEqual([]);
        expect(document.skipped.filter(({ reason }) => !/name|declared twice|easily|same/.test(reason))).toEqual([]);

        const shell = testShell({ cwd: folder.path, env: withVariables(document) });
        const valid = await validate(shell, { paths: [], format: "json", allowEmpty: true });
        const { diagnostics } = JSON.parse(valid.stdout);
        expect(diagnostics.filter((d: { severity: string }) => d.severity === "error")).toEqual([]);
        expect(diagnostics.filter((d: { code: string }) => d.code === "JW1020")).toEqual([]);
        if (document.imported.length === 0) return;

        const planned = JSON.parse((await plan(shell, { json: true })).stdout);
        expect(planned).toMatchObject({ actions: [], refusals: [], summary: { unchanged: document.imported.length } });
        const orphans = planned.standings.filter((s: { kind: string }) => s.kind !== "unmanaged");
        expect(orphans).toEqual([]);
        expect(sandbox.log.writes()).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it("readers of YAML 1.1 find the same in the files", async () => {
    await fc.assert(
      fc.asyncProperty(estate, async ({ nimble, blaxel }) => {
        startAnew(nimble, blaxel);
        await imported();
        for (const text of texts()) {
          const [now] = parseAllDocuments(text, { version: "1.2" });
          const [then] = parseAllDocuments(text, { version: "1.1", merge: true });
          expect(then?.toJS()).toEqual(now?.toJS());
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  it("no secret stands in a file, the state or the output", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(blaxelAnswer, { minLength: 1, maxLength: 1 }), async ([job]) => {
        const secret = "hush-hush-hush";
        const { metadata, spec, ...rest } = job as { metadata: JsonObject; spec: { runtime: JsonObject } };
        const runtime = { ...spec.runtime, envs: [{ name: "TOKEN", value: secret, secret: true }] };
        startAnew([], [{ ...rest, metadata: { ...metadata, name: "job" }, spec: { ...spec, runtime } }]);
        const document = await imported();
        const files = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
        for (const file of files) {
          expect(readFileSync(join(file.parentPath, file.name), "utf8"), file.name).not.toContain(secret);
        }
        expect(JSON.stringify(document)).not.toContain(secret);
        expect(document.variables).toEqual([
          { name: "TOKEN", path: "/spec/runtime/envs/TOKEN/value", address: "blaxel/job" },
        ]);
      }),
      { numRuns: 10 },
    );
  });
});
