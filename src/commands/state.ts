import { JobwrightError } from "../errors.ts";
import { type ApiVersion, splitAddress } from "../model/job.ts";
import type { Intent, JobState, State } from "../model/state.ts";
import { documentText } from "../render/plan-document.ts";
import { safeText } from "../render/safe.ts";
import { renderStateJob, renderStateList } from "../render/state-text.ts";
import type { Holder } from "../state/lock-record.ts";
import type { StateSession } from "../state/store.ts";
import { ownedJob } from "./hold.ts";
import { type OpenProject, openProject } from "./project.ts";
import { unknownTarget } from "./scope.ts";
import type { CommandResult, GlobalOptions, Shell } from "./shell.ts";
import { sessionOptions, storeOf } from "./state-store.ts";

/** The options of the commands under `state`. */
export interface StateOptions extends GlobalOptions {
  readonly json?: boolean;
}

/** What `state list --json` answers. */
export interface StateListDocument {
  readonly formatVersion: 1;
  /** null where there is no state yet. */
  readonly lineage: string | null;
  readonly serial: number;
  /** Sorted by address. */
  readonly jobs: readonly ({ readonly address: string } & Pick<
    JobState,
    "id" | "protect" | "onRemove" | "adopted" | "appliedAt" | "file" | "hold"
  >)[];
  /** What was begun and whose outcome is not known yet. */
  readonly open: readonly Pick<Intent, "seq" | "at" | "address" | "action">[];
}

