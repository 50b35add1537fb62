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

/** Findings with a frame, and findings at all, that one file may have; past it only their number is told. */
const MOST_FRAMES = 100;
const MOST_FINDINGS = 1000;

/** One file's text with what was found in it. */
export class Source {
  /** Relative to the project root, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];
  readonly #findings: Finding[] = [];
  readonly #seen = new Set<string>();
  readonly #secrets: Span[] = [];
  readonly #concealed: Span[] = [];
  #escapes: boolean | undefined;
  #unshown = 0;
  #errors = 0;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lineStarts = lineStartsOf(text);
  }

  /** Adds a finding; the same one at the same place counts once. */
  add(finding: Finding): void {
    if (finding.severity !== "warning") this.#errors++;
    const key = `${finding.code} ${finding.at.start} ${finding.message}`;
    if (this.#seen.has(key)) return;
    if (this.#findings.length >= MOST_FINDINGS) {
      this.#unshown++;
      return;
    }
    this.#seen.add(key);
    this.#findings.push(finding);
  }

  /** Marks a secret's text: frames show stars in its place. */
  hide(span: Span): void {
    this.#secrets.push(span);
  }

  /** Marks text that may hold secrets nobody knows where: what is found in it gets no frame. */
  conceal(span: Span): void {
    this.#concealed.push(span);
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
    const result = this.#findings.map((finding, index) => this.#diagnostic(finding, index < MOST_FRAMES));
    if (this.#unshown > 0) {
      const message = `${this.#unshown} more problems in this file are not shown`;
      const severity = this.#errors > 0 ? "error" : "warning";
      result.push({
        code: "JW1025",
        severity,
        message,
        file: this.file,
        hint: "Fix those that are shown, then run again.",
      });
    }
    return result;
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
