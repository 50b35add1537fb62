import { applyPlan, type ApplyReport } from "../apply/apply.ts";
import type { ApplyContext, ApplyEvent } from "../apply/context.ts";
import { settleOpenIntents } from "../apply/recover.ts";
import { JobwrightError, RefusedError } from "../errors.ts";
import type { Plan } from "../model/plan.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { PlanInput } from "../plan/input.ts";
import { applyDocument, documentText, type PlanMeta } from "../render/plan-document.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import { renderApplyResults } from "../render/text-results.ts";
import { renderPlan } from "../render/text.ts";
import type { StateSession } from "../state/store.ts";
import { type Estate, planEstate, readEstate, connectTargets, type EstateOptions } from "./estate.ts";
import { withRemovals } from "./git.ts";
import { metaOf } from "./plan.ts";
import { flagsOf, type PlanOptions } from "./plan-options.ts";
import { type OpenProject, openProject } from "./project.ts";
import { scopeOf } from "./scope.ts";
import type { CommandResult, Shell } from "./shell.ts";
import { sessionOptions, storeOf } from "./state-store.ts";
import { wordsAt } from "./words.ts";

/** The options of `apply` besides those of `plan`. */
export interface ApplyOptions extends PlanOptions {
  readonly autoApprove?: boolean;
  readonly lockTimeoutMs?: number;
  readonly onEvent?: (event: ApplyEvent) => void;
}

/** `jobwright apply`: takes the lock, settles what a crash left, plans, asks, applies. */
export async function apply(shell: Shell, options: ApplyOptions): Promise<CommandResult> {
  if (!options.autoApprove && shell.ask === undefined) throw approvalNeeded();
  const open = await openProject(shell, options);
  try {
    const session = await storeOf(shell, open).open(sessionOptions(shell, open, "apply", options.lockTimeoutMs ?? 0));
    try {
      return await applyWith(shell, options, open, session);
    } finally {
      await session.close();
    }
  } finally {
    await open.close();
  }
}

/** Nobody is there to say yes, and no flag says it. */
export function approvalNeeded(): JobwrightError {
  return new JobwrightError("JW5002", "invalid", "apply asks before it changes anything, and there is no terminal to ask on", {
    hint: "Add --auto-approve (-y) once you have looked at the plan.",
  });
}

async function applyWith(
  shell: Shell,
  options: ApplyOptions,
  open: OpenProject,
  session: StateSession,
): Promise<CommandResult> {
  const scope = await scopeOf(shell, open.project, options);
  const estateOptions = { shell, open, scope, flags: flagsOf(options), state: session.state };
  await settleBefore(shell, open, session, estateOptions);
  const estate = await readEstate({ ...estateOptions, state: session.state });
  try {
    const { plan: made, input } = await planEstate(estate);
    const plan = { ...made, actions: await withRemovals(shell, open.project.config.root, made.actions) };
    const meta = metaOf(shell, open, options, session.state);
    if (plan.refusals.length > 0) {
      if (!options.json) return { exitCode: 3, stdout: shell.redactor.text(renderPlan(plan, shell.style, wordsAt(shell.runtime.clock))) };
      throw new RefusedError(plan.refusals);
    }
    await approve(shell, options, plan);
    return await carryOut(shell, options, open, session, estate, plan, input, meta);
  } finally {
    await estate.close();
  }
}

/** What an interrupted run left open is settled before anything is planned. */
export async function settleBefore(
  shell: Shell,
  open: OpenProject,
  session: StateSession,
  estateOptions: EstateOptions,
): Promise<void> {
  if (session.state.open.length === 0) return;
  const { clients, transport } = connectTargets(estateOptions);
  try {
    const { createSettleMs } = open.project.config;
    const lines = await settleOpenIntents({ runtime: shell.runtime, session, clients, createSettleMs });
    for (const line of lines) shell.runtime.log(line);
  } finally {
    await Promise.all([...clients.values()].map((client) => client.close()));
    await transport.close();
  }
}

async function approve(shell: Shell, options: ApplyOptions, plan: Plan): Promise<void> {
  if (plan.actions.length === 0 || options.autoApprove) return;
  if (shell.ask === undefined) throw approvalNeeded();
  for (const line of renderPlan(plan, shell.style, wordsAt(shell.runtime.clock)).trimEnd().split("\n")) shell.runtime.log(line);
  const answer = await shell.ask('Apply this plan? Only "yes" is taken for yes: ');
  if (answer.trim() !== "yes") {
    throw new JobwrightError("JW5006", "interrupted", "not approved; nothing was sent");
  }
}

/** Applies a plan that stands, and answers with what came of it. */
export async function carryOut(
  shell: Shell,
  options: ApplyOptions,
  open: OpenProject,
  session: StateSession,
  estate: Estate,
  plan: Plan,
  input: PlanInput,
  meta: PlanMeta,
): Promise<CommandResult> {
  const context: ApplyContext = {
    runtime: shell.runtime,
    session,
    clients: estate.clients,
    input,
    createSettleMs: open.project.config.createSettleMs,
    onEvent: options.onEvent ?? progress(shell),
  };
  const report = await applyPlan(context, plan);
  const results = withSecondLook(report);
  const stdout = options.json
    ? documentText(redactPlanDocument(applyDocument(plan, results, meta), shell.redactor))
    : shell.redactor.text(renderApplyResults(plan, results, shell.style));
  return { exitCode: exitCodeOf(report, plan), stdout };
}

function withSecondLook({ results, notConverged }: ApplyReport): ReadonlyMap<string, ActionResult> {
  return new Map(
    [...results].map(([address, result]) => {
      const left = notConverged.get(address);
      return [address, left === undefined ? result : { ...result, notConverged: left }];
    }),
  );
}

function exitCodeOf(report: ApplyReport, plan: Plan): number {
  if (report.interrupted && [...report.results.values()].some((r) => r.reason === "interrupted")) return 130;
  const failed = plan.actions.some((action) => report.results.get(action.address)?.status !== "applied");
  if (!failed) return report.storage === undefined ? 0 : 1;
  return 1;
}

function progress(shell: Shell): (event: ApplyEvent) => void {
  return (event) => {
    if (event.kind === "started") shell.runtime.log(`${event.action.address}: ${event.action.action} ...`);
    else shell.runtime.log(`${event.action.address}: ${event.result.status}`);
  };
}
