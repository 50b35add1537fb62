import { canonical } from "../document/canonical.ts";
import { childPointer } from "../document/pointer.ts";
import { isObject, own, type Value } from "../model/document.ts";
import type { JsonObject } from "../model/json.ts";
import type { PolicyChange } from "../model/plan.ts";

/** The settings that decide what a plan may do, at the top of the config and in each environment. */
const POLICIES = ["safety", "ignore", "targets", "state"];

/** An environment also says how its plans are approved. */
const POLICIES_INSIDE = [...POLICIES, "confirm"];

/**
 * What differs in policy between two versions of a config: limits, protection, what is ignored, where jobs live and where the
 * state is kept. Lists count as wholes. Undefined stands for no config.
 */
export function policyChanges(before: JsonObject | undefined, after: JsonObject | undefined): readonly PolicyChange[] {
  const [old, now] = [before ?? {}, after ?? {}];
  const top = POLICIES.flatMap((key) => compare(childPointer("", key), own(old, key), own(now, key)));
  const [oldNames, newNames] = [own(old, "environments"), own(now, "environments")].map((e) => (isObject(e) ? e : {}));
  const names = [...new Set([...Object.keys(oldNames ?? {}), ...Object.keys(newNames ?? {})])].sort();
  const inside = names.flatMap((name) => {
    const [a, b] = [own(oldNames ?? {}, name), own(newNames ?? {}, name)];
    const place = childPointer("/environments", name);
    return POLICIES_INSIDE.flatMap((key) =>
      compare(childPointer(place, key), isObject(a) ? own(a, key) : undefined, isObject(b) ? own(b, key) : undefined),
    );
  });
  return [...top, ...inside];
}

function compare(path: string, before: Value | undefined, after: Value | undefined): readonly PolicyChange[] {
  if (isObject(before) || isObject(after)) {
    const [a, b] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => compare(childPointer(path, key), own(a, key), own(b, key)));
  }
  if (canonical(before ?? null) === canonical(after ?? null)) return [];
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}
