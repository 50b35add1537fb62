import type { JobwrightError } from "../errors.ts";
import type { Clock } from "../model/runtime.ts";
import { storageError } from "./failure.ts";
import { type Git, type GitResult, gitWords } from "./git-command.ts";

/** A ref that is read and replaced as a whole: in the repository's remote, or in the repository itself. */
export interface StateRef {
  /** For people. */
  readonly place: string;
  /** The commit it points to now; undefined where there is no such ref. */
  tip(): Promise<string | undefined>;
  /** Makes sure that a commit which was the tip is in the repository; false where the ref has moved on. */
  fetch(commit: string): Promise<boolean>;
  /**
   * Compare and swap: points it to `next` if it still points to `old` (undefined: to nothing). False where it points
   * elsewhere. An answer that was lost is settled by reading the ref. Throws where the remote refuses or is away.
   */
  replace(old: string | undefined, next: string): Promise<boolean>;
}

/** How to find the ref. */
export interface RefOptions {
  readonly git: Git;
  /** In full, `refs/...`. */
  readonly ref: string;
  /** A remote's name; where the repository has no remote at all, the ref is a local one. */
  readonly remote: string;
  readonly clock: Clock;
  /** When it aborts, what failed is not tried again. */
  readonly signal?: AbortSignal;
}

const TRIES = 4;

/** What no second try makes better. */
const FINAL =
  /\b(401|403)\b|denied|Authentication failed|could not read (Username|Password)|protected|declined|not permitted|not allowed|prohibited|deny|read.only|GH0\d\d/i;

/** Finds the repository and the remote. Throws `storage` where there is no repository, or no such remote. */
export async function openStateRef(options: RefOptions): Promise<StateRef> {
  const { git, ref, remote } = options;
  const found = await git(["rev-parse", "--git-dir"]);
  if (found.code !== 0) {
    throw unusable(`there is no repository for the state: ${gitWords(found)}`);
  }
  if (!ref.startsWith("refs/") || (await git(["check-ref-format", ref])).code !== 0) {
    throw unusable(`${JSON.stringify(ref)} is no name for a ref`);
  }
  const listed = await git(["remote"]);
  const remotes = listed.stdout.toString("utf8").split("\n").filter(Boolean);
  if (remotes.length === 0) return localRef(options);
  if (!remotes.includes(remote) || remote.startsWith("-")) {
    throw unusable(`the repository has no remote ${JSON.stringify(remote)}; it has: ${remotes.join(", ")}`);
  }
  return remoteRef(options);
}

function unusable(message: string): JobwrightError {
  return storageError(
    "JW4020",
    message,
    "state.store: git keeps the state in a ref of the repository around the config (state.ref, state.remote). Nothing was sent.",
  );
}

function remoteRef(options: RefOptions): StateRef {
  const { git, ref, remote } = options;
  const place = `${remote} ${ref}`;

  const tip = async (): Promise<string | undefined> => {
    const result = await again(options, () => git(["ls-remote", "--refs", remote, ref]));
    if (result.code !== 0) throw cannotRead(place, result);
    for (const line of result.stdout.toString("utf8").split("\n")) {
      const [commit, name] = line.split("\t");
      if (name === ref && commit !== undefined) return commit;
    }
    return undefined;
  };

  const push = (old: string | undefined, next: string): Promise<GitResult> =>
    git([
      "push",
      "--porcelain",
      "--no-verify",
      `--force-with-lease=${ref}:${old ?? ""}`,
      "--end-of-options",
      remote,
      `${next}:${ref}`,
    ]);

  return {
    place,
    tip,
    fetch: async (commit) => {
      if (await hasCommit(git, commit)) return true;
      const quiet = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune", "--no-filter"];
      const args = ["fetch", "--quiet", ...quiet, "--refmap=", "--end-of-options", remote, ref];
      const result = await again(options, () => git(args));
      if (await hasCommit(git, commit)) return true;
      if (result.code !== 0 && (await tip()) === commit) throw cannotRead(place, result);
      return false;
    },
    replace: async (old, next) => {
      for (let tried = 1; ; tried += 1) {
        const result = await push(old, next);
        if (result.code === 0) return true;
        const now = await tip();
        if (now === next) return true;
        if (now !== old) return false;
        const words = `${result.stdout.toString("utf8")} ${result.stderr}`;
        if (FINAL.test(words) || !(await pause(options, tried))) throw cannotPush(place, result);
      }
    },
  };
}

function localRef(options: RefOptions): StateRef {
  const { git, ref } = options;
  const tip = async (): Promise<string | undefined> => {
    const result = await git(["for-each-ref", "--format=%(objectname) %(refname)", ref]);
    if (result.code !== 0) throw cannotRead(ref, result);
    const lines = result.stdout.toString("utf8").split("\n");
    return lines.find((line) => line.endsWith(` ${ref}`))?.split(" ")[0];
  };
  return {
    place: `${ref} (no remote: this repository only)`,
    tip,
    fetch: (commit) => hasCommit(git, commit),
    replace: async (old, next) => {
      for (let tried = 1; ; tried += 1) {
        const result = await git(["update-ref", "--no-deref", ref, next, old ?? ""]);
        if (result.code === 0) return true;
        const now = await tip();
        if (now === next) return true;
        if (now !== old) return false;
        // Another process holds the ref's own lock file for a moment.
        if (!(await pause(options, tried))) throw cannotPush(ref, result);
      }
    },
  };
}

/**
 * Whether a commit is here with all that it needs: while another run fetches into the same repository, a commit can be
 * seen before its files. (A closed session's history is bounded, so this walk is short.)
 */
async function hasCommit(git: Git, commit: string): Promise<boolean> {
  return (await git(["rev-list", "--objects", "--quiet", commit, "--"])).code === 0;
}

/** A read that failed is tried again, unless it was refused. */
async function again(options: RefOptions, run: () => Promise<GitResult>): Promise<GitResult> {
  for (let tried = 1; ; tried += 1) {
    const result = await run();
    if (result.code === 0 || FINAL.test(result.stderr) || !(await pause(options, tried))) return result;
  }
}

/** Waits before the next try; false where there is none. */
async function pause(options: RefOptions, tried: number): Promise<boolean> {
  if (tried >= TRIES) return false;
  try {
    await options.clock.sleep(500 * 2 ** tried, options.signal);
    return true;
  } catch {
    return false;
  }
}

function cannotRead(place: string, result: GitResult): JobwrightError {
  return storageError(
    "JW4021",
    `cannot read the state from ${place}: ${gitWords(result)}`,
    "Check the network and that git may read the remote (git ls-remote shows the same).",
  );
}

function cannotPush(place: string, result: GitResult): JobwrightError {
  const refused = /^!\t.*\t\[remote rejected\] \((.*)\)$/m.exec(result.stdout.toString("utf8"))?.[1];
  const words = refused === undefined ? gitWords(result) : `${refused}; ${gitWords(result)}`;
  return storageError(
    "JW4022",
    `cannot push the state to ${place}: ${words}`,
    "The run needs to write that ref: in GitHub Actions `permissions: contents: write`, and no rule that protects refs/jobwright/*.",
  );
}
