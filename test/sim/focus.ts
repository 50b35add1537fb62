import type { DiskFault } from "./disk.ts";
import type { RunPlan } from "./engine.ts";
import { CELLS, FAULTS, type Op, OPS } from "./faults.ts";
import { GIT_CELLS } from "./git-process.ts";
import { isFileCall, POINTS } from "./points.ts";
import { PHASES, type Phase } from "./process.ts";
import type { Chance } from "./random.ts";
import type { Recipe } from "./run.ts";
import { latestOf, plainRun, runStep } from "./runs.ts";
import type { Step } from "./steps.ts";

/**
 * What a seed is aimed at besides what comes by chance. Seeds go through all of them in turn, so that what is rare (a
 * delete that meets one of thirty faults) is met as often as what is not.
 */
export interface Focus {
  readonly cell: (typeof CELLS)[number];
  /** A kind of act, and in which phase of it the process dies, or how its disk fails there. */
  readonly point: (typeof POINTS)[number];
  readonly how: (typeof PHASES)[number] | "EIO" | "ENOSPC" | "short";
  readonly git: string;
}

const WAYS = [...PHASES, "EIO", "ENOSPC", "short"] as const;

/** What a seed is aimed at. */
export function focusOf(seed: number): Focus {
  const at = <T>(items: readonly T[], number: number): T => items[number % items.length] as T;
  return {
    cell: at(CELLS, seed),
    point: at(POINTS, Math.floor(seed / WAYS.length)),
    how: at(WAYS, seed),
    git: at(GIT_CELLS, seed),
  };
}

/** The recipe with steps put in that lead to what the seed is aimed at. */
export function withFocus(recipe: Recipe, c: Chance, focus: Focus): Recipe {
  const { cell, point } = focus;
  const late = FAULTS[cell.fault]?.lateMs ?? 0;
  const isGit = point.kind.startsWith("git ");
  const store = isGit ? "git" : isFileCall(point.kind) ? "file" : recipe.options.store;
  const options = {
    ...recipe.options,
    store,
    ...(late > latestOf(recipe.options) ? { createSettleMs: 180_000 } : {}),
    ...(cell.op === "page" ? { pageSize: 2 } : {}),
  };
  const steps = [...recipe.steps];
  const put = (more: readonly Step[]): void => {
    steps.splice(c.int(0, steps.length), 0, ...more);
  };
  put(cellSteps(c, focus, latestOf(options)));
  // A folder is new only once.
  if (/gitignore|^mkdir|^syncDirectory project/.test(point.kind)) steps.unshift(...pointSteps(c, focus));
  else put(pointSteps(c, focus));
  if (store === "git") put([{ kind: "stir", seed: c.int(1, 2 ** 30), op: "update" }, runStep(gitRun(c, focus.git))]);
  return { ...recipe, options, jobs: Math.max(leastJobs(cell.op), recipe.jobs), steps };
}

function leastJobs(op: Op): number {
  if (op === "page") return 4;
  return op === "delete" ? 3 : 1;
}

/** Something to do of the kind, then a run in which it meets the fault. */
function cellSteps(c: Chance, { cell }: Focus, latestMs: number): readonly Step[] {
  const { op, fault } = cell;
  const weather = { rate: 0.02, latestMs, aim: { op, fault, rate: c.pick([0.5, 1]) } };
  const run = { ...seeded(c), weather, login: loginFor(op) };
  return [...somethingFor(c, op), runStep(run), { kind: "wait", ms: c.pick([100, 5_000, 60_000]) }];
}

/** What makes the next apply send requests of a kind; what is to be changed or deleted must be there first. */
function somethingFor(c: Chance, op: Op): readonly Step[] {
  const stir: Step = { kind: "stir", seed: c.int(1, 2 ** 30), op };
  return op === "update" || op === "delete" || op === "get" ? [runStep(seeded(c)), stir] : [stir];
}

function loginFor(op: Op): RunPlan["login"] {
  return op === "token" ? "client" : "key";
}

/** A run that dies at the point, or whose disk fails there. */
function pointSteps(c: Chance, { point, how }: Focus): readonly Step[] {
  const { kind } = point;
  const op = OPS.find((each) => each === kind) ?? c.pick<Op>(["create", "update", "delete"]);
  const at = c.int(1, point.often);
  const { before, disk } = wayTo(c, kind);
  const steps = [...somethingFor(c, op), ...before];
  if (isFileCall(kind) && disk === undefined && (how === "EIO" || how === "ENOSPC" || how === "short")) {
    const fault: DiskFault = { of: `^${kind}$`, at, calls: c.pick([1, 1, 5]), how };
    return [...steps, runStep({ ...seeded(c), disk: fault })];
  }
  const crash = { kind, at, when: phaseOf(c, how) };
  const run = { ...seeded(c), login: loginFor(op), fortune: { crash }, ...(disk === undefined ? {} : { disk }) };
  const power = isFileCall(kind) && c.is(0.4) ? { power: c.pick(["power", "names", "half"] as const) } : {};
  return [...steps, { ...runStep(run), ...power }];
}

function phaseOf(c: Chance, how: Focus["how"]): Phase {
  return PHASES.find((phase) => phase === how) ?? c.pick(PHASES);
}

/** What must go wrong first, where no healthy run comes by. */
function wayTo(c: Chance, kind: string): { readonly before: readonly Step[]; readonly disk?: DiskFault } {
  const removed = /^unlink new (\S+)$/.exec(kind)?.[1];
  const failing = removed === undefined || removed === "lock" ? undefined : `^(sync|write) new ${removed}$`;
  const disk: DiskFault | undefined = failing === undefined ? undefined : { of: failing, at: 1, calls: 1, how: "EIO" };
  if (/torn$/.test(kind)) {
    // A journal that breaks off in the midst of a line.
    const crash = { kind: "write new journal.jsonl", at: c.int(2, 4), when: "during" } as const;
    const torn = runStep({ ...seeded(c), fortune: { crash } });
    return { before: [torn], ...(disk === undefined ? {} : { disk }) };
  }
  // Neither journal nor state can be written, the rest of the disk can.
  if (/rescue$/.test(kind)) {
    return { before: [], disk: { of: " new (journal|state)", at: c.int(12, 24), calls: 999, how: "EIO" } };
  }
  return { before: [], ...(disk === undefined ? {} : { disk }) };
}

function gitRun(c: Chance, only: string): RunPlan {
  return { ...seeded(c), git: { rate: 0.5, only } };
}

function seeded(c: Chance): RunPlan {
  return plainRun(c.int(1, 2 ** 30));
}
