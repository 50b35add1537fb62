import { childPointer, formatPointer } from "../document/pointer.ts";
import { ruleAt } from "../document/rules.ts";
import { isList, isObject, objectFrom, own, SecretRef, type SecretTable, type Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { Cause, Change } from "../model/plan.ts";
import type { JobState } from "../model/state.ts";
import { isAsApplied } from "./as-applied.ts";
import { baseDocument, type Fingerprint } from "./base.ts";
import { causeOf } from "./cause.ts";
import { diff } from "./diff.ts";
import { sameFingerprint } from "./fingerprint.ts";
import { holdsSecret, type Leaf, leaves, type Node, nodeAt, toValue } from "./node.ts";
import { ignoring, overlay } from "./overlay.ts";
import { BaseSecret, type Shapes, shape } from "./shape.ts";

/** What a diff of one job needs besides the job. */
export interface DiffContext {
  readonly table: FieldTable;
  readonly secrets: SecretTable;
  readonly fingerprint: Fingerprint;
  /** Switch on what was paused by hand. */
  readonly resume: boolean;
  /** Secrets (by their change path) that are to be written even where they seem unchanged. */
  readonly rotated: ReadonlySet<string>;
}

/** How one live job differs from what is declared. */
export interface JobDiff {
  readonly changes: readonly Change[];
  /** Switches that were paused by hand and are left so. */
  readonly paused: readonly Change[];
  /** A changed field that the platform cannot change in place. */
  readonly immutable: readonly string[];
  /** Leaves that are declared now or in the base, by pointer, with their live value as it may be shown. */
  readonly managed: () => ReadonlyMap<string, Value>;
  /** Secrets that are written because nothing tells whether they changed. */
  readonly unverifiable: readonly string[];
}

/** The three-way diff of one job. Pure but for `fingerprint`, which may be slow. */
export function diffJob(
  context: DiffContext,
  desired: DesiredJob,
  live: LiveJob,
  state: JobState | undefined,
): JobDiff {
  const nothing =
    state !== undefined &&
    state.unverified === undefined &&
    context.rotated.size === 0 &&
    isAsApplied(context, desired.document, live.document, state.declared);
  if (!nothing) return compareJob(context, desired, live, state);
  const managed = () => compareJob(context, desired, live, state).managed();
  return { changes: [], paused: [], immutable: [], unverifiable: [], managed };
}

/** The same by comparing all three sides field by field. */
export function compareJob(
  context: DiffContext,
  desired: DesiredJob,
  live: LiveJob,
  state: JobState | undefined,
): JobDiff {
  const base = state && baseDocument(state.declared);
  const shapes = shape(
    { table: context.table, secrets: context.secrets, triggerIds: state?.triggerIds ?? {} },
    desired.document,
    live.document,
    base,
  );
  const unverifiable: string[] = [];
  const { wanted, paused } = overlay(
    {
      table: context.table,
      ignored: ignoring(desired.ignore),
      resume: context.resume,
      unreadableIsSame: (tokens, leaf, node) => {
        const verdict = unreadable(context, state, formatPointer(tokens), leaf, node);
        if (verdict === "unverifiable") unverifiable.push(formatPointer(tokens));
        return verdict === "same";
      },
      unverifiedIsSame: (tokens, leaf) => unverified(context, state, formatPointer(tokens), leaf) === "same",
    },
    shapes.live,
    shapes.desired,
    shapes.base,
  );
  const changeOf = changeMaker(context, shapes, wanted, state !== undefined);
  const differences = diff(shapes.live, wanted);
  return {
    changes: differences.map((d) => changeOf(d.op, d.tokens)),
    paused: paused.map((tokens) => changeOf("replace", tokens, "paused")),
    immutable: differences.filter((d) => ruleAt(context.table, d.tokens).immutable).map((d) => d.path),
    managed: () => managedValues(shapes),
    unverifiable,
  };
}

/** What can be said of a declared value against a masked one. */
function unreadable(
  context: DiffContext,
  state: JobState | undefined,
  path: string,
  desired: Leaf,
  base: Node | undefined,
): "same" | "different" | "unverifiable" {
  if (context.rotated.has(path)) return "different";
  const imported = unverified(context, state, path, desired);
  if (imported !== undefined) return imported;
  const plain = revealWith(context.secrets)(desired.value);
  if (base?.kind !== "leaf" || plain === undefined) return "unverifiable";
  if (base.value instanceof BaseSecret) return sameFingerprint(base.value.fingerprint, context.fingerprint(plain));
  return base.value === plain ? "same" : "different";
}

/** Of an imported secret nobody compared: whether its variable is still what it was. Undefined for all others. */
function unverified(
  context: DiffContext,
  state: JobState | undefined,
  path: string,
  desired: Leaf,
): "same" | "different" | undefined {
  const then = state?.unverified === undefined ? undefined : own(state.unverified, path);
  const plain = revealWith(context.secrets)(desired.value);
  if (then === undefined || plain === undefined) return undefined;
  if (context.rotated.has(path)) return "different";
  return then === "" || then === context.fingerprint(plain) ? "same" : "different";
}

function changeMaker(context: DiffContext, shapes: Shapes, wanted: Node, hasBase: boolean) {
  const causes = { hasBase, hash: context.fingerprint, reveal: revealWith(context.secrets) };
  return (op: Change["op"], tokens: readonly string[], cause?: Cause): Change => {
    const at = (node: Node | undefined): Node | undefined => nodeAt(node, tokens);
    const [desired, live, base] = [at(shapes.desired), at(shapes.live), at(shapes.base)];
    const why = cause ?? causeOf(causes, desired, live, base);
    const after = cause === "paused" ? desired : at(wanted);
    return {
      op,
      path: formatPointer(tokens),
      ...(op === "add" || live === undefined ? {} : { before: shown(live, desired, base) }),
      ...(op === "remove" || after === undefined ? {} : { after: toValue(after) }),
      cause: why,
      ...(why === "conflict" && base !== undefined ? { base: toValue(base) } : {}),
    };
  };
}

/** A live value as it may be shown: where a secret is or was declared, what stands there live may be a secret too. */
function shown(live: Node, desired: Node | undefined, base: Node | undefined): Value {
  const secret = (node: Node | undefined): boolean => node?.kind === "leaf" && holdsSecret(node.value);
  if (secret(desired) || secret(base)) return SecretRef.masked();
  if (live.kind === "leaf") return hideRead(live.value);
  const entries = [...live.entries].map(([key, child]): [string, Value] => [
    key,
    shown(child, nodeAt(desired, [key]), nodeAt(base, [key])),
  ]);
  return live.list ? entries.map(([, value]) => value) : objectFrom(entries);
}

/** A value read with show_secrets is shown like a masked one. */
function hideRead(value: Value): Value {
  if (value instanceof SecretRef) return SecretRef.masked();
  if (isList(value)) return value.map(hideRead);
  return isObject(value) ? objectFrom(Object.entries(value).map(([k, v]) => [k, hideRead(v)])) : value;
}

function managedValues(shapes: Shapes): ReadonlyMap<string, Value> {
  const managed = new Map<string, Value>();
  for (const side of [shapes.desired, shapes.base]) {
    for (const [tokens] of leaves(side)) {
      const path = formatPointer(tokens);
      if (managed.has(path)) continue;
      const live = nodeAt(shapes.live, tokens);
      managed.set(
        path,
        live === undefined ? null : shown(live, nodeAt(shapes.desired, tokens), nodeAt(shapes.base, tokens)),
      );
    }
    // Of a list that is declared as a whole, live items that nobody declared count too.
    listItems(side, shapes.live, "", managed);
  }
  return managed;
}

function listItems(side: Node | undefined, live: Node | undefined, at: string, managed: Map<string, Value>): void {
  if (side?.kind !== "branch" || live?.kind !== "branch") return;
  if (side.list) managed.set(at, [...live.entries.keys()].sort());
  for (const [key, child] of side.entries) listItems(child, live.entries.get(key), childPointer(at, key), managed);
}

/** The string that a value stands for, where it is one and is known. */
function revealWith(secrets: SecretTable): (value: Value) => string | undefined {
  return (value) => (value instanceof SecretRef ? secrets.value(value) : typeof value === "string" ? value : undefined);
}
