import { Document, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { isList, isObject, SecretRef, type Value } from "../model/document.ts";
import { escapeReferences, escapeUnseen, textScalar } from "./scalars.ts";

/** How to write. */
export interface YamlOptions {
  /** Whether `$secrets.NAME` and `${NAME}` are references too. */
  readonly vendorForms: boolean;
  /** Texts of several lines as blocks; else in quotes. */
  readonly blocks: boolean;
}

/** A value as YAML in block style, its line end included. Secrets stand as the references that they are. */
export function toYaml(value: Value, options: YamlOptions): string {
  return write(toNode(value, options), "any");
}

/** A value as YAML on one line, for flow collections. */
export function toFlowYaml(value: Value, options: YamlOptions): string {
  return write(toNode(value, { ...options, blocks: false }), "flow").trimEnd();
}

function write(node: Node, collectionStyle: "any" | "flow"): string {
  const document = new Document(null, { version: "1.2", compat: "yaml-1.1" });
  document.contents = node;
  return escapeUnseen(
    document.toString({ lineWidth: 0, doubleQuotedAsJSON: true, collectionStyle, flowCollectionPadding: true }),
  );
}

function toNode(value: Value, options: YamlOptions): Node {
  if (value instanceof SecretRef) return quotedScalar(`\${${value.text}}`);
  if (typeof value === "string") {
    return textScalar(escapeReferences(value, options.vendorForms), { block: options.blocks });
  }
  if (isList(value)) {
    const list = new YAMLSeq<Node>();
    list.items = value.map((item) => toNode(item, options));
    return list;
  }
  if (typeof value === "number") return numberScalar(value);
  if (!isObject(value)) return new Scalar(value);
  const map = new YAMLMap<Node, Node>();
  map.items = Object.entries(value).map(([key, item]) => new Pair(keyNode(key), toNode(item, options)));
  return map;
}

function numberScalar(value: number): Scalar<number> {
  const node = new Scalar(Object.is(value, -0) ? 0 : value);
  // As a fraction: a whole number past 2^53 would be refused, since other readers hold it in other bits.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) node.minFractionDigits = 1;
  return node;
}

/** Keys are never looked at for references. */
function keyNode(key: string): Node {
  return key === "<<" ? quotedScalar(key) : textScalar(key, { block: false });
}

function quotedScalar(text: string): Scalar<string> {
  const node = new Scalar(text);
  node.type = Scalar.QUOTE_DOUBLE;
  return node;
}
