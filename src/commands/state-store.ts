import { framesOf, InternalError, JobwrightError } from "../errors.ts";
import type { State } from "../model/state.ts";
import { renderError } from "../render/error-text.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import { emptyState } from "../state/changes.ts";
import { randomHex } from "../state/failure.ts";
import { openStateStore } from "../state/index.ts";
import type { LockControl } from "../state/lock-record.ts";
import { rescueOf, writeRescue } from "../state/rescue.ts";
import { createMemorySink, createSession } from "../state/session.ts";
import type { OpenOptions, StateSession, StateStore } from "../state/store.ts";
import { during } from "./during.ts";
import type { OpenProject, StatePlace } from "./project.ts";
import type { CommandResult, Shell } from "./shell.ts";

/** The store that the config asks for; with `--sandbox` always files of the sandbox's own. Tells what takes its time. */
export function storeOf(shell: Shell, open: StatePlace): StateStore & LockControl {
  const { runtime, disk, host } = shell;
  const { config } = open.project;
  const state =
    open.sandbox === undefined || config.state.store === "none"
      ? config.state
      : { ...config.state, store: "file" as const };
  const store = openStateStore({ ...config, state }, runtime, { disk, host, directory: open.stateDirectory });
  return {
    ...store,
    read: () => during(shell, ["Reading the state"], () => store.read()),
    open: (how) => during(shell, ["Taking the lock of the state"], () => store.open(how)),
  };
}

/**
 * Works in a session and ends it. What came of the work is answered, or thrown, even where the session does not end well:
 * that is told on stderr, and makes a success an error.
 */
export async function inSession(
  shell: Shell,
  session: StateSession,
  work: () => Promise<CommandResult>,
): Promise<CommandResult> {
  const result = await work().catch(async (error: unknown) => {
    await closeSession(shell, session).catch((further: unknown) => tellOf(shell, known(further)));
    throw error;
  });
  try {
    await closeSession(shell, session);
    return result;
  } catch (error) {
    tellOf(shell, known(error));
    return { ...result, exitCode: result.exitCode === 0 ? 1 : result.exitCode };
  }
}

function known(error: unknown): JobwrightError {
  return error instanceof JobwrightError ? error : new InternalError(error);
}

/** Tells of a failure that must not take the place of a result. */
export function tellOf({ runtime, trace }: Shell, error: JobwrightError): void {
  for (const line of renderError(error, PLAIN_STYLE).trimEnd().split("\n")) runtime.log(line);
  if (error.reason === "internal") for (const frame of framesOf(error.cause)) trace?.(frame);
}

/**
 * Ends a session. What was done and could not be recorded is told on stderr and, if possible, kept in a file where the
 * tool was started, so that nothing that we own is forgotten.
 */
async function closeSession(shell: Shell, session: StateSession): Promise<void> {
  const { disk, runtime } = shell;
  try {
    await session.close();
  } finally {
    const rescue = rescueOf(session);
    if (rescue !== undefined) {
      for (const line of rescue.lines) runtime.log(line);
      const path = await writeRescue(rescue, runtime.cwd, { disk, random: runtime.random });
      if (path !== undefined) runtime.log(`It is kept in ${path}.`);
    }
  }
}

/**
 * Warns where the state is a file on a disk that is not kept, as on a CI runner: every run would begin anew. `state` is
 * what the store holds; one that owns nothing counts as none.
 */
export function warnOfLostState(shell: Shell, { project, sandbox }: OpenProject, state: State | undefined): void {
  const { env, log } = shell.runtime;
  const onRunner = !["", "0", "false"].includes((env["CI"] ?? "").toLowerCase());
  if (!onRunner || sandbox !== undefined || project.config.state.store !== "file") return;
  if (state !== undefined && (Object.keys(state.jobs).length > 0 || state.open.length > 0)) return;
  log(
    "warning: .jobwright holds no state, and the disk of a CI runner is not kept. What a run records is lost when it ends: which jobs are ours (so what --prune deletes), what was applied last (so what drifted), holds, fingerprints of secrets. Keep it in the repository with state.store: git in jobwright.yaml.",
  );
}

/** How this run presents itself to the lock and in the state's history. */
export function sessionOptions(shell: Shell, open: OpenProject, command: string, lockTimeoutMs: number): OpenOptions {
  const { env } = shell.runtime;
  const run = env["GITHUB_RUN_ID"];
  const server = env["GITHUB_SERVER_URL"];
  const repository = env["GITHUB_REPOSITORY"];
  const runUrl = run && server && repository ? `${server}/${repository}/actions/runs/${run}` : undefined;
  const actor = env["GITHUB_ACTOR"] ?? env["USER"] ?? env["LOGNAME"] ?? "someone";
  return {
    holder: actor,
    command,
    ...(runUrl === undefined ? {} : { runUrl }),
    lockTimeoutMs,
    message: `jobwright ${command}`,
    environment: open.project.config.environment,
  };
}

/** What git hosts answer to a push by somebody who may only read. */
const MAY_NOT_PUSH = /\b403\b|denied|permission|not authori[sz]ed|read[- ]only|protected/i;

/**
 * A session of a git store, or, where the remote lets this run read but not push, one that starts from what is read and
 * lasts as long as the run. `tell` hears what that loses. Any other failure is thrown.
 */
export async function openOrGoOn(
  shell: Shell,
  store: StateStore,
  { tell, ...how }: OpenOptions & { readonly tell: (message: string) => void },
): Promise<StateSession> {
  try {
    return await store.open(how);
  } catch (error) {
    const readOnly = error instanceof JobwrightError && error.code === "JW4022" && MAY_NOT_PUSH.test(error.message);
    if (store.kind !== "git" || !readOnly) throw error;
    const { random, clock } = shell.runtime;
    tell(
      `${error.message}. The run goes on without recording anything: nothing locks out a second run, new jobs are adopted by the next one, a write that is interrupted is not picked up, and what changes now is told without its cause later. Give the job the permission contents: write.`,
    );
    const empty = { lineage: randomHex(random, 16), salt: randomHex(random, 16), environment: how.environment };
    const state = (await store.read()) ?? emptyState(empty);
    const lastSeq = Math.max(0, ...state.open.map((intent) => intent.seq));
    return createSession({ sink: createMemorySink(state), run: randomHex(random, 8), clock, lastSeq });
  }
}
