import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "../../src/model/state.ts";
import type { CliProject } from "../support/cli-project.ts";

const REF = "refs/jobwright/state";

/** A project that is in Git, with a bare repository as its remote; both lie in the project's own folder. */
export interface Checkout {
  readonly bare: string;
  /** What the state's ref in the remote holds. */
  state(): State;
  /** The record of the lock there. */
  lock(): string;
  /** A further clone, as another runner has it: manifests only. */
  clone(name: string): string;
  /** Commits what changed and pushes it. */
  push(): void;
}

/** Runs git for a test; answers what it printed, without the last newline. */
function git(cwd: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@invalid", "-c", "init.defaultBranch=main"];
  const env = { PATH: process.env["PATH"], HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };
  return execFileSync("git", [...identity, ...args], { cwd, env, encoding: "utf8", stdio: "pipe" }).trim();
}

/** Commits a project's files and pushes them to a remote of its own. */
export function checkoutOf({ path }: CliProject): Checkout {
  const bare = join(path, "remote.git");
  git(path, "init", "--quiet", "--bare", bare);
  git(path, "init", "--quiet");
  appendFileSync(join(path, ".git/info/exclude"), "remote.git\nclones\nhold*\n");
  git(path, "remote", "add", "origin", bare);
  const push = (): void => {
    git(path, "add", "-A");
    git(path, "commit", "--quiet", "-m", "jobs");
    git(path, "push", "--quiet", "origin", "main");
  };
  push();
  return {
    push,
    bare,
    state: () => JSON.parse(git(bare, "cat-file", "blob", `${REF}:state.json`)) as State,
    lock: () => git(bare, "cat-file", "blob", `${REF}:lock.json`),
    clone: (name) => {
      const folder = join(path, "clones", name);
      git(path, "clone", "--quiet", bare, folder);
      return folder;
    },
  };
}
