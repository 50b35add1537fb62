import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JobwrightError } from "../../src/errors.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { encodeLine, type JournalHeader, type JournalRecord } from "../../src/state/journal-format.ts";
import { done, fileOptions, jobState, opening, wanted } from "./support/builders.ts";
import { createMemoryDisk, diskError, type MemoryDisk } from "./support/memory-disk.ts";
import { createMachine, seeded } from "./support/world.ts";
import { crashAt, wrapDisk } from "./support/wrapped-disk.ts";

const STATE = "/project/.jobwright/state.json";
const JOURNAL = "/project/.jobwright/journal.jsonl";
const machine = createMachine("desk");
machine.kill(1);

const store = (disk: MemoryDisk, log?: (line: string) => void) =>
  createFileStore(fileOptions(disk, { host: machine.process(2), random: seeded(2), ...(log ? { log } : {}) }));

/** A state with one job, and a journal that a killed process left: two intents, an end of the first, a change. */
async function left(): Promise<MemoryDisk> {
  const disk = createMemoryDisk();
  const first = await createFileStore(fileOptions(disk)).open(opening());
  await first.change([{ kind: "put", address: "nimble/old", job: jobState("job_old") }]);
  await first.close();
  const killed = await createFileStore(fileOptions(disk, { random: seeded(5) })).open(opening());
  const [intent] = await killed.intend([wanted("a"), wanted("b")]);
  if (intent !== undefined) await killed.settle([done(intent, "job_a")]);
  await killed.change([{ kind: "put", address: "nimble/c", job: jobState("job_c") }]);
  return disk.afterCrash("kill");
}

/** Reading and opening fail in the same way, and no byte of state or journal changes. */
async function refused(disk: MemoryDisk, code: string, words: RegExp): Promise<void> {
  const files = () => Object.entries(disk.dump()).filter(([path]) => /(state|journal)\./.test(path));
  const before = files();
  for (const attempt of [store(disk).read(), store(disk).open(opening())]) {
    const error = await attempt.then(
      () => new Error("was accepted"),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code, reason: "storage" });
    expect(error).toBeInstanceOf(JobwrightError);
    expect(error.message).toMatch(words);
    expect(error.hint).toMatch(/Nothing was|Put the state back|nothing was/);
  }
  expect(files()).toEqual(before);
  expect(await store(disk).lockStatus()).toMatchObject({ held: false });
}

describe("a state that cannot be read", () => {
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    ["is empty", "", "JW4001", /empty \(0 bytes\)/],
    ["is half", '{"formatVersion":1,"lineage":"a', "JW4001", /not whole JSON/],
    [
      "has a merge conflict",
      "{\n<<<<<<< HEAD\n}\n=======\n}\n>>>>>>> other\n",
      "JW4001",
      /state\.json:2: .*merge conflict/,
    ],
    ["has a byte order mark", "\ufeff{}", "JW4001", /byte order mark/],
    ["is a list", "[]", "JW4001", /no JSON object/],
    ["is null", "null", "JW4001", /no JSON object/],
    ["lacks everything", "{}", "JW4001", /required/],
    ["is newer", '{"formatVersion":2}', "JW4002", /newer jobwright/],
  ];
  for (const [what, text, code, words] of cases) {
    it(`A64 A66 ${what}: stays as it is`, async () => {
      const disk = await left();
      disk.put(STATE, text);
      await refused(disk, code, words);
    });
  }

  it("A64 has a wrong type deep inside", async () => {
    const disk = await left();
    disk.put(STATE, disk.text(STATE).replace('"protect":false', '"protect":"no"'));
    await refused(disk, "JW4001", /\/jobs\/nimble~1old\/protect must be boolean/);
  });

  it("A69 is of another environment", async () => {
    const disk = await left();
    disk.put(STATE, disk.text(STATE).replace('"environment": ""', '"environment": "dev"'));
    await refused(disk, "JW4003", /environment "dev", not of no environment/);
  });

  it("A64 is not UTF-8", async () => {
    const disk = await left();
    disk.put(STATE, Uint8Array.of(0x7b, 0xff, 0x7d));
    await refused(disk, "JW4001", /not UTF-8/);
  });

  it("A64 is a directory, a link to nowhere, too large, not ours to read", async () => {
    const directory = await left();
    await directory.unlink(STATE);
    directory.putDirectory(STATE);
    await refused(directory, "JW4000", /is a directory/);
    const link = await left();
    await link.unlink(STATE);
    link.putLink(STATE, "/mnt/away/state.json");
    await refused(link, "JW4000", /leads nowhere/);
    const large = wrapDisk(await left(), async (call, make) => {
      const answer = await make();
      return call.name === "lstat" && call.path === STATE ? Object.assign({}, answer, { size: 101 * 2 ** 20 }) : answer;
    });
    await expect(createFileStore(fileOptions(large)).read()).rejects.toThrow(/105906176 bytes, more than/);
    const forbidden = wrapDisk(await left(), async (call, make) => {
      if (call.name === "readFile" && call.path === STATE) throw diskError("EACCES");
      return make();
    });
    await expect(createFileStore(fileOptions(forbidden)).read()).rejects.toThrow(/permission denied \(EACCES\)/);
  });

  it("A65 is missing while its journal is there", async () => {
    const disk = await left();
    await disk.unlink(STATE);
    await refused(disk, "JW4005", /state\.json is missing although its journal/);
  });
});

