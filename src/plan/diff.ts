import jsonpatch from "fast-json-patch";
import { comparePointers, formatPointer, parsePointer } from "../document/pointer.ts";
import type { Branch, Node } from "./node.ts";

/** A place where live and wanted differ. */
export interface Difference {
  readonly op: "add" | "replace" | "remove";
  readonly tokens: readonly string[];
  readonly path: string;
}

type Plain = string | { [key: string]: Plain };

/**
 * Where two shaped jobs differ, sorted by path. This is the one place that compares, and fast-json-patch does it: on
 * maps of strings only, because of lists it knows nothing but indexes.
 */
export function diff(live: Branch, wanted: Branch): readonly Difference[] {
  if (live === wanted) return [];
  return jsonpatch
    .compare(entriesOf(live), entriesOf(wanted))
    .map((operation) => {
      if (operation.op !== "add" && operation.op !== "replace" && operation.op !== "remove") {
        throw new Error(`unexpected operation ${operation.op}`);
      }
      const tokens = parsePointer(operation.path).map((token) => token.slice(1));
      return { op: operation.op, tokens, path: formatPointer(tokens) };
    })
    .sort((a, b) => comparePointers(a.path, b.path));
}

/** Keys get a dot in front: none of them then looks like an index or `__proto__`. */
function entriesOf(branch: Branch): { [key: string]: Plain } {
  const entries: { [key: string]: Plain } = {};
  for (const [key, node] of branch.entries) entries[`.${key}`] = plain(node);
  return entries;
}

function plain(node: Node): Plain {
  return node.kind === "leaf" ? node.text : entriesOf(node);
}
