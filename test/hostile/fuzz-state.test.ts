import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JobwrightError } from "../../src/errors.ts";
import type { State } from "../../src/model/state.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import {
  encodeLine,
  type JournalHeader,
  JournalProblem,
  type JournalRecord,
  parseJournal,
} from "../../src/state/journal-format.ts";
import { describeHolder, type LockRecord, lockText, parseLock, patience } from "../../src/state/lock-record.ts";
import { encodeState, parseState } from "../../src/state/state-format.ts";
import { done, fileOptions, jobState, opening, wanted } from "../state/support/builders.ts";
import { createMemoryDisk, type MemoryDisk } from "../state/support/memory-disk.ts";
import { createMachine, createTestClock, seeded } from "../state/support/world.ts";
import { mutated } from "./mutate.ts";

const STATE = "/project/.jobwright/state.json";
const JOURNAL = "/project/.jobwright/journal.jsonl";
const machine = createMachine("desk");
machine.kill(1);

/** A disk on which a killed process left a state with two jobs, and a journal of four entries. */
async function left(): Promise<MemoryDisk> {
  const disk = createMemoryDisk();
  const first = await createFileStore(fileOptions(disk)).open(opening());
  await first.change([
    { kind: "targets", targets: { nimble: { provider: "nimble", origin: "https://sdk.nimbleway.com" } } },
    { kind: "put", address: "nimble/old", job: jobState("job_old", { protect: true, file: "jobs/old.yaml" }) },
    { kind: "put", address: "nimble/ä", job: jobState("job_2", { unverified: { "/spec/x": "hmac:aa" } }) },
  ]);
  await first.close();
  const killed = await createFileStore(fileOptions(disk, { random: seeded(5) })).open(opening());
  const [intent] = await killed.intend([wanted("a"), wanted("b")]);
  if (intent !== undefined) await killed.settle([done(intent, "job_a")]);
  await killed.change([{ kind: "put", address: "nimble/c", job: jobState("job_c") }]);
  return disk.afterCrash("kill");
}

const disk = await left();
const whole = (await createFileStore(fileOptions(disk)).read()) as State;
const SAMPLES = { state: disk.text(STATE), journal: disk.text(JOURNAL) };
const records = parseJournal(Buffer.from(SAMPLES.journal)).records;

/** Runs, and answers what a typed failure says; anything else is thrown on. */
function failureOf(kind: typeof JobwrightError | typeof JournalProblem, work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof kind) return error.message;
    throw error;
  }
}

/** As JSON has it: there is one zero only. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** What is told of a file: one line that has an end. */
function wellTold(message: string): void {
  expect(message).toMatch(/^[^\x00-\x1f\x7f-\x9f]{1,1000}$/);
}

describe("whatever became of a state", () => {
  it("it is what its JSON says, or an error: never another one, and never an empty one", () => {
    fc.assert(
      fc.property(mutated([SAMPLES.state, '{"formatVersion":2,"jobs":{}}']), (bytes) => {
        const message = failureOf(JobwrightError, () => {
          const { state, lastSeq } = parseState(bytes, "state.json", "");
          const raw = JSON.parse(Buffer.from(bytes).toString("utf8"));
          expect(plain({ lastSeq, ...state })).toEqual(plain({ lastSeq: 0, ...raw }));
          // It can be written again, and says the same then.
          const again = parseState(Buffer.from(encodeState({ state, lastSeq })), "x", "");
          expect(again).toEqual(plain({ state, lastSeq }));
        });
        if (message !== undefined) wellTold(message);
      }),
      { numRuns: 1500 },
    );
  });
});

describe("whatever became of a journal", () => {
  const other = SAMPLES.journal.replaceAll("a", "b");

  it("what is read of it are its first entries as they were written, or it is an error", () => {
    fc.assert(
      fc.property(mutated([SAMPLES.journal, other]), (bytes) => {
        const message = failureOf(JournalProblem, () => {
          const { records: read } = parseJournal(bytes);
          expect(read).toEqual(records.slice(0, read.length));
        });
        if (message !== undefined) wellTold(message);
      }),
      { numRuns: 1500 },
    );
  });

  it("entries with right checksums that say something else are an error, or what they say", async () => {
    const [first] = SAMPLES.journal.split("\n");
    const header = JSON.parse(first ?? "") as JournalHeader;
    const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...records.map(({ kind }) => kind)));
    const field = fc.constantFrom("v", "kind", "seq", "run", "lineage", "generation", "intent", "change", "settlement");
    await fc.assert(
      fc.asyncProperty(fc.nat(records.length - 1), field, odd, async (at, key, value) => {
        const lines = records.map((record, index) => (index === at ? { ...record, [key]: value } : record));
        const text = [header, ...lines].map((line) => encodeLine(line as JournalRecord)).join("");
        const read = createMemoryDisk();
        read.putDirectory("/project/.jobwright");
        read.put(STATE, SAMPLES.state);
        read.put(JOURNAL, text);
        const error = await createFileStore(fileOptions(read))
          .read()
          .then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
        if (error !== undefined) expect(error).toMatchObject({ reason: "storage", name: "JobwrightError" });
      }),
      { numRuns: 300 },
    );
  });
});

