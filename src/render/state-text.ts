import type { Address } from "../model/job.ts";
import { type JobState, type State, untilText } from "../model/state.ts";
import { fromJson } from "../state/codec.ts";
import { safeText } from "./safe.ts";
import { type Column, table } from "./status-table.ts";
import { counted, type RenderStyle, shown, wrapped } from "./style.ts";
import { finish } from "./text.ts";
import { blockValue } from "./value-text.ts";
import { timeText } from "./words.ts";

/** What a state owns, for the terminal: a row for each job, then the writes whose outcome is not known. */
export function renderStateList(state: State | undefined, style: RenderStyle): string {
  const jobs = Object.entries(state?.jobs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const open = state?.open ?? [];
  const [titles = [], ...rows] = jobs.length === 0 ? [] : table(columnsOfState(jobs), style);
  return finish([
    ...titles,
    ...rows.flat(),
    ...(jobs.length === 0 ? [] : [""]),
    ...open.flatMap(({ address, action, at }) =>
      wrapped(style, `! ${address}: nobody can say yet whether the ${action} of ${timeText(at)} happened`, 0, 2).map(
        (line) => style.paint("danger", line),
      ),
    ),
    ...(open.length === 0 ? [] : [...wrapped(style, "jobwright apply settles it before anything else.", 2), ""]),
    style.paint("strong", jobs.length === 0 ? "The state owns no job." : `${counted(jobs.length, "job")} owned.`),
  ]);
}

function columnsOfState(jobs: readonly (readonly [Address, JobState])[]): readonly Column[] {
  const cells = (cell: (job: JobState) => string): readonly string[] =>
    jobs.map(([, job]) => safeText(cell(job).slice(0, 1000)));
  return [
    {
      title: "job",
      cells: jobs.map(([address]) => safeText(address.slice(0, 4000))),
      ...{ least: 24, most: 60, rank: 0, paint: () => "strong" },
    },
    { title: "live id", cells: cells(({ id }) => id), least: 10, most: 40, rank: 0 },
    { title: "applied, UTC", cells: cells(appliedText), least: 16, most: 16, rank: 2 },
    { title: "manifest", cells: cells(({ file = "-" }) => file), least: 20, most: 60, rank: 3 },
    { title: "rules", cells: cells(rulesText), least: 30, most: 60, rank: 1, paint: () => "warning" },
  ];
}

function appliedText({ appliedAt }: JobState): string {
  return timeText(appliedAt).replace(/ UTC$/, "");
}

/** What keeps a job from being handled like others; "" for most. */
function rulesText({ protect, onRemove, hold, doomed = [] }: JobState): string {
  return [
    ...(hold === undefined ? [] : [`held until ${untilText(hold.until)}`]),
    ...(protect ? ["protected"] : []),
    ...(onRemove === "delete" ? [] : [`on-remove: ${onRemove}`]),
    ...(doomed.length === 0 ? [] : ["an old one is still to be deleted"]),
  ].join(", ");
}

/** What a state knows of one job, for the terminal. */
export function renderStateJob(address: Address, job: JobState, style: RenderStyle): string {
  const { id, file, adopted, appliedAt, updatedAt, createdAt, apiVersion, hold, triggerIds, unverified } = job;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["live id", id],
    ["manifest", file],
    ["API", apiVersion],
    ["made", createdAt === undefined ? undefined : timeText(createdAt)],
    ["ours by", adopted ? "adoption" : "creation"],
    ["applied", timeText(appliedAt)],
    ["live as of", updatedAt === undefined ? undefined : timeText(updatedAt)],
    ["rules", rulesText(job)],
    ["hold", hold === undefined ? undefined : hold.reason],
    ["trigger ids", triggerIds === undefined ? undefined : Object.values(triggerIds).join(", ")],
    ["unverified", unverified === undefined ? undefined : Object.keys(unverified).join(", ")],
  ];
  return finish([
    style.paint("strong", shown(style, address)),
    ...facts.flatMap(([name, value]) => (value === undefined || value === "" ? [] : factLines(name, value, style))),
    "",
    style.paint("strong", "Declared when it was applied last:"),
    ...blockValue(fromJson(job.declared).value).flatMap((line) => `  ${line}`),
  ]);
}

const NAME_WIDTH = 14;

function factLines(name: string, value: string, style: RenderStyle): readonly string[] {
  const [first = "", ...rest] = wrapped(style, value, NAME_WIDTH);
  return [`  ${style.paint("dim", name.padEnd(NAME_WIDTH - 2))}${first.slice(NAME_WIDTH)}`, ...rest];
}
