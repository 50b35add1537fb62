import { JobwrightError } from "../errors.ts";
import type { Action } from "../model/plan.ts";
import { createGit, gitWords } from "../state/git-command.ts";
import type { Shell } from "./shell.ts";

/** What git prints, run in `root` with these arguments. Throws where it fails, or where there is none. */
export async function git(shell: Shell, root: string, args: readonly string[]): Promise<string> {
  const result = await createGit({ cwd: root, env: shell.runtime.env })(["-c", "core.quotePath=false", ...args]);
  if (result.code !== 0) throw new Error(`git ${args[0]}: ${gitWords(result)}`);
  return result.stdout.toString("utf8");
}

/** Files (relative to `root`) that differ between a commit and the work tree, deleted and new ones included. */
export async function changedFiles(shell: Shell, root: string, ref: string): Promise<ReadonlySet<string>> {
  if (ref.startsWith("-")) throw noSuchRef(ref);
  try {
    const [tracked, untracked] = await Promise.all([
      git(shell, root, ["diff", "--name-only", "--relative", "--no-renames", "-z", ref, "--"]),
      git(shell, root, ["ls-files", "--others", "--exclude-standard", "-z"]),
    ]);
    return new Set([...tracked.split("\0"), ...untracked.split("\0")].filter((file) => file !== ""));
  } catch (cause) {
    throw noSuchRef(ref, cause);
  }
}

/**
 * The config of a project as a commit has it: `file` in `root`, else in the nearest folder above, where it would have been
 * found then. Undefined where that commit has none, `unknown` without the commit.
 */
export async function configAt(
  shell: Shell,
  root: string,
  ref: string,
  file: string,
): Promise<string | "unknown" | undefined> {
  if (ref.startsWith("-")) throw noSuchRef(ref);
  const known = await git(shell, root, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]).catch(() => undefined);
  if (known === undefined) return "unknown";
  const prefix = (await git(shell, root, ["rev-parse", "--show-prefix"])).trimEnd();
  for (let folder = prefix; ; folder = folder.replace(/[^/]*\/$/, "")) {
    const text = await git(shell, root, ["show", `${ref}:${folder}${file}`]).catch(() => undefined);
    if (text !== undefined || folder === "") return text;
  }
}

function noSuchRef(ref: string, cause?: unknown): JobwrightError {
  return new JobwrightError("JW5001", "invalid", `git does not know what changed since ${ref}`, {
    hint: "Name a commit, branch or tag that this clone has; in CI, fetch enough history (fetch-depth: 0).",
    cause,
  });
}

/** Names the commit that removed a job's manifest, where history tells; says so where it is too short to. */
export async function withRemovals(shell: Shell, root: string, actions: readonly Action[]): Promise<readonly Action[]> {
  const gone = actions.filter((a) => a.desired === undefined && a.base?.file !== undefined);
  if (gone.length === 0) return actions;
  const shallow = await git(shell, root, ["rev-parse", "--is-shallow-repository"]).then(
    (out) => out.trim() === "true",
    () => undefined,
  );
  if (shallow === undefined) return actions;
  const found = new Map<string, Action>();
  for (const action of gone) found.set(action.address, await withRemoval(shell, root, action, shallow));
  return actions.map((action) => found.get(action.address) ?? action);
}

async function withRemoval(shell: Shell, root: string, action: Action, shallow: boolean): Promise<Action> {
  const file = action.base?.file ?? "";
  const name = action.address.slice(action.address.indexOf("/") + 1);
  const find = async (args: readonly string[]): Promise<string> =>
    git(shell, root, ["log", "-1", "--format=%h%x00%an%x00%s", ...args, "--", file]).catch(() => "");
  // The file was removed, or only the document in it that held the name.
  const out = (await find(["--diff-filter=D"])) || (await find([`-S${name}`]));
  const [commit, author, subject] = out.trim().split("\0");
  if (commit === undefined || commit === "" || author === undefined || subject === undefined) {
    const why = shallow
      ? "history is shallow: no commit is known to have removed its manifest"
      : "no commit removed its manifest (not committed yet?)";
    return { ...action, notes: [...action.notes, why] };
  }
  return { ...action, removedBy: { commit, author, subject } };
}
