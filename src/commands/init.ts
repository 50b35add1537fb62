import { join } from "node:path";
import { initFiles, schemaPath } from "../init/files.ts";
import { documentText } from "../render/plan-document.ts";
import { makeFile, taken } from "./new-files.ts";
import type { CommandResult, Shell } from "./shell.ts";

/** What `init --json` answers. */
export interface InitDocument {
  readonly formatVersion: 1;
  /** Relative to where it was started. */
  readonly written: readonly string[];
  /** Files that were there already and are left as they are. */
  readonly kept: readonly string[];
  /** What is left to do by hand. */
  readonly notes: readonly string[];
}

/** `jobwright init`: writes the files of a new project into the current folder. What is there already is kept. */
export async function init(shell: Shell, options: { readonly json?: boolean }): Promise<CommandResult> {
  const root = await shell.disk.realpath(shell.runtime.cwd);
  const inGit = (await taken(shell, root, [".git"])).length > 0;
  const written: string[] = [];
  const kept: string[] = [];
  const notes: string[] = [];
  for (const file of initFiles({ inGit })) {
    if (await makeFile(shell, root, file)) written.push(file.path);
    else {
      kept.push(file.path);
      if (file.ifKept !== undefined) notes.push(`${file.path} was there: ${file.ifKept}`);
    }
  }
  if (!inGit) {
    notes.push(`${join(".github", "workflows")} works at the top of a Git repository only, which this folder is not`);
  }
  if ((await taken(shell, root, [schemaPath("manifest")])).length === 0) {
    notes.push(
      "jobwright is not among the project's packages: once it is, editors find its schemas, and the workflow its action",
    );
  }
  const document: InitDocument = { formatVersion: 1, written, kept, notes };
  return { exitCode: 0, stdout: options.json ? documentText(document) : initText(document) };
}

function initText({ written, kept, notes }: InitDocument): string {
  const lines = [
    ...written.map((path) => `wrote ${path}`),
    ...kept.map((path) => `kept  ${path} (it was there)`),
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => `- ${note}`)]),
    "",
    "Try it without any account:  jobwright --sandbox plan",
    "Bring in what is live:       jobwright import",
  ];
  return `${lines.join("\n")}\n`;
}
