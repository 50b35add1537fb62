import type { Plan, Standing } from "../model/plan.ts";
import { viewDrift } from "./drift-view.ts";
import { pathText } from "./path-text.ts";
import { widthOf } from "./safe.ts";
import { columnsOf, counted, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";

/** A group of jobs about which something is to be said although nothing is done with them. */
export interface StandingGroup {
  readonly kind: Standing["kind"];
  readonly title: string;
  /** What that means, and the way on. */
  readonly way: string;
  readonly paint: Paint;
  readonly members: readonly { readonly address: string; readonly note: string }[];
}

const GROUPS: readonly Omit<StandingGroup, "members">[] = [
  { kind: "paused", title: "Paused by hand", way: "stays off; apply --resume switches it on", paint: "warning" },
  { kind: "held", title: "Held", way: "left alone until then; jobwright release ends it", paint: "warning" },
  { kind: "missing", title: "Gone", way: "owned here, but not on the platform any more", paint: "warning" },
  { kind: "touched", title: "Touched where it cannot be seen", way: "look, or write them again", paint: "warning" },
  { kind: "orphaned", title: "Waiting for --prune", way: "owned here, their manifests are gone", paint: "destroy" },
];

/** Whether a plan or a drift report is told. */
export type Mode = "plan" | "drift";

/**
 * The groups that have members, in the order in which they are shown. Unmanaged jobs are only counted. A plan tells of a
 * gone job by the action that makes it again.
 */
export function standingGroups(plan: Plan, mode: Mode): readonly StandingGroup[] {
  const membersOf = (kind: Standing["kind"]): StandingGroup["members"] =>
    kind === "missing" && mode === "drift"
      ? viewDrift(plan).missing
      : plan.standings
          .filter((each) => each.kind === kind)
          .map(({ address, ...rest }) => ({ address, note: noteOf(rest) }));
  return GROUPS.map((group) => ({ ...group, members: membersOf(group.kind) })).filter(
    ({ members }) => members.length > 0,
  );
}

/** What is off says more than the sentence about it. */
function noteOf({ kind, note, changes }: Omit<Standing, "address">): string {
  if (kind !== "paused" || changes === undefined || changes.length === 0) return note;
  return `${changes.map(({ path }) => pathText(path)).join(", ")} ${changes.length === 1 ? "is" : "are"} off`;
}

/** What is said of unmanaged jobs; undefined where there are none. */
export function unmanagedText(plan: Plan): string | undefined {
  const { unmanaged } = plan.summary;
  if (unmanaged === 0) return undefined;
  return `${counted(unmanaged, "live job is", "live jobs are")} declared nowhere; jobwright import writes manifests for them.`;
}

/** Names listed of one group; the rest is counted. */
const MOST_NAMES = 50;

/** The groups for the terminal, each followed by an empty line. */
export function standingLines(plan: Plan, mode: Mode, style: RenderStyle): string[] {
  const unmanaged = unmanagedText(plan);
  return [
    ...standingGroups(plan, mode).flatMap((group) => groupLines(group, style)),
    ...(unmanaged === undefined ? [] : [...wrapped(style, unmanaged, 0), ""]),
  ];
}

function groupLines({ title, way, paint, members }: StandingGroup, style: RenderStyle): string[] {
  const listed = members.slice(0, MOST_NAMES).flatMap(({ address, note }) => {
    const name = `  ${shown(style, address, columnsOf(style) - 2)}`;
    const oneLine = note === "" ? name : `${name}  ${shown(style, note, 4000)}`;
    return widthOf(oneLine) <= columnsOf(style) ? [oneLine] : [name, ...wrapped(style, note, 6)];
  });
  const more = members.length - MOST_NAMES;
  const [first = "", ...rest] = wrapped(style, `${title} (${members.length}): ${way}`, 0);
  return [style.paint(paint, first), ...rest, ...listed, ...(more > 0 ? [`  and ${more} more`] : []), ""];
}
