import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { listRaces, requestsUnder, sendRate, WORKLOADS } from "./experiments.ts";
import { addUp, below, type Figures, figures, plus, quantile } from "./figures.ts";
import { hunt } from "./hunt.ts";
import { PLANTS } from "./planted.ts";
import { recipeOf } from "./recipe.ts";
import { play, type Report } from "./run.ts";
import { asTest, shrink } from "./shrink.ts";
import { trace } from "./trace.ts";

/**
 * Plays seeds and prints figures, then those of the experiments, then how soon each planted fault is found (`--brief`:
 * the seeds only). `--seed N` plays one and tells everything that happened. Answers the exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "200" },
      from: { type: "string", default: "1" },
      json: { type: "string" },
      brief: { type: "boolean", default: false },
      seed: { type: "string" },
    },
  });
  if (values.seed !== undefined) return replayed(Number(values.seed));
  const started = Date.now();
  const sum = await played(Number(values.from), Number(values.seeds));
  for (const line of figures(sum, Date.now() - started)) console.log(line);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ ...sum, below100: below(sum, 100) }, null, 2)}\n`);
  if (values.brief) return sum.failed === 0 ? 0 : 1;
  for await (const line of experiments()) console.log(line);
  const missed = await plantedFound();
  return sum.failed === 0 && missed === 0 ? 0 : 1;
}

/** So many reports are kept until they are added up. */
const TOGETHER = 500;

async function played(from: number, seeds: number): Promise<Figures> {
  let sum = addUp([]);
  let reports: Report[] = [];
  for (let seed = from; seed < from + seeds; seed += 1) {
    const report = await play(recipeOf(seed));
    reports.push(report);
    if (report.violations.length > 0) await explain(seed, report);
    if (reports.length < TOGETHER) continue;
    sum = plus(sum, addUp(reports));
    reports = [];
  }
  return plus(sum, addUp(reports));
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

async function* experiments(): AsyncGenerator<string> {
  for (const workload of WORKLOADS) {
    const calm = (await requestsUnder(workload, 150, 0, 1)).sent;
    const shares = [];
    for (const rate of [0.01, 0.1, 1]) {
      const { sent } = await requestsUnder(workload, 150, rate, 1);
      shares.push(`${rate * 100} % failing ${(sent / calm).toFixed(2)} (${sent} for ${calm})`);
    }
    yield `request amplification, ${workload} 150 jobs: ${shares.join(", ")}`;
  }
  for (const kind of ["window", "bucket"] as const) {
    for (const after of [undefined, "1"]) {
      const { refusedShare, perSecond, requests } = await sendRate(400, 15, kind, after);
      const told = after === undefined ? "" : `, Retry-After ${after}`;
      const refused = `${(refusedShare * 100).toFixed(1)} % refused`;
      yield `send rate against 15/s (${kind}${told}): ${refused}, ${perSecond.toFixed(1)}/s taken, ${requests} requests`;
    }
  }
  const { lists, hidden, noticed, rescued, falseCreates } = await listRaces(1_000, 7);
  yield `list races: ${lists} lists, ${hidden} hid a job, ${noticed} noticed by totals, ${rescued} rescued by looking, ${falseCreates} false creates`;
}

/** Looks for each planted fault; answers how many were not found. */
async function plantedFound(): Promise<number> {
  const needed: number[] = [];
  for (const plant of PLANTS) {
    const found = await hunt(plant, 1, 400);
    const what =
      found === undefined
        ? "NOT FOUND in 400 seeds"
        : `found after ${found.seeds}: ${found.violation.check} ${found.violation.message.slice(0, 120)}`;
    console.log(`planted ${plant.number}. ${plant.make().name}: ${what}`);
    if (found !== undefined) needed.push(found.seeds);
  }
  const sorted = needed.sort((a, b) => a - b);
  const times = `median ${quantile(sorted, 0.5)}, max ${sorted.at(-1) ?? 0} seeds`;
  console.log(`planted faults: ${PLANTS.length}, found: ${needed.length}, after ${times}`);
  return PLANTS.length - needed.length;
}
