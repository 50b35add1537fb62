import { canonical } from "../document/canonical.ts";
import { comparePointers, formatPointer } from "../document/pointer.ts";
import { ruleAt } from "../document/rules.ts";
import { SecretRef, type Value } from "../model/document.ts";
import type { FieldRule, FieldTable } from "../model/fields.ts";
import type { Json } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import type { FieldOwner, FieldRow, RosterJob } from "../model/status.ts";
import { diffMatch } from "./action.ts";
import { baseDocument } from "./base.ts";
import type { PlanInput } from "./input.ts";
import { holdsSecret, leaves, type Node, nodeAt } from "./node.ts";
import { ignoring } from "./overlay.ts";
import { type Shapes, shape } from "./shape.ts";

/** What the schemas of this version say of a field; undefined where they know none of it. */
export type KnowsField = (tokens: readonly string[]) => { readonly default?: Json } | undefined;

/**
 * Each field of a live job with its owner, and each declared one that is not live; sorted by path. Rests on the same
 * shapes and the same diff as a plan, so that what it says differs is what an apply would change.
 */
export function fieldOwners(input: PlanInput, job: RosterJob, knows: KnowsField): readonly FieldRow[] {
  const { fields: table } = input.platform(job.provider);
  const { desired, live, state } = job;
  const shapes = shape(
    { table, secrets: input.secrets, triggerIds: state?.triggerIds ?? {} },
    desired?.document ?? {},
    live?.document ?? {},
    state && baseDocument(state.declared),
  );
  const context: Context = { table, shapes, knows, ignored: ignoring(desired?.ignore ?? []) };
  const changes = changesOf(input, job);
  const rows = new Map<string, FieldRow>();
  for (const side of [shapes.live, shapes.desired]) {
    for (const [tokens, leaf] of leaves(side)) {
      const path = formatPointer(tokens);
      if (rows.has(path) || isItemKey(table, tokens) || (side === shapes.desired && leaf.clears)) continue;
      rows.set(path, rowOf(context, tokens, path, changes));
    }
  }
  return [...rows.values()].sort((a, b) => comparePointers(a.path, b.path));
}

interface Context {
  readonly table: FieldTable;
  readonly shapes: Shapes;
  readonly knows: KnowsField;
  readonly ignored: (tokens: readonly string[]) => boolean;
}

function changesOf(input: PlanInput, { desired, live, state }: RosterJob): readonly Change[] {
  if (desired === undefined || live === undefined) return [];
  const diff = diffMatch(input, { desired, live, ...(state === undefined ? {} : { state }) });
  return diff === undefined ? [] : [...diff.changes, ...diff.paused];
}

/** `/spec/runtime/envs/BUCKET/name`: says what the path says already. */
function isItemKey(table: FieldTable, tokens: readonly string[]): boolean {
  const rule = ruleAt(table, tokens.slice(0, -2)).list;
  return rule?.kind === "keyed" && rule.key === tokens.at(-1);
}

function rowOf(context: Context, tokens: readonly string[], path: string, changes: readonly Change[]): FieldRow {
  const { shapes, table } = context;
  const live = nodeAt(shapes.live, tokens);
  const desired = nodeAt(shapes.desired, tokens);
  const change = changes.find((c) => path === c.path || path.startsWith(`${c.path}/`));
  const shownLive = live?.kind === "leaf" ? visible(shapes, tokens, live.value) : undefined;
  const wanted = desired?.kind === "leaf" && !desired.clears ? desired.value : undefined;
  const owner = ownerOf(context, tokens, live, change);
  const by = owner === "filled" ? filledBy(table, tokens) : undefined;
  const secret = [shownLive, wanted].some((value) => value !== undefined && holdsSecret(value));
  const differs = change !== undefined || live === undefined || (owner === "ignored" && !sameLeaf(live, desired));
  const goes = change !== undefined && live !== undefined && wanted === undefined;
  return {
    path,
    owner,
    ...(by === undefined ? {} : { by }),
    ...(secret ? { secret: true } : {}),
    ...(shownLive === undefined ? {} : { live: shownLive }),
    ...(wanted !== undefined && differs ? { declared: wanted } : {}),
    ...(change === undefined ? {} : { cause: change.cause }),
    ...(goes ? { removed: true } : {}),
  };
}

function sameLeaf(live: Node, desired: Node | undefined): boolean {
  return live.kind === "leaf" && desired?.kind === "leaf" && live.text === desired.text;
}

function ownerOf(
  { table, shapes, knows, ignored }: Context,
  tokens: readonly string[],
  live: Node | undefined,
  change: Change | undefined,
): FieldOwner {
  if (ignored(tokens)) return "ignored";
  if (reaches(shapes.desired, tokens)) return "declared";
  const had = shapes.base !== undefined && reaches(shapes.base, tokens);
  if (had && (change !== undefined || !hasEntries(shapes.desired))) return "formerly-declared";
  const rule = ruleAt(table, tokens);
  const known = knows(tokens);
  const usual = rule.default ?? known?.default;
  if (usual !== undefined && live?.kind === "leaf" && live.text === canonical(usual)) return "default";
  if (rule.default === undefined && filledBy(table, tokens) !== undefined && isMadeUp(rule, live)) return "filled";
  return known === undefined ? "unknown" : "other";
}

/** What somebody chose does not look like what is filled in. */
function isMadeUp({ madeUp }: FieldRule, live: Node | undefined): boolean {
  if (madeUp === undefined || live?.kind !== "leaf") return true;
  return typeof live.value === "string" && new RegExp(madeUp).test(live.value);
}

/** Who fills in a place, or the whole that it is in. */
function filledBy(table: FieldTable, tokens: readonly string[]): string | undefined {
  return tokens
    .map((_, at) => ruleAt(table, tokens.slice(0, tokens.length - at)).filledBy)
    .find((by) => by !== undefined);
}

/** Whether a document speaks of a place, itself or by a value as a whole that the place is in. */
function reaches(node: Node, tokens: readonly string[]): boolean {
  let at: Node | undefined = node;
  for (const token of tokens) {
    if (at?.kind === "leaf") return true;
    at = at?.entries.get(token);
  }
  return at !== undefined;
}

/** A job that no manifest declares has a document without entries. */
function hasEntries(node: Shapes["desired"]): boolean {
  return [...node.entries.values()].some((part) => part.kind === "branch" && part.entries.size > 0);
}

/** A live value; where a secret is or was declared, or above it, what stands there live may be one too. */
function visible(shapes: Shapes, tokens: readonly string[], value: Value): Value {
  for (const side of [shapes.desired, shapes.base]) {
    for (let depth = 0; depth <= tokens.length; depth++) {
      const node = nodeAt(side, tokens.slice(0, depth));
      if (node?.kind === "leaf" && holdsSecret(node.value)) return SecretRef.masked();
    }
  }
  return value;
}
