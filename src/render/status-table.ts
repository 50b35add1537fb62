import { widthOf } from "./safe.ts";
import { columnsOf, glyphsOf, type Paint, type RenderStyle } from "./style.ts";

/** A column: a title and a cell for each row. Cells are safe to show. */
export interface Column {
  readonly title: string;
  readonly cells: readonly string[];
  /** Where it cannot be as wide (or as its widest cell), it says too little and is left out instead. */
  readonly least: number;
  /** Wider ones are cut (the first column: get a line of their own), however much room there is. */
  readonly most: number;
  /** Columns with the highest number are left out first; 0 stays whatever comes. */
  readonly rank: number;
  readonly paint?: (row: number) => Paint | undefined;
}

/** Between two columns. */
const GAP = "  ";

/**
 * A table as wide as the style allows, one entry for each row, the titles in front. Columns without anything in them and
 * those for which there is no room are left out; what is left shares the room, narrow ones first. The first column is
 * never cut but for the whole line: a longer cell stands on a line of its own, above the rest of its row.
 */
export function table(columns: readonly Column[], style: RenderStyle): readonly (readonly string[])[] {
  const told = columns
    .filter(({ rank, cells }) => rank === 0 || cells.some((cell) => cell !== "" && cell !== "-"))
    .map(measured);
  const kept = fitting(told, columnsOf(style));
  const widths = widthsOf(kept, columnsOf(style));
  const count = columns[0]?.cells.length ?? 0;
  const titles = line(
    kept.map(({ title }) => title),
    widths,
    style,
    () => "dim",
  );
  const rows = Array.from({ length: count }, (_, row) => {
    const cells = kept.map(({ cells }) => cells[row] ?? "");
    const paint = (at: number): Paint | undefined => kept[at]?.paint?.(row);
    const [first = "", ...rest] = cells;
    if (widthOf(first) <= (widths[0] ?? 0)) return [line(cells, widths, style, paint)];
    return [
      paintText(style, paint(0), cutCell(first, columnsOf(style), style)),
      line(["", ...rest], widths, style, paint),
    ];
  });
  return [[titles], ...rows];
}

/** A column whose bounds are what its cells need. */
function measured(column: Column): Column {
  const { title, cells, least, most } = column;
  const wanted = cells.reduce((widest, cell) => Math.max(widest, Math.min(most, widthOf(cell))), widthOf(title));
  return { ...column, least: Math.min(least, wanted), most: wanted };
}

function fitting(columns: readonly Column[], room: number): readonly Column[] {
  const needed = columns.reduce((sum, { least }) => sum + least + GAP.length, -GAP.length);
  const last = columns.reduce<Column | undefined>((a, b) => (a === undefined || b.rank > a.rank ? b : a), undefined);
  if (needed <= room || last === undefined || last.rank === 0) return columns;
  return fitting(
    columns.filter((column) => column !== last),
    room,
  );
}

/** Every column gets its least; what is left goes to them in the order of their rank. */
function widthsOf(columns: readonly Column[], room: number): readonly number[] {
  const widths = columns.map(({ least }) => least);
  let left = room - widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
  for (const column of columns.toSorted((a, b) => a.rank - b.rank)) {
    const at = columns.indexOf(column);
    const more = Math.max(0, Math.min(left, column.most - column.least));
    widths[at] = column.least + more;
    left -= more;
  }
  return widths;
}

function line(
  cells: readonly string[],
  widths: readonly number[],
  style: RenderStyle,
  paint: (at: number) => Paint | undefined,
): string {
  return cells
    .map((cell, at) => {
      const text = cutCell(cell, widths[at] ?? 0, style);
      return `${paintText(style, paint(at), text)}${" ".repeat(Math.max(0, (widths[at] ?? 0) - widthOf(text)))}`;
    })
    .join(GAP)
    .trimEnd();
}

/** A text in its colour, where it has one. */
export function paintText(style: RenderStyle, paint: Paint | undefined, text: string): string {
  return paint === undefined || text === "" ? text : style.paint(paint, text);
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** A safe string cut to so many columns, the last of them an ellipsis. Never splits a character. */
export function cutCell(text: string, width: number, style: RenderStyle): string {
  if (widthOf(text) <= width) return text;
  const { ellipsis } = glyphsOf(style);
  let kept = "";
  let used = ellipsis.length;
  for (const { segment } of GRAPHEMES.segment(text.slice(0, 2000))) {
    used += widthOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept.trimEnd()}${ellipsis}`;
}
