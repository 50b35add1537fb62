import type { CommandResult, Shell } from "./commands/shell.ts";
import { framesOf, InternalError, InvalidInputError, JobwrightError, RefusedError } from "./errors.ts";
import { createUndiciTransport } from "./http/undici-transport.ts";
import { asker, canDraw, type Output, openOutput, styleOf, systemClock } from "./io.ts";
import { isForbiddenVariable } from "./manifest/forbidden.ts";
import type { SecretTable } from "./model/document.ts";
import type { Env } from "./model/runtime.ts";
import { type Area, createProgress } from "./progress.ts";
import { type ErrorDocument, errorDocument } from "./render/error-document.ts";
import { renderError } from "./render/error-text.ts";
import { documentText } from "./render/plan-document.ts";
import { redactErrorDocument } from "./render/redact-document.ts";
import { redactError } from "./render/redact-error.ts";
import type { RenderStyle } from "./render/style.ts";
import { createSecretTable } from "./secrets.ts";
import { nodeDisk } from "./state/disk.ts";
import { nodeHost } from "./state/host.ts";

/** How errors are told: one JSON document on stdout, or text on stderr. */
export type ErrorPrinter = "json" | "text";

/** What to run, and how. */
export interface RunOptions {
  readonly version: string;
  readonly errors: ErrorPrinter;
  readonly noColor: boolean;
  readonly verbose: boolean;
  readonly action: (shell: Shell) => Promise<CommandResult>;
}

/** Runs one command in this process and answers its exit code. Nothing is thrown. */
export async function runCommand(options: RunOptions): Promise<number> {
  const { env } = process;
  // Should Node.js write a diagnostic report, then without the keys in the environment (from 22.13 on).
  Reflect.set(process.report, "excludeEnv", true);
  const output = openOutput(env["GITHUB_ACTIONS"] === "true");
  output.guard(credentialsIn(env));
  const stop = stopSignal(output);
  const crash = onCrash(options, output);
  const errorStyle = styleOf(process.stderr, env, options.noColor);
  const clear = (): void => output.draw([]);
  process.once("exit", clear);
  const shell: Shell = {
    runtime: {
      env,
      cwd: process.cwd(),
      clock: systemClock,
      random: Math.random,
      log: output.log,
      signal: stop.signal,
    },
    version: options.version,
    // Written in by the build, as the version is.
    repository: process.env.JOBWRIGHT_REPOSITORY ?? "",
    disk: nodeDisk,
    host: nodeHost,
    transport: createUndiciTransport,
    guard: output.guard,
    redactor: output.redactor,
    style: { ...styleOf(process.stdout, env, options.noColor), detailed: options.verbose },
    errorStyle: { ...errorStyle, detailed: options.verbose },
    progress: createProgress({
      clock: systemClock,
      signal: stop.signal,
      log: output.log,
      ...(canDraw(process.stderr, env) ? { area: areaOf(output, env, options.noColor) } : {}),
    }),
    ask: asker(stop.signal),
    onCrash: crash.say,
    trace: options.verbose ? output.log : undefined,
  };
  try {
    const { exitCode, stdout } = await options.action(shell);
    const whole = stdout === "" || (await output.result(stdout.endsWith("\n") ? stdout : `${stdout}\n`));
    return whole ? exitCode : exitCode === 0 ? lost(output) : exitCode;
  } catch (error) {
    const known = error instanceof JobwrightError ? error : crash.told(error);
    return report(known, options, output, errorStyle, stop.signal.aborted);
  } finally {
    clear();
    process.off("exit", clear);
    stop.end();
    crash.end();
  }
}

/** The last lines of the terminal that stderr is: as wide and high as it is at the moment. */
function areaOf(output: Output, env: Env, noColor: boolean): Area {
  const { stderr } = process;
  return {
    style: () => ({ ...styleOf(stderr, env, noColor), width: stderr.columns || 80 }),
    rows: () => stderr.rows || 24,
    redact: output.redactor.text,
    draw: output.draw,
  };
}

