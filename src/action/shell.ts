import type { Shell } from "../commands/shell.ts";
import { JobwrightError } from "../errors.ts";
import { createUndiciTransport } from "../http/undici-transport.ts";
import { systemClock } from "../io.ts";
import type { SecretTable } from "../model/document.ts";
import type { Env } from "../model/runtime.ts";
import { createProgress } from "../progress.ts";
import { createRedactor } from "../render/redact.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import { createSecretTable } from "../secrets.ts";
import { nodeDisk } from "../state/disk.ts";
import { nodeHost } from "../state/host.ts";
import { createStepLog, type StepLog } from "./log.ts";
import { writeOutputs } from "./outputs.ts";

/** What the action's flows have of the world. */
export interface StepWorld {
  readonly shell: Shell;
  readonly log: StepLog;
  /** Stops listening for signals. */
  end(): void;
}

/** Variables whose values are keys, whatever manifests say of them. */
const KEYS = [
  "NIMBLE_API_KEY",
  "BL_API_KEY",
  "BL_CLIENT_CREDENTIALS",
  "JOBWRIGHT_STATE_KEY",
  "GITHUB_TOKEN",
  "INPUT_GITHUB-TOKEN",
];

/** How a command begins a line that people should not miss. Annotations of the kind `warning` are for manifests. */
const WARNING = "warning: ";

/** How a run ends that a second signal ends at once. */
const STOPPED = { "exit-code": "130", "failure-reason": "interrupted" };

/** The commands' shell on a runner: everything that is said goes to the step's log, keys are masked before anything else. */
export function openStep(env: Env, cwd: string, version: string): StepWorld {
  const tables: SecretTable[] = [];
  const redactor = createRedactor(() => tables.flatMap((table) => [...table.values()]));
  process.stdout.on("error", () => {});
  const log = createStepLog((text) => {
    process.stdout.write(text);
  }, redactor);
  const guard = (secrets: SecretTable): void => {
    tables.push(secrets);
    log.guard(secrets);
  };
  guard(keysIn(env));
  const stop = stopSignal(log, () => writeOutputs(env["GITHUB_OUTPUT"], STOPPED));
  const shell: Shell = {
    runtime: {
      // Inputs, the token among them, are nobody's business but ours.
      env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("INPUT_"))),
      cwd,
      clock: systemClock,
      random: Math.random,
      log: (line) => {
        if (line.startsWith(WARNING)) log.notice("notice", line.slice(WARNING.length));
        else log.say(line);
      },
      signal: stop.signal,
    },
    version,
    disk: nodeDisk,
    host: nodeHost,
    transport: createUndiciTransport,
    guard,
    redactor,
    style: PLAIN_STYLE,
    ask: undefined,
    progress: createProgress({ clock: systemClock, signal: stop.signal, log: log.say }),
    trace: env["RUNNER_DEBUG"] === "1" ? log.say : undefined,
  };
  return { shell, log, end: stop.end };
}

function keysIn(env: Env): SecretTable {
  const table = createSecretTable();
  for (const name of KEYS) {
    const value = env[name];
    if (value !== undefined && value !== "") table.add(`key:${name}`, value);
  }
  return table;
}

/**
 * The runner sends SIGINT, SIGTERM 7.5 s later (on Windows Ctrl-C and Ctrl-Break), and kills 2.5 s after that. The second
 * one stops at once, after `last`.
 */
function stopSignal(log: StepLog, last: () => void): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      last();
      process.exit(130);
    }
    log.say(`${name}: finishing what is under way; once more stops at once.`);
    controller.abort(new JobwrightError("JW2007", "interrupted", "stopped by a signal", { hint: "Run again." }));
  };
  const names = ["SIGINT", "SIGTERM", "SIGBREAK"] as const;
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    end: () => {
      for (const name of names) process.off(name, stop);
    },
  };
}
