import { createHash } from "node:crypto";
import type { Env } from "../../src/model/runtime.ts";
import type { Git, GitResult } from "../../src/state/git-command.ts";

interface GitObject {
  readonly type: "blob" | "tree" | "commit";
  readonly data: Buffer;
}

/** Objects by their id; they never change, so one map may serve many repositories of one moment. */
export type GitObjects = Map<string, GitObject>;

/** A bare repository somewhere else. */
export interface GitRemote {
  readonly objects: GitObjects;
  readonly refs: Map<string, string>;
}

/** A remote without anything. */
export function createRemote(): GitRemote {
  return { objects: new Map(), refs: new Map() };
}

/** Commands that speak with the remote. */
export const REMOTE_COMMANDS: ReadonlySet<string> = new Set(["ls-remote", "fetch", "push"]);

/**
 * The few git commands that the git store is made of, on a repository in memory: same objects, same ids, same answers
 * (`git-model.test.ts` compares them with git's own). `local` is what the clone holds.
 */
export function gitModel(remote: GitRemote, local: GitObjects): Git {
  const has = (id: string): boolean => local.has(id);
  const objectOf = (id: string, type: GitObject["type"]): Buffer | undefined => {
    const found = local.get(id);
    return found?.type === type ? found.data : undefined;
  };
  const commands: Readonly<Record<string, (args: readonly string[], input: Buffer, env: Env) => GitResult>> = {
    "rev-parse": ([what = "", , name = ""]) => {
      if (what === "--git-dir") return ok(".git\n");
      if (name === "HEAD^{commit}") return ok(`${HEAD}\n`);
      const parent = parentsOf(objectOf(name.replace(/\^$/, ""), "commit"))[0];
      return parent === undefined ? failed(1, "") : ok(`${parent}\n`);
    },
    "check-ref-format": ([name = ""]) => (/^refs\/[\w/.-]+$/.test(name) ? ok("") : failed(1, "")),
    remote: () => ok("origin\n"),
    "ls-remote": ([, , ref = ""]) => {
      const id = remote.refs.get(ref);
      return ok(id === undefined ? "" : `${id}\t${ref}\n`);
    },
    fetch: (args) => {
      const ref = args.at(-1) ?? "";
      const id = remote.refs.get(ref);
      if (id === undefined) return failed(128, `fatal: couldn't find remote ref ${ref}`);
      copy(remote.objects, local, id);
      return ok("");
    },
    push: (args) => {
      const [next = "", ref = ""] = (args.at(-1) ?? "").split(":");
      const lease = args.find((arg) => arg.startsWith("--force-with-lease="))?.split(":")[1] ?? "";
      const now = remote.refs.get(ref) ?? "";
      if (now !== lease) return { ...failed(1, "error: failed to push some refs"), stdout: text(rejected(next, ref)) };
      if (!has(next)) return failed(128, `fatal: bad object ${next}`);
      copy(local, remote.objects, next);
      remote.refs.set(ref, next);
      return ok(`To memory\n*\t${next}:${ref}\t[new reference]\nDone\n`);
    },
    "rev-list": (args) => {
      if (args[0] === "--count") return ok(`${firstParents(local, args[2] ?? "")}\n`);
      const id = args[2] ?? "";
      return isWhole(local, id) ? ok("") : failed(128, `fatal: bad object ${id}`);
    },
    "ls-tree": ([id = ""]) => {
      const commit = objectOf(id, "commit");
      const tree = commit === undefined ? undefined : objectOf(treeOf(commit), "tree");
      if (tree === undefined) return failed(128, "fatal: not a tree object");
      return ok(
        entriesOf(tree)
          .map(({ mode, name, id: blob }) => `${mode} blob ${blob}\t${name}\n`)
          .join(""),
      );
    },
    "cat-file": ([how = "", id = ""]) => {
      const blob = objectOf(id, "blob");
      if (blob === undefined) return failed(128, `fatal: git cat-file ${id}: bad file`);
      return how === "-s" ? ok(`${blob.length}\n`) : { code: 0, stdout: blob, stderr: "" };
    },
    "hash-object": (_, input) => ok(`${store(local, "blob", input)}\n`),
    mktree: (_, input) => ok(`${store(local, "tree", treeFrom(input.toString()))}\n`),
    "commit-tree": ([tree = "", ...args], input, env) => {
      const parent = args[0] === "-p" ? args[1] : undefined;
      const who = (part: string): string =>
        `${env[`GIT_${part}_NAME`]} <${env[`GIT_${part}_EMAIL`]}> ${env[`GIT_${part}_DATE`]?.slice(1)}`;
      const lines = [`tree ${tree}`, ...(parent === undefined ? [] : [`parent ${parent}`])];
      const head = [...lines, `author ${who("AUTHOR")}`, `committer ${who("COMMITTER")}`].join("\n");
      return ok(`${store(local, "commit", Buffer.from(`${head}\n\n${input.toString()}`))}\n`);
    },
  };
  return async ([command = "", ...args], { input = "", env = {} } = {}) => {
    const run = commands[command];
    if (run === undefined) throw new Error(`the model of git does not know ${command}`);
    return run(args, Buffer.from(input), env);
  };
}