/** `jobwright state list`: the addresses that the state owns, with their live ids. */
export function stateList(shell: Shell, options: StateOptions): Promise<CommandResult> {
  return reading(shell, options, (state) => {
    const jobs = Object.entries(state?.jobs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    if (options.json) {
      const document: StateListDocument = {
        formatVersion: 1,
        lineage: state?.lineage ?? null,
        serial: state?.serial ?? 0,
        jobs: jobs.map(([address, { id, protect, onRemove, file, adopted, appliedAt, hold }]) => ({
          address,
          id,
          protect,
          onRemove,
          adopted,
          appliedAt,
          ...(file === undefined ? {} : { file }),
          ...(hold === undefined ? {} : { hold }),
        })),
        open: (state?.open ?? []).map(({ seq, at, address, action }) => ({ seq, at, address, action })),
      };
      return documentText(document);
    }
    if (shell.style.terminal) return `${shell.redactor.text(renderStateList(state, shell.style))}\n`;
    const lines = jobs.map(([address, { id }]) => `${safeText(address)}\t${safeText(id)}`);
    const open = (state?.open ?? []).map(
      (i) => `${safeText(i.address)}\t(${i.action} of ${i.at}: outcome not known yet)`,
    );
    return [...lines, ...open, ""].join("\n");
  });
}

/** `jobwright state show ADDRESS`: what the state holds of a job; as JSON, but on a terminal without `--json`. */
export function stateShow(shell: Shell, address: string, options: StateOptions): Promise<CommandResult> {
  return reading(shell, options, (state) => {
    const job = ownedJob(state, address);
    if (options.json || !shell.style.terminal) return documentText({ formatVersion: 1, address, ...job });
    return `${shell.redactor.text(renderStateJob(address, job, shell.style))}\n`;
  });
}

/** `jobwright state pull`: the whole state as JSON. */
export function statePull(shell: Shell, options: GlobalOptions): Promise<CommandResult> {
  return reading(shell, options, (state) => {
    if (state !== undefined) return documentText(state);
    throw new JobwrightError("JW5004", "not-found", "there is no state yet", { hint: "`jobwright apply` makes it." });
  });
}

/** `jobwright state rm ADDRESS`: forgets a job; it stays live. */
export function stateRemove(shell: Shell, address: string, options: StateOptions): Promise<CommandResult> {
  return writing(shell, options, `state rm ${address}`, async (session) => {
    ownedJob(session.state, address);
    refuseOpen(session.state, address);
    await session.change([{ kind: "remove", address }]);
    const said = `${address} is forgotten; the live job stays as it is.`;
    return { said, document: { address, forgotten: true } };
  });
}

/** `jobwright state mv FROM TO`: gives an owned job another address. */
export function stateMove(shell: Shell, from: string, to: string, options: StateOptions): Promise<CommandResult> {
  return writing(shell, options, `state mv ${from} ${to}`, async (session, open) => {
    const job = ownedJob(session.state, from);
    refuseOpen(session.state, from);
    refuseOpen(session.state, to);
    if (Object.hasOwn(session.state.jobs, to)) throw taken(to);
    checkDestination(open, job.apiVersion, to);
    await session.change([
      { kind: "put", address: to, job },
      { kind: "remove", address: from },
    ]);
    return { said: `${from} is ${to} now.`, document: { from, to } };
  });
}

/** A job can move to another name or target, but not to another platform. */
function checkDestination({ project }: OpenProject, apiVersion: ApiVersion, to: string): void {
  const { target, name } = splitAddress(to);
  if (!to.includes("/") || target === "" || name === "") {
    throw new JobwrightError("JW5001", "invalid", `${to} is not an address`, {
      hint: "An address is <target>/<name>.",
    });
  }
  const { targets } = project.config;
  const found = Object.hasOwn(targets, target) ? targets[target] : undefined;
  if (found === undefined) throw unknownTarget(target, Object.keys(targets));
  const provider = apiVersion.startsWith("blaxel.ai/") ? "blaxel" : "nimble";
  if (found.provider === provider) return;
  throw new JobwrightError("JW5001", "invalid", `${to} would be on another platform: the job is at ${provider}`, {
    hint: "Forget it with jobwright state rm; a manifest for the other platform makes a new job.",
  });
}

/** `jobwright state unlock`: ends a dead run's lock; a live one's only with --force. */
export async function stateUnlock(
  shell: Shell,
  options: StateOptions & { readonly force?: boolean },
): Promise<CommandResult> {
  const open = await openProject(shell, { ...options, allowEmpty: true });
  try {
    const store = storeOf(shell, open);
    const before = await store.lockStatus();
    if (!before.held) {
      const document = { place: store.place, held: false, ended: false };
      return answer(shell, options, { said: `Nobody holds the lock of ${store.place}.`, document });
    }
    const status = await store.unlock({ force: options.force ?? false });
    const who =
      status.holder === undefined
        ? "somebody"
        : `${status.holder.holder} (${status.holder.command}, since ${status.holder.since})`;
    const { verdict, evidence } = status;
    const holder = status.holder && holderDocument(status.holder);
    return answer(shell, options, {
      said: `The lock of ${safeText(who)} on ${store.place} is ended. ${evidence}`,
      document: { place: store.place, held: true, ended: true, verdict, evidence, ...(holder && { holder }) },
    });
  } finally {
    await open.close();
  }
}

/** Who held a lock, without what only locks need. */
function holderDocument({ run, holder, command, runUrl, since, host, pid }: Holder) {
  return { run, holder, command, ...(runUrl === undefined ? {} : { runUrl }), since, host, pid };
}

function taken(address: string): JobwrightError {
  return new JobwrightError("JW5004", "conflict", `the state owns ${address} already`, {
    hint: "Forget one of the two first: jobwright state rm.",
  });
}

function refuseOpen(state: State, address: string): void {
  const intent = state.open.find((i) => i.address === address);
  if (intent === undefined) return;
  throw new JobwrightError(
    "JW5004",
    "unknown-outcome",
    `${address}: the outcome of a ${intent.action} of ${intent.at} is not known yet`,
    {
      hint: "Run `jobwright apply` first; it settles what is open.",
    },
  );
}

/** What a command that changes the state says of it, to people and to programs. */
interface Said {
  readonly said: string;
  readonly document: Readonly<Record<string, unknown>>;
}

function answer(shell: Shell, { json }: StateOptions, { said, document }: Said): CommandResult {
  const stdout = json ? documentText({ formatVersion: 1, ...document }) : shell.redactor.text(`${said}\n`);
  return { exitCode: 0, stdout };
}

async function reading(
  shell: Shell,
  options: GlobalOptions,
  tell: (state: State | undefined) => string,
): Promise<CommandResult> {
  return withProject(shell, options, async (open) => {
    return { exitCode: 0, stdout: tell(await storeOf(shell, open).read()) };
  });
}

async function writing(
  shell: Shell,
  options: StateOptions,
  command: string,
  work: (session: StateSession, open: OpenProject) => Promise<Said>,
): Promise<CommandResult> {
  return withProject(shell, options, async (open) => {
    const session = await storeOf(shell, open).open(sessionOptions(shell, open, command, 0));
    try {
      return answer(shell, options, await work(session, open));
    } finally {
      await session.close();
    }
  });
}

async function withProject(
  shell: Shell,
  options: GlobalOptions,
  work: (open: OpenProject) => Promise<CommandResult>,
): Promise<CommandResult> {
  const open = await openProject(shell, { ...options, allowEmpty: true, manifestsMayFail: true });
  try {
    return await work(open);
  } finally {
    await open.close();
  }
}
