import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { State } from "../../src/model/state.ts";
import type { Snapshot } from "../../src/sandbox/store.ts";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";
import { converge } from "./converge.ts";

/** All points take minutes; without this variable every call that changes something is hit, and some of the reads. */
const ALL = process.env["JOBWRIGHT_TEST_ALL_CRASHES"] === "1";
const ONE_READ_IN = 16;
const SETTLE = { JOBWRIGHT_CREATE_SETTLE: "200ms" };
const SHIM = join(ROOT, "test/process/file-calls.cjs");

const READ = /^(realpath|lstat|stat|readdir|readFile|handle\.(read|stat|close)|access)/;
const DURABLE = /^(rename|link|handle\.(sync|datasync))$/;

interface Point {
  readonly moment: "before" | "after";
  readonly call: number;
}

/** Before each call that changes something, after each that makes something durable or visible, and before some reads. */
function pointsOf(names: readonly string[]): readonly Point[] {
  const points = names.flatMap((name, i): Point[] => {
    const [before, after]: Point[] = [
      { moment: "before", call: i + 1 },
      { moment: "after", call: i + 1 },
    ] as const;
    if (before === undefined || after === undefined) return [];
    if (ALL || DURABLE.test(name)) return [before, after];
    return !READ.test(name) || i % ONE_READ_IN === 0 ? [before] : [];
  });
  return points;
}

async function runKilled(project: CliProject, kill: string): Promise<readonly string[] | undefined> {
  const log = join(project.path, "calls.json");
  rmSync(log, { force: true });
  const env = { ...SETTLE, NODE_OPTIONS: `--require ${SHIM}`, FILE_CALLS_KILL: kill, FILE_CALLS_LOG: log };
  const { code, stderr } = await project.runWith(env, "apply", "-y", "--prune");
  if (code === null) return undefined;
  expect(code, stderr).toBe(0);
  return JSON.parse(readFileSync(log, "utf8")) as string[];
}

async function hitEveryPoint(
  project: CliProject,
  reset: () => void,
  check: () => void,
  wanted: (name: string) => boolean = () => true,
): Promise<string> {
  reset();
  const names = (await runKilled(project, "never:0")) ?? [];
  const points = pointsOf(names).filter(({ call }) => ALL || wanted(names[call - 1] ?? ""));
  let hit = 0;
  const runs: number[] = [];
  for (const { moment, call } of points) {
    reset();
    // Calls of different jobs overlap: the last ones may be fewer than before.
    if ((await runKilled(project, `${moment}:${call}`)) === undefined) hit += 1;
    runs.push(await converge(project.path, { ...project.env, ...SETTLE }));
    try {
      check();
    } catch (error) {
      throw new Error(`killed ${moment} call ${call} (${names[call - 1]})`, { cause: error });
    }
  }
  expect(hit).toBeGreaterThan(points.length * 0.9);
  return `killed at ${hit} of ${names.length * 2} points of ${names.length} file calls; runs needed: at most ${Math.max(...runs)}`;
}

function owned(project: CliProject): readonly unknown[] {
  const { jobs, open } = JSON.parse(project.read(".jobwright/state.json")) as State;
  expect(open).toEqual([]);
  // A job that had to be adopted was forgotten before.
  return Object.entries(jobs)
    .map(([address, { id, adopted }]) => [address, id, adopted])
    .sort();
}

describe("an apply that is killed at its file calls", () => {
  it("for the first time, with nothing there yet", { timeout: 600_000 }, async () => {
    const project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobs/e.yaml": blaxelManifest("e") });
    onTestFinished(() => project.close());
    const { data } = project.sandbox;
    const empty: Snapshot = data.snapshot();
    const reset = (): void => {
      rmSync(join(project.path, ".jobwright"), { recursive: true, force: true });
      data.restore(empty);
    };
    const told = await hitEveryPoint(project, reset, () => {
      expect(data.nimble.all()).toMatchObject([{ name: "a" }]);
      expect(data.blaxel.all()).toHaveLength(1);
      expect(owned(project)).toEqual([
        ["blaxel/e", "e", false],
        ["nimble/a", data.nimble.all()[0]?.id, false],
      ]);
    });
    console.log(`a first apply: ${told}`);
  });

  it("with jobs that are there: an update and a delete", { timeout: 600_000 }, async () => {
    const project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobs/b.yaml": nimbleManifest("b") });
    onTestFinished(() => project.close());
    const { data } = project.sandbox;
    await project.done("apply", "-y");
    const [live, state, saved] = [data.snapshot(), join(project.path, ".jobwright"), join(project.path, "saved")];
    cpSync(state, saved, { recursive: true });
    project.remove("jobs/b.yaml");
    project.write("jobs/a.yaml", nimbleManifest("a", "0 9 * * *"));
    const reset = (): void => {
      rmSync(state, { recursive: true });
      cpSync(saved, state, { recursive: true });
      data.restore(live);
    };
    const check = (): void => {
      expect(data.nimble.all()).toMatchObject([{ name: "a", schedule: { cron: "0 9 * * *" } }]);
      expect(owned(project)).toEqual([["nimble/a", data.nimble.all()[0]?.id, false]]);
    };
    const told = await hitEveryPoint(project, reset, check, (name) => DURABLE.test(name));
    console.log(`an update and a delete: ${told}`);
  });
});
