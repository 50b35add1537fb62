import { canonical, sha256 } from "../document/canonical.ts";
import { objectFrom, type Value } from "../model/document.ts";
import type { Action, Change } from "../model/plan.ts";

/**
 * Digest over the decisions of a plan: address, action and changes, whatever the order; not the requests, what they
 * carry, or when it was made. Two plans that would do the same have the same digest.
 */
export function digestOf(actions: readonly Pick<Action, "address" | "action" | "changes">[]): string {
  return sha256(
    canonical(
      [...actions]
        .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0))
        .map(({ address, action, changes }) => ({ address, action, changes: changes.map(decision).sort(byText) })),
    ),
  );
}

function decision({ op, path, before, after, cause }: Change): Value {
  return objectFrom<Value>([
    ["op", op],
    ["path", path],
    ["cause", cause],
    ...(before === undefined ? [] : [["before", before] as const]),
    ...(after === undefined ? [] : [["after", after] as const]),
  ]);
}

function byText(a: Value, b: Value): number {
  const [x, y] = [canonical(a), canonical(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
