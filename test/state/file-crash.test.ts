import { describe, expect, it } from "vitest";
import type { State } from "../../src/model/state.ts";
import type { Disk } from "../../src/state/disk.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { done, fileOptions, jobState, opening, wanted } from "./support/builders.ts";
import { createMemoryDisk, type MemoryDisk, type Survival } from "./support/memory-disk.ts";
import { createMachine, createTestClock, seeded } from "./support/world.ts";
import { crashAt, wrapDisk } from "./support/wrapped-disk.ts";

/** What a run was told to be durable, by address. */
interface Promised {
  readonly intended: Set<string>;
  readonly settled: Set<string>;
  /** Handed in, whether or not it was acknowledged. */
  readonly begun: Set<string>;
}

const machine = createMachine("desk");
machine.kill(7);

/** Two creates, an end of each, an adoption: everything that writes. */
async function apply(disk: Disk, promised: Promised, round: string, compactAfterBytes: number): Promise<void> {
  const store = createFileStore(
    fileOptions(disk, { host: machine.process(7), random: seeded(round.length), compactAfterBytes }),
  );
  const session = await store.open(opening());
  try {
    const names = [`a${round}`, `b${round}`];
    for (const name of names) promised.begun.add(`nimble/${name}`);
    const intents = await session.intend(names.map(wanted));
    for (const intent of intents) promised.intended.add(intent.address);
    for (const intent of intents) {
      await session.check();
      await session.settle([done(intent, `job_${intent.name}`)]);
      promised.settled.add(intent.address);
    }
    const adopted = `nimble/adopted${round}`;
    promised.begun.add(adopted);
    await session.change([{ kind: "put", address: adopted, job: jobState(`job_${adopted}`) }]);
    promised.settled.add(adopted);
  } finally {
    await session.close();
  }
}

async function reopened(disk: MemoryDisk): Promise<State> {
  const clock = createTestClock();
  const store = createFileStore(fileOptions(disk, { host: machine.process(8), random: seeded(99), clock }));
  const before = await store.read();
  const session = await clock.drive(store.open(opening({ lockTimeoutMs: 60_000 })));
  const { state } = session;
  await session.close();
  const after = await store.read();
  expect({ ...after, serial: 0 }).toEqual({ ...state, serial: 0 });
  // Opening changes no content. (An empty state may have come into being.)
  if (before !== undefined) expect(state).toEqual(before);
  return state;
}

function check(state: State, promised: Promised, where: string): void {
  const open = new Set(state.open.map((intent) => intent.address));
  for (const address of promised.settled) {
    expect(state.jobs, `${where}: ${address} was settled`).toHaveProperty([address]);
    expect(open.has(address), `${where}: ${address} was settled and is open`).toBe(false);
  }
  for (const address of promised.intended) {
    expect(open.has(address) || Object.hasOwn(state.jobs, address), `${where}: ${address} is forgotten`).toBe(true);
  }
  for (const address of [...open, ...Object.keys(state.jobs)]) {
    expect(promised.begun.has(address), `${where}: ${address} comes from nowhere`).toBe(true);
  }
}

const nothing = (): Promised => ({ intended: new Set(), settled: new Set(), begun: new Set() });

async function countCalls(compactAfterBytes: number): Promise<number> {
  let calls = 0;
  const disk = wrapDisk(createMemoryDisk(), async (call, make) => {
    calls = call.number;
    return make();
  });
  await apply(disk, nothing(), "", compactAfterBytes);
  await apply(disk, nothing(), "2", compactAfterBytes);
  return calls;
}

describe("a process that dies at any file call", () => {
  const survivals: readonly Survival[] = ["kill", "power", "names", "half"];
  for (const compactAfterBytes of [0, 1_000_000]) {
    for (const when of ["before", "after"] as const) {
      for (const survival of survivals) {
        it(`loses nothing acknowledged (${when} the call, ${survival}, compaction at ${compactAfterBytes})`, async () => {
          const calls = await countCalls(compactAfterBytes);
          expect(calls).toBeGreaterThan(80);
          for (let at = 1; at <= calls; at += 1) {
            const disk = createMemoryDisk();
            const promised = nothing();
            const mortal = wrapDisk(disk, crashAt(at, when));
            await (async () => {
              await apply(mortal, promised, "", compactAfterBytes);
              await apply(mortal, promised, "2", compactAfterBytes);
            })().catch(() => {});
            const state = await reopened(disk.afterCrash(survival));
            check(state, promised, `call ${at}`);
          }
        });
      }
    }
  }

  it("twice in a row loses nothing either", async () => {
    const calls = await countCalls(0);
    for (let at = 1; at <= calls; at += 3) {
      const promised = nothing();
      const first = createMemoryDisk();
      await apply(wrapDisk(first, crashAt(at, "before")), promised, "", 0).catch(() => {});
      for (let next = 1; next <= 60; next += 4) {
        const again = { ...promised, begun: new Set([...promised.begun]) };
        const second = first.afterCrash("half");
        const later = { intended: new Set(again.intended), settled: new Set(again.settled), begun: again.begun };
        await apply(wrapDisk(second, crashAt(next, "after")), later, "2", 0).catch(() => {});
        check(await reopened(second.afterCrash("kill")), later, `calls ${at} and ${next}`);
      }
    }
  });
});
