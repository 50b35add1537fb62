// Writes the tables of inputs and outputs in docs/github-action.md from action.yml.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The page with its two tables as `action` (action.yml, parsed) has them. Throws where the page lacks a heading. */
export function actionPage(page, action) {
  const inputs = Object.entries(action.inputs).map(([name, { description, required, default: given }]) => {
    const otherwise = required ? "required" : given === "" ? "" : `\`${given}\``;
    return `| \`${name}\` | ${otherwise} | ${description} |`;
  });
  const outputs = Object.entries(action.outputs).map(([name, { description }]) => `| \`${name}\` | ${description} |`);
  const tables = {
    Inputs: ["| name | default | what it is |", "|---|---|---|", ...inputs],
    Outputs: ["| name | what it is |", "|---|---|", ...outputs],
  };
  return Object.entries(tables).reduce((text, [title, lines]) => withTable(text, title, lines), page);
}

function withTable(page, title, lines) {
  const start = page.indexOf(`\n## ${title}\n`);
  const end = page.indexOf("\n## ", start + 1);
  if (start < 0 || end < 0)
    throw new Error(`docs/github-action.md has no section "${title}" with another one after it`);
  const note = "<!-- Written by `npm run docs` from action.yml. -->";
  return `${page.slice(0, start)}\n## ${title}\n\n${note}\n\n${lines.join("\n")}\n${page.slice(end)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = `${root}docs/github-action.md`;
  const action = parse(await readFile(`${root}action.yml`, "utf8"));
  await writeFile(file, actionPage(await readFile(file, "utf8"), action));
}
