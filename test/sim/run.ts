import { createHash } from "node:crypto";
import { JobwrightError } from "../../src/errors.ts";
import { converged, isBelated } from "./check-state.ts";
import { Checker, type Opportunities, type Violation } from "./checks.ts";
import { type RunPlan, startRun } from "./engine.ts";
import type { SimJob } from "./jobs.ts";
import { isForeign } from "./ledger.ts";
import { EPOCH } from "./model.ts";
import { plainRun } from "./runs.ts";
import { doStep, LATEST_COMMIT_MS, meddle, type Step, settle } from "./steps.ts";
import { type Command, type Planted, type Run, World, type WorldOptions } from "./world.ts";

/** Everything that a simulation does: the same recipe always does the same. */
export interface Recipe {
  readonly seed: number;
  readonly options: WorldOptions;
  readonly jobs: number;
  readonly steps: readonly Step[];
}

/** What came of a simulation. */
export interface Report {
  readonly violations: readonly Violation[];
  /** The step after which they showed; the number of steps where it was at the end. */
  readonly at: number;
  readonly runs: number;
  readonly requests: number;
  readonly virtualMs: number;
  /** How often each kind of request met each fault: `create: lost after`. */
  readonly matrix: ReadonlyMap<string, number>;
  /** Where processes were killed. */
  readonly deaths: ReadonlyMap<string, number>;
  /** Cells of git's faults, and kinds of call whose disk failed, that were met. */
  readonly met: ReadonlyMap<string, number>;
  /** Kinds of acts that processes did. */
  readonly acts: ReadonlySet<string>;
  /** How long runs took to end after a stop signal, in virtual milliseconds. */
  readonly stops: readonly number[];
  /** Results of actions by status. */
  readonly results: ReadonlyMap<string, number>;
  readonly opportunities: Opportunities;
  /** Runs until nothing was left to do, once the faults had stopped. */
  readonly runsToConverge: number;
  /** Digest of the request log: the same for the same recipe. */
  readonly digest: string;
}

/** Plays a recipe; ends at the first step that breaks a promise. `watch` gets the world before anything happens. */
export async function play(recipe: Recipe, planted?: Planted, watch?: (world: World) => void): Promise<Report> {
  const world = new World(recipe.options, planted);
  watch?.(world);
  world.backUp();
  settle(world, recipe.seed, recipe.jobs);
  await world.kernel.advance(5_000);
  const checker = new Checker(world);
  let violations: readonly Violation[] = [];
  let at = 0;
  for (; at < recipe.steps.length && violations.length === 0; at += 1) {
    const step = recipe.steps[at];
    if (step !== undefined) violations = await doStep(world, step, checker);
  }
  let runsToConverge = 0;
  if (violations.length === 0) ({ violations, runsToConverge } = await calm(world, checker));
  return {
    violations,
    at,
    runsToConverge,
    runs: world.runs.length,
    requests: world.log.length,
    virtualMs: world.kernel.now,
    matrix: counted(world.log.map((sent) => `${sent.op}: ${sent.fate}`)),
    deaths: counted(world.runs.flatMap((run) => run.process.diedAt ?? [])),
    met: counted(world.runs.flatMap((run) => run.process.faults)),
    acts: new Set(world.runs.flatMap((run) => [...run.process.kinds.keys()])),
    stops: world.runs.flatMap(stopTime),
    results: counted(world.runs.flatMap((run) => run.finished.map(({ result }) => result.status))),
    opportunities: checker.opportunities,
    digest: digestOf(world),
  };
}

const MOST_RUNS = 3;

/** A run of somebody who looks after it: as an admin, with schedules switched on again. */
function calmRun(seed: number, command: Command): RunPlan {
  const plain = plainRun(seed);
  return { ...plain, command, flags: { ...plain.flags, resume: true } };
}

