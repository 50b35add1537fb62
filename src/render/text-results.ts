import type { ActionResult, OutcomeClass } from "../model/outcome.ts";
import type { Action, ActionKind, Plan } from "../model/plan.ts";
import { pathText } from "./path-text.ts";
import { counted, glyphsOf, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";
import { finish } from "./text.ts";
import { inlineValue } from "./value-text.ts";

/** How each action ended, by address. An action without a result counts as skipped. */
export type Results = ReadonlyMap<string, ActionResult>;

/** What an action without a result is taken for: it was never begun. */
export const NOT_BEGUN: ActionResult = { status: "skipped", class: "not-sent", notes: [] };

/** How an apply ended, for the terminal: a line for each action, what it means, counts, and the next command. */
export function renderApplyResults(plan: Plan, results: Results, style: RenderStyle): string {
  const rows = plan.actions.map((action) => ({ action, result: results.get(action.address) ?? NOT_BEGUN }));
  const told = new Map<string, string>();
  return finish([
    ...rows.flatMap(({ action, result }) => resultLines(action, result, style, told)),
    ...(rows.length === 0 ? [] : [""]),
    style.paint("strong", resultsHeadline(plan, results)),
    ...nextCommand(rows.map(({ result }) => result)).flatMap((line) => wrapped(style, line, 0)),
  ]);
}

const DONE: Readonly<Record<ActionKind, string>> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  adopt: "adopted",
  forget: "forgotten",
};

/** `Applied: 1 created, 2 updated. 1 failed, 1 unknown.` */
export function resultsHeadline(plan: Plan, results: Results): string {
  const rows = plan.actions.map((action) => ({ kind: action.action, ...(results.get(action.address) ?? NOT_BEGUN) }));
  const kinds: readonly ActionKind[] = ["create", "update", "replace", "delete", "adopt", "forget"];
  const done = kinds
    .map((kind) => [rows.filter((row) => row.kind === kind && row.status === "applied").length, DONE[kind]] as const)
    .filter(([n]) => n > 0);
  const statuses: readonly ActionResult["status"][] = ["failed", "unknown", "stale", "skipped"];
  const rest = statuses
    .map((status) => [rows.filter((row) => row.status === status).length, status] as const)
    .filter(([n]) => n > 0);
  const told = (pairs: readonly (readonly [number, string])[]): string =>
    pairs.map(([n, word]) => `${n} ${word}`).join(", ");
  const first = done.length === 0 ? "Nothing was applied." : `Applied: ${told(done)}.`;
  return rest.length === 0 ? first : `${first} ${told(rest)}.`;
}

const MEANING: Readonly<Record<OutcomeClass, string>> = {
  "not-sent": "nothing was sent",
  "not-done": "it did not happen",
  unknown: "it may have happened",
  done: "it happened",
};

const STATUS_PAINT: Readonly<Record<ActionResult["status"], Paint>> = {
  applied: "ok",
  failed: "error",
  unknown: "danger",
  skipped: "warning",
  stale: "warning",
};

/** `told`: what was said of an earlier action, by its words; it is not said again of every other. */
function resultLines(action: Action, result: ActionResult, style: RenderStyle, told: Map<string, string>): string[] {
  const { ok, failed, arrow } = glyphsOf(style);
  const mark = style.paint(STATUS_PAINT[result.status], result.status === "applied" ? ok : failed);
  const address = style.paint("strong", shown(style, action.address));
  return [
    result.status === "applied"
      ? `${mark} ${address}: ${DONE[action.action]}${appliedDetails(action, result, style)}`
      : `${mark} ${address}: ${action.action} ${arrow} ${failure(result)}${requestDetails(result, style)}`,
    ...errorLines(action, result, style, told),
    ...result.notes.flatMap((note) => wrapped(style, note, 4)),
    ...notConvergedLines(action, result, style),
  ];
}

