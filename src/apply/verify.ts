import { canonical } from "../document/canonical.ts";
import { leafPaths, valueAt } from "../document/edit.ts";
import { parsePointer } from "../document/pointer.ts";
import { ruleAt } from "../document/rules.ts";
import { SecretRef, type Value } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { DesiredJob, LiveJob } from "../model/job.ts";
import type { Change } from "../model/plan.ts";
import type { JobState } from "../model/state.ts";
import { diffMatch } from "../plan/action.ts";
import type { ApplyContext } from "./context.ts";
import { entryFor } from "./context.ts";

/** What still differs from what is declared after a write, masked secrets taken as written. */
export function leftOver(
  context: ApplyContext,
  desired: DesiredJob,
  answered: LiveJob,
  prior: JobState | undefined,
): readonly Change[] {
  const state = entryFor(context, desired, answered, prior);
  const { unverified: _, ...rest } = state;
  const input = { ...context.input, flags: { ...context.input.flags, rotate: [] } };
  const diff = diffMatch(input, { desired, live: answered, state: rest });
  return diff === undefined ? [] : diff.changes;
}

/** Of planned changes, those that the answer does not show. */
export function notTaken(planned: readonly Change[], left: readonly Change[]): readonly Change[] {
  const covers = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
  return left.filter((change) => planned.some((p) => covers(p.path, change.path)));
}

/** Carried fields that came back with another value than was sent, in words. Bookkeeping moves by itself and does not count. */
export function carriedMoves(
  table: FieldTable,
  carried: readonly string[],
  sent: LiveJob,
  answered: LiveJob,
): readonly string[] {
  const known = new Set(leafPaths(table, sent.document));
  const paths = carried.filter((path) => known.has(path));
  return moved(table, paths, sent, answered).map(
    ([path, before, after]) => `carried field ${path} changed meanwhile: was ${text(before)}, is ${text(after)}`,
  );
}

/** Fields that an update did not name and that came back otherwise than they were read: somebody was at it as well. */
export function foreignMoves(
  table: FieldTable,
  changes: readonly Change[],
  read: LiveJob,
  answered: LiveJob,
): readonly string[] {
  const named = (path: string): boolean => changes.some((c) => path === c.path || path.startsWith(`${c.path}/`));
  const paths = new Set([...leafPaths(table, read.document), ...leafPaths(table, answered.document)]);
  // Of fields that this version does not know nobody can say what moves them.
  const known = [...paths].filter((path) => ruleAt(table, parsePointer(path).slice(0, 2)).unit === true);
  return moved(
    table,
    known.filter((path) => !named(path)),
    read,
    answered,
  ).map(([path, before, after]) => `field ${path} changed meanwhile: was ${text(before)}, is ${text(after)}`);
}

/** Whether two readings of a job show the same, bookkeeping and secrets aside. */
export function looksTheSame(table: FieldTable, one: LiveJob, other: LiveJob): boolean {
  const paths = new Set([...leafPaths(table, one.document), ...leafPaths(table, other.document)]);
  return moved(table, [...paths], one, other).length === 0;
}

function moved(
  table: FieldTable,
  paths: readonly string[],
  one: LiveJob,
  other: LiveJob,
): readonly (readonly [path: string, before: Value | undefined, after: Value | undefined])[] {
  return paths
    .filter((path) => !isBookkeeping(table, path))
    .map((path) => [path, valueAt(table, one.document, path), valueAt(table, other.document, path)] as const)
    .filter(([, before, after]) => !(before instanceof SecretRef) && text(before) !== text(after));
}

function isBookkeeping(table: FieldTable, path: string): boolean {
  const tokens = parsePointer(path);
  return tokens.some((_, i) => ruleAt(table, tokens.slice(0, i + 1)).bookkeeping === true);
}

function text(value: Value | undefined): string {
  return value === undefined ? "(none)" : canonical(value);
}
