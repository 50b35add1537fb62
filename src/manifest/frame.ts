import stringWidth from "string-width";

/** Columns that a frame shows of a long line. */
const WIDTH = 120;

/** A stretch of one line: `column` from 1, `length` in UTF-16 units; from `line` (from 1) of `lines`. */
export interface FramePlace {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** The text of a line (from 1) between two columns (from 0, `to` not included), or undefined where there is no line. */
export type Lines = (line: number, from: number, to: number) => string | undefined;

/**
 * The line before, the line itself with carets under the place, and the line after, numbered. What acts on a terminal
 * is shown as `·`, a tab as one space; long lines are cut around the place.
 */
export function frameOf(lines: Lines, place: FramePlace): string {
  const cut = place.column > WIDTH - 20 ? place.column - 41 : 0;
  const margin = String(place.line + 1).length;
  const rows: string[] = [];
  for (const number of [place.line - 1, place.line, place.line + 1]) {
    const text = number < 1 ? undefined : lines(number, cut, cut + WIDTH + 1);
    if (text === undefined && number !== place.line) continue;
    const shown = still(text ?? "");
    rows.push(`${String(number).padStart(margin)} | ${window(shown, cut)}`.trimEnd());
    if (number !== place.line) continue;
    const start = Math.min(place.column - 1 - cut, shown.length);
    const lead = stringWidth(`${cut > 0 ? "…" : ""}${shown.slice(0, start)}`);
    const carets = Math.max(stringWidth(shown.slice(start, Math.min(start + place.length, WIDTH))), 1);
    rows.push(`${" ".repeat(margin)} | ${" ".repeat(lead)}${"^".repeat(carets)}`);
  }
  return rows.join("\n");
}

function window(text: string, cut: number): string {
  return `${cut > 0 ? "…" : ""}${text.slice(0, WIDTH)}${text.length > WIDTH ? "…" : ""}`;
}

/** One column stays one: positions count UTF-16 units. */
function still(line: string): string {
  return line.replaceAll("\t", " ").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (c) => "·".repeat(c.length));
}
