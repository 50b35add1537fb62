import type { Diagnostic } from "../model/diagnostic.ts";
import { cutText, visible } from "./safe.ts";

/** How annotations are written. */
export interface AnnotationOptions {
  /** The project root as seen from the repository's root (`infra/jobs`); files of annotations are relative to that. */
  readonly root?: string;
  /** GitHub shows so many of each kind for a step and drops the rest silently. */
  readonly most?: number;
  /** Where the rest is told of. */
  readonly rest?: string;
}

const MOST_OF_A_KIND = 10;
const LONGEST_MESSAGE = 4000;

/**
 * Problems as GitHub annotations, one workflow command a line, errors before warnings. Of more than ten of a kind the
 * tenth tells how many more there are. Empty where there is nothing to tell.
 */
export function renderDiagnosticsGithub(diagnostics: readonly Diagnostic[], options: AnnotationOptions = {}): string {
  const kinds: readonly Diagnostic["severity"][] = ["error", "warning"];
  return kinds
    .flatMap((kind) =>
      annotationsOf(
        kind,
        diagnostics.filter(({ severity }) => severity === kind),
        options,
      ),
    )
    .join("\n");
}

function annotationsOf(
  kind: Diagnostic["severity"],
  diagnostics: readonly Diagnostic[],
  options: AnnotationOptions,
): readonly string[] {
  const most = options.most ?? MOST_OF_A_KIND;
  if (diagnostics.length <= most) return diagnostics.map((each) => annotation(each, options));
  const left = diagnostics.length - most + 1;
  return [
    ...diagnostics.slice(0, most - 1).map((each) => annotation(each, options)),
    `::${kind} title=jobwright::${left} more ${kind}s are not shown here; ${options.rest ?? "jobwright validate lists all of them"}.`,
  ];
}

/** One workflow command: `::error file=jobs/a.yaml,line=3,col=5,title=JW1101::message`. */
export function annotation(diagnostic: Diagnostic, options: AnnotationOptions = {}): string {
  const { severity, code, message, hint, file, line, column, endLine, endColumn } = diagnostic;
  const properties: readonly (readonly [string, string | number | undefined])[] = [
    ["file", file === undefined ? undefined : fromRepository(file, options.root)],
    ["line", file === undefined ? undefined : line],
    ["endLine", file === undefined ? undefined : endLine],
    ["col", file === undefined ? undefined : column],
    ["endColumn", file === undefined || (endLine !== undefined && endLine !== line) ? undefined : endColumn],
    ["title", code],
  ];
  const told = properties
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = [message, ...(hint === undefined || hint === "" ? [] : [hint])].map((part) =>
    cutText(visible(part), LONGEST_MESSAGE),
  );
  return `::${severity} ${told.join(",")}::${escapeData(text.join("\n"))}`;
}

function fromRepository(file: string, root = ""): string {
  const folder = root.replace(/^(\.?\/)+|\/+$/g, "");
  return folder === "" || folder === "." ? file : `${folder}/${file}`;
}

/** What a workflow command's message may not hold as it is. The old `##[` form is searched for anywhere in a line. */
export function escapeData(text: string): string {
  return text
    .replaceAll("%", "%25")
    .replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A")
    .replace(/##(\w*)\[/g, "##$1\\[");
}

/** The same for a property, where `:` and `,` separate. */
function escapeProperty(text: string): string {
  return escapeData(visible(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
