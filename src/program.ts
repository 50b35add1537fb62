import { Argument, Command, Option } from "commander";
import type { ApplyOptions } from "./commands/apply.ts";
import type { CompletingShell } from "./commands/completion-scripts.ts";
import type { HoldOptions } from "./commands/hold.ts";
import type { ImportOptions } from "./commands/import.ts";
import type { PlanOptions } from "./commands/plan-options.ts";
import type { CommandResult, GlobalOptions, Shell } from "./commands/shell.ts";
import type { StatusOptions } from "./commands/status.ts";
import type { ValidateFormat } from "./commands/validate.ts";
import { addHelp } from "./help.ts";
import { collect, decisions, json, narrowing, parseDuration, parsePort, reports, sharding } from "./options.ts";

/** What a command's action is handed: the shell, made when it is needed. */
export type Action = (shell: Shell) => Promise<CommandResult>;

/** Runs the action of a command whose words were understood. */
export type Runner = (command: Command, action: Action) => Promise<void>;

/**
 * All commands with their arguments and flags: what the command line understands, what help, completion and
 * docs/reference-commands.md tell. An argument or value of one placeholder is of one kind everywhere (complete.ts).
 */
export function declareProgram(version: string, run: Runner): Command {
  const program = new Command("jobwright")
    .description("Keeps the jobs of Nimble and Blaxel as the YAML in Git says.")
    .version(version, "-V, --version", "print the version")
    .option("--config <file>", "the config file (default: jobwright.yaml, looked for upwards)")
    .addOption(new Option("--env <environment>", "the environment of the config").env("JOBWRIGHT_ENV"))
    .option("--sandbox", "use an embedded sandbox instead of the platforms: no account, no key, no network")
    .option("--no-color", "no colours")
    .option("-v, --verbose", "tell of every request on stderr; show long values, requests and results whole")
    .configureHelp({ showGlobalOptions: true, subcommandTerm })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  initCommand(program, run);
  validateCommand(program, run);
  planCommand(program, run);
  applyCommand(program, run);
  driftCommand(program, run);
  statusCommand(program, run);
  importCommand(program, run);
  holdCommands(program, run);
  diffPlansCommand(program, run);
  stateCommands(program, run);
  sandboxCommand(program, run);
  schemaCommand(program, run);
  completionCommand(program, run);
  addHelp(program);
  return program;
}

/** A command in the list of commands: its flags are told by its own help. */
function subcommandTerm(command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...args].join(" ");
}

function initCommand(program: Command, run: Runner): void {
  const command = program
    .command("init")
    .description("write a commented config, examples and a GitHub workflow; overwrites nothing");
  json(command).action(async (options: { json?: boolean }, self: Command) =>
    run(self, async (shell) => {
      const { init } = await import("./commands/init.ts");
      return init(shell, options);
    }),
  );
}

function validateCommand(program: Command, run: Runner): void {
  const format = new Option("--format <format>", "how to print")
    .choices(["text", "json", "github", "sarif", "junit"])
    .default("text");
  program
    .command("validate [paths...]")
    .description("check manifests and config; needs no network")
    .addOption(format)
    .addOption(new Option("--json", "the same as --format json").conflicts("format"))
    .option("--allow-empty", "no manifest is no error")
    .action(
      async (
        paths: string[],
        options: { format: ValidateFormat; json?: boolean; allowEmpty?: boolean },
        command: Command,
      ) =>
        run(command, async (shell) => {
          const { validate } = await import("./commands/validate.ts");
          const globals = command.optsWithGlobals<GlobalOptions>();
          return validate(shell, {
            ...globals,
            paths,
            format: options.json ? "json" : options.format,
            allowEmpty: options.allowEmpty ?? false,
          });
        }),
    );
}

