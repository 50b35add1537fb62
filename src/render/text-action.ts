import type { Action, ActionKind, Refusal } from "../model/plan.ts";
import { aboutLines, requestText, touchedLines } from "./about.ts";
import { viewChanges } from "./change-view.ts";
import { isDestructive, SYMBOLS } from "./counts.ts";
import { pathText } from "./path-text.ts";
import { widthOf } from "./safe.ts";
import { columnsOf, glyphsOf, type Paint, type RenderStyle, shown, wrapped } from "./style.ts";
import { alignedChanges, CHANGE_INDENT, limitsOf } from "./text-change.ts";
import { DRIFT_VOICE, planVoice } from "./voice.ts";
import type { Words } from "./words.ts";

const PAINTS: Readonly<Record<ActionKind, Paint>> = {
  create: "create",
  adopt: "adopt",
  update: "change",
  forget: "adopt",
  replace: "danger",
  delete: "danger",
};

/** What blocks are made with. */
export interface BlockOptions {
  readonly style: RenderStyle;
  readonly words: Words;
  /** Those that stand against one job each. */
  readonly refusals: ReadonlyMap<string, readonly Refusal[]>;
}

/**
 * The parts of a plan for jobs of one target and kind, each followed by an empty line. Jobs about which the very same is
 * to be said stand together above it, each with its own line.
 */
export function actionBlocks(actions: readonly Action[], options: BlockOptions): readonly string[] {
  const { style } = options;
  const alike = new Map<
    string,
    { readonly heads: string[]; readonly body: string[]; readonly first: Action; n: number }
  >();
  for (const action of actions) {
    const body = bodyLines(action, options);
    const key = [...body, ...requestLines(action, "{id}", style)].join("\n");
    const others = alike.get(key);
    if (others === undefined) alike.set(key, { heads: headLines(action, style), body, first: action, n: 1 });
    else {
      others.heads.push(...headLines(action, style));
      others.n += 1;
    }
  }
  return [...alike.values()].flatMap(({ heads, body, first, n }) => {
    const said = [...body, ...requestLines(first, n === 1 ? first.id : "{id}", style)];
    const same = n === 1 || said.length === 0 ? [] : dimmed(style, `the same for all ${n}:`);
    return [...heads, ...same, ...said, ""];
  });
}

/** What is to be said of a job below its name, its requests aside. */
function bodyLines(action: Action, { style, words, refusals }: BlockOptions): string[] {
  // Its name stands above; a change of it is a replace.
  const told = action.changes.filter(({ path }) => action.action !== "create" || path !== "/metadata/name");
  const views = viewChanges(action, told, { kind: "plan", words, limits: limitsOf(style) });
  return [
    ...(refusals.get(action.address) ?? []).flatMap((refusal) => refusalLines(refusal, style)),
    ...aboutLines(action, words).flatMap((line) => dimmed(style, line)),
    ...alignedChanges(views, style, planVoice(action)),
  ];
}

/**
 * The requests of an update, with what a PUT carries, and those of a replace in their order. The one of a create or a delete
 * says nothing that its title does not.
 */
function requestLines(action: Action, id: string | undefined, style: RenderStyle): string[] {
  const simple = action.action === "create" || action.action === "delete";
  if (simple && !style.detailed) return [];
  return action.requests.flatMap((request) => {
    const own = action.id !== undefined && request.path.endsWith(`/${action.id}`);
    const path = own && id !== undefined ? `${request.path.slice(0, -(action.id?.length ?? 0))}${id}` : request.path;
    return [
      ...dimmed(style, requestText({ ...request, path }, action)),
      ...(style.detailed && request.method === "PUT" ? carriedLines(action, style) : []),
    ];
  });
}

function carriedLines(action: Action, style: RenderStyle): string[] {
  return (action.carried?.paths ?? []).flatMap((path) => dimmed(style, `  carries ${pathText(path)}`));
}

/** One job's part of a drift report: what live did, seen from what was declared. */
export function driftLines(action: Action, changes: Action["changes"], style: RenderStyle, words: Words): string[] {
  const views = viewChanges(action, changes, { kind: "drift", words, limits: limitsOf(style) });
  return [
    ...titleLines("~", "change", action, style),
    ...touchedLines(action).flatMap((line) => dimmed(style, line)),
    ...alignedChanges(views, style, DRIFT_VOICE),
  ];
}

function headLines(action: Action, style: RenderStyle): string[] {
  const word = isDestructive(action) ? action.action.toUpperCase() : action.action;
  return titleLines(`${SYMBOLS[action.action]} ${word}`, PAINTS[action.action], action, style);
}

/** `  ~ update nimble/a  job_7  jobs/a.yaml:1`; id and source on the next line where they do not fit. */
function titleLines(what: string, paint: Paint, action: Action, style: RenderStyle): string[] {
  const address = shown(style, action.address, columnsOf(style) - what.length - 3);
  const title = `  ${style.paint(paint, what)} ${style.paint("strong", address)}`;
  const about = aboutText(action, style);
  if (about === "") return [title];
  if (3 + what.length + widthOf(address) + 2 + widthOf(about) <= columnsOf(style))
    return [`${title}  ${style.paint("dim", about)}`];
  return [title, ...dimmed(style, about)];
}

function aboutText({ source, id, address }: Action, style: RenderStyle): string {
  return [
    ...(id === undefined || address.endsWith(`/${id}`) ? [] : [shown(style, id, 40)]),
    ...(source === undefined ? [] : [`${shown(style, source.file, 120)}:${source.line}`]),
  ].join("  ");
}

function refusalLines(refusal: Refusal, style: RenderStyle): string[] {
  const { failed } = glyphsOf(style);
  const [first = "", ...rest] = wrapped(
    style,
    `${failed} refused (${refusal.code}): ${refusal.message}`,
    CHANGE_INDENT,
  );
  return [first, ...rest].map((line) => style.paint("error", line));
}

function dimmed(style: RenderStyle, line: string): string[] {
  return wrapped(style, line, CHANGE_INDENT).map((text) => style.paint("dim", text));
}
