import { relative, resolve, sep } from "node:path";
import { type Glob, isWhole, startOf, stepInto } from "./glob.ts";

/** One of the PATHS of a command line, relative to the project root, or outside of it. */
export interface SelectedPath {
  readonly written: string;
  /** With `/`; "" is the root itself. Undefined: it leads out of the project. */
  readonly path: string | undefined;
}

/** PATHS as written, relative to `cwd`, brought under `root`. Both are absolute, links resolved. */
export function selectPaths(root: string, cwd: string, paths: readonly string[]): SelectedPath[] {
  return paths.map((written) => {
    const path = relative(root, resolve(cwd, written)).split(sep).join("/");
    return { written, path: path === ".." || path.startsWith("../") || /^[A-Za-z]:/.test(path) ? undefined : path };
  });
}

/**
 * Whether a file (relative to the root) is what a path names: the file itself, anything in the folder, or what the glob
 * matches (`*` and `?` within one name, `**` any folders).
 */
export function isSelected(file: string, path: string): boolean {
  if (path === "" || file === path || file.startsWith(`${path}/`)) return true;
  if (!/[*?]/.test(path)) return false;
  const glob: Glob = path.split("/").map((segment) => (segment === "**" ? "**" : Array.from(segment)));
  const places = file.split("/").reduce((from, name) => stepInto(glob, from, name, true), startOf(glob));
  return isWhole(glob, places);
}
