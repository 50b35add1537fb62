import { type Command, CommanderError } from "commander";
import type { Shell } from "../../src/commands/shell.ts";
import { JobwrightError, RefusedError } from "../../src/errors.ts";
import { declareProgram } from "../../src/program.ts";
import { renderError } from "../../src/render/error-text.ts";
import { usageProblem } from "../../src/usage.ts";

/** A line of a shell as words; what follows a `#` that begins a word is a comment. Quotes are taken off. */
export function wordsOfLine(line: string): readonly string[] {
  const words: string[] = [];
  for (const [raw] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (raw.startsWith("#")) break;
    words.push(raw.replace(/'([^']*)'|"([^"]*)"/g, (_all, single, double) => single ?? double));
  }
  return words;
}

/** What a command line is to the program: an error where it is not understood. Nothing is run. */
export async function problemOf(words: readonly string[]): Promise<string | undefined> {
  const program = quiet(
    declareProgram("0.0.0", async () => {}),
    () => {},
  );
  try {
    await program.parseAsync(["node", "jobwright", ...words]);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : error.message;
  }
}

/**
 * Runs a command line in this process, as main.ts and run.ts do it in one of its own: what is logged goes to the shell's
 * log, and so do errors in words. Answers what would be on stdout.
 */
export async function runInProcess(
  words: readonly string[],
  shell: Shell,
): Promise<{ readonly code: number; readonly stdout: string }> {
  let code = 0;
  let stdout = "";
  const tell = (error: unknown): void => {
    for (const line of renderError(error, shell.style).trimEnd().split("\n")) shell.runtime.log(line);
    code = error instanceof RefusedError ? 3 : 1;
  };
  const declared = declareProgram(shell.version, async (command, action) => {
    const { verbose = false } = command.optsWithGlobals<{ verbose?: boolean }>();
    try {
      const result = await action({
        ...shell,
        style: { ...shell.style, detailed: verbose },
        trace: verbose ? shell.runtime.log : undefined,
      });
      code = result.exitCode;
      stdout += result.stdout;
    } catch (error) {
      tell(error);
    }
  });
  const program = quiet(declared, (text) => {
    stdout += text;
  });
  try {
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(["node", "jobwright", ...words]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { code, stdout };
    const { message, hint } = usageProblem(error, program, words);
    tell(new JobwrightError("JW5001", "invalid", message, { hint }));
  }
  return { code, stdout };
}

function quiet(program: Command, write: (text: string) => void): Command {
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.configureOutput({ getOutHelpWidth: () => 80, writeOut: write, writeErr: () => {}, outputError: () => {} });
  }
  return program;
}
