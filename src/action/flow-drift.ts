import { driftExitCode, withPlan } from "../commands/plan.ts";
import { JobwrightError, RefusedError } from "../errors.ts";
import { redactPlan } from "../render/redact-plan.ts";
import { headlineOf } from "../render/report.ts";
import { renderDrift } from "../render/text.ts";
import { checkProject, refuseStrangersSecrets } from "./check.ts";
import { keepDriftIssue } from "./drift-issue.ts";
import { redactedMarkdown } from "./markdown.ts";
import { type Outcome, planOutputs } from "./outputs.ts";
import { type Reported, reportText, writeFiles } from "./report.ts";
import { planOptions, type Step } from "./step.ts";
import { bytes, writeSummary } from "./summary.ts";

/** Tells what was changed live behind Git's back: log, summary, and one issue. A failed read says nothing of drift. */
export async function flowDrift(step: Step): Promise<Outcome> {
  const { inputs, log } = step;
  await refuseStrangersSecrets(step);
  const { project, root } = await checkProject(step, "resolve");
  log.annotate(project.diagnostics, root);
  return withPlan(step.shell, planOptions(step), async (planned) => {
    const { plan } = planned;
    const exitCode = driftExitCode(plan);
    if (exitCode === 3) throw new RefusedError(plan.refusals);
    const shown = redactPlan(plan, step.shell.redactor);
    log.group("Drift", renderDrift(shown, step.shell.style, planned.words));
    const reported: Reported = { planned, shown, kind: "drift", root };
    const files = await writeFiles(step, reported);
    writeSummary(step, (limit) => reportText(step, reported, limit, bytes));
    const issue = await tellIssue(step, reported);
    const unheard = issue.failed && plan.drifted;
    const failed = plan.drifted && (inputs.failOnDrift || unheard);
    if (plan.drifted) {
      log.notice(failed ? "error" : "warning", `${headlineOf(plan, "drift")} See ${issue.url ?? "the job's summary"}`);
    }
    return {
      exitCode,
      failed,
      ...(failed ? { reason: "drift" as const } : {}),
      outputs: { ...planOutputs(plan), ...files, ...(issue.url === undefined ? {} : { "drift-issue-url": issue.url }) },
    };
  });
}

/** An issue that cannot be written is told; with drift that nobody would hear of otherwise, the step fails. */
async function tellIssue(step: Step, reported: Reported): Promise<{ readonly url?: string; readonly failed: boolean }> {
  const { inputs, github, title, key, event } = step;
  if (inputs.driftIssue === "none") return { failed: false };
  if (github === undefined) {
    step.log.notice("warning", "There is no github-token, so no drift issue was written.");
    return { failed: true };
  }
  // A run that looks at some jobs only has an issue of its own: it cannot say that the others are clean.
  const scope = JSON.stringify([key, inputs.paths, inputs.targets, inputs.only]);
  try {
    const url = await keepDriftIssue(github, {
      ...{ key: scope, title, plan: reported.planned.plan, runUrl: event.runUrl },
      close: inputs.driftIssue === "open-and-close",
      body: (limit) => redactedMarkdown(step, reportText(step, reported, limit)),
    });
    return { ...(url === undefined ? {} : { url }), failed: false };
  } catch (error) {
    if (!(error instanceof JobwrightError)) throw error;
    step.log.notice("warning", `The drift issue could not be written: ${error.message}. ${error.hint ?? ""}`);
    return { failed: true };
  }
}
