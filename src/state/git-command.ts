import { spawn } from "node:child_process";
import type { Env } from "../model/runtime.ts";
import { errnoOf, oneLine, storageError } from "./failure.ts";

/** How a git command ended. */
export interface GitResult {
  /** -1 where it was ended for taking too long. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What a git command gets. */
export interface GitInput {
  readonly input?: string | Uint8Array;
  /** Further variables of its environment. */
  readonly env?: Env;
}

/** Runs git with these arguments. Throws a JobwrightError only where there is no git to run. */
export type Git = (args: readonly string[], input?: GitInput) => Promise<GitResult>;

// Set while git runs a hook, or for tracing: they would lead to another repository, or print headers.
const NOT_HANDED_ON =
  /^(GIT_DIR|GIT_WORK_TREE|GIT_INDEX_FILE|GIT_PREFIX|GIT_COMMON_DIR|GIT_NAMESPACE|GIT_SHALLOW_FILE|GIT_GRAFT_FILE|GIT_OBJECT_DIRECTORY|GIT_ALTERNATE_OBJECT_DIRECTORIES|GIT_QUARANTINE_PATH|GIT_CURL_VERBOSE|GIT_TRACE.*|GIT_AUTHOR_.*|GIT_COMMITTER_.*|NIMBLE_.*|BL_.*|JOBWRIGHT_.*)$/;

const CONFIG = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["push.gpgSign", "false"],
  ["push.followTags", "false"],
  ["push.recurseSubmodules", "no"],
] as const;

/**
 * The git of this machine, in the repository around `cwd`. It never asks for anything, runs no hooks, speaks English,
 * and does not see the platforms' credentials.
 */
export function createGit(of: { readonly cwd: string; readonly env: Env; readonly timeoutMs?: number }): Git {
  const inherited = Object.entries(of.env).filter(([name]) => !NOT_HANDED_ON.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    LC_ALL: "C",
  };
  const config = CONFIG.flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  return (args, input = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn("git", ["-C", of.cwd, ...config, ...args], {
        env: { ...env, ...input.env },
        stdio: "pipe",
        // In a group of its own: Ctrl-C reaches this process only, which lets a push come to its end.
        detached: process.platform !== "win32",
        timeout: of.timeoutMs ?? 120_000,
        killSignal: "SIGKILL",
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
      child.on("error", (error) => reject(cannotRun(error)));
      child.on("close", (code) => {
        resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString("utf8") });
      });
      // A command that ends without reading its input is told by its exit code.
      child.stdin.on("error", () => {});
      child.stdin.end(input.input ?? "");
    });
}

function cannotRun(error: Error): Error {
  return storageError(
    "JW4020",
    `git cannot be run (${errnoOf(error) ?? error.message})`,
    "state.store: git needs git in the PATH. Nothing was sent.",
    error,
  );
}

/** What git said, in one line without credentials. */
export function gitWords(result: GitResult): string {
  if (result.code === -1) return "it took too long";
  const lines = `${result.stderr}\n`.split("\n").map((line) => withoutCredentials(line.trim()));
  const telling = lines.filter((line) => /^(fatal|error|remote|ssh|Permission|Host key)/.test(line));
  const kept = telling.length > 0 ? telling : lines.filter((line) => line !== "");
  return oneLine(kept.slice(0, 4).join("; "), 400) || `exit code ${result.code}`;
}

/** Takes user names, passwords and tokens out of URLs. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, "$1***@").replace(/([?&][\w-]*token=)[^\s&]+/gi, "$1***");
}
