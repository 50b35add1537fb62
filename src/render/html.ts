import type { Value } from "../model/document.ts";
import { splitAddress } from "../model/job.ts";
import type { Plan } from "../model/plan.ts";
import { destructionHeadline, isDestructive } from "./counts.ts";
import { driftWay, viewDrift } from "./drift-view.ts";
import { type FilterItem, filterForm, itemData, pill } from "./html-filters.ts";
import { filterItem, jobSection } from "./html-job.ts";
import { html, type Markup } from "./html-markup.ts";
import { pageText } from "./html-page.ts";
import { scheduleSection } from "./html-schedule.ts";
import { cut } from "./html-text.ts";
import { type JobView, viewJobs } from "./job-view.ts";
import { headlineOf, imprint, type ReportKind, type ReportOptions } from "./report.ts";
import { scheduleMaps } from "./schedule-map.ts";
import { undoneGroups } from "./stakes.ts";
import { type StandingGroup, standingGroups, unmanagedText } from "./standings.ts";
import { inlineValue } from "./value-text.ts";
import { NO_WORDS, timeText } from "./words.ts";

/** Jobs are unfolded where there are at most so many. */
const MOST_OPEN = 20;
/** Requests are told with their bodies where there are at most so many jobs: their fields are told in any case. */
const MOST_BODIES = 500;
/** From so many jobs on, what is inside of each is read only once it is unfolded. */
const MOST_READ = 300;
/** Names in one sentence, and in the list of what is destroyed; the rest is counted. */
const MOST_NAMES = 20;
const MOST_DOOMED = 100;
const LONGEST_MESSAGE = 4000;

/**
 * A plan or drift as one HTML page that needs nothing else (see {@link pageText}). Every string from outside is escaped
 * by the template that holds it.
 */
export function renderHtml(plan: Plan, options: ReportOptions): string {
  const { kind, meta, words = NO_WORDS, shifts } = options;
  const jobs = viewJobs(plan, kind, words);
  const groups = standingGroups(plan, kind);
  const maps = words.firesInWeek === undefined ? [] : scheduleMaps(shifts ?? [], words.firesInWeek);
  const items = [
    ...jobs.map(filterItem),
    ...groups.flatMap((group) => group.members.map((member) => itemOf(group, member.address))),
  ];
  return pageText({
    title: `jobwright ${kind}`,
    about: meta,
    head: html`<p class="lead">${headlineOf(plan, kind)}</p>
${counts(plan, kind)}${kind === "drift" ? way(plan) : undefined}`,
    main: [
      policySection(plan),
      kind === "plan" ? [refusals(plan), danger(plan, jobs), undone(plan, jobs)] : undefined,
      scheduleSection(maps, kind),
      filterForm(items, { what: kind === "plan" ? "Action" : "What", folds: true }),
      jobSections(jobs, plan, options),
      groups.map(groupSection),
      unmanaged(plan),
      warnings(plan),
    ],
    foot: html`${imprint(plan, meta).map((part, at) => [at === 0 ? "" : ", ", cut(part)])}${meta === undefined ? undefined : `, ${timeText(meta.createdAt)}`}`,
  });
}

/** A number, its name, and what the filters call it where that is another word. */
type Count = readonly [name: string, n: number, what?: string];

function counts(plan: Plan, kind: ReportKind): Markup {
  const told = (kind === "plan" ? plannedCounts(plan) : driftCounts(plan)).filter(([, n]) => n > 0);
  if (told.length === 0) return html``;
  return html`<ul class="counts">${told.map(([name, n, what = name]) => pill(n, name, what))}</ul>
`;
}

function plannedCounts({ summary }: Plan): readonly Count[] {
  return [
    ["create", summary.create],
    ["update", summary.update],
    ["replace", summary.replace],
    ["delete", summary.delete],
    ["adopt", summary.adopt],
    ["forget", summary.forget],
    ["unchanged", summary.unchanged],
    ["paused", summary.paused],
    ["held", summary.held],
    ["no longer declared", summary.orphaned, "orphaned"],
    ["unmanaged", summary.unmanaged],
  ];
}

function driftCounts(plan: Plan): readonly Count[] {
  const { moved, paused, missing, pending } = viewDrift(plan);
  const { held, orphaned, unmanaged, unchanged } = plan.summary;
  return [
    ["changed live", moved.length],
    ["paused", paused.length],
    ["gone", missing.length, "missing"],
    ["waiting in Git", pending],
    ["unchanged", unchanged],
    ["held", held],
    ["no longer declared", orphaned, "orphaned"],
    ["unmanaged", unmanaged],
  ];
}

/** What somebody did live, and what becomes of it. */
function undone(plan: Plan, jobs: readonly JobView[]): Markup | undefined {
  const places = new Map(jobs.map(({ action }, at) => [action.address, idOf(at)]));
  const items = undoneGroups(plan).map(({ text, actions }) => {
    const names = actions
      .slice(0, MOST_NAMES)
      .map(({ address }, at) => html`${at === 0 ? "" : ", "}${link(address, places.get(address))}`);
    const more = actions.length - MOST_NAMES;
    return html`<li>${text}: ${names}${more > 0 ? ` and ${more} more` : ""}</li>`;
  });
  if (items.length === 0) return undefined;
  return html`<section class="box warning"><p><strong>Done by hand, and undone by this</strong></p><ul>${items}</ul></section>
`;
}

