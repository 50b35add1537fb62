import type { Plan } from "../model/plan.ts";
import { isDestructive } from "./counts.ts";
import { safeText } from "./safe.ts";
import { counted } from "./style.ts";

/**
 * The question below a plan, which says once more what it destroys: `Apply this plan, which deletes 2 jobs? Only "yes" is
 * taken for yes: `. `wanted` is what has to be typed: yes, or the name of the environment.
 */
export function approvalQuestion(plan: Plan, environment: string, wanted: string): string {
  const place = environment === "" ? "" : ` to ${safeText(environment)}`;
  const what = `Apply this plan${place}${destruction(plan)}?`;
  return wanted === "yes"
    ? `${what} Only "yes" is taken for yes: `
    : `${what} Type the environment's name to approve: `;
}

/** `, which deletes 2 jobs and replaces 1`; "" where nothing is destroyed. */
function destruction({ actions }: Plan): string {
  const destroyed = actions.filter(isDestructive);
  const deleted = destroyed.filter(({ action }) => action === "delete").length;
  const replaced = destroyed.length - deleted;
  if (destroyed.length === 0) return "";
  const parts = [
    ...(deleted === 0 ? [] : [`deletes ${counted(deleted, "job")}`]),
    ...(replaced === 0 ? [] : [`replaces ${deleted === 0 ? counted(replaced, "job") : replaced}`]),
  ];
  return `, which ${parts.join(" and ")}`;
}
