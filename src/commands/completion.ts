import { join } from "node:path";
import { loadProject } from "../manifest/load.ts";
import { loadConfig } from "../manifest/load-config.ts";
import type { Config } from "../model/config.ts";
import type { Env } from "../model/runtime.ts";
import { documentText } from "../render/plan-document.ts";
import { createSecretTable } from "../secrets.ts";
import { nodeDisk } from "../state/disk.ts";
import { loadState, statePaths } from "../state/file-load.ts";
import { type CompletingShell, SCRIPTS } from "./completion-scripts.ts";
import { secretsOf } from "./scope.ts";
import type { CommandResult } from "./shell.ts";

/** `jobwright completion SHELL`: prints the shell's script. */
export function completion(shell: CompletingShell, options: { readonly json?: boolean } = {}): CommandResult {
  const script = SCRIPTS[shell];
  return { exitCode: 0, stdout: options.json ? documentText({ formatVersion: 1, shell, script }) : script };
}

/** What is completed from the project. */
export type ValueKind = "addresses" | "environments" | "secrets" | "targets" | "schemas";

/** Where to look for a project, as far as the words before the cursor say it. */
export interface ValuePlace {
  readonly cwd: string;
  readonly env: Env;
  readonly config?: string;
  readonly environment?: string;
}

/** All values of a kind, sorted. From files alone: no network, no secret is resolved. Throws what loading throws. */
export async function valuesOf(kind: ValueKind, place: ValuePlace): Promise<readonly string[]> {
  if (kind === "schemas") return Object.keys((await import("./schema.ts")).SCHEMAS);
  const options = {
    cwd: place.cwd,
    env: place.env,
    ...(place.config === undefined ? {} : { configFile: place.config }),
    ...(place.environment === undefined ? {} : { environment: place.environment }),
    secrets: "skip" as const,
    today: new Date(0),
  };
  if (kind === "addresses" || kind === "secrets") {
    const { desired, config } = await loadProject(options);
    if (kind === "secrets") return desired.flatMap(secretsOf);
    return [...new Set([...desired.map(({ address }) => address), ...(await ownedAddresses(config))])].sort();
  }
  const { config } = loadConfig(options, createSecretTable()).loaded;
  return kind === "targets" ? Object.keys(config.targets).sort() : config.environments;
}

/** What a state in a file owns, also where its manifest is gone; nothing where that cannot be told from a file. */
async function ownedAddresses({ root, environment, state }: Config): Promise<readonly string[]> {
  if (state.store !== "file") return [];
  const paths = statePaths(join(root, ".jobwright"), ".jobwright", environment);
  const loaded = await loadState(nodeDisk, paths, environment).catch(() => undefined);
  return Object.keys(loaded?.state.jobs ?? {});
}
