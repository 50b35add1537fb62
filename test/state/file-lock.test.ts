import { describe, expect, it } from "vitest";
import { RefusedError } from "../../src/errors.ts";
import type { Disk } from "../../src/state/disk.ts";
import { createFileStore, type FileStoreOptions } from "../../src/state/file-store.ts";
import { fileOptions, jobState, opening } from "./support/builders.ts";
import { createMemoryDisk, diskError, type MemoryDisk } from "./support/memory-disk.ts";
import { createMachine, createTestClock, seeded, type TestClock } from "./support/world.ts";
import { wrapDisk } from "./support/wrapped-disk.ts";

const LOCK = "/project/.jobwright/lock";

/** A store of another process, with a clock that can be driven. */
function other(disk: Disk, further: Partial<FileStoreOptions> = {}) {
  const clock = createTestClock();
  const host = createMachine("attic").process(9);
  return { clock, store: createFileStore(fileOptions(disk, { clock, host, random: seeded(9), ...further })) };
}

function planted(content: string | undefined): MemoryDisk {
  const disk = createMemoryDisk(["/project", "/project/.jobwright", LOCK]);
  if (content === undefined) disk.putDirectory(`${LOCK}/1`);
  else disk.put(`${LOCK}/1`, content);
  return disk;
}

function record(further: Readonly<Record<string, unknown>> = {}): string {
  const holder = { run: "r", holder: "ada@desk", command: "apply", since: "2026-01-01T00:00:00Z", host: "desk" };
  return JSON.stringify({
    kind: "held",
    beat: 0,
    ...holder,
    boot: "boot of desk",
    pid: 7,
    leaseMs: 30_000,
    ...further,
  });
}

/** How long the taker waited; Infinity where the lock stayed held for ten minutes. */
async function waitFor(disk: Disk, further: Partial<FileStoreOptions> = {}): Promise<number> {
  const { store, clock } = other(disk, further);
  try {
    const session = await clock.drive(store.open(opening({ lockTimeoutMs: 600_000 })));
    const waited = clock.monotonic();
    await session.check();
    await session.close();
    return waited;
  } catch (error) {
    expect(error).toMatchObject({ reason: "lock-held" });
    return Number.POSITIVE_INFINITY;
  }
}

