import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JsonObject } from "../../src/model/json.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/server.ts";
import { type TestShell, temporaryFolder, testShell } from "./shell.ts";

/** A project folder and both platforms, reached over HTTP as in earnest. */
export interface Platforms {
  readonly sandbox: Sandbox;
  /** Absolute. */
  readonly folder: string;
  /** A shell in the folder with credentials of both platforms, and `more` variables. */
  shell(more?: Readonly<Record<string, string>>): TestShell;
  write(path: string, text: string): void;
  read(path: string): string;
  /** All files but the state's, relative to the folder, sorted. */
  files(): readonly string[];
  /** Adds Nimble jobs with the ids job_1, job_2, ... */
  nimble(...jobs: readonly JsonObject[]): void;
  blaxel(...jobs: readonly JsonObject[]): void;
  /** No job and no file is left. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts platforms without jobs and an empty folder; close them after the test. */
export async function startPlatforms(options: SandboxOptions = {}): Promise<Platforms> {
  const sandbox = await startSandbox(options);
  const folder = temporaryFolder();
  const env = {
    NIMBLE_BASE_URL: sandbox.url,
    NIMBLE_API_KEY: "nimble-key-1",
    BL_API_URL: `${sandbox.url}/v0`,
    BL_API_KEY: "blaxel-key-1",
    BL_WORKSPACE: "acme",
  };
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  };
  return {
    sandbox,
    folder: folder.path,
    shell: (more = {}) => testShell({ cwd: folder.path, env: { ...env, ...more } }),
    write,
    read: (path) => readFileSync(join(folder.path, path), "utf8"),
    files: () =>
      readdirSync(folder.path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.path.length + 1))
        .filter((file) => !file.startsWith(".jobwright/"))
        .sort(),
    nimble: (...jobs) =>
      sandbox.data.add({ nimble: jobs.map((job) => ({ job: { agent_name: "amazon_pdp", ...job } })) }),
    blaxel: (...jobs) => sandbox.data.add({ blaxel: jobs.map((job) => ({ job })) }),
    reset: () => {
      for (const { id } of sandbox.data.nimble.all()) sandbox.data.nimble.delete(id);
      for (const { metadata } of sandbox.data.blaxel.all()) {
        sandbox.data.blaxel.delete(String((metadata as JsonObject)["name"]));
      }
      sandbox.log.clear();
      for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name), { recursive: true });
    },
    close: async () => {
      await sandbox.close();
      folder.remove();
    },
  };
}
