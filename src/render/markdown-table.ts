import type { Plan } from "../model/plan.ts";
import { touchedText } from "./about.ts";
import type { ChangeView } from "./change-view.ts";
import { viewDrift } from "./drift-view.ts";
import type { JobView } from "./job-view.ts";
import { code, prose } from "./markdown-job.ts";
import { standingGroups } from "./standings.ts";
import { counted } from "./style.ts";

/** A table whose rows can be left out from the end. */
export interface JobTable {
  /** The headings and the line below them. */
  readonly head: string;
  readonly rows: readonly string[];
}

const MOST_CHANGES = 3;
/** Longer values are told in the job's details only. */
const LONGEST_VALUE = 48;

interface Row {
  readonly symbol: string;
  readonly word: string;
  readonly address: string;
  readonly changes: readonly string[];
  /** In the last column, which is there where any row has one. */
  readonly note: string;
}

/** What happens to each job, and the beginning of its changes; schedules in words. `jobs` must tell no times. */
export function planTable(jobs: readonly JobView[]): JobTable {
  return table(["action", "job", "what changes", ""], jobs.map(planRow));
}

/** What happened to each job behind Git's back: changed, paused, gone. `jobs` must tell no times. */
export function driftTable(plan: Plan, jobs: readonly JobView[]): JobTable {
  const moved = jobs.map((job) => ({ ...planRow(job), note: prose(touchedText(job.action) ?? "") }));
  const paused = standingGroups(plan, "drift").find(({ kind }) => kind === "paused")?.members ?? [];
  const standing = (symbol: string, word: string, members: readonly { address: string; note: string }[]): Row[] =>
    members.map(({ address, note }) => ({
      symbol,
      word,
      address,
      changes: note === "" ? [] : [prose(note)],
      note: "",
    }));
  return table(
    ["what", "job", "Git → live", "last changed"],
    [...moved, ...standing("o", "paused", paused), ...standing("-", "gone", viewDrift(plan).missing)],
  );
}

function table(headings: readonly [string, string, string, string], rows: readonly Row[]): JobTable {
  const noted = rows.some(({ note }) => note !== "");
  const line = (cells: readonly string[]): string => `| ${cells.slice(0, noted ? 4 : 3).join(" | ")} |`;
  return {
    head: `${line(headings)}\n${line(["---", "---", "---", "---"]).replaceAll(" ", "")}`,
    rows: rows.map(({ symbol, word, address, changes, note }) =>
      line([`${code(symbol)}&nbsp;${word}`, code(address), changes.join("<br>"), note]),
    ),
  };
}

function planRow(job: JobView): Row {
  const { action, symbol, word, destructive, voice, refusals } = job;
  const causes = [...new Set(job.changes.flatMap(({ cause }) => voice.cause(cause) ?? []))];
  return {
    ...{ symbol, address: action.address },
    word: destructive ? `**${word}**` : word,
    changes: [
      ...job.ran.slice(0, MOST_CHANGES).map((text) => `schedule: ${prose(text)}`),
      ...(action.action === "create" ? madeText(job.changes) : changesText(job.changes)),
    ],
    note: [...(refusals.length > 0 ? ["**refused**"] : []), ...causes].join(", "),
  };
}

function changesText(changes: readonly ChangeView[]): readonly string[] {
  const more = changes.length - MOST_CHANGES;
  return [...changes.slice(0, MOST_CHANGES).map(changeText), ...(more > 0 ? [`and ${more} more`] : [])];
}

/** Of a new job when it runs; its fields are in the details. */
function madeText(changes: readonly ChangeView[]): readonly string[] {
  return [...changes.flatMap(({ words }) => words.map(prose)).slice(0, MOST_CHANGES), counted(changes.length, "field")];
}

function changeText({ path, body, words }: ChangeView): string {
  const name = code(path);
  if (words.length > 0) return `${name}: ${words.map(prose).join("; ")}`;
  if (body.kind === "secret") return `${name}: ${prose(body.text)}`;
  if (body.kind !== "values") return name;
  const { before, after } = body;
  if ([before, after].some((value) => value !== undefined && value.length > LONGEST_VALUE)) return name;
  if (after === undefined) return `${name}: ${before === undefined ? "" : `${code(before)} → `}nothing`;
  return `${name}: ${before === undefined ? "" : `${code(before)} → `}${code(after)}`;
}
