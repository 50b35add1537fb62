import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { State } from "../../src/model/state.ts";
import type { Snapshot } from "../../src/sandbox/store.ts";
import { type RunningCli, startJobwright } from "../support/cli.ts";
import { blaxelManifest, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";
import { converge } from "./converge.ts";
import { SETTLE, startEstate } from "./estate.ts";

/** With this variable every point is hit: before and after each call, those that only read too. That takes minutes. */
const ALL = process.env["JOBWRIGHT_TEST_ALL_CRASHES"] === "1";
const SHIM = join(ROOT, "test/process/file-calls.cjs");

/** How often the lock is looked at depends on the time that passes: unless every point is hit, only what changes counts. */
const READ = /^(realpath|lstat|stat|readdir|readFile|handle\.(read|stat|close)|access)/;

interface Point {
  readonly moment: "before" | "after";
  readonly call: number;
}

/**
 * Every state that the files can be left in: before each call that changes something, and at the end. Besides, after each
 * that makes the journal durable: then what was recorded may be acted on, and was not yet.
 */
function pointsOf(names: readonly string[]): readonly Point[] {
  return names.flatMap((name, i): Point[] => {
    const call = i + 1;
    const after = ALL || name === "handle.datasync" || call === names.length;
    return [{ moment: "before", call }, ...(after ? [{ moment: "after", call } as const] : [])];
  });
}

/** Runs an apply that is killed at a point; answers the names of all its calls where it came to its end. */
async function runKilled(
  start: (env: Env) => RunningCli,
  log: string,
  kill: string,
): Promise<readonly string[] | undefined> {
  rmSync(log, { force: true });
  const counted = ALL ? {} : { FILE_CALLS_SKIP: READ.source };
  const env = { NODE_OPTIONS: `--require ${SHIM}`, FILE_CALLS_KILL: kill, FILE_CALLS_LOG: log, ...counted };
  const { code, stderr } = await start(env).ended;
  if (code === null) return undefined;
  expect(code, stderr).toBe(0);
  return JSON.parse(readFileSync(log, "utf8")) as string[];
}

type Env = Readonly<Record<string, string>>;

/** Something to apply again and again. */
interface Scene {
  readonly start: (env: Env) => RunningCli;
  readonly reset: () => void;
  readonly converge: () => Promise<number>;
  readonly check: () => void;
}

async function hitEveryPoint(
  scene: Scene,
  folder: string,
  wanted: (i: number, names: readonly string[]) => boolean,
): Promise<string> {
  const log = join(folder, "calls.json");
  scene.reset();
  const names = (await runKilled(scene.start, log, "never:0")) ?? [];
  const points = pointsOf(names).filter(({ call }) => wanted(call - 1, names));
  let hit = 0;
  const runs: number[] = [];
  for (const { moment, call } of points) {
    scene.reset();
    const ended = await runKilled(scene.start, log, `${moment}:${call}`);
    // What ends at the same time is recorded together: a run that came to its end had fewer calls than the first one.
    if (ended === undefined) hit += 1;
    else expect(ended.length, `${moment} call ${call}`).toBeLessThan(call);
    try {
      runs.push(await scene.converge());
      scene.check();
    } catch (error) {
      throw new Error(`killed ${moment} call ${call} (${names[call - 1]})`, { cause: error });
    }
  }
  expect(hit).toBeGreaterThan(points.length / 2);
  const changing = names.filter((name) => !READ.test(name)).length;
  return `${names.length} file calls, ${changing} of them change something; killed at ${hit} of ${points.length} points; runs needed: at most ${Math.max(...runs)}`;
}

describe("an apply that is killed at its file calls", () => {
  it("for the first time, until its intents are durable", { timeout: 600_000 }, async () => {
    const project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobs/e.yaml": blaxelManifest("e") });
    onTestFinished(() => project.close());
    const { data } = project.sandbox;
    const empty: Snapshot = data.snapshot();
    const env = { ...project.env, ...SETTLE };
    const scene: Scene = {
      start: (more) => startJobwright(["apply", "-y"], { cwd: project.path, env: { ...env, ...more } }),
      reset: () => {
        rmSync(join(project.path, ".jobwright"), { recursive: true, force: true });
        data.restore(empty);
      },
      converge: () => converge(project.path, env),
      check: () => {
        expect(data.nimble.all()).toMatchObject([{ name: "a" }]);
        expect(data.blaxel.all()).toHaveLength(1);
        const { jobs, open } = JSON.parse(project.read(".jobwright/state.json")) as State;
        expect(open).toEqual([]);
        // A job that had to be adopted was forgotten before.
        expect(Object.entries(jobs).map(([address, { id, adopted }]) => [address, id, adopted])).toEqual([
          ["blaxel/e", "e", false],
          ["nimble/a", data.nimble.all()[0]?.id, false],
        ]);
      },
    };
    // What comes after that is what the next test is about.
    const told = await hitEveryPoint(scene, project.path, (i, names) => i <= secondSync(names));
    console.log(`a first apply: ${told}`);
  });

  it("that creates, updates, deletes, replaces and adopts, on both platforms", { timeout: 600_000 }, async () => {
    const estate = await startEstate();
    onTestFinished(() => estate.close());
    const scene: Scene = { ...estate, start: (env) => estate.startWith(env) };
    const told = await hitEveryPoint(scene, estate.outside, () => true);
    console.log(`an apply of all kinds: ${told}`);
  });
});

/** Where the intents are made durable: the account's identity is recorded before. */
function secondSync(names: readonly string[]): number {
  return names.indexOf("handle.datasync", names.indexOf("handle.datasync") + 1);
}
