import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Json, JsonObject } from "../model/json.ts";
import { quote } from "./quote.ts";
import type { Source, Span } from "./source.ts";
import { otherReading } from "./yaml11.ts";

/** Which node each alias of a document stands for. */
export type Aliases = Map<Alias, Node>;

/** What a document may grow to once aliases are put in, in characters of JSON or so. */
export const LARGEST_DOCUMENT = 4 * 1024 * 1024;

/** Levels of a resolved document. */
const DEEPEST = 200;

/** Warnings about other readings in one file; a list of a thousand dates needs no thousand of them. */
const MOST_LINTS = 20;

/** A value with what it costs. */
interface Converted {
  readonly value: Json;
  readonly size: number;
  readonly depth: number;
}

const EMPTY: Converted = { value: null, size: 4, depth: 1 };

/** Thrown inside this file only: the document is given up, the reason has been told. */
class GivenUp extends Error {}

/**
 * The value of a document's nodes, merges and aliases put in (aliased values are shared, so bombs cost nothing), or
 * undefined with findings in `source`. Fills `aliases`.
 */
export function convertDocument(source: Source, root: Node | null, aliases: Aliases, lint: boolean): Json | undefined {
  if (root === null) return null;
  const conversion = new Conversion(source, aliases, lint);
  try {
    const { value } = conversion.convert(root);
    return conversion.failed ? undefined : value;
  } catch (error) {
    if (error instanceof GivenUp) return undefined;
    throw error;
  }
}

/** The span of a node's own text. */
export function spanOf(node: { readonly range?: readonly [number, number, number] | null | undefined }): Span {
  const start = node.range?.[0] ?? 0;
  return { start, end: Math.max(node.range?.[1] ?? start, start) };
}

/** Whether a map's item is a merge (`<<`). */
export function isMerge(pair: Pair): boolean {
  return isScalar(pair.key) && typeof pair.key.value === "symbol";
}

class Conversion {
  failed = false;
  readonly #source: Source;
  readonly #aliases: Aliases;
  readonly #lint: boolean;
  readonly #anchors = new Map<string, Node>();
  readonly #done = new Map<Node, Converted>();
  readonly #active = new Set<Node>();
  #lints = 0;

  constructor(source: Source, aliases: Aliases, lint: boolean) {
    this.#source = source;
    this.#aliases = aliases;
    this.#lint = lint;
  }

