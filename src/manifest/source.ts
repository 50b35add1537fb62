import type { Code } from "../codes.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { frameOf } from "./frame.ts";

/** A stretch of a file's text: offsets in UTF-16 units, `end` not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A problem in a file, not yet put into lines and columns. */
export interface Finding {
  readonly code: Code;
  /** Default: error. */
  readonly severity?: "error" | "warning";
  readonly message: string;
  readonly hint?: string | undefined;
  readonly at: Span;
  readonly address?: string | undefined;
}

/** Errors (and as many warnings) with a frame, and at all, that one file may have; past it only their number is told. */
const MOST_FRAMES = 100;
const MOST_FINDINGS = 1000;

/** What may be a secret's name, whoever reads the file. */
const SECRETIVE = /secret|api_?key/i;

/** One file's text with what was found in it. */
export class Source {
  /** Relative to the project root, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];
  readonly #findings: { readonly finding: Finding; readonly framed: boolean }[] = [];
  readonly #seen = new Set<string>();
  readonly #secrets: Span[] = [];
  readonly #concealed: Span[] = [];
  #escapes: boolean | undefined;
  #secretive: boolean | undefined;
  readonly #told = { error: 0, warning: 0 };
  #unshown = 0;
  #errors = 0;
  /** Where reading ended before the end of the file. */
  #readTo: number | undefined;

  constructor(file: string, text: string, lineStarts: readonly number[] = lineStartsOf(text)) {
    this.file = file;
    this.text = text;
    this.#lineStarts = lineStarts;
  }

  /** The same file with nothing found in it. */
  blank(): Source {
    return new Source(this.file, this.text, this.#lineStarts);
  }

  /** Adds a finding; the same one at the same place counts once. */
  add(finding: Finding): void {
    const { severity = "error" } = finding;
    if (severity === "error") this.#errors++;
    const key = `${finding.code} ${finding.at.start} ${finding.message}`;
    if (this.#seen.has(key)) return;
    if (this.isFull(severity)) {
      this.#unshown++;
      return;
    }
    this.#seen.add(key);
    const framed = this.#told[severity]++ < MOST_FRAMES;
    this.#findings.push({ finding, framed });
  }

  /** Counts a problem that is not told: there are enough of them. */
  count(severity: "error" | "warning" = "error"): void {
    this.#unshown++;
    if (severity === "error") this.#errors++;
  }

  /** Whether further problems are not told, only counted. */
  isFull(severity: "error" | "warning" = "error"): boolean {
    return this.#told[severity] >= MOST_FINDINGS;
  }

  /** Says that what comes after an offset was not looked at. */
  stopAt(offset: number): void {
    this.#readTo ??= offset;
  }

  /** Marks a secret's text: frames show stars in its place. */
  hide(span: Span): void {
    this.#secrets.push(span);
  }

  /** Marks text whose structure is not known: if it names secrets, they may stand anywhere in it, and no frame shows any of it. */
  conceal(span: Span): void {
    if (!this.secretive || !SECRETIVE.test(this.text.slice(span.start, span.end))) return;
    this.#concealed.push(span);
    this.#secrets.push(span);
  }

  /** Whether the text holds escapes that may write half a character. */
  get escapes(): boolean {
    this.#escapes ??= /\\[uU]/.test(this.text);
    return this.#escapes;
  }

  /** Whether nothing was found. */
  get clean(): boolean {
    return this.#findings.length === 0;
  }

  /** Whether the text names secrets. */
  get secretive(): boolean {
    this.#secretive ??= SECRETIVE.test(this.text);
    return this.#secretive;
  }

  /** How many errors there are. */
  get errors(): number {
    return this.#errors;
  }

  /** Line and column, from 1, of an offset. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** Everything found, as diagnostics, in the order it was found. */
  diagnostics(): Diagnostic[] {
    const result = this.#findings.map(({ finding, framed }) => this.#diagnostic(finding, framed));
    const more = this.#more();
    if (more !== "") {
      const severity = this.#errors > 0 ? "error" : "warning";
      const hint = "Fix those that are shown, then run again.";
      result.push({ code: "JW1025", severity, message: more, file: this.file, hint });
    }
    return result;
  }

  /** What is to be said of problems that are not told one by one; "" where there are none. */
  #more(): string {
    const counted = `${this.#unshown} more ${this.#unshown === 1 ? "problem" : "problems"} in this file are not shown`;
    const parts = [
      ...(this.#unshown > 0 ? [this.#unshown === 1 ? counted.replace(" are ", " is ") : counted] : []),
      ...(this.#readTo === undefined ? [] : [`line ${this.position(this.#readTo).line} and what follows was not read`]),
    ];
    return parts.join("; ");
  }

  #diagnostic(finding: Finding, framed: boolean): Diagnostic {
    const { line, column } = this.position(finding.at.start);
    const end = this.position(Math.max(finding.at.end, finding.at.start));
    return {
      code: finding.code,
      severity: finding.severity ?? "error",
      message: finding.message,
      file: this.file,
      line,
      column,
      endLine: end.line,
      endColumn: end.column,
      ...(finding.hint === undefined || finding.hint === "" ? {} : { hint: finding.hint }),
      ...(framed && !this.#concealed.some((span) => isInside(finding.at, span))
        ? { frame: this.#frame(finding.at, line, column) }
        : {}),
      ...(finding.address === undefined ? {} : { address: finding.address }),
    };
  }

  #frame(at: Span, line: number, column: number): string {
    const length = at.end - at.start;
    return frameOf((number, from, to) => this.#line(number, from, to), { line, column, length });
  }

  /** A part of a line (from 1) with secrets starred out, or undefined past the end. */
  #line(number: number, from: number, to: number): string | undefined {
    const lineStart = this.#lineStarts[number - 1];
    if (lineStart === undefined) return undefined;
    const next = this.#lineStarts[number];
    const end = next === undefined ? this.text.length : next - 1;
    const start = Math.min(lineStart + from, end);
    let part = this.text.slice(start, Math.min(lineStart + to, end));
    for (const secret of this.#secrets) {
      const first = Math.max(secret.start - start, 0);
      const last = Math.min(secret.end - start, part.length);
      if (first < last) part = `${part.slice(0, first)}${"*".repeat(last - first)}${part.slice(last)}`;
    }
    return part.endsWith("\r") ? part.slice(0, -1) : part;
  }
}

function isInside(inner: Span, outer: Span): boolean {
  return inner.start >= outer.start && inner.start <= outer.end;
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
