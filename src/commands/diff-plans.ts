import { canonical } from "../document/canonical.ts";
import type { Json } from "../model/json.ts";
import type { Action, Change } from "../model/plan.ts";
import { documentText } from "../render/plan-document.ts";
import { redactChanges } from "../render/redact-plan.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import { type PlanDifference, renderDifferences } from "../render/text-differences.ts";
import { toJson } from "../state/codec.ts";
import { readSavedPlan } from "./saved-plan.ts";
import type { CommandResult, Shell } from "./shell.ts";
import { wordsAt } from "./words.ts";

/** What `diff-plans --json` answers. */
export interface PlanDifferenceDocument {
  readonly formatVersion: 1;
  /** Of the first plan and of the second. */
  readonly digests: readonly [string, string];
  readonly same: boolean;
  readonly differences: readonly (Omit<PlanDifference, "changes"> & {
    readonly changes: readonly (Pick<Change, "op" | "path" | "cause"> & {
      readonly in: "first" | "second";
      readonly before?: Json;
      readonly after?: Json;
    })[];
  })[];
}

/** What of an action two plans are compared by. */
export type Decided = Pick<Action, "address" | "action" | "changes">;

/** Compares the decisions of two plans; requests and what they carry do not count. */
export function comparePlans(first: readonly Decided[], second: readonly Decided[]): readonly PlanDifference[] {
  const [a, b] = [byAddress(first), byAddress(second)];
  return [...new Set([...a.keys(), ...b.keys()])].sort().flatMap((address): PlanDifference[] => {
    const [x, y] = [a.get(address), b.get(address)];
    const changes = [...missingFrom(x, y, "first"), ...missingFrom(y, x, "second")];
    if (x !== undefined && y !== undefined && x.action === y.action && changes.length === 0) return [];
    const kind = x === undefined ? "only-in-second" : y === undefined ? "only-in-first" : "differs";
    return [{ address, kind, actions: [x?.action ?? null, y?.action ?? null], changes }];
  });
}

function byAddress(actions: readonly Decided[]): ReadonlyMap<string, Decided> {
  return new Map(actions.map((action) => [action.address, action]));
}

function missingFrom(mine: Decided | undefined, other: Decided | undefined, side: "first" | "second") {
  const known = new Set(other?.changes.map(textOf));
  return (mine?.changes ?? []).filter((c) => !known.has(textOf(c))).map((change) => ({ in: side, change }));
}

function textOf({ op, path, before, after, cause }: Change): string {
  return canonical([op, path, before ?? null, after ?? null, cause]);
}

/** `jobwright diff-plans A B`: what differs between two saved plans. Exit code 2 where something does. */
export async function diffPlans(
  shell: Shell,
  paths: readonly [string, string],
  options: { readonly json: boolean },
): Promise<CommandResult> {
  const [first, second] = [await readSavedPlan(shell, paths[0]), await readSavedPlan(shell, paths[1])];
  const differences = comparePlans(first.plan.actions, second.plan.actions);
  const exitCode = differences.length > 0 ? 2 : 0;
  if (options.json) {
    const document: PlanDifferenceDocument = {
      formatVersion: 1,
      digests: [first.plan.digest, second.plan.digest],
      same: differences.length === 0,
      differences: differences.map(({ changes, ...rest }) => ({
        ...rest,
        changes: changes.map(({ in: side, change: { op, path, before, after, cause } }) => ({
          in: side,
          op,
          path,
          ...(before === undefined ? {} : { before: toJson(before) }),
          ...(after === undefined ? {} : { after: toJson(after) }),
          cause,
        })),
      })),
    };
    return { exitCode, stdout: documentText(document) };
  }
  const shown = differences.map(({ changes, ...rest }) => {
    const clean = redactChanges(
      changes.map(({ change }) => change),
      shell.redactor,
    );
    return { ...rest, changes: changes.map((each, at) => ({ ...each, change: clean[at] ?? each.change })) };
  });
  const text = renderDifferences(shown, paths, shell.style, wordsAt(shell.runtime.clock));
  return { exitCode, stdout: shell.redactor.text(`${text}\n`) };
}

/** The differences as plain lines. */
export function textOfDifferences(differences: readonly PlanDifference[], names: readonly [string, string]): string {
  return `${renderDifferences(differences, names, PLAIN_STYLE)}\n`;
}
