import { spanAt } from "./locate.ts";
import type { YamlDocument } from "./parse.ts";
import type { Problem } from "./report.ts";
import type { Source, Span } from "./source.ts";

/** Adds a problem at a field of a document to the document's source; looks for its place only if it will be told. */
export function placeProblem(source: Source, document: YamlDocument, problem: Problem, address?: string): void {
  const { path, part, text, conceal, ...finding } = problem;
  if (source.isFull(finding.severity) && !conceal) {
    source.count(finding.severity);
    return;
  }
  const span = spanAt(document, path, part ?? "value");
  if (conceal) source.hide(span);
  source.add({ ...finding, at: within(source, span, text), ...(address === undefined ? {} : { address }) });
}

/** The span of a part of a value, where the part stands in the file as it is in the value. */
function within(source: Source, span: Span, text: string | undefined): Span {
  if (text === undefined || text === "") return span;
  const found = source.text.slice(span.start, span.end).indexOf(text);
  if (found < 0) return span;
  return { start: span.start + found, end: span.start + found + text.length };
}
