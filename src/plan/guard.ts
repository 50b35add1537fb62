import type { SafetyConfig } from "../model/config.ts";
import { splitAddress } from "../model/job.ts";
import { matches } from "../model/match.ts";
import type { Action, Refusal } from "../model/plan.ts";
import type { TargetIdentity } from "../model/state.ts";
import type { PlanInput } from "./input.ts";
import { missing } from "./missing.ts";

/** Percentages count from this many owned jobs on: below it one job is too large a share. */
const PERCENT_FROM = 20;

/** Everything that stands against applying these actions. Nothing is sent while there is one. */
export function guard(input: PlanInput, actions: readonly Action[]): readonly Refusal[] {
  return [...identities(input), ...missing(input), ...claims(input, actions), ...judged(input, actions)];
}

/** What the policies refuse: those of the config, and of a change under review also those that it starts from. */
function judged(input: PlanInput, actions: readonly Action[]): readonly Refusal[] {
  const refusals = (safety: SafetyConfig): readonly Refusal[] => [
    ...actions.flatMap((action) => guardAction({ ...input, safety }, action)),
    ...limits({ ...input, safety }, actions),
  ];
  const own = refusals(input.safety);
  const { reviewed } = input;
  if (reviewed === undefined) return own;
  const known = new Set(own.map(({ code, address }) => `${code} ${address ?? ""}`));
  const before = refusals(reviewed.safety).filter(({ code, address }) => !known.has(`${code} ${address ?? ""}`));
  const hint = `A change is judged by the policies of ${reviewed.ref} too. To loosen one, merge that first, in a change of its own.`;
  return [
    ...own,
    ...before.map((refusal) => ({ ...refusal, message: `${refusal.message}, says ${reviewed.ref}`, hint })),
  ];
}

function guardAction(input: PlanInput, action: Action): readonly Refusal[] {
  const { address } = action;
  const refusals: Refusal[] = [];
  const destroys = action.action === "delete" || action.action === "replace";
  const protectedBy = destroys ? protection(input, action) : undefined;
  if (protectedBy !== undefined) {
    refusals.push({
      code: "JW3001",
      address,
      message: `${address} is protected (${protectedBy}) and would be ${action.action === "delete" ? "deleted" : "replaced"}`,
      hint: `Take the protection away first, in a change of its own: ${protectedBy}.`,
    });
  }
  if (action.action === "replace" && !input.flags.allowReplace) {
    const fields = action.changes.map((c) => c.path).join(", ");
    refusals.push({
      code: "JW3002",
      address,
      message: `${address} would be replaced: the platform cannot change ${fields || "it"} in place`,
      hint: "Replacing makes a new job and deletes the old one with its history. Allow it with --allow-replace.",
    });
  }
  if (action.action === "adopt" && input.safety.adopt === "deny") {
    refusals.push({
      code: "JW3003",
      address,
      message: `${address} is live (${action.id ?? ""}) but not ours, and safety.adopt is deny`,
      hint: "Set safety.adopt: allow, adopt it with `jobwright import`, or rename the manifest.",
    });
  }
  const conflicts = action.changes.filter((c) => c.cause === "conflict").map((c) => c.path);
  if (conflicts.length > 0 && input.safety.conflicts === "refuse" && !input.flags.overwriteConflicts) {
    refusals.push({
      code: "JW3011",
      address,
      message: `${address}: Git and the live job both moved ${conflicts.join(", ")}, and safety.conflicts is refuse`,
      hint: "Decide: take the live value into Git (jobwright import --drifted), or write Git's with --overwrite-conflicts.",
    });
  }
  return refusals;
}

function protection(input: PlanInput, { address, desired, base }: Action): string | undefined {
  const pattern = input.safety.protect.find((p) => matches(p, address));
  if (pattern !== undefined) return `safety.protect: ${pattern}`;
  if (desired?.annotations.protect) return 'the annotation jobwright.dev/protect: "true"';
  return base?.protect ? "the annotation jobwright.dev/protect that its manifest had" : undefined;
}

/** How many live jobs go: with a deleted one also what a replace left to be deleted. */
function deletesOf({ action, id, live, doomed = [] }: Action): number {
  if (action === "replace") return 1;
  return action === "delete" ? doomed.filter((old) => old !== id).length + (live === undefined ? 0 : 1) : 0;
}

