import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { State } from "../../src/model/state.ts";
import { type Disk, nodeDisk } from "../../src/state/disk.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { nodeHost } from "../../src/state/host.ts";
import { fileOptions } from "../state/support/builders.ts";
import { createMemoryDisk, diskError } from "../state/support/memory-disk.ts";
import { type Call, wrapDisk } from "../state/support/wrapped-disk.ts";
import { nimbleManifest } from "../support/cli-project.ts";
import { quickClock, startEngine } from "../support/engine.ts";
import { nimbleJob } from "../support/jobs.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";
import type { TestShell } from "../support/shell.ts";

const NAMES = ["a", "b", "c", "d", "e"];

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms();
  // One at a time: what is under way when the disk fills is one job.
  platforms.write("jobwright.yaml", "http: { concurrency: 1 }\n");
  for (const name of NAMES) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name));
});
afterEach(() => platforms.close());

/** The real disk, whose calls fail where `fails` says so. */
function failing(fails: (call: Call) => string | undefined): Disk {
  return wrapDisk(nodeDisk, async (call, make) => {
    const code = fails(call);
    if (code !== undefined) throw diskError(code);
    return make();
  });
}

function shellWith(disk: Disk): TestShell {
  return { ...platforms.shell(), disk };
}

const owned = (): readonly (readonly [string, string])[] => {
  const { jobs, open } = JSON.parse(platforms.read(".jobwright/state.json")) as State;
  expect(open).toEqual([]);
  return Object.entries(jobs).map(([address, { id, adopted }]) => [address, `${id}${adopted ? " adopted" : ""}`]);
};

/** The next run, on a disk that is well, finds what was made and makes the rest: nothing twice, nothing adopted. */
async function takenUp(): Promise<void> {
  // Another process: the one that met the full disk is gone, with a lock that it could not give back.
  const host = { ...nodeHost, pid: 1, alive: async (pid: number) => pid === 1 };
  const shell = { ...platforms.shell({ JOBWRIGHT_CREATE_SETTLE: "1ms" }), host };
  expect((await apply(shell, { autoApprove: true })).exitCode).toBe(0);
  const live = platforms.sandbox.data.nimble.all().map((job) => [`nimble/${job.name}`, job.id]);
  expect(live.map(([address]) => address).sort()).toEqual(NAMES.map((name) => `nimble/${name}`));
  expect(owned()).toEqual(live.sort());
  expect((await plan(shell, { detailedExitcode: true })).exitCode).toBe(0);
}

interface Result {
  readonly address: string;
  readonly result: JsonObject;
}

describe("a disk that is full or broken before an apply", () => {
  it.each([
    ["R44 the state's folder cannot be made", { name: "mkdir", path: ".jobwright" }, "EROFS"],
    ["R44 the lock cannot be written", { name: "create", path: "/lock/" }, "ENOSPC"],
    ["R44 the lock's bytes cannot be made durable", { name: "sync", path: "/lock/" }, "EIO"],
    ["R44 the state cannot be written", { name: "write", path: "/.state.json" }, "ENOSPC"],
    ["R44 the state cannot be made durable", { name: "sync", path: "/.state.json" }, "EIO"],
    ["R44 the journal cannot be made durable", { name: "sync", path: "/.journal.jsonl" }, "EIO"],
  ])("%s: exit 1, nothing is sent, file and reason are named", async (_title, where, errno) => {
    const disk = failing(({ name, path }) => (name === where.name && path.includes(where.path) ? errno : undefined));
    const error = await apply(shellWith(disk), { autoApprove: true }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "storage", hint: expect.stringContaining("Nothing was sent.") });
    expect(String(error)).toContain(`(${errno})`);
    expect(String(error)).toContain(".jobwright");
    expect(platforms.sandbox.log.entries).toEqual([]);
    await takenUp();
  });

  it("R44 the intents cannot be made durable: nothing is sent", async () => {
    const disk = failing(({ name, path }) => (name === "datasync" && path.includes("journal") ? "EIO" : undefined));
    await expect(apply(shellWith(disk), { autoApprove: true })).rejects.toMatchObject({ code: "JW4007" });
    expect(platforms.sandbox.log.writes()).toEqual([]);
    await takenUp();
  });
});

