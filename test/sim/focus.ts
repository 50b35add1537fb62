import type { RunPlan } from "./engine.ts";
import { CELLS, FAULTS, type Op } from "./faults.ts";
import { GIT_CELLS } from "./git-process.ts";
import { POINTS } from "./points.ts";
import { PHASES } from "./process.ts";
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
  const store = isGit ? "git" : point.kind.includes(" ") ? "file" : recipe.options.store;
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
  put(pointSteps(c, focus));
  if (store === "git") put([{ kind: "stir", seed: c.int(1, 2 ** 30), op: "update" }, runStep(gitRun(c, focus.git))]);
  return { ...recipe, options, jobs: cell.op === "page" ? Math.max(4, recipe.jobs) : recipe.jobs, steps };
}

/** Something to do of the kind, perhaps after everything else was applied, then a run in which it meets the fault. */
function cellSteps(c: Chance, { cell }: Focus, latestMs: number): readonly Step[] {
  const { op, fault } = cell;
  const seed = c.int(1, 2 ** 30);
  const stir: Step = { kind: "stir", seed, op };
  const settled = op === "delete" || op === "update" || op === "get" ? [runStep(seeded(c))] : [];
  const weather = { rate: 0.02, latestMs, aim: { op, fault, rate: c.pick([0.5, 1]) } };
  const run = { ...seeded(c), weather, login: op === "token" ? ("client" as const) : ("key" as const) };
  return [...settled, stir, runStep(run), { kind: "wait", ms: c.pick([100, 5_000, 60_000]) }];
}

function pointSteps(c: Chance, { point, how }: Focus): readonly Step[] {
  const stir: Step = { kind: "stir", seed: c.int(1, 2 ** 30), op: c.pick<Op>(["create", "update", "delete"]) };
  const at = c.int(1, point.often);
  const isFile = point.kind.includes(" ") && !point.kind.startsWith("git ");
  if (how === "EIO" || how === "ENOSPC" || how === "short") {
    if (!isFile) return [];
    const disk = { kind: point.kind, at, calls: c.pick([1, 1, 5]), how };
    return [stir, runStep({ ...seeded(c), disk })];
  }
  const run = { ...seeded(c), fortune: { crash: { kind: point.kind, at, when: how } } };
  const power = isFile && c.is(0.4) ? { power: c.pick(["power", "names", "half"] as const) } : {};
  return [stir, { ...runStep(run), ...power }];
}

function gitRun(c: Chance, only: string): RunPlan {
  return { ...seeded(c), git: { rate: 0.5, only } };
}

function seeded(c: Chance): RunPlan {
  return plainRun(c.int(1, 2 ** 30));
}
