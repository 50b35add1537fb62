import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { emptyState } from "../../src/state/changes.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { encodeState, parseState } from "../../src/state/state-format.ts";
import { done, fileOptions, jobState, opening, wanted } from "./support/builders.ts";
import { createMemoryDisk } from "./support/memory-disk.ts";
import { seeded } from "./support/world.ts";

const schema = JSON.parse(readFileSync(new URL("../../schemas/state.schema.json", import.meta.url), "utf8"));
const valid = new Ajv({ strict: true }).compile(schema);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const STATE = "/project/.jobwright/state.json";

describe("the state's format", () => {
  it("is what the schema says, for all that a store writes", async () => {
    const disk = createMemoryDisk();
    const store = createFileStore(fileOptions(disk));
    const first = await store.open(opening());
    expect(valid(JSON.parse(disk.text(STATE))), JSON.stringify(valid.errors)).toBe(true);
    const intents = await first.intend([wanted("a"), wanted("b"), wanted("c")]);
    await first.settle(intents.slice(0, 1).map((intent) => done(intent, "job_1")));
    const full = jobState("x", {
      createdAt: "2026-01-01T00:00:00Z",
      updatedAt: "2026-01-01T00:00:00Z",
      file: "jobs/x.yaml",
      doomed: [{ id: "old", createdAt: "2025-01-01T00:00:00Z" }, { id: "older" }],
      hold: { until: "2027-01-01", reason: "r" },
      unverified: { "/spec/x": "scrypt:00" },
    });
    await first.change([
      { kind: "put", address: "blaxel/x", job: full },
      { kind: "targets", targets: { blaxel: { provider: "blaxel", origin: "https://b.invalid", workspace: "w" } } },
      { kind: "applied", digest: "sha256:0" },
    ]);
    await first.close();
    const written = JSON.parse(disk.text(STATE));
    expect(valid(written), JSON.stringify(valid.errors)).toBe(true);
    expect(written.open).toHaveLength(2);
    expect(await store.read()).toEqual(first.state);
  });

  it("is stable: sorted, a job a line", () => {
    const base = emptyState({ lineage: "aa", salt: "bb", environment: "" });
    const job = jobState("1");
    const one = encodeState({ state: { ...base, jobs: { "n/b": job, "n/a": job } }, lastSeq: 3 });
    expect(one).toBe(encodeState({ state: { ...base, jobs: { "n/a": job, "n/b": job } }, lastSeq: 3 }));
    expect(one.split("\n").filter((line) => line.startsWith('    "n/'))).toHaveLength(2);
    expect(parseState(encode(one), "s", "").lastSeq).toBe(3);
    expect(JSON.parse(encodeState({ state: base, lastSeq: 0 })).jobs).toEqual({});
  });

  it("A66 keeps fields of a later minor version, at every level that is not rewritten", async () => {
    const disk = createMemoryDisk();
    const store = createFileStore(fileOptions(disk));
    const first = await store.open(opening());
    await first.change([{ kind: "put", address: "nimble/a", job: jobState("job_a") }]);
    await first.intend([wanted("b")]);
    await first.close();
    const edited = JSON.parse(disk.text(STATE));
    edited.later = { deep: [1] };
    edited.jobs["nimble/a"].later = true;
    edited.open[0].later = "x";
    disk.put(STATE, JSON.stringify(edited));
    const session = await createFileStore(fileOptions(disk, { random: seeded(2) })).open(opening());
    await session.change([{ kind: "put", address: "nimble/c", job: jobState("job_c") }]);
    await session.close();
    const written = JSON.parse(disk.text(STATE));
    expect(written.later).toEqual({ deep: [1] });
    expect(written.jobs["nimble/a"].later).toBe(true);
    expect(written.open[0].later).toBe("x");
    expect(written.jobs).toHaveProperty(["nimble/c"]);
  });

  it("never quotes what it cannot read", () => {
    for (const text of ['{"formatVersion":1,"secret":"hunter22"', '{"lineage":"hunter22"}', '"hunter22"']) {
      expect(() => parseState(encode(text), "state.json", "")).toThrow(/^(?!.*hunter22)/s);
    }
  });
});
