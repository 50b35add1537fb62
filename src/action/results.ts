import type { ActionResult } from "../model/outcome.ts";
import type { Action, Plan } from "../model/plan.ts";
import { type Block, fitBlocks, type Measure } from "../render/fit.ts";
import { code } from "../render/markdown-job.ts";
import { pathText } from "../render/path-text.ts";
import { DONE, NOT_BEGUN, type Results, resultsHeadline } from "../render/results.ts";
import { counted } from "../render/style.ts";
import { inlineValue } from "../render/value-text.ts";
import { plannedCommit } from "./event.ts";
import { heading, prose, runLink } from "./markdown.ts";
import type { Step } from "./step.ts";

/** Up to so many jobs are listed unfolded. */
const MOST_OPEN = 20;

/** How an apply ended. */
export interface Ended {
  readonly plan: Plan;
  readonly results: Results;
  /** What is lost because the state could not be written; undefined where nothing is. */
  readonly lost: string | undefined;
}

/** How an apply ended, as Markdown: the headline, what did not end well, a table of the rest. */
export function resultsMarkdown(step: Step, ended: Ended, limit: number, measure: Measure): string {
  const { plan, results, lost } = ended;
  const { event, title } = step;
  const rows = plan.actions.map((action) => ({ action, result: results.get(action.address) ?? NOT_BEGUN }));
  const bad = rows.filter(({ result }) => result.status !== "applied" || (result.notConverged ?? []).length > 0);
  const good = rows.filter((row) => !bad.includes(row));
  const headline = plan.actions.length === 0 ? "Nothing to do." : resultsHeadline(plan, results);
  const next = nextStep(plan, results);
  const blocks: readonly Block[] = [
    { text: `${heading("apply", title)}\n\n**${headline}**`, rank: 0, one: "the headline" },
    ...(bad.length === 0 ? [] : [{ text: badHead(bad.length, rows.length, next), rank: 0, one: "the warning" }]),
    ...(lost === undefined ? [] : [{ text: `> [!WARNING]\n> ${prose(lost)}`, rank: 1, one: "a warning" }]),
    ...bad.map((row): Block => ({ text: badBlock(row), rank: 1, one: "1 failure", many: "failures" })),
    ...chunks(good, 50).map(
      (part): Block => ({
        text: goodTable(part, good.length > MOST_OPEN),
        rank: 2,
        one: "up to 50 jobs",
        many: "parts of the list",
      }),
    ),
    {
      text: `<sub>commit ${prose(plannedCommit(event).slice(0, 10))} · digest ${plan.digest.slice(0, 19)} · ${runLink(event, "the run")}</sub>`,
      rank: 0,
      one: "the imprint",
    },
  ];
  return fitBlocks(blocks, limit, measure, `All of it is in ${runLink(event, "the run's log")}.`);
}

interface Row {
  readonly action: Action;
  readonly result: ActionResult;
}

function badHead(bad: number, all: number, next: string): string {
  return `> [!CAUTION]\n> **${bad} of ${counted(all, "action")} did not end well.** ${next}`;
}

/** What is applied is recorded, and what is left of a reviewed plan counts as reviewed. */
function nextStep({ actions }: Plan, results: Results): string {
  const has = (status: ActionResult["status"]): boolean =>
    actions.some(({ address }) => (results.get(address) ?? NOT_BEGUN).status === status);
  if (has("unknown"))
    return "Run this job again: it first finds out what became of the writes that nobody can tell of.";
  if (has("failed")) return "See to what failed, then run this job again: what is done is recorded and not done again.";
  if (has("stale")) return "Live jobs moved after they were planned: run this job again.";
  return has("skipped") ? "Run this job again for what was skipped." : "What was written is not what the platform has.";
}

function goodTable(rows: readonly Row[], folded: boolean): string {
  const table = ["| job | done |", "|---|---|", ...rows.map(goodLine)].join("\n");
  if (!folded) return table;
  return `<details><summary>${counted(rows.length, "job")} applied</summary>\n\n${table}\n\n</details>`;
}

function goodLine({ action, result }: Row): string {
  const id = result.id === undefined ? "" : ` ${code(result.id)}`;
  const notes = result.notes.map((note) => `<br>${prose(note, 300)}`).join("");
  return `| ${code(action.address)} | ${DONE[action.action]}${id}${notes} |`;
}

function badBlock({ action, result }: Row): string {
  const { status, reason, error, notConverged = [] } = result;
  const why = reason === undefined ? "" : ` (${reason})`;
  const lines = [
    `${code(action.address)}: ${action.action}, **${status}**${why}`,
    ...(error === undefined ? [] : [`${error.code} ${prose(error.message)}`]),
    ...(error?.hint === undefined || error.hint === "" ? [] : [prose(error.hint, 300)]),
    ...notConverged.slice(0, 20).map(({ path, before, after }) => {
      const shown = (value: Parameters<typeof inlineValue>[0] | undefined): string =>
        value === undefined ? "(nothing)" : code(inlineValue(value));
      return `did not converge: ${code(pathText(path))} is ${shown(before)}, wanted ${shown(after)}`;
    }),
    ...result.notes.map((note) => prose(note, 300)),
  ];
  return lines.join("<br>");
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
