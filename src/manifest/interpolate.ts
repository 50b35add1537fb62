import type { Code } from "../codes.ts";
import { SecretRef, type Value } from "../model/document.ts";
import { quote } from "./quote.ts";

/** What is wrong with a part of a string; `start` and `end` are offsets in the string. */
export interface InterpolationProblem {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  readonly start: number;
  readonly end: number;
}

/** A looked-up value, or why there is none. `silent`: it has been told elsewhere. */
export type Lookup<T> =
  | { readonly value: T }
  | { readonly problem: { readonly code: Code; readonly message: string; readonly hint: string } }
  | { readonly silent: true };

/** Where interpolated values come from. */
export interface Lookups {
  variable(name: string): Lookup<Value>;
  /** The secret's value is in the secret table afterwards, unless secrets are skipped. */
  env(name: string): Lookup<SecretRef>;
  file(path: string): Lookup<SecretRef>;
  /** The value of a secret, where it is known. */
  reveal(ref: SecretRef): string | undefined;
  /** Keeps the value of a string that holds secrets. */
  keep(key: string, value: string): void;
}

type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "env" | "var" | "file"; readonly name: string; readonly start: number; readonly end: number };

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const VAR_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** Characters between the colon and the brace: no path is longer. */
const LONGEST_NAME = 4096;

/** Whether a string may hold an interpolation or an escape at all. */
export function mayInterpolate(text: string, vendorForms: boolean): boolean {
  return text.includes("${") || (vendorForms && text.includes("$secrets."));
}

/**
 * A string with its interpolations resolved. Values are put in as they are and never looked at again. Exactly one
 * `${var:x}` takes the variable's value and type; any `${env:}` or `${file:}` makes the whole string a secret.
 * `vendorForms`: `${NAME}` and `$secrets.NAME` mean the environment too, as `bl apply` reads them. Undefined with
 * nothing added to `problems`: the reason was told elsewhere.
 */
export function resolveString(
  text: string,
  vendorForms: boolean,
  lookups: Lookups,
  problems: InterpolationProblem[],
): Value | undefined {
  const pieces = split(text, vendorForms, problems);
  if (pieces === undefined) return undefined;
  const values: { readonly piece: Piece; readonly value: Value }[] = [];
  let complete = true;
  for (const piece of pieces) {
    const value = piece.kind === "text" ? piece.text : look(piece, lookups, problems);
    if (value === undefined) complete = false;
    else values.push({ piece, value });
  }
  if (!complete) return undefined;
  const [only] = values;
  if (only !== undefined && values.length === 1) return only.value;
  return join(values, lookups, problems);
}

function look(
  piece: Exclude<Piece, { kind: "text" }>,
  lookups: Lookups,
  problems: InterpolationProblem[],
): Value | undefined {
  const { kind, name, start, end } = piece;
  const found: Lookup<Value> =
    kind === "var" ? lookups.variable(name) : kind === "env" ? lookups.env(name) : lookups.file(name);
  if ("value" in found) return found.value;
  if ("problem" in found) problems.push({ ...found.problem, start, end });
  return undefined;
}

function join(
  values: readonly { readonly piece: Piece; readonly value: Value }[],
  lookups: Lookups,
  problems: InterpolationProblem[],
): Value | undefined {
  let shown = "";
  let real: string | undefined = "";
  let secret = false;
  for (const { piece, value } of values) {
    if (value instanceof SecretRef) {
      secret = true;
      const known: string | undefined = lookups.reveal(value);
      real = real === undefined || known === undefined ? undefined : real + known;
      shown += templateOf(value);
    } else if (value === null || typeof value === "object") {
      if (piece.kind !== "text") {
        const what = value === null ? "null" : Array.isArray(value) ? "a list" : "a mapping";
        const message = `the variable ${quote(piece.name)} is ${what}, which cannot stand inside a text`;
        problems.push({
          code: "JW1308",
          message,
          hint: "Let the value be ${var:...} alone.",
          start: piece.start,
          end: piece.end,
        });
      }
      return undefined;
    } else {
      real = real === undefined ? undefined : real + String(value);
      // A function, since in a replacement text "$$" would mean one "$".
      shown += String(value).replaceAll("${", () => "$${");
    }
  }
  if (!secret) return real ?? "";
  if (real !== undefined) lookups.keep(shown, real);
  return new SecretRef(shown);
}

