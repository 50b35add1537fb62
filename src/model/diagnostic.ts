/** A problem in something that the user wrote. Diagnostics are collected and reported together, sorted by place. */
export interface Diagnostic {
  /** `JW1xxx`, listed in `src/codes.ts` and docs/errors.md. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** One sentence: what is wrong. Never holds a secret's value. */
  readonly message: string;
  /** Relative to the project root; absent where the problem has no file. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1, in UTF-16 units. */
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  /** What to do about it. */
  readonly hint?: string;
  /** The source lines around the place with a caret under it, plain text, newline-separated. */
  readonly frame?: string;
  /** The job it is about, where known. */
  readonly address?: string;
}
