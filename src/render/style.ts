import { breakCommands, cutText, safeText, widthOf } from "./safe.ts";

/** What a piece of terminal text is, for its colour. {@link PAINT_FORMATS} says how people know them. */
export type Paint =
  | "create"
  | "change"
  | "destroy"
  | "adopt"
  | "strong"
  | "dim"
  | "warning"
  | "error"
  | "ok"
  | "danger";

/** The formats of `node:util` `styleText` for each {@link Paint}, for the caller that owns the stream. */
export const PAINT_FORMATS = {
  create: "green",
  change: "yellow",
  destroy: "red",
  adopt: "cyan",
  strong: "bold",
  dim: "dim",
  warning: "yellow",
  error: "red",
  ok: "green",
  danger: ["bold", "red"],
} as const satisfies Record<Paint, string | readonly string[]>;

/** How the terminal is: its columns (60 to 200 are used), whether it shows more than ASCII, and how it colours. */
export interface RenderStyle {
  readonly width: number;
  readonly unicode: boolean;
  readonly paint: (paint: Paint, text: string) => string;
  /** Values whole, and every field that a PUT carries, however many (`-v`). */
  readonly detailed?: boolean;
  /** Somebody reads it as it comes: lists that other programs take apart may be laid out for people. */
  readonly terminal?: boolean;
}

/** No colours, 100 columns. */
export const PLAIN_STYLE: RenderStyle = { width: 100, unicode: true, paint: (_paint, text) => text };

/** The few drawn characters, or what stands for them where there is only ASCII. */
export interface Glyphs {
  readonly arrow: string;
  readonly ellipsis: string;
  readonly ok: string;
  readonly failed: string;
  readonly unknown: string;
  readonly skipped: string;
  readonly warning: string;
  readonly dot: string;
  readonly substitute: string;
}

const DRAWN: Glyphs = {
  arrow: "→",
  ellipsis: "…",
  ok: "✓",
  failed: "✗",
  unknown: "?",
  skipped: "-",
  warning: "!",
  dot: "·",
  substitute: "�",
};
const ASCII: Glyphs = {
  arrow: "->",
  ellipsis: "...",
  ok: "ok",
  failed: "x",
  unknown: "?",
  skipped: "-",
  warning: "!",
  dot: "-",
  substitute: "?",
};

/** The glyphs of a style. */
export function glyphsOf(style: RenderStyle): Glyphs {
  return style.unicode ? DRAWN : ASCII;
}

/** The columns to lay out for. */
export function columnsOf(style: RenderStyle): number {
  return Math.min(200, Math.max(60, style.width));
}

/** A string from outside, safe, at most `width` columns. */
export function shown(style: RenderStyle, text: string, width = columnsOf(style)): string {
  return cutText(safeText(text.slice(0, 100_000)), width, glyphsOf(style).ellipsis);
}

/** The longest word that is kept whole though it is wider than the terminal: commands and paths are to be copied. */
const LONGEST_WORD = 200;

/**
 * Prose from outside as lines of at most the style's width, each behind `indent` spaces, all but
 * the first behind `hang` more. Line ends in it are shown as
 * `\n`: a job's name must not be able to forge a line. Words wider than the terminal stay whole up to 200 columns; a
 * text of more than 4000 characters is cut with a note.
 */
export function wrapped(style: RenderStyle, text: string, indent: number, hang = 0): readonly string[] {
  const { ellipsis } = glyphsOf(style);
  const room = (): number => columnsOf(style) - indent - (lines.length > 0 ? hang : 0);
  const lines: string[] = [];
  let line = "";
  for (const raw of shown(style, text, 4000).split(" ")) {
    const word = cutText(raw, LONGEST_WORD, ellipsis);
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > room()) {
      lines.push(line);
      // Where a line begins, a word may begin a runner's command.
      line = breakCommands(word);
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each, at) => `${" ".repeat(indent + (at > 0 ? hang : 0))}${each}`);
}

/** `1 job`, `2 jobs`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
