import { join } from "node:path";
import { COPIED_SCHEMAS, initFiles } from "../init/files.ts";
import type { ActionSource } from "../init/workflow-text.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import { documentText } from "../render/plan-document.ts";
import { makeFile, taken } from "./new-files.ts";
import { SCHEMAS } from "./schema.ts";
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
  const dependsOnUs = await namesUs(shell, root);
  const action = actionSource(shell, dependsOnUs);
  for (const file of initFiles({ inGit, action, schemas: SCHEMAS })) {
    if (await makeFile(shell, root, file)) written.push(file.path);
    else {
      kept.push(file.path);
      if (file.ifKept !== undefined) notes.push(`${file.path} was there: ${file.ifKept}`);
    }
  }
  if (!inGit) {
    notes.push(`${join(".github", "workflows")} works at the top of a Git repository only, which this folder is not`);
  }
  if (!dependsOnUs) {
    notes.push(
      action.kind === "installed"
        ? "the workflow and editors use the jobwright that the project has installed: npm install --save-dev jobwright, and commit package.json and package-lock.json"
        : `editors find the schemas in ${COPIED_SCHEMAS}: commit it, and after an upgrade of jobwright delete it and run jobwright init again`,
    );
  }
  const document: InitDocument = { formatVersion: 1, written, kept, notes };
  return { exitCode: 0, stdout: options.json ? documentText(document) : initText(document) };
}

/** The project's own jobwright goes before the published action: so people and CI run the same version. */
function actionSource({ repository = "", version }: Shell, dependsOnUs: boolean): ActionSource {
  if (dependsOnUs || repository === "") return { kind: "installed" };
  return { kind: "published", uses: `${repository}@v${version}` };
}

/** Whether the folder's package.json has jobwright among its dependencies. One that cannot be read has not. */
async function namesUs({ disk }: Shell, root: string): Promise<boolean> {
  try {
    const text = new TextDecoder().decode(await disk.readFile(join(root, "package.json")));
    const manifest: Json = JSON.parse(text);
    if (!isJsonObject(manifest)) return false;
    const named = [manifest["dependencies"], manifest["devDependencies"]];
    return named.some((each) => isJsonObject(each) && Object.hasOwn(each, "jobwright"));
  } catch {
    return false;
  }
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
