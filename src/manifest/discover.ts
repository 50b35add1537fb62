import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Code } from "../codes.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { type Glob, isWhole, type Places, parseGlob, startOf, stepInto } from "./glob.ts";
import { errorCode, isInside } from "./read-file.ts";

/** Folders in one another, counted from the root. */
const DEEPEST = 64;

/** What is never looked into. */
const NEVER = ["**/node_modules", "**/.git", ".jobwright"];

/** What was found: files relative to the root with `/`, sorted; folders that could not be looked into. */
export interface Discovered {
  readonly files: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The files of a project that match, sorted. Links are followed inside of the project; links out of it and links in a
 * circle are reported, and not followed. What is no regular file is listed all the same: reading it tells. Folders that
 * hold nothing that can match, or are excluded, are not looked into. The patterns were checked. `root` is a real path.
 */
export async function discover(
  root: string,
  patterns: readonly string[],
  exclude: readonly string[],
): Promise<Discovered> {
  const globs = patterns.flatMap(parseGlob);
  const excluded = [...exclude, ...NEVER].flatMap(parseGlob);
  const walk = new Walk(root);
  await walk.folder([], [], { wanted: trailOf(globs, false), unwanted: trailOf(excluded, true) });
  return { files: walk.files.sort(byCodeUnit), diagnostics: walk.diagnostics };
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Globs with how far the path so far has led into each; those that it cannot match any more are left out. */
interface Trail {
  readonly hidden: boolean;
  readonly open: readonly { readonly glob: Glob; readonly places: Places }[];
}

interface Trails {
  readonly wanted: Trail;
  readonly unwanted: Trail;
}

function trailOf(globs: readonly Glob[], hidden: boolean): Trail {
  return { hidden, open: globs.map((glob) => ({ glob, places: startOf(glob) })) };
}

function follow({ hidden, open }: Trail, name: string): Trail {
  const next = open.map(({ glob, places }) => ({ glob, places: stepInto(glob, places, name, hidden) }));
  return { hidden, open: next.filter(({ places }) => places.size > 0) };
}

const isMatch = ({ open }: Trail): boolean => open.some(({ glob, places }) => isWhole(glob, places));

class Walk {
  readonly files: string[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** `via`: the real folders on the way, from the first link on. */
  async folder(path: readonly string[], via: readonly string[], trails: Trails): Promise<void> {
    if (path.length > DEEPEST) {
      const hint = "Is there a link in a circle?";
      this.#report("JW1004", path, `folders are nested more than ${DEEPEST} levels deep`, hint);
      return;
    }
    for (const entry of await this.#read(path)) {
      const wanted = follow(trails.wanted, entry.name);
      if (wanted.open.length === 0) continue;
      const unwanted = follow(trails.unwanted, entry.name);
      if (!isMatch(unwanted)) await this.#entry([...path, entry.name], entry, via, { wanted, unwanted });
    }
  }

  async #entry(path: readonly string[], entry: Dirent, via: readonly string[], trails: Trails): Promise<void> {
    if (entry.isDirectory()) await this.folder(path, via, trails);
    else if (entry.isSymbolicLink() && (await this.#leadsToFolder(path))) {
      const further = await this.#enter(path, via.length > 0 ? via : [join(this.#root, ...path.slice(0, -1))]);
      if (further !== undefined) await this.folder(path, further, trails);
    } else if (isMatch(trails.wanted)) this.files.push(path.join("/"));
  }

  async #read(path: readonly string[]): Promise<readonly Dirent[]> {
    try {
      return await readdir(join(this.#root, ...path), { withFileTypes: true });
    } catch (error) {
      const code = errorCode(error);
      if (code !== "ENOENT" && code !== "ENOTDIR") {
        const hint = "Check that it may be read, or exclude it.";
        this.#report("JW1001", path, `the folder cannot be read: ${code}`, hint);
      }
      return [];
    }
  }

  async #leadsToFolder(path: readonly string[]): Promise<boolean> {
    return stat(join(this.#root, ...path)).then(
      (target) => target.isDirectory(),
      () => false,
    );
  }

  /** Whether a link to a folder may be followed: answers the real folders on the way, or undefined where it may not. */
  async #enter(path: readonly string[], via: readonly string[]): Promise<readonly string[] | undefined> {
    const real = await realpath(join(this.#root, ...path)).catch(() => undefined);
    if (real === undefined) {
      this.#report("JW1004", path, "the link leads nowhere, or back to itself", "Remove the link.");
    } else if (!isInside(this.#root, real)) {
      const hint = "Copy the files into the project, or exclude the link.";
      this.#report("JW1003", path, "the link leads out of the project", hint);
    } else if (via.some((folder) => isInside(real, folder))) {
      const hint = "Remove the link, or exclude it.";
      this.#report("JW1004", path, "the link leads to a folder that it lies in", hint);
    } else return [...via, real];
    return undefined;
  }

  #report(code: Code, path: readonly string[], message: string, hint: string): void {
    this.diagnostics.push({ code, severity: "error", message, file: path.join("/"), hint });
  }
}
