import type { Diagnostic } from "../model/diagnostic.ts";
import { visible } from "./safe.ts";

/** The suite of problems that have no file. */
const NO_FILE = "jobwright";

/**
 * Problems as JUnit's XML: a suite for each file, a failed case for each error, one case that passed where a file has
 * none. Warnings are output of the case. A failure's type is its reason, of the vocabulary of results.
 */
export function renderJunit(files: readonly string[], diagnostics: readonly Diagnostic[]): string {
  const byFile = new Map<string, Diagnostic[]>(files.map((file) => [file, []]));
  for (const diagnostic of diagnostics) {
    const file = diagnostic.file ?? NO_FILE;
    const own = byFile.get(file) ?? [];
    byFile.set(file, own);
    own.push(diagnostic);
  }
  const names = [...byFile.keys()].sort();
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const suites = names.map((name) => suiteOf(name, byFile.get(name) ?? []));
  const tests = suites.reduce((sum, { count }) => sum + count, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="jobwright validate" tests="${tests}" failures="${errors}" errors="0">`,
    ...suites.flatMap(({ lines }) => lines),
    "</testsuites>",
    "",
  ].join("\n");
}

function suiteOf(name: string, diagnostics: readonly Diagnostic[]): { count: number; lines: readonly string[] } {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const warnings = diagnostics.filter(({ severity }) => severity === "warning");
  const count = Math.max(errors.length, 1);
  const output = warnings.length === 0 ? [] : [`    <system-out>${warnings.map(textOf).join("\n")}</system-out>`];
  const cases =
    errors.length === 0
      ? [`    <testcase name="is valid" classname="${escaped(name)}"/>`]
      : errors.flatMap((error) => caseOf(name, error));
  return {
    count,
    lines: [
      `  <testsuite name="${escaped(name)}" tests="${count}" failures="${errors.length}" errors="0" skipped="0">`,
      ...cases,
      ...output,
      "  </testsuite>",
    ],
  };
}

function caseOf(name: string, error: Diagnostic): readonly string[] {
  const { code, message, line, column } = error;
  const at = line === undefined ? "" : ` ${line}${column === undefined ? "" : `:${column}`}`;
  return [
    `    <testcase name="${escaped(`${code}${at}`)}" classname="${escaped(name)}">`,
    `      <failure type="invalid" message="${escaped(`${code} ${message}`)}">${textOf(error)}</failure>`,
    "    </testcase>",
  ];
}

function textOf({ severity, code, message, hint = "", frame = "", file, line, column }: Diagnostic): string {
  const place = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}:${column ?? 1}`}`;
  return [place, `${severity} ${code}: ${message}`, ...frame.split("\n"), hint]
    .filter((part) => part !== "")
    .map(escaped)
    .join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/**
 * For XML text and attributes. Characters that XML 1.0 cannot hold are control characters, shown as escapes, and two more.
 * What a CI runner would take for a command stands as an entity.
 */
function escaped(text: string): string {
  return visible(text)
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replace(/##(\w*)\[/g, "##$1&#91;")
    .replace(/^(\s*)::/, "$1&#58;:");
}
