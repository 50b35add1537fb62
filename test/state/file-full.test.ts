import { describe, expect, it } from "vitest";
import { createFileStore } from "../../src/state/file-store.ts";
import { rescueOf, writeRescue } from "../../src/state/rescue.ts";
import { done, fileOptions, jobState, opening, wanted } from "./support/builders.ts";
import { createMemoryDisk, diskError, type MemoryDisk } from "./support/memory-disk.ts";
import { seeded } from "./support/world.ts";
import { type Call, wrapDisk } from "./support/wrapped-disk.ts";

/** A disk whose calls fail where `fails` says so. */
function failing(disk: MemoryDisk, fails: (call: Call) => string | undefined) {
  return wrapDisk(disk, async (call, make) => {
    const code = fails(call);
    if (code !== undefined) throw diskError(code);
    return make();
  });
}

describe("a disk that is full, broken or read-only", () => {
  it("A70 is found at open, before anything could be sent, and the lock is given back", async () => {
    for (const [name, path] of [
      ["create", "/.state.json."],
      ["write", "/.state.json."],
      ["sync", "/.state.json."],
      ["rename", "state.json"],
      ["syncDirectory", ".jobwright"],
      ["write", "/.journal.jsonl."],
      ["sync", "/.journal.jsonl."],
      ["rename", "journal.jsonl"],
    ] as const) {
      const disk = createMemoryDisk(["/project", "/project/.jobwright"]);
      disk.put("/project/.jobwright/.gitignore", "*\n");
      const full = failing(disk, (call) => (call.name === name && call.path.includes(path) ? "ENOSPC" : undefined));
      await expect(createFileStore(fileOptions(full)).open(opening()), `${name} ${path}`).rejects.toMatchObject({
        code: "JW4006",
        reason: "storage",
        message: expect.stringContaining("no space is left on the disk (ENOSPC)"),
        hint: expect.stringContaining("Nothing was sent."),
      });
      const after = createFileStore(fileOptions(disk, { random: seeded(2) }));
      expect(await after.lockStatus(), `${name} ${path}`).toMatchObject({ held: false });
      await (await after.open(opening())).close();
    }
    const readOnly = failing(createMemoryDisk(), (call) => (call.name === "mkdir" ? "EROFS" : undefined));
    await expect(createFileStore(fileOptions(readOnly)).open(opening())).rejects.toThrow(/read-only \(EROFS\)/);
  });

  it("leaves state and journal that go together, where the state can be saved at the end and no new journal made", async () => {
    const disk = createMemoryDisk();
    let broken = false;
    const full = failing(disk, ({ name, path }) =>
      broken && name === "write" && path.includes("journal.jsonl") ? "ENOSPC" : undefined,
    );
    const session = await createFileStore(fileOptions(full)).open(opening());
    const [a] = await session.intend([wanted("a")]);
    if (a === undefined) throw new Error("no intent");
    await session.settle([done(a, "job_1")]);
    broken = true;
    // Nothing that was acknowledged is lost: the state is the same, but for the number that the intent had.
    await expect(session.intend([wanted("b")])).rejects.toMatchObject({ code: "JW4007" });
    await expect(session.close()).rejects.toMatchObject({ code: "JW4006" });
    const after = createFileStore(fileOptions(disk, { random: seeded(2) }));
    const state = await after.read();
    expect(Object.keys(state?.jobs ?? {})).toEqual(["nimble/a"]);
    expect(state?.open).toEqual([]);
    expect(state?.serial).toBeGreaterThan(session.state.serial);
    const next = await after.open(opening());
    const [c] = await next.intend([wanted("c")]);
    expect(c?.seq).toBeGreaterThan(a.seq + 2);
    await next.close();
  });

  for (const [name, code] of [
    ["write", "ENOSPC"],
    ["datasync", "EIO"],
  ] as const) {
    it(`is fatal for the journal in the middle (${name}): no second try on the same file`, async () => {
      const disk = createMemoryDisk();
      let failures = 0;
      let broken = false;
      let allFull = true;
      const full = failing(disk, (call) => {
        if (!broken) return undefined;
        if (call.name === name && call.path.includes("journal.jsonl")) {
          failures += 1;
          return code;
        }
        return allFull && call.name === "create" ? "ENOSPC" : undefined;
      });
      const session = await createFileStore(fileOptions(full)).open(opening());
      const [a, b] = await session.intend([wanted("a"), wanted("b")]);
      if (a === undefined || b === undefined) throw new Error("no intents");
      await session.settle([done(a, "job_1")]);
      broken = true;
      await expect(session.settle([done(b, "job_2")])).rejects.toMatchObject({ code: "JW4007", reason: "storage" });
      await expect(session.intend([wanted("c")])).rejects.toMatchObject({ code: "JW4007" });
      expect(failures).toBe(1);
      expect(session.state.open.map((intent) => intent.address)).toEqual(["nimble/b"]);
      await expect(session.close()).rejects.toMatchObject({
        code: "JW4006",
        hint: expect.stringContaining("Not everything"),
      });

      const rescue = rescueOf(session);
      expect(rescue?.lines).toContain("nimble/b job_2 done");
      expect(rescue?.fileName).toBe(`jobwright-rescue-${session.run}.json`);
      allFull = false;
      broken = false;
      if (rescue === undefined) throw new Error("no rescue");
      const path = await writeRescue(rescue, "/project", { disk: full, random: seeded(3) });
      expect(JSON.parse(disk.text(path ?? ""))).toMatchObject({
        formatVersion: 1,
        run: session.run,
        lineage: session.state.lineage,
        entries: [{ seq: b.seq, kind: "done", change: { address: "nimble/b", job: { id: "job_2" } } }],
      });
      // What was acknowledged is there, what was not stays open for the next run to look up.
      const next = createFileStore(fileOptions(disk, { random: seeded(4) }));
      const state = await next.read();
      expect(state?.jobs["nimble/a"]?.id).toBe("job_1");
    });
  }

  it("is made up for at the end where a new file can be written: then nothing is missing", async () => {
    const disk = createMemoryDisk();
    let broken = false;
    const full = failing(disk, (call) => (broken && call.name === "datasync" ? "EIO" : undefined));
    const session = await createFileStore(fileOptions(full)).open(opening());
    const [a] = await session.intend([wanted("a")]);
    if (a === undefined) throw new Error("no intent");
    broken = true;
    await expect(session.settle([done(a, "job_1")])).rejects.toMatchObject({ code: "JW4007" });
    await expect(session.change([{ kind: "remove", address: "nimble/x" }])).rejects.toMatchObject({ code: "JW4007" });
    expect(session.unrecorded).toHaveLength(2);
    await session.close();
    expect(session.unrecorded).toEqual([]);
    expect(rescueOf(session)).toBeUndefined();
    const state = await createFileStore(fileOptions(disk)).read();
    expect(state?.jobs["nimble/a"]?.id).toBe("job_1");
    expect(state?.open).toEqual([]);
  });

  it("tells of rescues what they are about, and cannot be made worse by a file in the way", async () => {
    const session = {
      run: "r1",
      state: (await createFileStore(fileOptions(createMemoryDisk())).open(opening())).state,
      unrecorded: [
        { seq: 1, kind: "done", change: { kind: "remove", address: "blaxel/gone" } },
        { kind: "put", address: "nimble/adopted", job: jobState("job_9") },
        { kind: "applied", digest: "sha256:1" },
      ],
    } as const;
    const rescue = rescueOf({ ...session, intend: never, settle: never, change: never, check: never, close: never });
    expect(rescue?.lines.slice(1, 3)).toEqual(["blaxel/gone - deleted", "nimble/adopted job_9 done"]);
    if (rescue === undefined) throw new Error("no rescue");
    const disk = createMemoryDisk();
    disk.put("/project/jobwright-rescue-r1.json", "kept");
    const path = await writeRescue(rescue, "/project", { disk, random: seeded(1) });
    expect(path).toMatch(/^\/project\/jobwright-rescue-r1\.json\.[0-9a-f]{6}$/);
    expect(disk.text("/project/jobwright-rescue-r1.json")).toBe("kept");
    expect(await writeRescue(rescue, "/nowhere", { disk, random: seeded(1) })).toBeUndefined();
  });
});

function never(): never {
  throw new Error("not called");
}
