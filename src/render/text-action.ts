import type { Action, ActionKind, Refusal } from "../model/plan.ts";
import { aboutLines, requestText, touchedLines } from "./about.ts";
import { type ChangeView, reversed, type ViewLimits, viewChange } from "./change-view.ts";
import { isDestructive, SYMBOLS } from "./counts.ts";
import { pathText } from "./path-text.ts";
import { widthOf } from "./safe.ts";
import { columnsOf, glyphsOf, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";
import { changeLines } from "./text-change.ts";
import { DRIFT_VOICE, planVoice, type Voice } from "./voice.ts";
import type { Words } from "./words.ts";

const PAINTS: Readonly<Record<ActionKind, Paint>> = {
  create: "create",
  adopt: "adopt",
  update: "change",
  forget: "adopt",
  replace: "danger",
  delete: "danger",
};

const CHANGE_INDENT = 6;
/** Paths of one job are lined up to at most this column, or a quarter of the terminal. */
const WIDEST_PATH = 36;

/** One job's part of the plan. `refusals` are those that stand against this job. */
export function actionLines(action: Action, refusals: readonly Refusal[], style: RenderStyle, words: Words): string[] {
  const voice = planVoice(action);
  const views = action.changes.map((change) => viewChange(change, words, limitsOf(style)));
  return [
    ...headLines(action, style),
    ...refusals.flatMap((refusal) => refusalLines(refusal, style)),
    ...aboutLines(action).flatMap((line) => dimmed(style, line)),
    ...allChanges(views, style, voice),
    ...action.requests.flatMap((request) => [
      ...dimmed(style, requestText(request, action)),
      ...(style.detailed && request.method === "PUT" ? carriedLines(action, style) : []),
    ]),
  ];
}

function carriedLines(action: Action, style: RenderStyle): string[] {
  return (action.carried?.paths ?? []).flatMap((path) => dimmed(style, `  carries ${pathText(path)}`));
}

/** One job's part of a drift report: what live did, seen from what was declared. */
export function driftLines(action: Action, changes: Action["changes"], style: RenderStyle, words: Words): string[] {
  const views = changes.map((change) => viewChange(reversed(change), words, limitsOf(style)));
  return [
    ...titleLines("~", "change", action, style),
    ...touchedLines(action).flatMap((line) => dimmed(style, line)),
    ...allChanges(views, style, DRIFT_VOICE),
  ];
}

function limitsOf(style: RenderStyle): ViewLimits {
  const { arrow, ellipsis } = glyphsOf(style);
  return { inline: columnsOf(style) - CHANGE_INDENT - 6, lines: 60, arrow, ellipsis };
}

function allChanges(views: readonly ChangeView[], style: RenderStyle, voice: Voice): string[] {
  const widest = Math.max(WIDEST_PATH, Math.floor(columnsOf(style) / 4));
  const column = 2 + Math.max(0, ...views.map((view) => widthOf(view.path)).filter((width) => width <= widest));
  return views.flatMap((view) => changeLines(view, style, CHANGE_INDENT, column, voice));
}

function headLines(action: Action, style: RenderStyle): string[] {
  const word = isDestructive(action) ? action.action.toUpperCase() : action.action;
  return titleLines(`${SYMBOLS[action.action]} ${word}`, PAINTS[action.action], action, style);
}

/** `  ~ update nimble/a  job_7  jobs/a.yaml:1`; id and source on the next line where they do not fit. */
function titleLines(what: string, paint: Paint, action: Action, style: RenderStyle): string[] {
  const address = shown(style, action.address, columnsOf(style) - what.length - 3);
  const title = `  ${style.paint(paint, what)} ${style.paint("strong", address)}`;
  const about = aboutText(action, style);
  if (about === "") return [title];
  if (3 + what.length + widthOf(address) + 2 + widthOf(about) <= columnsOf(style))
    return [`${title}  ${style.paint("dim", about)}`];
  return [title, ...dimmed(style, about)];
}

function aboutText({ source, id, address }: Action, style: RenderStyle): string {
  return [
    ...(id === undefined || address.endsWith(`/${id}`) ? [] : [shown(style, id, 40)]),
    ...(source === undefined ? [] : [`${shown(style, source.file, 120)}:${source.line}`]),
  ].join("  ");
}

function refusalLines(refusal: Refusal, style: RenderStyle): string[] {
  const { failed } = glyphsOf(style);
  const [first = "", ...rest] = wrapped(
    style,
    `${failed} refused (${refusal.code}): ${refusal.message}`,
    CHANGE_INDENT,
  );
  return [first, ...rest].map((line) => style.paint("error", line));
}

function dimmed(style: RenderStyle, line: string): string[] {
  return wrapped(style, line, CHANGE_INDENT).map((text) => style.paint("dim", text));
}
