import type { LoadedProject } from "../manifest/load.ts";
import type { Address } from "../model/job.ts";
import { splitAddress } from "../model/job.ts";
import { matches } from "../model/match.ts";
import type { JobState } from "../model/state.ts";
import { changedFiles } from "./git.ts";
import type { Shell } from "./shell.ts";

/** The options that narrow a run. */
export interface NarrowingOptions {
  readonly target?: readonly string[];
  readonly only?: readonly string[];
  readonly exclude?: readonly string[];
  readonly changedSince?: string;
}

/** Which jobs a run is about. */
export interface Scope {
  /** `state`: what is known of a job, for those whose manifest is gone. */
  readonly includes: (address: Address, state: JobState | undefined) => boolean;
  readonly narrowed: boolean;
}

/** Narrowing composes: a job is in scope if every given option says so. Deletes stay inside it too. */
export async function scopeOf(shell: Shell, project: LoadedProject, options: NarrowingOptions): Promise<Scope> {
  const { target = [], only = [], exclude = [] } = options;
  const declared = new Map(project.desired.map((job) => [job.address, job.source.file]));
  const changed =
    options.changedSince === undefined
      ? undefined
      : await changedFiles(shell, project.config.root, options.changedSince);
  // A changed config may change any job.
  const anyFile = changed === undefined || (project.config.file !== undefined && changed.has(project.config.file));
  const narrowed =
    project.narrowed || target.length + only.length + exclude.length > 0 || options.changedSince !== undefined;
  const includes = (address: Address, state: JobState | undefined): boolean => {
    const file = declared.get(address) ?? state?.file;
    if (
      project.narrowed &&
      !(declared.has(address) ? project.selected.has(address) : project.isSelectedFile(file ?? ""))
    )
      return false;
    if (!anyFile && (file === undefined || !changed.has(file))) return false;
    if (target.length > 0 && !target.includes(splitAddress(address).target)) return false;
    if (only.length > 0 && !only.some((pattern) => matches(pattern, address))) return false;
    return !exclude.some((pattern) => matches(pattern, address));
  };
  return { includes, narrowed };
}
