/**
 * jobwright as a library: the functions that the command line and the GitHub Action run, for programs of your own.
 * Nothing here prints, ends the process, or listens for signals.
 */
export type { Code } from "./codes.ts";
export { ApiError, InvalidInputError, JobwrightError, RefusedError } from "./errors.ts";
export {
  type Applied,
  type ApplyOptions,
  apply,
  type DriftOptions,
  drift,
  type Planned,
  type PlanOptions,
  plan,
} from "./library/operations.ts";
export { type DeclaredJob, loadProject, type Project, type ProjectOptions } from "./library/project.ts";
export type { World } from "./library/world.ts";
export type { Diagnostic } from "./model/diagnostic.ts";
export type { OutcomeClass, Reason } from "./model/outcome.ts";
export type { ActionKind, Cause, PlanWarning, Refusal, Summary } from "./model/plan.ts";
export type { EventDocument } from "./render/event-document.ts";
export type {
  ActionDocument,
  ChangeDocument,
  PlanDocument,
  RequestDocument,
  ResultDocument,
  StandingDocument,
} from "./render/plan-document.ts";
