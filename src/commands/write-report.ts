import { randomBytes } from "node:crypto";
import { open, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { JobwrightError } from "../errors.ts";
import { renameOver } from "../state/disk.ts";
import { because } from "../state/failure.ts";
import type { Shell } from "./shell.ts";

/** Throws where two reports of a run would be one file, or one is `-`; before anything is asked of a platform. */
export function checkReportPaths(shell: Shell, reports: Readonly<Record<string, string | undefined>>): void {
  const taken = new Map<string, string>();
  for (const [flag, path] of Object.entries(reports)) {
    if (path === undefined) continue;
    if (path === "-") {
      throw new JobwrightError("JW5001", "invalid", `${flag} - names no file`, {
        hint: "For the document on stdout use --json.",
      });
    }
    const file = resolve(shell.runtime.cwd, path);
    const other = taken.get(file);
    if (other !== undefined) {
      throw new JobwrightError("JW5001", "invalid", `${other} and ${flag} name the same file: ${path}`, {
        hint: "Name a file for each.",
      });
    }
    taken.set(file, flag);
  }
}

/**
 * Writes a file that the user named, whole or not at all (a temporary file in the same folder, renamed); what is no
 * regular file (a pipe, /dev/stdout) is written to directly, what is read-only not at all; a link keeps its target.
 * Relative paths are from where the tool was started.
 */
export async function writeReport(shell: Shell, path: string, text: string): Promise<void> {
  const target = resolve(shell.runtime.cwd, path);
  try {
    const there = await stat(target).catch(() => undefined);
    if (there?.isDirectory()) throw new Error("it is a directory");
    if (there !== undefined && (there.mode & 0o222) === 0) throw new Error("it is read-only");
    if (there !== undefined && !there.isFile()) await writeInto(target, text);
    else await replaceWith(await realpath(target).catch(() => target), text);
  } catch (cause) {
    throw new JobwrightError("JW5005", "storage", `${path} cannot be written: ${because(cause)}`, {
      hint: "Name a file in a folder that exists and can be written.",
      cause,
    });
  }
}

async function writeInto(target: string, text: string): Promise<void> {
  const file = await open(target, "w");
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function replaceWith(target: string, text: string): Promise<void> {
  const temporary = join(dirname(target), `.jobwright-${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
