import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { ROOT } from "./source-files.ts";

/** How a run of the built command line ended. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and as whom to run it. The environment holds nothing but `env` and what Node.js itself needs. */
export interface CliPlace {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A file descriptor in place of the pipe that is read; then the run's `stdout` is "". */
  readonly stdout?: number;
}

/** A run that goes on. */
export interface RunningCli {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and all that it wrote was read. */
  readonly ended: Promise<CliRun>;
  /** Resolves when stderr or stdout matches; rejects where the process ends before. */
  saw(pattern: RegExp): Promise<void>;
}

/** What a process needs of the environment to run at all. Without SystemRoot there is no Node.js on Windows. */
export function systemEnv(): Readonly<Record<string, string>> {
  const names = process.platform === "win32" ? ["PATH", "SystemRoot", "TEMP", "PATHEXT"] : ["PATH"];
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""]));
}

/** Runs `node build/cli.js ARGS` as a child process without a terminal and with an empty standard input. */
export function jobwright(args: readonly string[], place: CliPlace): Promise<CliRun> {
  return startJobwright(args, place).ended;
}

/** Starts `node build/cli.js ARGS`, to be watched and signalled while it runs. */
export function startJobwright(args: readonly string[], { cwd, env = {}, stdout = -1 }: CliPlace): RunningCli {
  const child = spawn(process.execPath, [`${ROOT}build/cli.js`, ...args], {
    cwd,
    env: { ...systemEnv(), HOME: cwd, NO_COLOR: "1", ...env },
    stdio: ["ignore", stdout < 0 ? "pipe" : stdout, "pipe"],
  });
  const parts = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  const gather = (stream: Readable | null, part: keyof typeof parts): void => {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      parts[part] += text;
      for (const watcher of watchers) watcher();
    });
  };
  gather(child.stdout, "stdout");
  gather(child.stderr, "stderr");
  const ended = new Promise<CliRun>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...parts }));
  });
  const saw = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(parts.stderr) && !pattern.test(parts.stdout)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without ${pattern}: ${parts.stderr}`)), reject);
    });
  return { child, ended, saw };
}
