import type { Value } from "../model/document.ts";
import type { Cause } from "../model/plan.ts";
import { type Fingerprint, sameAsBase } from "./base.ts";
import type { Node } from "./node.ts";

/** What tells the cause of a difference. */
export interface CauseContext {
  /** False where the state knows nothing of the job. */
  readonly hasBase: boolean;
  readonly hash: Fingerprint;
  /** The string that a leaf stands for, secrets in plain; undefined for other values and unknown secrets. */
  readonly reveal: (value: Value) => string | undefined;
}

/** Why live and desired differ at one place, by the base there. */
export function causeOf(
  context: CauseContext,
  desired: Node | undefined,
  live: Node | undefined,
  base: Node | undefined,
): Cause {
  if (!context.hasBase) return "unknown";
  if (holds(context, live, base)) return "pending";
  return sameNode(context, desired, base) ? "drift" : "conflict";
}

/** Whether live is still what the base says; what live has besides does not count. */
function holds(context: CauseContext, live: Node | undefined, base: Node | undefined): boolean {
  if (base === undefined) return live === undefined;
  if (live === undefined) return false;
  if (base.kind === "leaf" || live.kind === "leaf") return sameNode(context, live, base);
  if (base.list && base.entries.size !== live.entries.size) return false;
  return [...base.entries].every(([key, node]) => holds(context, live.entries.get(key), node));
}

function sameNode(context: CauseContext, node: Node | undefined, base: Node | undefined): boolean {
  const gone = (n: Node | undefined): boolean => n === undefined || (n.kind === "leaf" && n.clears === true);
  if (base === undefined || node === undefined || gone(node) || gone(base)) return gone(node) && gone(base);
  if (node.kind === "leaf" && base.kind === "leaf") {
    return node.text === base.text || sameAsBase(node.value, base.value, context.reveal, context.hash);
  }
  if (node.kind !== "branch" || base.kind !== "branch" || node.entries.size !== base.entries.size) return false;
  return [...node.entries].every(
    ([key, child]) => base.entries.has(key) && sameNode(context, child, base.entries.get(key)),
  );
}