function link(address: string, id: string | undefined): Markup {
  const name = html`<code>${cut(address)}</code>`;
  return id === undefined ? name : html`<a href="#${id}">${name}</a>`;
}

function danger(plan: Plan, jobs: readonly JobView[]): Markup | undefined {
  const headline = destructionHeadline(plan);
  if (headline === undefined) return undefined;
  const doomed = jobs.flatMap(({ action }, at) =>
    isDestructive(action) ? [{ address: action.address, id: idOf(at) }] : [],
  );
  const names = doomed.slice(0, MOST_DOOMED).map(({ address, id }) => html`<li>${link(address, id)}</li>`);
  const more = doomed.length - MOST_DOOMED;
  return html`<section class="box danger"><p><strong>${headline}</strong></p><ul>${names}</ul>${more > 0 ? html`<p>and ${more} more: choose delete or replace below</p>` : undefined}</section>
`;
}

function refusals(plan: Plan): Markup | undefined {
  if (plan.refusals.length === 0) return undefined;
  const items = plan.refusals.map(
    ({ code, message, hint, address }) =>
      html`<li>${cut(code)} ${address === undefined ? undefined : html`<code>${cut(address)}</code>: `}${cut(message, LONGEST_MESSAGE)} <span class="soft">${cut(hint, LONGEST_MESSAGE)}</span></li>`,
  );
  return html`<section class="box danger"><p><strong>Refused: nothing is sent as long as this stands.</strong></p><ul>${items}</ul></section>
`;
}

/** By target, what destroys first in each. */
function jobSections(jobs: readonly JobView[], plan: Plan, { kind }: ReportOptions): readonly Markup[] {
  const [open, bodies, late] = [jobs.length <= MOST_OPEN, jobs.length <= MOST_BODIES, jobs.length > MOST_READ];
  const sections = new Map<string, Markup[]>();
  for (const [at, job] of jobs.entries()) {
    const section = jobSection(job, { kind, id: idOf(at), open, bodies, late });
    const others = sections.get(job.action.target);
    if (others === undefined) sections.set(job.action.target, [section]);
    else others.push(section);
  }
  return [...sections]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([target, own]) => {
      const identity = Object.hasOwn(plan.targets, target) ? plan.targets[target] : undefined;
      const where = [identity?.origin, identity?.workspace].flatMap((part) => part ?? []).map((part) => cut(part));
      return html`<section data-group="">
<h2>${cut(target)} <small class="soft">${where.join(", ")}</small></h2>
${own}</section>
`;
    });
}

/** Where a job stands on the page. */
function idOf(at: number): string {
  return `job-${at + 1}`;
}

/** A job that is left as it is, for the filters. */
function itemOf({ kind }: StandingGroup, address: string): FilterItem {
  return { what: kind, target: splitAddress(address).target, causes: kind === "paused" ? ["paused"] : [] };
}

function groupSection(group: StandingGroup): Markup {
  const { title, way, members } = group;
  const items = members.map(
    ({ address, note }) =>
      html`<li ${itemData(itemOf(group, address))}><code>${cut(address)}</code> ${cut(note, LONGEST_MESSAGE)}</li>`,
  );
  return html`<section class="box" data-group=""><p><strong>${title} (${members.length})</strong>: ${way}</p><ul>${items}</ul></section>
`;
}

function unmanaged(plan: Plan): Markup | undefined {
  const text = unmanagedText(plan);
  return text === undefined ? undefined : html`<p>${text}</p>\n`;
}

function policySection({ policy: changes = [] }: Plan): Markup | undefined {
  if (changes.length === 0) return undefined;
  const text = (value: Value | undefined): string => (value === undefined ? "(default)" : inlineValue(value));
  const items = changes.map(
    ({ path, before, after }) =>
      html`<li><code>${path}</code>: <code>${text(before)}</code> → <code>${text(after)}</code></li>`,
  );
  const head = `Policy changes (${changes.length}): this change alters the rules of its own plan`;
  return html`<section class="box danger"><p><strong>${head}</strong></p><ul>${items}</ul></section>
`;
}

function way(plan: Plan): Markup | undefined {
  const text = driftWay(viewDrift(plan));
  return text === undefined ? undefined : html`<p>${text}</p>\n`;
}

function warnings(plan: Plan): Markup | undefined {
  if (plan.warnings.length === 0) return undefined;
  const items = plan.warnings.map(
    ({ code, message, address }) =>
      html`<li>${cut(code)} ${address === undefined ? undefined : html`<code>${cut(address)}</code>: `}${cut(message, LONGEST_MESSAGE)}</li>`,
  );
  return html`<section class="box warning"><p><strong>Warnings (${plan.warnings.length})</strong></p><ul>${items}</ul></section>
`;
}
