/** A stretch of a text, and what is to stand there. Offsets in UTF-16 units, `end` not included. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text with splices made, which must not overlap. Line ends become those that the text has. */
export function spliced(text: string, splices: readonly Splice[]): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  let result = text;
  for (const splice of splices.toSorted((a, b) => b.start - a.start)) {
    const put = eol === "\n" ? splice.text : splice.text.replace(/\r?\n/g, eol);
    result = result.slice(0, splice.start) + put + result.slice(splice.end);
  }
  return result;
}

/** Where the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line after an offset's begins, or the text's end; the offset itself where a line ended just before it. */
export function nextLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

/** How far an offset is from the beginning of its line. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Lines with so many spaces in front, the first one aside where it goes on in a line that there is. */
export function indented(block: string, columns: number, first: "too" | "not"): string {
  const space = " ".repeat(columns);
  const lines = block.split("\n").map((line, i) => (line === "" || (i === 0 && first === "not") ? line : space + line));
  return lines.join("\n");
}