function limits(input: PlanInput, actions: readonly Action[]): readonly Refusal[] {
  const { safety, flags } = input;
  const owned = Object.keys(input.state?.jobs ?? {}).length;
  const deletes = actions.reduce((sum, a) => sum + deletesOf(a), 0);
  const updates = actions.filter((a) => a.action === "update").length;
  const refusals: Refusal[] = [];
  const refuse = (code: string, what: string, count: number, limit: string, key: string, flag: string): void => {
    const change = key === flag ? "" : `, or change ${key} in jobwright.yaml`;
    refusals.push({
      code,
      message: `${count} ${count === 1 ? "job" : "jobs"} would be ${what}, ${limit} (${key})`,
      hint: `If this is meant, allow it for this run with ${flag} ${count}${change}.`,
    });
  };
  const share = (count: number, percent: number): boolean => owned >= PERCENT_FROM && count * 100 > percent * owned;
  const what = "deleted or replaced";
  if (flags.maxDeletes !== undefined) {
    if (deletes > flags.maxDeletes)
      refuse("JW3004", what, deletes, `more than ${flags.maxDeletes}`, "--max-deletes", "--max-deletes");
  } else if (deletes > safety.maxDeletes) {
    refuse("JW3004", what, deletes, `the limit is ${safety.maxDeletes}`, "safety.maxDeletes", "--max-deletes");
  } else if (share(deletes, safety.maxDeletesPercent)) {
    const limit = `more than ${safety.maxDeletesPercent} % of the ${owned} owned ones`;
    refuse("JW3004", what, deletes, limit, "safety.maxDeletesPercent", "--max-deletes");
  }
  if (flags.maxUpdates !== undefined) {
    if (updates > flags.maxUpdates)
      refuse("JW3005", "updated", updates, `more than ${flags.maxUpdates}`, "--max-updates", "--max-updates");
  } else if (share(updates, safety.maxUpdatesPercent)) {
    const limit = `more than ${safety.maxUpdatesPercent} % of the ${owned} owned ones`;
    refuse("JW3005", "updated", updates, limit, "safety.maxUpdatesPercent", "--max-updates");
  }
  return refusals;
}

/**
 * One live job that two addresses hold, or that one would take over from the other: whichever manifest goes first, its
 * prune would delete the other's job.
 */
function claims({ state, targets }: PlanInput, actions: readonly Action[]): readonly Refusal[] {
  const owners = new Map<string, { readonly id: string; readonly addresses: Set<string> }>();
  const claim = (address: string, id: string): void => {
    const { target } = splitAddress(address);
    const account = targets[target] ?? state?.targets[target];
    const key = `${account === undefined ? target : identity(account)} ${id}`;
    const owner = owners.get(key) ?? { id, addresses: new Set() };
    owners.set(key, { id, addresses: owner.addresses.add(address) });
  };
  for (const [address, { id }] of Object.entries(state?.jobs ?? {})) claim(address, id);
  for (const { action, address, id } of actions) if (action === "adopt" && id !== undefined) claim(address, id);
  return [...owners.values()]
    .filter(({ addresses }) => addresses.size > 1)
    .map(({ id, addresses }) => ({
      code: "JW3010",
      message: `${[...addresses].sort().join(" and ")} are one and the same live job, ${id}`,
      hint: "Each live job has one address. Forget the wrong one (jobwright state rm), or give its entry the right name (jobwright state mv).",
    }));
}

/** The state was made for other targets, or two targets are one and the same. */
export function identities(input: Pick<PlanInput, "targets" | "state">): readonly Refusal[] {
  const refusals: Refusal[] = [];
  const names = Object.keys(input.targets).sort();
  for (const name of names) {
    const [now, then] = [input.targets[name], input.state?.targets[name]];
    if (now !== undefined && then !== undefined && identity(now) !== identity(then)) {
      refusals.push({
        code: "JW3007",
        message: `the state knows target ${name} as ${identity(then)}; it is ${identity(now)} now`,
        hint: "Use the state of this account (--env), or give the other account a target name of its own.",
      });
    }
    const twin = names.find((other) => other < name && same(input.targets[other], now));
    if (twin !== undefined) {
      refusals.push({
        code: "JW3008",
        message: `targets ${twin} and ${name} are the same account: ${now === undefined ? "" : identity(now)}`,
        hint: "Two targets of one account would each take the other's jobs for foreign. Use one.",
      });
    }
  }
  return refusals;
}

function same(a: TargetIdentity | undefined, b: TargetIdentity | undefined): boolean {
  return a !== undefined && b !== undefined && identity(a) === identity(b);
}

/** A target's identity in words. */
export function identity({ provider, origin, workspace }: TargetIdentity): string {
  return workspace === undefined ? `${provider} at ${origin}` : `${provider} workspace ${workspace} at ${origin}`;
}
