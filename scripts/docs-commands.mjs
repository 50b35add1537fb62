// Writes docs/reference-commands.md from the command line's own declarations (src/program.ts).
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

<!-- Written by \`npm run docs\` from src/program.ts. -->
`;

const FOOT = `## Exit codes

| code | means |
|---|---|
| 0 | done, or nothing to do |
| 1 | an error; with \`apply\`: at least one action failed, or what was written is not as declared |
| 2 | there are changes (\`plan --detailed-exitcode\`, \`diff-plans\`) or drift (\`drift\`) |
| 3 | refused by a safety rule or a stale plan; nothing was sent |
| 130 | interrupted; what was under way is finished and recorded |

Results go to stdout; progress, warnings and errors to stderr.

## For programs

With \`--json\` stdout is one JSON document and nothing else, errors included: \`{"formatVersion":1,"error":{...},"diagnostics":[...]}\`.
\`jobwright schema\` lists the JSON Schemas of the documents; \`jobwright schema plan\` prints one.

\`apply --events FILE\` writes a line of JSON when an action begins and when it ends (\`jobwright schema event\`). \`-\` is stdout: then what
people read goes to stderr. The file is made anew; a pipe or \`/dev/fd/3\` will do as well.

\`validate --format\` writes for people (\`text\`), programs (\`json\`), GitHub's annotations (\`github\`), code scanning (\`sarif\`: SARIF 2.1.0) and
test reports (\`junit\`).
`;

/**
 * The page's text. `program` is what `declareProgram` answers; `reasons` the closed vocabulary of why something did not
 * succeed.
 */
export function commandsPage(program, reasons) {
  const commands = program.commands.flatMap((each) => (each.commands.length === 0 ? [each] : each.commands));
  return [
    HEAD,
    `## Flags of every command\n\n${optionsTable(program.options.filter(({ long }) => long !== "--version"))}`,
    ...commands.map(commandSection),
    FOOT,
    `### Reasons\n\nWhy something did not succeed is one of these words: the \`reason\` of an error document, of an action's result in\n\`apply --json\` and \`--events\`, of a SARIF result's properties, the type of a JUnit failure, the action's output \`failure-reason\`.\n\n${wrapped(codes(reasons))}\n`,
  ].join("\n");
}

function commandSection(command) {
  const parent = command.parent?.parent ? `${command.parent.name()} ` : "";
  const args = command.registeredArguments.map(argumentText).join(" ");
  const options = command.options.filter(({ hidden }) => !hidden);
  const line = `jobwright ${parent}${command.name()}${args === "" ? "" : ` ${args}`}`;
  const choices = command.registeredArguments
    .filter(({ argChoices }) => argChoices !== undefined)
    .map((argument) => ` ${argumentText(argument)}: ${codes(argument.argChoices)}.`);
  const about = `${sentence(command.description())}${choices.map((text) => text.replace(/<.*?>/, "`$&`")).join("")}\n`;
  return `## \`${line}\`\n\n${about}${options.length === 0 ? "" : `\n${optionsTable(options)}`}`;
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
      contents: 'export { declareProgram } from "./src/program.ts"; export { REASONS } from "./src/model/outcome.ts";',
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
  const { declareProgram, REASONS } = await load();
  const program = declareProgram("0.0.0", async () => {});
  await writeFile(`${root}docs/reference-commands.md`, commandsPage(program, REASONS));
}
