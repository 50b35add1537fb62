import type { Diagnostic } from "../model/diagnostic.ts";
import { cutText, safeFrameLine } from "./safe.ts";
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

function frameLines(frame: string, style: RenderStyle): readonly string[] {
  const { substitute, ellipsis } = glyphsOf(style);
  return frame
    .split("\n")
    .slice(0, 20)
    .map((line) =>
      style.paint("dim", `    ${cutText(safeFrameLine(line, substitute), columnsOf(style) - 4, ellipsis)}`),
    );
}
