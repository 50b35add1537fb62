import type { Action, Cause, Plan, Standing } from "../model/plan.ts";
import type { Intent } from "../model/state.ts";
import {
  type JobStanding,
  type LastChange,
  type Roster,
  type RosterJob,
  STANDINGS,
  type Status,
  type StatusRow,
  type StatusSummary,
} from "../model/status.ts";
import { pathText } from "./path-text.ts";
import { timeText, type Words } from "./words.ts";

/** Refusals that say that the estate is not the one that the state knows: then no row can be trusted. */
const DOUBTS: ReadonlySet<string> = new Set(["JW3006", "JW3007", "JW3008", "JW3010", "JW3012"]);

/** Paths named in a note; the rest is counted. */
const MOST_PATHS = 3;

/** A plan and who is in it, told job by job. Pure: `words` know the time. */
export function statusOf(plan: Plan, roster: Roster, words: Words): Status {
  const actions = new Map(plan.actions.map((action) => [action.address, action]));
  const standings = new Map<string, Standing[]>();
  for (const standing of plan.standings.filter(({ kind }) => kind !== "unmanaged")) {
    standings.set(standing.address, [...(standings.get(standing.address) ?? []), standing]);
  }
  const next = nextRunBy(words);
  const rows = roster.jobs.map((job) => {
    const managed = isManaged(job);
    const action = managed ? actions.get(job.address) : undefined;
    return rowOf(job, action, managed ? (standings.get(job.address) ?? []) : [], words, next);
  });
  return {
    rows,
    summary: summaryOf(rows, roster),
    narrowed: plan.narrowed,
    warnings: [
      ...plan.refusals.filter(({ code }) => DOUBTS.has(code)).map(({ code, message }) => ({ code, message })),
      ...plan.warnings.filter(({ code }) => code !== "JW3501" && code !== "JW2005"),
    ],
  };
}

/** Counts of rows; how much of what is live is managed counts everything that was read. */
export function summaryOf(rows: readonly StatusRow[], { live, unmanaged }: Omit<Roster, "jobs">): StatusSummary {
  const counts = Object.fromEntries(STANDINGS.map((standing) => [standing, 0])) as Record<JobStanding, number>;
  for (const { standing } of rows) counts[standing]++;
  const managed = live - unmanaged;
  return {
    jobs: rows.length,
    standings: counts,
    live,
    managed,
    unmanaged,
    ...(live === 0 ? {} : { managedPercent: Math.floor((managed * 100) / live) }),
  };
}

function isManaged({ desired, state, open }: RosterJob): boolean {
  return desired !== undefined || state !== undefined || open !== undefined;
}

function rowOf(
  job: RosterJob,
  action: Action | undefined,
  standings: readonly Standing[],
  words: Words,
  next: (job: RosterJob) => Date | undefined,
): StatusRow {
  const { address, target, provider, desired, live, state } = job;
  const [standing = "in-sync", ...also] = holding(job, action, standings);
  const id = live?.id ?? state?.id;
  const nextRun = next(job);
  const change = lastChangeOf(job);
  const facts = live?.facts;
  return {
    address,
    target,
    provider,
    ...(id === undefined ? {} : { id }),
    live: live !== undefined,
    ...(desired === undefined ? {} : { source: desired.source }),
    standing,
    also,
    notes: notesOf(job, action, standings),
    changes: changesOf(action, standings),
    schedules: job.schedules.map((each) => ({ ...each, words: inWords(words, each.cron) })),
    ...(nextRun === undefined ? {} : { nextRun }),
    ...(facts?.lastRunAt === undefined && facts?.lastRunStatus === undefined
      ? {}
      : {
          lastRun: {
            ...(facts.lastRunAt === undefined ? {} : { at: facts.lastRunAt }),
            ...(facts.lastRunStatus === undefined ? {} : { status: facts.lastRunStatus }),
          },
        }),
    ...(facts?.status === undefined ? {} : { deployment: facts.status }),
    ...(change === undefined ? {} : { lastChange: change }),
    ...(state?.hold === undefined || standing !== "held" ? {} : { hold: state.hold }),
  };
}

/** Everything that holds of a job, what wants a look first in front; nothing where all is well. */
function holding(
  { desired, live, state, open }: RosterJob,
  action: Action | undefined,
  standings: readonly Standing[],
): readonly JobStanding[] {
  const has = (kind: Standing["kind"]): boolean => standings.some((standing) => standing.kind === kind);
  // What a create would add is no news beside that there is no job.
  const causes = new Set((live === undefined ? [] : (action?.changes ?? [])).map(({ cause }) => cause));
  const undeclared = desired === undefined && open === undefined;
  const all: Readonly<Record<JobStanding, boolean>> = {
    "outcome-unknown": open !== undefined,
    held: has("held"),
    conflict: causes.has("conflict"),
    missing: desired !== undefined && live === undefined && state !== undefined,
    drifted: causes.has("drift") || causes.has("unknown"),
    paused: has("paused"),
    pending: live !== undefined && action !== undefined && !undeclared && isPending(causes),
    new: desired !== undefined && live === undefined && state === undefined && open === undefined,
    orphaned: desired === undefined && state !== undefined,
    unmanaged: undeclared && state === undefined,
    "in-sync": false,
  };
  return STANDINGS.filter((standing) => all[standing]);
}

