import { afterEach, describe, expect, it, vi } from "vitest";
import { EVENTS, SETUPS } from "../support/docs-setups.ts";
import { type DocsStage, openStage } from "../support/docs-stage.ts";
import { type Directive, type Fence, partsOf } from "../support/markdown-page.ts";
import { filesUnder, ROOT, read } from "../support/source-files.ts";

/*
 * Every `console` block of the documentation is run, line by line, against a sandbox, and what comes of it is written
 * back into the page: the page must stay as it is. `npx vitest run test/docs/console.test.ts -u` writes it anew; look at
 * the difference. What the reader does not see stands in comments:
 *
 * <!-- run: NAME -->                   a new project, as the setup of that name makes it; blocks below go on in it
 * <!-- file: PATH -->                  the next block is the text of that file
 * <!-- edit: PATH | OLD | NEW -->      somebody edits a file
 * <!-- live: nimble job_7 {...} -->    somebody edits a live job by hand (a merge patch; null: deletes it)
 * <!-- quiet: COMMAND -->              a command whose output the page does not show; it must succeed
 * <!-- meanwhile: NAME -->             something else happens, see test/support/docs-setups.ts
 *
 * What differs from run to run is not compared: see VARYING.
 */
vi.setConfig({ testTimeout: 60_000 });

const PAGES = ["README.md", ...filesUnder("docs", ".md")].filter((file) => read(file).includes("```console"));

let stage: DocsStage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

describe("the documentation's commands", () => {
  it("stand on many pages", () => {
    expect(PAGES.length).toBeGreaterThan(9);
  });

  it("are told when they print something else, and where a page cannot be played", async () => {
    const page = (line: string): string => `<!-- run: nothing -->\n\n\`\`\`console\n${line}\n\`\`\`\n`;
    expect(await played(page("$ echo a\na"))).toBe(page("$ echo a\na"));
    expect(await played(page("$ echo a\nb\n$ false\n$ echo $?"))).toBe(page("$ echo a\na\n$ false\n$ echo $?\n1"));
    expect(await played(page("$ echo in 177fb29 by ana\nin 1a2b3c4 by ana"))).toContain("\nin 1a2b3c4 by ana");
    await expect(played(page("echo a"))).rejects.toThrow("line 3: Error: a console block begins with a command");
    await expect(played("<!-- run: something -->")).rejects.toThrow("line 1: Error: there is no setup something");
    await expect(played("<!-- run: nothing -->\n<!-- quiet: false -->")).rejects.toThrow("line 2: Error: false");
    await expect(played("<!-- run: nothing -->\n<!-- qiet: true -->")).rejects.toThrow("no such directive: qiet");
  });

  it.each(PAGES)("%s shows what they really print", async (page) => {
    await expect(await played(read(page))).toMatchFileSnapshot(ROOT + page);
  });
});

/** A page with what its commands print now. */
async function played(page: string): Promise<string> {
  const lines = page.split("\n");
  let file: string | undefined;
  const edits: { readonly fence: Fence; readonly lines: readonly string[] }[] = [];
  for (const part of partsOf(page)) {
    try {
      if (part.kind === "directive" && part.name === "file") file = part.value;
      else if (part.kind === "directive") await follow(part);
      else if (file !== undefined) {
        onStage().write(file, `${part.lines.join("\n")}\n`);
        file = undefined;
      } else if (part.language === "console") edits.push({ fence: part, lines: await shown(part) });
    } catch (error) {
      throw new Error(`line ${part.start + 1}: ${String(error)}`, { cause: error });
    }
  }
  // Blocks may grow or shrink: those further up keep their place while the later ones are put in first.
  for (const { fence, lines: inner } of edits.toReversed()) {
    const indented = inner.map((line) => `${fence.indent}${line}`.trimEnd());
    lines.splice(fence.start + 1, fence.end - fence.start - 1, ...indented);
  }
  return lines.join("\n");
}

async function follow({ name, value }: Directive): Promise<void> {
  if (name === "run") return open(value);
  const here = onStage();
  if (name === "quiet") {
    const said = await here.run(value);
    if ((await here.run("echo $?"))[0] !== "0") throw new Error(`${value}: ${said.join("\n")}`);
    return;
  }
  here.pass(60_000);
  if (name === "edit") edit(here, value.split(" | "));
  else if (name === "live") liveEdit(here, value);
  else if (name === "meanwhile" && EVENTS[value] !== undefined) await EVENTS[value](here);
  else throw new Error(`there is no such directive: ${name} ${value}`);
}

async function open(name: string): Promise<void> {
  await stage?.close();
  const setUp = SETUPS[name];
  if (setUp === undefined) throw new Error(`there is no setup ${name}`);
  stage = await openStage();
  await setUp(stage);
}

function edit(here: DocsStage, [file = "", from = "", to = ""]: readonly string[]): void {
  const text = here.read(file);
  if (from === "" || text.split(from).length !== 2) throw new Error(`${file} does not hold ${from} once`);
  here.write(file, text.replace(from, to));
}

function liveEdit({ sandbox: { data } }: DocsStage, value: string): void {
  const [, platform, id = "", patch = ""] = /^(nimble|blaxel) (\S+) (.+)$/.exec(value) ?? [];
  const table = platform === "nimble" ? data.nimble : data.blaxel;
  if (table.get(id) === undefined) throw new Error(`no live job ${value}`);
  const merge = JSON.parse(patch);
  if (merge === null) table.delete(id);
  else table.edit(id, merge);
}

function onStage(): DocsStage {
  if (stage === undefined) throw new Error("no <!-- run: NAME --> before it");
  return stage;
}

/** The lines of a block as they are now; what is right already stays as it is written. */
async function shown(fence: Fence): Promise<readonly string[]> {
  const here = onStage();
  const [before, ...commands] = fence.lines.join("\n").split(/^\$ /m);
  if (before !== "") throw new Error("a console block begins with a command");
  const lines: string[] = [];
  for (const command of commands) {
    const [line = "", ...written] = command.replace(/\n$/, "").split("\n");
    const real = await here.run(line);
    lines.push(`$ ${line}`, ...(isSame(written, real) ? written : real));
  }
  return lines;
}

/** What differs from run to run: commits, and the ids of runs. */
const VARYING = /(?<=\bin )[0-9a-f]{7,10}\b|(?<=\brun |-rescue-)[0-9a-f]{16}\b/g;

function isSame(written: readonly string[], real: readonly string[]): boolean {
  const even = (lines: readonly string[]): string =>
    lines.map((line) => line.replace(VARYING, "N").trimEnd()).join("\n");
  return even(written) === even(real);
}