function errorLines(
  { address }: Action,
  result: ActionResult,
  style: RenderStyle,
  told: Map<string, string>,
): readonly string[] {
  const { error, status } = result;
  if (error === undefined) return [];
  const hint = error.hint ?? "";
  const said = meaning(result);
  // The line above has the address and the request already; many a hint begins with what it means.
  const details = ` (${detailsOf(result).join(", ")})`;
  const own = error.message.startsWith(`${address}: `) ? error.message.slice(address.length + 2) : error.message;
  const message = own.endsWith(details) ? own.slice(0, -details.length) : own;
  const words = JSON.stringify([error.code, message, said, hint]);
  const first = told.get(words);
  if (first !== undefined) return wrapped(style, `${error.code} as for ${first}.`, 4);
  told.set(words, address);
  return [
    ...wrapped(style, `${error.code} ${message}`, 4),
    ...(status === "applied" || hint.startsWith(said.slice(0, -1)) ? [] : wrapped(style, said, 4)),
    ...(hint === "" ? [] : wrapped(style, hint, 4)),
  ];
}

function failure(result: ActionResult): string {
  const reason = result.reason === undefined ? "" : `: ${result.reason}`;
  return result.status === "failed" ? `${result.class}${reason}` : `${result.status}${reason}`;
}

function meaning(result: ActionResult): string {
  const said = MEANING[result.class];
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

function appliedDetails(action: Action, result: ActionResult, style: RenderStyle): string {
  const id = result.id ?? "";
  return id === "" || action.address.endsWith(`/${id}`) ? "" : style.paint("dim", ` (${shown(style, id, 60)})`);
}

/** ` (PATCH /v1/jobs/job_7, 503, try 4 of 4)`. */
function requestDetails(result: ActionResult, style: RenderStyle): string {
  const asked = result.retryAfterMs;
  const wait = asked === undefined ? [] : [`asks to wait ${Math.ceil(asked / 1000)} s`];
  const parts = [...detailsOf(result).map((part) => shown(style, part, 120)), ...wait];
  return parts.length === 0 ? "" : style.paint("dim", ` (${parts.join(", ")})`);
}

function detailsOf(result: ActionResult): readonly string[] {
  const { attempts, maxAttempts } = result;
  const tries =
    attempts === undefined || attempts === 0
      ? []
      : [`try ${attempts}${maxAttempts === undefined ? "" : ` of ${maxAttempts}`}`];
  const answer = result.httpStatus ?? result.errno;
  return [
    ...(result.request === undefined ? [] : [result.request]),
    ...(answer === undefined ? [] : [String(answer)]),
    ...tries,
  ];
}

function notConvergedLines(action: Action, result: ActionResult, style: RenderStyle): string[] {
  const left = result.notConverged ?? [];
  if (left.length === 0) return [];
  const rows = left.flatMap((change) => [
    `      ${pathText(change.path)}`,
    `        wanted  ${change.after === undefined ? "(nothing)" : shown(style, inlineValue(change.after), 120)}`,
    `        live    ${change.before === undefined ? "(nothing)" : shown(style, inlineValue(change.before), 120)}`,
  ]);
  const paths = left.map(({ path }) => JSON.stringify(path)).join(", ");
  return [
    style.paint(
      "warning",
      `    Did not converge: ${counted(left.length, "field")} still differ${left.length === 1 ? "s" : ""} after the write.`,
    ),
    ...rows,
    ...wrapped(style, "To leave it alone from now on, in jobwright.yaml:", 6),
    ...wrapped(style, `ignore: [{ match: ${JSON.stringify(action.address)}, paths: [${paths}], reason: "..." }]`, 8),
  ];
}

function nextCommand(results: readonly ActionResult[]): readonly string[] {
  const count = (status: ActionResult["status"]): number => results.filter((result) => result.status === status).length;
  const unknown = count("unknown");
  if (unknown > 0)
    return [`Next: jobwright apply. It first finds out what became of ${counted(unknown, "unknown write")}.`];
  if (count("failed") > 0)
    return ["Next: see to what failed, then jobwright apply. What is done is recorded and not done again."];
  if (count("stale") > 0) return ["Next: jobwright plan. Live jobs moved after the plan was made."];
  return count("skipped") > 0 ? ["Next: jobwright apply does what was skipped."] : [];
}
