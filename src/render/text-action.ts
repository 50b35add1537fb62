import type { Action, ActionKind, PlannedRequest, Refusal } from "../model/plan.ts";
import { type ChangeView, reversed, type ViewLimits, viewChange } from "./change-view.ts";
import { carriedText } from "./counts.ts";
import { pathText } from "./path-text.ts";
import { widthOf } from "./safe.ts";
import { columnsOf, glyphsOf, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";
import { changeLines, type Voice } from "./text-change.ts";
import { timeText, type Words } from "./words.ts";

const HEADS: Readonly<Record<ActionKind, { readonly symbol: string; readonly word: string; readonly paint: Paint }>> = {
  create: { symbol: "+", word: "create", paint: "create" },
  adopt: { symbol: "<=", word: "adopt", paint: "adopt" },
  update: { symbol: "~", word: "update", paint: "change" },
  forget: { symbol: "x", word: "forget", paint: "adopt" },
  replace: { symbol: "-/+", word: "REPLACE", paint: "danger" },
  delete: { symbol: "-", word: "DELETE", paint: "danger" },
};

const CHANGE_INDENT = 6;
/** Paths of one job are lined up to at most this column. */
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
    ...action.requests.flatMap((request) => requestLines(request, action, style)),
  ];
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

function planVoice(action: Action): Voice {
  return {
    conflict: "Git and the live job both moved; what Git says is written",
    cause: ({ cause }) => {
      // A job that is made again because it is gone says so once, not field by field.
      if (action.action === "create") return undefined;
      if (cause === "drift") return "drift: changed live";
      if (cause === "conflict") return "conflict";
      if (cause === "paused") return "paused by hand";
      if (cause === "unknown" && action.action !== "adopt") return "unknown cause: no base";
      return undefined;
    },
  };
}

const DRIFT_VOICE: Voice = {
  conflict: "Git and the live job both moved",
  cause: ({ cause }) => {
    if (cause === "conflict") return "conflict";
    return cause === "unknown" ? "unknown cause: no base" : undefined;
  },
};

function allChanges(views: readonly ChangeView[], style: RenderStyle, voice: Voice): string[] {
  const column = 2 + Math.max(0, ...views.map((view) => widthOf(view.path)).filter((width) => width <= WIDEST_PATH));
  return views.flatMap((view) => changeLines(view, style, CHANGE_INDENT, column, voice));
}

function headLines(action: Action, style: RenderStyle): string[] {
  const { symbol, word, paint } = HEADS[action.action];
  return titleLines(`${symbol} ${word}`, paint, action, style);
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

/** What is to be known of a job before its fields. */
function aboutLines(action: Action): readonly string[] {
  const { removedBy, desired } = action;
  return [
    ...(action.action === "adopt" ? ["is live and not in the state yet: is taken over"] : []),
    ...(action.action === "forget" ? ["leaves the state; nothing is sent"] : []),
    ...(action.action === "replace"
      ? ["cannot be changed in place: a new job is made, then the old one is deleted"]
      : []),
    ...(action.action === "replace" && desired?.annotations.movedFrom !== undefined
      ? [`was ${action.target}/${desired.annotations.movedFrom}`]
      : []),
    ...(removedBy === undefined
      ? []
      : [`its manifest was removed in ${removedBy.commit.slice(0, 10)} by ${removedBy.author}: ${removedBy.subject}`]),
    ...touchedLines(action),
    ...action.notes,
  ];
}

function touchedLines(action: Action): readonly string[] {
  const { touched } = action;
  if (touched?.updatedAt === undefined) return [];
  return [
    `last changed live ${timeText(touched.updatedAt)}${touched.updatedBy === undefined ? "" : ` by ${touched.updatedBy}`}`,
  ];
}

function requestLines(request: PlannedRequest, action: Action, style: RenderStyle): string[] {
  const carried = request.method === "PUT" ? carriedText(action) : undefined;
  const line = `${request.method} ${request.path}`;
  return dimmed(style, carried === undefined ? line : `${line} (${carried}${carriedNames(action)})`);
}

function carriedNames(action: Action): string {
  const paths = action.carried?.paths ?? [];
  if (paths.length === 0) return "";
  const names = paths.slice(0, 3).map(pathText);
  return `: ${names.join(", ")}${paths.length > 3 ? ", ..." : ""}`;
}
