import type { JsonObject } from "../model/json.ts";
import type { PlanFlags } from "../plan/input.ts";
import type { NarrowingOptions } from "./scope.ts";
import type { GlobalOptions } from "./shell.ts";

/** The options of `plan` and `drift`; those of `apply` add to them. */
export interface PlanOptions extends GlobalOptions, NarrowingOptions {
  readonly paths?: readonly string[];
  readonly json?: boolean;
  readonly out?: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly detailedExitcode?: boolean;
  readonly prune?: boolean;
  readonly allowReplace?: boolean;
  readonly allowEmpty?: boolean;
  readonly acceptMissing?: boolean;
  readonly overwriteConflicts?: boolean;
  readonly resume?: boolean;
  readonly onlyCause?: "drift";
  readonly rotate?: readonly string[];
  readonly maxDeletes?: number;
  readonly maxUpdates?: number;
}

/** What planning takes from the command line. */
export function flagsOf(options: PlanOptions): PlanFlags {
  return {
    prune: options.prune ?? false,
    allowReplace: options.allowReplace ?? false,
    resume: options.resume ?? false,
    rotate: options.rotate ?? [],
    acceptMissing: options.acceptMissing ?? false,
    overwriteConflicts: options.overwriteConflicts ?? false,
    ...(options.onlyCause === undefined ? {} : { onlyCause: options.onlyCause }),
    ...(options.maxDeletes === undefined ? {} : { maxDeletes: options.maxDeletes }),
    ...(options.maxUpdates === undefined ? {} : { maxUpdates: options.maxUpdates }),
  };
}

/** The flags that a saved plan carries, by their long names. */
export function toJsonFlags(options: PlanOptions): JsonObject {
  const flags = flagsOf(options);
  return {
    prune: flags.prune,
    allowReplace: flags.allowReplace,
    resume: flags.resume,
    rotate: flags.rotate,
    acceptMissing: flags.acceptMissing,
    overwriteConflicts: flags.overwriteConflicts,
    ...(flags.onlyCause === undefined ? {} : { onlyCause: flags.onlyCause }),
    ...(flags.maxDeletes === undefined ? {} : { maxDeletes: flags.maxDeletes }),
    ...(flags.maxUpdates === undefined ? {} : { maxUpdates: flags.maxUpdates }),
  };
}
