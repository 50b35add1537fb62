import { cutText, fitsIn, widthOf } from "./safe.ts";

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * A safe string as rows of at most `width` columns, broken after spaces where there is one late enough, and cut with a
 * note where it takes more than about `most` rows.
 */
export function rowsOf(text: string, width: number, most: number, ellipsis: string): readonly string[] {
  if (fitsIn(text, width)) return [text];
  const rows: string[] = [];
  let row = "";
  let used = 0;
  for (const segment of pieces(text, Math.floor(width * (most - 0.5)), ellipsis)) {
    const size = widthOf(segment);
    // A row that a runner would take for a command will get a character more.
    const room = /^\s*:/.test(row) ? width - 1 : width;
    if (used + size > room && row !== "") {
      const space = row.lastIndexOf(" ") + 1;
      const end = space > row.length * 0.6 ? space : row.length;
      rows.push(row.slice(0, end));
      row = row.slice(end);
      used = widthOf(row);
    }
    row += segment;
    used += size;
  }
  return [...rows, row];
}

/** Characters of a string that is cut where it is too long; the note of what is missing is one piece. */
function pieces(text: string, width: number, ellipsis: string): readonly string[] {
  const cut = cutText(text, width, ellipsis);
  const end = cut === text ? cut.length : cut.lastIndexOf(`${ellipsis} (+`);
  const characters = [...GRAPHEMES.segment(cut.slice(0, end))].map(({ segment }) => segment);
  return end < cut.length ? [...characters, cut.slice(end)] : characters;
}
