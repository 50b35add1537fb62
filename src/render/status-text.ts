import { type JobStanding, STANDINGS, type Status, type StatusRow, type StatusSummary } from "../model/status.ts";
import { localTime, sameAsUtc } from "./local-time.ts";
import { safeText } from "./safe.ts";
import { type Column, table } from "./status-table.ts";
import { counted, type Paint, type RenderStyle, wrapped } from "./style.ts";
import { finish, warningLines } from "./text.ts";

/** What people read for a standing. */
export const STANDING_WORDS: Readonly<Record<JobStanding, string>> = {
  "outcome-unknown": "outcome unknown",
  held: "held",
  conflict: "conflict",
  missing: "missing",
  drifted: "drifted",
  paused: "paused",
  pending: "pending",
  new: "new",
  orphaned: "orphaned",
  unmanaged: "unmanaged",
  "in-sync": "in sync",
};

const PAINTS: Readonly<Record<JobStanding, Paint>> = {
  "outcome-unknown": "danger",
  held: "warning",
  conflict: "danger",
  missing: "error",
  drifted: "warning",
  paused: "warning",
  pending: "change",
  new: "create",
  orphaned: "destroy",
  unmanaged: "dim",
  "in-sync": "ok",
};

const NOTE_INDENT = 4;
const NOTHING = "-";

/** A status for the terminal. `zone` is the reader's, for a second column of next runs where it is not as UTC. */
export function renderStatus(status: Status, style: RenderStyle, zone: string): string {
  const { rows } = status;
  const [titles = [], ...lines] = rows.length === 0 ? [] : table(columnsOfStatus(rows, zone), style);
  return finish([
    ...titles,
    ...rows.flatMap((row, at) => [...(lines[at] ?? []), ...noteLines(row, style)]),
    ...(rows.length === 0 ? [] : [""]),
    ...warningLines(status.warnings, style),
    ...wrapped(style, standingsText(status.summary), 0),
    ...wrapped(style, `${coverageText(status.summary)}${narrowedText(status)}`, 0).map((line) =>
      style.paint("strong", line),
    ),
  ]);
}

/** `44 jobs: 1 drifted, 2 pending, 41 in sync.` */
export function standingsText({ jobs, standings }: StatusSummary): string {
  if (jobs === 0) return "No jobs.";
  const parts = STANDINGS.filter((standing) => standings[standing] > 0).map(
    (standing) => `${standings[standing]} ${STANDING_WORDS[standing]}`,
  );
  return `${counted(jobs, "job")}: ${parts.join(", ")}.`;
}

/** `41 of 44 live jobs are managed (93 %).` */
export function coverageText({ live, managed, unmanaged, managedPercent }: StatusSummary): string {
  if (managedPercent === undefined) return "No job is live.";
  const verb = managed === 1 ? "is" : "are";
  const way = unmanaged === 0 ? "" : " jobwright import writes manifests for the others.";
  return `${managed} of ${counted(live, "live job")} ${verb} managed (${managedPercent} %).${way}`;
}

function narrowedText({ narrowed }: Status): string {
  return narrowed ? " Only what was selected is listed." : "";
}

function columnsOfStatus(rows: readonly StatusRow[], zone: string): readonly Column[] {
  const next = rows.flatMap(({ nextRun }) => nextRun ?? []);
  const local = next.length === 0 || sameAsUtc(zone, next) ? [] : [localColumn(rows, zone)];
  const names = namesOf(rows);
  return [
    { title: "job", cells: names, least: 24, most: 60, rank: 0, paint: () => "strong" },
    {
      title: "standing",
      cells: rows.map(({ standing }) => STANDING_WORDS[standing]),
      ...{ least: 15, most: 15, rank: 0 },
      paint: (row) => PAINTS[rows[row]?.standing ?? "in-sync"],
    },
    { title: "schedule", cells: rows.map(scheduleText), least: 20, most: 44, rank: 2 },
    { title: "next run, UTC", cells: rows.map((row) => nextText(row, "UTC")), least: 16, most: 16, rank: 1 },
    ...local,
    { title: lastRunTitle(rows), cells: rows.map(lastRunText), least: 24, most: 40, rank: 3 },
    { title: "last changed, UTC", cells: rows.map(lastChangeText), least: 26, most: 48, rank: 5 },
  ];
}

