import { spawn } from "node:child_process";
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
}

/** Runs `node build/cli.js ARGS` as a child process without a terminal and with an empty standard input. */
export function jobwright(args: readonly string[], { cwd, env = {} }: CliPlace): Promise<CliRun> {
  const { PATH = "" } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${ROOT}build/cli.js`, ...args], {
      cwd,
      env: { PATH, HOME: cwd, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const parts = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      parts.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      parts.stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...parts }));
  });
}