  convert(node: Node): Converted {
    if (isAlias(node)) return this.#alias(node);
    const { anchor } = node;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    this.#active.add(node);
    const converted = isMap(node) ? this.#map(node) : isSeq(node) ? this.#list(node) : this.#scalar(node as Scalar);
    this.#active.delete(node);
    if (anchor !== undefined) this.#done.set(node, converted);
    if (converted.size > LARGEST_DOCUMENT) {
      this.#giveUp("JW1011", node, "the document grows past 4 MiB when its aliases are put in", "Use fewer aliases.");
    }
    if (converted.depth > DEEPEST) {
      this.#giveUp(
        "JW1010",
        node,
        `nested more than ${DEEPEST} levels deep when its aliases are put in`,
        "No job needs that.",
      );
    }
    return converted;
  }

  #alias(node: Alias): Converted {
    const target = this.#anchors.get(node.source);
    if (target === undefined) {
      const hint =
        "An alias (*name) repeats what an anchor (&name) marked before it in the same document. Plain text that starts with * must be quoted.";
      return this.#problem("JW1013", node, `there is no anchor ${quote(node.source)} before this alias`, hint);
    }
    this.#aliases.set(node, target);
    if (this.#active.has(target)) {
      const { line } = this.#source.position(spanOf(target).start);
      this.#giveUp(
        "JW1012",
        node,
        `the anchor ${quote(node.source)} of line ${line} contains itself`,
        "Write the value out.",
      );
    }
    return this.#done.get(target) ?? EMPTY;
  }

  #list(node: YAMLSeq): Converted {
    const value: Json[] = [];
    let size = 2;
    let depth = 0;
    for (const item of node.items) {
      const converted = this.convert(item as Node);
      value.push(converted.value);
      size += converted.size + 1;
      depth = Math.max(depth, converted.depth);
    }
    return { value, size, depth: depth + 1 };
  }

  #map(node: YAMLMap): Converted {
    const value: Record<string, Json> = {};
    const first = new Map<string, Node>();
    const merges: { readonly node: Node; readonly converted: Converted }[] = [];
    let size = 2;
    let depth = 0;
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      if (isMerge(pair)) {
        const node = pair.value ?? pair.key;
        merges.push({ node, converted: pair.value === null ? EMPTY : this.convert(pair.value) });
        continue;
      }
      const key = this.#key(pair.key);
      const converted = pair.value === null ? EMPTY : this.convert(pair.value);
      if (key === undefined) continue;
      const before = first.get(key);
      if (before !== undefined) {
        const { line } = this.#source.position(spanOf(before).start);
        this.#problem(
          "JW1015",
          pair.key,
          `the key ${quote(key)} stands here twice`,
          `Remove one of the two; the first is in line ${line}.`,
        );
        continue;
      }
      first.set(key, pair.key);
      define(value, key, converted.value);
      size += key.length + converted.size + 4;
      depth = Math.max(depth, converted.depth);
    }
    for (const { node: merge, converted } of merges) {
      size += converted.size;
      depth = Math.max(depth, converted.depth - 1);
      for (const from of this.#mergeSources(merge, converted.value)) {
        for (const key of Object.keys(from)) if (!Object.hasOwn(value, key)) define(value, key, from[key] ?? null);
      }
    }
    return { value, size, depth: depth + 1 };
  }

  /** The mappings that a merge takes from, the strongest first. */
  #mergeSources(node: Node, value: Json): readonly { readonly [key: string]: Json }[] {
    const sources: readonly Json[] = isJsonList(value) ? value : [value];
    if (sources.every(isJsonObject)) return sources;
    const hint = 'To use "<<" as a key, quote it.';
    if (!this.failed) this.#problem("JW1022", node, "<< takes a mapping, an alias of one, or a list of them", hint);
    return [];
  }

  #key(node: Node | null): string | undefined {
    if (isScalar(node) && typeof node.value === "string") {
      if (node.anchor !== undefined) {
        this.#anchors.set(node.anchor, node);
        this.#done.set(node, { value: node.value, size: node.value.length + 2, depth: 1 });
      }
      this.#checkText(node, node.value);
      return node.value;
    }
    if (node === null) return undefined;
    if (isScalar(node)) {
      const written = node.source ?? "";
      this.#problem(
        "JW1016",
        node,
        `the key ${written === "" ? "is empty" : `${quote(written)} is not text`}`,
        `Quote it: ${JSON.stringify(written)}.`,
      );
    } else if (this.#source.text.startsWith("{", spanOf(node).start)) {
      const hint =
        "Render templates first, or use ${var:NAME} and ${env:NAME}, which jobwright resolves. Text that begins with { must be quoted.";
      const isTemplate = this.#source.text.startsWith("{{", spanOf(node).start - 1);
      const what = isTemplate ? "this looks like a template ({{ ... }})" : "a mapping stands where a key should be";
      this.#problem("JW1021", node, what, hint);
    } else {
      this.#problem("JW1016", node, "a key must be plain text", "Quote it if it is meant as text.");
    }
    return undefined;
  }

  #scalar(node: Scalar): Converted {
    const { value } = node;
    if (typeof value === "string") {
      this.#checkText(node, value);
      return { value, size: value.length + 2, depth: 1 };
    }
    if (typeof value === "bigint" || typeof value === "number") {
      if (this.#lint) this.#lintScalar(node);
      return this.#number(node, value);
    }
    return { value: typeof value === "boolean" ? value : null, size: 4, depth: 1 };
  }

  #number(node: Scalar, value: bigint | number): Converted {
    const number = Number(value);
    const source = node.source ?? "";
    const exact =
      typeof value === "bigint" ? Number.isSafeInteger(number) : Number.isFinite(number) && sameDecimal(source, number);
    // `-0` and `0` are one number to everybody but JavaScript.
    if (exact) return { value: number === 0 ? 0 : number, size: source.length, depth: 1 };
    const hint = Number.isFinite(number)
      ? `Quote it if it is meant as text: ${JSON.stringify(source)}.`
      : "JSON knows no infinity and no NaN.";
    return this.#problem("JW1017", node, `JSON cannot hold the number ${quote(source).slice(1, -1)} exactly`, hint);
  }

  #checkText(node: Scalar, value: string): void {
    if (this.#source.escapes && /\p{Cs}/u.test(value)) {
      const hint = 'Write the whole character, or both halves: "\\ud83d\\ude00".';
      this.#problem(
        "JW1018",
        node,
        "the text holds half a character (a lone surrogate), which UTF-8 cannot express",
        hint,
      );
    }
    if (this.#lint) this.#lintScalar(node);
  }

  #lintScalar(node: Scalar): void {
    if (node.type !== "PLAIN" || node.tag !== undefined) return;
    const source = node.source ?? "";
    const other = otherReading(source);
    if (other === undefined || ++this.#lints > MOST_LINTS) return;
    const more = this.#lints === MOST_LINTS ? " Further ones in this document are not listed." : "";
    this.#source.add({
      code: "JW1020",
      severity: "warning",
      message: `${source} is ${typeof node.value === "string" ? "text" : `the number ${String(node.value)}`} here, but ${other} to readers of YAML 1.1, such as bl apply`,
      hint: `${advice(other, source, node.value)}${more}`,
      at: spanOf(node),
    });
  }

  #problem(code: Parameters<Source["add"]>[0]["code"], node: Node, message: string, hint: string): Converted {
    this.failed = true;
    this.#source.add({ code, message, hint, at: spanOf(node) });
    return EMPTY;
  }

  #giveUp(code: Parameters<Source["add"]>[0]["code"], node: Node, message: string, hint: string): never {
    this.#problem(code, node, message, hint);
    throw new GivenUp();
  }
}

function advice(other: string, source: string, value: unknown): string {
  if (other === "true" || other === "false")
    return `Quote it, or write ${other}: ${JSON.stringify(source)} or ${other}.`;
  if (typeof value === "string") return `Quote it: ${JSON.stringify(source)}.`;
  return `Quote it if it is meant as text (${JSON.stringify(source)}), or write the number as ${String(value)}.`;
}

/** Whether a JSON value is an object (not a list). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isJsonList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Sets an own property whatever the key (`__proto__` included). */
function define(object: Record<string, Json>, key: string, value: Json): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** Whether the decimal number written is the one that JSON would write for `number`. */
function sameDecimal(written: string, number: number): boolean {
  const a = decimal(written);
  const b = decimal(String(number));
  return a !== undefined && b !== undefined && a.digits === b.digits && (a.digits === "" || a.exponent === b.exponent);
}

/** Digits without leading and trailing zeros, and the power of ten of the last one. Signs are left out. */
function decimal(text: string): { readonly digits: string; readonly exponent: number } | undefined {
  const match = /^[-+]?(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = "", fraction = "", power = "0"] = match;
  const all = `${whole}${fraction}`.replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  return { digits, exponent: Number(power) - fraction.length + (all.length - digits.length) };
}
