import { safeText, widthOf } from "../render/safe.ts";
import { counted, PLAIN_STYLE, type RenderStyle, shown, wrapped } from "../render/style.ts";

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

/** The same for people: a row for each job, then what needs their hand, the next command last. */
export function importText(document: ImportDocument, style: RenderStyle = PLAIN_STYLE): string {
  const { imported, skipped, variables, warnings } = document;
  const files = new Set(imported.map(({ file }) => file)).size;
  const column = alignedWidth(imported.map(({ address }) => address));
  const lines = [
    ...imported.flatMap(({ address, file, notes }) => [
      `${style.paint("strong", shown(style, address))}${gapAfter(address, column)}${safeText(file)}`,
      ...notes.flatMap((note) => wrapped(style, note, 4).map((line) => style.paint("dim", line))),
    ]),
    ...section(
      "Not imported:",
      skipped.map(({ address, id, reason }) => `${address} (${id}): ${reason}`),
      style,
    ),
    ...section(
      "Set these variables where jobwright runs, to what the platform has; none of the values is in a file:",
      variables.map(({ name, address, path }) => `${name}  ${address} ${path}`),
      style,
    ),
    ...(warnings.length === 0 ? [] : [""]),
    ...warnings.flatMap((text) => wrapped(style, `warning: ${text}`, 0, 2).map((line) => style.paint("warning", line))),
    "",
    style.paint(
      "strong",
      imported.length === 0
        ? "Nothing to import: every live job is declared, or cannot be."
        : `${counted(imported.length, "job")} in ${counted(files, "file")}. Look at them, then: jobwright plan`,
    ),
  ];
  return `${lines.join("\n").replace(/^\n+/, "")}\n`;
}

function section(title: string, lines: readonly string[], style: RenderStyle): readonly string[] {
  if (lines.length === 0) return [];
  const heads = wrapped(style, title, 0).map((line) => style.paint("warning", line));
  return ["", ...heads, ...lines.flatMap((line) => wrapped(style, line, 2, 2))];
}

/** Longer names do not push the others' second column away. */
const WIDEST_NAME = 50;

function alignedWidth(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => widthOf(safeText(name))).filter((width) => width <= WIDEST_NAME));
}

function gapAfter(name: string, column: number): string {
  return " ".repeat(Math.max(0, column - widthOf(safeText(name))) + 2);
}
