import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { ApplyOptions } from "./commands/apply.ts";
import type { PlanOptions } from "./commands/plan-options.ts";
import type { CommandResult, GlobalOptions, Shell } from "./commands/shell.ts";
import { type ErrorPrinter, runCommand } from "./run.ts";

/** What a command's action is handed: the shell, made when it is needed. */
type Action = (shell: Shell) => Promise<CommandResult>;

/** Parses the command line, runs the command, and leaves the exit code on the process. Throws nothing. */
export async function main(argv: readonly string[], version: string): Promise<void> {
  const program = declare(version, async (command, action) => {
    const options = command.optsWithGlobals<GlobalOptions & { verbose?: boolean; color?: boolean; json?: boolean; format?: string }>();
    const json: ErrorPrinter = options.json === true || options.format === "json" ? "json" : "text";
    process.exitCode = await runCommand({
      version,
      errors: json,
      noColor: options.color === false,
      verbose: options.verbose ?? false,
      action,
    });
  });
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 1;
  }
}

type Runner = (command: Command, action: Action) => Promise<void>;

function declare(version: string, run: Runner): Command {
  const program = new Command("jobwright")
    .description("Keeps the jobs of Nimble and Blaxel as the YAML in Git says.")
    .version(version, "-V, --version", "print the version")
    .option("--config <file>", "the config file (default: jobwright.yaml, looked for upwards)")
    .addOption(new Option("--env <name>", "the environment of the config").env("JOBWRIGHT_ENV"))
    .option("--sandbox", "use an embedded sandbox instead of the platforms: no account, no key, no network")
    .option("--no-color", "no colours")
    .option("-v, --verbose", "tell of every request on stderr")
    .showHelpAfterError("(add --help for help)")
    .exitOverride();
  validateCommand(program, run);
  planCommand(program, run);
  applyCommand(program, run);
  driftCommand(program, run);
  sandboxCommand(program, run);
  schemaCommand(program, run);
  return program;
}

function validateCommand(program: Command, run: Runner): void {
  program
    .command("validate [paths...]")
    .description("check manifests and config; needs no network")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json", "github"]).default("text"))
    .option("--allow-empty", "no manifest is no error")
    .action(async (paths: string[], options: { format: "text" | "json" | "github"; allowEmpty?: boolean }, command: Command) =>
      run(command, async (shell) => {
        const { validate } = await import("./commands/validate.ts");
        const globals = command.optsWithGlobals<GlobalOptions>();
        return validate(shell, { ...globals, paths, format: options.format, allowEmpty: options.allowEmpty ?? false });
      }),
    );
}

function planCommand(program: Command, run: Runner): void {
  const command = program.command("plan [paths...]").description("show what apply would do; changes nothing");
  narrowing(reports(decisions(command)))
    .option("--out <file>", "save the plan, to be applied as saved")
    .option("--detailed-exitcode", "exit with 2 where there are changes")
    .action(async (paths: string[], _options: object, self: Command) =>
      run(self, async (shell) => {
        const { plan } = await import("./commands/plan.ts");
        return plan(shell, { ...self.optsWithGlobals<PlanOptions>(), paths });
      }),
    );
}

function applyCommand(program: Command, run: Runner): void {
  const command = program.command("apply [plan-or-paths...]").description("plan, ask, and do it");
  narrowing(decisions(command))
    .option("--json", "answer with one JSON document on stdout")
    .option("-y, --auto-approve", "do not ask")
    .option("--lock-timeout <duration>", "wait this long for another run to finish (500ms, 30s, 5m)", parseDuration)
    .action(async (paths: string[], options: { lockTimeout?: number }, self: Command) =>
      run(self, async (shell) => {
        const { apply } = await import("./commands/apply.ts");
        const { lockTimeout: _, ...rest } = self.optsWithGlobals<ApplyOptions & { lockTimeout?: number }>();
        const waits = options.lockTimeout === undefined ? {} : { lockTimeoutMs: options.lockTimeout };
        return apply(shell, { ...rest, ...waits, paths });
      }),
    );
}

function driftCommand(program: Command, run: Runner): void {
  const command = program.command("drift [paths...]").description("tell what was changed live behind Git's back");
  narrowing(reports(command))
    .option("--accept-missing", "many owned jobs may be missing")
    .option("--allow-empty", "no manifest is no error")
    .action(async (paths: string[], _options: object, self: Command) =>
      run(self, async (shell) => {
        const { drift } = await import("./commands/plan.ts");
        return drift(shell, { ...self.optsWithGlobals<PlanOptions>(), paths });
      }),
    );
}

function sandboxCommand(program: Command, run: Runner): void {
  program
    .command("sandbox")
    .description("serve both platforms' APIs locally, to try things out")
    .option("--port <port>", "port on 127.0.0.1; 0 for any", parsePort, 4010)
    .option("--key <key>", "insist on this key")
    .option("--file <file>", "keep the jobs in this file")
    .addOption(new Option("--seed <name>", "jobs to start with").choices(["demo"]))
    .action(async (options: { port: number; key?: string; file?: string; seed?: "demo" }, self: Command) =>
      run(self, async (shell) => {
        const { sandbox } = await import("./commands/sandbox.ts");
        return sandbox(shell, { ...options, listening: (text) => process.stdout.write(text) });
      }),
    );
}

function schemaCommand(program: Command, run: Runner): void {
  program
    .command("schema [name]")
    .description("print a JSON Schema, or the names of all")
    .action(async (name: string | undefined, _options: object, self: Command) =>
      run(self, async () => {
        const { schema } = await import("./commands/schema.ts");
        return schema(name);
      }),
    );
}

function decisions(command: Command): Command {
  return command
    .option("--prune", "delete owned jobs whose manifest is gone")
    .option("--allow-replace", "allow replacing a job where a field cannot be changed in place")
    .option("--resume", "switch on what was paused by hand")
    .addOption(new Option("--only-cause <cause>", "only what live moved; leaves pending changes").choices(["drift"]))
    .option("--rotate <address/name>", "write this secret again (repeatable)", collect, [])
    .option("--max-deletes <n>", "allow this many deletes and replaces, this once", parseCount)
    .option("--max-updates <n>", "allow this many updates, this once", parseCount)
    .option("--accept-missing", "many owned jobs may be missing")
    .option("--allow-empty", "no manifest is no error");
}

function reports(command: Command): Command {
  return command
    .option("--json", "answer with one JSON document on stdout")
    .option("--markdown <file>", "also write it as Markdown")
    .option("--html <file>", "also write it as an HTML page");
}

function narrowing(command: Command): Command {
  return command
    .option("--target <target>", "only jobs of this target (repeatable)", collect, [])
    .option("--only <glob>", "only jobs whose address matches (repeatable)", collect, [])
    .option("--exclude <glob>", "not the jobs whose address matches (repeatable)", collect, [])
    .option("--changed-since <ref>", "only jobs whose file differs from this commit");
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function parseCount(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
}

function parsePort(value: string): number {
  const port = parseCount(value);
  if (port > 65_535) throw new InvalidArgumentError("It must be at most 65535.");
  return port;
}

function parseDuration(value: string): number {
  const parts = /^(\d{1,9})(ms|s|m)$/.exec(value);
  const unit = { ms: 1, s: 1000, m: 60_000 }[parts?.[2] ?? ""];
  if (parts === null || unit === undefined) throw new InvalidArgumentError("Write 500ms, 30s or 5m.");
  return Number(parts[1]) * unit;
}
