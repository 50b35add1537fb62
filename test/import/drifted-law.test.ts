import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument, type ToStringOptions, visit } from "yaml";
import { importJobs } from "../../src/commands/import.ts";
import { plan } from "../../src/commands/plan.ts";
import { validate } from "../../src/commands/validate.ts";
import type { DriftedDocument } from "../../src/import/drift-report.ts";
import type { ImportDocument } from "../../src/import/report.ts";
import { escapeUnseen } from "../../src/import/scalars.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { blaxelAnswer, nimbleAnswer } from "../support/live-jobs.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

let platforms: Platforms;
beforeAll(async () => {
  platforms = await startPlatforms();
});
afterAll(() => platforms.close());

interface Style extends ToStringOptions {
  readonly flow: boolean;
  readonly comments: boolean;
}

const style: fc.Arbitrary<Style> = fc.record({
  flow: fc.boolean(),
  comments: fc.boolean(),
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  singleQuote: fc.boolean(),
  lineWidth: fc.constantFrom(0, 40),
  flowCollectionPadding: fc.boolean(),
});

/** The same manifest as another person would have laid it out. */
function restyled(text: string, { flow, comments, ...options }: Style): string {
  const document = parseDocument(text);
  let mappings = 0;
  visit(document, {
    Map: (_key, node) => {
      // Outer mappings stay as they are.
      if (flow && mappings++ > 2) node.flow = true;
    },
    Scalar: (key, node) => {
      if (comments && key === "value" && node.type === "PLAIN" && !flow) node.comment = " why";
    },
  });
  return escapeUnseen(document.toString(options));
}

const pair = (answer: fc.Arbitrary<JsonObject>) => fc.tuple(answer, answer);
const cases = fc.record({
  jobs: fc.oneof(
    fc.record({ platform: fc.constant("nimble" as const), both: pair(nimbleAnswer) }),
    fc.record({ platform: fc.constant("blaxel" as const), both: pair(blaxelAnswer) }),
  ),
  style,
});

async function run<T>(command: Promise<{ readonly stdout: string }>): Promise<T> {
  return JSON.parse((await command).stdout) as T;
}

function makeLive(platform: "nimble" | "blaxel", job: JsonObject): void {
  if (platform === "nimble") platforms.nimble({ ...job, name: "job" });
  else platforms.blaxel({ ...job, metadata: { ...(job["metadata"] as JsonObject), name: "job" } });
}

/** Somebody makes another job of it by hand; its name and agent stay. */
function remake(platform: "nimble" | "blaxel", to: JsonObject): void {
  const { nimble, blaxel } = platforms.sandbox.data;
  if (platform === "blaxel") {
    blaxel.edit("job", () => to as never);
    return;
  }
  const { id, name, agent_name, created_at, ...old } = (nimble.all()[0] ?? {}) as JsonObject;
  const cleared = Object.fromEntries(Object.keys(old).map((key) => [key, null]));
  nimble.edit(String(id), { ...cleared, ...to, name, agent_name } as never);
}

interface PlanJson {
  readonly actions: readonly { readonly changes: readonly { readonly path: string }[] }[];
  readonly standings: readonly { readonly changes?: readonly { readonly path: string }[] }[];
}

describe("import --drifted", () => {
  it("makes the manifest say what is live, or says where it does not", async () => {
    let edits = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ jobs: { platform, both }, style: layout }) => {
        platforms.reset();
        makeLive(platform, both[0]);
        const imported = await run<ImportDocument>(importJobs(platforms.shell(), { json: true }));
        const [job] = imported.imported;
        if (job === undefined) return;
        platforms.write(job.file, restyled(platforms.read(job.file), layout));
        const shell = platforms.shell(Object.fromEntries(imported.variables.map(({ name }) => [name, "some-value"])));
        expect(await run(plan(shell, { json: true }))).toMatchObject({ actions: [] });

        remake(platform, both[1]);
        const { edited, left } = await run<DriftedDocument>(importJobs(shell, { drifted: true, json: true }));
        edits += edited.length;

        const { diagnostics } = await run<{ diagnostics: readonly { severity: string }[] }>(
          validate(shell, { paths: [], format: "json", allowEmpty: false }),
        );
        expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        const after = await run<PlanJson>(plan(shell, { json: true }));
        const differing = [...after.actions, ...after.standings].flatMap(({ changes = [] }) =>
          changes.map(({ path }) => path),
        );
        const told = left.map(({ path }) => path);
        expect(differing.filter((path) => !told.includes(path))).toEqual([]);
        expect(platforms.sandbox.log.writes()).toEqual([]);
      }),
      { numRuns: 60 },
    );
    // Else the property says nothing.
    expect(edits).toBeGreaterThan(20);
  }, 120_000);
});
