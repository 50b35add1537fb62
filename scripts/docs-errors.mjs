// Writes docs/errors.md from src/codes.ts and scripts/errors.yaml.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { parse } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The page's sections: codes that start with `prefix` stand in the last one that fits. */
const SECTIONS = [
  ["JW10", "Files and YAML", "In manifests or config. Exit code 1; nothing was sent."],
  ["JW11", "Schema", "In manifests. Exit code 1; nothing was sent."],
  ["JW12", "Rules", "In manifests. Exit code 1, or 0 where it is a warning; nothing was sent."],
  ["JW13", "Config and interpolation", "In jobwright.yaml, or in a `${...}`. Exit code 1; nothing was sent."],
  ["JW14", "Manifests against live jobs", "Which live job a manifest means. Exit code 1; nothing was sent."],
  ["JW2", "Platforms", "A platform, or the way to it. Exit code 1; the message says what is known of the request."],
  [
    "JW3",
    "Refused",
    "A safety rule, or a plan that is stale. Exit code 3; nothing was sent. (JW3101 is about one action: exit code 1.)",
  ],
  ["JW35", "Worth knowing", "Warnings of a plan. Nothing stops for them."],
  ["JW4", "State", "State, lock and journal. Exit code 1, or 3 where somebody else holds the lock."],
  ["JW5", "Command line", "The command line, and this program itself. Exit code 1; JW5102: 3."],
];

const HEAD = `# Error codes

Every problem that jobwright reports has a code. Here is for each what it means, how it typically reads (a message with its
place, and below it its hint), and what to do. Codes keep their meaning from version to version; they stand in all output:
on the terminal, in \`--json\`, in annotations, in SARIF and JUnit. Every message on this page is one that a test provokes.

<!-- Written by \`npm run docs\` from src/codes.ts and scripts/errors.yaml. -->
`;

/** The page's text. Throws for a code that belongs to no section, or that nothing is told of, and for what has no code. */
export function errorsPage(codes, catalogue) {
  const sections = SECTIONS.map(([prefix, title, about]) => ({ prefix, title, about, entries: [] }));
  for (const code of Object.keys(catalogue))
    if (!(code in codes)) throw new Error(`${code} is no code of src/codes.ts`);
  for (const [code, title] of Object.entries(codes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const section = sections.findLast(({ prefix }) => code.startsWith(prefix));
    if (!section) throw new Error(`${code} belongs to no section of docs/errors.md`);
    if (!catalogue[code]) throw new Error(`scripts/errors.yaml tells nothing of ${code}`);
    section.entries.push({ code, title, ...catalogue[code] });
  }
  const filled = sections.filter(({ entries }) => entries.length > 0);
  return [HEAD, ...filled.map(sectionText)].join("\n");
}

/** What is told of each code besides its title: `{ says, why, do }` by code. */
export async function readCatalogue() {
  return parse(await readFile(`${root}scripts/errors.yaml`, "utf8"));
}

/** The codes, from the module as it is written. */
export async function readCodes() {
  const source = await readFile(`${root}src/codes.ts`, "utf8");
  const { code } = await transform(source, { loader: "ts", format: "esm" });
  const { CODES } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return CODES;
}

function sectionText({ prefix, title, about, entries }) {
  const rows = entries.map(({ code, title }) => `| [${code}](#${code.toLowerCase()}) | ${title} |`);
  const head = `## ${prefix.padEnd(6, "x")}: ${title}\n\n${about}\n\n| code | meaning |\n|---|---|\n${rows.join("\n")}\n`;
  return [head, ...entries.map(entryText)].join("\n");
}

function entryText({ code, title, says, why, do: what }) {
  const [message, ...hint] = says.split("\n");
  const told = [message, ...hint.map((line) => `  ${line}`)].join("\n");
  const name = `${title.charAt(0).toUpperCase()}${title.slice(1)}`;
  return `### ${code}\n\n**${name}.** ${why.trim()}\n\n\`\`\`\n${told}\n\`\`\`\n\n${what.trim()}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(`${root}docs/errors.md`, errorsPage(await readCodes(), await readCatalogue()));
}
