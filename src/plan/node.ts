import { isList, objectFrom, SecretRef, type Value } from "../model/document.ts";

/**
 * The shape in which desired, live and base are compared: objects and keyed lists are maps, everything else is a leaf
 * with a text by which it is compared. Nulls and empty containers are gone.
 */
export type Node = Leaf | Branch;

/** A value compared as a whole. */
export interface Leaf {
  readonly kind: "leaf";
  /** Equal leaves have equal texts. Holds secret values: never show it. */
  readonly text: string;
  /** As it may be shown. */
  readonly value: Value;
  /** An explicit null or empty list: the field is to go. */
  readonly clears?: true;
}

/** An object or a keyed list. */
export interface Branch {
  readonly kind: "branch";
  readonly entries: ReadonlyMap<string, Node>;
  /** A keyed list; where declared, its entries are all that there are to be. */
  readonly list: boolean;
}

/** The node at a path, or undefined. */
export function nodeAt(node: Node | undefined, tokens: readonly string[]): Node | undefined {
  let at = node;
  for (const token of tokens) at = at?.kind === "branch" ? at.entries.get(token) : undefined;
  return at;
}

/** A node as a value that may be shown. */
export function toValue(node: Node): Value {
  if (node.kind === "leaf") return node.value;
  const entries = [...node.entries].map(([key, child]): [string, Value] => [key, toValue(child)]);
  return node.list ? entries.map(([, value]) => value) : objectFrom(entries);
}

/** Whether a secret stands anywhere in a value. */
export function holdsSecret(value: Value): boolean {
  if (value instanceof SecretRef) return true;
  if (isList(value)) return value.some(holdsSecret);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}

/** All leaves below a node with their paths, in order. */
export function* leaves(
  node: Node | undefined,
  at: readonly string[] = [],
): Generator<readonly [readonly string[], Leaf]> {
  if (node === undefined) return;
  if (node.kind === "leaf") yield [at, node];
  else for (const [token, child] of node.entries) yield* leaves(child, [...at, token]);
}
