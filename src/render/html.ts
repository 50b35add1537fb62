import { createHash } from "node:crypto";
import type { Value } from "../model/document.ts";
import type { Plan } from "../model/plan.ts";
import { destructionHeadline, isDestructive } from "./counts.ts";
import { cut, jobSection } from "./html-job.ts";
import { html, Markup } from "./html-markup.ts";
import { STYLE_SHEET } from "./html-style.ts";
import { type JobView, viewJobs } from "./job-view.ts";
import { headlineOf, imprint, type ReportOptions } from "./report.ts";
import { type StandingGroup, standingGroups, unmanagedText } from "./standings.ts";
import { inlineValue } from "./value-text.ts";
import { NO_WORDS, timeText } from "./words.ts";

/** Jobs are unfolded where there are at most so many. */
const MOST_OPEN = 20;
const LONGEST_MESSAGE = 4000;

/**
 * A plan or drift as one HTML page that needs nothing else: no script, no network (its policy forbids both), light and
 * dark, narrow and wide. Every string from outside is escaped by the template that holds it.
 */
export function renderHtml(plan: Plan, options: ReportOptions): string {
  const { kind, meta } = options;
  const jobs = viewJobs(plan, kind, options.words ?? NO_WORDS);
  const title = kind === "plan" ? "jobwright plan" : "jobwright drift";
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(contentPolicy())}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(STYLE_SHEET)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${headlineOf(plan, kind)}</p>
${counts(plan)}</header>
<main>
${policySection(plan)}${kind === "plan" ? [danger(plan), refusals(plan)] : undefined}${jobSections(jobs, plan)}${standingGroups(plan, kind).map(groupSection)}${unmanaged(plan)}${warnings(plan)}</main>
<footer class="soft">${imprint(plan, meta).map((part, at) => [at === 0 ? "" : ", ", cut(part)])}${meta === undefined ? undefined : `, ${timeText(meta.createdAt)}`}</footer>
</body>
</html>
`;
  return page.text;
}

/** Allows the page's own style sheet and nothing else. */
export function contentPolicy(): string {
  const hash = createHash("sha256").update(STYLE_SHEET, "utf8").digest("base64");
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

function counts({ summary }: Plan): Markup {
  const rows: readonly (readonly [string, number])[] = [
    ["create", summary.create],
    ["update", summary.update],
    ["replace", summary.replace],
    ["delete", summary.delete],
    ["adopt", summary.adopt],
    ["forget", summary.forget],
    ["unchanged", summary.unchanged],
    ["paused", summary.paused],
    ["held", summary.held],
    ["no longer declared", summary.orphaned],
    ["unmanaged", summary.unmanaged],
  ];
  const told = rows.filter(([, n]) => n > 0);
  if (told.length === 0) return html``;
  return html`<ul class="counts">${told.map(([name, n]) => html`<li><b>${n}</b> ${name}</li>`)}</ul>
`;
}

function danger(plan: Plan): Markup | undefined {
  const headline = destructionHeadline(plan);
  if (headline === undefined) return undefined;
  const names = plan.actions.filter(isDestructive).map(({ address }) => html`<li><code>${cut(address)}</code></li>`);
  return html`<section class="box danger"><p><strong>${headline}</strong></p><ul>${names}</ul></section>
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
function jobSections(jobs: readonly JobView[], plan: Plan): readonly Markup[] {
  const targets = [...new Set(jobs.map(({ action }) => action.target))].sort();
  return targets.map((target) => {
    const identity = Object.hasOwn(plan.targets, target) ? plan.targets[target] : undefined;
    const where = [identity?.origin, identity?.workspace].flatMap((part) => part ?? []).map((part) => cut(part));
    return html`<section>
<h2>${cut(target)} <small class="soft">${where.join(", ")}</small></h2>
${jobs.filter(({ action }) => action.target === target).map((job) => jobSection(job, jobs.length <= MOST_OPEN))}</section>
`;
  });
}

function groupSection({ title, way, members }: StandingGroup): Markup {
  const items = members.map(
    ({ address, note }) => html`<li><code>${cut(address)}</code> ${cut(note, LONGEST_MESSAGE)}</li>`,
  );
  return html`<section class="box"><p><strong>${title} (${members.length})</strong>: ${way}</p><ul>${items}</ul></section>
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

function warnings(plan: Plan): Markup | undefined {
  if (plan.warnings.length === 0) return undefined;
  const items = plan.warnings.map(
    ({ code, message, address }) =>
      html`<li>${cut(code)} ${address === undefined ? undefined : html`<code>${cut(address)}</code>: `}${cut(message, LONGEST_MESSAGE)}</li>`,
  );
  return html`<section class="box warning"><p><strong>Warnings (${plan.warnings.length})</strong></p><ul>${items}</ul></section>
`;
}
