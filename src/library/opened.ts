import { resolve } from "node:path";
import type { GlobalOptions, Shell } from "../commands/shell.ts";
import { JobwrightError } from "../errors.ts";
import { createUndiciTransport } from "../http/undici-transport.ts";
import { systemClock } from "../io.ts";
import type { SecretTable } from "../model/document.ts";
import type { Runtime } from "../model/runtime.ts";
import { createProgress } from "../progress.ts";
import { createRedactor } from "../render/redact.ts";
import { PLAIN_STYLE } from "../render/style.ts";
import { nodeDisk } from "../state/disk.ts";
import { nodeHost } from "../state/host.ts";
import type { Project } from "./project.ts";
import type { World } from "./world.ts";

/** What a project was loaded with. */
export interface Opened {
  readonly shell: Shell;
  readonly options: GlobalOptions & { readonly paths: readonly string[] };
}

// Kept apart from the projects, so that their type tells nothing of the commands inside.
const opened = new WeakMap<Project, Opened>();

/** Remembers what a project was loaded with. */
export function remember(project: Project, how: Opened): void {
  opened.set(project, how);
}

/** What a project was loaded with. Throws for an object that `loadProject` did not make. */
export function openedOf(project: Project): Opened {
  const found = opened.get(project);
  if (found !== undefined) return found;
  throw new JobwrightError("JW5001", "invalid", "this is no project that loadProject() loaded", {
    hint: "Hand on what loadProject() answered, not a copy of it.",
  });
}

/** The commands' shell in a program that uses this package: it prints nothing and asks nobody. */
export function shellOf({ cwd = process.cwd(), env = process.env, log, signal }: World, version: string): Shell {
  const tables: SecretTable[] = [];
  const redactor = createRedactor(() => tables.flatMap((table) => [...table.values()]));
  const runtime: Runtime = {
    env,
    cwd: resolve(cwd),
    clock: systemClock,
    random: Math.random,
    log: (line) => log?.(redactor.text(line)),
    signal: signal ?? new AbortController().signal,
  };
  return {
    runtime,
    progress: createProgress(runtime),
    version,
    disk: nodeDisk,
    host: nodeHost,
    transport: createUndiciTransport,
    guard: (secrets) => {
      tables.push(secrets);
    },
    redactor,
    style: PLAIN_STYLE,
    ask: undefined,
    trace: undefined,
  };
}