describe("a journal", () => {
  const lines = (disk: MemoryDisk): string[] => disk.text(JOURNAL).split("\n").slice(0, -1);
  const rewrite = (disk: MemoryDisk, change: (all: string[]) => readonly string[]): MemoryDisk => {
    disk.put(
      JOURNAL,
      change(lines(disk))
        .map((line) => `${line}\n`)
        .join(""),
    );
    return disk;
  };
  const header = (disk: MemoryDisk, change: Partial<JournalHeader>): string => {
    const { crc: _, ...rest } = JSON.parse(lines(disk)[0] ?? "");
    return encodeLine({ ...rest, ...change }).trimEnd();
  };

  it("is replayed in memory by a read, and folded in by the next open", async () => {
    const disk = await left();
    const before = disk.dump();
    const state = await store(disk).read();
    expect(disk.dump()).toEqual(before);
    expect(Object.keys(state?.jobs ?? {}).sort()).toEqual(["nimble/a", "nimble/c", "nimble/old"]);
    expect(state?.open.map((intent) => intent.address)).toEqual(["nimble/b"]);
    const session = await store(disk).open(opening());
    expect(session.state).toEqual(state);
    expect(lines(disk)).toHaveLength(1);
    expect(JSON.parse(disk.text(STATE)).serial).toBe(state?.serial);
    await session.close();
  });

  it("A65 whose last line is torn is cut, kept aside, and told of once", async () => {
    const disk = await left();
    const whole = disk.text(JOURNAL);
    disk.put(JOURNAL, `${whole}{"v":1,"lin`);
    const told: string[] = [];
    const state = await store(disk).read();
    const session = await store(disk, (line) => told.push(line)).open(opening());
    expect(session.state).toEqual(state);
    await session.close();
    expect(disk.text(`${JOURNAL}.torn`)).toBe('{"v":1,"lin');
    expect(told).toEqual([expect.stringMatching(/journal\.jsonl:6: cut off a line/)]);
    await (await store(disk, (line) => told.push(line)).open(opening())).close();
    expect(told).toHaveLength(1);
  });

  it("A65 with nothing but its header, even twice, is fine", async () => {
    for (const copies of [1, 2]) {
      const disk = rewrite(await left(), (all) => Array.from({ length: copies }, () => all[0] ?? ""));
      const session = await store(disk).open(opening());
      expect(Object.keys(session.state.jobs)).toEqual(["nimble/old"]);
      await session.close();
    }
  });

  it("that was in the state already changes nothing, the serial included", async () => {
    const disk = await left();
    const journal = disk.text(JOURNAL);
    await (await store(disk).open(opening())).close();
    const state = await store(disk).read();
    disk.put(JOURNAL, journal);
    expect(await store(disk).read()).toEqual(state);
  });

  it("A65 that is damaged or foreign stops everything, naming the line", async () => {
    const flip = (line: string): string => line.replace("nimble/", "nimbel/");
    await refused(
      rewrite(await left(), (all) => all.map((l, at) => (at === 2 ? flip(l) : l))),
      "JW4004",
      /jsonl:3: .*damaged/,
    );
    await refused(
      rewrite(await left(), (all) => all.toSpliced(2, 1)),
      "JW4004",
      /jsonl:3: entry \d+ is missing/,
    );
    await refused(
      rewrite(await left(), (all) => all.slice(1)),
      "JW4004",
      /jsonl:1: its first line is no header/,
    );
    await refused(
      rewrite(await left(), (all) => all.map((l) => `${l}\r`)),
      "JW4004",
      /jsonl:1: its first line is damaged/,
    );
    const empty = await left();
    empty.put(JOURNAL, "");
    await refused(empty, "JW4004", /jsonl:1: it is empty/);
    for (const [change, words] of [
      [{ lineage: "ff" }, /another state/],
      [{ environment: "prod" }, /another state/],
      [{ serial: 99 }, /an older state was put back/],
      [{ lastSeq: 0 }, /entries between them are missing/],
    ] as const) {
      const disk = await left();
      await refused(
        rewrite(disk, () => [header(disk, change)]),
        "JW4004",
        words,
      );
    }
  });

  it("A66 with entries of a newer version, or with wrong types behind a right checksum, is refused", async () => {
    const disk = await left();
    const { crc: _, ...last } = JSON.parse(lines(disk).at(-1) ?? "") as JournalRecord & { crc: string };
    const replaceLast = async (entry: object) => {
      const other = await left();
      return rewrite(other, (all) => [
        ...all.slice(0, -1),
        encodeLine({ ...last, ...entry } as JournalRecord).trimEnd(),
      ]);
    };
    await refused(await replaceLast({ v: 2 }), "JW4004", /newer jobwright/);
    await refused(await replaceLast({ lineage: "ff" }), "JW4004", /belongs to another state/);
    await refused(await replaceLast({ run: "ff" }), "JW4004", /by another run/);
    await refused(await replaceLast({ kind: "rename" }), "JW4004", /a kind that this version does not know/);
    const change = { kind: "put", address: "nimble/c", job: { id: 7 } };
    await refused(await replaceLast({ change }), "JW4001", /\/jobs\/nimble~1c/);
  });
});

