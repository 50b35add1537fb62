import type { ActionKind } from "../model/plan.ts";
import { SYMBOLS } from "./counts.ts";
import { cutText, safeText, widthOf } from "./safe.ts";
import { counted, glyphsOf, type RenderStyle } from "./style.ts";

/** How far a run is. Times are milliseconds of one monotonic clock. */
export interface ProgressState {
  readonly steps: readonly StepState[];
  readonly applying: ApplyState | undefined;
  readonly waits: readonly WaitState[];
  /** The process was asked to stop. */
  readonly stopping: boolean;
}

/** A piece of work under way. */
export interface StepState {
  readonly what: string;
  readonly unit: string;
  readonly since: number;
  readonly done: number | undefined;
  readonly total: number | undefined;
}

/** Actions under way. */
export interface ApplyState {
  readonly total: number;
  readonly finished: number;
  /** Of those: how many did not go well. */
  readonly troubled: number;
  readonly since: number;
  readonly flying: readonly { readonly address: string; readonly action: ActionKind; readonly since: number }[];
}

/** A target that is left alone until then. */
export interface WaitState {
  readonly target: string;
  readonly why: string;
  readonly until: number;
}

/** Waits of less are not told. */
const SHORTEST_WAIT_MS = 500;
/** What has been under way for longer says for how long. */
const SLOW_MS = 2_000;
/** So many jobs in flight are named; the rest is counted. */
const MOST_FLYING = 5;

/**
 * How far a run is, as lines for a terminal: at most `rows` of them, each narrower than the style's width, whatever that is.
 */
export function progressLines(state: ProgressState, now: number, style: RenderStyle, rows: number): readonly string[] {
  const room = Math.max(10, style.width - 1);
  const { ellipsis } = glyphsOf(style);
  const spinner = spinnerAt(now, style);
  const lines: readonly Line[] = [
    ...state.steps.map((step) => ({ text: `${spinner} ${stepText(step, now)}` })),
    ...(state.applying === undefined ? [] : applyLines(state.applying, state.stopping, now, style, spinner, room)),
    ...state.waits.filter(({ until }) => until - now > SHORTEST_WAIT_MS).map((wait) => waitLine(wait, now)),
  ];
  const kept = lines.length <= rows ? lines : [...lines.slice(0, Math.max(0, rows - 1)), lines.at(-1) ?? { text: "" }];
  return kept.map(({ text, dim }) => {
    const cut = cutPlain(text, room, ellipsis);
    return dim ? style.paint("dim", cut) : cut;
  });
}

interface Line {
  readonly text: string;
  readonly dim?: true;
}

/** A line that is narrower than the terminal, without a note of what is missing: it is gone in a moment. */
function cutPlain(text: string, room: number, ellipsis: string): string {
  if (widthOf(text) <= room) return text;
  const cut = cutText(text, room, ellipsis);
  const end = cut.lastIndexOf(` (+`);
  const short = end < 0 ? cut : cut.slice(0, end);
  return widthOf(short) <= room ? short : ellipsis.slice(0, room);
}

const DRAWN_SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const ASCII_SPINNER = ["-", "\\", "|", "/"];

function spinnerAt(now: number, { unicode }: RenderStyle): string {
  const frames = unicode ? DRAWN_SPINNER : ASCII_SPINNER;
  return frames[Math.floor(now / 100) % frames.length] ?? "";
}

/** `Reading nimble: 4200 of 10000 jobs (3 s)`. */
export function stepText({ what, unit, since, done, total }: StepState, now: number): string {
  const amount =
    done === undefined ? "" : `: ${total === undefined ? done : `${done} of ${total}`}${unit && ` ${unit}`}`;
  return `${safeText(what)}${amount}${now - since < SLOW_MS ? "" : ` (${durationText(now - since)})`}`;
}

/** `Applying: 132 of 214 done, 2 not applied, about 40 s left`. */
export function applyText(state: ApplyState, stopping: boolean, now: number): string {
  const { total, finished, troubled, flying } = state;
  if (stopping) return `Stopping: ${counted(flying.length, "job is", "jobs are")} being finished`;
  if (finished === 0 && flying.length === 0) return `Recording what is about to be done: ${counted(total, "write")}`;
  const left = remaining(state, now);
  return [
    `Applying: ${finished} of ${total} done`,
    ...(troubled === 0 ? [] : [`${troubled} not applied`]),
    ...(left === undefined ? [] : [`about ${durationText(left)} left`]),
  ].join(", ");
}

/** From what was done so far; not told before that says something. */
function remaining({ total, finished, since }: ApplyState, now: number): number | undefined {
  const passed = now - since;
  if (finished < 5 || passed < 3_000 || finished >= total) return undefined;
  return Math.ceil(((passed / finished) * (total - finished)) / 1000) * 1000;
}

function applyLines(
  state: ApplyState,
  stopping: boolean,
  now: number,
  style: RenderStyle,
  spinner: string,
  room: number,
): readonly Line[] {
  const { total, finished, flying } = state;
  if (finished >= total && flying.length === 0) return [{ text: `${spinner} Looking once more at what was applied` }];
  const text = `${spinner} ${applyText(state, stopping, now)}`;
  const bar = stopping ? "" : barText(finished / Math.max(1, total), room - widthOf(text) - 2, style);
  const shown = flying.length > MOST_FLYING + 1 ? flying.slice(0, MOST_FLYING) : flying;
  const more = flying.length - shown.length;
  return [
    { text: bar === "" ? text : `${text}  ${bar}` },
    ...shown.map(({ address, action, since }): Line => {
      const age = now - since < SLOW_MS ? "" : ` (${durationText(now - since)})`;
      return { text: `  ${SYMBOLS[action]} ${safeText(address.slice(0, 300))}${age}`, dim: true };
    }),
    ...(more > 0 ? [{ text: `  and ${more} more at once`, dim: true } as const] : []),
  ];
}

const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;

/** A bar where there is room for one. */
function barText(share: number, room: number, { unicode }: RenderStyle): string {
  const width = Math.min(WIDEST_BAR, room - (unicode ? 0 : 2));
  if (width < NARROWEST_BAR) return "";
  const full = Math.round(Math.min(1, share) * width);
  return unicode
    ? `${"━".repeat(full)}${"╌".repeat(width - full)}`
    : `[${"#".repeat(full)}${".".repeat(width - full)}]`;
}

function waitLine(wait: WaitState, now: number): Line {
  return { text: `  ${waitText(wait, now)}` };
}

/** `nimble: limited by the platform, resumes in 12 s`. */
export function waitText({ target, why, until }: WaitState, now: number): string {
  return `${safeText(target)}: ${safeText(why)}, resumes in ${durationText(Math.max(1_000, until - now))}`;
}

/** `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
