import type { ScheduleShift } from "../model/schedule.ts";
import { type FieldRow, type JobStanding, STANDINGS, type Status, type StatusRow } from "../model/status.ts";
import { type FilterItem, filterForm, itemData, pill } from "./html-filters.ts";
import { html, type Markup } from "./html-markup.ts";
import { pageText } from "./html-page.ts";
import { scheduleSection } from "./html-schedule.ts";
import { cut } from "./html-text.ts";
import { sameAsUtc } from "./local-time.ts";
import { pathText } from "./path-text.ts";
import { type FiresInWeek, scheduleMaps } from "./schedule-map.ts";
import type { StatusMeta } from "./status-document.ts";
import { causeText, ownersText, ownerText } from "./status-fields.ts";
import {
  coverageText,
  lastChangeText,
  lastRunText,
  lastRunTitle,
  namesOf,
  nextText,
  STANDING_WORDS,
  scheduleText,
  standingsText,
} from "./status-text.ts";
import { inlineValue } from "./value-text.ts";
import { timeText } from "./words.ts";

const LONGEST_NOTE = 4000;

/**
 * A status as one HTML page that needs nothing else. With `firesInWeek` it shows when the live jobs start.
 */
export function renderStatusHtml(
  status: Status,
  meta: StatusMeta,
  zone: string,
  fields?: readonly FieldRow[],
  firesInWeek?: FiresInWeek,
): string {
  const maps = firesInWeek === undefined ? [] : scheduleMaps(status.rows.map(shiftOf), firesInWeek);
  const about = [meta.tool, ...(meta.environment === "" ? [] : [`environment ${meta.environment}`])];
  return pageText({
    title: "jobwright status",
    about: meta,
    head: html`<p class="lead">${coverageText(status.summary)}${status.narrowed ? " Only what was selected is listed." : ""}</p>
${counts(status)}`,
    main: [
      warnings(status),
      scheduleSection(maps, "status"),
      filterForm(status.rows.map(filterItem), { what: "Standing", folds: false }),
      jobTable(status.rows, zone),
      fields === undefined ? undefined : fieldTable(fields),
    ],
    foot: html`${about.map((part) => `${cut(part)}, `)}${timeText(meta.createdAt)}`,
  });
}

function filterItem({ standing, target, changes }: StatusRow): FilterItem {
  return { what: STANDING_WORDS[standing], target, causes: changes.map(({ cause }) => cause) };
}

/** Nothing changes: what is not live does not start. */
function shiftOf({ address, target, live, schedules }: StatusRow): ScheduleShift {
  const own = live ? schedules : [];
  return { address, target, before: own, after: own };
}

function counts({ summary }: Status): Markup {
  const told = STANDINGS.filter((standing) => summary.standings[standing] > 0);
  if (told.length === 0) return html`<p>${standingsText(summary)}</p>\n`;
  const items = told.map((each) => pill(summary.standings[each], STANDING_WORDS[each], STANDING_WORDS[each]));
  return html`<ul class="counts">${items}</ul>
`;
}

function warnings({ warnings }: Status): Markup | undefined {
  if (warnings.length === 0) return undefined;
  const items = warnings.map(({ code, message }) => html`<li>${cut(code)} ${cut(message, LONGEST_NOTE)}</li>`);
  return html`<section class="box warning"><p><strong>Warnings (${warnings.length})</strong></p><ul>${items}</ul></section>
`;
}

const LOOKS: Readonly<Record<JobStanding, "good" | "look" | "bad" | "soft">> = {
  "outcome-unknown": "bad",
  held: "look",
  conflict: "bad",
  missing: "bad",
  drifted: "look",
  paused: "look",
  pending: "look",
  new: "look",
  orphaned: "look",
  unmanaged: "soft",
  "in-sync": "good",
};

function jobTable(rows: readonly StatusRow[], zone: string): Markup | undefined {
  if (rows.length === 0) return undefined;
  const names = namesOf(rows);
  const local = !sameAsUtc(
    zone,
    rows.flatMap(({ nextRun }) => nextRun ?? []),
  );
  const lastRun = lastRunTitle(rows);
  const lines = rows.map((row, at) => {
    const also = row.also.map((standing) => STANDING_WORDS[standing]).join(", ");
    const notes = [...(also === "" ? [] : [`also ${also}`]), ...row.notes];
    const cells: readonly (readonly [string, string])[] = [
      ["schedule", cut(scheduleText(row))],
      ["next run, UTC", nextText(row, "UTC")],
      ...(local ? [[`in ${zone}`, nextText(row, zone)] as const] : []),
      [lastRun, cut(lastRunText(row))],
      ["last changed, UTC", cut(lastChangeText(row))],
    ];
    return html`<tr ${itemData(filterItem(row))}><td><code>${cut(names[at] ?? "")}</code>${notes.map((note) => html` <span class="note soft">${cut(note, LONGEST_NOTE)}</span>`)}</td>
<td class="${LOOKS[row.standing]}">${STANDING_WORDS[row.standing]}</td>${cells.map(([label, text]) => html`<td data-label="${label}"${text === "-" ? html` data-none=""` : undefined}>${text}</td>`)}</tr>
`;
  });
  return html`<div class="wide" data-group=""><table class="rows">
<thead><tr><th>job</th><th>standing</th><th>schedule</th><th>next run, UTC</th>${local ? html`<th>in ${zone}</th>` : undefined}<th>${lastRun}</th><th>last changed, UTC</th></tr></thead>
<tbody>
${lines}</tbody>
</table></div>
`;
}

function fieldTable(fields: readonly FieldRow[]): Markup {
  const lines = fields.map((field) => {
    const { live, declared, removed, cause } = field;
    const value = live === undefined ? "(not live)" : inlineValue(live);
    const wanted = removed ? "to be removed" : declared === undefined ? "" : `Git: ${inlineValue(declared)}`;
    const why = cause === undefined ? undefined : html` <span class="label">${causeText(cause)}</span>`;
    return html`<tr><td><code>${cut(pathText(field.path))}</code></td><td>${ownerText(field)}</td><td><code>${cut(value, LONGEST_NOTE)}</code></td><td>${cut(wanted, LONGEST_NOTE)}${why}</td></tr>
`;
  });
  return html`<h2>Fields</h2>
<p>${ownersText(fields)}</p>
<div class="wide"><table>
<thead><tr><th>field</th><th>owner</th><th>live</th><th>where it differs</th></tr></thead>
<tbody>
${lines}</tbody>
</table></div>
`;
}
