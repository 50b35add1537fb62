import type { Value } from "../model/document.ts";
import type { Plan } from "../model/plan.ts";
import { destructionHeadline, isDestructive } from "./counts.ts";
import { type Block, fitBlocks, type Measure } from "./fit.ts";
import { type JobView, viewJobs } from "./job-view.ts";
import { code, jobDetails, prose } from "./markdown-job.ts";
import { driftTable, type JobTable, planTable } from "./markdown-table.ts";
import { headlineOf, imprint, type ReportKind, type ReportOptions } from "./report.ts";
import { type StandingGroup, standingGroups, unmanagedText } from "./standings.ts";
import { inlineValue } from "./value-text.ts";
import { NO_WORDS, type Words } from "./words.ts";

/** How a Markdown report is made. */
export interface MarkdownOptions extends ReportOptions {
  /** The most that it may be; what does not fit is left out in whole blocks and counted. Sensible from 1,000 on. */
  readonly limit?: number;
  /** What `limit` counts; characters (UTF-16 units) unless told. */
  readonly measure?: Measure;
  /** Shows the requests with their bodies too. */
  readonly requests?: boolean;
  /** Where the whole report is, a sentence in Markdown, for reports that were cut. */
  readonly whole?: string;
  /** In the headline besides `jobwright plan`; not made safe. */
  readonly title?: string;
  /** Blocks of Markdown between the headline and the jobs. */
  readonly lead?: readonly string[];
  /** Blocks of Markdown after the table of jobs. */
  readonly after?: readonly string[];
  /** Further warnings, a line of Markdown each. */
  readonly warnings?: readonly string[];
  /** What is said below refusals, one line of Markdown. */
  readonly refusalNote?: string;
  /** Further parts of the last line, in Markdown. */
  readonly foot?: readonly string[];
  /** Where a line of a manifest is shown; a URL without anything that HTML or Markdown would read. */
  readonly placeUrl?: (file: string, line: number) => string | undefined;
  /** Tells when changed schedules fire next. The text is then another one at another time. */
  readonly times?: boolean;
}

/** Up to so many jobs are shown unfolded. */
const MOST_OPEN = 3;
/** Names in the red box, and members of a group; the rest is counted. */
const MOST_NAMES = 20;

/**
 * A plan or drift as GitHub Markdown, for pull request comments, job summaries and issues: what destroys first, a table
 * of jobs, each job's changes folded. Strings from outside cannot leave their place, mention anybody or load anything.
 * The same plan gives the same text at any time, so that an unchanged comment need not be written again.
 */
export function renderMarkdown(plan: Plan, options: MarkdownOptions): string {
  const words = options.words ?? NO_WORDS;
  const bare = viewJobs(plan, options.kind, timeless(words));
  const jobs = options.times ? viewJobs(plan, options.kind, words) : bare;
  const blocks = [
    headBlock(plan, options),
    ...(options.lead ?? []).map((text): Block => ({ text, rank: 1, one: "a note" })),
    ...policyBlock(plan),
    ...(options.kind === "plan" ? [...destructionBlock(plan), ...refusalBlock(plan, options)] : []),
    ...tableBlock(options.kind === "plan" ? planTable(bare) : driftTable(plan, bare)),
    ...(options.after ?? []).map((text): Block => ({ text, rank: 1, one: "a note" })),
    ...standingsShown(plan, options.kind).map(groupBlock),
    ...unmanagedBlock(plan),
    ...warningBlock(plan, options),
    ...jobs.map((job) => detailsBlock(job, jobs.length <= MOST_OPEN, options)),
    imprintBlock(plan, options),
  ];
  return fitBlocks(
    blocks,
    options.limit ?? Number.POSITIVE_INFINITY,
    options.measure ?? ((text) => text.length),
    options.whole ?? "",
  );
}

function detailsBlock(job: JobView, open: boolean, { requests = false, placeUrl }: MarkdownOptions): Block {
  const { source } = job.action;
  const url = source === undefined ? undefined : placeUrl?.(source.file, source.line);
  return {
    text: jobDetails(job, { open, requests, url }),
    rank: 5,
    one: "details of 1 job",
    many: "jobs' details",
    shrink: (most, measure) =>
      requests ? within(jobDetails(job, { open: false, requests: false, url }), most, measure) : undefined,
  };
}

/** In a drift report the table has what is paused and gone. */
function standingsShown(plan: Plan, kind: ReportKind): readonly StandingGroup[] {
  const groups = standingGroups(plan, kind);
  return kind === "plan" ? groups : groups.filter((group) => group.kind !== "paused" && group.kind !== "missing");
}

function timeless(words: Words): Words {
  return { ...words, nextRuns: () => [] };
}

