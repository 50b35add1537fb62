import { canonical } from "../document/canonical.ts";
import { formatPointer } from "../document/pointer.ts";
import { ruleAt } from "../document/rules.ts";
import { SecretRef } from "../model/document.ts";
import type { FieldRule, FieldTable } from "../model/fields.ts";
import type { Branch, Leaf, Node } from "./node.ts";

/** How to lay what is declared over what is live. */
export interface OverlayContext {
  readonly table: FieldTable;
  /** Whether a place is to be left alone. */
  readonly ignored: (tokens: readonly string[]) => boolean;
  /** Whether a declared value that stands against a masked live one is to be taken as already there. */
  readonly unreadableIsSame: (tokens: readonly string[], desired: Leaf, base: Node | undefined) => boolean;
  /** Whether a readable secret was imported without being compared and is to stay as it is live. */
  readonly unverifiedIsSame: (tokens: readonly string[], desired: Leaf) => boolean;
  /** Switch on what was paused by hand. */
  readonly resume: boolean;
}

/** The job as it is to be, and the switches that are left off because somebody paused them by hand. */
export interface Overlay {
  readonly wanted: Branch;
  readonly paused: readonly (readonly string[])[];
}

/**
 * Live overlaid with what is declared: declared fields as declared, fields that only the base has gone, everything else
 * as it is live. What only live has is thus equal on both sides of the diff. Where nothing is to change, `wanted` is the
 * very node that `live` is.
 */
export function overlay(context: OverlayContext, live: Branch, desired: Branch, base: Branch | undefined): Overlay {
  const paused: (readonly string[])[] = [];
  const wanted = merge({ ...context, paused }, [], live, desired, base);
  return { wanted: wanted?.kind === "branch" ? wanted : { kind: "branch", entries: new Map(), list: false }, paused };
}

interface Context extends OverlayContext {
  readonly paused: (readonly string[])[];
}

function merge(
  context: Context,
  at: readonly string[],
  live: Node | undefined,
  desired: Node | undefined,
  base: Node | undefined,
): Node | undefined {
  if (context.ignored(at)) return live;
  const rule = ruleAt(context.table, at);
  if (desired === undefined) return base === undefined ? live : cleared(context, at, rule, live, base);
  if (desired.kind === "leaf") return mergeLeaf(context, at, rule, live, desired, base);
  if (desired.list) return mergeList(context, at, live, desired, base);
  if (live?.kind !== "branch" || live.list) return withoutClears(desired);
  const entries = new Map(live.entries);
  const below = base?.kind === "branch" && !base.list ? base.entries : NOTHING;
  for (const key of new Set([...desired.entries.keys(), ...below.keys()])) {
    const node = merge(context, [...at, key], live.entries.get(key), desired.entries.get(key), below.get(key));
    if (node === undefined) entries.delete(key);
    else entries.set(key, node);
  }
  if (sameEntries(entries, live.entries)) return live;
  return at.length < 2 ? { kind: "branch", entries, list: false } : branch(entries, false);
}

const NOTHING: ReadonlyMap<string, Node> = new Map();

/** Whether two branches hold the very same nodes. */
function sameEntries(one: ReadonlyMap<string, Node>, other: ReadonlyMap<string, Node>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, node] of one) if (other.get(key) !== node) return false;
  return true;
}

function mergeLeaf(
  context: Context,
  at: readonly string[],
  rule: FieldRule,
  live: Node | undefined,
  desired: Leaf,
  base: Node | undefined,
): Node | undefined {
  if (desired.clears) return isDefault(rule, live) ? live : undefined;
  if (live === undefined) return isDefault(rule, desired) || rule.immutable ? undefined : desired;
  if (live.kind === "leaf" && live.value instanceof SecretRef && live.value.key === undefined) {
    return context.unreadableIsSame(at, desired, base) ? live : desired;
  }
  if (live.kind === "leaf" && live.value instanceof SecretRef && context.unverifiedIsSame(at, desired)) return live;
  if (rule.toggle && !context.resume && isTrue(desired) && isTrue(base) && isFalse(live)) {
    context.paused.push(at);
    return live;
  }
  return live.kind === "leaf" && live.text === desired.text ? live : desired;
}

function mergeList(
  context: Context,
  at: readonly string[],
  live: Node | undefined,
  desired: Branch,
  base: Node | undefined,
): Node | undefined {
  const entries = new Map<string, Node>();
  const liveItems = live?.kind === "branch" ? live.entries : NOTHING;
  const baseItems = base?.kind === "branch" ? base.entries : NOTHING;
  for (const token of new Set([...liveItems.keys(), ...desired.entries.keys()])) {
    const item = liveItems.get(token);
    const wanted = desired.entries.get(token);
    if (wanted === undefined && !context.ignored([...at, token])) continue;
    const node = merge(context, [...at, token], item, wanted, item === undefined ? undefined : baseItems.get(token));
    if (node !== undefined) entries.set(token, node);
  }
  if (live?.kind === "branch" && live.list && entries.size > 0 && sameEntries(entries, liveItems)) return live;
  return branch(entries, true);
}

/** What is left of a live node whose declaration is gone: what the base never had. */
function cleared(
  context: Context,
  at: readonly string[],
  rule: FieldRule,
  live: Node | undefined,
  base: Node,
): Node | undefined {
  if (rule.immutable || isDefault(rule, live)) return live;
  if (live?.kind !== "branch" || base.kind !== "branch" || rule.unit) return undefined;
  const entries = new Map(live.entries);
  for (const [key, node] of base.entries) {
    const child = live.entries.get(key);
    if (child === undefined) continue;
    const left = live.list ? undefined : merge(context, [...at, key], child, undefined, node);
    if (left === undefined && !context.ignored([...at, key])) entries.delete(key);
    else if (left !== undefined) entries.set(key, left);
  }
  return branch(entries, live.list);
}

/** A declared branch where live has none: nothing to clear there. */
function withoutClears(node: Node): Node | undefined {
  if (node.kind === "leaf") return node.clears ? undefined : node;
  const entries = new Map<string, Node>();
  for (const [key, child] of node.entries) {
    const kept = withoutClears(child);
    if (kept !== undefined) entries.set(key, kept);
  }
  return branch(entries, node.list);
}

function branch(entries: ReadonlyMap<string, Node>, list: boolean): Branch | undefined {
  return entries.size === 0 ? undefined : { kind: "branch", entries, list };
}

function isDefault(rule: FieldRule, node: Node | undefined): boolean {
  return rule.default !== undefined && node?.kind === "leaf" && node.text === canonical(rule.default);
}

function isTrue(node: Node | undefined): boolean {
  return node?.kind === "leaf" && node.value === true;
}

function isFalse(node: Node | undefined): boolean {
  return node?.kind === "leaf" && node.value === false;
}

/** Whether pointer patterns (`*` for any one key) cover a place or one of its parents. */
export function ignoring(patterns: readonly string[]): (tokens: readonly string[]) => boolean {
  if (patterns.length === 0) return () => false;
  const lists = patterns.map((p) => p.split("/").slice(1));
  return (tokens) => {
    const here = formatPointer(tokens).split("/").slice(1);
    return lists.some((p) => p.length <= here.length && p.every((token, i) => token === "*" || token === here[i]));
  };
}
