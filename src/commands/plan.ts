import type { Plan } from "../model/plan.ts";
import type { ScheduleShift } from "../model/schedule.ts";
import type { State } from "../model/state.ts";
import { hiddenDifferences } from "../plan/policy.ts";
import { driftShifts, planShifts } from "../plan/schedule-shifts.ts";
import { renderHtml } from "../render/html.ts";
import { renderMarkdown } from "../render/markdown.ts";
import { documentText, driftDocument, type PlanMeta, toPlanDocument } from "../render/plan-document.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import { redactPlan } from "../render/redact-plan.ts";
import type { ReportKind } from "../render/report.ts";
import { renderDrift, renderPlan } from "../render/text.ts";
import { during } from "./during.ts";
import { planEstate, readEstate } from "./estate.ts";
import { withRemovals } from "./git.ts";
import { flagsOf, type PlanOptions, toJsonFlags } from "./plan-options.ts";
import { reviewOf } from "./policy.ts";
import { type OpenProject, openProject, type StatePlace } from "./project.ts";
import { checkPlanSize, withChecksum } from "./saved-plan.ts";
import { scopeOf } from "./scope.ts";
import type { CommandResult, Shell } from "./shell.ts";
import { storeOf, warnOfLostState } from "./state-store.ts";
import { wordsAt } from "./words.ts";
import { checkReportPaths, writeReport } from "./write-report.ts";

/** `jobwright plan`: shows what apply would do. Changes nothing, the state included. */
export async function plan(shell: Shell, options: PlanOptions): Promise<CommandResult> {
  return withPlan(shell, options, async ({ plan, meta, words, shifts }) => {
    const wanted = options.out !== undefined || options.json === true;
    const document = wanted ? planText(shell, plan, meta) : "";
    if (options.out !== undefined) {
      checkPlanSize(Buffer.byteLength(document));
      await writeReport(shell, options.out, document);
    }
    const shown = redactPlan(plan, shell.redactor);
    // Where nothing is to do, only a report draws them.
    const moved = plan.actions.length > 0 || options.html !== undefined ? (shifts?.("plan") ?? []) : [];
    await writeReports(shell, options, shown, meta, "plan", moved);
    const changes = plan.actions.length > 0;
    const exitCode = plan.refusals.length > 0 ? 3 : changes && options.detailedExitcode ? 2 : 0;
    return {
      exitCode,
      stdout: options.json ? document : shell.redactor.text(renderPlan(shown, shell.style, words, moved)),
    };
  });
}

function planText(shell: Shell, plan: Plan, meta: PlanMeta): string {
  return documentText(withChecksum(redactPlanDocument(toPlanDocument(plan, meta), shell.redactor)));
}

/** `jobwright drift`: what was changed live behind Git's back. Exit code 2 where something was. */
export async function drift(shell: Shell, options: PlanOptions): Promise<CommandResult> {
  return withPlan(shell, options, async ({ plan, meta, words, shifts }) => {
    const shown = redactPlan(plan, shell.redactor);
    const moved = options.html === undefined ? [] : (shifts?.("drift") ?? []);
    await writeReports(shell, options, shown, meta, "drift", moved);
    const exitCode = driftExitCode(plan);
    const stdout = options.json
      ? documentText(redactPlanDocument(driftDocument(plan, meta), shell.redactor))
      : shell.redactor.text(renderDrift(shown, shell.style, words));
    return { exitCode, stdout };
  });
}

/** 3 where what was read cannot be the jobs that the state knows, 2 for drift, 0 for none. */
export function driftExitCode(plan: Plan): 0 | 2 | 3 {
  if (plan.refusals.some(({ code }) => ["JW3006", "JW3007", "JW3010", "JW3012"].includes(code))) return 3;
  return plan.drifted ? 2 : 0;
}

/** A plan and what renderers want besides. */
export interface Planned {
  readonly plan: Plan;
  readonly meta: PlanMeta;
  readonly words: ReturnType<typeof wordsAt>;
  /** When all jobs start, before and after, for reports that draw it. */
  readonly shifts?: (kind: ReportKind) => readonly ScheduleShift[];
}

/** Loads the project, reads state and live jobs, plans, and hands the plan to `use` while the project is open. */
export async function withPlan<T>(
  shell: Shell,
  options: PlanOptions,
  use: (planned: Planned) => Promise<T>,
): Promise<T> {
  const { out, markdown, html } = options;
  checkReportPaths(shell, { "--out": out, "--markdown": markdown, "--html": html });
  let reading: Promise<State | undefined> | undefined;
  const onStatePlace = (place: StatePlace): void => {
    reading = storeOf(shell, place).read();
    // What is wrong with it is told when it is its turn: manifests come first.
    reading.catch(() => {});
  };
  const open = await openProject(shell, { ...options, onStatePlace });
  try {
    const state = await (reading ?? storeOf(shell, open).read());
    warnOfLostState(shell, open, state);
    const scope = await scopeOf(shell, open.project, options, state?.jobs);
    const { config } = open.project;
    const review = await reviewOf(shell, config, options.changedSince);
    const reviewed = review.policy;
    const estate = await readEstate({ shell, open, scope, flags: flagsOf(options), state, reviewed });
    try {
      const { plan, input } = await planEstate(estate);
      const actions = await during(shell, ["Asking Git about removed manifests"], () =>
        withRemovals(shell, config.root, plan.actions),
      );
      const warnings = [...review.warnings, ...hiddenDifferences(input), ...plan.warnings];
      const policy = review.changes;
      return await use({
        plan: { ...plan, actions, warnings, ...(policy.length === 0 ? {} : { policy }) },
        meta: metaOf(shell, open, options, state),
        words: wordsAt(shell.runtime.clock),
        shifts: (kind) => (kind === "plan" ? planShifts(input, plan) : driftShifts(input, plan)),
      });
    } finally {
      await estate.close();
    }
  } finally {
    await open.close();
  }
}

/** What a plan's document tells besides the plan. */
export function metaOf(shell: Shell, open: OpenProject, options: PlanOptions, state: State | undefined): PlanMeta {
  return {
    tool: `jobwright/${shell.version}`,
    createdAt: shell.runtime.clock.wall().toISOString(),
    environment: open.project.config.environment,
    ...(state === undefined ? {} : { lineage: state.lineage, serial: state.serial }),
    flags: toJsonFlags(options),
  };
}

/** Writes the Markdown and HTML reports that were asked for. */
async function writeReports(
  shell: Shell,
  options: Pick<PlanOptions, "markdown" | "html">,
  plan: Plan,
  meta: PlanMeta,
  kind: ReportKind,
  shifts: readonly ScheduleShift[],
): Promise<void> {
  const words = wordsAt(shell.runtime.clock);
  const write = (path: string | undefined, render: () => string): Promise<void> | undefined =>
    path === undefined
      ? undefined
      : during(shell, [`Writing ${path}`], () => writeReport(shell, path, shell.redactor.text(render())));
  await write(options.markdown, () => renderMarkdown(plan, { kind, meta, words }));
  await write(options.html, () => renderHtml(plan, { kind, meta, words, shifts }));
}
