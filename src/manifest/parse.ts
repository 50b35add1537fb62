import { Composer, type Document, isNode, Lexer, type Node, Parser, type YAMLError } from "yaml";
import type { Json } from "../model/json.ts";
import { type Aliases, convertDocument } from "./convert.ts";
import { quote } from "./quote.ts";
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

/**
 * Values (for two), signs and the spaces between them in one file: each costs some 300 bytes while it is parsed, an opening
 * bracket three times that. A mebibyte of ordinary manifests holds 400,000.
 */
const MOST_LEXEMES = 500_000;

/** The most errors told of one broken YAML document: later ones mostly follow from the first. */
const MOST_ERRORS = 5;

/** The most errors that the library makes of one document, several a line; further ones are counted. */
const MOST_MADE = 100;

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

/** `lint` adds warnings for what other YAML readers read otherwise. */
export interface ParseOptions {
  readonly lint: boolean;
}

/** All documents of a file's text, as {@link readDocuments} reads them. */
export function parseYaml(source: Source, options: ParseOptions): YamlDocument[] {
  return [...readDocuments(source, options)];
}

/**
 * Parses a file's text, one document at a time. Everything wrong is added to `source`; a document with errors has no
 * value. Documents without content are left out. Where there is too much (nesting, values, problems), reading ends there
 * with an error.
 */
export function* readDocuments(source: Source, options: ParseOptions): Generator<YamlDocument, void> {
  if (!checkText(source)) return;
  for (const document of compose(source)) {
    const parsed = read(source, document, options.lint);
    if (parsed !== undefined) yield parsed;
  }
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
function* compose(source: Source): Generator<Document.Parsed, void> {
  const parser = new Parser();
  const composer = new FrugalComposer(source);
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) yield* composer.take(token);
    if (composer.ended) return;
    lexemes += lexeme === "[" || lexeme === "{" ? 3 : 1;
    const much = parser.stack.length > DEEPEST ? TOO_DEEP : lexemes > MOST_LEXEMES ? TOO_MANY : undefined;
    if (much === undefined) continue;
    source.add({ ...much, at: { start: parser.offset, end: parser.offset + 1 } });
    return;
  }
  for (const token of parser.end()) yield* composer.take(token);
  yield* composer.end();
}

const TOO_DEEP = {
  code: "JW1010",
  message: `nested more than ${DEEPEST} levels deep`,
  hint: "No job needs that; is a bracket or an indentation wrong?",
} as const;

const TOO_MANY = {
  code: "JW1026",
  message: "the file holds too many values and signs; it was read up to here",
  hint: "Split it: one job for each file reads best.",
} as const;

/** The library's composer, which makes an error object for each fault, however many there are: here only for the first. */
class FrugalComposer {
  /** Nothing more is read. */
  ended = false;
  readonly #source: Source;
  readonly #composer = new Composer(OPTIONS);
  /** Of the document that is being composed. */
  #made = 0;
  #lastLine = 0;

  constructor(source: Source) {
    this.#source = source;
    // Private to the library's types; test/hostile/large.test.ts holds that it is still what makes errors.
    const inner = this.#composer as unknown as { onError: ErrorHandler };
    const make = inner.onError;
    inner.onError = (place, code, message, warning) => {
      const offset = typeof place === "number" ? place : "offset" in place ? place.offset : place[0];
      if (this.#isToBeMade(offset)) make(place, code, message, warning);
    };
  }

  *take(token: Token): Generator<Document.Parsed, void> {
    if (token.type === "directive" && !checkDirective(this.#source, token)) this.ended = true;
    if (token.type === "document") [this.#made, this.#lastLine] = [0, 0];
    if (this.ended || (token.type === "error" && !this.#isToBeMade(token.offset))) return;
    for (const document of this.#composer.next(token)) yield* this.#pass(document);
  }

  *end(): Generator<Document.Parsed, void> {
    for (const document of this.#composer.end(true, this.#source.text.length)) yield* this.#pass(document);
  }

  /** Hands a document on, unless there are so many problems that no more of them would be told. */
  *#pass(document: Document.Parsed): Generator<Document.Parsed, void> {
    if (this.ended) return;
    if (this.#source.isFull()) {
      this.#source.stopAt(document.range[0]);
      this.ended = true;
      return;
    }
    yield document;
  }

  #isToBeMade(offset: number): boolean {
    this.#made++;
    if (this.#made <= MOST_MADE) return true;
    const { line } = this.#source.position(offset);
    if (line !== this.#lastLine) this.#source.count();
    this.#lastLine = line;
    return false;
  }
}

type Token = Parameters<Composer["next"]>[0];

type ErrorHandler = (
  place: number | readonly [number, number, ...number[]] | { readonly offset: number },
  code: string,
  message: string,
  warning?: boolean,
) => void;

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
    source.conceal(whole);
    for (const [index, error] of firstPerLine(source, errors).entries()) {
      if (index < MOST_ERRORS) addError(source, error);
      else source.count();
    }
    return { value: undefined, root, aliases: new Map(), at, whole };
  }
  const aliases: Aliases = new Map();
  const value = convertDocument(source, root, aliases, lint);
  const nothing = value === null && root?.anchor === undefined && root?.tag === undefined;
  return nothing ? undefined : { value, root, aliases, at, whole };
}

function firstPerLine(source: Source, errors: readonly YAMLError[]): readonly YAMLError[] {
  const lines = new Set<number>();
  return errors.filter((error) => {
    const { line } = source.position(error.pos[0]);
    return !lines.has(line) && lines.add(line);
  });
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
      message: `unknown tag: ${quote(source.text.slice(start, end)).slice(1, -1)}`,
      hint: "Remove the tag; manifests hold text, numbers, booleans, null, lists and mappings only.",
      at,
    });
    return;
  }
  source.add({
    code: "JW1009",
    message: `not valid YAML: ${decapitalize(withoutSource(error.message))}`,
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

/** The library's words without what it quotes of the file, which may be long, and a secret. The frame shows the place. */
function withoutSource(message: string): string {
  const words = message.replace(/(?<=[A-Za-z]): .*$/s, "");
  return words.length > 100 ? quote(words).slice(1, -1) : words;
}

function decapitalize(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message.charAt(0).toLowerCase() + message.slice(1) : message;
}
