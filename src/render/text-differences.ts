import type { ActionKind, Change } from "../model/plan.ts";
import { viewChanges } from "./change-view.ts";
import { counted, glyphsOf, type RenderStyle, shown, wrapped } from "./style.ts";
import { finish } from "./text.ts";
import { alignedChanges, limitsOf } from "./text-change.ts";
import type { Voice } from "./voice.ts";
import { NO_WORDS, type Words } from "./words.ts";

/** What differs between two plans about one job. */
export interface PlanDifference {
  readonly address: string;
  readonly kind: "only-in-first" | "only-in-second" | "differs";
  readonly actions: readonly [ActionKind | null, ActionKind | null];
  /** Changes that only one of them has. */
  readonly changes: readonly { readonly in: "first" | "second"; readonly change: Change }[];
}

const VOICE: Voice = {
  cause: (cause) => (cause === "pending" ? undefined : cause),
  conflict: "Git and the live job both moved",
};

/** What differs between two plans, for the terminal: by job, what only one of them has. */
export function renderDifferences(
  differences: readonly PlanDifference[],
  names: readonly [string, string],
  style: RenderStyle,
  words: Words = NO_WORDS,
): string {
  if (differences.length === 0) return "The two plans decide the same.";
  return finish([
    ...differences.flatMap((difference) => [...differenceLines(difference, names, style, words), ""]),
    ...wrapped(style, countsText(differences, names), 0).map((line) => style.paint("strong", line)),
  ]);
}

function differenceLines(
  { address, actions, changes }: PlanDifference,
  names: readonly [string, string],
  style: RenderStyle,
  words: Words,
): string[] {
  const [was, is] = actions;
  const { arrow } = glyphsOf(style);
  const what = was === is ? was : `${was ?? "nothing"} ${arrow} ${is ?? "nothing"}`;
  const only = (side: "first" | "second", name: string): string[] => {
    const own = changes.filter((each) => each.in === side).map(({ change }) => change);
    if (own.length === 0) return [];
    const views = viewChanges({}, own, { kind: "plan", words, limits: limitsOf(style) });
    return [style.paint("dim", `    only in ${shown(style, name, 200)}:`), ...alignedChanges(views, style, VOICE)];
  };
  const head = `${style.paint("strong", shown(style, address))}: ${what}`;
  return [head, ...only("first", names[0]), ...only("second", names[1])];
}

/** `3 jobs differ: 1 only in a.json, 2 in both with other changes.` */
function countsText(differences: readonly PlanDifference[], [first, second]: readonly [string, string]): string {
  const count = (kind: PlanDifference["kind"]): number => differences.filter((each) => each.kind === kind).length;
  const parts = [
    ...(count("only-in-first") > 0 ? [`${count("only-in-first")} only in ${first}`] : []),
    ...(count("only-in-second") > 0 ? [`${count("only-in-second")} only in ${second}`] : []),
    ...(count("differs") > 0 ? [`${count("differs")} in both, with other changes`] : []),
  ];
  return `${counted(differences.length, "job differs", "jobs differ")}: ${parts.join("; ")}.`;
}
