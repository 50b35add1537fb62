import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { recipeOf } from "./recipe.ts";
import { play } from "./run.ts";

/** Plays seeds and prints figures; answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "200" },
      from: { type: "string", default: "1" },
      json: { type: "string" },
      trace: { type: "boolean" },
    },
  });
  const from = Number(values.from);
  const started = Date.now();
  let failures = 0;
  for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
    const recipe = recipeOf(seed);
    if (values.trace) console.log(`seed ${seed}`);
    const report = await play(recipe);
    if (report.violations.length === 0) continue;
    failures += 1;
    console.log(`seed ${seed}, step ${report.at} of ${recipe.steps.length}:`);
    for (const { check, message } of report.violations) console.log(`  ${check} ${message}`);
  }
  console.log(`${values.seeds} seeds in ${Date.now() - started} ms, ${failures} failed`);
  if (values.json !== undefined) writeFileSync(values.json, "{}\n");
  return failures === 0 ? 0 : 1;
}
