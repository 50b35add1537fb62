import { execFileSync } from "node:child_process";

/** Runs git in a folder, as a user of the test's own; answers what it printed. */
export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Ada Example",
      GIT_AUTHOR_EMAIL: "ada@example.com",
      GIT_COMMITTER_NAME: "Ada Example",
      GIT_COMMITTER_EMAIL: "ada@example.com",
    },
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** Makes a repository of a folder, with everything in it committed. */
export function gitInit(cwd: string): void {
  git(cwd, "init", "-q", "-b", "main");
  commitAll(cwd, "first");
}

/** Commits everything. */
export function commitAll(cwd: string, message: string): void {
  git(cwd, "add", "-A");
  git(cwd, "commit", "-q", "-m", message);
}