/** The tool's and the runner's own credentials, whether or not this run needs them: a platform may echo any. */
function credentialsIn(env: Env): SecretTable {
  const table = createSecretTable();
  for (const [name, value] of Object.entries(env)) {
    const secret = /(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$/i.test(name) && isForbiddenVariable(name, new Set());
    if (secret && value !== undefined && value !== "") table.add(`key:${name}`, value);
  }
  return table;
}

function lost(output: Output): number {
  output.log("The result could not be written to stdout.");
  return 1;
}

/** What goes wrong behind every back: told in one line, and the end. What is open is on disk. */
function onCrash(
  { errors, verbose }: RunOptions,
  output: Output,
): { readonly say: (came: () => string) => void; readonly told: (error: unknown) => JobwrightError; end(): void } {
  let came: (() => string) | undefined;
  const told = (error: unknown): JobwrightError => new InternalError(error, came?.());
  const crash = (error: unknown): void => {
    const known = told(error);
    output.log(`Error ${known.code}: ${known.message}`);
    if (verbose) for (const frame of framesOf(error)) output.log(frame);
    if (errors === "json") output.resultNow(documentText(redactErrorDocument(failureOf(known), output.redactor)));
    process.exit(1);
  };
  const names = ["uncaughtException", "unhandledRejection"] as const;
  for (const name of names) process.on(name, crash);
  return {
    say: (how) => {
      came = how;
    },
    told,
    end: () => {
      for (const name of names) process.off(name, crash);
    },
  };
}

async function report(
  error: JobwrightError,
  { errors, verbose }: RunOptions,
  output: Output,
  style: RenderStyle,
  stopped: boolean,
): Promise<number> {
  for (const line of renderError(redactError(error, output.redactor), style).trimEnd().split("\n")) output.log(line);
  if (errors === "json") await output.result(documentText(redactErrorDocument(failureOf(error), output.redactor)));
  if (verbose && error.reason === "internal") for (const frame of framesOf(error.cause)) output.log(frame);
  if (error instanceof RefusedError) return 3;
  if (stopped && error.reason !== "internal") return 130;
  return 1;
}

function failureOf(error: unknown): ErrorDocument {
  return errorDocument(error, error instanceof InvalidInputError ? error.diagnostics : []);
}

/**
 * Tells of a command line that could not be understood: on stderr, unless that is `told`, and where programs listen on
 * stdout, too.
 */
export async function reportUsage(
  { message, hint }: { readonly message: string; readonly hint: string },
  { errors, told }: { readonly errors: ErrorPrinter; readonly told: boolean },
): Promise<void> {
  const { env } = process;
  const output = openOutput(env["GITHUB_ACTIONS"] === "true");
  const error = new JobwrightError("JW5001", "invalid", message, { hint });
  const lines = renderError(error, styleOf(process.stderr, env, process.argv.includes("--no-color"))).trimEnd();
  if (!told) for (const line of lines.split("\n")) output.log(line);
  if (errors === "json") await output.result(documentText(failureOf(error)));
}

/** The last moment after a signal: whoever sent it may kill soon after, and what is open is on disk. */
const LAST_MOMENT_MS = 6_500;

/** SIGINT, SIGTERM, SIGHUP and Ctrl-Break on Windows ask to stop; a second one stops at once, and so does what takes too long to finish. */
function stopSignal(output: Output): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  let last: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    output.log("It takes too long to finish: stopping. What is open is settled by the next run.");
    process.exit(130);
  };
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    output.log(`${name}: finishing what is under way; once more stops at once.`);
    last = setTimeout(giveUp, LAST_MOMENT_MS).unref();
    controller.abort(new JobwrightError("JW2007", "interrupted", "stopped by a signal", { hint: "Run again." }));
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"] as const;
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(last);
      for (const name of names) process.off(name, stop);
    },
  };
}
