import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGit, type Git } from "../../src/state/git-command.ts";
import { createGitStore } from "../../src/state/git-store.ts";
import { done, jobState, opening, wanted } from "./support/builders.ts";
import { createLeapClock, createRepositories, GIT_ENV, gitOptions, type Repositories } from "./support/repositories.ts";
import { createMachine, seeded } from "./support/world.ts";

let repositories: Repositories;
beforeEach(() => {
  repositories = createRepositories();
});
afterEach(() => repositories.remove());

let runners = 0;
/** A store on a machine of its own. */
function runner(clock = createLeapClock()) {
  runners += 1;
  const host = createMachine(`runner-${runners}`).process(1);
  return createGitStore(gitOptions(repositories.clone(`r${runners}`), { host, clock, random: seeded(runners) }));
}

const part = (index: number, of = 2, further = {}) => opening({ shard: { index, of }, ...further });
const put = (name: string) => ({ kind: "put", address: `nimble/${name}`, job: jobState(`job_${name}`) }) as const;

describe("parts of one state in git", () => {
  it("are written side by side: nothing of either is lost, no number is used twice", async () => {
    const [one, two] = [await runner().open(part(1)), await runner().open(part(2))];
    const [a] = await one.intend([wanted("a")]);
    const [b] = await two.intend([wanted("b")]);
    const [c] = await one.intend([wanted("c")]);
    const seqs = [a?.seq, b?.seq, c?.seq];
    expect(new Set(seqs).size).toBe(3);
    const open = (await runner().read())?.open ?? [];
    expect(open.map((intent) => intent.address).sort()).toEqual(["nimble/a", "nimble/b", "nimble/c"]);
    if (a === undefined || b === undefined || c === undefined) throw new Error("no intents");
    await Promise.all([one.settle([done(a, "job_1")]), two.settle([done(b, "job_2")]), one.settle([done(c, "job_3")])]);
    await one.close();
    // The other part is still held.
    expect(JSON.parse(repositories.show("lock.json"))).toMatchObject({ kind: "shared", of: 2, holders: [{ part: 2 }] });
    await two.change([put("d")]);
    await two.close();
    expect(JSON.parse(repositories.show("lock.json"))).toMatchObject({ kind: "released" });
    const state = await runner().read();
    expect(state?.open).toEqual([]);
    const ids = Object.entries(state?.jobs ?? {}).map(([address, { id }]) => `${address} ${id}`);
    expect(ids.sort()).toEqual(["nimble/a job_1", "nimble/b job_2", "nimble/c job_3", "nimble/d job_d"]);
  });

  it("sees what the other part recorded, and its serial only grows", async () => {
    const [one, two] = [await runner().open(part(1)), await runner().open(part(2))];
    const before = two.state.serial;
    await one.intend([wanted("a")]);
    await two.intend([wanted("b")]);
    expect(two.state.open.map((intent) => intent.address).sort()).toEqual(["nimble/a", "nimble/b"]);
    expect(two.state.serial).toBe(before + 2);
    await one.close();
    await two.close();
  });

  it("keeps out a second run of the same part, a run of all jobs, and one that splits otherwise", async () => {
    const session = await runner().open(part(1));
    for (const how of [part(1), opening(), part(2, 3)]) {
      await expect(runner().open(how)).rejects.toMatchObject({ code: "JW4010", reason: "lock-held" });
    }
    const other = await runner().open(part(2));
    await other.close();
    await session.close();
    const all = await runner().open(opening());
    await expect(runner().open(part(1))).rejects.toMatchObject({ code: "JW4010" });
    await all.close();
  });

  it("a part whose holder is dead is taken over while the other goes on; the dead one is fenced", async () => {
    const beating = createLeapClock();
    const alive = await runner(beating).open(part(2));
    const deadClock = createLeapClock();
    const dead = await runner(deadClock).open(part(1));
    await dead.intend([wanted("a")]);
    await expect(runner().open(part(1, 2, { lockTimeoutMs: 50_000 }))).rejects.toMatchObject({ code: "JW4010" });
    // The living part moves the ref all the time; that is no sign of life of the dead one.
    const clock = createLeapClock();
    const waiter = runner(clock);
    const opening = waiter.open(part(1, 2, { lockTimeoutMs: 400_000 }));
    for (let i = 0; i < 3; i++) {
      await alive.change([put(`b${i}`)]);
      await alive.intend([wanted(`b${i}`)]);
    }
    const session = await opening;
    expect(session.state.open.map(({ address }) => address)).toContain("nimble/a");
    await session.change([put("a")]);
    await session.close();

    deadClock.pass(20_000);
    await expect(dead.check()).rejects.toMatchObject({ code: "JW4011", reason: "lock-lost" });
    await expect(dead.intend([wanted("x")])).rejects.toMatchObject({ code: "JW4011" });
    await alive.close();
    expect(Object.keys((await runner().read())?.jobs ?? {}).sort()).toEqual([
      "nimble/a",
      "nimble/b0",
      "nimble/b1",
      "nimble/b2",
    ]);
  });

  it("check looks through the other part's commits: the lock is ours as long as our part is in it", async () => {
    const clock = createLeapClock();
    const [one, two] = [await runner(clock).open(part(1)), await runner().open(part(2))];
    await two.intend([wanted("b")]);
    clock.pass(25_000);
    await one.check();
    expect(one.state.open.map(({ address }) => address)).toEqual(["nimble/b"]);
    // No wait is too long for its clock.
    const store = runner(createLeapClock(60_000));
    expect(await store.lockStatus()).toMatchObject({ held: true, verdict: "unknown" });
    expect((await store.lockStatus()).evidence).toContain("held in parts, by 2 runs");
    await store.unlock({ force: true });
    clock.pass(25_000);
    await expect(one.check()).rejects.toMatchObject({ code: "JW4011" });
  });

  it("puts what is not pushed yet on top of the other part's commits", async () => {
    const [one, two] = [await runner().open(part(1)), await runner().open(part(2))];
    const [a] = await one.intend([wanted("a")]);
    if (a === undefined) throw new Error("no intent");
    await one.settle([done(a, "job_1")]);
    await two.intend([wanted("b")]);
    await one.intend([wanted("c")]);
    const state = await runner().read();
    expect(state?.jobs["nimble/a"]?.id).toBe("job_1");
    expect(state?.open.map(({ address }) => address).sort()).toEqual(["nimble/b", "nimble/c"]);
    await one.close();
    await two.close();
  });

  it("a push that came through without an answer, and was built upon at once, counts once", async () => {
    const two = await runner().open(part(2));
    const clone = repositories.clone("lossy");
    const real = createGit({ cwd: clone, env: GIT_ENV });
    let lose = false;
    const git: Git = async (args, input) => {
      const result = await real(args, input);
      if (args[0] !== "push" || !lose) return result;
      lose = false;
      expect(result.code).toBe(0);
      await two.intend([wanted("b")]);
      return { ...result, code: 1, stderr: "the connection was cut" };
    };
    const host = createMachine("lossy").process(1);
    const one = await createGitStore(gitOptions(clone, { host, git, random: seeded(99) })).open(part(1));
    const [a] = await one.intend([wanted("a")]);
    if (a === undefined) throw new Error("no intent");
    await one.settle([done(a, "job_1")]);
    lose = true;
    const [c] = await one.intend([wanted("c")]);
    const state = await runner().read();
    expect(lose).toBe(false);
    expect(state?.jobs["nimble/a"]?.id).toBe("job_1");
    expect(state?.open.map(({ address }) => address).sort()).toEqual(["nimble/b", "nimble/c"]);
    if (c !== undefined) await one.settle([{ seq: c.seq, kind: "not-done" }]);
    await one.close();
    await two.close();
    expect((await runner().read())?.open.map(({ address }) => address)).toEqual(["nimble/b"]);
  });
});
