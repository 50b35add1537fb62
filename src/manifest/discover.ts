import { type Dirent, readdir, realpath, stat } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { type FileSystemAdapter, glob } from "tinyglobby";
import type { Diagnostic } from "../model/diagnostic.ts";
import { errorCode, isInside } from "./read-file.ts";

/** Folders in one another, counted from the root. */
const DEEPEST = 64;

/** What was found: files relative to the root with `/`, sorted; folders that could not be looked into. */
export interface Discovered {
  readonly files: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The files of a project that match, sorted. Links are followed inside of the project; links out of it and links in a
 * circle are reported, and not followed. What is no regular file is listed all the same: reading it tells. The patterns
 * were checked. `root` is a real path.
 */
export async function discover(
  root: string,
  patterns: readonly string[],
  exclude: readonly string[],
): Promise<Discovered> {
  const walk = new Walk(root);
  const files = await glob(patterns, {
    cwd: root,
    ignore: [...exclude, "**/node_modules/**", "**/.git/**", ".jobwright/**"],
    dot: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    fs: walk.adapter(),
  });
  return { files: [...new Set(files)].sort(byCodeUnit), diagnostics: walk.diagnostics };
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Answer = (error: NodeJS.ErrnoException | null, entries: Entry[]) => void;

/** What the glob library asks of a folder's entry. */
interface Entry {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** Answers the glob library's questions about folders, with links already looked through. */
class Walk {
  readonly diagnostics: Diagnostic[] = [];
  readonly #root: string;
  /** Links to folders, by path: the real folders on the way to each of them. */
  readonly #links = new Map<string, readonly string[]>();

  #started = false;

  constructor(root: string) {
    this.#root = root;
  }

  adapter(): FileSystemAdapter {
    const answer = (path: string, _options: unknown, callback: Answer) => this.#read(folderPath(path), callback);
    // The library calls it in this one way only; the type has all overloads of fs.readdir.
    return { readdir: answer as unknown as typeof readdir };
  }

  #read(path: string, callback: Answer): void {
    const depth = relative(this.#root, path).split(sep).length;
    if (depth > DEEPEST) {
      this.#report(
        "JW1004",
        path,
        `folders are nested more than ${DEEPEST} levels deep`,
        "Is there a link in a circle?",
      );
      callback(null, []);
      return;
    }
    if (this.#started) this.#readEntered(path, callback);
    else {
      this.#started = true;
      // The folder that all patterns have in common was not seen as an entry of another one: it may be a link, too.
      realpath.native(path, (error, real) => {
        if (error === null && real !== path) this.#links.set(path, [dirname(path)]);
        this.#readEntered(path, callback);
      });
    }
  }

  #readEntered(path: string, callback: Answer): void {
    this.#enter(path, (via) => {
      if (via === undefined) {
        callback(null, []);
        return;
      }
      readdir(path === "" ? sep : path, { withFileTypes: true }, (error, entries) => {
        if (error === null) this.#lookThrough(path, via, entries, callback);
        else {
          if (error.code !== "ENOENT" && error.code !== "ENOTDIR") {
            this.#report(
              "JW1001",
              path,
              `the folder cannot be read: ${errorCode(error)}`,
              "Check that it may be read, or exclude it.",
            );
          }
          callback(null, []);
        }
      });
    });
  }

  /** Whether a folder may be read: answers the real folders on the way, or undefined where it may not. */
  #enter(path: string, then: (via: readonly string[] | undefined) => void): void {
    const link = this.#linkAbove(path);
    if (link === undefined) {
      then([]);
      return;
    }
    const [linkPath, via] = link;
    if (linkPath !== path) {
      then(via);
      return;
    }
    realpath.native(path, (error, real) => {
      if (error !== null) {
        this.#report("JW1004", path, "the link leads nowhere, or back to itself", "Remove the link.");
        then(undefined);
      } else if (!isInside(this.#root, real)) {
        this.#report(
          "JW1003",
          path,
          "the link leads out of the project",
          "Copy the files into the project, or exclude the link.",
        );
        then(undefined);
      } else if (via.some((folder) => isInside(real, folder))) {
        this.#report("JW1004", path, "the link leads to a folder that it lies in", "Remove the link, or exclude it.");
        then(undefined);
      } else {
        const further = [...via, real];
        this.#links.set(path, further);
        then(further);
      }
    });
  }

  #linkAbove(path: string): readonly [string, readonly string[]] | undefined {
    if (this.#links.size === 0) return undefined;
    for (let at = path; at.length > this.#root.length; at = at.slice(0, at.lastIndexOf(sep))) {
      const via = this.#links.get(at);
      if (via !== undefined) return [at, via];
    }
    return undefined;
  }

  #lookThrough(path: string, via: readonly string[], entries: readonly Dirent[], callback: Answer): void {
    const answers: Entry[] = [];
    let open = 1;
    const done = () => {
      if (--open === 0) callback(null, answers);
    };
    for (const entry of entries) {
      if (entry.isDirectory()) answers.push(asFolder(entry.name));
      // Anything else that is listed and matches is read later, and told about if that is not possible.
      else if (!entry.isSymbolicLink()) answers.push(asFile(entry.name));
      else {
        open++;
        const full = `${path}${sep}${entry.name}`;
        stat(full, (error, target) => {
          if (error === null && target.isDirectory()) {
            this.#links.set(full, via.length > 0 ? via : [path]);
            answers.push(asFolder(entry.name));
          } else answers.push(asFile(entry.name));
          done();
        });
      }
    }
    done();
  }

  #report(code: "JW1001" | "JW1003" | "JW1004", path: string, message: string, hint: string): void {
    const file = relative(this.#root, path).split(sep).join("/");
    this.diagnostics.push({ code, severity: "error", message, file, hint });
  }
}

/** A folder's path in the system's own form: the glob library writes `/` on Windows, too, and one at the end. */
function folderPath(path: string): string {
  const own = sep === "/" ? path : path.replaceAll("/", sep);
  const cut = own.endsWith(sep) ? own.slice(0, -1) : own;
  // `C:` alone is where that drive's last command was.
  return /^[A-Za-z]:$/.test(cut) && sep !== "/" ? own : cut;
}

function asFolder(name: string): Entry {
  return { name, isFile: () => false, isDirectory: () => true, isSymbolicLink: () => false };
}

function asFile(name: string): Entry {
  return { name, isFile: () => true, isDirectory: () => false, isSymbolicLink: () => false };
}
