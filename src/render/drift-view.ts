import type { Action, Change, Plan, Standing } from "../model/plan.ts";
import { counted } from "./style.ts";

/** What drifted in a plan. */
export interface DriftView {
  /** Jobs with fields that moved live, with those changes only. */
  readonly moved: readonly { readonly action: Action; readonly changes: readonly Change[] }[];
  readonly paused: readonly Standing[];
  /** Owned jobs that are live no more, sorted. */
  readonly missing: readonly { readonly address: string; readonly note: string }[];
  /** Jobs with changes in Git that wait for an apply, and no drift. */
  readonly pending: number;
}

const OTHER_WAYS = "jobwright import --drifted takes it into the manifests; jobwright hold leaves a job alone.";

/** What can be done about jobs that moved; undefined for none. Where Git has moved, too, only a whole apply decides. */
export function driftWay({ moved, missing }: DriftView): string | undefined {
  if (moved.length === 0) return undefined;
  const heals = missing.length > 0 || moved.some(({ changes }) => changes.some((c) => c.cause === "drift"));
  return heals
    ? `jobwright apply --only-cause drift puts it back; ${OTHER_WAYS}`
    : `Git has moved here, too: jobwright apply writes what it says; ${OTHER_WAYS}`;
}

/** Picks from a plan what live did behind Git's back. */
export function viewDrift(plan: Plan): DriftView {
  const moved = plan.actions
    .filter(({ action }) => action === "update" || action === "replace" || action === "adopt")
    .map((action) => ({ action, changes: action.changes.filter(isDrift) }))
    .filter(({ changes }) => changes.length > 0);
  const missing = viewMissing(plan);
  const told = new Set([...moved.map(({ action }) => action.address), ...missing.map(({ address }) => address)]);
  return {
    moved,
    missing,
    paused: plan.standings.filter(({ kind }) => kind === "paused"),
    pending: plan.actions.filter(({ address }) => !told.has(address)).length,
  };
}

/** Told by a standing, or by an action that makes a job again which the state owns. */
function viewMissing(plan: Plan): DriftView["missing"] {
  const told = plan.standings.filter(({ kind }) => kind === "missing");
  const known = new Set(told.map(({ address }) => address));
  const again = plan.actions
    .filter(({ action, base, changes }) => action === "create" && (base !== undefined || changes.some(isDrift)))
    .filter(({ address }) => !known.has(address))
    .map(({ address, notes }) => ({ address, note: notes[0] ?? "it was ours and is gone" }));
  return [...told, ...again].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Whether a change counts as drift: live moved, or nobody can say that it did not. */
function isDrift(change: Change): boolean {
  return change.cause === "drift" || change.cause === "conflict" || change.cause === "unknown";
}

/** `Drift: 2 jobs changed by hand, 1 paused, 1 gone.` or `No drift. 41 jobs are as last applied.` */
export function driftHeadline(plan: Plan): string {
  const view = viewDrift(plan);
  const parts = [
    ...(view.moved.length > 0 ? [`${counted(view.moved.length, "job")} changed live`] : []),
    ...(view.paused.length > 0 ? [`${counted(view.paused.length, "job")} paused by hand`] : []),
    ...(view.missing.length > 0 ? [`${counted(view.missing.length, "job")} gone`] : []),
  ];
  const rest = [
    ...(view.pending > 0 ? [`${counted(view.pending, "job")} with changes in Git that wait for an apply`] : []),
    ...(plan.summary.held > 0 ? [`${plan.summary.held} held`] : []),
    ...(plan.summary.orphaned > 0 ? [`${plan.summary.orphaned} no longer declared`] : []),
    ...(plan.summary.unmanaged > 0 ? [`${plan.summary.unmanaged} unmanaged`] : []),
  ];
  const tail = `${rest.length === 0 ? "" : ` Besides: ${rest.join(", ")}.`}${plan.narrowed ? " Only what was selected was looked at." : ""}`;
  if (parts.length > 0) return `Drift: ${parts.join(", ")}.${tail}`;
  const same =
    plan.summary.unchanged === 0 ? "" : ` ${counted(plan.summary.unchanged, "job is", "jobs are")} as last applied.`;
  return `No drift.${same}${tail}`;
}
