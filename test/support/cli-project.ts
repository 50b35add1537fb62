import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { vi } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/server.ts";
import { type CliRun, jobwright, type RunningCli, startJobwright } from "./cli.ts";
import { temporaryFolder } from "./shell.ts";

// Each test starts processes, some of them dozens: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 180_000 });

/** A project in a folder of its own, and a sandbox that stands for both platforms. */
export interface CliProject {
  readonly path: string;
  readonly sandbox: Sandbox;
  /** What every run gets: base URLs of the sandbox, keys, the workspace `acme`. */
  readonly env: Readonly<Record<string, string>>;
  write(file: string, text: string): void;
  read(file: string): string;
  remove(file: string): void;
  /** All files but `.git`, by their path, with a hash of their bytes. */
  files(): Readonly<Record<string, string>>;
  run(...args: readonly string[]): Promise<CliRun>;
  /** With further variables; an empty value stands for one that is not set. */
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<CliRun>;
  start(...args: readonly string[]): RunningCli;
  /** Runs and expects exit code 0; what came of it. */
  done(...args: readonly string[]): Promise<CliRun>;
  close(): Promise<void>;
}

/** Makes a project of these files; close it after the test. */
export async function cliProject(
  files: Readonly<Record<string, string>> = {},
  options: SandboxOptions = {},
): Promise<CliProject> {
  const sandbox = await startSandbox(options);
  const folder = temporaryFolder();
  const { path } = folder;
  const env = {
    NIMBLE_BASE_URL: sandbox.url,
    NIMBLE_API_KEY: "nimble-test-key",
    BL_API_URL: `${sandbox.url}/v0`,
    BL_API_KEY: "blaxel-test-key",
    BL_WORKSPACE: "acme",
  };
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  const place = (more: Readonly<Record<string, string>> = {}) => ({
    cwd: path,
    // Without an entry every run gets NO_COLOR=1.
    env: Object.fromEntries(
      Object.entries({ ...env, ...more }).filter(([name, value]) => value !== "" || name === "NO_COLOR"),
    ),
  });
  return {
    path,
    sandbox,
    env,
    write,
    read: (file) => readFileSync(join(path, file), "utf8"),
    remove: (file) => rmSync(join(path, file), { recursive: true }),
    files: () => filesBelow(path),
    run: (...args) => jobwright(args, place()),
    runWith: (more, ...args) => jobwright(args, place(more)),
    start: (...args) => startJobwright(args, place()),
    done: async (...args) => {
      const run = await jobwright(args, place());
      if (run.code !== 0) throw new Error(`jobwright ${args.join(" ")}: ${run.code}\n${run.stdout}\n${run.stderr}`);
      return run;
    },
    close: async () => {
      await sandbox.close();
      folder.remove();
    },
  };
}

/** All files of a folder but those of `.git`, by their relative path, with a hash of their bytes. */
export function filesBelow(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll(sep, "/"),
    )
    .filter((file) => !file.startsWith(".git/"))
    .sort();
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex"),
    ]),
  );
}

/** One JSON document and nothing else, or an error that shows what was there. */
export function onlyJson<T = JsonObject>({ stdout }: CliRun): T {
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`stdout is not one JSON document:\n${stdout}`);
  }
}

/** The text of a Nimble manifest. */
export function nimbleManifest(name: string, cron = "0 6 * * *", more = ""): string {
  return `apiVersion: nimbleway.com/v1
kind: Job
metadata:
  name: ${name}
spec:
  agent_name: amazon_pdp
  schedule: { cron: "${cron}", enabled: true }
${more}`;
}

/** The text of a Blaxel manifest. */
export function blaxelManifest(name: string, memory = 2048, more = ""): string {
  return `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata:
  name: ${name}
spec:
  runtime:
    memory: ${memory}
${more}`;
}
