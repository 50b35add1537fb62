import { dirname, join, relative, sep } from "node:path";
import { JobwrightError } from "../errors.ts";
import type { Disk } from "../state/disk.ts";
import { because } from "../state/failure.ts";
import type { Shell } from "./shell.ts";

/** A text file that is to be made. */
export interface NewFile {
  /** Relative to a root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Which of these paths (relative to `root`) something stands at already, a link that leads nowhere included. */
export async function taken({ disk }: Shell, root: string, paths: readonly string[]): Promise<readonly string[]> {
  const there: string[] = [];
  for (const path of paths) if (await exists(disk, join(root, path))) there.push(path);
  return there;
}

/**
 * Makes a file, whole or not at all, and its folders. Never replaces anything: false where something stands there by
 * now. `root` is a real path; folders that lead out of it throw.
 */
export async function makeFile(shell: Shell, root: string, { path, text }: NewFile): Promise<boolean> {
  const target = join(root, path);
  try {
    await makeFolders(shell.disk, root, dirname(target));
    return await put(shell, target, text);
  } catch (cause) {
    if (cause instanceof JobwrightError) throw cause;
    throw new JobwrightError("JW5005", "storage", `${path} cannot be written: ${because(cause)}`, {
      hint: "Check that the folder can be written.",
      cause,
    });
  }
}

async function put({ disk, runtime }: Shell, target: string, text: string): Promise<boolean> {
  const random = Math.floor(runtime.random() * 2 ** 48).toString(36);
  const temporary = join(dirname(target), `.jobwright-${random}.tmp`);
  const file = await disk.create(temporary, 0o644);
  try {
    await file.write(new TextEncoder().encode(text));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike a rename, a link fails where there is a file of that name.
    await disk.link(temporary, target);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (await exists(disk, target)) return false;
    // A file system without links: nothing stood there a moment ago.
    await disk.rename(temporary, target);
    return true;
  } finally {
    await disk.unlink(temporary).catch(() => undefined);
  }
}

/** Makes the folders that lack on the way from the root; links on it must stay inside. */
async function makeFolders(disk: Disk, root: string, folder: string): Promise<void> {
  if (folder === root) return;
  if (!(await exists(disk, folder))) {
    await makeFolders(disk, root, dirname(folder));
    await disk.mkdir(folder).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  }
  const real = await disk.realpath(folder);
  if (real === root || real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return;
  throw outside(relative(root, folder));
}

/** A path that leads out of the project. */
export function outside(path: string): JobwrightError {
  return new JobwrightError("JW5502", "invalid", `${path} leads out of the project`, {
    hint: "Files are written inside of the folder of jobwright.yaml only.",
  });
}

async function exists(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