describe("a store with what became of its files", () => {
  it("reads what they say, or fails and leaves every byte", async () => {
    const damaged = fc.oneof(
      mutated([SAMPLES.state]).map((state) => ({ state, journal: SAMPLES.journal })),
      mutated([SAMPLES.journal]).map((journal) => ({ state: SAMPLES.state, journal: Buffer.from(journal) })),
    );
    await fc.assert(
      fc.asyncProperty(damaged, async (files) => {
        const now = createMemoryDisk();
        now.putDirectory("/project/.jobwright");
        now.put(STATE, files.state);
        now.put(JOURNAL, files.journal);
        const before = now.dump();
        const host = machine.process(2);
        const store = createFileStore(fileOptions(now, { host, random: seeded(2) }));
        const read = await store.read().catch((error: unknown) => error);
        expect(now.dump()).toEqual(before);
        const session = await store.open(opening()).catch((error: unknown) => error);
        if (read instanceof Error) {
          expect(read).toMatchObject({ reason: "storage" });
          wellTold(read.message);
          expect(session).toMatchObject({ message: read.message });
          const kept = ([path]: readonly [string, string]): boolean => /(state|journal)\.jsonl?$/.test(path);
          expect(Object.entries(now.dump()).filter(kept)).toEqual(Object.entries(before).filter(kept));
          return;
        }
        // The journal's end may be torn: what is left are its first entries.
        const state = read as State;
        if (files.state === SAMPLES.state) expect(state.serial).toBeLessThanOrEqual(whole.serial);
        const { jobs } = JSON.parse(Buffer.from(files.state).toString("utf8")) as State;
        expect(Object.keys(state.jobs)).toEqual(expect.arrayContaining(Object.keys(jobs)));
        expect(session).not.toBeInstanceOf(Error);
        await (session as { close(): Promise<void> }).close();
      }),
      { numRuns: 200 },
    );
  });
});

describe("whatever became of a lock", () => {
  const held: LockRecord = {
    ...{ kind: "held", beat: 3, run: "ab12", holder: "ada@desk", command: "apply", runUrl: "https://ci.example/1" },
    ...{ since: "2026-01-01T00:00:00Z", host: "desk", boot: "b1", pid: 42, started: "s1", leaseMs: 30_000 },
  };

  it("it is a record of the right form, or unreadable; and nobody waits for ever", () => {
    const samples = [lockText(held), lockText({ kind: "released", at: "2026-01-01T00:00:00Z" })];
    const timing = { leaseMs: 30_000, heartbeatMs: 10_000, pollMs: 250 };
    fc.assert(
      fc.property(mutated(samples), fc.constantFrom("alive", "dead", "unknown"), (bytes, verdict) => {
        const record = parseLock(Buffer.from(bytes).toString("utf8"));
        const holder = record?.kind === "held" ? record : undefined;
        wellTold(describeHolder(holder));
        const wait = patience(verdict, holder, timing);
        expect(wait).toBeGreaterThanOrEqual(timing.leaseMs);
        expect(wait).toBeLessThanOrEqual(4 * 600_000);
        if (holder !== undefined)
          expect([typeof holder.run, Number.isSafeInteger(holder.pid)]).toEqual(["string", true]);
      }),
      { numRuns: 1500 },
    );
  });

  it("a file in its place is taken over when the lease is over, never at once", async () => {
    await fc.assert(
      fc.asyncProperty(mutated([lockText(held)]), async (bytes) => {
        const now = createMemoryDisk();
        now.putDirectory("/project/.jobwright");
        now.putDirectory("/project/.jobwright/lock");
        now.put("/project/.jobwright/lock/1", bytes);
        const clock = createTestClock();
        const store = createFileStore(fileOptions(now, { clock, host: machine.process(2), random: seeded(3) }));
        const record = parseLock(Buffer.from(bytes).toString("utf8"));
        const opened = store.open(opening({ lockTimeoutMs: 3_000_000 }));
        const session = await clock.drive(opened);
        if (record?.kind !== "released") expect(clock.monotonic()).toBeGreaterThanOrEqual(30_000);
        await clock.drive(session.close());
      }),
      { numRuns: 60 },
    );
  });
});
