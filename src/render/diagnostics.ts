import type { Diagnostic } from "../model/diagnostic.ts";
import { fitsIn, safeFrameLine, widthOf } from "./safe.ts";
import { columnsOf, counted, glyphsOf, type RenderStyle, shown, wrapped } from "./style.ts";
import { finish } from "./text.ts";

/** Problems for the terminal: by file, in the order of their places, each with its source lines; counts at the end. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], style: RenderStyle): string {
  if (diagnostics.length === 0) return "";
  const files = [...new Set(diagnostics.map(({ file }) => file ?? ""))];
  return finish([
    ...files.flatMap((file) =>
      fileLines(
        file,
        diagnostics.filter((each) => (each.file ?? "") === file),
        style,
      ),
    ),
    style.paint("strong", `${diagnosticCounts(diagnostics)}.`),
  ]);
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

function fileLines(file: string, diagnostics: readonly Diagnostic[], style: RenderStyle): readonly string[] {
  return diagnostics.flatMap((diagnostic) => [...problemLines(file, diagnostic, style), ""]);
}

function problemLines(file: string, diagnostic: Diagnostic, style: RenderStyle): readonly string[] {
  const { severity, code, message, hint, frame } = diagnostic;
  const paint = severity === "error" ? "error" : "warning";
  const place = file === "" ? [] : [style.paint("strong", placeText(file, diagnostic, style))];
  const [first = "", ...rest] = wrapped(style, `${severity} ${code}: ${message}`, 2);
  return [
    ...place,
    style.paint(paint, first),
    ...rest.map((line) => style.paint(paint, line)),
    ...(frame === undefined ? [] : frameLines(frame, style)),
    ...(hint === undefined || hint === "" ? [] : wrapped(style, hint, 2)),
  ];
}

function placeText(file: string, { line, column }: Diagnostic, style: RenderStyle): string {
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
