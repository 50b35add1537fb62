import { readdirSync, readFileSync } from "node:fs";
import { posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, with a `/` at its end. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One `import` or `export ... from` of a file. */
export interface Import {
  /** As written. */
  readonly from: string;
  /** Where it leads, relative to the project (`src/model/job.ts`); undefined for packages and node's own modules. */
  readonly file: string | undefined;
  readonly typeOnly: boolean;
}

/** All files under `folder` (relative to the project) whose name ends with `ending`, relative to the project, sorted. */
export function filesUnder(folder: string, ending: string): readonly string[] {
  return readdirSync(ROOT + folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length).replaceAll(sep, "/"))
    .sort();
}

/** A file of the project as text. */
export function read(file: string): string {
  return readFileSync(ROOT + file, "utf8");
}

/** The imports of `text`, the text of `file`. Statements are told by their start at a line's beginning, as they are formatted. */
export function importsOf(file: string, text: string): readonly Import[] {
  const found: Import[] = [];
  const add = (from: string, typeOnly: boolean): void => {
    const local = from.startsWith(".") ? posix.join(posix.dirname(file), from) : undefined;
    found.push({ from, file: local, typeOnly });
  };
  for (const [, type, from] of text.matchAll(/^(?:import|export)\s+(type\s)?[^;"']*?\bfrom\s+"([^"]+)"/gm)) {
    if (from !== undefined) add(from, type !== undefined);
  }
  for (const [, from] of text.matchAll(/^import\s+"([^"]+)"/gm)) if (from !== undefined) add(from, false);
  for (const [, from] of text.matchAll(/\bimport\(\s*"([^"]+)"/g)) if (from !== undefined) add(from, false);
  return found;
}
