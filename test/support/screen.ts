const ESC = String.fromCharCode(27);

/** A character, a control sequence, or a control character. */
const PIECE = new RegExp(`${ESC}\\[[?]?[0-9;]*[A-Za-z]|[\\s\\S]`, "gu");

/**
 * What a terminal shows after it got this text: its lines, those that were scrolled away included, without spaces at their
 * ends. Knows colours (and drops them), `\r`, `\n`, backspace, moves up, erasing to the end of the line or the screen, and
 * lines that do not wrap; throws for anything else that acts.
 */
export function screenOf(text: string, columns: number): readonly string[] {
  const lines: string[][] = [[]];
  let [row, column, wraps] = [0, 0, true];
  const line = (): string[] => {
    while (lines.length <= row) lines.push([]);
    return lines[row] ?? [];
  };
  const put = (character: string): void => {
    if (column >= columns) {
      if (!wraps) column = columns - 1;
      else [row, column] = [row + 1, 0];
    }
    const cells = line();
    while (cells.length < column) cells.push(" ");
    cells[column] = character;
    column += 1;
  };
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === "\r") column = 0;
    else if (piece === "\n") row += 1;
    else if (piece === "\b") column = Math.max(0, column - 1);
    else if (!piece.startsWith(ESC)) put(piece);
    else if (/\[[0-9;]*m$/.test(piece)) continue;
    else if (piece === `${ESC}[?7l` || piece === `${ESC}[?7h`) wraps = piece.endsWith("h");
    else if (/\[\d*A$/.test(piece)) row = Math.max(0, row - Number(/\d+/.exec(piece)?.[0] ?? 1));
    else if (/\[0?K$/.test(piece)) line().splice(column);
    else if (/\[0?J$/.test(piece)) {
      line().splice(column);
      lines.splice(row + 1);
    } else if (/\[(1G|\d*[CD]|6n|\?2004[hl])$/.test(piece)) {
      if (piece.endsWith("G")) column = 0;
      else if (piece.endsWith("C")) column += Number(/\d+/.exec(piece)?.[0] ?? 1);
      else if (piece.endsWith("D")) column = Math.max(0, column - Number(/\d+/.exec(piece)?.[0] ?? 1));
    } else throw new Error(`the terminal does not know ${JSON.stringify(piece)}`);
    line();
  }
  return lines.map((cells) => cells.join("").trimEnd());
}
