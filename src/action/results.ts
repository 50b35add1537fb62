import type { ActionResult } from "../model/outcome.ts";
import type { Action, Plan } from "../model/plan.ts";
import { type Block, fitBlocks, type Measure } from "../render/fit.ts";
import { code } from "../render/markdown-job.ts";
import { pathText } from "../render/path-text.ts";
import { NOT_BEGUN, type Results, resultsHeadline } from "../render/results.ts";
import { inlineValue } from "../render/value-text.ts";
import { heading, prose, runLink } from "./markdown.ts";
import type { Step } from "./step.ts";

/** How an apply ended, as Markdown: the headline, what did not end well, a table of jobs. */
export function resultsMarkdown(step: Step, plan: Plan, results: Results, limit: number, measure: Measure): string {
  const { event, title } = step;
  const rows = plan.actions.map((action) => ({ action, result: results.get(action.address) ?? NOT_BEGUN }));
  const bad = rows.filter(({ result }) => result.status !== "applied" || (result.notConverged ?? []).length > 0);
  const good = rows.filter((row) => !bad.includes(row));
  const headline = plan.actions.length === 0 ? "Nothing to do." : resultsHeadline(plan, results);
  const blocks: readonly Block[] = [
    { text: `${heading("apply", title)}\n\n**${headline}**`, rank: 0, one: "the headline" },
    ...bad.map((row): Block => ({ text: badBlock(row), rank: 1, one: "1 failure", many: "failures" })),
    ...chunks(good, 50).map(
      (part): Block => ({
        text: part.map(goodLine).join("\n"),
        rank: 2,
        one: "up to 50 jobs",
        many: "parts of the list",
      }),
    ),
    {
      text: `<sub>commit ${prose(event.sha.slice(0, 10))} · digest ${plan.digest.slice(0, 19)} · ${runLink(event, "the run")}</sub>`,
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

function goodLine({ action, result }: Row): string {
  const id = result.id === undefined ? "" : ` (${code(result.id)})`;
  const notes = result.notes.map((note) => `<br>${prose(note, 300)}`).join("");
  return `- ${code(action.address)}: ${action.action}, applied${id}${notes}`;
}

function badBlock({ action, result }: Row): string {
  const { status, reason, error, notConverged = [] } = result;
  const why = reason === undefined ? "" : ` (${reason})`;
  const lines = [
    `- ${code(action.address)}: ${action.action}, **${status}**${why}`,
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
