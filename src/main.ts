import { type Command, CommanderError } from "commander";
import type { GlobalOptions } from "./commands/shell.ts";
import { completions } from "./complete.ts";
import { declareProgram } from "./program.ts";
import { type ErrorPrinter, reportUsage, runCommand } from "./run.ts";

/** Parses the command line, runs the command, and leaves the exit code on the process. Throws nothing. */
export async function main(argv: readonly string[], version: string): Promise<void> {
  const program = declareProgram(version, async (command, action) => {
    const options = command.optsWithGlobals<
      GlobalOptions & { verbose?: boolean; color?: boolean; json?: boolean; format?: string }
    >();
    const json: ErrorPrinter = options.json === true || options.format === "json" ? "json" : "text";
    process.exitCode = await runCommand({
      version,
      errors: json,
      noColor: options.color === false,
      verbose: options.verbose ?? false,
      action,
    });
  });
  const [, , first, ...words] = argv;
  if (first === undefined) return program.outputHelp();
  if (first === "__complete") return complete(program, words);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 1;
    if (error.exitCode === 0) return;
    const { usageProblem } = await import("./usage.ts");
    const noCommand = error.code === "commander.help";
    await reportUsage(noCommand ? NO_COMMAND : usageProblem(error, program, argv.slice(2)), {
      errors: wantsJson(argv) ? "json" : "text",
      // Then help stands on stderr.
      told: noCommand,
    });
  }
}

/** Tells a shell what may come next; see completion-scripts.ts. */
async function complete(program: Command, words: readonly string[]): Promise<void> {
  const told = await completions(program, words, async (kind, place) => {
    const { valuesOf } = await import("./commands/completion.ts");
    return valuesOf(kind, { cwd: process.cwd(), env: process.env, ...place });
  });
  process.stdout.write(told);
}

/** Whether the result was to be JSON, told from the words alone: they could not be understood. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, at) => /^(--json|--format=json)$/.test(word) || (word === "json" && argv[at - 1] === "--format"),
  );
}

const NO_COMMAND = { message: "no command", hint: "`jobwright --help` tells what there is." };
