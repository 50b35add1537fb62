import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RefusedError } from "../../src/errors.ts";
import { createGitStore } from "../../src/state/git-store.ts";
import { done, jobState, opening, wanted } from "./support/builders.ts";
import { createLeapClock, createRepositories, gitOptions, type Repositories } from "./support/repositories.ts";
import { createMachine, seeded } from "./support/world.ts";

let repositories: Repositories;
beforeEach(() => {
  repositories = createRepositories();
});
afterEach(() => repositories.remove());

const desk = () => createMachine("desk");
const put = (name: string) => ({ kind: "put", address: `nimble/${name}`, job: jobState(`job_${name}`) }) as const;

describe("the lock of the git store", () => {
  it("refuses a second writer, saying who holds it since when", async () => {
    const one = createGitStore(gitOptions(repositories.clone("a")));
    const session = await one.open(opening({ holder: "ada@desk", runUrl: "https://ci.invalid/7" }));
    const other = createGitStore(gitOptions(repositories.clone("b"), { host: createMachine("attic").process(5) }));
    const refusal = await other.open(opening()).catch((error) => error);
    expect(refusal).toBeInstanceOf(RefusedError);
    expect(refusal).toMatchObject({ code: "JW4010", reason: "lock-held" });
    expect(refusal.message).toContain("ada@desk (apply, process 1 on desk) since 2026-01-01T00:00:00.000Z");
    expect(refusal.message).toContain("https://ci.invalid/7");
    await session.close();
    const later = await other.open(opening());
    await later.close();
  });

  it("lets exactly one of two first writers in", async () => {
    const stores = ["a", "b"].map((name, at) =>
      createGitStore(gitOptions(repositories.clone(name), { random: seeded(at), host: desk().process(at + 1) })),
    );
    const opened = await Promise.allSettled(stores.map((store) => store.open(opening())));
    expect(opened.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    for (const result of opened) if (result.status === "fulfilled") await result.value.close();
  });

  it("takes over from a dead process of this machine at once and forgets nothing of it", async () => {
    const machine = desk();
    const clone = repositories.clone("a");
    const first = await createGitStore(gitOptions(clone, { host: machine.process(1) })).open(opening());
    await first.change([put("closed")]);
    await first.close();
    const dying = await createGitStore(gitOptions(clone, { host: machine.process(2), random: seeded(2) })).open(
      opening(),
    );
    await dying.intend([wanted("a")]);
    machine.kill(2);

    const idle = createGitStore(gitOptions(repositories.clone("b"), { host: machine.process(3), random: seeded(3) }));
    const session = await idle.open(opening());
    expect(session.state.open.map((intent) => intent.address)).toEqual(["nimble/a"]);
    // Does nothing: what the dead one left stays.
    await session.close();
    const state = await idle.read();
    expect(state?.open.map((intent) => intent.address)).toEqual(["nimble/a"]);
    expect(Object.keys(state?.jobs ?? {})).toEqual(["nimble/closed"]);
    await expect(dying.intend([wanted("b")])).rejects.toMatchObject({ reason: "lock-lost", code: "JW4011" });
    await expect(dying.check()).rejects.toMatchObject({ reason: "lock-lost" });
  });

  it("takes over from another machine only after a lease without heartbeat, and fences the old holder", async () => {
    const oldClock = createLeapClock();
    const old = await createGitStore(gitOptions(repositories.clone("a"), { clock: oldClock })).open(opening());
    const [intent] = await old.intend([wanted("a")]);
    const clock = createLeapClock();
    const store = createGitStore(
      gitOptions(repositories.clone("b"), { host: createMachine("attic").process(1), clock, random: seeded(2) }),
    );
    await expect(store.open(opening({ lockTimeoutMs: 50_000 }))).rejects.toMatchObject({ reason: "lock-held" });
    const waitedFrom = clock.monotonic();
    const session = await store.open(opening({ holder: "grace@attic", lockTimeoutMs: 200_000 }));
    expect(clock.monotonic() - waitedFrom).toBeGreaterThanOrEqual(60_000);

    // Its own clock says that a heartbeat is due: it looks, and finds out.
    oldClock.pass(20_000);
    await expect(old.check()).rejects.toThrow(/it went to grace@attic/);
    if (intent !== undefined)
      await expect(old.settle([done(intent, "job_1")])).rejects.toMatchObject({ code: "JW4011" });
    await old.close();
    expect(old.unrecorded).toHaveLength(1);
    await session.check();
    expect(session.state.open).toHaveLength(1);
    await session.close();
  });

  it("does not take over while heartbeats come", async () => {
    const oldClock = createLeapClock();
    const old = await createGitStore(gitOptions(repositories.clone("a"), { clock: oldClock })).open(opening());
    const clock = createLeapClock();
    const beating = {
      ...clock,
      sleep: async (ms: number, signal?: AbortSignal) => {
        await clock.sleep(ms, signal);
        if (clock.monotonic() % 30_000 < 5_000) {
          oldClock.wake();
          oldClock.pass(20_000);
          await new Promise((resolve) => setImmediate(resolve));
          await old.check();
        }
      },
    };
    const store = createGitStore(
      gitOptions(repositories.clone("b"), { host: createMachine("attic").process(1), clock: beating }),
    );
    await expect(store.open(opening({ lockTimeoutMs: 150_000 }))).rejects.toMatchObject({ reason: "lock-held" });
    await old.check();
    await old.close();
  });

  it("asks the remote again when its own clocks stood still or jumped", async () => {
    const oldClock = createLeapClock();
    const old = await createGitStore(gitOptions(repositories.clone("a"), { clock: oldClock })).open(opening());
    const hand = gitOptions(repositories.clone("b"), { timing: { heartbeatMs: 1 } });
    await createGitStore(hand).unlock({ force: true });
    // Nothing but the wall clock tells that the machine was asleep.
    const wall = oldClock.wall;
    oldClock.wall = () => new Date(wall().getTime() + 3_600_000);
    await expect(old.check()).rejects.toThrow(/ended by hand/);
  });

  it("is shown, and ended by hand: a live holder's only by force", async () => {
    const machine = desk();
    const clone = repositories.clone("a");
    const store = createGitStore(gitOptions(clone, { host: machine.process(1) }));
    expect(await store.lockStatus()).toMatchObject({ held: false, verdict: "free" });
    const session = await store.open(opening());
    const other = createGitStore(gitOptions(clone, { host: machine.process(2), random: seeded(4) }));
    expect(await other.lockStatus()).toMatchObject({
      held: true,
      verdict: "alive",
      holder: { pid: 1, command: "apply" },
    });
    await expect(other.unlock({ force: false })).rejects.toMatchObject({ reason: "lock-held" });
    machine.kill(1);
    expect(await other.unlock({ force: false })).toMatchObject({ held: true, verdict: "dead" });
    expect(await other.lockStatus()).toMatchObject({ held: false });
    await expect(session.change([put("a")])).resolves.toBeUndefined();
    await expect(session.close()).rejects.toMatchObject({ reason: "lock-lost" });
    expect(session.unrecorded).toHaveLength(1);
  });

  it("taken away by force goes to nobody before its holder, which may be stopped, must have noticed", async () => {
    const machine = desk();
    const clone = repositories.clone("a");
    const clock = createLeapClock();
    const session = await createGitStore(gitOptions(clone, { host: machine.process(1), clock })).open(opening());
    const lines: string[] = [];
    const unlocking = createLeapClock();
    const log = (line: string): void => void lines.push(line);
    const hand = { host: machine.process(2), random: seeded(4), clock: unlocking, log };
    const ended = createGitStore(gitOptions(clone, hand)).unlock({ force: true });
    await expect.poll(() => lines).toEqual([expect.stringContaining("for 20 s nobody gets it")]);
    // Until then the old holder may still believe that the lock is its own, and nobody else can have it.
    await session.check();
    const next = createGitStore(gitOptions(clone, { host: machine.process(3), random: seeded(5) }));
    await expect(next.open(opening())).rejects.toThrow(/state unlock/);
    clock.pass(20_000);
    await expect(session.check()).rejects.toMatchObject({ reason: "lock-lost" });
    unlocking.wake();
    expect(await ended).toMatchObject({ held: true, verdict: "alive" });
    await (await next.open(opening())).close();
  });

  it("lets twenty waiters in one after the other", { timeout: 120_000 }, async () => {
    const machine = desk();
    const clones = ["a", "b", "c", "d"].map((name) => repositories.clone(name));
    const dying = await createGitStore(gitOptions(clones[0] ?? "", { host: machine.process(99) })).open(opening());
    await dying.intend([wanted("left")]);
    machine.kill(99);
    let inside = 0;
    const work = async (at: number): Promise<void> => {
      const store = createGitStore(
        gitOptions(clones[at % clones.length] ?? "", {
          host: machine.process(at + 1),
          random: seeded(at + 1),
          timing: { leaseMs: 1e9 },
        }),
      );
      const session = await store.open(opening({ lockTimeoutMs: 1e9 }));
      inside += 1;
      expect(inside).toBe(1);
      await session.change([put(`from-${at}`)]);
      await session.check();
      expect(inside).toBe(1);
      inside -= 1;
      await session.close();
    };
    await Promise.all(Array.from({ length: 20 }, (_, at) => work(at)));
    const state = await createGitStore(gitOptions(clones[0] ?? "")).read();
    expect(Object.keys(state?.jobs ?? {})).toHaveLength(20);
    expect(state?.open).toHaveLength(1);
  });
});
