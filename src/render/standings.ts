import type { Plan, Standing } from "../model/plan.ts";
import { viewDrift } from "./drift-view.ts";
import { pathText } from "./path-text.ts";
import type { ReportKind } from "./report.ts";
import { counted, type Paint } from "./style.ts";

/** A group of jobs about which something is to be said although nothing is done with them. */
export interface StandingGroup {
  readonly kind: Standing["kind"];
  readonly title: string;
  /** What that means, and the way on. */
  readonly way: string;
  readonly paint: Paint;
  /** Not made safe. */
  readonly members: readonly { readonly address: string; readonly note: string }[];
}

const GROUPS: readonly Omit<StandingGroup, "members">[] = [
  { kind: "paused", title: "Paused by hand", way: "stays off; apply --resume switches it on", paint: "warning" },
  { kind: "held", title: "Held", way: "left alone until then; jobwright release ends it", paint: "warning" },
  { kind: "missing", title: "Gone", way: "owned here, but not on the platform any more", paint: "warning" },
  { kind: "touched", title: "Touched where it cannot be seen", way: "look, or write them again", paint: "warning" },
  { kind: "orphaned", title: "Waiting for --prune", way: "owned here, their manifests are gone", paint: "destroy" },
];

/**
 * The groups that have members, in the order in which they are shown. Unmanaged jobs are only counted. A plan tells of a
 * gone job by the action that makes it again.
 */
export function standingGroups(plan: Plan, report: ReportKind): readonly StandingGroup[] {
  return GROUPS.map((group) => ({ ...group, members: membersOf(plan, group.kind, report) })).filter(
    ({ members }) => members.length > 0,
  );
}

function membersOf(plan: Plan, kind: Standing["kind"], report: ReportKind): StandingGroup["members"] {
  if (kind === "missing" && report === "drift") return viewDrift(plan).missing;
  return plan.standings
    .filter((standing) => standing.kind === kind)
    .map((standing) => ({ address: standing.address, note: noteOf(standing) }));
}

/** What is off says more than the sentence about it. */
function noteOf({ kind, note, changes }: Standing): string {
  if (kind !== "paused" || changes === undefined || changes.length === 0) return note;
  return `${changes.map(({ path }) => pathText(path)).join(", ")} ${changes.length === 1 ? "is" : "are"} off`;
}

/** What is said of unmanaged jobs; undefined where there are none. */
export function unmanagedText(plan: Plan): string | undefined {
  const { unmanaged } = plan.summary;
  if (unmanaged === 0) return undefined;
  return `${counted(unmanaged, "live job is", "live jobs are")} declared nowhere; jobwright import writes manifests for them.`;
}
