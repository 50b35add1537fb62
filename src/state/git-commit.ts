import type { JobwrightError } from "../errors.ts";
import { oneLine, storageError } from "./failure.ts";
import { type Git, type GitInput, gitWords } from "./git-command.ts";
import { type LockRecord, parseLock } from "./lock-record.ts";
import { MAX_STATE_BYTES, parseState, RESTORE_HINT, type StoredState } from "./state-format.ts";

/** What a commit of the state's ref holds. */
export interface StateCommit {
  readonly commit: string;
  readonly stored: StoredState;
  /** The blob of state.json, for commits that leave it as it is. */
  readonly stateBlob: string;
  /** As stored; `record` is undefined where it cannot be read. */
  readonly lockText: string;
  readonly record: LockRecord | undefined;
  /** The last commit of a session that was closed: this one, or its parent. */
  readonly closed: string | undefined;
}

/** Who commits, for the commit's author and message. */
export interface CommitWords {
  readonly holder: string;
  readonly command: string;
  /** The caller's own words. */
  readonly message: string;
  readonly runUrl?: string;
  /** The commit that is checked out, where there is one. */
  readonly head?: string;
}

/** Commits of closed sessions are kept as history; past this many it begins anew, so that a fetch stays small. */
const HISTORY_LIMIT = 100;

/** Reads a commit of the ref. Throws `storage` for what is no state of this environment. */
export async function readCommit(git: Git, commit: string, place: string, environment: string): Promise<StateCommit> {
  const listing = await must(git, ["ls-tree", commit], place);
  const blobs = new Map<string, string>();
  for (const line of listing.toString("utf8").split("\n")) {
    const match = /^100644 blob ([0-9a-f]+)\t(.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) blobs.set(match[2], match[1]);
  }
  const stateBlob = blobs.get("state.json");
  const lockBlob = blobs.get("lock.json");
  if (stateBlob === undefined || lockBlob === undefined) throw foreign(place, commit);
  const size = Number((await must(git, ["cat-file", "-s", stateBlob], place)).toString("utf8"));
  if (size > MAX_STATE_BYTES) {
    throw storageError("JW4000", `cannot read the state: ${place} has ${size} bytes`, RESTORE_HINT);
  }
  const stored = parseState(await must(git, ["cat-file", "blob", stateBlob], place), place, environment);
  const lockText = (await must(git, ["cat-file", "blob", lockBlob], place)).toString("utf8");
  const record = parseLock(lockText);
  const closed = record?.kind === "released" ? commit : await parentOf(git, commit);
  return { commit, stored, stateBlob, lockText, record, closed };
}

/** Stores bytes; answers the blob. */
export async function writeBlob(git: Git, text: string, place: string): Promise<string> {
  return (await must(git, ["hash-object", "-w", "--stdin"], place, { input: text })).toString("utf8").trim();
}

/** Makes a commit out of two blobs. No identity needs to be configured. */
export async function writeCommit(
  git: Git,
  of: {
    readonly stateBlob: string;
    readonly lockBlob: string;
    readonly parent: string | undefined;
    readonly stage: string;
    readonly words: CommitWords;
    readonly at: Date;
    readonly place: string;
  },
): Promise<string> {
  const listing = `100644 blob ${of.lockBlob}\tlock.json\n100644 blob ${of.stateBlob}\tstate.json\n`;
  const tree = (await must(git, ["mktree"], of.place, { input: listing })).toString("utf8").trim();
  const parent = of.parent === undefined ? [] : ["-p", of.parent];
  const made = await must(git, ["commit-tree", tree, ...parent, "-F", "-"], of.place, {
    input: message(of.stage, of.words),
    env: identity(of.words, of.at),
  });
  return made.toString("utf8").trim();
}

/** `commit` as a parent, or undefined where the history before it is as long as it may be. */
export async function asParent(git: Git, commit: string | undefined): Promise<string | undefined> {
  if (commit === undefined) return undefined;
  const counted = await git(["rev-list", "--count", "--first-parent", commit]);
  const length = counted.code === 0 ? Number(counted.stdout.toString("utf8")) : HISTORY_LIMIT;
  return length < HISTORY_LIMIT ? commit : undefined;
}

async function parentOf(git: Git, commit: string): Promise<string | undefined> {
  const result = await git(["rev-parse", "--verify", "--quiet", `${commit}^`]);
  return result.code === 0 ? result.stdout.toString("utf8").trim() : undefined;
}

async function must(git: Git, args: readonly string[], place: string, input?: GitInput): Promise<Buffer> {
  const result = await git(args, input);
  if (result.code === 0) return result.stdout;
  throw storageError(
    "JW4020",
    `git ${args[0]} failed on the state in ${place}: ${gitWords(result)}`,
    "See what git says about this repository (git fsck, free disk space, who owns .git).",
  );
}

function foreign(place: string, commit: string): JobwrightError {
  return storageError(
    "JW4023",
    `${place} (${commit.slice(0, 12)}) holds no jobwright state`,
    "Choose another state.ref, or put the right commit back. Nothing was changed and nothing was sent.",
  );
}

function message(stage: string, words: CommitWords): string {
  const lines = [
    `jobwright ${oneLine(words.command)}: ${stage}`,
    "",
    oneLine(words.message, 1000),
    "",
    `By: ${oneLine(words.holder)}`,
    ...(words.head === undefined ? [] : [`Commit: ${words.head}`]),
    ...(words.runUrl === undefined ? [] : [`Run: ${oneLine(words.runUrl, 500)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function identity(words: CommitWords, at: Date): Readonly<Record<string, string>> {
  // Git refuses names that are made of nothing but punctuation.
  const name = `jobwright (${oneLine(words.holder).replace(/[<>]/g, "")})`;
  const date = `@${Math.max(0, Math.floor(at.getTime() / 1000))} +0000`;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: "jobwright@invalid",
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: "jobwright@invalid",
    GIT_COMMITTER_DATE: date,
  };
}
