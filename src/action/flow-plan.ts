import { withPlan } from "../commands/plan.ts";
import { InvalidInputError, JobwrightError, RefusedError } from "../errors.ts";
import { redactPlan } from "../render/redact-plan.ts";
import { renderPlan } from "../render/text.ts";
import { planDiagnostics } from "./annotations.ts";
import { checkProject, refuseStrangersSecrets } from "./check.ts";
import { keepComment } from "./comment.ts";
import { failureBody } from "./failure.ts";
import { redactedMarkdown } from "./markdown.ts";
import { type Outcome, planOutputs } from "./outputs.ts";
import { withPull } from "./pull.ts";
import { type Reported, reportText, writeFiles } from "./report.ts";
import { packDecisions } from "./reviewed.ts";
import { planStatus, writeStatus } from "./status.ts";
import { planOptions, type Step, softly } from "./step.ts";
import { bytes, writeSummary } from "./summary.ts";

/** Plans; tells of it in the log, the summary, the pull request's comment and a commit status. */
export async function flowPlan(given: Step): Promise<Outcome> {
  let step = given;
  try {
    step = await withPull(given);
    await refuseStrangersSecrets(step);
    const { project, root } = await checkProject(step, "resolve");
    return await withPlan(step.shell, planOptions(step), async (planned) => {
      const { plan, words } = planned;
      const shown = redactPlan(plan, step.shell.redactor);
      step.log.group("Plan", renderPlan(shown, step.shell.style, words));
      step.log.annotate([...project.diagnostics, ...planDiagnostics(shown, project)], root);
      const reported: Reported = { planned, shown, kind: "plan", root, diagnostics: project.diagnostics };
      const files = await writeFiles(step, reported);
      writeSummary(step, (limit) => reportText(step, reported, limit, bytes));
      const url = await tellPull(step, reported);
      await tellStatus(step, planStatus(shown));
      const refused = plan.refusals.length > 0;
      return {
        exitCode: refused ? 3 : plan.actions.length > 0 ? 2 : 0,
        failed: refused,
        ...(refused ? { reason: "refused-by-safety" as const } : {}),
        outputs: { ...planOutputs(plan), ...files, ...(url === undefined ? {} : { "comment-url": url }) },
      };
    });
  } catch (error) {
    if (!step.shell.runtime.signal.aborted) await tellFailure(step, error);
    throw error;
  }
}

/** The comment on the pull request, if there is one and it is wanted. Answers its address. */
async function tellPull(step: Step, reported: Reported): Promise<string | undefined> {
  const { event, inputs, github, shell } = step;
  const { plan, meta } = reported.planned;
  if (event.pull === undefined || github === undefined || inputs.comment === "never") return undefined;
  const { number: issue } = event.pull;
  const something = plan.actions.length > 0 || plan.refusals.length > 0 || (plan.policy ?? []).length > 0;
  const body = (limit: number): string => {
    const decisions = packDecisions(plan, meta, shell.redactor);
    // The decisions are for machines: they take what room people leave, up to a third.
    const packed = decisions.length <= limit / 3 ? `${decisions}\n` : "";
    return `${redactedMarkdown(step, reportText(step, reported, limit - packed.length))}${packed}`;
  };
  const create = inputs.comment === "always" || something;
  return softly(step, "The plan could not be written as a comment", () =>
    keepComment(github, { issue, kind: "plan", key: step.key, body, create }),
  );
}

/** At a pull request's head, and in a merge queue, where the rules of a branch may ask for it. */
async function tellStatus(step: Step, status: { readonly state: string; readonly description: string }): Promise<void> {
  const { github, event } = step;
  if (github === undefined || (event.pull === undefined && event.name !== "merge_group")) return;
  await softly(step, "The plan's digest could not be written as a commit status, so that apply will not find it", () =>
    writeStatus(github, step, status),
  );
}

/** A plan that could not be made leaves no older one standing on the pull request. */
async function tellFailure(step: Step, error: unknown): Promise<void> {
  const { event, inputs, github } = step;
  const body = (limit: number): string => failureBody(step, "plan", error, limit);
  writeSummary(step, (limit) => body(limit / 4));
  const code = error instanceof JobwrightError ? error.code : "JW5000";
  const refused = error instanceof RefusedError;
  const what = error instanceof InvalidInputError ? error.message : `no plan: ${code}`;
  await tellStatus(step, { state: refused ? "failure" : "error", description: what });
  if (event.pull === undefined || github === undefined || inputs.comment === "never") return;
  const { number: issue } = event.pull;
  await softly(step, "The failure could not be written as a comment", () =>
    keepComment(github, {
      ...{ issue, kind: "plan", key: step.key, create: inputs.comment === "always", body },
    }),
  );
}
