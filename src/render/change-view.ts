import { isList, isObject, SecretRef, type Value } from "../model/document.ts";
import type { Action, Cause, Change } from "../model/plan.ts";
import { type DiffLine, diffLines, withContext } from "./line-diff.ts";
import { pathText } from "./path-text.ts";
import type { ReportKind } from "./report.ts";
import { safeText } from "./safe.ts";
import type { Sides } from "./schedule-sides.ts";
import { blockValue, inlineValue, secretText, textLine } from "./value-text.ts";
import { scheduleWords, type Words } from "./words.ts";

/** A change made ready to show: every string in it is safe and has no line end. Text, Markdown and HTML lay it out. */
export interface ChangeView {
  readonly op: Change["op"];
  /** `spec.schedule.cron`. */
  readonly path: string;
  readonly pointer: string;
  readonly cause: Cause;
  readonly body: ChangeBody;
  /** Schedules in words, a line each. */
  readonly words: readonly string[];
}

/**
 * `values`: one line each; `lines`: blocks or a line diff (in a conflict from live to Git); `sides`: who wants what in a
 * conflict. `base`: what was last applied, of a conflict only.
 */
export type ChangeBody =
  | { readonly kind: "values"; readonly before?: string; readonly after?: string }
  | { readonly kind: "lines"; readonly lines: readonly DiffLine[]; readonly base?: string }
  | { readonly kind: "secret"; readonly text: string }
  | { readonly kind: "sides"; readonly base?: string; readonly live: string; readonly git: string };

/** A list of at most so many characters is told on one line with the list that it becomes. */
const SHORT_LIST = 60;

/** How much of a value is shown. */
export interface ViewLimits {
  /** Lists and objects that take more characters on one line are laid out as lines. */
  readonly structure: number;
  /** Longer strings are focused on their difference. */
  readonly text: number;
  /** Lines of one change; the rest is counted. */
  readonly lines: number;
  readonly arrow: string;
  readonly ellipsis: string;
}

/** Limits for documents, where lines may be long. */
export const DOCUMENT_LIMITS: ViewLimits = { structure: 160, text: 160, lines: 80, arrow: "→", ellipsis: "…" };

/** Makes changes of a job ready to show: as they are planned, or, for a drift report, as what was done live. */
export function viewChanges(
  { live, desired }: Pick<Action, "live" | "desired">,
  changes: readonly Change[],
  { kind, words, limits }: ViewOptions,
): readonly ChangeView[] {
  const sides = { before: live?.document, after: desired?.document };
  const back = { before: sides.after, after: sides.before };
  return changes.map((change) => {
    // A conflict tells of both sides, the same in every report.
    const asPlanned = kind === "plan" || change.cause === "conflict";
    return viewChange(asPlanned ? change : reversed(change), words, limits, asPlanned ? sides : back);
  });
}

/** How changes are shown. */
export interface ViewOptions {
  readonly kind: ReportKind;
  readonly words: Words;
  readonly limits: ViewLimits;
}

function viewChange(change: Change, words: Words, limits: ViewLimits, sides: Sides): ChangeView {
  return {
    op: change.op,
    path: pathText(change.path),
    pointer: change.path,
    cause: change.cause,
    body: bodyOf(change, limits),
    words: scheduleWords(change, words, limits.arrow, sides).map(safeText),
  };
}

/** The same change told from Git's side: what was done live. */
function reversed(change: Change): Change {
  const op = change.op === "add" ? "remove" : change.op === "remove" ? "add" : "replace";
  const { before, after, ...rest } = change;
  return {
    ...rest,
    op,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
  };
}

function bodyOf(change: Change, limits: ViewLimits): ChangeBody {
  const { before, after } = change;
  if (change.cause === "conflict" && [before, after].every((value) => fitsInline(value, limits)))
    return sidesOf(change);
  if (before instanceof SecretRef && after instanceof SecretRef) return secretBody(before, after);
  if (typeof before === "string" && typeof after === "string" && !isText(before) && !isText(after)) {
    const [was, now] = focused(before, after, limits);
    return { kind: "values", before: inlineValue(was), after: inlineValue(now) };
  }
  const lists = isList(before) && isList(after);
  const most = lists ? { ...limits, structure: Math.min(limits.structure, SHORT_LIST) } : limits;
  if (fitsInline(before, most) && fitsInline(after, most)) {
    return {
      kind: "values",
      ...(before === undefined ? {} : { before: inlineValue(before) }),
      ...(after === undefined ? {} : { after: inlineValue(after) }),
    };
  }
  const base = change.cause === "conflict" && change.base !== undefined ? { base: inlineValue(change.base) } : {};
  return { kind: "lines", lines: linesBetween(before, after, limits), ...base };
}

function sidesOf(change: Change): ChangeBody {
  return {
    kind: "sides",
    ...(change.base === undefined ? {} : { base: inlineValue(change.base) }),
    live: change.before === undefined ? "(nothing)" : inlineValue(change.before),
    git: change.after === undefined ? "(nothing)" : inlineValue(change.after),
  };
}

function secretBody(before: SecretRef, after: SecretRef): ChangeBody {
  const named = [before, after].filter((secret) => secret.text !== "live").map(secretText);
  if (before.text === after.text || named.length < 2) {
    return { kind: "secret", text: ["(secret changed)", ...named.slice(0, 1)].join(" ") };
  }
  return { kind: "values", before: secretText(before), after: secretText(after) };
}

function isText(value: Value | undefined): boolean {
  return typeof value === "string" && value.includes("\n");
}

function fitsInline(value: Value | undefined, limits: ViewLimits): boolean {
  if (value === undefined) return true;
  if (isText(value)) return false;
  if (!isList(value) && !isObject(value)) return true;
  return inlineValue(value).length <= limits.structure;
}

function linesBetween(before: Value | undefined, after: Value | undefined, limits: ViewLimits): readonly DiffLine[] {
  const gap = (n: number): string => `${limits.ellipsis} ${n} unchanged ${n === 1 ? "line" : "lines"}`;
  const lines = withContext(diffLines(linesOf(before, after), linesOf(after, before)), 2, gap);
  if (lines.length <= limits.lines) return lines;
  const rest = lines.slice(limits.lines);
  return [...lines.slice(0, limits.lines), { mark: " ", text: `${limits.ellipsis} ${rest.length} more lines` }];
}

/** A list of values is a line for each where both sides are lists, so that the diff tells which came and went. */
function linesOf(value: Value | undefined, other: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === "string") return isText(value) || isText(other) ? textLines(value) : [inlineValue(value)];
  if (isList(value) && isList(other)) return value.map((item) => `- ${inlineValue(item)}`);
  return blockValue(value);
}

/** The lines of a text; the missing line end of the last one is a line, since it may be all that differs. */
function textLines(text: string): readonly string[] {
  const lines = text.split("\n").map(textLine);
  return lines.at(-1) === "" ? lines.slice(0, -1) : [...lines, "\\ no line end"];
}

/** Characters of common text that stay before the first difference of two long strings. */
const LEAD = 20;

/** Of two long strings the parts from shortly before their first difference on; short ones as they are. */
function focused(before: string, after: string, limits: ViewLimits): readonly [string, string] {
  if (Math.max(before.length, after.length) <= limits.text) return [before, after];
  let same = 0;
  while (same < before.length && before[same] === after[same]) same++;
  let from = same - LEAD;
  if (from < LEAD) return [before, after];
  if (/[\udc00-\udfff]/.test(before[from] ?? "")) from--;
  return [`${limits.ellipsis}${before.slice(from)}`, `${limits.ellipsis}${after.slice(from)}`];
}
