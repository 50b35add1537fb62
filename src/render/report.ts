import type { Plan } from "../model/plan.ts";
import type { ScheduleShift } from "../model/schedule.ts";
import { planHeadline } from "./counts.ts";
import { driftHeadline } from "./drift-view.ts";
import type { PlanMeta } from "./plan-document.ts";
import type { Words } from "./words.ts";

/** What a report tells: what apply would do, or what live did. */
export type ReportKind = "plan" | "drift";

/** What all reports are made with. */
export interface ReportOptions {
  readonly kind: ReportKind;
  /** Shown at the end: the tool, the environment. The time is left out, so that an unchanged plan is the same report. */
  readonly meta?: PlanMeta;
  readonly words?: Words;
  /** For the map of when jobs start; drawn where `words` know when schedules fire. */
  readonly shifts?: readonly ScheduleShift[];
}

/** The one sentence at the top. */
export function headlineOf(plan: Plan, kind: ReportKind): string {
  return kind === "plan" ? planHeadline(plan) : driftHeadline(plan);
}

/** What identifies a report: `jobwright/0.1.0, environment prod, digest sha256:...`. Not made safe. */
export function imprint(plan: Plan, meta: PlanMeta | undefined): readonly string[] {
  return [
    ...(meta === undefined ? [] : [meta.tool]),
    ...(meta === undefined || meta.environment === "" ? [] : [`environment ${meta.environment}`]),
    `digest ${plan.digest.slice(0, 19)}`,
  ];
}