function headBlock(plan: Plan, { kind, title = "" }: MarkdownOptions): Block {
  const what = kind === "plan" ? "jobwright plan" : "jobwright drift";
  const refused = kind === "plan" && plan.refusals.length > 0;
  const headline = refused
    ? `Refused: nothing of this is applied as it stands. ${headlineOf(plan, kind)}`
    : headlineOf(plan, kind);
  return {
    text: `### ${what}${title === "" ? "" : `: ${prose(title)}`}\n\n**${headline}**`,
    rank: 0,
    one: "the headline",
  };
}

function policyBlock({ policy = [] }: Plan): readonly Block[] {
  if (policy.length === 0) return [];
  const text = (value: Value | undefined): string => (value === undefined ? "(default)" : inlineValue(value));
  const lines = policy.map(
    ({ path, before, after }) => `> - ${code(path)}: ${code(text(before))} → ${code(text(after))}`,
  );
  const head = `> [!WARNING]\n> **Policy changes (${policy.length}): this change alters the rules of its own plan.**\n>`;
  return [{ ...growing(head, lines, "> - "), rank: 1, one: "some policy changes" }];
}

function destructionBlock(plan: Plan): readonly Block[] {
  const headline = destructionHeadline(plan);
  if (headline === undefined) return [];
  const short = `> [!CAUTION]\n> **${headline}**`;
  const addresses = plan.actions.filter(isDestructive).map(({ address }) => address);
  const text = `${short}: ${names(addresses)}`;
  return [
    { text, rank: 1, one: "the names of what is destroyed", shrink: (most, measure) => within(short, most, measure) },
  ];
}

function refusalBlock(plan: Plan, { refusalNote }: MarkdownOptions): readonly Block[] {
  const { refusals } = plan;
  if (refusals.length === 0) return [];
  const short = "> [!WARNING]\n> **Refused: nothing is sent as long as this stands.**";
  const note = refusalNote === undefined ? [] : [`>\n> ${refusalNote}`];
  const lines = refusals.map(({ code: number, message, hint, address }) => {
    const about = address === undefined ? "" : `${code(address)}: `;
    return `> - ${prose(number)} ${about}${prose(message)}${hint === "" ? "" : `<br>${prose(hint)}`}`;
  });
  return [{ ...growing(`${short}\n>`, [...lines, ...note], "> - "), rank: 1, one: "some refusals" }];
}

function tableBlock({ head, rows }: JobTable): readonly Block[] {
  if (rows.length === 0) return [];
  return [{ ...growing(head, rows, "| | "), rank: 2, one: "rows of the table" }];
}

function groupBlock({ title, way, members }: StandingGroup): Block {
  const lines = members
    .slice(0, MOST_NAMES)
    .map(({ address, note }) => `- ${code(address)}${note === "" ? "" : ` ${prose(note)}`}`);
  const more = members.length > MOST_NAMES ? [`- and ${members.length - MOST_NAMES} more`] : [];
  const text = [`**${title} (${members.length})**: ${way}`, "", ...lines, ...more].join("\n");
  return { text, rank: 3, one: "a list of jobs that are left alone", many: "lists of jobs that are left alone" };
}

function unmanagedBlock(plan: Plan): readonly Block[] {
  const text = unmanagedText(plan);
  return text === undefined ? [] : [{ text, rank: 3, one: "the unmanaged jobs" }];
}

function warningBlock(plan: Plan, { warnings = [] }: MarkdownOptions): readonly Block[] {
  const own = plan.warnings.map(({ code: number, message, address }) => {
    return `${prose(number)} ${address === undefined ? "" : `${code(address)}: `}${prose(message)}`;
  });
  const lines = [...own, ...warnings].map((line) => `- ${line}`);
  if (lines.length === 0) return [];
  const head = `**Warnings (${lines.length})**\n`;
  return [{ ...growing(head, lines, "- "), rank: 4, one: "some warnings" }];
}

function imprintBlock(plan: Plan, { meta, foot = [] }: MarkdownOptions): Block {
  return {
    text: `<sub>${[...imprint(plan, meta).map(prose), ...foot].join(" · ")}</sub>`,
    rank: 1,
    one: "the imprint",
  };
}

/** A head with lines, of which as many are kept as fit; the rest is counted in a last line of the same kind. */
function growing(head: string, lines: readonly string[], bullet: string): Pick<Block, "text" | "shrink"> {
  const shrink = (most: number, measure: Measure): string | undefined => {
    const kept = [head];
    let used = measure(head);
    for (const [at, line] of lines.entries()) {
      const rest = `${bullet}and ${lines.length - at} more`;
      used += measure(line) + 1;
      if (used + 1 + measure(rest) > most) return within([...kept, rest].join("\n"), most, measure);
      kept.push(line);
    }
    return kept.join("\n");
  };
  return { text: [head, ...lines].join("\n"), shrink };
}

function within(text: string, most: number, measure: Measure): string | undefined {
  return measure(text) <= most ? text : undefined;
}

function names(addresses: readonly string[]): string {
  const more = addresses.length - MOST_NAMES;
  return `${addresses.slice(0, MOST_NAMES).map(code).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
