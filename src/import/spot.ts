import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { isMerge } from "../manifest/convert.ts";
import type { YamlDocument } from "../manifest/parse.ts";
import { hasReference } from "./references.ts";

/** A place in a YAML document: keys of mappings, indexes of lists. */
export type Steps = readonly (string | number)[];

/** Where a value stands. */
export interface Spot {
  readonly node: Node | null;
  /** What it stands in; undefined for the whole document. */
  readonly parent?: Spot;
  /** Its position among the parent's pairs or items. */
  readonly index: number;
  /** Whether it stands in `{...}` or `[...]`. */
  readonly inFlow: boolean;
  /** How many steps lead to it. */
  readonly depth: number;
}

/** Why a place is left as it is written. */
export interface Reason {
  readonly reason: string;
}

/** There is nothing written at this place. */
export const MISSING: Reason = { reason: "the manifest does not write it itself" };

/** The pairs of a mapping; keys are scalars, merges aside. */
export function pairsOf(map: YAMLMap): readonly Pair<Node, Node | null>[] {
  return map.items as Pair<Node, Node | null>[];
}

/** The items of a list. */
export function itemsOf(list: YAMLSeq): readonly Node[] {
  return list.items as Node[];
}

/**
 * Finds a place that only this one value is written at: what an alias or a merge brings in, or what is marked for one,
 * is a {@link Reason}, and so is a part of what a reference brings in. The last step's own value may be a reference.
 */
export function findSpot(document: YamlDocument, steps: Steps, vendorForms: boolean): Spot | Reason {
  let spot: Spot = { node: document.root, index: 0, inFlow: false, depth: 0 };
  for (const step of steps) {
    const shared = sharedBy(document, spot.node);
    if (shared !== undefined) return shared;
    const next = stepInto(spot, step, vendorForms);
    if ("reason" in next) return next;
    spot = next;
  }
  return sharedBy(document, spot.node) ?? spot;
}

function stepInto(spot: Spot, step: string | number, vendorForms: boolean): Spot | Reason {
  const { node, depth } = spot;
  const below = (child: Node | null, index: number, flow: boolean | undefined): Spot => ({
    ...{ node: child, parent: spot, index, depth: depth + 1 },
    inFlow: spot.inFlow || flow === true,
  });
  if (isMap(node)) {
    const pairs = pairsOf(node);
    const index = pairs.findIndex((pair) => !isMerge(pair) && isScalar(pair.key) && pair.key.value === step);
    const pair = pairs[index];
    if (pair !== undefined) return below(pair.value, index, node.flow);
    return pairs.some(isMerge) ? { reason: "a merge (<<) brings it in, which other places share" } : MISSING;
  }
  if (isSeq(node) && typeof step === "number") {
    const item = itemsOf(node)[step];
    return item === undefined ? MISSING : below(item, step, node.flow);
  }
  const text = isScalar(node) && typeof node.value === "string" ? node.value : "";
  return hasReference(text, vendorForms) ? { reason: `it is part of what ${text} brings in` } : MISSING;
}

/** What else a change of this node would change. */
function sharedBy({ aliases }: YamlDocument, node: Node | null): Reason | undefined {
  if (isAlias(node)) return { reason: `the alias *${node.source} brings it in, which other places share` };
  if (node === null || ![...aliases.values()].includes(node)) return undefined;
  const name = "anchor" in node && typeof node.anchor === "string" ? node.anchor : "";
  return { reason: `other places share it by the alias *${name}` };
}

/** Whether a reference stands anywhere in a node. */
export function holdsReference(node: Node | null, vendorForms: boolean): boolean {
  if (isScalar(node)) return typeof node.value === "string" && hasReference(node.value, vendorForms);
  if (isMap(node)) return pairsOf(node).some(({ value }) => holdsReference(value, vendorForms));
  return isSeq(node) && itemsOf(node).some((item) => holdsReference(item, vendorForms));
}
