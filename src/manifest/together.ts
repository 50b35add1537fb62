import type { Code } from "../codes.ts";
import { addressOf, type DesiredJob, type SourceLocation } from "../model/job.ts";
import { quote } from "./quote.ts";

/** A problem of manifests with one another, told at one of them. */
export interface SharedProblem {
  readonly job: DesiredJob;
  readonly path: readonly string[];
  readonly code: Code;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint: string;
}

const NAME = ["metadata", "name"];

/**
 * What is wrong only when manifests are seen together: one address twice, names that are one name to a reader, one live
 * id for two, a former name that is still in use. Jobs in the order of files and lines: the later one is at fault.
 */
export function checkTogether(jobs: readonly DesiredJob[]): SharedProblem[] {
  const byAddress = new Map<string, DesiredJob>();
  for (const job of jobs) if (!byAddress.has(job.address)) byAddress.set(job.address, job);
  return [...checkNames(jobs), ...checkIds(jobs), ...checkMoves(jobs, byAddress)];
}

function checkNames(jobs: readonly DesiredJob[]): SharedProblem[] {
  const exact = new Map<string, DesiredJob>();
  const composed = new Map<string, DesiredJob>();
  const folded = new Map<string, DesiredJob>();
  return jobs.flatMap((job): SharedProblem[] => {
    const same = known(exact, job.address, job);
    if (same !== undefined) {
      const hint = `The other one is at ${placeOf(same.source)}. Give one of them another name, or another target.`;
      return [
        {
          job,
          path: NAME,
          code: "JW1204",
          severity: "error",
          message: `${quote(job.address)} is declared twice`,
          hint,
        },
      ];
    }
    const spelled = known(composed, job.address.normalize("NFC"), job);
    if (spelled !== undefined) {
      const message = `${quote(job.address)} is the same name as the one at ${placeOf(spelled.source)}, in other characters (NFC and NFD)`;
      return [
        {
          job,
          path: NAME,
          code: "JW1205",
          severity: "error",
          message,
          hint: "Nobody could tell them apart. Choose one spelling.",
        },
      ];
    }
    const similar = known(folded, job.address.normalize("NFKC").toLowerCase(), job);
    if (similar === undefined) return [];
    const message = `${quote(job.address)} is easily confused with ${quote(similar.address)} at ${placeOf(similar.source)}`;
    return [
      {
        job,
        path: NAME,
        code: "JW1206",
        severity: "warning",
        message,
        hint: "Names that differ in more than case are safer.",
      },
    ];
  });
}

function checkIds(jobs: readonly DesiredJob[]): SharedProblem[] {
  const seen = new Map<string, DesiredJob>();
  return jobs.flatMap((job): SharedProblem[] => {
    const { id } = job.annotations;
    const other = id === undefined ? undefined : known(seen, addressOf(job.target, id), job);
    if (id === undefined || other === undefined) return [];
    const path = ["metadata", "annotations", "jobwright.dev/id"];
    const message = `${quote(id)} is bound to ${quote(other.address)} at ${placeOf(other.source)} already`;
    return [{ job, path, code: "JW1212", severity: "error", message, hint: "One live job has one manifest." }];
  });
}

function checkMoves(jobs: readonly DesiredJob[], byAddress: ReadonlyMap<string, DesiredJob>): SharedProblem[] {
  const moved = new Map<string, DesiredJob>();
  return jobs.flatMap((job): SharedProblem[] => {
    const { movedFrom } = job.annotations;
    if (movedFrom === undefined) return [];
    const from = addressOf(job.target, movedFrom);
    const declared = byAddress.get(from);
    const other = known(moved, from, job);
    const taken = declared ?? other;
    if (taken === undefined) return [];
    const path = ["metadata", "annotations", "jobwright.dev/moved-from"];
    const what = declared === undefined ? "has moved already, to the one" : "is still declared,";
    const hint = "A job moves to one new name, and its old manifest goes.";
    return [
      {
        job,
        path,
        code: "JW1213",
        severity: "error",
        message: `${quote(from)} ${what} at ${placeOf(taken.source)}`,
        hint,
      },
    ];
  });
}

/** The job that has the key already; if there is none, it is this one from now on. */
function known(jobs: Map<string, DesiredJob>, key: string, job: DesiredJob): DesiredJob | undefined {
  const found = jobs.get(key);
  if (found === undefined) jobs.set(key, job);
  return found;
}

function placeOf({ file, line }: SourceLocation): string {
  return `${file}:${line}`;
}
