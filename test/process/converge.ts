import { apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import { systemClock } from "../../src/io.ts";
import { type TestShell, testShell } from "../support/shell.ts";

const FLAGS = { prune: true, allowReplace: true };

/** How many runs a project may need. */
const MOST_RUNS = 3;

/** Applies with --prune and --allow-replace until the plan is empty, and answers how many runs that took. */
export async function converge(cwd: string, env: Readonly<Record<string, string>>): Promise<number> {
  const told: string[] = [];
  for (let runs = 1; runs <= MOST_RUNS; runs++) {
    const shell = shellIn(cwd, env);
    const applied = await apply(shell, { ...FLAGS, autoApprove: true });
    told.push(...shell.lines, applied.stdout);
    const { exitCode, stdout } = await plan(shell, { ...FLAGS, detailedExitcode: true });
    if (applied.exitCode === 0 && exitCode === 0) return runs;
    told.push(stdout);
  }
  throw new Error(`not there after ${MOST_RUNS} runs:\n${told.join("\n")}`);
}

function shellIn(cwd: string, env: Readonly<Record<string, string>>): TestShell {
  const shell = testShell({ cwd, env });
  return { ...shell, runtime: { ...shell.runtime, clock: systemClock, random: Math.random } };
}
