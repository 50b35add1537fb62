import { JobwrightError } from "../errors.ts";
import type { Env } from "../model/runtime.ts";
import { escapeData } from "../render/github.ts";
import { failedOutcome, failureBody, logFailure } from "./failure.ts";
import { flowApply } from "./flow-apply.ts";
import { flowDrift } from "./flow-drift.ts";
import { flowPlan } from "./flow-plan.ts";
import { flowUntrusted, flowValidate } from "./flow-validate.ts";
import { readInputs } from "./inputs.ts";
import { type Outcome, writeOutputs } from "./outputs.ts";
import { withCommented } from "./pull.ts";
import { openRun, type Step } from "./step.ts";
import { writeSummary } from "./summary.ts";

/** Runs the action as its inputs and the event say, and answers the process's exit code. Throws nothing. */
export async function main(env: Env, version: string): Promise<number> {
  let step: Step;
  try {
    step = openRun(env, readInputs(env), version);
  } catch (error) {
    const told =
      error instanceof JobwrightError ? `${error.code} ${error.message}. ${error.hint ?? ""}` : String(error);
    process.stdout.write(`::error title=jobwright::${escapeData(told)}\n`);
    writeOutputs(env["GITHUB_OUTPUT"], { "exit-code": "1", "failure-reason": "invalid" });
    return 1;
  }
  try {
    const outcome = await run(step);
    const reason = outcome.reason === undefined ? {} : { "failure-reason": outcome.reason };
    writeOutputs(env["GITHUB_OUTPUT"], { ...outcome.outputs, ...reason, "exit-code": String(outcome.exitCode) });
    return outcome.failed ? (outcome.exitCode === 2 ? 1 : outcome.exitCode) : 0;
  } finally {
    step.end();
    await step.github?.close();
  }
}

async function run(step: Step): Promise<Outcome> {
  try {
    if (step.event.untrusted !== undefined) return await flowUntrusted(step);
    switch (step.inputs.command) {
      case "validate":
        return await flowValidate(step, "resolve");
      case "plan":
        return await flowPlan(step);
      case "apply":
        return await flowApply(await withCommented(step));
      case "drift":
        return await flowDrift(await withCommented(step));
    }
  } catch (error) {
    logFailure(step, error);
    if (step.inputs.command !== "plan")
      writeSummary(step, (limit) => failureBody(step, step.inputs.command, error, limit / 4));
    return failedOutcome(step, error);
  }
}
