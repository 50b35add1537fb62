import type { ActionResult } from "../model/outcome.ts";
import type { Action, Plan } from "../model/plan.ts";
import { KINDS, planHeadline } from "./counts.ts";
import { pathText } from "./path-text.ts";
import { DONE, MEANING, NOT_BEGUN, type Results, resultsHeadline } from "./results.ts";
import { fitsIn } from "./safe.ts";
import { columnsOf, counted, glyphsOf, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";
import { finish } from "./text.ts";
import { inlineValue } from "./value-text.ts";

/** From more actions on, those of which nothing is to be said are counted; `-v` names them. */
const MOST_NAMED = 200;

/** Of jobs that ended the same way so many are named; the rest is counted. */
const MOST_ALIKE = 50;

/**
 * How an apply ended, for the terminal: a line for each action, what went wrong last, counts, and the next command. Of
 * many actions those that simply went well are counted.
 */
export function renderApplyResults(plan: Plan, results: Results, style: RenderStyle): string {
  const rows = plan.actions
    .map((action) => ({ action, result: results.get(action.address) ?? NOT_BEGUN }))
    .toSorted((a, b) => weightOf(a.result) - weightOf(b.result));
  const folds = rows.length > MOST_NAMED && style.detailed !== true;
  const plain = folds ? rows.filter(({ result }) => weightOf(result) === 0) : [];
  return finish([
    ...countLines(plain, style),
    ...alikeLines(rows.slice(plain.length), style),
    ...(rows.length === 0 ? [] : [""]),
    ...wrapped(style, rows.length === 0 ? nothingToDo(plan) : resultsHeadline(plan, results), 0).map((line) =>
      style.paint("strong", line),
    ),
    ...nextCommand(rows.map(({ result }) => result)).flatMap((line) => wrapped(style, line, 0)),
  ]);
}

/** `Nothing was applied. No changes. 41 jobs are as declared.` */
function nothingToDo(plan: Plan): string {
  return `Nothing was applied. ${planHeadline(plan)}`;
}

/** An action and how it ended. */
interface Row {
  readonly action: Action;
  readonly result: ActionResult;
}

/** What wants a look comes last: there it is seen. */
function weightOf({ status, notes, notConverged = [] }: ActionResult): number {
  if (status === "applied") return notConverged.length > 0 ? 4 : notes.length > 0 ? 1 : 0;
  return { skipped: 2, stale: 3, failed: 5, unknown: 6 }[status];
}

/** `✓ nimble: 9812 updated, 20 created`. */
function countLines(rows: readonly Row[], style: RenderStyle): readonly string[] {
  if (rows.length === 0) return [];
  const targets = [...new Set(rows.map(({ action }) => action.target))].sort();
  const lines = targets.map((target) => {
    const own = rows.filter(({ action }) => action.target === target);
    const counts = KINDS.map(
      (kind) => [own.filter(({ action }) => action.action === kind).length, DONE[kind]] as const,
    );
    const told = counts.flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${word}`])).join(", ");
    return `${style.paint("ok", glyphsOf(style).ok)} ${style.paint("strong", shown(style, target, 60))}: ${told}`;
  });
  return [...lines, style.paint("dim", "    -v names them")];
}

/** Jobs of which the same is to be said, their ids aside, stand together above it. */
function alikeLines(rows: readonly Row[], style: RenderStyle): readonly string[] {
  const alike = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${weightOf(row.result)} ${bodyLines(row, "{id}", style).join("\n")}`;
    const others = alike.get(key);
    if (others === undefined) alike.set(key, [row]);
    else others.push(row);
  }
  return [...alike.values()].flatMap((same) => {
    const [first, ...others] = same;
    if (first === undefined) return [];
    const body = bodyLines(first, others.length === 0 ? undefined : "{id}", style);
    const most = body.length === 0 ? same.length : MOST_ALIKE;
    const more = same.length > most ? [`  and ${same.length - most} more`] : [];
    const title = body.length > 0 && others.length > 0 ? [`    the same for all ${same.length}:`] : [];
    const heads = same.slice(0, most).flatMap((row) => headLines(row, style));
    return [...heads, ...more, ...title.map((line) => style.paint("dim", line)), ...body];
  });
}

const PAINTS: Readonly<Record<ActionResult["status"], Paint>> = {
  applied: "ok",
  failed: "error",
  unknown: "danger",
  skipped: "warning",
  stale: "warning",
};

/** `✓ nimble/a: created (job_9)`, `✗ nimble/b: update failed, it did not happen (platform-error)`; two lines where one is too long. */
function headLines({ action, result }: Row, style: RenderStyle): readonly string[] {
  const { ok, failed, unknown, skipped, warning } = glyphsOf(style);
  const { status, reason } = result;
  const mark = { applied: ok, failed, unknown, skipped, stale: warning }[status];
  const address = shown(style, action.address);
  const head = `${style.paint(PAINTS[status], mark)} ${style.paint("strong", address)}: `;
  if (status === "applied") return [`${head}${DONE[action.action]}${newId(action, result, style)}`];
  const what = `${action.action} ${status}`;
  const means = `${MEANING[result.class]}${reason === undefined ? "" : ` (${reason})`}`;
  const painted = `${head}${style.paint(PAINTS[status], what)}`;
  return fitsIn(`${mark} ${address}: ${what}, ${means}`, columnsOf(style))
    ? [`${painted}, ${means}`]
    : [painted, `    ${means}`];
}

function newId(action: Action, { id = "" }: ActionResult, style: RenderStyle): string {
  return id === "" || action.address.endsWith(`/${id}`) ? "" : style.paint("dim", ` (${shown(style, id, 60)})`);
}

/** What is to be said below an action's name; `id` stands for the job's own. */
function bodyLines({ action, result }: Row, id: string | undefined, style: RenderStyle): readonly string[] {
  const { error, notes } = result;
  const own = action.id === undefined ? undefined : `/${action.id}`;
  const message = error === undefined ? "" : `${error.code} ${error.message}${requestText(result)}`;
  const told = own === undefined || id === undefined ? message : message.replaceAll(own, `/${id}`);
  return [
    ...(error === undefined ? [] : wrapped(style, told, 4)),
    ...(error?.hint === undefined ? [] : wrapped(style, unsaid(error.hint, result), 4)),
    ...notes.flatMap((note) => wrapped(style, note, 4)),
    ...notConvergedLines(action, result, style),
  ].filter((line) => line.trim() !== "");
}

/** A hint without the sentence that its head says already. */
function unsaid(hint: string, result: ActionResult): string {
  const said = `${MEANING[result.class]}.`;
  return hint.toLowerCase().startsWith(said) ? hint.slice(said.length).trimStart() : hint;
}

/** ` (PATCH /v1/jobs/job_7, 503, try 4 of 4)`, where the message does not tell. */
function requestText({ attempts = 0, maxAttempts, request, httpStatus, retryAfterMs, error }: ActionResult): string {
  if (request === undefined || error?.message.includes(request)) return "";
  const parts = [
    request,
    ...(httpStatus === undefined ? [] : [String(httpStatus)]),
    ...(attempts === 0 ? [] : [`try ${attempts}${maxAttempts === undefined ? "" : ` of ${maxAttempts}`}`]),
    ...(retryAfterMs === undefined ? [] : [`asks to wait ${Math.ceil(retryAfterMs / 1000)} s`]),
  ];
  return ` (${parts.join(", ")})`;
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
