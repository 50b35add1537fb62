import { safeText } from "../render/safe.ts";

/** What `import --json` answers. */
export interface ImportDocument {
  readonly formatVersion: 1;
  /** Sorted by address. */
  readonly imported: readonly {
    readonly address: string;
    readonly id: string;
    /** Relative to the project root. */
    readonly file: string;
    /** False where the state does not know it: see `warnings`. */
    readonly adopted: boolean;
    /** What of the live job is not in the manifest. */
    readonly notes: readonly string[];
  }[];
  readonly skipped: readonly { readonly address: string; readonly id: string; readonly reason: string }[];
  /** Variables of the environment that the new manifests refer to, and what each holds. */
  readonly variables: readonly { readonly name: string; readonly address: string; readonly path: string }[];
  readonly warnings: readonly string[];
}

/** The same for people. */
export function importText(document: ImportDocument): string {
  const { imported, skipped, variables, warnings } = document;
  const files = new Set(imported.map(({ file }) => file)).size;
  const lines = [
    ...imported.flatMap(({ address, file, notes }) => [`${address}  ${file}`, ...notes.map((note) => `    ${note}`)]),
    ...section(
      "Not imported:",
      skipped.map(({ address, id, reason }) => `${address} (${id}): ${reason}`),
    ),
    ...section(
      "Set these variables where jobwright runs, to what the platform has; none of the values is in a file:",
      variables.map(({ name, address, path }) => `${name}  ${address} ${path}`),
    ),
    ...section(
      "",
      warnings.map((warning) => `warning: ${warning}`),
    ),
    "",
    imported.length === 0
      ? "Nothing to import: every live job is declared, or cannot be."
      : `${counted(imported.length, "job")} in ${counted(files, "file")}. Look at them, then: jobwright plan`,
  ];
  return `${lines.map(safeText).join("\n").replace(/^\n+/, "")}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  return ["", ...(title === "" ? [] : [title]), ...lines.map((line) => (title === "" ? line : `  ${line}`))];
}

function counted(n: number, one: string): string {
  return `${n} ${n === 1 ? one : `${one}s`}`;
}