function localColumn(rows: readonly StatusRow[], zone: string): Column {
  const cells = rows.map((row) => (row.nextRun === undefined ? "" : nextText(row, zone)));
  return { title: `in ${zone}`, cells, least: 40, most: 40, rank: 4 };
}

/** What the column of {@link lastRunText} tells: Nimble's last runs, the state of Blaxel's deployments, or both. */
export function lastRunTitle(rows: readonly StatusRow[]): string {
  const runs = rows.some(({ lastRun }) => lastRun !== undefined);
  const states = rows.some(({ deployment }) => deployment !== undefined);
  return runs && states ? "last run, or state" : states ? "state" : "last run, UTC";
}

/** Addresses; where two jobs share one, with the live id. */
export function namesOf(rows: readonly StatusRow[]): readonly string[] {
  const times = new Map<string, number>();
  for (const { address } of rows) times.set(address, (times.get(address) ?? 0) + 1);
  return rows.map(({ address, id }) => {
    const told = (times.get(address) ?? 0) > 1 && id !== undefined ? ` (${id})` : "";
    return safeText(`${address.slice(0, 4000)}${told}`);
  });
}

/** `At 06:00`; `off: At 06:00`; `Every hour and 2 more`. */
export function scheduleText({ schedules }: StatusRow): string {
  const [first] = schedules.toSorted((a, b) => Number(b.on) - Number(a.on));
  if (first === undefined) return NOTHING;
  const more = schedules.length > 1 ? ` and ${schedules.length - 1} more` : "";
  return safeText(`${first.on ? "" : "off: "}${first.words}${more}`.slice(0, 1000));
}

/** When a job fires next, or why not: `off`, `never`; `-` where it has no schedule or is not live. */
export function nextText({ schedules, nextRun, live }: StatusRow, zone: string): string {
  if (nextRun !== undefined) return localTime(nextRun, zone);
  if (schedules.length === 0 || !live) return NOTHING;
  return schedules.some(({ on }) => on) ? "never" : "off";
}

/** `2026-09-30 06:00 SUCCESS`; Blaxel: `DEPLOYED`. */
export function lastRunText({ lastRun, deployment }: StatusRow): string {
  const parts = [lastRun?.at === undefined ? undefined : minutes(lastRun.at), lastRun?.status, deployment];
  const told = parts.flatMap((part) => part ?? []);
  return told.length === 0 ? NOTHING : safeText(told.join(" ").slice(0, 1000));
}

/** `2026-09-21 17:25 by ana`; `2026-05-04 08:11 by apply` where nobody touched it since. */
export function lastChangeText({ lastChange }: StatusRow): string {
  if (lastChange === undefined) return NOTHING;
  const { at, by, sinceApply } = lastChange;
  const who = by ?? (sinceApply === undefined ? undefined : sinceApply ? "somebody, not apply" : "apply");
  return safeText(`${minutes(at)}${who === undefined ? "" : ` by ${who}`}`.slice(0, 1000));
}

/** To the minute, in UTC; what is no time stays as it is. */
function minutes(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : localTime(date, "UTC");
}

function noteLines(row: StatusRow, style: RenderStyle): readonly string[] {
  const also = row.also.map((standing) => STANDING_WORDS[standing]).join(", ");
  return [...(also === "" ? [] : [`also ${also}`]), ...row.notes].flatMap((note) =>
    wrapped(style, note, NOTE_INDENT).map((text) => style.paint("dim", text)),
  );
}
