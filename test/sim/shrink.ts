import { play, type Recipe, type Report } from "./run.ts";
import type { Step } from "./steps.ts";
import type { Planted } from "./world.ts";

/** A recipe that still fails in the same way, and what it breaks. */
export interface Shrunk {
  readonly recipe: Recipe;
  readonly report: Report;
  /** How many recipes were tried. */
  readonly tries: number;
}

/** Makes a failing recipe smaller: fewer steps, jobs, faults, kills; at most `most` tries. */
export async function shrink(recipe: Recipe, planted?: () => Planted, most = 300): Promise<Shrunk> {
  let best: Shrunk = { recipe, report: await play(recipe, planted?.()), tries: 1 };
  const wanted = new Set(best.report.violations.map((each) => each.check));
  let tries = 1;
  const attempt = async (candidate: Recipe): Promise<boolean> => {
    if (tries >= most) return false;
    tries += 1;
    const report = await play(candidate, planted?.());
    if (!report.violations.some((each) => wanted.has(each.check))) return false;
    best = { recipe: candidate, report, tries };
    return true;
  };
  for (let smaller = true; smaller && tries < most; ) {
    smaller = false;
    for (let i = best.recipe.steps.length - 1; i >= 0; i -= 1) {
      if (await attempt({ ...best.recipe, steps: best.recipe.steps.filter((_, j) => j !== i) })) smaller = true;
    }
    while (best.recipe.jobs > 1 && (await attempt({ ...best.recipe, jobs: best.recipe.jobs - 1 }))) smaller = true;
    for (let i = 0; i < best.recipe.steps.length; i += 1) {
      for (const step of simpler(best.recipe.steps[i])) {
        if (await attempt({ ...best.recipe, steps: best.recipe.steps.map((each, j) => (j === i ? step : each)) }))
          smaller = true;
      }
    }
  }
  return { ...best, tries };
}

/** The same step with one thing less in it. */
function simpler(step: Step | undefined): readonly Step[] {
  if (step?.kind !== "run") return [];
  const found: Step[] = [];
  const [first, second] = step.runs;
  if (first === undefined) return [];
  if (second !== undefined) found.push({ ...step, runs: [first] }, { ...step, runs: [second] });
  if (step.power !== undefined) {
    const { power: _, ...rest } = step;
    found.push(rest);
  }
  step.runs.forEach((run, at) => {
    const put = (other: typeof run): Step => ({ ...step, runs: step.runs.map((each, i) => (i === at ? other : each)) });
    if (run.weather.rate > 0) found.push(put({ ...run, weather: { ...run.weather, rate: 0 } }));
    if (run.weather.rate > 0.1) found.push(put({ ...run, weather: { ...run.weather, rate: run.weather.rate / 2 } }));
    for (const key of ["crash", "suspend", "stopAt"] as const) {
      if (run.fortune[key] === undefined) continue;
      const { [key]: _, ...fortune } = run.fortune;
      found.push(put({ ...run, fortune }));
    }
    for (const key of ["disk", "jump"] as const) {
      if (run[key] === undefined) continue;
      const { [key]: _, ...rest } = run;
      found.push(put(rest));
    }
    const { aim, ...others } = run.weather;
    if (aim !== undefined) found.push(put({ ...run, weather: others }));
    if (run.git.rate > 0) found.push(put({ ...run, git: { rate: 0 } }));
    if (run.login === "client") found.push(put({ ...run, login: "key" }));
    if (run.pondering > 0) found.push(put({ ...run, pondering: 0 }));
  });
  return found;
}

/** A failing recipe as a test to keep. */
export function asTest({ recipe, report }: Shrunk): string {
  const name = report.violations.map((each) => `${each.check} ${each.message}`).join("; ");
  return [
    'import { expect, it } from "vitest";',
    'import { play } from "./run.ts";',
    "",
    `// ${name.replaceAll("\n", " ").slice(0, 300)}`,
    `it("seed ${recipe.seed}", async () => {`,
    `  const report = await play(${JSON.stringify(recipe)});`,
    "  expect(report.violations).toEqual([]);",
    "});",
    "",
  ].join("\n");
}
