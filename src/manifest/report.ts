import type { Code } from "../codes.ts";

/** A problem at a field of a document, not yet put into a place in a file. */
export interface Problem {
  readonly code: Code;
  /** Default: error. */
  readonly severity?: "error" | "warning";
  readonly message: string;
  readonly hint?: string | undefined;
  /** The field, as segments of a JSON Pointer. */
  readonly path: readonly string[];
  /** Whether the value is meant (default) or its key. */
  readonly part?: "value" | "key";
  /** The part of a text value that is meant, as written there. */
  readonly text?: string;
  /** The value is a secret: no frame may show it. */
  readonly conceal?: true;
}

/** Takes problems as they are found. */
export type Report = (problem: Problem) => void;

/** A field for a message: `spec.runtime.envs[2].value`; the whole document is `the manifest`. */
export function fieldName(path: readonly string[], whole = "the manifest"): string {
  let name = "";
  for (const segment of path) {
    if (/^(?:0|[1-9]\d*)$/.test(segment) && name !== "") name += `[${segment}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(segment)) name += name === "" ? segment : `.${segment}`;
    else name += `[${JSON.stringify(segment)}]`;
  }
  return name === "" ? whole : name;
}
