import type { ChangeView, ViewLimits } from "./change-view.ts";
import { rowsOf } from "./rows.ts";
import { cutText, fitsIn, widthOf } from "./safe.ts";
import { columnsOf, glyphsOf, type Paint, type RenderStyle, wrapped } from "./style.ts";
import type { Voice } from "./voice.ts";

const MARKS: Readonly<Record<ChangeView["op"], { readonly mark: string; readonly paint: Paint }>> = {
  add: { mark: "+", paint: "create" },
  replace: { mark: "~", paint: "change" },
  remove: { mark: "-", paint: "destroy" },
};

/** Where everything below a job's name begins. */
export const CHANGE_INDENT = 6;

/** Paths of one job are lined up to at most this column, or a quarter of the terminal. */
const WIDEST_PATH = 36;

/** Lists and objects of more characters read better as a block, however wide the terminal. */
const LONGEST_STRUCTURE = 90;

/** How much of a value is shown in a terminal. */
export function limitsOf(style: RenderStyle): ViewLimits {
  const { arrow, ellipsis } = glyphsOf(style);
  const room = columnsOf(style) - CHANGE_INDENT - 6;
  const whole = style.detailed === true;
  return {
    structure: Math.min(room, LONGEST_STRUCTURE),
    text: whole ? Number.POSITIVE_INFINITY : room,
    lines: whole ? Number.POSITIVE_INFINITY : 60,
    arrow,
    ellipsis,
  };
}

/** The changes of one job, their values lined up, behind {@link CHANGE_INDENT} spaces. */
export function alignedChanges(views: readonly ChangeView[], style: RenderStyle, voice: Voice): string[] {
  const widest = Math.max(WIDEST_PATH, Math.floor(columnsOf(style) / 4));
  const column = 2 + Math.max(0, ...views.map((view) => widthOf(view.path)).filter((width) => width <= widest));
  return views.flatMap((view) => changeLines(view, style, column, voice));
}

/** A change in the terminal: one line where it fits, else its values below its path. */
function changeLines(view: ChangeView, style: RenderStyle, column: number, voice: Voice): string[] {
  const pad = " ".repeat(CHANGE_INDENT);
  const inner = " ".repeat(CHANGE_INDENT + 4);
  const { mark, paint } = view.cause === "conflict" ? { mark: "!", paint: "danger" as const } : MARKS[view.op];
  const label = voice.cause(view.cause);
  const labelled = label === undefined ? 0 : widthOf(label) + 2;
  const path = cutText(view.path, columnsOf(style) - CHANGE_INDENT - 2 - labelled, glyphsOf(style).ellipsis);
  const head = `${pad}${style.paint(paint, mark)} ${path}`;
  const tail = label === undefined ? "" : `  ${style.paint("warning", label)}`;
  const words = view.words.flatMap((line) => wrapped(style, line, inner.length).map((row) => style.paint("dim", row)));
  const oneLine = inlineBody(view, style);
  const gap = " ".repeat(Math.max(2, column - widthOf(path)));
  const room = columnsOf(style) - CHANGE_INDENT - 2 - widthOf(path) - gap.length - labelled;
  if (oneLine !== undefined && fitsIn(oneLine.plain, room)) return [`${head}${gap}${oneLine.painted}${tail}`, ...words];
  return [`${head}${tail}`, ...bodyLines(view, style, inner, voice), ...words];
}

/** Rows that a value may take in a narrow terminal. */
const MOST_ROWS = 3;
/** With `-v`: more than any value of a job takes. */
const ALL_ROWS = 100_000;

/** A value behind a mark or a name, the rows after its first one below its beginning. */
function valueRows(style: RenderStyle, pad: string, head: string, text: string, paint: Paint): string[] {
  const room = columnsOf(style) - pad.length - head.length;
  const below = " ".repeat(head.length);
  return rowsOf(text, room, style.detailed ? ALL_ROWS : MOST_ROWS, glyphsOf(style).ellipsis).map(
    (row, at) => `${pad}${style.paint(paint, `${at === 0 ? head : below}${row}`.trimEnd())}`,
  );
}

/** The body on one line, where it is of the kind that may stand on one. */
function inlineBody(
  view: ChangeView,
  style: RenderStyle,
): { readonly plain: string; readonly painted: string } | undefined {
  const { body } = view;
  if (body.kind === "secret") return { plain: body.text, painted: body.text };
  if (body.kind !== "values") return undefined;
  const { before, after } = body;
  if (before === undefined || after === undefined) {
    const value = after ?? before ?? "";
    return { plain: value, painted: style.paint(after === undefined ? "destroy" : "create", value) };
  }
  const { arrow } = glyphsOf(style);
  return {
    plain: `${before} ${arrow} ${after}`,
    painted: `${style.paint("destroy", before)} ${arrow} ${style.paint("create", after)}`,
  };
}

function bodyLines(view: ChangeView, style: RenderStyle, pad: string, voice: Voice): string[] {
  const { body } = view;
  const line = (mark: "+" | "-" | " ", text: string): string[] =>
    valueRows(style, pad, `${mark} `, text, mark === " " ? "dim" : mark === "+" ? "create" : "destroy");
  switch (body.kind) {
    case "secret":
      return [`${pad}${body.text}`];
    case "values":
      return [
        ...(body.before === undefined ? [] : line("-", body.before)),
        ...(body.after === undefined ? [] : line("+", body.after)),
      ];
    case "lines":
      return [
        ...(body.base === undefined ? [] : valueRows(style, pad, "last applied  ", body.base, "dim")),
        ...(view.cause === "conflict" ? [`${pad}${style.paint("dim", "from live (-) to Git (+):")}`] : []),
        ...body.lines.flatMap(({ mark, text }) => line(mark, text)),
        ...(view.cause === "conflict" ? conflictLines(style, pad, voice) : []),
      ];
    case "sides":
      return [
        ...(body.base === undefined ? [] : valueRows(style, pad, "last applied  ", body.base, "dim")),
        ...valueRows(style, pad, "live          ", body.live, "destroy"),
        ...valueRows(style, pad, "Git           ", body.git, "create"),
        ...conflictLines(style, pad, voice),
      ];
  }
}

function conflictLines(style: RenderStyle, pad: string, voice: Voice): readonly string[] {
  return wrapped(style, voice.conflict, pad.length).map((text) => style.paint("warning", text));
}