/** Something waits in Git: a change of a field, or a job to be adopted, renamed or made anew. */
function isPending(causes: ReadonlySet<Cause>): boolean {
  return causes.has("pending") || causes.size === 0;
}

function changesOf(action: Action | undefined, standings: readonly Standing[]): StatusRow["changes"] {
  const made = action === undefined || action.action === "create" || action.action === "delete" ? [] : action.changes;
  const paused = standings.flatMap(({ changes }) => changes ?? []);
  return [...made, ...paused]
    .map(({ path, cause }) => ({ path, cause }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function notesOf(job: RosterJob, action: Action | undefined, standings: readonly Standing[]): readonly string[] {
  const notes = [
    ...(job.open === undefined ? [] : [openNote(job.open)]),
    ...standings.map(({ kind, note, changes }) => (kind === "paused" ? pausedNote(changes ?? [], note) : note)),
    ...(action === undefined ? [] : actionNotes(action)),
    ...((job.live?.inexact.length ?? 0) > 0
      ? ["holds numbers that cannot be kept exactly: it is read, and never written as a whole"]
      : []),
  ];
  return [...new Set(notes)];
}

function openNote({ action, at }: Intent): string {
  return `nobody can say yet whether the ${action} of ${timeText(at)} happened; the next apply settles it`;
}

function pausedNote(changes: readonly { readonly path: string }[], note: string): string {
  if (changes.length === 0) return note;
  return `switched off by hand: ${paths(changes)} (apply --resume switches it on)`;
}

function actionNotes(action: Action): readonly string[] {
  const by = (...causes: readonly Cause[]) => action.changes.filter(({ cause }) => causes.includes(cause));
  const told = (what: string, changes: Action["changes"]): readonly string[] =>
    changes.length === 0 ? [] : [`${what}: ${paths(changes)}`];
  if (action.action === "create") return action.notes.length > 0 ? action.notes : ["declared, not made yet"];
  return [
    ...told("Git and live both moved", by("conflict")),
    ...told("changed live", by("drift")),
    ...told("differs from Git, and nothing tells which side moved", by("unknown")),
    ...told("waits for an apply", by("pending")),
    ...(action.action === "adopt" ? ["live, and not in the state yet: apply takes it over"] : []),
    ...(action.action === "replace" ? ["cannot be changed in place: apply makes it anew (--allow-replace)"] : []),
    ...action.notes.filter((note) => !note.includes("was paused by hand")),
  ];
}

function paths(changes: readonly { readonly path: string }[]): string {
  const named = changes.slice(0, MOST_PATHS).map(({ path }) => pathText(path));
  const more = changes.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function lastChangeOf({ live, state }: RosterJob): LastChange | undefined {
  const { updatedAt, updatedBy } = live?.facts ?? {};
  if (updatedAt === undefined) return undefined;
  return {
    at: updatedAt,
    ...(updatedBy === undefined ? {} : { by: updatedBy }),
    ...(state?.updatedAt === undefined ? {} : { sinceApply: updatedAt > state.updatedAt }),
  };
}

/** No expression that people write is longer; what is comes from elsewhere. */
const LONGEST_CRON = 200;

/** The next time a live job fires by any of its schedules. Each expression is looked at once. */
function nextRunBy(words: Words): (job: RosterJob) => Date | undefined {
  const known = new Map<string, Date | undefined>();
  const next = (cron: string): Date | undefined => {
    if (!known.has(cron)) known.set(cron, firstRun(words, cron));
    return known.get(cron);
  };
  return ({ live, schedules }) => {
    if (live === undefined) return undefined;
    return schedules
      .filter(({ on }) => on)
      .flatMap(({ cron }) => next(cron) ?? [])
      .reduce<Date | undefined>((first, each) => (first === undefined || each < first ? each : first), undefined);
  };
}

function inWords(words: Words, cron: string): string {
  return cron.length > LONGEST_CRON ? cron : (words.describeCron(cron) ?? cron);
}

/** What is live need not be an expression that we can read. */
function firstRun(words: Words, cron: string): Date | undefined {
  if (cron.length > LONGEST_CRON) return undefined;
  try {
    return words.nextRuns(cron, 1)[0];
  } catch {
    return undefined;
  }
}
