import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { init } from "../../src/commands/init.ts";
import { type LanguageServer, startLanguageServer } from "./language-server.ts";
import { temporaryFolder, testShell } from "./shell.ts";
import { ROOT } from "./source-files.ts";

/** A project as `jobwright init` leaves it, jobwright installed, and what an editor runs for it. */
export interface EditorProject {
  readonly server: LanguageServer;
  read(file: string): string;
  close(): Promise<void>;
}

/** Makes one, with the settings that `init` wrote; close it after the tests. */
export async function editorProject(): Promise<EditorProject> {
  const folder = temporaryFolder();
  await init(testShell({ cwd: folder.path }), {});
  mkdirSync(join(folder.path, "node_modules"));
  symlinkSync(ROOT, join(folder.path, "node_modules/jobwright"));
  const read = (file: string) => readFileSync(join(folder.path, file), "utf8");
  const server = await startLanguageServer(folder.path, JSON.parse(read(".vscode/settings.json")));
  return {
    server,
    read,
    close: async () => {
      await server.stop();
      folder.remove();
    },
  };
}
