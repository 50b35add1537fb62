import { Composer, type Document, isNode, Lexer, type Node, Parser, type YAMLError } from "yaml";
import type { Json } from "../model/json.ts";
import { type Aliases, convertDocument } from "./convert.ts";
import type { Source, Span } from "./source.ts";

/** One YAML document of a file, parsed. */
export interface YamlDocument {
  /** Undefined where it has errors. */
  readonly value: Json | undefined;
  readonly root: Node | null;
  readonly aliases: Aliases;
  /** Its first character that is not a comment or a marker. */
  readonly at: Span;
  /** All of its text. */
  readonly whole: Span;
}

/** More levels than any manifest needs; the composer recurses, and the composer's recursion must end. */
const DEEPEST = 200;

/** The most errors told of one broken YAML document: later ones mostly follow from the first. */
const MOST_ERRORS = 5;

const OPTIONS = {
  version: "1.2",
  schema: "core",
  merge: true,
  intAsBigInt: true,
  // Checked in the conversion: the library's own check takes a time that grows with the square of the keys.
  uniqueKeys: false,
  resolveKnownTags: false,
  strict: true,
  prettyErrors: false,
  logLevel: "silent",
} as const;

/**
 * Parses a file's text. Everything wrong is added to `source`; a document with errors has no value. Documents without
 * content are left out. `lint` adds warnings for what other YAML readers read otherwise.
 */
export function parseYaml(source: Source, options: { readonly lint: boolean }): YamlDocument[] {
  if (!checkText(source)) return [];
  const documents = compose(source);
  if (documents === undefined) return [];
  const result: YamlDocument[] = [];
  for (const document of documents) {
    const parsed = read(source, document, options.lint);
    if (parsed !== undefined) result.push(parsed);
  }
  return result;
}

function checkText(source: Source): boolean {
  const { text } = source;
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/.exec(text);
  if (control !== null) {
    const code = (control[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    source.add({
      code: "JW1007",
      message: `the file holds the control character U+${code}`,
      hint: 'Remove it, or write it as an escape in double quotes, such as "\\x1b".',
      at: { start: control.index, end: control.index + 1 },
    });
    return false;
  }
  const conflict = /^<{7}(?: |$).*$/m.exec(text);
  if (conflict !== null && /^>{7}(?: |$)/m.test(text)) {
    source.add({
      code: "JW1008",
      message: "the file holds a merge conflict",
      hint: "Resolve the conflict: keep one side and remove the lines <<<<<<<, ======= and >>>>>>>.",
      at: { start: conflict.index, end: conflict.index + conflict[0].length },
    });
    return false;
  }
  return true;
}

/** Lexes, parses and composes in one go, so that nesting is seen before anything recurses. */
function compose(source: Source): Document.Parsed[] | undefined {
  const parser = new Parser();
  const composer = new Composer(OPTIONS);
  const documents: Document.Parsed[] = [];
  let usable = true;
  const take = (tokens: ReturnType<Parser["next"]>) => {
    for (const token of tokens) {
      if (token.type === "directive") usable = checkDirective(source, token) && usable;
      for (const document of composer.next(token)) documents.push(document as Document.Parsed);
    }
  };
  for (const lexeme of new Lexer().lex(source.text)) {
    take(parser.next(lexeme));
    if (parser.stack.length <= DEEPEST) continue;
    source.add({
      code: "JW1010",
      message: `nested more than ${DEEPEST} levels deep`,
      hint: "No job needs that; is a bracket or an indentation wrong?",
      at: { start: parser.offset, end: parser.offset + 1 },
    });
    return undefined;
  }
  take(parser.end());
  for (const document of composer.end(false, source.text.length)) documents.push(document as Document.Parsed);
  return usable ? documents : undefined;
}

function checkDirective(source: Source, token: { readonly offset: number; readonly source: string }): boolean {
  const version = /^%YAML\s+(\S+)/.exec(token.source)?.[1];
  if (version === undefined || version === "1.2") return true;
  source.add({
    code: "JW1019",
    message: `%YAML ${version} is not read; manifests are YAML 1.2`,
    hint: "Remove the directive.",
    at: { start: token.offset, end: token.offset + token.source.length },
  });
  return false;
}

function read(source: Source, document: Document.Parsed, lint: boolean): YamlDocument | undefined {
  const root = isNode(document.contents) ? document.contents : null;
  const start = root?.range?.[0] ?? document.range[0];
  const at = { start, end: start + 1 };
  const whole = { start: document.range[0], end: document.range[2] };
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) {
    // Where the structure is not known, nobody knows what in it is secret.
    if (/secret|api_?key/i.test(source.text.slice(whole.start, whole.end))) source.conceal(whole);
    for (const error of firstPerLine(source, errors)) addError(source, error);
    return { value: undefined, root, aliases: new Map(), at, whole };
  }
  const aliases: Aliases = new Map();
  const value = convertDocument(source, root, aliases, lint);
  if (value === null) return undefined;
  return { value, root, aliases, at, whole };
}

function firstPerLine(source: Source, errors: readonly YAMLError[]): readonly YAMLError[] {
  const lines = new Set<number>();
  return errors
    .filter((error) => {
      const { line } = source.position(error.pos[0]);
      return !lines.has(line) && lines.add(line);
    })
    .slice(0, MOST_ERRORS);
}

function addError(source: Source, error: YAMLError): void {
  const [start, end] = error.pos;
  const at = { start, end: Math.max(end, start + 1) };
  const around = source.text.slice(Math.max(0, start - 60), end + 60);
  if (/\{\{/.test(around)) {
    source.add({
      code: "JW1021",
      message: "this is a template ({{ ... }}), not plain YAML",
      hint: "Render it first, or use ${var:NAME} and ${env:NAME}, which jobwright resolves.",
      at,
    });
    return;
  }
  if (error.code === "TAG_RESOLVE_FAILED") {
    source.add({
      code: "JW1014",
      message: `unknown tag: ${source.text.slice(start, end)}`,
      hint: "Remove the tag; manifests hold text, numbers, booleans, null, lists and mappings only.",
      at,
    });
    return;
  }
  source.add({
    code: "JW1009",
    message: `not valid YAML: ${decapitalize(error.message)}`,
    hint: hintFor(source, error),
    at,
  });
}

function hintFor(source: Source, error: YAMLError): string {
  const line = lineAt(source.text, error.pos[0]);
  switch (error.code) {
    case "BAD_ALIAS":
      return "Quote the value: a plain * starts an alias.";
    case "TAB_AS_INDENT":
      return "Indent with spaces.";
    case "BAD_SCALAR_START":
      return "Quote the value.";
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return /:\s+\S.*:\s/.test(line) ? 'Quote a value that holds ": ".' : "Is the indentation right?";
    case "BAD_INDENT":
      return /\t/.test(line) ? "Indent with spaces, not tabs." : "Is the indentation right?";
    case "BAD_DQ_ESCAPE":
      return "In double quotes a backslash starts an escape: write \\\\, or use single quotes.";
    default:
      return "Look at this line and the one above: is a quote, a bracket or a colon missing, or one too many?";
  }
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end < 0 ? undefined : Math.min(end, start + 1000));
}

function decapitalize(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message.charAt(0).toLowerCase() + message.slice(1) : message;
}