describe("a disk that fills up or breaks in the middle of an apply", () => {
  /** The account's identity, the intents, and what came of the first job. */
  const RECORDED = 3;

  /**
   * Fails from the record of the second job on, once the third create has come. The second create is answered when the
   * first is recorded, the third when the second could not be: what is under way then is one job.
   */
  function fromThen(fails: (call: Call) => string | undefined): Disk {
    const [recorded, third, failed] = [deferred(), deferred(), deferred()];
    let syncs = 0;
    // Each passes the first create; the first of them takes the second.
    platforms.sandbox.faults.add({ method: "POST", after: 1, times: 1, before: () => recorded.promise });
    const before = (): Promise<void> => {
      third.resolve();
      return failed.promise;
    };
    platforms.sandbox.faults.add({ method: "POST", after: 1, times: 1, before });
    return wrapDisk(nodeDisk, async (call, make) => {
      const code = syncs >= RECORDED ? fails(call) : undefined;
      if (code !== undefined) {
        await third.promise;
        failed.resolve();
        throw diskError(code);
      }
      const answer = await make();
      if (call.name === "datasync") syncs += 1;
      if (syncs >= RECORDED) recorded.resolve();
      return answer;
    });
  }

  it.each([
    ["R45 the journal cannot be written, nor anything else", ["write", "create"], "ENOSPC"],
    ["R45 the journal cannot be made durable, nor a new file", ["datasync", "sync"], "EIO"],
  ])("%s: nothing new is begun, and what is not recorded is told to be kept", async (_title, names, errno) => {
    const disk = fromThen(({ name }) => (names.includes(name) ? errno : undefined));
    const shell = shellWith(disk);
    const { exitCode, stdout } = await apply(shell, { autoApprove: true, json: true });
    expect(exitCode).toBe(1);
    // The results are told all the same.
    const actions = (JSON.parse(stdout) as { actions: readonly Result[] }).actions;
    expect(actions.map(({ result }) => [result["status"], result["class"]])).toEqual([
      ["applied", "done"],
      ["failed", "done"],
      ["failed", "done"],
      ["skipped", "not-sent"],
      ["skipped", "not-sent"],
    ]);
    for (const { result } of actions.slice(1)) expect(result["reason"]).toBe("storage");
    expect(JSON.stringify(actions[1])).toContain(errno);
    expect(platforms.sandbox.log.writes()).toHaveLength(3);
    const block = shell.lines.slice(shell.lines.findIndex((line) => line.startsWith("--- done but not recorded")));
    expect(block.slice(1, 4)).toEqual(["nimble/b job_2 done", "nimble/c job_3 done", "--- end ---"]);
    expect(shell.lines.join("\n")).toContain(`(${errno})`);
    await takenUp();
  });

  it("R45 the journal cannot be made durable: the next file can, and then nothing is missing", async () => {
    const shell = shellWith(fromThen(({ name }) => (name === "datasync" ? "EIO" : undefined)));
    const { exitCode } = await apply(shell, { autoApprove: true });
    expect(exitCode).toBe(1);
    expect(shell.lines.join("\n")).not.toContain("not recorded");
    expect(Object.keys((JSON.parse(platforms.read(".jobwright/state.json")) as State).jobs)).toEqual([
      "nimble/a",
      "nimble/b",
      "nimble/c",
    ]);
    await takenUp();
  });

  it("R45 only the state's folder is full: what is not recorded is kept in a file beside", async () => {
    const isFull = ({ name, path }: Call): boolean => name === "write" && path.includes("/.jobwright/");
    const shell = shellWith(fromThen((call) => (isFull(call) ? "ENOSPC" : undefined)));
    expect((await apply(shell, { autoApprove: true })).exitCode).toBe(1);
    const [file = ""] = readdirSync(platforms.folder).filter((name) => name.startsWith("jobwright-rescue-"));
    expect(shell.lines.join("\n")).toContain(`It is kept in ${join(platforms.folder, file)}`);
    expect(JSON.parse(readFileSync(join(platforms.folder, file), "utf8"))).toMatchObject({
      entries: [
        { kind: "done", change: { address: "nimble/b", job: { id: "job_2" } } },
        { kind: "done", change: { address: "nimble/c", job: { id: "job_3" } } },
      ],
    });
    await takenUp();
  });

  it("R45 a saved plan tells its results as well", async () => {
    await plan(platforms.shell(), { out: "plan.json" });
    const shell = shellWith(fromThen(({ name }) => (name === "write" || name === "create" ? "ENOSPC" : undefined)));
    const { exitCode, stdout } = await apply(shell, { autoApprove: true, paths: ["plan.json"] });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /nimble\/a: created[\s\S]*nimble\/d: create skipped[\s\S]*nimble\/b: create failed, it happened \(storage\)/,
    );
    await takenUp();
  });
});

describe("a lock that is lost in the middle", () => {
  it("R42 nothing new is sent or saved, and it is said to whom it went; the new holder finds what was made", async () => {
    const jobs = NAMES.map((name) => nimbleJob(name, { agent_name: "shop" }));
    const disk = createMemoryDisk();
    const clock = quickClock();
    const store = createFileStore(fileOptions(disk, { clock }));
    const engine = await startEngine({ clock, store, http: { concurrency: 1 } });
    const plan = await engine.plan(jobs);
    const afterwards = async (): Promise<void> => {
      await store.unlock({ force: true });
      // A look at the lock may be so old.
      clock.pass(25);
    };
    engine.sandbox.faults.add({ method: "POST", after: 1, times: 1, afterwards });
    const { results, storage } = await engine.carryOut(plan, jobs);
    expect(storage).toMatchObject({ code: "JW4011", reason: "lock-lost" });
    expect(engine.sandbox.log.writes()).toHaveLength(2);
    const told = [...results.values()].map(({ status, class: kind, reason }) => `${status} ${kind} ${reason}`);
    expect(told.sort()).toEqual([
      "applied done undefined",
      "failed done lock-lost",
      ...Array.from({ length: 3 }, () => expect.stringMatching(/^(failed|skipped) not-sent lock-lost$/)),
    ]);
    const after = await createFileStore(fileOptions(disk)).read();
    expect(Object.keys(after?.jobs ?? {})).toHaveLength(1);
    expect(after?.open).toHaveLength(4);
    await engine.close();
  });
});

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}
