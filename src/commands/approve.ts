import { JobwrightError } from "../errors.ts";
import type { Config } from "../model/config.ts";
import type { Plan } from "../model/plan.ts";
import type { PlanInput } from "../plan/input.ts";
import { planShifts } from "../plan/schedule-shifts.ts";
import { approvalQuestion } from "../render/approval.ts";
import { redactPlan } from "../render/redact-plan.ts";
import { renderPlan } from "../render/text.ts";
import type { Shell } from "./shell.ts";
import { wordsAt } from "./words.ts";

/** Whether somebody approved beforehand. */
export interface ApproveOptions {
  readonly autoApprove?: boolean;
}

/** Throws where nobody is there to say yes, and no flag says it. */
export function checkApprovable(shell: Shell, { autoApprove }: ApproveOptions): void {
  if (autoApprove || shell.ask !== undefined) return;
  throw new JobwrightError(
    "JW5002",
    "invalid",
    "apply asks before it changes anything, and there is no terminal to ask on",
    {
      hint: "Add --auto-approve (-y) once you have looked at the plan.",
    },
  );
}

/** Shows a plan and asks for it, where nobody approved it beforehand and there is anything to do. */
export async function approve(
  shell: Shell,
  options: ApproveOptions,
  { plan, input }: { readonly plan: Plan; readonly input: PlanInput },
  { confirm, environment }: Pick<Config, "confirm" | "environment">,
): Promise<void> {
  if (plan.actions.length === 0 || options.autoApprove) return;
  checkApprovable(shell, options);
  const style = shell.errorStyle ?? shell.style;
  const text = renderPlan(
    redactPlan(plan, shell.redactor),
    style,
    wordsAt(shell.runtime.clock),
    planShifts(input, plan),
  );
  for (const line of [...text.split("\n"), ""]) shell.runtime.log(line);
  const wanted = confirm === "name" ? environment : "yes";
  const answer = await shell.ask?.(approvalQuestion(plan, environment, wanted));
  if (answer?.trim() === wanted) return;
  const hint =
    confirm === "name" ? `To approve, type the name of the environment: ${environment}.` : 'To approve, type "yes".';
  throw new JobwrightError("JW5006", "interrupted", "not approved; nothing was sent", { hint });
}
