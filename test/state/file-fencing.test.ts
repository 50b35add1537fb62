import { describe, expect, it } from "vitest";
import type { Disk } from "../../src/state/disk.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { fileOptions, jobState, opening } from "./support/builders.ts";
import { createMemoryDisk } from "./support/memory-disk.ts";
import { createMachine, createTestClock, seeded } from "./support/world.ts";
import { type Call, wrapDisk } from "./support/wrapped-disk.ts";

/** A disk whose first call of a kind waits until it is let go. */
function stopping(disk: Disk, which: (call: Call) => boolean) {
  let go = (): void => {};
  let reached = (): void => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const there = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let met = false;
  const slow = wrapDisk(disk, async (call, make) => {
    if (!met && which(call)) {
      met = true;
      reached();
      await held;
    }
    return make();
  });
  return { disk: slow, there, go: () => go() };
}

const put = (name: string) => ({ kind: "put", address: `nimble/${name}`, job: jobState(`job_${name}`) }) as const;

describe("a process that is stopped in the middle and goes on later", () => {
  it("does not take a generation that others have left behind", async () => {
    const disk = createMemoryDisk();
    const machine = createMachine("desk");
    const slow = stopping(disk, (call) => call.name === "create" && call.path.includes("/lock/new-"));
    const late = createFileStore(fileOptions(slow.disk, { host: machine.process(1), random: seeded(1) })).open(
      opening(),
    );
    late.catch(() => {});
    await slow.there;
    const fast = (pid: number) =>
      createFileStore(fileOptions(disk, { host: machine.process(pid), random: seeded(pid) }));
    await (await fast(2).open(opening())).close();
    const holder = await fast(3).open(opening());
    expect(await disk.readdir("/project/.jobwright/lock")).toEqual(["2"]);
    slow.go();
    await expect(late).rejects.toMatchObject({ reason: "lock-held" });
    await holder.check();
    await holder.close();
  });

  it("does not put its state in the place of its successor's", async () => {
    const disk = createMemoryDisk();
    const slow = stopping(disk, (call) => call.name === "create" && call.path.includes("/.state.json.") && armed);
    let armed = false;
    const old = await createFileStore(fileOptions(slow.disk)).open(opening());
    await old.change([put("old")]);
    armed = true;
    const closing = old.close();
    await slow.there;
    const clock = createTestClock();
    const host = createMachine("attic").process(2);
    const heir = createFileStore(fileOptions(disk, { host, clock, random: seeded(2) }));
    const session = await clock.drive(heir.open(opening({ lockTimeoutMs: 60_000 })));
    await session.change([put("new")]);
    await session.close();
    const before = disk.dump();
    slow.go();
    await closing;
    expect(disk.dump()).toEqual(before);
    expect(Object.keys((await heir.read())?.jobs ?? {})).toEqual(["nimble/new", "nimble/old"]);
  });
});
