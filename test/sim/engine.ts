import { JobwrightError, RefusedError } from "../../src/errors.ts";
import type { State } from "../../src/model/state.ts";
import type { PlanFlags } from "../../src/plan/input.ts";
import type { StateSession } from "../../src/state/store.ts";
import { applyNow, applySaved, hold, importForeign, look, type Work } from "./commands.ts";
import type { DiskFault } from "./disk.ts";
import type { Weather } from "./faults.ts";
import type { GitWeather } from "./git-process.ts";
import { secretsOf } from "./jobs.ts";
import { type Fortune, Process } from "./process.ts";
import { projectOf } from "./project.ts";
import { chance } from "./random.ts";
import { shellOf, storeOf } from "./shell.ts";
import type { Command, Meddler, Run, SavedText, World } from "./world.ts";

/** One run of the program and everything that happens to it. */
export interface RunPlan {
  readonly command: Command;
  readonly seed: number;
  readonly weather: Weather;
  readonly fortune: Fortune;
  readonly flags: Partial<Pick<PlanFlags, "prune" | "allowReplace" | "acceptMissing" | "resume" | "onlyCause">> &
    Partial<Record<"maxDeletes" | "maxUpdates", number>>;
  /** `a2`: a new key of the same account. `b`: the key of another account. */
  readonly key: "a" | "a2" | "b";
  /** Blaxel: with a key, or with client credentials that get tokens. */
  readonly login: "key" | "client";
  /** Blaxel: another workspace than ever is set. */
  readonly strayed: boolean;
  readonly disk?: DiskFault;
  readonly git: GitWeather;
  /** How often somebody edits a live job while a person looks at the plan. */
  readonly pondering: number;
  /** The wall clock jumps by so much, so many milliseconds after the start. */
  readonly jump?: { readonly afterMs: number; readonly ms: number };
  readonly lockTimeoutMs: number;
  /** More than one process: their file calls take time, so that they get in between each other. */
  readonly crowded: boolean;
}

/** As `src/run.ts` has it. */
const LAST_MOMENT_MS = 6_500;

/** Starts a process; it is over when its `endedAt` is set, or when it is dead. */
export async function startRun(world: World, planned: RunPlan, meddle: Meddler): Promise<Run> {
  const read = await world.place.read();
  const before = read instanceof JobwrightError ? undefined : read;
  const saved = planned.command === "apply saved" ? savedPlanOf(world, planned) : undefined;
  const vouched = saved?.vouched ?? planned.flags.acceptMissing === true;
  const how = withinReach(world, before, planned, vouched);
  const pid = world.processes.size + 1;
  const process = new Process(world.kernel, pid, how.fortune);
  world.processes.set(pid, process);
  const owner = how.key.slice(0, 1);
  const run: Run = {
    process,
    command: how.command,
    startedAt: world.kernel.now,
    desired: saved === undefined ? new Map(world.desired) : withSecretsOfNow(saved.desired, world.desired),
    accounts: { nimble: `nimble:${owner}`, blaxel: `blaxel:${owner}${how.strayed ? "/elsewhere" : ""}` },
    rotated: how.key === "a2",
    prune: saved?.prune ?? how.flags.prune === true,
    resume: how.flags.resume === true,
    heals: how.flags.onlyCause === "drift",
    pondering: how.pondering,
    lockTimeoutMs: how.lockTimeoutMs,
    firstCommit: world.model.commits.length,
    firstSent: world.log.length,
    finished: [],
    before,
    ...(saved === undefined ? {} : { saved }),
  };
  world.runs.push(run);
  const { jump } = how;
  if (jump !== undefined) world.kernel.at(jump.afterMs, () => world.jump(jump.ms));
  const ended = (exit: number, error?: unknown): void => {
    if (run.endedAt !== undefined) return;
    run.endedAt = world.kernel.now;
    run.exit = exit;
    if (error !== undefined) run.error = error;
  };
  // What takes too long to finish is ended by the program itself; what is open is settled by the next run.
  process.stop.signal.addEventListener("abort", () => {
    world.kernel.at(LAST_MOMENT_MS, () => {
      if (run.endedAt !== undefined || !process.alive) return;
      ended(130);
      process.die("its last moment");
    });
  });
  work(world, how, run, meddle).then(ended, (error: unknown) => {
    const exit = error instanceof RefusedError ? 3 : 1;
    ended(process.stoppedAt !== undefined && exit !== 3 ? 130 : exit, error);
  });
  return run;
}

/** The plan that was saved last, or one before; undefined where none was. */
function savedPlanOf(world: World, { seed }: RunPlan): SavedText | undefined {
  const c = chance(seed ^ 0x5a7ed);
  return c.is(0.8) ? world.savedPlans.at(-1) : c.any(world.savedPlans);
}

/** What a saved plan declares, with the values that its variables have by now. */
function withSecretsOfNow(saved: Run["desired"], now: Run["desired"]): Run["desired"] {
  return new Map(
    [...saved].map(([address, job]) => {
      const current = now.get(address);
      const { literal } = job;
      if (current === undefined) return [address, job];
      if (literal === undefined) return [address, { ...job, secret: current.secret }];
      return [address, { ...job, literal: { ...literal, variables: secretsOf(current) } }];
    }),
  );
}

/**
 * Another account can be told from a job that is gone only by what the state knows: that a target was reached with
 * other credentials, and that something is owned there, or undecided. Where it knows nothing, or where somebody says
 * that jobs may be missing, the wrong key makes jobs in the wrong place: nobody promises anything there.
 */
function withinReach(world: World, before: State | undefined, planned: RunPlan, vouched: boolean): RunPlan {
  const owned = Object.keys(before?.jobs ?? {});
  const isKnown = (target: string): boolean =>
    before?.targets[target]?.credentials !== undefined &&
    (owned.some((address) => address.startsWith(`${target}/`)) || before.open.some((each) => each.target === target));
  const used = new Set([...world.desired.values()].map((job) => job.provider as string));
  const tellsKey = !vouched && [...used].some(isKnown);
  const tellsPlace = before?.targets["blaxel"] !== undefined;
  return {
    ...planned,
    key: planned.key === "b" && !tellsKey ? "a" : planned.key,
    strayed: planned.strayed && tellsPlace && used.has("blaxel"),
  };
}

async function work(world: World, how: RunPlan, run: Run, meddle: Meddler): Promise<number> {
  const shell = shellOf(world, how, run, meddle);
  const open = projectOf(world, shell.runtime.env, new Map(world.desired));
  const store = storeOf(world, how, run, shell);
  const ponder = async (): Promise<void> => {
    const c = chance(how.seed);
    for (let i = 0; i < how.pondering; i += 1) {
      await shell.runtime.clock.sleep(5_000, run.process.stop.signal);
      meddle(world, "edit", c);
    }
  };
  const opened = (session: StateSession): StateSession => {
    run.openedAt = world.kernel.now;
    world.openings += 1;
    run.opening = world.openings;
    return world.planted?.session?.(session, world) ?? session;
  };
  const task: Work = { world, how, run, shell, open, store, ponder, opened };
  switch (how.command) {
    case "plan":
    case "drift":
    case "save":
      return look(task);
    case "apply":
      return applyNow(task);
    case "apply saved":
      return applySaved(task);
    case "import":
      return importForeign(task);
    case "hold":
    case "release":
      return hold(task);
  }
}
