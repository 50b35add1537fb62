import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Code } from "../codes.ts";

/** The most bytes of a file that is read. */
const LARGEST_FILE = 1024 * 1024;

/** A file's bytes, or why there are none for us. */
export type FileBytes =
  | { readonly bytes: Uint8Array; readonly realPath: string }
  | {
      readonly problem: {
        readonly code: Code;
        readonly severity: "error" | "warning";
        readonly message: string;
        readonly hint: string;
      };
    };

/**
 * Reads a regular file of the project, whole or not at all: links are followed first and must end inside of `root` (a
 * real path), what is opened is what was checked, and a file that changes meanwhile is refused. Never waits for a FIFO.
 * `path` is relative to `root`. `folders` keeps where folders really are, for whoever reads many files in one go.
 */
export function readProjectFile(root: string, path: string, folders?: RealFolders): FileBytes {
  let real: string;
  try {
    const found = follow(join(root, path), folders);
    real = found.real;
    if (!isInside(root, real)) return outside(root, real);
    if (!found.kind.isFile()) return notRegular();
  } catch (error) {
    return unreadable(error);
  }
  try {
    return readRegular(real);
  } catch (error) {
    // The path was resolved: a link that stands there now was put there since.
    return errorCode(error) === "ELOOP" ? changed() : unreadable(error);
  }
}

/** Real paths of folders, by the path that led there. */
export type RealFolders = Map<string, string>;

/** Where a path really leads, and what is there. A file that is no link itself is where its folder is. */
function follow(path: string, folders: RealFolders | undefined): { readonly real: string; readonly kind: Stats } {
  if (folders !== undefined) {
    const folder = dirname(path);
    const there = folders.get(folder) ?? realpathSync.native(folder);
    folders.set(folder, there);
    const real = join(there, basename(path));
    const kind = lstatSync(real);
    if (!kind.isSymbolicLink()) return { real, kind };
  }
  const real = realpathSync.native(path);
  return { real, kind: statSync(real) };
}

/** Whether a real path is a real folder or lies in it. */
export function isInside(root: string, path: string): boolean {
  const prefix = root.endsWith(sep) ? root : `${root}${sep}`;
  return path === root || path.startsWith(prefix);
}

function readRegular(real: string): FileBytes {
  const handle = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const before = fstatSync(handle);
    if (!before.isFile()) return notRegular();
    if (before.size > LARGEST_FILE) return tooLarge();
    const buffer = Buffer.allocUnsafe(before.size + 1);
    let length = 0;
    for (;;) {
      const count = readSync(handle, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0 || length === buffer.length) break;
    }
    const after = fstatSync(handle);
    // A folder on the way may have become a link since the path was resolved.
    if (realpathSync.native(real) !== real) return changed();
    if (length !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs) return changed();
    return { bytes: buffer.subarray(0, length), realPath: real };
  } finally {
    closeSync(handle);
  }
}

function outside(root: string, real: string): FileBytes {
  const hint = "Copy the file into the project. Links are followed only inside of it.";
  const message = `the file leads out of the project, ${levels(relative(root, real))}`;
  return { problem: { code: "JW1003", severity: "error", message, hint } };
}

/** Where something is, without naming folders that are nobody's business. */
function levels(path: string): string {
  const up = path.split(sep).filter((part) => part === "..").length;
  return `${up} ${up === 1 ? "folder" : "folders"} up`;
}

function notRegular(): FileBytes {
  const hint = "Remove it, or add it to exclude in jobwright.yaml.";
  return {
    problem: { code: "JW1002", severity: "warning", message: "this is not a regular file; it is skipped", hint },
  };
}

function tooLarge(): FileBytes {
  return {
    problem: {
      code: "JW1005",
      severity: "error",
      message: "the file is larger than 1 MiB",
      hint: "Split it: one job for each file reads best.",
    },
  };
}

function changed(): FileBytes {
  const hint = "Run again when nothing writes to it.";
  return { problem: { code: "JW1001", severity: "error", message: "the file changed while it was read", hint } };
}

function unreadable(error: unknown): FileBytes {
  const code = errorCode(error);
  if (code === "ELOOP") {
    return {
      problem: {
        code: "JW1004",
        severity: "error",
        message: "the link leads back to itself",
        hint: "Remove the link.",
      },
    };
  }
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file (or its link leads nowhere)",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EISDIR: "it is a folder",
    ENAMETOOLONG: "its path is too long",
  };
  const message = `the file cannot be read: ${reasons[code] ?? code}`;
  return { problem: { code: "JW1001", severity: "error", message, hint: "Check that it is there and may be read." } };
}

/** The system's code of an error (`ENOENT`), or what stands for it. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}
