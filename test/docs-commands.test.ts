import { expect, test } from "vitest";
import { commandsPage } from "../scripts/docs-commands.mjs";
import { HELP } from "../src/help.ts";
import { REASONS } from "../src/model/outcome.ts";
import { declareProgram } from "../src/program.ts";
import { read } from "./support/source-files.ts";

const page = read("docs/reference-commands.md");

test("docs/reference-commands.md is as `npm run docs` writes it", () => {
  expect(page).toBe(
    commandsPage(
      declareProgram("0.0.0", async () => {}),
      HELP,
      REASONS,
    ),
  );
});

test("it has every command that SPEC names, and every flag of apply", () => {
  const titles = [...page.matchAll(/^## `jobwright ([\w -]+?)(?: [<[].*)?`$/gm)].map(([, title]) => title);
  expect(titles).toEqual([
    ...["init", "validate", "plan", "apply", "drift", "status", "import", "hold", "release", "diff-plans"],
    ...["state list", "state show", "state pull", "state rm", "state mv", "state unlock"],
    ...["sandbox", "schema", "completion"],
  ]);
  const apply = page.slice(page.indexOf("## `jobwright apply"), page.indexOf("## `jobwright drift"));
  for (const flag of ["--events <file>", "-y, --auto-approve", "--only-cause <cause>", "--max-deletes <n>"]) {
    expect(apply).toContain(`| \`${flag}\` |`);
  }
});
