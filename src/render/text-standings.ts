import type { Plan } from "../model/plan.ts";
import type { ReportKind } from "./report.ts";
import { fitsIn } from "./safe.ts";
import { type StandingGroup, standingGroups, unmanagedText } from "./standings.ts";
import { columnsOf, type RenderStyle, shown, wrapped } from "./style.ts";

/** Names listed of one group; the rest is counted. */
const MOST_NAMES = 50;

/** Jobs that are left alone, for the terminal, each group followed by an empty line. */
export function standingLines(plan: Plan, report: ReportKind, style: RenderStyle): string[] {
  const unmanaged = unmanagedText(plan);
  return [
    ...standingGroups(plan, report).flatMap((group) => groupLines(group, style)),
    ...(unmanaged === undefined ? [] : [...wrapped(style, unmanaged, 0), ""]),
  ];
}

function groupLines({ title, way, paint, members }: StandingGroup, style: RenderStyle): string[] {
  const listed = members.slice(0, MOST_NAMES).flatMap(({ address, note }) => {
    const name = `  ${shown(style, address, columnsOf(style) - 2)}`;
    const oneLine = note === "" ? name : `${name}  ${shown(style, note, 4000)}`;
    return fitsIn(oneLine, columnsOf(style)) ? [oneLine] : [name, ...wrapped(style, note, 6)];
  });
  const more = members.length - MOST_NAMES;
  const [first = "", ...rest] = wrapped(style, `${title} (${members.length}): ${way}`, 0);
  return [style.paint(paint, first), ...rest, ...listed, ...(more > 0 ? [`  and ${more} more`] : []), ""];
}
