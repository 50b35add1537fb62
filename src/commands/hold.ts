import { JobwrightError } from "../errors.ts";
import { closestAddress } from "../manifest/suggest.ts";
import { type State, untilText } from "../model/state.ts";
import { documentText } from "../render/plan-document.ts";
import { openProject } from "./project.ts";
import type { CommandResult, GlobalOptions, Shell } from "./shell.ts";
import { sessionOptions, storeOf } from "./state-store.ts";

/** The options of `hold`. */
export interface HoldOptions extends GlobalOptions {
  /** `2026-12-01`, or a time (RFC 3339). */
  readonly until: string;
  readonly reason: string;
  readonly json?: boolean;
}

/** What `hold --json` and `release --json` answer. */
export interface HoldDocument {
  readonly formatVersion: 1;
  readonly address: string;
  /** How it is held from now on; null where it is not. */
  readonly hold: { readonly until: string; readonly reason: string } | null;
  /** False where a job was released that was not held. */
  readonly changed: boolean;
}

/** `jobwright hold ADDRESS`: leaves a job alone until then, visibly. */
export async function hold(shell: Shell, address: string, options: HoldOptions): Promise<CommandResult> {
  const until = endOf(options.until);
  if (until === undefined || until.getTime() <= shell.runtime.clock.wall().getTime()) {
    throw new JobwrightError("JW5001", "invalid", `--until ${options.until} is not a day or time to come`, {
      hint: "Write a day (2026-12-01: to its end, UTC) or a time (2026-12-01T08:00:00Z).",
    });
  }
  if (options.reason.trim() === "") {
    throw new JobwrightError("JW5001", "invalid", "a hold needs a reason", {
      hint: 'For example: --reason "vendor outage".',
    });
  }
  return changed(shell, address, options, { until: until.toISOString(), reason: options.reason });
}

/** `jobwright release ADDRESS`: ends a hold. */
export function release(
  shell: Shell,
  address: string,
  options: GlobalOptions & { readonly json?: boolean },
): Promise<CommandResult> {
  return changed(shell, address, options, undefined);
}

async function changed(
  shell: Shell,
  address: string,
  options: GlobalOptions & { readonly json?: boolean },
  wanted: { readonly until: string; readonly reason: string } | undefined,
): Promise<CommandResult> {
  const open = await openProject(shell, { ...options, allowEmpty: true });
  try {
    const verb = wanted === undefined ? "release" : "hold";
    const session = await storeOf(shell, open).open(sessionOptions(shell, open, `${verb} ${address}`, 0));
    try {
      const declared = open.project.desired.map((job) => job.address);
      const { hold: before, ...rest } = ownedJob(session.state, address, declared);
      if (wanted === undefined && before === undefined) {
        return told(shell, options, { address, changed: false }, `${address} is not held.`);
      }
      await session.change([{ kind: "put", address, job: wanted === undefined ? rest : { ...rest, hold: wanted } }]);
    } finally {
      await session.close();
    }
    const said =
      wanted === undefined
        ? `${address} is released.`
        : `${address} is held until ${untilText(wanted.until)}: ${wanted.reason}`;
    const hold = wanted && { ...wanted, reason: shell.redactor.text(wanted.reason) };
    return told(shell, options, { address, changed: true, ...(hold && { hold }) }, said);
  } finally {
    await open.close();
  }
}

function told(
  shell: Shell,
  { json }: { readonly json?: boolean },
  { address, changed, hold = null }: Pick<HoldDocument, "address" | "changed"> & Partial<HoldDocument>,
  said: string,
): CommandResult {
  const document: HoldDocument = { formatVersion: 1, address, hold, changed };
  return { exitCode: 0, stdout: json ? documentText(document) : shell.redactor.text(`${said}\n`) };
}

/** The state's entry of an address, or an error that suggests the nearest one, or says that it was never applied. */
export function ownedJob(
  state: State | undefined,
  address: string,
  declared: readonly string[] = [],
): State["jobs"][string] {
  const job = state !== undefined && Object.hasOwn(state.jobs, address) ? state.jobs[address] : undefined;
  if (job !== undefined) return job;
  const near = closestAddress(address, Object.keys(state?.jobs ?? {}));
  const known = near === undefined ? "`jobwright state list` lists the jobs that it owns." : `Did you mean ${near}?`;
  throw new JobwrightError("JW5004", "not-found", `the state owns no job ${address}`, {
    hint: declared.includes(address) ? "A manifest declares it, but it was never applied: run apply first." : known,
  });
}

/** A day means to its end, in UTC. Undefined for what is no day of the calendar, such as 2026-02-31. */
function endOf(text: string): Date | undefined {
  const day = /^(\d{4}-\d{2}-\d{2})(T|$)/.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return undefined;
  const date = new Date(text === day ? `${day}T23:59:59.999Z` : text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
