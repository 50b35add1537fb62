import type { Diagnostic } from "../model/diagnostic.ts";
import { moreLines, withoutRepeats } from "./repeats.ts";
import { fitsIn, safeFrameLine, widthOf } from "./safe.ts";
import { columnsOf, counted, glyphsOf, type RenderStyle, shown, wrapped } from "./style.ts";
import { finish } from "./text.ts";

/** What tells of each problem, however many are alike. */
const ALL_OF_THEM = "--json";

/**
 * Problems for the terminal: errors before warnings, by file, in the order of their places, each with its source lines;
 * counts at the end. Of many that say the same, the first few and the places of the rest. `all` tells how to see all.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], style: RenderStyle, all = ALL_OF_THEM): string {
  if (diagnostics.length === 0) return "";
  return finish([
    ...withoutRepeats(inOrder(diagnostics), style).flatMap(({ item, like }) => [
      ...problemLines(item, style),
      ...moreLines(like, (each) => placeText(each, style), style, { indent: 2, all }),
      "",
    ]),
    style.paint("strong", `${diagnosticCounts(diagnostics)}.`),
  ]);
}

/** Errors first, files in the order in which they first appear. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const byFile = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const file = diagnostic.file ?? "";
    const own = byFile.get(file) ?? [];
    byFile.set(file, own);
    own.push(diagnostic);
  }
  const all = [...byFile.values()].flat();
  return [...all.filter(({ severity }) => severity === "error"), ...all.filter(({ severity }) => severity !== "error")];
}

/** `2 errors, 1 warning in 2 files`. */
function diagnosticCounts(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const files = new Set(diagnostics.flatMap(({ file }) => file ?? [])).size;
  const counts = [
    ...(errors > 0 ? [counted(errors, "error")] : []),
    ...(warnings > 0 ? [counted(warnings, "warning")] : []),
  ];
  return `${counts.join(", ")}${files === 0 ? "" : ` in ${counted(files, "file")}`}`;
}

function problemLines(diagnostic: Diagnostic, style: RenderStyle): readonly string[] {
  const { severity, code, message, hint, frame } = diagnostic;
  const paint = severity === "error" ? "error" : "warning";
  const place = placeText(diagnostic, style);
  const [first = "", ...rest] = wrapped(style, `${severity} ${code}: ${message}`, 2);
  return [
    ...(place === "" ? [] : [style.paint("strong", place)]),
    style.paint(paint, first),
    ...rest.map((line) => style.paint(paint, line)),
    ...(frame === undefined ? [] : frameLines(frame, style)),
    ...(hint === undefined || hint === "" ? [] : wrapped(style, hint, 2)),
  ];
}

/** `jobs/a.yaml:3:5`; empty where there is no file. */
function placeText({ file = "", line, column }: Diagnostic, style: RenderStyle): string {
  if (file === "") return "";
  const at = line === undefined ? "" : `:${line}${column === undefined ? "" : `:${column}`}`;
  return `${shown(style, file, 200)}${at}`;
}

/** Columns before the carets that stay in sight where a line does not fit. */
const LEAD = 8;

/** Source lines and the carets below one of them; where they are too wide, the part with the carets. */
function frameLines(frame: string, style: RenderStyle): readonly string[] {
  const { substitute, ellipsis } = glyphsOf(style);
  const room = columnsOf(style) - 4;
  const lines = frame
    .split("\n")
    .slice(0, 20)
    .map((line) => safeFrameLine(line, substitute));
  const at = lines.findIndex((line) => /^ *\| *\^+$/.test(line));
  const [, margin = "", lead = "", carets = ""] = /^( *\| ?)( *)(\^+)$/.exec(lines[at] ?? "") ?? [];
  const [start, end, width] = [lead.length, lead.length + carets.length, room - margin.length];
  // The carets are seen to their end where that is possible, but to their beginning in any case.
  const from = end < width ? 0 : Math.max(0, Math.min(start - LEAD, end + 1 + ellipsis.length - width));
  return lines.map((line, index) => {
    const mark = index === at ? " ".repeat(ellipsis.length) : ellipsis;
    const code = `${from > 0 ? mark : ""}${columnsFrom(line.slice(margin.length), from)}`;
    const text = fitsIn(code, width) ? code : `${columnsTo(code, width - mark.length)}${mark}`;
    return style.paint("dim", `    ${line.slice(0, margin.length)}${text}`.trimEnd());
  });
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** A text without its first so many columns; half a wide character becomes a space. */
function columnsFrom(text: string, from: number): string {
  const head = columnsTo(text, from);
  const left = from - widthOf(head);
  if (left <= 0) return text.slice(head.length);
  const [wide] = GRAPHEMES.segment(text.slice(head.length));
  return wide === undefined
    ? ""
    : `${" ".repeat(widthOf(wide.segment) - left)}${text.slice(head.length + wide.segment.length)}`;
}

/** As much of a text as fits into so many columns. */
function columnsTo(text: string, width: number): string {
  let kept = "";
  let used = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept;
}
