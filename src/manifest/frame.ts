import stringWidth from "string-width";

/** Columns that a frame shows of a long line. */
const WIDTH = 120;

/** A stretch of one line: `column` from 1, `length` in UTF-16 units; from `line` (from 1) of `lines`. */
export interface FramePlace {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/**
 * The line before, the line itself with carets under the place, and the line after, numbered. What acts on a terminal
 * is shown as `·`, a tab as one space; long lines are cut around the place.
 */
export function frameOf(lines: (line: number) => string | undefined, place: FramePlace): string {
  const own = still(lines(place.line) ?? "");
  const start = Math.min(place.column - 1, own.length);
  const end = Math.min(start + Math.max(place.length, 1), Math.max(own.length, start + 1));
  const cut = start > WIDTH - 20 ? start - 40 : 0;
  const margin = String(place.line + 1).length;
  const rows: string[] = [];
  for (const number of [place.line - 1, place.line, place.line + 1]) {
    const text = number < 1 ? undefined : lines(number);
    if (text === undefined && number !== place.line) continue;
    rows.push(`${String(number).padStart(margin)} | ${window(still(text ?? ""), cut)}`.trimEnd());
    if (number !== place.line) continue;
    const lead = stringWidth(`${cut > 0 ? "…" : ""}${own.slice(cut, start)}`);
    const carets = Math.min(Math.max(stringWidth(own.slice(start, end)), 1), WIDTH - Math.min(lead, WIDTH - 1));
    rows.push(`${" ".repeat(margin)} | ${" ".repeat(lead)}${"^".repeat(carets)}`);
  }
  return rows.join("\n");
}

function window(line: string, cut: number): string {
  const shown = line.slice(cut, cut + WIDTH);
  return `${cut > 0 ? "…" : ""}${shown}${line.length > cut + WIDTH ? "…" : ""}`;
}

/** One column stays one: positions count UTF-16 units. */
function still(line: string): string {
  return line.replaceAll("\t", " ").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (c) => "·".repeat(c.length));
}
