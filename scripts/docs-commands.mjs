// Writes docs/reference-commands.md from the command line's own declarations (src/program.ts, src/help.ts).
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const HEAD = `# Commands

\`jobwright [flags] COMMAND [arguments] [flags]\`. Without anything, or with \`--help\` anywhere, it tells what there is; \`--version\`
tells which version it is. Flags of the program may stand before or after the command. \`jobwright completion bash|zsh|fish\` prints
a script that completes all of this, job addresses included.

<!-- Written by \`npm run docs\` from src/program.ts and src/help.ts. -->
`;

/** The exit codes of the program, whatever the command. */
function exitCodes({ exits }) {
  return `## Exit codes\n\n| code | means |\n|---|---|\n${exits.map((row) => `| ${row.join(" | ")} |`).join("\n")}\n\n`;
}

const FOOT = `Results go to stdout; progress, warnings and errors to stderr.

## For programs

With \`--json\` stdout is one JSON document and nothing else, errors included: \`{"formatVersion":1,"error":{...},"diagnostics":[...]}\`.
A document that has \`error\` is that of a failure; any other is the command's own, also with exit codes 1 to 3. \`formatVersion\`
changes only when old readers must refuse; fields may be added, so ignore those that you do not know.

| document of | \`jobwright schema\` |
|---|---|
| \`validate\`, and every command that fails | \`error\` |
| \`plan\`, \`apply\`, \`drift\`, and what \`plan --out\` saves | \`plan\` |
| a line of \`apply --events\` | \`event\` |
| \`status\` | \`status\` |
| \`init\`, \`import\`, \`import --drifted\` | \`init\`, \`import\`, \`import-drifted\` |
| \`hold\`, \`release\` | \`hold\` |
| \`diff-plans\` | \`diff-plans\` |
| \`state list\`, \`show\`, \`pull\`, \`rm\`, \`mv\`, \`unlock\` | \`state-list\`, \`state-show\`, \`state\`, \`state-rm\`, \`state-mv\`, \`state-unlock\` |
| \`sandbox\`, \`completion\`, \`schema\` | \`sandbox\`, \`completion\`, \`schema\` |

Every error, diagnostic, refusal and warning has a \`code\` ([the list](errors.md)). An error that stems from a request also has
\`class\` (what is known of it: \`not-sent\`, \`not-done\`, \`unknown\`, \`done\`), \`request\`, \`httpStatus\`, \`attempts\` and, where the
platform asked to wait, \`retryAfterMs\`; so has the result of an action.

\`apply --events FILE\` writes a line of JSON when an action begins and when it ends (\`jobwright schema event\`). \`-\` is stdout: then what
people read goes to stderr. The file is made anew; a pipe or \`/dev/fd/3\` will do as well.

\`validate --format\` writes for people (\`text\`), programs (\`json\`), GitHub's annotations (\`github\`), code scanning (\`sarif\`: SARIF 2.1.0) and
test reports (\`junit\`).
`;

/**
 * The page's text. `program` is what `declareProgram` answers; `help` the examples and exit codes by command; `reasons`
 * the closed vocabulary of why something did not succeed.
 */
export function commandsPage(program, help, reasons) {
  const commands = program.commands.flatMap((each) => (each.commands.length === 0 ? [each] : each.commands));
  return [
    HEAD,
    `## Flags of every command\n\n${optionsTable(program.options.filter(({ long }) => long !== "--version"))}`,
    ...commands.map((command) => commandSection(command, help)),
    exitCodes(help[""]) + FOOT,
    `### Reasons\n\nWhy something did not succeed is one of these words: the \`reason\` of an error document, of an action's result in\n\`apply --json\` and \`--events\`, of a SARIF result's properties, the type of a JUnit failure, the action's output \`failure-reason\`.\n\n${wrapped(codes(reasons))}\n`,
  ].join("\n");
}

function commandSection(command, help) {
  const parent = command.parent?.parent ? `${command.parent.name()} ` : "";
  const args = command.registeredArguments.map(argumentText).join(" ");
  const options = command.options.filter(({ hidden }) => !hidden);
  const line = `jobwright ${parent}${command.name()}${args === "" ? "" : ` ${args}`}`;
  const choices = command.registeredArguments
    .filter(({ argChoices }) => argChoices !== undefined)
    .map((argument) => ` ${argumentText(argument)}: ${codes(argument.argChoices)}.`);
  const about = `${sentence(command.description())}${choices.map((text) => text.replace(/<.*?>/, "`$&`")).join("")}\n`;
  const { examples = [], exits = [] } = help[`${parent}${command.name()}`] ?? {};
  return [
    `## \`${line}\`\n\n${about}`,
    ...(examples.length === 0 ? [] : [`\`\`\`sh\n${exampleLines(examples)}\n\`\`\`\n`]),
    ...(options.length === 0 ? [] : [optionsTable(options)]),
    ...(exits.length === 0
      ? []
      : [`| exit code | means |\n|---|---|\n${exits.map((row) => `| ${row.join(" | ")} |`).join("\n")}\n`]),
  ].join("\n");
}

/** Commands with what they do behind them. */
function exampleLines(examples) {
  const column = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([line, about]) => `${line.padEnd(column)}  # ${about}`).join("\n");
}

function argumentText(argument) {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionsTable(options) {
  return `| flag | does |\n|---|---|\n${options.map(optionRow).join("\n")}\n`;
}

function optionRow(option) {
  const choices = option.argChoices === undefined ? "" : `: ${codes(option.argChoices)}`;
  const more = [
    ...(option.mandatory ? ["required"] : []),
    ...(["string", "number"].includes(typeof option.defaultValue) ? [`default: \`${option.defaultValue}\``] : []),
    ...(option.envVar === undefined ? [] : [`or the variable \`${option.envVar}\``]),
  ];
  const text = `${option.description}${choices}${more.length === 0 ? "" : ` (${more.join("; ")})`}`;
  return `| \`${option.flags}\` | ${text.replaceAll("|", "\\|")} |`;
}

function codes(words) {
  return words.map((word) => `\`${word}\``).join(", ");
}

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function wrapped(text) {
  return `${text}.`.replace(/(.{1,118})(?:\s|$)/g, "$1\n").trimEnd();
}

/** The declarations as they are written. They import commander and types alone, until a command runs. */
async function load() {
  const { outputFiles } = await build({
    stdin: {
      contents:
        'export { declareProgram } from "./src/program.ts"; export { HELP } from "./src/help.ts"; export { REASONS } from "./src/model/outcome.ts";',
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    external: ["./commands/*"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "warning",
  });
  const folder = await mkdtemp(join(tmpdir(), "docs-commands-"));
  try {
    const file = join(folder, "program.mjs");
    await writeFile(file, outputFiles[0].contents);
    return await import(pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { declareProgram, HELP, REASONS } = await load();
  const program = declareProgram("0.0.0", async () => {});
  await writeFile(`${root}docs/reference-commands.md`, commandsPage(program, HELP, REASONS));
}
