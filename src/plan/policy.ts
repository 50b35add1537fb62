import { canonical } from "../document/canonical.ts";
import { childPointer, parsePointer } from "../document/pointer.ts";
import type { IgnoreRule } from "../model/config.ts";
import { isObject, own, type Value } from "../model/document.ts";
import type { Address, DesiredJob } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import { matches } from "../model/match.ts";
import type { PlanWarning, PolicyChange } from "../model/plan.ts";
import { diffMatch } from "./action.ts";
import type { PlanInput } from "./input.ts";
import { matchJobs } from "./match.ts";
import { ignoring } from "./overlay.ts";

/** The settings that decide what a plan may do, at the top of the config and in each environment. */
const POLICIES = ["safety", "ignore", "targets", "state", "createSettle"];

/** An environment also says how its plans are approved. */
const POLICIES_INSIDE = [...POLICIES, "confirm"];

/**
 * What differs in policy between two versions of a config: limits, protection, what is ignored, where jobs live, where the
 * state is kept, how long a create stays undecided. Lists count as wholes. Undefined stands for no config.
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

/**
 * Differences that a change under review takes out of sight: fields that its config ignores, that the one it starts from
 * does not ignore, and that differ live. Ignoring hides no delete and no replace.
 */
export function hiddenDifferences(input: PlanInput): readonly PlanWarning[] {
  const { reviewed } = input;
  if (reviewed === undefined) return [];
  const hiding = new Map<Address, DesiredJob>();
  const desired = input.desired.map((job) => {
    if (job.ignore.length === 0) return job;
    const before = ignoredBefore(job, reviewed.ignore);
    if (job.ignore.every((path) => before.has(path))) return job;
    hiding.set(job.address, job);
    return { ...job, ignore: [...before] };
  });
  if (hiding.size === 0) return [];
  return matchJobs({ ...input, desired }).matched.flatMap((match): readonly PlanWarning[] => {
    const job = hiding.get(match.desired.address);
    if (job === undefined || !input.inScope(job.address, match.state)) return [];
    const isIgnored = ignoring(job.ignore);
    const changes = diffMatch(input, match)?.changes ?? [];
    const hidden = changes.map(({ path }) => path).filter((path) => isIgnored(parsePointer(path)));
    if (hidden.length === 0) return [];
    const more = hidden.length > MOST_SHOWN ? ` and ${hidden.length - MOST_SHOWN} more` : "";
    const shown = hidden.slice(0, MOST_SHOWN).join(", ");
    const message = `${job.address}: ignored by this change, not by ${reviewed.ref}, and different live: ${shown}${more}`;
    return [{ code: "JW3505", address: job.address, message }];
  });
}

const MOST_SHOWN = 5;

function ignoredBefore(job: DesiredJob, rules: readonly IgnoreRule[]): ReadonlySet<string> {
  const matching = rules.filter(({ match }) => matches(match, job.address));
  return new Set([...job.annotations.ignore, ...matching.flatMap(({ paths }) => paths)]);
}
