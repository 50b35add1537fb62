// Writes docs/errors.md from src/codes.ts.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The page's sections: codes that start with `prefix` stand in the last one that fits. */
const SECTIONS = [
  ["JW10", "Files and YAML", "In manifests or config. Exit code 1; nothing was sent."],
  ["JW11", "Schema", "In manifests. Exit code 1; nothing was sent."],
  ["JW12", "Rules", "In manifests. Exit code 1, or 0 where it is a warning; nothing was sent."],
  ["JW13", "Config and interpolation", "In jobwright.yaml, or in a `${...}`. Exit code 1; nothing was sent."],
  ["JW14", "Manifests against live jobs", "Which live job a manifest means. Exit code 1; nothing was sent."],
  ["JW2", "Platforms", "A platform, or the way to it. Exit code 1; the message says what is known of the request."],
  ["JW3", "Refused", "A safety rule, or a plan that is stale. Exit code 3; nothing was sent."],
  ["JW35", "Worth knowing", "Warnings of a plan. Nothing stops for them."],
  ["JW4", "State", "State, lock and journal. Exit code 1, or 3 where somebody else holds the lock."],
  ["JW5", "Command line", "The command line, and this program itself. Exit code 1."],
];

const HEAD = `# Error codes

Every problem that jobwright reports has a code. The message says what happened, where, and what to do; this page says what
the codes mean in general. Codes keep their meaning from version to version.

<!-- Written by \`npm run docs\` from src/codes.ts. -->
`;

/** The page's text. Throws for a code that belongs to no section. */
export function errorsPage(codes) {
  const sections = SECTIONS.map(([prefix, title, about]) => ({ prefix, title, about, rows: [] }));
  for (const [code, title] of Object.entries(codes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const section = sections.findLast(({ prefix }) => code.startsWith(prefix));
    if (!section) throw new Error(`${code} belongs to no section of docs/errors.md`);
    section.rows.push(`| ${code} | ${title} |`);
  }
  const filled = sections.filter(({ rows }) => rows.length > 0);
  return [HEAD, ...filled.map(sectionText)].join("\n");
}

/** The codes, from the module as it is written. */
export async function readCodes() {
  const source = await readFile(`${root}src/codes.ts`, "utf8");
  const { code } = await transform(source, { loader: "ts", format: "esm" });
  const { CODES } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return CODES;
}

function sectionText({ prefix, title, about, rows }) {
  return `## ${prefix.padEnd(6, "x")}: ${title}\n\n${about}\n\n| code | meaning |\n|---|---|\n${rows.join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(`${root}docs/errors.md`, errorsPage(await readCodes()));
}
