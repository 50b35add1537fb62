import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { State } from "../../src/model/state.ts";
import { createGit, type Git, withoutCredentials } from "../../src/state/git-command.ts";
import { createGitStore } from "../../src/state/git-store.ts";
import { done, jobState, opening, wanted } from "./support/builders.ts";
import {
  createLeapClock,
  createRepositories,
  GIT_ENV,
  git,
  gitOptions,
  type Repositories,
} from "./support/repositories.ts";
import { createMachine, seeded } from "./support/world.ts";

let repositories: Repositories;
beforeEach(() => {
  repositories = createRepositories();
});
afterEach(() => repositories.remove());

/** A commit of files in the state's ref of the remote. */
function plant(files: Readonly<Record<string, string>>): string {
  const clone = repositories.clone(`plant-${JSON.stringify(files).length}`);
  git(clone, "checkout", "--quiet", "--orphan", "planted");
  git(clone, "rm", "--quiet", "-rf", ".");
  for (const [name, text] of Object.entries(files)) writeFileSync(join(clone, name), text);
  git(clone, "add", ".");
  git(clone, "commit", "--quiet", "-m", "planted");
  git(clone, "push", "--quiet", "origin", "HEAD:refs/jobwright/state");
  return repositories.tip();
}

describe("what the git store cannot work with", () => {
  it("is found at open: no git", async () => {
    const store = createGitStore(gitOptions(repositories.clone("a"), { env: { PATH: "/nonexistent" } }));
    await expect(store.open(opening())).rejects.toMatchObject({ code: "JW4020", reason: "storage" });
  });

  it("no repository, no such remote, no name for a ref", async () => {
    const empty = join(repositories.root, "empty");
    mkdirSync(empty);
    const env = { ...GIT_ENV, GIT_CEILING_DIRECTORIES: repositories.root };
    await expect(createGitStore(gitOptions(empty, { env })).open(opening())).rejects.toThrow(/not a git repository/);
    const clone = repositories.clone("a");
    const remote = createGitStore(gitOptions(clone, { remote: "upstream" }));
    await expect(remote.open(opening())).rejects.toThrow(/no remote "upstream"; it has: origin/);
    for (const ref of ["refs/jobwright/a..b", "main", "--upload-pack=x"]) {
      await expect(createGitStore(gitOptions(clone, { ref })).open(opening())).rejects.toMatchObject({
        code: "JW4020",
      });
    }
  });

  it("a remote that refuses the push, in its own words, at once", async () => {
    const hook = join(repositories.bare, "hooks", "update");
    mkdirSync(join(repositories.bare, "hooks"), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\necho "GH006: Protected ref $1"\nexit 1\n');
    chmodSync(hook, 0o755);
    const clock = createLeapClock();
    const store = createGitStore(gitOptions(repositories.clone("a"), { clock }));
    const error = await store.open(opening()).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "JW4022", reason: "storage" });
    expect(error.message).toContain("hook declined");
    expect(error.message).toContain("GH006: Protected ref refs/jobwright/state");
    expect(error.hint).toContain("contents: write");
    expect(clock.monotonic()).toBe(0);
    expect(repositories.tip()).toBe("");
  });

  it("a remote that is away, after some tries, without its credentials", async () => {
    const clone = repositories.clone("a");
    git(clone, "remote", "set-url", "origin", "http://ada:hunter22@127.0.0.1:1/x.git");
    const clock = createLeapClock();
    const error = await createGitStore(gitOptions(clone, { clock }))
      .open(opening())
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "JW4021", reason: "storage" });
    expect(error.message).toContain("127.0.0.1:1/x.git");
    expect(`${error.message} ${error.stack}`).not.toContain("hunter22");
    expect(clock.monotonic()).toBe(7_000);
  });

  it("takes credentials out of whatever git says", () => {
    expect(withoutCredentials("fatal: https://u:p@h/x and ssh://git@h:22/y?token=abc&z=1 https://h/a@b")).toBe(
      "fatal: https://***@h/x and ssh://***@h:22/y?token=***&z=1 https://h/a@b",
    );
    expect(withoutCredentials("https://u:p@ss@host/x?access_token=1")).toBe("https://***@host/x?access_token=***");
  });

  it("a ref that holds something else is left alone", async () => {
    const tip = plant({ "index.html": "<html>" });
    const store = createGitStore(gitOptions(repositories.clone("a")));
    await expect(store.open(opening())).rejects.toMatchObject({ code: "JW4023" });
    await expect(store.read()).rejects.toMatchObject({ code: "JW4023" });
    expect(repositories.tip()).toBe(tip);
  });

  it("a damaged state, or another environment's, is left alone", async () => {
    const lock = '{"kind":"released","at":""}';
    const cases = [
      { state: "", code: "JW4001" },
      { state: "{", code: "JW4001" },
      { state: '{"formatVersion": 2}', code: "JW4002" },
    ];
    for (const { state, code } of cases) {
      const tip = plant({ "state.json": state, "lock.json": lock });
      const store = createGitStore(gitOptions(repositories.clone(`a${state.length}`)));
      await expect(store.open(opening())).rejects.toMatchObject({ code, reason: "storage" });
      expect(repositories.tip()).toBe(tip);
      git(repositories.bare, "update-ref", "-d", "refs/jobwright/state");
    }
  });
});

