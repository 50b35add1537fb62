import { relative, resolve, sep } from "node:path";
import { matches } from "../model/match.ts";

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
  return /[*?]/.test(path) && matchesGlob(file.split("/"), path.split("/"));
}

/** Segment by segment; like {@link matches}, only the last `**` is ever gone back to. */
function matchesGlob(file: readonly string[], glob: readonly string[]): boolean {
  let f = 0;
  let g = 0;
  let star = -1;
  let taken = 0;
  while (f < file.length) {
    const pattern = glob[g];
    if (pattern === "**") {
      star = g++;
      taken = f;
    } else if (pattern !== undefined && matches(pattern, file[f] ?? "")) {
      f++;
      g++;
    } else if (star >= 0) {
      g = star + 1;
      f = ++taken;
    } else {
      return false;
    }
  }
  while (glob[g] === "**") g++;
  return g === glob.length;
}
