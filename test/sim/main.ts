import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { addUp, below, figures } from "./figures.ts";
import { hunt } from "./hunt.ts";
import { PLANTS } from "./planted.ts";
import { recipeOf } from "./recipe.ts";
import { play, type Report } from "./run.ts";
import { asTest, shrink } from "./shrink.ts";
import { trace } from "./trace.ts";

/** Plays seeds (or, with `--planted`, looks for the planted faults) and prints figures; answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "200" },
      from: { type: "string", default: "1" },
      json: { type: "string" },
      planted: { type: "boolean", default: false },
      seed: { type: "string" },
    },
  });
  const [from, seeds] = [Number(values.from), Number(values.seeds)];
  if (values.seed !== undefined) return replayed(Number(values.seed));
  if (values.planted) return plantedFound(from, seeds);
  const started = Date.now();
  const reports: Report[] = [];
  for (let seed = from; seed < from + seeds; seed += 1) {
    const report = await play(recipeOf(seed));
    reports.push(report);
    if (report.violations.length > 0) await explain(seed, report);
  }
  const sum = addUp(reports);
  for (const line of figures(sum, Date.now() - started)) console.log(line);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ ...sum, below100: below(sum, 100) }, null, 2)}\n`);
  return sum.failed === 0 ? 0 : 1;
}

/** Plays one seed and tells everything that happened. */
async function replayed(seed: number): Promise<number> {
  const { report, lines } = await trace(recipeOf(seed));
  for (const line of lines) console.log(line);
  for (const { check, message } of report.violations) console.log(`${check} ${message}`);
  console.log(report.violations.length === 0 ? "no promise broken" : `broken after step ${report.at}`);
  return report.violations.length === 0 ? 0 : 1;
}

async function explain(seed: number, report: Report): Promise<void> {
  console.log(`seed ${seed}, step ${report.at}:`);
  for (const { check, message } of report.violations) console.log(`  ${check} ${message}`);
  console.log("The smallest recipe found that still fails (put it into test/sim/kept.test.ts):");
  console.log(asTest(await shrink(recipeOf(seed))));
}

async function plantedFound(from: number, seeds: number): Promise<number> {
  let missed = 0;
  for (const plant of PLANTS) {
    const found = await hunt(plant, from, seeds);
    const what =
      found === undefined
        ? `NOT FOUND in ${seeds} seeds`
        : `found after ${found.seeds} seeds: ${found.violation.check} ${found.violation.message.slice(0, 140)}`;
    console.log(`${plant.number}. ${plant.make().name}: ${what}`);
    if (found === undefined) missed += 1;
  }
  console.log(`planted: ${PLANTS.length}, found: ${PLANTS.length - missed}`);
  return missed === 0 ? 0 : 1;
}
