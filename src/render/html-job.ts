import type { PlannedRequest } from "../model/plan.ts";
import { toJson } from "../state/codec.ts";
import { diffTable } from "./html-diff.ts";
import { type FilterItem, itemData } from "./html-filters.ts";
import { html, type Markup } from "./html-markup.ts";
import { cut } from "./html-text.ts";
import type { JobView } from "./job-view.ts";
import type { ReportKind } from "./report.ts";
import { counted } from "./style.ts";

const LONGEST_VALUE = 4000;
const LONGEST_BODY = 100_000;

/** How one job is laid out. */
export interface JobLayout {
  readonly kind: ReportKind;
  /** The place to link to. */
  readonly id: string;
  readonly open: boolean;
  /** Whether the bodies of requests are told. */
  readonly bodies: boolean;
  /** Whether what is inside is read only once it is unfolded. */
  readonly late: boolean;
}

/** What the filters know of a job. */
export function filterItem({ word, action, changes }: JobView): FilterItem {
  return { what: word, target: action.target, causes: changes.map(({ cause }) => cause) };
}

/** One job, folded unless `open`. */
export function jobSection(job: JobView, { kind, id, open, bodies, late }: JobLayout): Markup {
  const { action } = job;
  const source =
    action.source === undefined
      ? undefined
      : html` <code class="soft">${cut(action.source.file)}:${action.source.line}</code>`;
  const inside = html`<div>
${job.refusals.map((refusal) => html`<p class="box danger">Refused (${cut(refusal.code)}): ${cut(refusal.message, LONGEST_VALUE)}</p>\n`)}${list(job.about)}${diffTable(job.changes, kind, job.voice)}${job.requests.length === 0 ? undefined : requests(job, bodies)}</div>
`;
  return html`<details id="${id}" class="job ${kind === "plan" ? action.action : "update"}" ${itemData(filterItem(job))}${open ? html` open` : undefined}>
<summary><span class="word">${job.word}</span> <code>${cut(action.address)}</code>${badges(job)} <span class="soft">${fieldsText(job)}</span>${source}</summary>
${late ? html`<noscript>${inside}</noscript>` : inside}</details>
`;
}

/** Why it differs, where that does not go without saying: a folded job tells, too. */
function badges({ changes, voice, refusals }: JobView): readonly Markup[] {
  const causes = [...new Set(changes.map(({ cause }) => cause))].filter((cause) => voice.cause(cause) !== undefined);
  return [
    ...causes.map((cause) => html` <span class="badge ${cause}">${cause}</span>`),
    ...(refusals.length === 0 ? [] : [html` <span class="badge conflict">refused</span>`]),
  ];
}

/** Fields named in a folded job; the rest is counted. */
const MOST_FIELDS = 3;

/** `schedule.cron, description and 2 more`; of a new job the number of fields. */
function fieldsText({ action, changes }: JobView): string {
  if (action.action === "create") return counted(changes.length, "field");
  const names = changes.slice(0, MOST_FIELDS).map(({ path }) => cut(path.replace(/^spec\./, ""), 60));
  const more = changes.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function list(lines: readonly string[]): Markup | undefined {
  if (lines.length === 0) return undefined;
  return html`<ul class="plain soft">${lines.map((line) => html`<li>${cut(line, LONGEST_VALUE)}</li>`)}</ul>
`;
}

function requests(job: JobView, bodies: boolean): Markup {
  return html`<details><summary class="soft">${counted(job.requests.length, "request")}</summary>
${job.requests.map((line, at) => html`<pre tabindex="0">${cut(line, LONGEST_VALUE)}${bodies ? bodyText(job.action.requests[at]) : undefined}</pre>\n`)}</details>
`;
}

function bodyText(request: PlannedRequest | undefined): readonly Markup[] {
  if (request?.body === undefined) return [];
  const json = JSON.stringify(toJson(request.body), null, 2);
  const lines = json.slice(0, LONGEST_BODY).split("\n");
  if (json.length > LONGEST_BODY) lines.push(`... ${json.length - LONGEST_BODY} characters more`);
  return lines.map((line) => html`\n${line}`);
}
