import { JobwrightError } from "../errors.ts";
import type { LoadedProject } from "../manifest/load.ts";
import { closest, closestAddress } from "../manifest/suggest.ts";
import { isList, isObject, own } from "../model/document.ts";
import type { Address, DesiredJob } from "../model/job.ts";
import { splitAddress } from "../model/job.ts";
import { matches } from "../model/match.ts";
import type { Shard } from "../model/shard.ts";
import type { JobState, State } from "../model/state.ts";
import { safeText } from "../render/safe.ts";
import { changedFiles } from "./git.ts";
import type { Shell } from "./shell.ts";

/** The options that narrow a run. */
export interface NarrowingOptions {
  readonly target?: readonly string[];
  readonly only?: readonly string[];
  readonly exclude?: readonly string[];
  readonly changedSince?: string;
  readonly shard?: Shard;
}

/** Which jobs a run is about. */
export interface Scope {
  /** `state`: what is known of a job, for those whose manifest is gone. */
  readonly includes: (address: Address, state: JobState | undefined) => boolean;
  readonly narrowed: boolean;
  /** What is in scope is looked at as a whole; acted upon is what of it is in this part. */
  readonly shard?: Shard;
}

/**
 * Narrowing composes: a job is in scope if every given option says so. Deletes stay inside it too. Throws for a target
 * that the config does not know, and for a secret to rotate that no manifest declares; warns of patterns that match
 * nothing.
 */
export async function scopeOf(
  shell: Shell,
  project: LoadedProject,
  options: NarrowingOptions & { readonly rotate?: readonly string[] },
  owned: State["jobs"] = {},
): Promise<Scope> {
  const { target = [], only = [], exclude = [] } = options;
  const targets = Object.keys(project.config.targets);
  for (const name of target) if (!targets.includes(name)) throw unknownTarget(name, targets);
  checkRotated(options.rotate ?? [], project.desired);
  const addresses = [...project.desired.map((job) => job.address), ...Object.keys(owned)];
  warnOfUnmatched(shell, "--only", only, addresses);
  warnOfUnmatched(shell, "--exclude", exclude, addresses);
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
  return { includes, narrowed, ...(options.shard === undefined ? {} : { shard: options.shard }) };
}

function warnOfUnmatched(shell: Shell, flag: string, patterns: readonly string[], addresses: readonly string[]): void {
  for (const pattern of patterns) {
    if (addresses.some((address) => matches(pattern, address))) continue;
    const near = closestAddress(pattern, addresses);
    const hint =
      near === undefined ? "Addresses are <target>/<name>; * stands for any characters." : `Did you mean ${near}?`;
    shell.runtime.log(`warning JW1023: ${flag} ${safeText(pattern)} matches no job, declared or owned. ${hint}`);
  }
}

/** What is to be written again must be there: a misspelt name would look as if it had been. */
function checkRotated(rotate: readonly string[], desired: readonly DesiredJob[]): void {
  if (rotate.length === 0) return;
  const known = desired.flatMap(secretsOf);
  for (const name of rotate) {
    if (known.includes(name)) continue;
    const near = closest(name, known);
    throw new JobwrightError("JW5001", "invalid", `--rotate ${name} names no secret that a manifest declares`, {
      hint: near === undefined ? "Write ADDRESS/NAME, as in blaxel/nightly/API_KEY." : `Did you mean ${near}?`,
    });
  }
}

/** `blaxel/nightly/API_KEY` of each secret variable of a job. */
export function secretsOf({ address, document }: DesiredJob): readonly string[] {
  const runtime = own(document.spec, "runtime");
  const envs = isObject(runtime) ? own(runtime, "envs") : undefined;
  const secret = (isList(envs) ? envs : []).filter((env) => isObject(env) && own(env, "secret") === true);
  return secret.map((env) => `${address}/${isObject(env) ? String(own(env, "name")) : ""}`);
}

/** No such target. */
export function unknownTarget(name: string, known: readonly string[]): JobwrightError {
  const near = closest(name, known);
  return new JobwrightError("JW5001", "invalid", `there is no target ${name}`, {
    hint: near === undefined ? `Targets: ${known.join(", ")}.` : `Did you mean ${near}?`,
  });
}
