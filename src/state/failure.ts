import type { Code } from "../codes.ts";
import { JobwrightError } from "../errors.ts";

/** A file that cannot be used although the system answered: a directory in its place, a link to nowhere, too large. */
export class UnusableFile extends Error {}

/** The system's code of a failed call (`ENOSPC`), or undefined where there is none. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return error.code;
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the disk reports an error",
  EISDIR: "is a directory",
  ELOOP: "links go in a circle",
  EMFILE: "too many open files",
  ENOENT: "no such file or directory",
  ENOSPC: "no space is left on the disk",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
};

/** Why a file call failed, in words and with the system's code. */
export function because(error: unknown): string {
  const code = errnoOf(error);
  if (code !== undefined) return Object.hasOwn(WORDS, code) ? `${WORDS[code]} (${code})` : code;
  return error instanceof Error ? error.message : "unknown reason";
}

/** A state, journal or lock that cannot be read or written. Exit code 1. */
export function storageError(code: Code, message: string, hint: string, cause?: unknown): JobwrightError {
  return new JobwrightError(code, "storage", message, { hint, cause });
}

/** Foreign text (from a lock or from git) fit to stand in one line of a message. */
export function oneLine(text: string, limit = 200): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}

/** `bytes` random bytes as hex. */
export function randomHex(random: () => number, bytes: number): string {
  let hex = "";
  for (let i = 0; i < bytes; i += 1) {
    hex += Math.floor(random() * 256)
      .toString(16)
      .padStart(2, "0");
  }
  return hex;
}
