import type { Plan } from "../model/plan.ts";
import type { ScheduleShift } from "../model/schedule.ts";
import type { State } from "../model/state.ts";
import { driftShifts, planShifts } from "../plan/schedule-shifts.ts";
import { renderHtml } from "../render/html.ts";
import { renderMarkdown } from "../render/markdown.ts";
import { documentText, driftDocument, type PlanMeta, toPlanDocument } from "../render/plan-document.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import type { ReportKind } from "../render/report.ts";
import { renderDrift, renderPlan } from "../render/text.ts";
import { planEstate, readEstate } from "./estate.ts";
import { withRemovals } from "./git.ts";
import { flagsOf, type PlanOptions, toJsonFlags } from "./plan-options.ts";
import { withPolicy } from "./policy.ts";
import { type OpenProject, openProject } from "./project.ts";
import { withChecksum } from "./saved-plan.ts";
import { scopeOf } from "./scope.ts";
import type { CommandResult, Shell } from "./shell.ts";
import { storeOf, warnOfLostState } from "./state-store.ts";
import { wordsAt } from "./words.ts";
import { checkReportPaths, writeReport } from "./write-report.ts";

/** `jobwright plan`: shows what apply would do. Changes nothing, the state included. */
export async function plan(shell: Shell, options: PlanOptions): Promise<CommandResult> {
  return withPlan(shell, options, async ({ plan, meta, words, shifts }) => {
    const document = redactPlanDocument(toPlanDocument(plan, meta), shell.redactor);
    if (options.out !== undefined) await writeReport(shell, options.out, documentText(withChecksum(document)));
    await writeReports(shell, options, plan, meta, "plan", shifts?.("plan"));
    const changes = plan.actions.length > 0;
    const exitCode = plan.refusals.length > 0 ? 3 : changes && options.detailedExitcode ? 2 : 0;
    return {
      exitCode,
      stdout: options.json
        ? documentText(withChecksum(document))
        : shell.redactor.text(renderPlan(plan, shell.style, words)),
    };
  });
}

/** `jobwright drift`: what was changed live behind Git's back. Exit code 2 where something was. */
export async function drift(shell: Shell, options: PlanOptions): Promise<CommandResult> {
  return withPlan(shell, options, async ({ plan, meta, words, shifts }) => {
    await writeReports(shell, options, plan, meta, "drift", shifts?.("drift"));
    const exitCode = driftExitCode(plan);
    const stdout = options.json
      ? documentText(redactPlanDocument(driftDocument(plan, meta), shell.redactor))
      : shell.redactor.text(renderDrift(plan, shell.style, words));
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
  const open = await openProject(shell, options);
  try {
    const state = await storeOf(shell, open).read();
    warnOfLostState(shell, open, state);
    const scope = await scopeOf(shell, open.project, options, state?.jobs);
    const estate = await readEstate({ shell, open, scope, flags: flagsOf(options), state });
    try {
      const { plan, input } = await planEstate(estate);
      const { config } = open.project;
      const actions = await withRemovals(shell, config.root, plan.actions);
      return await use({
        plan: await withPolicy(shell, config, options.changedSince, { ...plan, actions }),
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
  shifts: readonly ScheduleShift[] = [],
): Promise<void> {
  const words = wordsAt(shell.runtime.clock);
  if (options.markdown !== undefined) {
    await writeReport(shell, options.markdown, shell.redactor.text(renderMarkdown(plan, { kind, meta, words })));
  }
  if (options.html !== undefined) {
    await writeReport(shell, options.html, shell.redactor.text(renderHtml(plan, { kind, meta, words, shifts })));
  }
}
