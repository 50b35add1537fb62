import { afterEach, beforeEach, expect, it } from "vitest";
import { createGit, type Git } from "../../src/state/git-command.ts";
import { createGitStore } from "../../src/state/git-store.ts";
import { done, jobState, opening, wanted } from "../state/support/builders.ts";
import {
  createLeapClock,
  createRepositories,
  GIT_ENV,
  gitOptions,
  type Repositories,
} from "../state/support/repositories.ts";
import { createRemote, type GitObjects, gitModel } from "./git-model.ts";

let repositories: Repositories;
beforeEach(() => {
  repositories = createRepositories();
});
afterEach(() => repositories.remove());

/** A real git beside the model: what a store asks the one, the other is asked, too, and must answer the same. */
function both(cwd: string, model: Git, asked: Set<string>): Git {
  const real = createGit({ cwd, env: GIT_ENV });
  return async (args, input) => {
    const [one, other] = [await real(args, input), await model(args, input)];
    const [command = ""] = args;
    asked.add(command);
    expect(other.code, args.join(" ")).toBe(one.code);
    // What is checked out is another commit there, and a push tells where it went.
    const compared = command !== "push" && !args.includes("HEAD^{commit}");
    if (compared) expect(other.stdout.toString(), args.join(" ")).toBe(one.stdout.toString());
    return one;
  };
}

it("the model of git answers a store as git does", { timeout: 60_000 }, async () => {
  const remote = createRemote();
  const asked = new Set<string>();
  const storeOf = (name: string, clock = createLeapClock()): ReturnType<typeof createGitStore> => {
    const clone = repositories.clone(name);
    const local: GitObjects = new Map();
    return createGitStore(gitOptions(clone, { clock, git: both(clone, gitModel(remote, local), asked) }));
  };
  const [one, other] = [storeOf("one"), storeOf("other")];
  expect(await one.read()).toBeUndefined();
  const session = await one.open(opening());
  for (const made of await session.intend([wanted("a")]))
    await session.settle([done(made, "job_1")], { durable: true });
  await expect(other.open(opening())).rejects.toMatchObject({ reason: "lock-held" });
  await session.close();
  const next = await other.open(opening());
  await next.change([put("blaxel/b")]);
  await next.close();
  // Nothing happens: the ref goes back to where it was.
  await (await one.open(opening())).close();
  expect(Object.keys((await one.read())?.jobs ?? {})).toEqual(["blaxel/b", "nimble/a"]);
  // The lock is ended by hand: the next push of its holder is stale.
  const lost = await other.open(opening());
  await storeOf("hand", createLeapClock(60_000)).unlock({ force: true });
  await expect(lost.intend([wanted("c")])).rejects.toMatchObject({ reason: "lock-lost" });
  await lost.close().catch(() => undefined);
  expect([...asked].sort()).toEqual([...COMMANDS].sort());
});

function put(address: string) {
  return { kind: "put", address, job: jobState("b") } as const;
}

/** Every command that the store knows for a repository with a remote. */
const COMMANDS = [
  "cat-file",
  "check-ref-format",
  "commit-tree",
  "fetch",
  "hash-object",
  "ls-remote",
  "ls-tree",
  "mktree",
  "push",
  "remote",
  "rev-list",
  "rev-parse",
];
