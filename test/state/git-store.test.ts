import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGit } from "../../src/state/git-command.ts";
import { createGitStore } from "../../src/state/git-store.ts";
import { done, jobState, opening, wanted } from "./support/builders.ts";
import {
  createLeapClock,
  createRepositories,
  GIT_ENV,
  git,
  gitOptions,
  plantHooks,
  type Repositories,
} from "./support/repositories.ts";
import { seeded } from "./support/world.ts";

let repositories: Repositories;
beforeEach(() => {
  repositories = createRepositories();
});
afterEach(() => repositories.remove());

const adopt = (name: string) => ({ kind: "put", address: `nimble/${name}`, job: jobState(`job_${name}`) }) as const;

describe("the git store", () => {
  it("keeps the state in a ref that every clone reads", async () => {
    const store = createGitStore(gitOptions(repositories.clone("a")));
    expect(await store.read()).toBeUndefined();
    const session = await store.open(opening());
    const [intent] = await session.intend([wanted("a")]);
    if (intent !== undefined) await session.settle([done(intent, "job_1")]);
    await session.close();

    const other = await createGitStore(gitOptions(repositories.clone("b"))).read();
    expect(other?.jobs["nimble/a"]?.id).toBe("job_1");
    expect(other?.open).toEqual([]);
    expect(other).toEqual(session.state);
  });

  it("has intents in the remote when intend returns, and their ends when close does", async () => {
    const store = createGitStore(gitOptions(repositories.clone("a")));
    const session = await store.open(opening());
    const intents = await session.intend([wanted("a"), wanted("b")]);
    const remote = () => JSON.parse(repositories.show("state.json"));
    expect(remote().open.map((intent: { address: string }) => intent.address)).toEqual(["nimble/a", "nimble/b"]);
    await session.settle(intents.map((intent) => done(intent, `job_${intent.name}`)));
    expect(remote().open).toHaveLength(2);
    expect(session.unrecorded).toHaveLength(2);
    await session.close();
    expect(remote().open).toEqual([]);
    expect(Object.keys(remote().jobs)).toEqual(["nimble/a", "nimble/b"]);
    expect(session.unrecorded).toEqual([]);
  });

  it("pushes ends at once where asked, and every 50", async () => {
    const store = createGitStore(gitOptions(repositories.clone("a")));
    const session = await store.open(opening());
    const remote = () => Object.keys(JSON.parse(repositories.show("state.json")).jobs).length;
    const intents = await session.intend([wanted("a"), wanted("b")]);
    await session.settle(intents.slice(0, 1).map((intent) => done(intent, "job_1")));
    expect(remote()).toBe(0);
    await session.settle(
      intents.slice(1).map((intent) => done(intent, "job_2")),
      { durable: true },
    );
    expect(remote()).toBe(2);
    for (let n = 0; n < 49; n += 1) await session.change([adopt(`x${n}`)]);
    expect(remote()).toBe(2);
    await session.change([adopt("x49")]);
    expect(remote()).toBe(52);
    await session.close();
  });

  it("pushes what waits with each heartbeat", async () => {
    const clock = createLeapClock();
    const store = createGitStore(gitOptions(repositories.clone("a"), { clock }));
    const session = await store.open(opening());
    await session.change([adopt("a")]);
    const before = repositories.tip();
    clock.wake();
    await new Promise((resolve) => setImmediate(resolve));
    // The check's conversation comes after the heartbeat's.
    clock.pass(20_000);
    await session.check();
    expect(repositories.tip()).not.toBe(before);
    expect(JSON.parse(repositories.show("state.json")).jobs).toHaveProperty(["nimble/a"]);
    expect(JSON.parse(repositories.show("lock.json")).beat).toBe(1);
    await session.close();
  });

  it("touches neither work tree, index, branches nor hooks, and needs no identity", async () => {
    const clone = repositories.clone("a");
    const mark = plantHooks(clone);
    const index = readFileSync(join(clone, ".git", "index"));
    const refs = git(clone, "for-each-ref");
    const store = createGitStore(gitOptions(clone));
    const session = await store.open(opening());
    await session.change([adopt("a")]);
    await session.close();
    await store.read();
    expect(existsSync(mark)).toBe(false);
    expect(readFileSync(join(clone, ".git", "index"))).toEqual(index);
    expect(git(clone, "for-each-ref")).toBe(refs);
    expect(git(clone, "status", "--porcelain")).toBe("");
    expect(existsSync(join(clone, ".git", "FETCH_HEAD"))).toBe(false);
  });

  it("tells in each commit what it was for", async () => {
    const clone = repositories.clone("a");
    const head = git(clone, "rev-parse", "HEAD");
    const store = createGitStore(gitOptions(clone));
    const session = await store.open(
      opening({ holder: "ada <x>@desk", runUrl: "https://ci.invalid/runs/7", message: "3 changes\nsecond line" }),
    );
    await session.change([adopt("a")]);
    await session.close();
    const message = git(repositories.bare, "log", "-1", "--format=%an|%ae|%at|%B", "refs/jobwright/state");
    expect(message).toBe(
      [
        "jobwright (ada x@desk)|jobwright@invalid|1767225600|jobwright apply: done",
        "",
        "3 changes second line",
        "",
        "By: ada <x>@desk",
        `Commit: ${head}`,
        "Run: https://ci.invalid/runs/7",
      ].join("\n"),
    );
  });

  it("keeps one commit a session as history, and none for a session that did nothing", async () => {
    const store = createGitStore(gitOptions(repositories.clone("a")));
    for (const name of ["a", "b", "c"]) {
      const session = await store.open(opening());
      await session.intend([wanted(name)]);
      await session.close();
    }
    const count = () => git(repositories.bare, "rev-list", "--count", "refs/jobwright/state");
    expect(count()).toBe("3");
    const tip = repositories.tip();
    const session = await store.open(opening());
    expect(repositories.tip()).not.toBe(tip);
    await session.close();
    expect(repositories.tip()).toBe(tip);
    expect(count()).toBe("3");
  });

  it("begins its history anew after 100 commits", async () => {
    const clone = repositories.clone("a");
    const store = createGitStore(gitOptions(clone));
    const first = await store.open(opening());
    await first.close();
    git(clone, "fetch", "--quiet", "origin", "refs/jobwright/state");
    let tip = repositories.tip();
    const tree = git(clone, "rev-parse", `${tip}^{tree}`);
    for (let n = 1; n < 100; n += 1) tip = git(clone, "commit-tree", tree, "-p", tip, "-m", "earlier");
    git(clone, "push", "--quiet", "origin", `+${tip}:refs/jobwright/state`);
    const session = await store.open(opening());
    await session.intend([wanted("a")]);
    await session.close();
    expect(git(repositories.bare, "rev-list", "--count", "refs/jobwright/state")).toBe("1");
    expect((await store.read())?.open).toHaveLength(1);
  });

  it("works in a shallow clone and leaves it as shallow as it was", async () => {
    const clone = repositories.clone("shallow", "--depth=1");
    const shallow = readFileSync(join(clone, ".git", "shallow"), "utf8");
    const store = createGitStore(gitOptions(clone));
    for (const name of ["a", "b"]) {
      const session = await store.open(opening());
      await session.change([adopt(name)]);
      await session.close();
    }
    expect(Object.keys((await store.read())?.jobs ?? {})).toEqual(["nimble/a", "nimble/b"]);
    const fresh = repositories.clone("shallow2", "--depth=1");
    expect(Object.keys((await createGitStore(gitOptions(fresh)).read())?.jobs ?? {})).toHaveLength(2);
    expect(readFileSync(join(clone, ".git", "shallow"), "utf8")).toBe(shallow);
  });

  it("works where the server refuses to rewind branches", async () => {
    git(repositories.bare, "config", "receive.denyNonFastForwards", "true");
    const session = await createGitStore(gitOptions(repositories.clone("a"))).open(opening());
    await session.change([adopt("a")]);
    await session.close();
    expect(JSON.parse(repositories.show("lock.json")).kind).toBe("released");
  });

  it("gives every environment a ref of its own beside the others", async () => {
    const clone = repositories.clone("a");
    for (const environment of ["", "prod", "pröd/x", "prod.lock"]) {
      const store = createGitStore(gitOptions(clone, { environment }));
      const session = await store.open(opening({ environment }));
      await session.change([adopt(`in-${environment.length}`)]);
      await session.close();
      expect((await store.read())?.environment).toBe(environment);
    }
    expect(git(repositories.bare, "for-each-ref", "--format=%(refname)", "refs/jobwright/").split("\n")).toEqual([
      "refs/jobwright/state",
      "refs/jobwright/state-pr%c3%b6d%2fx",
      "refs/jobwright/state-prod",
      "refs/jobwright/state-prod%2elock",
    ]);
  });

  it("uses a local ref where the repository has no remote", async () => {
    const clone = repositories.clone("a");
    git(clone, "remote", "remove", "origin");
    const store = createGitStore(gitOptions(clone));
    const session = await store.open(opening());
    await session.intend([wanted("a")]);
    expect(JSON.parse(git(clone, "cat-file", "blob", "refs/jobwright/state:state.json")).open).toHaveLength(1);
    await expect(createGitStore(gitOptions(clone, { random: seeded(2) })).open(opening())).rejects.toMatchObject({
      reason: "lock-held",
    });
    await session.close();
    expect((await store.read())?.open).toHaveLength(1);
  });

  it("settles a push whose answer was lost by reading the ref", async () => {
    const clone = repositories.clone("a");
    const real = createGit({ cwd: clone, env: GIT_ENV });
    let lost = 0;
    const store = createGitStore(
      gitOptions(clone, {
        git: async (args, input) => {
          const result = await real(args, input);
          if (args[0] !== "push") return result;
          lost += 1;
          return { ...result, code: 128, stderr: "fatal: the remote end hung up unexpectedly" };
        },
      }),
    );
    const session = await store.open(opening());
    await session.intend([wanted("a")]);
    await session.close();
    expect(lost).toBe(3);
    expect((await store.read())?.open).toHaveLength(1);
  });
});