/** A secret's text as part of a template. */
function templateOf(ref: SecretRef): string {
  return /^(?:env|file):/.test(ref.text) ? `\${${ref.text}}` : ref.text;
}

function split(text: string, vendorForms: boolean, problems: InterpolationProblem[]): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  const before = problems.length;
  let plain = "";
  let at = 0;
  const push = (piece: Piece) => {
    if (plain !== "") pieces.push({ kind: "text", text: plain });
    plain = "";
    pieces.push(piece);
  };
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) break;
    plain += text.slice(at, dollar);
    const literal = text.startsWith("$${", dollar)
      ? "${"
      : vendorForms && text.startsWith("$$secrets.", dollar)
        ? "$secrets."
        : undefined;
    if (literal !== undefined) {
      plain += literal;
      at = dollar + literal.length + 1;
      continue;
    }
    const found = pieceAt(text, dollar, vendorForms, problems);
    if (found === undefined) {
      plain += "$";
      at = dollar + 1;
    } else {
      if (found.kind !== "text") push(found);
      at = found.kind === "text" ? dollar + found.text.length : found.end;
    }
  }
  plain += text.slice(at);
  if (plain !== "" || pieces.length === 0) pieces.push({ kind: "text", text: plain });
  return problems.length > before ? undefined : pieces;
}

/** The interpolation that begins at `start`; undefined: it is plain text; kind "text": it is wrong, and was reported. */
function pieceAt(
  text: string,
  start: number,
  vendorForms: boolean,
  problems: InterpolationProblem[],
): Piece | undefined {
  const rest = text.slice(start, start + 300);
  const vendor = vendorForms ? (/^\$secrets\.([A-Za-z0-9_]+)/.exec(rest) ?? /^\$\{([A-Za-z0-9_]+)\}/.exec(rest)) : null;
  if (vendor !== null) return checked("env", vendor[1] ?? "", start, start + vendor[0].length, problems);
  const opened = /^\$\{([A-Za-z]+):/.exec(rest);
  if (opened === null) return undefined;
  const kind = kindOf(opened[1] ?? "");
  if (kind === undefined) return undefined;
  const from = start + opened[0].length;
  const length = text.slice(from, from + LONGEST_NAME + 1).indexOf("}");
  const wrong = (message: string, hint: string, end: number): Piece => {
    problems.push({ code: "JW1308", message, hint, start, end });
    return { kind: "text", text: text.slice(start, end) };
  };
  if (kind !== opened[1]) {
    const hint = `Write \${${kind}:...}, or $\${${opened[1]}:...} for the text itself.`;
    return wrong(`\${${opened[1]}:...} is not known`, hint, from);
  }
  const name = text.slice(from, from + Math.max(length, 0));
  if (length < 0 || name.includes("${") || name.includes("\n")) {
    return wrong(`\${${kind}: is not closed`, `Close it with }, or write $\${${kind}: for the text itself.`, from);
  }
  return checked(kind, name, start, from + length + 1, problems);
}

function checked(
  kind: "env" | "var" | "file",
  name: string,
  start: number,
  end: number,
  problems: InterpolationProblem[],
): Piece {
  if (kind === "file" || (kind === "env" ? VARIABLE : VAR_NAME).test(name)) return { kind, name, start, end };
  const message = `${quote(name)} is not a name of ${kind === "env" ? "an environment variable" : "a variable"}`;
  problems.push({
    code: "JW1308",
    message,
    hint: "Names hold letters, digits and _ and do not begin with a digit.",
    start,
    end,
  });
  return { kind, name, start, end };
}

/** Words that are written where one of the three is meant. */
const MEANT: Readonly<Record<string, "env" | "var" | "file">> = {
  env: "env",
  envs: "env",
  evn: "env",
  environment: "env",
  secret: "env",
  secrets: "env",
  var: "var",
  vars: "var",
  vra: "var",
  variable: "var",
  file: "file",
  files: "file",
  flie: "file",
};

function kindOf(word: string): "env" | "var" | "file" | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(MEANT, lower) ? MEANT[lower] : undefined;
}
