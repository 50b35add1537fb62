import { canonical } from "../document/canonical.ts";
import type { Document } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { ApiVersion } from "../model/job.ts";
import { type Draft, withoutField, withVariables } from "./draft.ts";
import { manifestText } from "./manifest-text.ts";

/** What a text would be as a manifest. */
export interface Verdict {
  /** What it declares; undefined where it is no manifest. */
  readonly document: Document | undefined;
  readonly problems: readonly { readonly message: string; readonly path: readonly string[] }[];
  /** Whether patches of the config change it. */
  readonly patched: boolean;
}

/** What a manifest is composed with. */
export interface ComposeContext {
  readonly table: FieldTable;
  readonly apiVersion: ApiVersion;
  readonly annotations: Readonly<Record<string, string>>;
  /** The JSON Schema as seen from the file. */
  readonly schema: string;
  /** Variables by the change path of their secret. */
  readonly variables: ReadonlyMap<string, string>;
  /** Reads a text as jobwright would read the file; `document` is what it was written from. */
  readonly check: (text: string, document: Document) => Verdict;
}

/** A manifest that reads back as just what it was composed from. */
export interface Composed {
  readonly text: string;
  readonly document: Document;
  /** One line each: what of the live job is not in it. */
  readonly notes: readonly string[];
}

/** The reason why a job cannot be declared. */
export interface Impossible {
  readonly impossible: string;
}

/** More fields than any job has. */
const MOST_ROUNDS = 50;

/**
 * The manifest of a draft. A field that validation refuses is left out, with a note, where the job can be declared
 * without it: what is not declared stays as it is live.
 */
export function compose(draft: Draft, context: ComposeContext): Composed | Impossible {
  const left = new Map<string, string>();
  let { document } = draft;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const filled = withVariables(context.table, document, context.variables);
    const written = write(filled, context);
    if ("text" in written) return { text: written.text, document: filled, notes: notesOf(draft, left) };
    const [problem] = written.problems;
    if (problem === undefined) return { impossible: "YAML cannot hold it so that all readers read the same" };
    const less = withoutField(document, problem.path);
    if (less === undefined) return { impossible: problem.message };
    leave(left, less.left, problem.message);
    document = less.document;
  }
  return { impossible: "too much of it is refused" };
}

/** Where a field goes in whose place parts of it went before, the first reason is the one to tell. */
function leave(left: Map<string, string>, pointer: string, reason: string): void {
  const parts = [...left.keys()].filter((part) => part.startsWith(`${pointer}/`));
  const first = parts[0] === undefined ? undefined : left.get(parts[0]);
  for (const part of parts) left.delete(part);
  left.set(pointer, first ?? reason);
}

function notesOf({ unknown }: Draft, left: ReadonlyMap<string, string>): readonly string[] {
  return [
    ...(unknown.length === 0
      ? []
      : [`left as it is live, since no manifest knows such a field: ${unknown.join(", ")}`]),
    ...[...left].map(([pointer, reason]) => `${pointer} is left as it is live: ${reason}`),
  ];
}

/** Texts of several lines as blocks, and where those do not read back as they were, in quotes. */
function write(
  document: Document,
  context: ComposeContext,
): { readonly text: string } | { readonly problems: Verdict["problems"] } {
  for (const blocks of [true, false]) {
    const text = manifestText({ ...context, document }, { blocks });
    const verdict = context.check(text, document);
    if (verdict.problems.length > 0) return { problems: verdict.problems };
    if (verdict.document === undefined) continue;
    if (verdict.patched || canonical(verdict.document) === canonical(document)) return { text };
  }
  return { problems: [] };
}
