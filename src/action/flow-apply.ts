import { type ApplyOptions, apply } from "../commands/apply.ts";
import { wordsAt } from "../commands/words.ts";
import { writeReport } from "../commands/write-report.ts";
import { JobwrightError, RefusedError } from "../errors.ts";
import type { ActionResult, Reason } from "../model/outcome.ts";
import type { Plan } from "../model/plan.ts";
import { applyDocument, documentText, type PlanMeta } from "../render/plan-document.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import { redactPlan, redactResults } from "../render/redact-plan.ts";
import { renderPlan } from "../render/text.ts";
import { resultDiagnostics } from "./annotations.ts";
import { checkProject, refuseStrangersSecrets } from "./check.ts";
import { keepComment } from "./comment.ts";
import { failedOutcome, failureBody, logFailure } from "./failure.ts";
import { redactedMarkdown } from "./markdown.ts";
import { type Outcome, planOutputs } from "./outputs.ts";
import { type Reported, writeFiles } from "./report.ts";
import { resultsMarkdown } from "./results.ts";
import { type Review, requireReview, reviewOf } from "./review.ts";
import { planOptions, type Step, softly } from "./step.ts";
import { bytes, writeSummary } from "./summary.ts";

/** Another run of this state is waited for so long. */
const LOCK_TIMEOUT_MS = 10 * 60_000;

interface Applied {
  /** What is lost because the state cannot be written. */
  lost?: string;
  /** The project's folder as annotations want it. */
  root?: string;
  plan?: Plan;
  meta?: PlanMeta;
  results?: ReadonlyMap<string, ActionResult>;
}

/**
 * Plans again and applies, if the plan is the one that was reviewed on the pull request which the commit came from.
 * Tells the pull request and the summary what came of it.
 */
export async function flowApply(step: Step): Promise<Outcome> {
  const { shell, inputs, log } = step;
  const seen: Applied = {};
  const review = reviewOf(step);
  try {
    await refuseStrangersSecrets(step);
    const saved = inputs.planFile?.endsWith(".json") ? inputs.planFile : undefined;
    if (saved === undefined) {
      const { project, root } = await checkProject(step, "resolve");
      log.annotate(project.diagnostics, root);
      seen.root = root;
    }
    const options: ApplyOptions = {
      ...planOptions(step),
      ...(saved === undefined ? {} : { paths: [saved] }),
      autoApprove: true,
      lockTimeoutMs: LOCK_TIMEOUT_MS,
      onUnwritableState: (message) => {
        seen.lost = shell.redactor.text(message);
        log.notice("warning", message);
      },
      onPlan: async (plan, meta) => {
        Object.assign(seen, { plan, meta });
        log.group("Plan", renderPlan(redactPlan(plan, shell.redactor), shell.style, wordsAt(shell.runtime.clock)));
        if (plan.actions.length === 0 || plan.refusals.length > 0) return;
        if (inputs.reviewedPlan === "require") await requireReview(step, review, plan);
      },
      onResults: (_plan, results) => {
        seen.results = results;
      },
    };
    const { exitCode, stdout } = await apply(shell, options);
    if (seen.plan !== undefined && seen.plan.refusals.length > 0) throw new RefusedError(seen.plan.refusals);
    log.group("Result", stdout);
    return await tell(step, review, seen, exitCode);
  } catch (error) {
    logFailure(step, error);
    const body = (limit: number): string => failureBody(step, "apply", error, limit, review.difference);
    // A character is four bytes at most.
    writeSummary(step, (limit) => body(limit / 4));
    if (!shell.runtime.signal.aborted) await tellPulls(step, review, body);
    // What ended the run is told, whatever becomes of the files.
    return { ...failedOutcome(step, error), outputs: await planned(step, seen).catch(() => ({})) };
  }
}

async function tell(step: Step, review: Review, seen: Applied, exitCode: number): Promise<Outcome> {
  const { plan, meta, results = new Map() } = seen;
  if (plan === undefined || meta === undefined) {
    throw new JobwrightError("JW5000", "internal", "apply ended without a plan");
  }
  const { shell } = step;
  const outputs = await planned(step, seen);
  const document = redactPlanDocument(applyDocument(plan, results, meta), shell.redactor);
  await writeReport(shell, outputs["plan-file"] ?? step.file("plan.json"), documentText(document));
  const shown = { plan: redactPlan(plan, shell.redactor), results: redactResults(results, shell.redactor) };
  const result = { ...shown, lost: seen.lost };
  writeSummary(step, (limit) => resultsMarkdown(step, result, limit, bytes));
  const failed = exitCode !== 0;
  const url =
    plan.actions.length === 0
      ? undefined
      : await tellPulls(step, review, (limit) =>
          redactedMarkdown(
            step,
            resultsMarkdown(step, result, limit, (text) => text.length),
          ),
        );
  const reason = failed ? failureReason(exitCode, results) : undefined;
  const bad = resultDiagnostics(shown.plan, shown.results);
  if (bad.length > 0) step.log.annotate(bad, seen.root ?? "");
  else if (failed) step.log.notice("error", `apply: ${reason}; the log tells of each job`);
  return {
    exitCode,
    failed,
    ...(reason === undefined ? {} : { reason }),
    outputs: { ...outputs, ...(url === undefined ? {} : { "comment-url": url }) },
  };
}

/** The files of the plan that was made, and what outputs tell of it; nothing where there was none. */
async function planned(step: Step, { plan, meta, root }: Applied): Promise<Outcome["outputs"]> {
  if (plan === undefined || meta === undefined) return {};
  const words = wordsAt(step.shell.runtime.clock);
  const shown = redactPlan(plan, step.shell.redactor);
  const reported: Reported = { planned: { plan, meta, words }, shown, kind: "plan", root };
  return { ...planOutputs(plan), ...(await writeFiles(step, reported)) };
}

/** The first failure's reason; what was skipped for it comes last. */
function failureReason(exitCode: number, results: ReadonlyMap<string, ActionResult>): Reason {
  if (exitCode === 130) return "interrupted";
  const bad = [...results.values()].filter(({ status }) => status !== "applied");
  const first = bad.find(({ status }) => status !== "skipped") ?? bad[0];
  return first?.reason ?? "storage";
}

/** A push of more pull requests than this tells the first ones; the run itself tells everybody. */
const MOST_PULLS = 20;

/** Tells the pull requests that landed with this commit; answers the address of the first one's comment. */
async function tellPulls(step: Step, review: Review, body: (limit: number) => string): Promise<string | undefined> {
  const { github, inputs, key } = step;
  if (github === undefined || inputs.comment === "never") return undefined;
  return softly(step, "The result could not be written as a comment", async () => {
    let url: string | undefined;
    for (const { number: issue } of (await review.pulls()).slice(0, MOST_PULLS)) {
      const written = await keepComment(github, { issue, kind: "apply", key, body, create: true });
      url ??= written;
    }
    return url;
  });
}