describe("the lock of the file store", () => {
  it("refuses a second process with all that is known of the first, and lets it in after", async () => {
    const disk = createMemoryDisk();
    const first = await createFileStore(fileOptions(disk)).open(
      opening({ holder: "ada@desk", command: "apply", runUrl: "https://ci.invalid/7" }),
    );
    const { store } = other(disk);
    const refusal = await store.open(opening()).catch((error) => error);
    expect(refusal).toBeInstanceOf(RefusedError);
    expect(refusal).toMatchObject({ code: "JW4010", reason: "lock-held" });
    expect(refusal.message).toBe(
      "the lock .jobwright/lock is held by ada@desk (apply, process 1 on desk) since 2026-01-01T00:00:00.000Z, " +
        "https://ci.invalid/7; process 1 on desk cannot be seen from here; nothing was sent",
    );
    await first.check();
    await first.close();
    const second = await store.open(opening());
    await expect(first.check()).rejects.toMatchObject({ reason: "lock-lost", code: "JW4011" });
    await second.close();
    expect(await disk.readdir(LOCK)).toEqual(["2"]);
  });

  it("waits no longer than it was told, and stops waiting when asked to", async () => {
    const { store, clock } = other(planted(record()));
    const late = await clock.drive(store.open(opening({ lockTimeoutMs: 5_000 }))).catch((error) => error);
    expect(late.message).toContain("(waited 5 s)");
    const stop = new AbortController();
    const asked = other(planted(record()), { signal: stop.signal });
    const waiting = asked.store.open(opening({ lockTimeoutMs: 60_000 }));
    await asked.clock.advance(1_000);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    expect(asked.clock.monotonic()).toBe(1_000);
  });

  it("A71 takes over at once from a process of this machine that is gone, or is another one now", async () => {
    const machine = createMachine("desk");
    const host = machine.process(8);
    // It runs, although without heartbeat: four leases.
    const alive = await waitFor(planted(record({ started: "start of 7" })), { host });
    expect(alive).toBeGreaterThanOrEqual(120_000);
    expect(alive).toBeLessThan(121_000);
    expect(await waitFor(planted(record({ started: "earlier" })), { host })).toBe(0);
    machine.kill(7);
    expect(await waitFor(planted(record({ started: "start of 7" })), { host })).toBe(0);
  });

  it("A71 takes over after a lease from whom it cannot see: other machines, containers, boots", async () => {
    const elsewhere = [
      { host: createMachine("attic").process(8) },
      { host: createMachine("desk", "another boot").process(7) },
      { host: createMachine("desk", "boot of desk/pid:[2]").process(7) },
    ];
    for (const where of elsewhere) {
      const waited = await waitFor(planted(record()), where);
      expect(waited).toBeGreaterThanOrEqual(30_000);
      expect(waited).toBeLessThan(31_000);
    }
  });

  it("A71 holds what it cannot read for as long as a lease, never for ever", async () => {
    const contents = [
      "",
      "garbage",
      "[]",
      '{"kind":"held"}',
      undefined,
      record({ since: "2099-01-01T00:00:00Z", leaseMs: 1e12 }),
      record({ pid: -1, leaseMs: "x" }),
    ];
    for (const content of contents) {
      const waited = await waitFor(planted(content));
      expect(waited, String(content)).toBeGreaterThanOrEqual(30_000);
      expect(waited, String(content)).toBeLessThan(602_000);
    }
  });

  it("cannot be fooled by control characters in a lock", async () => {
    const { store } = other(planted(record({ holder: "x\n::error::\u001b[2J", host: "h".repeat(5_000) })));
    const error = await store.open(opening()).catch((thrown) => thrown);
    expect(error.message).not.toMatch(/[\n\u001b]/);
    expect(error.message.length).toBeLessThan(700);
  });

  it("counts only what it has watched: a waiter that slept has not", async () => {
    const clock = createTestClock();
    let skipped = 0;
    const sleepy: TestClock = { ...clock, monotonic: () => clock.monotonic() + skipped };
    const { store } = other(planted(record()), { clock: sleepy });
    const opened = store.open(opening({ lockTimeoutMs: 10_000_000 }));
    await clock.advance(5_000);
    skipped = 3_600_000;
    let taken = false;
    opened.then(() => {
      taken = true;
    });
    await clock.advance(20_000);
    expect(taken).toBe(false);
    await clock.advance(10_000);
    expect(taken).toBe(true);
  });

  it("is kept by heartbeats, lost without them, and the old holder is fenced", async () => {
    const disk = createMemoryDisk();
    const clock = createTestClock();
    const old = await createFileStore(fileOptions(disk, { clock })).open(opening());
    const { store } = other(disk, { clock });
    await expect(clock.drive(store.open(opening({ lockTimeoutMs: 120_000 })))).rejects.toMatchObject({
      reason: "lock-held",
    });
    await old.check();

    // The same, with a holder whose clock stands still: suspended. When it wakes up, time has passed.
    const frozen = createMemoryDisk();
    const asleep = createTestClock();
    const suspended = await createFileStore(fileOptions(frozen, { clock: asleep })).open(opening());
    await suspended.change([{ kind: "put", address: "nimble/a", job: jobState("job_a") }]);
    const taker = other(frozen);
    const session = await taker.clock.drive(
      taker.store.open(opening({ holder: "grace@attic", lockTimeoutMs: 60_000 })),
    );
    const before = frozen.dump();
    await asleep.advance(25);
    await expect(suspended.check()).rejects.toThrow(/it went to grace@attic \(apply, process 9 on attic\)/);
    const change = { kind: "put", address: "nimble/b", job: jobState("job_b") } as const;
    await expect(suspended.change([change])).rejects.toMatchObject({ reason: "lock-lost" });
    expect(suspended.unrecorded).toEqual([change]);
    await suspended.close();
    expect(suspended.unrecorded).toEqual([change]);
    expect(frozen.dump()).toEqual(before);
    expect(Object.keys(session.state.jobs)).toEqual(["nimble/a"]);
    await session.close();
  });

  it("is lost when its directory is removed", async () => {
    const disk = createMemoryDisk();
    const session = await createFileStore(fileOptions(disk)).open(opening());
    await disk.unlink(`${LOCK}/1`);
    await expect(session.check()).rejects.toMatchObject({ reason: "lock-lost" });
    const { store } = other(disk);
    const next = await store.open(opening());
    // The same number, but not the same holder.
    await expect(session.check()).rejects.toMatchObject({ reason: "lock-lost" });
    await next.check();
    await next.close();
  });

  it("A71 says what stands in its place", async () => {
    const disk = createMemoryDisk(["/project", "/project/.jobwright"]);
    disk.put(LOCK, "a file");
    await expect(createFileStore(fileOptions(disk)).open(opening())).rejects.toMatchObject({
      code: "JW4012",
      reason: "storage",
    });
    const last = createMemoryDisk(["/project", "/project/.jobwright", LOCK]);
    last.put(`${LOCK}/999999999999999`, JSON.stringify({ kind: "released", at: "" }));
    await expect(createFileStore(fileOptions(last)).open(opening())).rejects.toMatchObject({ code: "JW4012" });
  });

  it("works on file systems without links, and with links whose answer is lost", async () => {
    for (const code of ["EPERM", "ENOTSUP"]) {
      const disk = wrapDisk(createMemoryDisk(), async (call, make) => {
        if (call.name === "link") throw diskError(code);
        return make();
      });
      const session = await createFileStore(fileOptions(disk)).open(opening());
      await session.check();
      await expect(other(disk).store.open(opening())).rejects.toMatchObject({ reason: "lock-held" });
      await session.close();
    }
    const lossy = wrapDisk(createMemoryDisk(), async (call, make) => {
      const answer = await make();
      if (call.name === "link") throw diskError("EEXIST");
      return answer;
    });
    const session = await createFileStore(fileOptions(lossy)).open(opening());
    await session.check();
    await session.close();
  });

  it("is shown, and ended by hand: a live holder's only by force", async () => {
    const machine = createMachine("desk");
    const disk = createMemoryDisk();
    const clock = createTestClock();
    const store = createFileStore(fileOptions(disk, { host: machine.process(1), clock }));
    expect(await store.lockStatus()).toMatchObject({ held: false, verdict: "free" });
    const session = await store.open(opening());
    const shown = await store.lockStatus();
    expect(shown).toMatchObject({
      held: true,
      verdict: "alive",
      evidence: "process 1 runs",
      holder: { run: session.run },
    });
    await expect(store.unlock({ force: false })).rejects.toMatchObject({ reason: "lock-held" });
    await session.check();
    await store.unlock({ force: true });
    // A look is good for 25 ms, and not a moment longer.
    await clock.advance(24);
    await session.check();
    await clock.advance(1);
    await expect(session.check()).rejects.toThrow(/ended by hand/);
    expect(await store.lockStatus()).toMatchObject({ held: false });

    const remote = other(planted(record()));
    const ended = await remote.clock.drive(remote.store.unlock({ force: false }));
    expect(ended).toMatchObject({ held: true, verdict: "unknown" });
    expect(remote.clock.monotonic()).toBeGreaterThanOrEqual(30_000);
    expect(await remote.store.lockStatus()).toMatchObject({ held: false });
  });
});
