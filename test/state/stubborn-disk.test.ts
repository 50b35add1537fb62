import { describe, expect, it } from "vitest";
import { type Disk, type DiskFile, renameOver } from "../../src/state/disk.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { done, fileOptions, opening, wanted } from "./support/builders.ts";
import { createMemoryDisk, diskError } from "./support/memory-disk.ts";
import { createMachine, seeded } from "./support/world.ts";

/** A disk that, as Windows does, neither replaces nor removes a file that is open, whoever opened it. */
function stubborn(disk: Disk): Disk {
  const open = new Map<DiskFile, string>();
  const refuseOpen = (path: string): void => {
    if ([...open.values()].includes(path)) throw diskError("EPERM");
  };
  return {
    ...disk,
    create: async (path, mode) => {
      const file = await disk.create(path, mode);
      open.set(file, path);
      return {
        ...file,
        close: async () => {
          open.delete(file);
          await file.close();
        },
      };
    },
    rename: async (from, to) => {
      refuseOpen(to);
      await disk.rename(from, to);
      // What is open goes by the new name.
      for (const [file, path] of open) if (path === from) open.set(file, to);
    },
    unlink: async (path) => {
      refuseOpen(path);
      await disk.unlink(path);
    },
  };
}

describe("a disk that replaces no open file", () => {
  it.each([
    ["when the journal is folded in at the end", 1 << 20],
    ["when it is folded in after every entry", 1],
  ])("does for a state, %s", async (_when, compactAfterBytes) => {
    const memory = createMemoryDisk();
    const host = createMachine("desk").process(7);
    for (const round of ["a", "b"]) {
      const options = { host, random: seeded(round.charCodeAt(0)), compactAfterBytes };
      const session = await createFileStore(fileOptions(stubborn(memory), options)).open(opening());
      for (const intent of await session.intend([wanted(`one-${round}`), wanted(`two-${round}`)])) {
        await session.settle([done(intent, `job_${intent.name}`)]);
      }
      await session.close();
    }
    const state = await createFileStore(fileOptions(memory, { host })).read();
    expect(Object.keys(state?.jobs ?? {})).toHaveLength(4);
    expect(state?.open).toEqual([]);
  });
});

describe("a rename over a file that somebody else has open", () => {
  const waits: number[] = [];
  const system = (failures: number, code: string, isStubborn: boolean) => {
    let left = failures;
    waits.length = 0;
    return {
      stubborn: isStubborn,
      rename: async () => {
        left -= 1;
        if (left >= 0) throw diskError(code);
      },
      sleep: async (ms: number) => waits.push(ms),
    };
  };

  it.each(["EPERM", "EACCES", "EBUSY"])("waits for them on Windows (%s)", async (code) => {
    await renameOver("a", "b", system(3, code, true));
    expect(waits).toEqual([5, 10, 20]);
  });

  it("does not wait for ever", async () => {
    await expect(renameOver("a", "b", system(99, "EPERM", true))).rejects.toMatchObject({ code: "EPERM" });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(2555);
  });

  it("waits for nothing that does not pass, and not where open files are replaced", async () => {
    await expect(renameOver("a", "b", system(1, "ENOSPC", true))).rejects.toMatchObject({ code: "ENOSPC" });
    await expect(renameOver("a", "b", system(1, "EPERM", false))).rejects.toMatchObject({ code: "EPERM" });
    expect(waits).toEqual([]);
  });
});
