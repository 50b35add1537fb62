import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobwright } from "../support/cli.ts";
import { wordsOfLine } from "../support/command-line.ts";
import { type DocsStage, openStage } from "../support/docs-stage.ts";

const MANIFEST = "apiVersion: nimbleway.com/v1\nkind: Job\nmetadata: { name: a }\nspec: { agent_name: a }\n";

/** The pages' commands run in this process: what they print is what the built program prints. */
describe("a command in this process", () => {
  let stage: DocsStage;
  beforeAll(async () => {
    stage = await openStage();
    stage.write("jobs/a.yaml", MANIFEST);
    stage.write("wrong/b.yaml", MANIFEST.replace("agent_name", "agent"));
  });
  afterAll(() => stage.close());

  it.each([
    ["jobwright --sandbox plan", 0],
    ["jobwright validate wrong/b.yaml", 1],
    ["jobwright plan --max-deletes many", 1],
    ["jobwright", 0],
    ["jobwright state --help", 0],
    ["jobwright --config none.yaml plan", 1],
    ["jobwright validate jobs/b.yaml", 0],
  ])("%s prints what the built one prints", async (line, code) => {
    const built = await jobwright(wordsOfLine(line).slice(1), { cwd: stage.folder, env: stage.env });
    const here = await stage.run(line);
    expect(here.join("\n")).toBe(`${built.stderr}${built.stdout}`.trimEnd());
    expect(here.join("\n")).not.toBe("");
    expect([built.code, ...(await stage.run("echo $?"))]).toEqual([code, String(code)]);
  });
});
