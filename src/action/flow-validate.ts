import { renderDiagnostics } from "../render/diagnostics.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import { ALL_OF_THEM, checkProject } from "./check.ts";
import { diagnosticList, heading } from "./markdown.ts";
import type { Outcome } from "./outputs.ts";
import type { Step } from "./step.ts";
import { writeSummary } from "./summary.ts";

/** Checks manifests and config. `skip`: without looking at variables and files. Throws where there are errors. */
export async function flowValidate(step: Step, secrets: "resolve" | "skip"): Promise<Outcome> {
  const { project, root } = await checkProject(step, secrets);
  const { diagnostics, files, desired } = project;
  step.log.annotate(diagnostics, root);
  if (diagnostics.length > 0) step.log.say(renderDiagnostics(diagnostics, PLAIN_STYLE, ALL_OF_THEM));
  const told = `${desired.length} ${desired.length === 1 ? "job" : "jobs"} in ${files.length} ${files.length === 1 ? "file" : "files"}: valid.`;
  step.log.say(told);
  writeSummary(step, () => {
    const list = diagnosticList(diagnostics);
    return `${heading("validate", step.title)}\n\n**${told}**\n${list === "" ? "" : `\n${list}\n`}`;
  });
  return { exitCode: 0, failed: false, outputs: {} };
}

/**
 * What a run without secrets and with a token that may only read can do: a fork's or Dependabot's pull request. It is
 * valid, or it is not; that nothing was planned is told once.
 */
export async function flowUntrusted(step: Step): Promise<Outcome> {
  const { command } = step.inputs;
  const who = step.event.untrusted === "fork" ? "a pull request from a fork" : "a pull request by Dependabot";
  step.log.notice(
    "notice",
    `This is ${who}: it gets no secrets and no token that may write, so manifests were checked and nothing was ${command === "plan" ? "planned" : "done besides"}.`,
  );
  const outcome = await flowValidate(step, "skip");
  writeSummary(step, () => `Not planned: this is ${who}, which gets no secrets.\n`);
  return outcome;
}
