import { openStateStore } from "../state/index.ts";
import type { LockControl } from "../state/lock-record.ts";
import { rescueOf, writeRescue } from "../state/rescue.ts";
import type { OpenOptions, StateSession, StateStore } from "../state/store.ts";
import type { OpenProject } from "./project.ts";
import type { Shell } from "./shell.ts";

/** The store that the config asks for; with `--sandbox` always files of the sandbox's own. */
export function storeOf(shell: Shell, open: OpenProject): StateStore & LockControl {
  const { runtime, disk, host } = shell;
  const { config } = open.project;
  const state =
    open.sandbox === undefined || config.state.store === "none"
      ? config.state
      : { ...config.state, store: "file" as const };
  return openStateStore({ ...config, state }, runtime, { disk, host, directory: open.stateDirectory });
}

/**
 * Ends a session. What was done and could not be recorded is told on stderr and, if possible, kept in a file where the
 * tool was started, so that nothing that we own is forgotten.
 */
export async function closeSession(shell: Shell, session: StateSession): Promise<void> {
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
