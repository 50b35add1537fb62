import type { Code } from "../codes.ts";
import { quote } from "./quote.ts";

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

/** Segments of a path that a message names; what is nested deeper is counted from there. */
const MOST_SEGMENTS = 12;

/**
 * A field for a message: `spec.runtime.envs[2].value`; the whole document is `the manifest`. Long keys are cut, and so are
 * long ways: the frame shows the place.
 */
export function fieldName(path: readonly string[], whole = "the manifest"): string {
  let name = "";
  for (const segment of path.slice(0, MOST_SEGMENTS)) {
    if (/^(?:0|[1-9]\d{0,8})$/.test(segment) && name !== "") name += `[${segment}]`;
    else if (/^[A-Za-z_$][\w$-]{0,79}$/.test(segment)) name += name === "" ? segment : `.${segment}`;
    else name += `[${quote(segment)}]`;
  }
  if (name === "") return whole;
  return path.length > MOST_SEGMENTS ? `${name} (${path.length - MOST_SEGMENTS} levels down)` : name;
}