describe("any damage", () => {
  const known = new Set(["nimble/old", "nimble/a", "nimble/b", "nimble/c"]);

  it("of the journal's bytes ends in an error, or in the state as of an earlier entry", async () => {
    const base = await left();
    const journal = new TextEncoder().encode(base.text(JOURNAL));
    const allowed = new Set<string>();
    const whole = base.text(JOURNAL).split("\n").slice(0, -1);
    for (let count = 1; count <= whole.length; count += 1) {
      const prefix = base.afterCrash("kill");
      prefix.put(
        JOURNAL,
        whole
          .slice(0, count)
          .map((line) => `${line}\n`)
          .join(""),
      );
      allowed.add(JSON.stringify(await store(prefix).read()));
    }
    expect(allowed.size).toBe(whole.length);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.record({ kind: fc.constant("cut" as const), at: fc.nat(journal.length - 1) }),
          fc.record({ kind: fc.constant("flip" as const), at: fc.nat(journal.length - 1), bit: fc.nat(7) }),
        ),
        async (damage) => {
          const bytes = damage.kind === "cut" ? journal.slice(0, damage.at) : journal.slice();
          if (damage.kind === "flip") bytes[damage.at] = (bytes[damage.at] ?? 0) ^ (1 << damage.bit);
          const disk = base.afterCrash("kill");
          disk.put(JOURNAL, bytes);
          const outcome = await store(disk)
            .read()
            .catch((error) => error);
          if (outcome instanceof Error) expect(outcome).toMatchObject({ reason: "storage" });
          else expect(allowed.has(JSON.stringify(outcome))).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("of the state's bytes ends in an error, or in a state of the right form", async () => {
    const base = await left();
    const bytes = new TextEncoder().encode(base.text(STATE));
    for (let at = 0; at < bytes.length; at += 1) {
      const cut = base.afterCrash("kill");
      cut.put(STATE, bytes.slice(0, at));
      // The last newline alone may go: what is left is whole.
      if (at < bytes.length - 1)
        await expect(store(cut).read(), `cut at ${at}`).rejects.toMatchObject({ reason: "storage" });
      const flipped = base.afterCrash("kill");
      flipped.put(STATE, bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 8))));
      const outcome = await store(flipped)
        .read()
        .catch((error) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ reason: "storage" });
      else expect(Object.keys(outcome.jobs).length).toBeGreaterThanOrEqual(known.size - 1);
    }
  });
});

describe("leftovers", () => {
  it("of a killed process are swept; other files stay", async () => {
    const disk = createMemoryDisk();
    for (let at = 1; at < 40; at += 1) {
      const mortal = wrapDisk(disk, crashAt(at, "after"));
      const random = seeded(at);
      await createFileStore(fileOptions(mortal, { random }))
        .open(opening())
        .catch(() => {});
    }
    disk.put("/project/.jobwright/sandbox.json", "{}");
    await (await store(disk).open(opening())).close();
    expect([...(await disk.readdir("/project/.jobwright"))].sort()).toEqual([
      ".gitignore",
      "journal.jsonl",
      "lock",
      "sandbox.json",
      "state.json",
    ]);
  });
});
