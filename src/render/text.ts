import type { Action, Plan, PlanWarning, Refusal } from "../model/plan.ts";
import type { ScheduleShift } from "../model/schedule.ts";
import type { TargetIdentity } from "../model/state.ts";
import { KINDS, planHeadline } from "./counts.ts";
import { driftHeadline, driftWay, viewDrift } from "./drift-view.ts";
import { refusalsByAddress } from "./job-view.ts";
import { pathText } from "./path-text.ts";
import { moreLines, withoutRepeats } from "./repeats.ts";
import { breakCommands, widthOf } from "./safe.ts";
import { columnsOf, glyphsOf, type RenderStyle, shown, wrapped } from "./style.ts";
import { actionBlocks, driftLines } from "./text-action.ts";
import { stakesLines } from "./text-stakes.ts";
import { standingLines } from "./text-standings.ts";
import { inlineValue } from "./value-text.ts";
import { NO_WORDS, type Words } from "./words.ts";

/**
 * A plan for the terminal, lines separated by line ends, none at its end. With `shifts` it tells of minutes that get crowded.
 */
export function renderPlan(
  plan: Plan,
  style: RenderStyle,
  words: Words = NO_WORDS,
  shifts: readonly ScheduleShift[] = [],
): string {
  const refusals = refusalsByAddress(plan);
  const blocks = targetsOf(plan.actions).flatMap((target) => [
    targetLine(target, plan.targets[target], style),
    "",
    ...actionsOf(plan, target).flatMap((actions) => actionBlocks(actions, { style, words, refusals })),
  ]);
  return finish([
    ...policyLines(plan, style),
    ...blocks,
    ...standingLines(plan, "plan", style),
    ...warningLines(plan.warnings, style),
    ...wholeLines(blocks, style),
    ...stakesLines(plan, style, { shifts, firesInWeek: words.firesInWeek }),
    ...headlineLines(planHeadline(plan), style),
    ...refusedLines(plan.refusals, style),
  ]);
}

/** How to see what was cut, where something was. A value that only looks cut does no harm. */
function wholeLines(blocks: readonly string[], style: RenderStyle): readonly string[] {
  const cut = /(?:…|\.\.\.) (?:\(\+\d+ characters\)|\d+ more lines)|"(?:…|\.\.\.)/;
  if (style.detailed || !blocks.some((line) => cut.test(line))) return [];
  return [style.paint("dim", "Long values are cut; -v shows them whole."), ""];
}

/** The rules that this very change changes, before everything that they rule. */
function policyLines({ policy = [] }: Plan, style: RenderStyle): readonly string[] {
  if (policy.length === 0) return [];
  const { arrow } = glyphsOf(style);
  const lines = policy.flatMap(({ path, before, after }) => {
    const [was, is] = [before, after].map((value) => (value === undefined ? "(default)" : inlineValue(value)));
    return wrapped(style, `! ${pathText(path)}  ${was} ${arrow} ${is}`, 2, 4);
  });
  return [style.paint("danger", `Policy changes (${policy.length}): this change alters the rules below`), ...lines, ""];
}

/** What live did behind Git's back, for the terminal. Changes that only wait in Git are counted. */
export function renderDrift(plan: Plan, style: RenderStyle, words: Words = NO_WORDS): string {
  const view = viewDrift(plan);
  const moved = targetsOf(view.moved.map(({ action }) => action)).flatMap((target) => [
    targetLine(target, plan.targets[target], style),
    "",
    ...view.moved
      .filter(({ action }) => action.target === target)
      .flatMap(({ action, changes }) => [...driftLines(action, changes, style, words), ""]),
  ]);
  const way = driftWay(view);
  return finish([
    ...moved,
    ...standingLines(plan, "drift", style),
    ...warningLines(plan.warnings, style),
    ...wholeLines(moved, style),
    ...headlineLines(driftHeadline(plan), style),
    ...(way === undefined ? [] : wrapped(style, way, 0)),
  ]);
}

/** Joins lines; the last look at each: none begins a runner's command, whatever was put together. */
export function finish(lines: readonly string[]): string {
  const all = lines
    .join("\n")
    .split("\n")
    .map((line) => breakCommands(line.trimEnd()));
  while (all.at(-1) === "") all.pop();
  while (all[0] === "") all.shift();
  return all.join("\n");
}

/** Refusals with their way on, and that nothing is sent; nothing where there are none. */
export function refusedLines(refusals: readonly Refusal[], style: RenderStyle): string[] {
  if (refusals.length === 0) return [];
  return [
    "",
    style.paint("danger", "Refused: nothing is sent as long as this stands."),
    ...withoutRepeats(refusals, style).flatMap(({ item: { code, message, hint, address }, like }) => {
      const named = address === undefined || message.startsWith(address);
      const about = named ? "" : `${shown(style, address, 120)}: `;
      const [first = "", ...rest] = wrapped(style, `${glyphsOf(style).failed} ${code} ${about}${message}`, 2, 2);
      return [
        style.paint("error", first),
        ...rest,
        ...(hint === "" ? [] : wrapped(style, hint, 4)),
        ...moreLines(like, addressOf, style, { indent: 4, all: "--json" }),
      ];
    }),
  ];
}

function targetsOf(actions: readonly Action[]): readonly string[] {
  return [...new Set(actions.map(({ target }) => target))].sort();
}

/** By kind, what destroys last. */
function actionsOf(plan: Plan, target: string): readonly (readonly Action[])[] {
  const own = plan.actions.filter((action) => action.target === target);
  return KINDS.map((kind) => own.filter(({ action }) => action === kind));
}

function targetLine(target: string, identity: TargetIdentity | undefined, style: RenderStyle): string {
  const name = style.paint("strong", shown(style, target, 60));
  if (identity === undefined) return name;
  const where = [identity.origin, ...(identity.workspace === undefined ? [] : [`workspace ${identity.workspace}`])];
  const room = Math.max(20, columnsOf(style) - widthOf(shown(style, target, 60)) - 2);
  return `${name}  ${style.paint("dim", shown(style, where.join(", "), room))}`;
}

/** What stops nothing, under a heading that counts it. */
export function warningLines(warnings: readonly PlanWarning[], style: RenderStyle): readonly string[] {
  if (warnings.length === 0) return [];
  const lines = withoutRepeats(warnings, style).flatMap(({ item: { code, message, address }, like }) => {
    const about = address === undefined ? "" : `${shown(style, address, 120)}: `;
    return [
      ...wrapped(style, `${code} ${about}${message}`, 2, 2),
      ...moreLines(like, addressOf, style, { indent: 4, all: "--json" }),
    ];
  });
  return [style.paint("warning", `Warnings (${warnings.length})`), ...lines, ""];
}

function addressOf({ address = "" }: { readonly address?: string }): string {
  return address;
}

function headlineLines(headline: string, style: RenderStyle): string[] {
  return wrapped(style, headline, 0).map((line) => style.paint("strong", line));
}
