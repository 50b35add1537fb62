import { parsePointer } from "../document/pointer.ts";
import type { SecretRef } from "../model/document.ts";
import type { JsonObject } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import { type Branch, type Node, nodeAt, toValue } from "../plan/node.ts";
import { BaseSecret, type Shapes } from "../plan/shape.ts";
import { toJson } from "../state/codec.ts";

/**
 * The base that a job has once its manifest says what is live: what is declared, but at the places that still differ
 * (`remaining`), where it stays as it was, so that they keep their cause.
 */
export function followedBase(
  shapes: Pick<Shapes, "desired" | "base">,
  remaining: readonly Change[],
  fingerprint: (ref: SecretRef) => string | undefined,
): JsonObject {
  let tree: Node = shapes.desired;
  for (const { path } of remaining) {
    const tokens = parsePointer(path);
    tree = put(tree, tokens, nodeAt(shapes.base, tokens));
  }
  const known = (ref: SecretRef): string | undefined => {
    if (!(ref instanceof BaseSecret)) return fingerprint(ref);
    return ref.fingerprint === "" ? undefined : ref.fingerprint;
  };
  return toJson(toValue(tree), known) as JsonObject;
}

/** A tree with a node at a place; undefined takes away what is there. */
function put(tree: Node | undefined, [token, ...rest]: readonly string[], node: Node | undefined): Node {
  if (token === undefined) return node ?? { kind: "branch", entries: new Map(), list: false };
  const branch: Branch = tree?.kind === "branch" ? tree : { kind: "branch", entries: new Map(), list: false };
  const entries = new Map(branch.entries);
  if (rest.length === 0 && node === undefined) entries.delete(token);
  else entries.set(token, put(branch.entries.get(token), rest, node));
  return { ...branch, entries };
}
