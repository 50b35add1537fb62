import type { Code } from "../codes.ts";

/** Why bytes are no text, and where: `offset` counts bytes, `line` and `column` count from 1 in what came before. */
export interface DecodeProblem {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  readonly line: number;
  readonly column: number;
}

/** The text of a UTF-8 file, without its byte order mark, or why it is none. */
export type Decoded =
  | { readonly text: string; readonly problem?: never }
  | { readonly problem: DecodeProblem; readonly text?: never };

const SAVE_AS_UTF8 = "Save the file as UTF-8.";

/** Decodes UTF-8 strictly: nothing is ever replaced by U+FFFD. */
export function decodeText(bytes: Uint8Array): Decoded {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) {
    const message = `the file is ${wide}, not UTF-8 (seen at byte offset 0)`;
    return { problem: { code: "JW1006", message, hint: SAVE_AS_UTF8, line: 1, column: 1 } };
  }
  const text = new TextDecoder("utf-8").decode(bytes);
  const again = new TextEncoder().encode(text);
  const start = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let bad = 0;
  while (bad < again.length && again[bad] === bytes[bad + start]) bad++;
  if (bad === again.length && again.length === bytes.length - start) return { text };
  // The replacement character may begin like the bytes that it stands for: go back to its first byte.
  while (bad > 0 && ((again[bad] ?? 0) & 0xc0) === 0x80) bad--;
  const before = new TextDecoder("utf-8").decode(again.subarray(0, bad)).split("\n");
  const byte = (bytes[bad + start] ?? 0).toString(16).padStart(2, "0");
  return {
    problem: {
      code: "JW1006",
      message: `the file is not UTF-8: byte 0x${byte} at byte offset ${bad + start} (it may be Latin-1 or Windows-1252)`,
      hint: SAVE_AS_UTF8,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    },
  };
}

function wideEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe)
    return c === 0 && d === 0 && bytes.length >= 4 ? "UTF-32 (little-endian)" : "UTF-16 (little-endian)";
  if (a === 0xfe && b === 0xff) return "UTF-16 (big-endian)";
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return "UTF-32 (big-endian)";
  if (bytes.length < 4) return undefined;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return "UTF-16 (little-endian, without byte order mark)";
  if (a === 0 && b !== 0 && c === 0 && d !== 0) return "UTF-16 (big-endian, without byte order mark)";
  return undefined;
}
