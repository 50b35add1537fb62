import { randomBytes } from "node:crypto";
import { chmod, open, readFile, realpath, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { JobwrightError } from "../errors.ts";
import { renameOver } from "../state/disk.ts";
import { because } from "../state/failure.ts";

/** A file as it was read, and what is to stand in it. */
export interface FileText {
  /** Relative to the project root. */
  readonly file: string;
  /** What was read. */
  readonly bytes: Uint8Array;
  readonly text: string;
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/**
 * Replaces a file of the project as a whole, its mode kept; links are followed. Throws where it is not what was read any
 * more, and leaves it alone then.
 */
export async function replaceFileText(root: string, { file, bytes, text }: FileText): Promise<void> {
  try {
    const target = await realpath(join(root, file));
    if (!(await readFile(target)).equals(bytes)) throw new Error("it was changed while jobwright worked on it");
    const { mode } = await stat(target);
    const temporary = join(dirname(target), `.jobwright-${randomBytes(6).toString("hex")}.tmp`);
    try {
      await writeNew(temporary, BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? `\ufeff${text}` : text);
      await chmod(temporary, mode & 0o777);
      await renameOver(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
  } catch (cause) {
    throw new JobwrightError("JW5005", "storage", `${file} cannot be written: ${because(cause)}`, {
      hint: "What was written before it stays; run again.",
      cause,
    });
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
