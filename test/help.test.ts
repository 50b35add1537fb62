import { type Command, CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { HELP, wordsOf } from "../src/help.ts";
import { declareProgram } from "../src/program.ts";
import { usageProblem } from "../src/usage.ts";

function allOf(program: Command): readonly Command[] {
  return [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)];
}

const WORDS = allOf(declareProgram("0.0.0", async () => {})).map(wordsOf);

/** What `--help` prints on a terminal of 80 columns. */
function helpOf(words: string): string {
  let text = "";
  for (const command of allOf(declareProgram("0.0.0", async () => {}))) {
    command.configureOutput({
      getOutHelpWidth: () => 80,
      writeOut: (part) => {
        text += part;
      },
    });
    if (wordsOf(command) === words) command.outputHelp();
  }
  return text;
}

/** Which command a command line runs, and what is wrong with it. */
async function understood(...line: readonly string[]): Promise<string | CommanderError> {
  let ran = "";
  const program = declareProgram("0.0.0", async (command) => {
    ran = wordsOf(command);
  });
  for (const command of allOf(program)) command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  try {
    await program.parseAsync(["node", "jobwright", ...line]);
    return ran;
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
}

describe("help", () => {
  it("is there for every command, and for no other", () => {
    expect(Object.keys(HELP).toSorted()).toEqual(WORDS.toSorted());
  });

  it.each(WORDS)("of %j begins with examples and fits 80 columns", (words) => {
    const lines = helpOf(words).split("\n");
    expect(lines[0]).toBe("Examples:");
    expect(lines[1]).toMatch(/^ {2}\S.*jobwright|^ {2}jobwright /);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.some((line) => /^Usage: jobwright/.test(line))).toBe(true);
  });

  it.each(["validate", "plan", "apply", "drift", "import", "diff-plans"])("of %s tells its exit codes", (words) => {
    expect(helpOf(words)).toMatch(/\nExit codes:\n {2}0 [\s\S]*\n {2}1 /);
  });

  it("says what every argument is", () => {
    const args = allOf(declareProgram("0.0.0", async () => {})).flatMap((command) => command.registeredArguments);
    expect(args.length).toBeGreaterThan(10);
    expect(args.filter(({ description }) => description === "").map((argument) => argument.name())).toEqual([]);
  });

  it("shows command lines that are understood", async () => {
    const lines = Object.values(HELP).flatMap(({ examples }) => examples.map(([line]) => line));
    for (const line of lines.filter((each) => !each.includes("COMMAND"))) {
      const [, words = ""] = /(?:^|<\()jobwright ([^|>)]*)/.exec(line) ?? [];
      const given = (words.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
      expect(await understood(...given), line).toEqual(expect.stringMatching(/^[a-z]/));
    }
  });
});

describe("a command line that is not understood", () => {
  async function told(...line: readonly string[]) {
    const error = await understood(...line);
    if (typeof error === "string") throw new Error(`it was understood: ${error}`);
    return usageProblem(
      error,
      declareProgram("0.0.0", async () => {}),
      line,
    );
  }

  it.each<[readonly string[], string | RegExp, string | RegExp]>([
    [["plna"], "unknown command 'plna'", "Did you mean plan? `jobwright --help` tells what there is."],
    [["state", "lst"], "unknown command 'lst'", "Did you mean list? `jobwright state --help` tells what there is."],
    [["plan", "--jsno"], "unknown option '--jsno'", /^Did you mean --json\? `jobwright plan --help`/],
    [["validate", "--format", "jsno"], /'jsno' is invalid.*text, json, github/, /^Did you mean json\?/],
    [["completion", "fsih"], /'fsih' is invalid/, /^Did you mean fish\?/],
    [["--json", "plan"], "unknown option '--json'", /^Write --json after plan\./],
    [["--prune"], "unknown option '--prune'", /^Write --prune after the command\./],
    [["plan", "--auto-approve"], "unknown option '--auto-approve'", /^--auto-approve is a flag of apply\./],
    [["plan", "--environment", "prod"], "unknown option '--environment'", /^Did you mean --env\?/],
    [["apply", "--auto"], "unknown option '--auto'", /^Did you mean --auto-approve\?/],
    [["plan", "--dry-run"], "unknown option '--dry-run'", /^`jobwright plan --help`/],
    [["hold", "nimble/a"], /'--until <day>' not specified/, "`jobwright hold --help` tells what there is."],
    [["diff-plans", "a"], "missing required argument 'second'", /^`jobwright diff-plans --help`/],
    [["validate", "--json", "--format", "sarif"], /cannot be used with/, /validate --help/],
    [["plan", "--max-deletes", "many"], /It must be a whole number\./, /plan --help/],
  ])("%j is told with what was meant", async (line, message, hint) => {
    const problem = await told(...line);
    expect(problem.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
    expect(problem.hint).toEqual(typeof hint === "string" ? hint : expect.stringMatching(hint));
  });
});
