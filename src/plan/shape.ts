import { canonical } from "../document/canonical.ts";
import { itemTokens, pairTriggers } from "../document/list-keys.ts";
import { ruleAt } from "../document/rules.ts";
import { isList, isObject, own, SecretRef, type SecretTable, type Value, type ValueObject } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { Branch, Leaf, Node } from "./node.ts";

/** What shaping needs to know besides the documents. */
export interface ShapeContext {
  readonly table: FieldTable;
  readonly secrets: SecretTable;
  /** Live trigger ids by declared position, as the state remembers them. */
  readonly triggerIds: Readonly<Record<string, string>>;
}

/** Desired, live and base of one job, ready to be compared. */
export interface Shapes {
  readonly desired: Branch;
  readonly live: Branch;
  readonly base: Branch | undefined;
}

type Side = "desired" | "live" | "base";
type Tokens = (tokens: readonly string[], items: readonly Value[]) => readonly string[];

/** Brings the three documents of one job into one shape. `base` holds {@link BaseSecret}s where it had secrets. */
export function shape(
  context: ShapeContext,
  desired: ValueObject,
  live: ValueObject,
  base: ValueObject | undefined,
): Shapes {
  const triggers = triggersOf(live);
  const remembered = (i: number): string | undefined => context.triggerIds[String(i)];
  const paired = pairTriggers(triggersOf(desired), triggers, remembered);
  const basePaired = pairTriggers(triggersOf(base ?? {}), triggers, remembered);
  const tokensOf =
    (side: readonly string[]): Tokens =>
    (at, items) => {
      const rule = ruleAt(context.table, at).list;
      if (rule === undefined) return [];
      return rule.kind === "trigger" ? side : itemTokens(rule, items);
    };
  // Live triggers that the desired list names by id stand by that id on all sides.
  const liveTokens = paired.live.map((token, i) =>
    token === basePaired.live[i] ? token : namedToken(token, basePaired.live[i]),
  );
  const rename = new Map(basePaired.live.map((token, i) => [token, liveTokens[i] ?? token]));
  const renameLive = new Map(paired.live.map((token, i) => [token, liveTokens[i] ?? token]));
  return {
    desired: root(context, "desired", desired, tokensOf(paired.declared.map((t) => renameLive.get(t) ?? t))),
    live: root(context, "live", live, tokensOf(liveTokens)),
    base: base && root(context, "base", base, tokensOf(basePaired.declared.map((t) => rename.get(t) ?? t))),
  };
}

/** Of two tokens of one live trigger, the one that is an id. */
function namedToken(a: string, b: string | undefined): string {
  return /\[\d+\]$/.test(a) ? (b ?? a) : a;
}

function triggersOf(document: ValueObject): readonly Value[] {
  const spec = own(document, "spec");
  const triggers = isObject(spec) ? own(spec, "triggers") : undefined;
  return isList(triggers) ? triggers : [];
}

function root(context: ShapeContext, side: Side, document: ValueObject, tokens: Tokens): Branch {
  const node = toNode(context, side, document, [], tokens);
  const empty: Branch = { kind: "branch", entries: new Map(), list: false };
  const found = node?.kind === "branch" ? node.entries : empty.entries;
  // Both parts stand even where they are empty, so that no change is ever about a whole part.
  const parts = ["metadata", "spec"].map((part): [string, Node] => [part, found.get(part) ?? empty]);
  return { kind: "branch", entries: new Map([...found, ...parts]), list: false };
}

function toNode(
  context: ShapeContext,
  side: Side,
  value: Value,
  at: readonly string[],
  tokens: Tokens,
): Node | undefined {
  if (value === null) return side === "desired" ? CLEARS : undefined;
  if (isObject(value)) return objectNode(context, side, value, at, tokens);
  const list = isList(value) ? ruleAt(context.table, at).list : undefined;
  if (isList(value) && list !== undefined && list.kind !== "set") {
    const names = tokens(at, value);
    const entries = new Map<string, Node>();
    for (const [i, item] of value.entries()) {
      const name = names[i] ?? `[${i}]`;
      const node = toNode(context, side, item, [...at, name], tokens);
      entries.set(name, node ?? { kind: "branch", entries: new Map(), list: false });
    }
    return entries.size === 0 && side !== "desired" ? undefined : { kind: "branch", entries, list: true };
  }
  if (isList(value) && value.length === 0) return side === "desired" ? CLEARS : undefined;
  return leaf(context.secrets, value, list?.kind === "set");
}

function objectNode(
  context: ShapeContext,
  side: Side,
  value: ValueObject,
  at: readonly string[],
  tokens: Tokens,
): Node | undefined {
  const entries = new Map<string, Node>();
  for (const key of Object.keys(value)) {
    const node = toNode(context, side, own(value, key) ?? null, [...at, key], tokens);
    if (node !== undefined) entries.set(key, node);
  }
  return entries.size === 0 ? undefined : { kind: "branch", entries, list: false };
}

const CLEARS: Leaf = { kind: "leaf", text: "null", value: null, clears: true };

function leaf(secrets: SecretTable, value: Value, set: boolean): Leaf {
  const text = (v: Value): string => canonical(v, (ref) => secretText(secrets, ref));
  if (set && isList(value)) return { kind: "leaf", text: `[${[...new Set(value.map(text))].sort().join(",")}]`, value };
  return { kind: "leaf", text: text(value), value };
}

/** A known secret compares as the string that it is; an unknown one equals nothing but itself. */
function secretText(secrets: SecretTable, ref: SecretRef): string {
  const value = secrets.value(ref);
  return value === undefined ? `?${ref.key ?? "masked"}` : JSON.stringify(value);
}

/** Stands in a base where a secret was applied: its value is not known any more, only what it hashed to. */
export class BaseSecret extends SecretRef {
  readonly fingerprint: string;

  constructor(text: string, fingerprint: string) {
    super(text, null);
    this.fingerprint = fingerprint;
  }
}
