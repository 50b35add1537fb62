import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../src/model/runtime.ts";
import type { GitStoreOptions } from "../../../src/state/git-store.ts";
import { createMachine, seeded } from "./world.ts";

/** An environment in which git finds no configuration but the repository's: no identity, no helpers. */
export const GIT_ENV = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

/** Runs git for a test; answers what it printed, without the last newline. */
export function git(cwd: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@invalid"];
  return execFileSync("git", [...identity, ...args], { cwd, env: GIT_ENV, encoding: "utf8", stdio: "pipe" }).trim();
}

/** A bare repository and clones of it, in a temporary directory. */
export interface Repositories {
  readonly root: string;
  readonly bare: string;
  /** A fresh clone with one commit checked out; `args` go to `git clone`. */
  clone(name: string, ...args: readonly string[]): string;
  /** The commit that a ref of the bare repository points to, "" for none. */
  tip(ref?: string): string;
  /** A file in the ref of the bare repository. */
  show(file: string, ref?: string): string;
  remove(): void;
}

/** Makes them. */
export function createRepositories(): Repositories {
  const root = mkdtempSync(join(tmpdir(), "jobwright-git-"));
  const bare = join(root, "remote.git");
  git(root, "init", "--quiet", "--bare", "--initial-branch=main", bare);
  const seed = join(root, "seed");
  git(root, "init", "--quiet", "--initial-branch=main", seed);
  for (const text of ["one", "two"]) {
    writeFileSync(join(seed, "README"), text);
    git(seed, "add", "README");
    git(seed, "commit", "--quiet", "-m", text);
  }
  git(seed, "push", "--quiet", bare, "main");
  return {
    root,
    bare,
    clone: (name, ...args) => {
      const path = join(root, name);
      git(root, "clone", "--quiet", ...args, `file://${bare}`, path);
      return path;
    },
    tip: (ref = "refs/jobwright/state") => git(bare, "for-each-ref", "--format=%(objectname)", ref),
    show: (file, ref = "refs/jobwright/state") => git(bare, "cat-file", "blob", `${ref}:${file}`),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Hooks that fail and leave a mark, in a clone. */
export function plantHooks(clone: string): string {
  const mark = join(clone, "..", "hook-ran");
  mkdirSync(join(clone, ".git", "hooks"), { recursive: true });
  for (const name of [
    "pre-push",
    "reference-transaction",
    "post-commit",
    "pre-commit",
    "post-rewrite",
    "pre-auto-gc",
  ]) {
    writeFileSync(join(clone, ".git", "hooks", name), `#!/bin/sh\ntouch ${mark}\nexit 1\n`, { mode: 0o755 });
  }
  return mark;
}

/** Its own time: short sleeps pass at once, long ones (heartbeats) when the test says so. */
export interface LeapClock extends Clock {
  /** Ends the sleeps that wait. */
  wake(): void;
  /** Lets time pass without ending a sleep. */
  pass(ms: number): void;
}

/** A clock for work that talks to real processes. Sleeps from `patientMs` on wait for {@link LeapClock.wake}. */
export function createLeapClock(patientMs = 10_000): LeapClock {
  let now = 0;
  let sleepers: (() => void)[] = [];
  return {
    wall: () => new Date(Date.UTC(2026, 0, 1) + now),
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => reject(signal?.reason);
        signal?.addEventListener("abort", abort);
        const wake = () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        if (ms >= patientMs) {
          sleepers.push(wake);
          return;
        }
        setImmediate(() => {
          now += ms;
          wake();
        });
      }),
    wake: () => {
      const waking = sleepers;
      sleepers = [];
      for (const wake of waking) wake();
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

/** Options of a git store in a clone. */
export function gitOptions(root: string, further: Partial<GitStoreOptions> = {}): GitStoreOptions {
  return {
    root,
    ref: "refs/jobwright/state",
    remote: "origin",
    environment: "",
    env: GIT_ENV,
    host: createMachine("desk").process(1),
    clock: createLeapClock(),
    random: seeded(1),
    ...further,
  };
}
