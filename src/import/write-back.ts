import { childPointer, formatPointer, parsePointer } from "../document/pointer.ts";
import { ruleAt } from "../document/rules.ts";
import { isList, isObject, objectFrom, own, type Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { ApiVersion } from "../model/job.ts";
import type { Change } from "../model/plan.ts";
import type { JobDiff } from "../plan/job-diff.ts";
import { type Branch, holdsSecret, type Node, nodeAt } from "../plan/node.ts";
import type { Edit } from "./edit-yaml.ts";
import { fitToSchema } from "./fit.ts";
import { withoutNoise } from "./noise.ts";
import type { Reason } from "./spot.ts";

/**
 * The differences of a job that somebody made on the platform: what drifted, what moved on both sides, what was paused.
 * Where there is no state to tell by (`stateless`), all of them.
 */
export function driftedChanges(diff: JobDiff, stateless: boolean): readonly Change[] {
  const causes = new Set<Change["cause"]>(stateless ? ["drift", "conflict", "unknown"] : ["drift", "conflict"]);
  return [...diff.changes.filter((change) => causes.has(change.cause)), ...diff.paused];
}

/** What a manifest is compared by. */
export interface WriteBackContext {
  readonly table: FieldTable;
  readonly apiVersion: ApiVersion;
  /** What is declared, shaped for comparing: its lists are in the order of the manifest. */
  readonly desired: Branch;
}

/** The edit that makes a manifest say what is live, or why there is none. */
export function editFor(context: WriteBackContext, change: Change): Edit | Reason {
  const { table, desired } = context;
  const tokens = parsePointer(change.path);
  const rule = ruleAt(table, tokens);
  const live = change.before ?? null;
  if (holdsSecret(live) || holdsSecret(change.after ?? null)) {
    return { reason: "secrets are never written into a manifest" };
  }
  if (tokens.at(-1) === "secret" && ruleAt(table, [...tokens.slice(0, -1), "value"]).secret !== undefined) {
    return { reason: "whether a value is secret is for people to say" };
  }
  if (rule.filledBy !== undefined && !rule.toggle) {
    return { reason: `${rule.filledBy} fills it in; take it out of the manifest to leave it to that` };
  }
  const steps = stepsOf(desired, tokens);
  const isSet = rule.list?.kind === "set";
  if (change.op === "add") return { op: "remove", steps, isSet, declared: change.after ?? null };
  if (change.op === "replace") return { op: "set", steps, isSet, value: live, declared: change.after ?? null };
  const value = worded(context, tokens, live);
  return value === undefined
    ? { reason: "nobody would write it down: it is a default" }
    : { op: "add", steps, isSet, value };
}

/** A path of keys as one of positions; what is not declared yet keeps its key, or comes after the last item. */
function stepsOf(desired: Branch, tokens: readonly string[]): Edit["steps"] {
  let node: Node | undefined = desired;
  return tokens.map((token) => {
    const list = node?.kind === "branch" && node.list ? [...node.entries.keys()] : undefined;
    node = nodeAt(node, [token]);
    if (list === undefined) return token;
    const index = list.indexOf(token);
    return index < 0 ? list.length : index;
  });
}

/** A live value as a manifest would word it at its place, or undefined where nothing of it would be written. */
function worded({ table, apiVersion }: WriteBackContext, tokens: readonly string[], value: Value): Value | undefined {
  const plain = withoutNoise(table, wrap(table, tokens, value));
  if (!isObject(plain)) return undefined;
  return unwrap(fitToSchema(apiVersion, plain).document, tokens);
}

/** A document that holds nothing but a value at its place; keyed lists have one item. */
function wrap(table: FieldTable, tokens: readonly string[], value: Value): Value {
  return tokens.reduceRight<Value>((inner, token, i) => {
    const list = ruleAt(table, tokens.slice(0, i)).list;
    return list === undefined || list.kind === "set" ? objectFrom([[token, inner]]) : [inner];
  }, value);
}

function unwrap(document: Value, tokens: readonly string[]): Value | undefined {
  return tokens.reduce<Value | undefined>((value, token) => {
    if (isList(value)) return value[0];
    return isObject(value) ? own(value, token) : undefined;
  }, document);
}

/**
 * Where a patch of the config wrote a field that an edit is about, or wrote into a list that leads to it; undefined where
 * none did. Answers what the patch was given as its place.
 */
export function patchAt(
  patched: readonly { readonly path: readonly string[]; readonly at: readonly string[] }[],
  steps: Edit["steps"],
): readonly string[] | undefined {
  const here = formatPointer(steps.map(String));
  const index = steps.findIndex((step) => typeof step === "number");
  const list = index < 0 ? undefined : formatPointer(steps.slice(0, index).map(String));
  const within = (a: string, b: string): boolean => a === b || a.startsWith(childPointer(b, ""));
  return patched.find(({ path }) => {
    const there = formatPointer(path);
    return within(here, there) || within(there, here) || (list !== undefined && within(there, list));
  })?.at;
}
