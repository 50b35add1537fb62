import { isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { canonical } from "../document/canonical.ts";
import type { YamlDocument } from "../manifest/parse.ts";
import { isList, isObject, objectFrom, type Value } from "../model/document.ts";
import { escapeReferences, escapeUnseen } from "./scalars.ts";
import { columnOf, indented, lineStart, nextLine, type Splice } from "./splice.ts";
import { findSpot, holdsReference, itemsOf, MISSING, pairsOf, type Reason, type Spot, type Steps } from "./spot.ts";
import { toFlowYaml, toYaml, type YamlOptions } from "./yaml-text.ts";

/** One change of a manifest's text. */
export interface Edit {
  readonly op: "set" | "add" | "remove";
  readonly steps: Steps;
  /** What is to stand there; absent for `remove`. */
  readonly value?: Value;
  /** What the manifest declares there, references resolved; absent for `add`. */
  readonly declared?: Value;
  /** The order of the items of a list does not matter. */
  readonly isSet: boolean;
}

interface Context {
  readonly text: string;
  readonly document: YamlDocument;
  readonly yaml: YamlOptions;
}

type Outcome = readonly Splice[] | Reason;

const NOT_SIMPLE: Reason = { reason: "no simple edit does it; change it by hand" };

/**
 * The splices that make one change in a file's text, comments, anchors, quotes and everything else kept; or why the
 * place is left as it is written. `document` is parsed from `text`.
 */
export function editYaml(text: string, document: YamlDocument, edit: Edit, vendorForms: boolean): Outcome {
  const context = { text, document, yaml: { vendorForms, blocks: true } };
  if (edit.op === "add") return add(context, edit);
  const spot = findSpot(document, edit.steps, vendorForms);
  if ("reason" in spot) return spot;
  if (holdsReference(spot.node, vendorForms)) return { reason: `it is written as ${sourceOf(context, spot)}` };
  return edit.op === "remove" ? removeEntry(context, spot) : set(context, spot, edit);
}

function sourceOf({ text }: Context, { node }: Spot): string {
  const source = text.slice(startOf(node), endOf(node)).trim();
  return source.includes("\n") || source.length > 60 ? "a value with references in it" : source;
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function endOf(node: Node | null): number {
  return node?.range?.[1] ?? 0;
}

function set(context: Context, spot: Spot, edit: Edit): Outcome {
  const { node } = spot;
  const { value = null } = edit;
  if (isSeq(node) && isList(value)) return setList(context, spot, node, value, edit);
  if (!isScalar(node) || isObject(value)) return NOT_SIMPLE;
  const [start, end] = [startOf(node), endOf(node)];
  // Nothing is written after the colon.
  const gap = start === end && context.text[start - 1] === ":" ? " " : "";
  return [{ start, end, text: gap + scalarText(context, spot, node, value) }];
}

function scalarText({ text, yaml }: Context, spot: Spot, old: Scalar, value: Value): string {
  if (typeof value !== "string" || spot.inFlow) return quoteAlike(old, value, yaml) ?? inFlow(value, yaml);
  if (old.type === Scalar.BLOCK_LITERAL || old.type === Scalar.BLOCK_FOLDED) {
    const block = indented(toYaml({ k: value }, yaml), columnOf(text, lineKey(text, spot)), "not").slice("k: ".length);
    return text[endOf(old) - 1] === "\n" ? block : block.trimEnd();
  }
  return quoteAlike(old, value, yaml) ?? toYaml(value, { ...yaml, blocks: false }).trimEnd();
}

/** Where the line's own content begins that a value stands on. */
function lineKey(text: string, { node }: Spot): number {
  const start = lineStart(text, startOf(node));
  const lead = /^[ \t]*(?:- +)*/.exec(text.slice(start, startOf(node)))?.[0].length ?? 0;
  return start + lead;
}

/** In the quotes that the old value has; undefined where it has none, or the new one needs others. */
function quoteAlike(old: Scalar, value: Value, { vendorForms }: YamlOptions): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = escapeReferences(value, vendorForms);
  if (old.type === Scalar.QUOTE_DOUBLE) return escapeUnseen(JSON.stringify(text));
  const plain = escapeUnseen(text) === text && !/[\x00-\x1f]/.test(text);
  return old.type === Scalar.QUOTE_SINGLE && plain ? `'${text.replaceAll("'", "''")}'` : undefined;
}

function inFlow(value: Value, yaml: YamlOptions): string {
  return toFlowYaml([value], yaml).slice("[ ".length, -" ]".length);
}

function setList(
  context: Context,
  spot: Spot,
  node: YAMLSeq,
  value: readonly Value[],
  { declared, isSet }: Edit,
): Outcome {
  const { text, yaml } = context;
  const [start, end] = [startOf(node), endOf(node)];
  if (node.flow) return [{ start, end, text: toFlowYaml(value, yaml) }];
  const items = itemsOf(node);
  const had = isList(declared) && declared.length === items.length ? declared.map((item) => canonical(item)) : [];
  const added = value.filter((item) => !had.includes(canonical(item)));
  const wanted = new Set(value.map((item) => canonical(item)));
  const kept = had.filter((item) => wanted.has(item));
  const after = [...kept, ...added.map((item) => canonical(item))];
  const inOrder = isSet || canonical(after) === canonical(value.map((item) => canonical(item)));
  if (kept.length > 0 && inOrder) {
    const gone = items.flatMap((_, i) => (wanted.has(had[i] ?? "") ? [] : [i]));
    const splices = gone.map((i) => itemLines(context, node, i));
    const appended = added.length === 0 ? [] : [appendItems(context, node, added)];
    return splices.every((splice) => !("reason" in splice)) ? [...(splices as Splice[]), ...appended] : NOT_SIMPLE;
  }
  if (text.slice(start, end).includes("#") || spot.parent === undefined) return NOT_SIMPLE;
  const block = indented(toYaml(value, yaml), columnOf(text, start), "not");
  return [{ start, end, text: text[end - 1] === "\n" ? block : block.trimEnd() }];
}

/** Takes a pair or an item out; where nothing is left, what it stands in goes too: `key:` alone would mean null. */
function removeEntry(context: Context, spot: Spot): Outcome {
  const { parent } = spot;
  // `metadata` and `spec` themselves stay.
  if (parent === undefined || spot.depth < 2) return NOT_SIMPLE;
  const { node } = parent;
  if (isSeq(node)) {
    if (node.items.length === 1) return removeEntry(context, parent);
    const splice = node.flow ? flowEntry(spansOf(node), spot.index) : itemLines(context, node, spot.index);
    return "reason" in splice ? splice : [splice];
  }
  if (!isMap(node)) return NOT_SIMPLE;
  if (node.items.length === 1) return isSeq(parent.parent?.node) ? NOT_SIMPLE : removeEntry(context, parent);
  const splice = node.flow ? flowEntry(spansOf(node), spot.index) : pairLines(context, node, spot.index);
  return "reason" in splice ? splice : [splice];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansOf(node: YAMLMap | YAMLSeq): readonly Span[] {
  if (isSeq(node)) return itemsOf(node).map((item) => ({ start: startOf(item), end: endOf(item) }));
  return pairsOf(node).map(({ key, value }) => ({ start: startOf(key), end: Math.max(endOf(key), endOf(value)) }));
}

/** An entry of `{...}` or `[...]` with one of its commas. */
function flowEntry(spans: readonly Span[], index: number): Splice | Reason {
  const [before, here, after] = [spans[index - 1], spans[index], spans[index + 1]];
  if (here === undefined) return MISSING;
  if (after !== undefined) return { start: here.start, end: after.start, text: "" };
  return before === undefined ? NOT_SIMPLE : { start: before.end, end: here.end, text: "" };
}

/** The lines of a pair of a block mapping. */
function pairLines({ text }: Context, map: YAMLMap, index: number): Splice | Reason {
  const spans = spansOf(map);
  const [here, after] = [spans[index], spans[index + 1]];
  if (here === undefined) return MISSING;
  const start = lineStart(text, here.start);
  const end = nextLine(text, here.end);
  if (text.slice(start, here.start).trim() === "") return { start, end, text: "" };
  // The first key stands on the line of its list item: the second one takes its place.
  if (after === undefined || text.slice(here.end, after.start).includes("#")) return NOT_SIMPLE;
  return { start: here.start, end: after.start, text: "" };
}

/** The lines of an item of a block list. */
function itemLines({ text }: Context, list: YAMLSeq, index: number): Splice | Reason {
  const item = itemsOf(list)[index];
  if (item === undefined) return MISSING;
  const start = lineStart(text, startOf(item));
  if (!/^[ \t]*-[ \t]+(?:[&!]\S+[ \t]+)*$/.test(text.slice(start, startOf(item)))) return NOT_SIMPLE;
  return { start, end: nextLine(text, endOf(item)), text: "" };
}

function add(context: Context, edit: Edit): Outcome {
  const { text, document, yaml } = context;
  const parent = findSpot(document, edit.steps.slice(0, -1), yaml.vendorForms);
  if ("reason" in parent) return parent;
  const { node } = parent;
  const { value = null } = edit;
  const key = edit.steps.at(-1);
  if (isSeq(node)) {
    if (!node.flow) return [appendItems(context, node, [value])];
    return [appendFlow(text, node, inFlow(value, yaml))];
  }
  if (!isMap(node) || typeof key !== "string") return NOT_SIMPLE;
  const entry = objectFrom([[key, value]]);
  if (node.flow || parent.inFlow) {
    return [appendFlow(text, node, toFlowYaml(entry, yaml).slice("{ ".length, -" }".length))];
  }
  const first = spansOf(node)[0];
  if (first === undefined) return NOT_SIMPLE;
  return [appendLines(text, spansOf(node), indented(toYaml(entry, yaml), columnOf(text, first.start), "too"))];
}

function appendItems({ text, yaml }: Context, list: YAMLSeq, values: readonly Value[]): Splice {
  return appendLines(text, spansOf(list), indented(toYaml(values, yaml), columnOf(text, startOf(list)), "too"));
}

/** After the last entry's line. */
function appendLines(text: string, spans: readonly Span[], lines: string): Splice {
  const at = nextLine(text, Math.max(...spans.map((span) => span.end)));
  const gap = at > 0 && text[at - 1] !== "\n" ? "\n" : "";
  return { start: at, end: at, text: gap + lines };
}

function appendFlow(text: string, node: YAMLMap | YAMLSeq, entry: string): Splice {
  const last = spansOf(node).at(-1);
  if (last === undefined) {
    const inside = startOf(node) + 1;
    const empty = text.slice(inside, endOf(node) - 1).trim() === "";
    return { start: inside, end: empty ? endOf(node) - 1 : inside, text: ` ${entry} ` };
  }
  return { start: last.end, end: last.end, text: `, ${entry}` };
}
