import { type Planned, withPlan } from "../commands/plan.ts";
import { withChecksum } from "../commands/saved-plan.ts";
import { writeReport } from "../commands/write-report.ts";
import { InvalidInputError, JobwrightError, RefusedError } from "../errors.ts";
import { renderHtml } from "../render/html.ts";
import { renderMarkdown } from "../render/markdown.ts";
import { documentText, toPlanDocument } from "../render/plan-document.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import type { ReportKind } from "../render/report.ts";
import { renderDrift, renderPlan } from "../render/text.ts";
import { planDiagnostics } from "./annotations.ts";
import { checkProject, refuseStrangersSecrets } from "./check.ts";
import { keepComment } from "./comment.ts";
import { plannedCommit } from "./event.ts";
import { failureBody } from "./failure.ts";
import { redactedMarkdown, runLink } from "./markdown.ts";
import { type Outcome, planOutputs } from "./outputs.ts";
import { withPull } from "./pull.ts";
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
      step.log.group("Plan", renderPlan(plan, step.shell.style, words));
      step.log.annotate([...project.diagnostics, ...planDiagnostics(plan, project)], root);
      const files = await writeFiles(step, planned, "plan");
      writeSummary(step, (limit) => reportText(step, planned, "plan", limit, bytes));
      const url = await tellPull(step, planned);
      await tellStatus(step, planStatus(plan));
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

/** Writes plan, Markdown and HTML files; answers their paths as outputs. */
export async function writeFiles(
  step: Step,
  { plan, meta, words, shifts }: Planned,
  kind: ReportKind,
): Promise<Readonly<Record<string, string>>> {
  const { shell, inputs, file } = step;
  const given = inputs.command === "apply" ? undefined : inputs.planFile;
  const files = {
    "plan-file": given ?? file("plan.json"),
    "markdown-file": file("plan.md"),
    "html-file": file("plan.html"),
  };
  const document = redactPlanDocument(toPlanDocument(plan, meta), shell.redactor);
  await writeReport(shell, files["plan-file"], documentText(withChecksum(document)));
  const whole = reportText(step, { plan, meta, words }, kind, Number.POSITIVE_INFINITY, bytes);
  await writeReport(shell, files["markdown-file"], redactedMarkdown(step, whole));
  const page = renderHtml(plan, { kind, meta, words, shifts: shifts?.(kind) ?? [] });
  await writeReport(shell, files["html-file"], shell.redactor.text(page));
  return files;
}

/** A plan or drift as Markdown, in at most so much. */
export function reportText(
  step: Step,
  { plan, meta, words }: Planned,
  kind: ReportKind,
  limit: number,
  measure: (text: string) => number = (text) => text.length,
): string {
  const { event, title } = step;
  const commit = plannedCommit(event);
  return renderMarkdown(plan, {
    ...{ kind, meta, words, title, limit, measure, times: true, requests: kind === "plan" },
    ...(commit === "" ? {} : { foot: [`commit ${commit.slice(0, 10)}`] }),
    whole: `All of it is in ${runLink(event, "the run's summary")} and in the plan file.`,
  });
}

/** The comment on the pull request, if there is one and it is wanted. Answers its address. */
async function tellPull(step: Step, planned: Planned): Promise<string | undefined> {
  const { event, inputs, github, shell } = step;
  const { plan, meta } = planned;
  if (event.pull === undefined || github === undefined || inputs.comment === "never") return undefined;
  const { number: issue } = event.pull;
  const something = plan.actions.length > 0 || plan.refusals.length > 0 || (plan.policy ?? []).length > 0;
  const body = (limit: number): string => {
    const link = `<sub>${runLink(event, "the run")}</sub>`;
    const decisions = packDecisions(plan, meta, shell.redactor);
    const room = limit - link.length - 2;
    const report = (most: number): string => redactedMarkdown(step, reportText(step, planned, "plan", most));
    // The decisions are for machines: they take what room people leave, up to a third.
    const packed = decisions.length <= limit / 3 ? `\n${decisions}` : "";
    return `${report(room - packed.length)}\n${link}${packed}`;
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

/** What the log shows of drift. */
export function driftText({ shell }: Step, { plan, words }: Planned): string {
  return renderDrift(plan, shell.style, words);
}
