import { schedulesOf } from "../document/schedules.ts";
import type { Action, PlannedRequest } from "../model/plan.ts";
import { carriedText } from "./counts.ts";
import { pathText } from "./path-text.ts";
import { timeText, told, type Words } from "./words.ts";

/** What is to be known of a job before its fields, a line each. Not made safe: names and messages may be in it. */
export function aboutLines(action: Action, words: Words): readonly string[] {
  const { removedBy, desired } = action;
  return [
    ...(action.action === "adopt" ? ["is live already and in no state: it is taken over"] : []),
    ...(action.action === "forget" ? ["leaves the state; nothing is sent"] : []),
    ...(action.action === "replace"
      ? ["cannot be changed in place: a new job is made, then the old one is deleted"]
      : []),
    ...(action.action === "replace" && desired?.annotations.movedFrom !== undefined
      ? [`was ${action.target}/${desired.annotations.movedFrom}`]
      : []),
    ...(removedBy === undefined
      ? []
      : [`its manifest was removed in ${removedBy.commit.slice(0, 10)} by ${removedBy.author}: ${removedBy.subject}`]),
    ...(action.action === "delete" ? livingLines(action, words) : []),
    ...touchedLines(action),
    ...action.notes,
  ];
}

/** What ends with a live job: when it would run next, and when it ran last. */
function livingLines({ live, provider }: Action, words: Words): readonly string[] {
  if (live === undefined) return [];
  const { lastRunAt, lastRunStatus } = live.facts;
  const status = lastRunStatus === undefined ? "" : `, ${lastRunStatus}`;
  return [
    ...schedulesOf(provider, live.document).flatMap((schedule) => told(schedule, words)),
    ...(lastRunAt === undefined ? [] : [`last run ${timeText(lastRunAt)}${status}`]),
  ];
}

/** Who changed the live job last, where the platform tells. Not made safe. */
export function touchedLines(action: Action): readonly string[] {
  const text = touchedText(action);
  return text === undefined ? [] : [`last changed live ${text}`];
}

/** `2026-11-24 07:00 UTC by ana`. Not made safe. */
export function touchedText({ touched }: Action): string | undefined {
  if (touched?.updatedAt === undefined) return undefined;
  return `${timeText(touched.updatedAt)}${touched.updatedBy === undefined ? "" : ` by ${touched.updatedBy}`}`;
}

/** `PUT /v0/jobs/x (changes 1 field, carries 14: ...)`. Not made safe. */
export function requestText(request: PlannedRequest, action: Action): string {
  const carried = request.method === "PUT" ? carriedText(action) : undefined;
  const line = `${request.method} ${request.path}`;
  return carried === undefined ? line : `${line} (${carried}${carriedNames(action)})`;
}

function carriedNames(action: Action): string {
  const paths = action.carried?.paths ?? [];
  if (paths.length === 0) return "";
  const names = paths.slice(0, 3).map(pathText);
  return `: ${names.join(", ")}${paths.length > 3 ? ", ..." : ""}`;
}
