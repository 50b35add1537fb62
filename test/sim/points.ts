import { PHASES } from "./process.ts";

/** A kind of act on the world at which a process can be killed, or its disk can fail. */
export interface Point {
  readonly kind: string;
  /** About how often one apply comes by: it is met at the first of these, or at a later one. */
  readonly often: number;
}

/**
 * Every kind of act of an apply: file calls by what the file is to the store, git commands, requests, and waiting. The
 * tests hold that no other kind is ever met, so that a new call that nobody thought of shows.
 */
export const POINTS: readonly Point[] = (
  [
    ["close new .gitignore", 1],
    ["close new journal.jsonl", 2],
    ["close new journal.jsonl.torn", 1],
    ["close new lock", 3],
    ["close new state.json", 2],
    ["close rescue", 1],
    ["create", 4],
    ["create new .gitignore", 1],
    ["create new journal.jsonl", 2],
    ["create new journal.jsonl.torn", 1],
    ["create new lock", 3],
    ["create new state.json", 2],
    ["create rescue", 1],
    ["datasync new journal.jsonl", 5],
    ["delete", 1],
    ["find", 3],
    ["get", 10],
    ["git cat-file", 2],
    ["git check-ref-format", 2],
    ["git commit-tree", 4],
    ["git fetch", 2],
    ["git hash-object", 8],
    ["git ls-remote", 4],
    ["git ls-tree", 2],
    ["git mktree", 4],
    ["git push", 4],
    ["git remote", 2],
    ["git rev-list", 2],
    ["git rev-parse", 2],
    ["link lock", 1],
    ["list", 2],
    ["lstat .gitignore", 1],
    ["lstat folder", 2],
    ["lstat journal.jsonl", 2],
    ["lstat journal.jsonl.torn", 1],
    ["lstat lock", 20],
    ["lstat state.json", 2],
    ["mkdir folder", 1],
    ["mkdir lock folder", 1],
    ["page", 3],
    ["readFile journal.jsonl", 2],
    ["readFile lock", 20],
    ["readFile state.json", 2],
    ["readdir folder", 2],
    ["readdir lock folder", 20],
    ["realpath .gitignore", 1],
    ["realpath journal.jsonl", 2],
    ["realpath journal.jsonl.torn", 1],
    ["realpath lock", 20],
    ["realpath state.json", 2],
    ["rename .gitignore", 1],
    ["rename journal.jsonl", 2],
    ["rename journal.jsonl.torn", 1],
    ["rename lock", 2],
    ["rename state.json", 2],
    ["sleep", 6],
    ["sync new .gitignore", 1],
    ["sync new journal.jsonl", 2],
    ["sync new journal.jsonl.torn", 1],
    ["sync new lock", 3],
    ["sync new state.json", 2],
    ["sync rescue", 1],
    ["syncDirectory folder", 2],
    ["syncDirectory project", 1],
    ["token", 1],
    ["unlink lock", 2],
    ["unlink new .gitignore", 1],
    ["unlink new journal.jsonl", 2],
    ["unlink new journal.jsonl.torn", 1],
    ["unlink new lock", 3],
    ["unlink new state.json", 2],
    ["update", 4],
    ["write new .gitignore", 1],
    ["write new journal.jsonl", 5],
    ["write new journal.jsonl.torn", 1],
    ["write new lock", 3],
    ["write new state.json", 2],
    ["write rescue", 1],
  ] as const
).map(([kind, often]) => ({ kind, often }));

/** Acts that only come where two processes get in each other's way: nothing can be aimed at them. */
export const ONLY_IN_RACES: readonly string[] = ["lstat lock folder"];

/** Whether an act is a call on a file. */
export function isFileCall(kind: string): boolean {
  return kind.includes(" ") && !kind.startsWith("git ");
}

/** Where a process can die: `before write new state.json`, `during create`, `after sleep`. */
export const DEATHS: readonly string[] = POINTS.flatMap(({ kind }) => PHASES.map((phase) => `${phase} ${kind}`));

/** What can go wrong with a call on a file; only some need space. */
const FAILURES: readonly (readonly [how: string, calls: RegExp])[] = [
  ["EIO", /./],
  ["ENOSPC", /^(write|create|mkdir|link|rename) /],
  ["short", /^write /],
];

/** Calls that are only made where another one has failed. */
const AFTER_A_FAILURE = /rescue$|^unlink new (?!lock)/;

/** Every combination of a call on a file and what can go wrong with it: `write new state.json: short`. */
export const FILE_CELLS: readonly string[] = POINTS.filter(
  ({ kind }) => isFileCall(kind) && !AFTER_A_FAILURE.test(kind),
).flatMap(({ kind }) => FAILURES.flatMap(([how, calls]) => (calls.test(kind) ? [`${kind}: ${how}`] : [])));
