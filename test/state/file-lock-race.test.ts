import { describe, expect, it } from "vitest";
import { createFileStore } from "../../src/state/file-store.ts";
import { fileOptions, jobState, opening } from "./support/builders.ts";
import { createMemoryDisk } from "./support/memory-disk.ts";
import { createMachine, createTestClock, seeded } from "./support/world.ts";
import { wrapDisk } from "./support/wrapped-disk.ts";

const TIMING = { leaseMs: 5_000, heartbeatMs: 1_500, pollMs: 200 };

interface Told {
  readonly held: number;
  readonly died: number;
  readonly fenced: number;
}

/**
 * Many processes on one lock whose holder is dead; every file call takes a random time; some die while they hold it,
 * some are suspended for longer than a lease and go on then.
 */
async function race(seed: number, processes: number): Promise<Told> {
  const random = seeded(seed);
  const clock = createTestClock();
  const disk = createMemoryDisk(["/project", "/project/.jobwright", "/project/.jobwright/lock"]);
  const near = createMachine("near");
  const far = createMachine("far");
  near.kill(500);
  disk.put(
    "/project/.jobwright/lock/3",
    JSON.stringify({ kind: "held", beat: 1, run: "dead", boot: "boot of near", pid: 500, leaseMs: 5_000 }),
  );
  const inside = new Set<number>();
  const survivors = new Set<string>();
  let held = 0;
  let died = 0;
  let fenced = 0;
  const doubtful = new Set<string>();

  const one = async (pid: number): Promise<void> => {
    const machine = random() < 0.7 ? near : far;
    let dead = false;
    let awakeAt = 0;
    const slow = wrapDisk(disk, async (_call, make) => {
      await clock.sleep(random() * 30);
      if (dead) await new Promise(() => {});
      if (awakeAt > clock.monotonic()) await clock.sleep(awakeAt - clock.monotonic());
      const answer = await make();
      await clock.sleep(random() * 10);
      return answer;
    });
    const store = createFileStore(
      fileOptions(slow, { clock, host: machine.process(pid), random: seeded(seed * 1_000 + pid), timing: TIMING }),
    );
    await clock.sleep(random() * 100);
    const session = await store.open(opening({ lockTimeoutMs: 10_000_000 }));
    inside.add(pid);
    held += 1;
    expect([...inside], `seed ${seed}`).toEqual([pid]);
    await clock.sleep(random() * 3_000);
    const address = `nimble/p${pid}`;
    await session.change([{ kind: "put", address, job: jobState(`job_${pid}`) }]);
    survivors.add(address);
    await session.check();
    expect([...inside], `seed ${seed}`).toEqual([pid]);
    inside.delete(pid);
    const fate = random();
    if (fate < 0.2) {
      // Suspended anywhere in the next call; whoever took over meanwhile must not notice.
      doubtful.add(`nimble/late${pid}`);
      const late = session.change([{ kind: "put", address: `nimble/late${pid}`, job: jobState(`job_${pid}`) }]);
      late.catch(() => {});
      await clock.sleep(random() * 150);
      awakeAt = clock.monotonic() + random() * 60_000;
      try {
        await late;
        survivors.add(`nimble/late${pid}`);
      } catch (error) {
        expect(error).toMatchObject({ reason: "lock-lost" });
        fenced += 1;
      }
    } else if (fate < 0.5) {
      died += 1;
      dead = true;
      machine.kill(pid);
      return;
    }
    await session.close();
  };

  await clock.drive(Promise.all(Array.from({ length: processes }, (_, at) => one(at + 1))));
  const state = await createFileStore(fileOptions(disk)).read();
  const jobs = Object.keys(state?.jobs ?? {});
  for (const address of survivors) expect(jobs, `seed ${seed}`).toContain(address);
  for (const address of jobs) expect(survivors.has(address) || doubtful.has(address), `seed ${seed}`).toBe(true);
  return { held, died, fenced };
}

describe("twenty waiters on a dead lock", () => {
  it("hold it one at a time, whatever dies, and nothing is lost", { timeout: 120_000 }, async () => {
    let died = 0;
    let fenced = 0;
    for (let seed = 1; seed <= 25; seed += 1) {
      const told = await race(seed, 20);
      expect(told.held).toBe(20);
      died += told.died;
      fenced += told.fenced;
    }
    // The races must have had something to survive.
    expect(died).toBeGreaterThan(50);
    expect(fenced).toBeGreaterThan(10);
  });
});