/** A commit without parents that holds these files, as somebody's hand would make it. */
export function commitFiles(objects: GitObjects, files: Readonly<Record<string, string>>): string {
  const listing = Object.entries(files).map(
    ([name, content]) => `100644 blob ${store(objects, "blob", text(content))}\t${name}`,
  );
  const tree = store(objects, "tree", treeFrom(listing.join("\n")));
  const who = "Hand <hand@invalid> 0 +0000";
  return store(objects, "commit", text(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nby hand\n`));
}

/** A file as a commit holds it. */
export function fileIn(objects: GitObjects, commit: string | undefined, name: string): string | undefined {
  const found = commit === undefined ? undefined : objects.get(commit);
  const tree = found === undefined ? undefined : objects.get(treeOf(found.data));
  const entry = tree === undefined ? undefined : entriesOf(tree.data).find((each) => each.name === name);
  return entry === undefined ? undefined : objects.get(entry.id)?.data.toString();
}

/** What is checked out: it is only told in messages. */
const HEAD = "0123456789abcdef0123456789abcdef01234567";

function ok(stdout: string): GitResult {
  return { code: 0, stdout: text(stdout), stderr: "" };
}

/** A command that came to nothing. */
export function failed(code: number, stderr: string): GitResult {
  return { code, stdout: text(""), stderr: stderr === "" ? "" : `${stderr}\n` };
}

function text(content: string): Buffer {
  return Buffer.from(content);
}

function rejected(id: string, ref: string): string {
  return `To memory\n!\t${id}:${ref}\t[rejected] (stale info)\nDone\n`;
}

function store(objects: GitObjects, type: GitObject["type"], data: Buffer): string {
  const id = createHash("sha1").update(`${type} ${data.length}\0`).update(data).digest("hex");
  objects.set(id, { type, data });
  return id;
}

function treeFrom(listing: string): Buffer {
  const entries = listing
    .split("\n")
    .flatMap((line) => {
      const match = /^(\d+) blob ([0-9a-f]{40})\t(.+)$/.exec(line);
      return match === null ? [] : [{ mode: match[1] ?? "", id: match[2] ?? "", name: match[3] ?? "" }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return Buffer.concat(
    entries.map(({ mode, id, name }) => Buffer.concat([text(`${mode} ${name}\0`), Buffer.from(id, "hex")])),
  );
}

function entriesOf(tree: Buffer): readonly { readonly mode: string; readonly name: string; readonly id: string }[] {
  const found: { mode: string; name: string; id: string }[] = [];
  for (let at = 0; at < tree.length; ) {
    const end = tree.indexOf(0, at);
    const [mode = "", name = ""] = tree.subarray(at, end).toString().split(" ");
    found.push({ mode, name, id: tree.subarray(end + 1, end + 21).toString("hex") });
    at = end + 21;
  }
  return found;
}

function treeOf(commit: Buffer): string {
  return /^tree ([0-9a-f]{40})$/m.exec(commit.toString())?.[1] ?? "";
}

function parentsOf(commit: Buffer | undefined): readonly string[] {
  const head = commit?.toString().split("\n\n")[0] ?? "";
  return [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map((match) => match[1] ?? "");
}

/** What a commit needs right below it. */
function needs(objects: GitObjects, id: string): readonly string[] {
  const found = objects.get(id);
  if (found?.type === "commit") return [treeOf(found.data), ...parentsOf(found.data)];
  return found?.type === "tree" ? entriesOf(found.data).map((entry) => entry.id) : [];
}

function isWhole(objects: GitObjects, id: string): boolean {
  return objects.has(id) && needs(objects, id).every((each) => isWhole(objects, each));
}

function copy(from: GitObjects, to: GitObjects, id: string): void {
  const found = from.get(id);
  if (found === undefined || to.has(id)) return;
  for (const each of needs(from, id)) copy(from, to, each);
  to.set(id, found);
}

function firstParents(objects: GitObjects, id: string): number {
  let count = 0;
  for (let at: string | undefined = id; at !== undefined; count += 1) {
    const found = objects.get(at);
    at = found === undefined ? undefined : parentsOf(found.data)[0];
  }
  return count;
}