function planCommand(program: Command, run: Runner): void {
  const command = program.command("plan [paths...]").description("show what apply would do; changes nothing");
  sharding(narrowing(reports(decisions(command))))
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
  json(sharding(narrowing(decisions(command))))
    .option("--events <file>", "write a line of JSON for each step of each action as it happens; - is stdout")
    .option("-y, --auto-approve", "do not ask")
    .option("--lock-timeout <duration>", "wait this long for another run to finish (500ms, 30s, 5m)", parseDuration)
    .action(async (paths: string[], options: { lockTimeout?: number }, self: Command) =>
      run(self, async (shell) => {
        const { apply } = await import("./commands/apply.ts");
        const { lockTimeout: _, ...rest } = self.optsWithGlobals<ApplyOptions & { lockTimeout?: number }>();
        const waits = options.lockTimeout === undefined ? {} : { lockTimeoutMs: options.lockTimeout };
        return apply(shell, { ...rest, ...waits, paths, emit: (text) => process.stdout.write(text) });
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

function statusCommand(program: Command, run: Runner): void {
  const command = program.command("status [paths...]").description("tell how every job stands, and when it runs next");
  json(narrowing(command))
    .option("--fields <address>", "tell of each field of this job and whose it is")
    .option("--html <file>", "also write it as an HTML page")
    .option("--allow-empty", "no manifest is no error")
    .action(async (paths: string[], _options: object, self: Command) =>
      run(self, async (shell) => {
        const { status } = await import("./commands/status.ts");
        return status(shell, { ...self.optsWithGlobals<StatusOptions>(), paths });
      }),
    );
}

function importCommand(program: Command, run: Runner): void {
  const command = program
    .command("import")
    .description("write manifests for live jobs that none declares, and adopt them");
  json(command)
    .option("--target <target>", "only jobs of this target (repeatable)", collect)
    .option("--name <pattern>", "only jobs whose name matches (repeatable)", collect)
    .option("--out <dir>", "write to this folder (default: jobs)")
    .addOption(
      new Option("--layout <layout>", "a file for each job, or one for each target")
        .choices(["one-per-file", "single"])
        .default("one-per-file"),
    )
    .addOption(new Option("--api <version>", "the API version of new Nimble manifests").choices(["v1", "v2"]))
    .option("--drifted", "write what was changed by hand into the manifests that there are")
    .action(async (_options: object, self: Command) =>
      run(self, async (shell) => {
        const { importJobs } = await import("./commands/import.ts");
        return importJobs(shell, self.optsWithGlobals<ImportOptions>());
      }),
    );
}

function holdCommands(program: Command, run: Runner): void {
  json(program.command("hold <address>").description("leave a job alone until then, visibly"))
    .requiredOption("--until <day>", "a day (2026-12-01) or a time (2026-12-01T08:00:00Z)")
    .requiredOption("--reason <text>", "why; shown in plan, drift and status")
    .action(async (address: string, _options: object, self: Command) =>
      run(self, async (shell) => {
        const { hold } = await import("./commands/hold.ts");
        return hold(shell, address, self.optsWithGlobals<HoldOptions>());
      }),
    );
  json(program.command("release <address>").description("end a hold")).action(
    async (address: string, _options: object, self: Command) =>
      run(self, async (shell) => {
        const { release } = await import("./commands/hold.ts");
        return release(shell, address, self.optsWithGlobals<GlobalOptions>());
      }),
  );
}

function diffPlansCommand(program: Command, run: Runner): void {
  const command = program
    .command("diff-plans <first> <second>")
    .description("what differs between two saved plans; exit code 2 where something does");
  json(command).action(async (first: string, second: string, options: { json?: boolean }, self: Command) =>
    run(self, async (shell) => {
      const { diffPlans } = await import("./commands/diff-plans.ts");
      return diffPlans(shell, [first, second], { json: options.json ?? false });
    }),
  );
}

function stateCommands(program: Command, run: Runner): void {
  const state = program.command("state").description("look after the state");
  const declare = (
    name: string,
    description: string,
    act: (
      commands: typeof import("./commands/state.ts"),
      shell: Shell,
      args: readonly string[],
      options: GlobalOptions & { json?: boolean; force?: boolean },
    ) => Promise<CommandResult>,
  ): Command =>
    json(state.command(name).description(description)).action(async (...args: unknown[]) => {
      const self = args.at(-1);
      if (!(self instanceof Command)) throw new Error("no command");
      const words = args.filter((arg): arg is string => typeof arg === "string");
      await run(self, async (shell) => act(await import("./commands/state.ts"), shell, words, self.optsWithGlobals()));
    });
  declare(
    "list",
    "the jobs that it owns: a table on a terminal, else lines of address, tab, live id",
    (c, shell, _args, options) => c.stateList(shell, options),
  );
  declare(
    "show <address>",
    "what it holds of a job; JSON where it is no terminal",
    (c, shell, [address = ""], options) => c.stateShow(shell, address, options),
  );
  declare("pull", "the whole state as JSON", (c, shell, _args, options) => c.statePull(shell, options));
  declare("rm <address>", "forget a job; it stays live", (c, shell, [address = ""], options) =>
    c.stateRemove(shell, address, options),
  );
  declare("mv <from> <to>", "give a job another address", (c, shell, [from = "", to = ""], options) =>
    c.stateMove(shell, from, to, options),
  );
  declare("unlock", "end a dead run's lock", (c, shell, _args, options) => c.stateUnlock(shell, options)).option(
    "--force",
    "also a live run's: it stops at its next step",
  );
}

function sandboxCommand(program: Command, run: Runner): void {
  json(program.command("sandbox").description("serve both platforms' APIs locally, to try things out"))
    .option("--port <port>", "port on 127.0.0.1; 0 for any", parsePort, 4010)
    .option("--key <key>", "insist on this key")
    .option("--file <file>", "keep the jobs in this file")
    .addOption(new Option("--seed <name>", "jobs to start with").choices(["demo"]))
    .action(
      async (options: { port: number; key?: string; file?: string; seed?: "demo"; json?: boolean }, self: Command) =>
        run(self, async (shell) => {
          const { sandbox } = await import("./commands/sandbox.ts");
          return sandbox(shell, { ...options, listening: (text) => process.stdout.write(text) });
        }),
    );
}

function schemaCommand(program: Command, run: Runner): void {
  json(program.command("schema [schema]").description("print a JSON Schema, or the names of all")).action(
    async (name: string | undefined, options: { json?: boolean }, self: Command) =>
      run(self, async () => {
        const { schema } = await import("./commands/schema.ts");
        return schema(name, options);
      }),
  );
}

function completionCommand(program: Command, run: Runner): void {
  const command = program
    .command("completion")
    .description("print the script by which a shell completes commands, flags and job addresses")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]));
  json(command).action(async (name: CompletingShell, options: { json?: boolean }, self: Command) =>
    run(self, async () => {
      const { completion } = await import("./commands/completion.ts");
      return completion(name, options);
    }),
  );
}
