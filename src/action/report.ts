import type { Planned } from "../commands/plan.ts";
import { withChecksum } from "../commands/saved-plan.ts";
import { writeReport } from "../commands/write-report.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Plan } from "../model/plan.ts";
import { renderHtml } from "../render/html.ts";
import { renderMarkdown } from "../render/markdown.ts";
import { documentText, toPlanDocument } from "../render/plan-document.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import type { ReportKind } from "../render/report.ts";
import { plannedCommit } from "./event.ts";
import { diagnosticLine, placeUrl, prose, redactedMarkdown, runLink } from "./markdown.ts";
import type { Step } from "./step.ts";

/** What a report is about. */
export interface Reported {
  readonly planned: Planned;
  /** The plan without known secrets: what is cut or broken into rows cannot be searched any more. */
  readonly shown: Plan;
  readonly kind: ReportKind;
  /** The project's folder as seen from the workspace, for links to manifests; undefined where it is not known. */
  readonly root: string | undefined;
  /** What is to be said of the manifests themselves; warnings only, since errors make no plan. */
  readonly diagnostics?: readonly Diagnostic[];
}

const REFUSAL_NOTE =
  "In a workflow, `prune` and `allow-replace` are inputs of the action; limits stand in `jobwright.yaml` under `safety`, where a pull request can change them. Other flags are for `jobwright apply` on a command line.";

/** A plan or drift as Markdown, in at most so much. */
export function reportText(
  step: Step,
  { planned: { meta, words }, shown: plan, kind, root, diagnostics = [] }: Reported,
  limit: number,
  measure: (text: string) => number = (text) => text.length,
): string {
  const { event, title } = step;
  const commit = plannedCommit(event);
  const placed = (file: string, line?: number): string | undefined =>
    root === undefined ? undefined : placeUrl(event, root, file, line);
  return renderMarkdown(plan, {
    ...{ kind, meta, words, title, limit, measure, times: true, requests: kind === "plan" },
    foot: [
      ...(commit === "" ? [] : [`commit ${prose(commit.slice(0, 10))}`]),
      ...(event.runUrl === "" ? [] : [runLink(event, "the run")]),
    ],
    ...(kind === "drift" && plan.drifted ? { after: [waysOut(step)] } : {}),
    refusalNote: REFUSAL_NOTE,
    placeUrl: placed,
    warnings: diagnostics.map((diagnostic) => diagnosticLine(diagnostic, placed)),
    whole: `All of it is in ${runLink(event, "the run's summary")} and in the plan file.`,
  });
}

/** What can be done about drift. */
function waysOut({ inputs: { environment } }: Step): string {
  const command = `jobwright${environment !== undefined && /^[\w.-]+$/.test(environment) ? ` --env ${environment}` : ""}`;
  return [
    "**The ways out**",
    "",
    `- Put it back: run the workflow by hand with \`apply\` ticked, or \`${command} apply --only-cause drift\`, which leaves alone what only waits in Git. What was paused stays off; \`--resume\` switches it on.`,
    `- Accept it: \`${command} import --drifted\` writes what was changed by hand into the manifests; open a pull request with that.`,
    `- Leave a job alone for a while: \`${command} hold ADDRESS --until DATE --reason TEXT\`.`,
  ].join("\n");
}

/** Writes plan, Markdown and HTML files; answers their paths as outputs. */
export async function writeFiles(step: Step, reported: Reported): Promise<Readonly<Record<string, string>>> {
  const { shell, inputs, file } = step;
  const { kind, planned, shown } = reported;
  const { plan, meta, words, shifts } = planned;
  const given = inputs.command === "apply" ? undefined : inputs.planFile;
  const files = {
    "plan-file": given ?? file("plan.json"),
    "markdown-file": file("plan.md"),
    "html-file": file("plan.html"),
  };
  const document = redactPlanDocument(toPlanDocument(plan, meta), shell.redactor);
  await writeReport(shell, files["plan-file"], documentText(withChecksum(document)));
  const whole = reportText(step, reported, Number.POSITIVE_INFINITY);
  await writeReport(shell, files["markdown-file"], redactedMarkdown(step, whole));
  const page = renderHtml(shown, { kind, meta, words, shifts: shifts?.(kind) ?? [] });
  await writeReport(shell, files["html-file"], shell.redactor.text(page));
  return files;
}