describe("a process that dies at any git command", () => {
  it("loses nothing acknowledged", { timeout: 120_000 }, async () => {
    const machine = createMachine("desk");
    machine.kill(7);
    const victim = repositories.clone("victim");
    const heir = repositories.clone("heir");
    let survived = 0;
    for (const when of ["before", "after"] as const) {
      for (let at = 1, alive = false; !alive; at += 1) {
        git(repositories.bare, "update-ref", "-d", "refs/jobwright/state");
        const real = createGit({ cwd: victim, env: GIT_ENV });
        let calls = 0;
        const mortal: Git = async (args, input) => {
          calls += 1;
          if (calls > at || (calls === at && when === "before")) throw new Error("dead");
          const result = await real(args, input);
          if (calls === at) throw new Error("dead");
          return result;
        };
        const told = { intended: false, closed: false };
        try {
          const store = createGitStore(
            gitOptions(victim, { git: mortal, host: machine.process(7), random: seeded(at) }),
          );
          const session = await store.open(opening());
          const intents = await session.intend([wanted("a")]);
          told.intended = true;
          await session.settle(intents.map((intent) => done(intent, "job_a")));
          await session.change([{ kind: "put", address: "nimble/b", job: jobState("job_b") }]);
          await session.close();
          told.closed = true;
        } catch {
          // Dead.
        }
        alive = calls < at;
        if (alive) survived = at;
        const store = createGitStore(gitOptions(heir, { host: machine.process(8), random: seeded(at + 1000) }));
        const session = await store.open(opening());
        const state: State = session.state;
        await session.close();
        expect(await store.read()).toMatchObject({ jobs: state.jobs, open: state.open });
        const open = state.open.map((intent) => intent.address);
        if (told.intended) expect([...open, ...Object.keys(state.jobs)]).toContain("nimble/a");
        if (told.closed) expect(Object.keys(state.jobs)).toEqual(["nimble/a", "nimble/b"]);
        if (told.closed) expect(open).toEqual([]);
      }
    }
    expect(survived).toBeGreaterThan(20);
  });
});

describe("a clone that another run fetches into", () => {
  it("does not take a commit whose files are not there yet for complete", async () => {
    const writer = createGitStore(gitOptions(repositories.clone("a")));
    const session = await writer.open(opening());
    await session.intend([wanted("a")]);
    await session.close();
    const clone = repositories.clone("b");
    // The other fetch has written the commit so far, and neither its tree nor its files.
    const commit = execFileSync("git", ["cat-file", "commit", repositories.tip()], {
      cwd: repositories.bare,
      env: GIT_ENV,
    });
    const args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
    const half = execFileSync("git", args, { cwd: clone, env: GIT_ENV, input: commit, encoding: "utf8" }).trim();
    expect(half).toBe(repositories.tip());
    expect((await createGitStore(gitOptions(clone)).read())?.open).toHaveLength(1);
  });
});

describe("a push that fails for a moment", () => {
  it("is made up for: nothing waits for ever, nothing counts as lost", async () => {
    const clone = repositories.clone("a");
    const real = createGit({ cwd: clone, env: GIT_ENV });
    let away = false;
    const away128 = { code: 128, stdout: Buffer.alloc(0), stderr: "fatal: unable to access: Could not resolve host" };
    const flaky: Git = async (args, input) =>
      away && (args[0] === "push" || args[0] === "ls-remote") ? away128 : real(args, input);
    const store = createGitStore(gitOptions(clone, { git: flaky }));
    const session = await store.open(opening());
    const [first] = await session.intend([wanted("a")]);
    away = true;
    await expect(session.intend([wanted("b")])).rejects.toMatchObject({ code: "JW4021" });
    if (first !== undefined) {
      await expect(session.settle([done(first, "job_a")], { durable: true })).rejects.toMatchObject({ code: "JW4021" });
    }
    expect(session.unrecorded).toHaveLength(1);
    away = false;
    await session.close();
    expect(session.unrecorded).toEqual([]);
    const state = await store.read();
    // Nothing was sent for b: no trace of it is left to be looked up.
    expect(state?.open).toEqual([]);
    expect(Object.keys(state?.jobs ?? {})).toEqual(["nimble/a"]);
  });

  it("is found again where the push came through and no answer did", async () => {
    const clone = repositories.clone("a");
    const real = createGit({ cwd: clone, env: GIT_ENV });
    let away = false;
    const git: Git = async (args, input) => {
      if (!away || (args[0] !== "push" && args[0] !== "ls-remote")) return real(args, input);
      if (args[0] === "push") await real(args, input);
      return { code: 128, stdout: Buffer.alloc(0), stderr: "fatal: the remote end hung up" };
    };
    const store = createGitStore(gitOptions(clone, { git }));
    const session = await store.open(opening());
    away = true;
    await expect(session.intend([wanted("a")])).rejects.toMatchObject({ reason: "storage" });
    away = false;
    const [again] = await session.intend([wanted("a")]);
    expect(again?.address).toBe("nimble/a");
    await session.check();
    await session.close();
    expect((await store.read())?.open).toHaveLength(1);
  });
});