/** Liveness: the faults stop, and a few runs later there is nothing left to do. */
async function calm(
  world: World,
  checker: Checker,
): Promise<{ violations: readonly Violation[]; runsToConverge: number }> {
  await world.kernel.advance(LATEST_COMMIT_MS);
  world.secretsAre = "shown";
  await withoutTwins(world);
  withoutRefusals(world);
  await withoutHolds(world);
  for (let runs = 1; runs <= MOST_RUNS; runs += 1) {
    const run = await startRun(world, calmRun(runs, "apply"), meddle);
    await world.kernel.drive(() => run.endedAt !== undefined);
    const violations = await checker.look();
    if (violations.length > 0) return { violations, runsToConverge: runs };
    await world.kernel.advance(Math.max(world.options.createSettleMs, 10_000));
    const plan = await startRun(world, calmRun(runs, "plan"), meddle);
    await world.kernel.drive(() => plan.endedAt !== undefined);
    if (plan.exit === 0) {
      checker.opportunities.set("seeds that came to rest", 1);
      return { violations: converged(world), runsToConverge: runs };
    }
    if (run.exit === 0) return { violations: [notEmpty(plan)], runsToConverge: runs };
  }
  const last = world.runs.at(-2);
  const why =
    last?.error instanceof Error
      ? last.error.message
      : JSON.stringify(last?.plan?.refusals ?? last?.finished.map((f) => f.result));
  return {
    violations: [
      { check: "S8", message: `not converged after ${MOST_RUNS} runs without faults: exit ${last?.exit}, ${why}` },
    ],
    runsToConverge: MOST_RUNS,
  };
}

/**
 * Two live jobs of one name: made by hand, come too late, or left over by a state that was lost within a replace. A plan
 * says so, and a person deletes one, not the one that the state owns.
 */
async function withoutTwins(world: World): Promise<void> {
  const read = await world.place.read();
  const owned = new Set(read instanceof JobwrightError ? [] : Object.values(read?.jobs ?? {}).map(({ id }) => id));
  const groups = new Map<unknown, string[]>();
  for (const [id, job] of world.model.jobs("nimble:a"))
    groups.set(job["name"], [...(groups.get(job["name"]) ?? []), id]);
  for (const ids of groups.values()) {
    const kept = ids.find((id) => owned.has(id)) ?? ids[0];
    const mayGo = (id: string): boolean =>
      isByHand(world, id) || isForgotten(world, id) || isBelated(world, "nimble:a", id);
    for (const id of ids.filter((each) => each !== kept && mayGo(each)))
      world.model.put("nimble:a", "hand", undefined, id);
  }
}

function isByHand(world: World, id: string): boolean {
  return world.model.commits.some((each) => each.id === id && each.op === "create" && isForeign(each));
}

function isForgotten(world: World, id: string): boolean {
  return world.forgotten.has(`nimble:a/${id}`);
}

/** Holds end by themselves; nobody waits for that here. */
async function withoutHolds(world: World): Promise<void> {
  const read = await world.place.read();
  const held = read instanceof JobwrightError ? [] : Object.values(read?.jobs ?? {}).filter(({ hold }) => hold);
  const until = Math.max(0, ...held.map(({ hold }) => Date.parse(hold?.until ?? "")));
  world.skew = Math.max(world.skew, until - EPOCH - world.kernel.now + 1_000);
}

/** Manifests that no safety rule stands against: what is protected is neither removed nor replaced. */
function withoutRefusals(world: World): void {
  const live = [...world.model.jobs("nimble:a").values()];
  const agentOf = (job: SimJob): string =>
    String(live.find((each) => each["name"] === job.name)?.["agent_name"] ?? job.agent);
  const kept = [...new Map([...world.leftProtected, ...world.desired])].map(([address, job]): [string, SimJob] => [
    address,
    job.provider === "nimble" && job.protect ? { ...job, agent: agentOf(job) } : job,
  ]);
  world.declare(new Map(kept));
}

function notEmpty(run: {
  plan?: { actions: readonly { address: string; action: string; changes: readonly unknown[] }[] };
  error?: unknown;
}): Violation {
  const what = run.plan?.actions.map((a) => `${a.action} ${a.address} ${JSON.stringify(a.changes)}`).join("; ");
  return { check: "S6", message: `exit 0, and the next plan is not empty: ${what ?? String(run.error)}` };
}

/** How long a run that was awake took to end after it was asked to. */
function stopTime({ process, endedAt }: Run): readonly number[] {
  const { stoppedAt, suspendedUntil } = process;
  return stoppedAt === undefined || endedAt === undefined || suspendedUntil > stoppedAt ? [] : [endedAt - stoppedAt];
}

function counted(items: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

function digestOf(world: World): string {
  const hash = createHash("sha256");
  for (const { at, by, line, fate, body, status } of world.log)
    hash.update(JSON.stringify([at, by, line, fate, body, status]));
  for (const { text } of world.lines) hash.update(text);
  return hash.digest("hex").slice(0, 16);
}
