import { spawn } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/state/disk.ts";
import { nodeHost } from "../../src/state/host.ts";
import { openStateStore } from "../../src/state/index.ts";
import { jobState, opening } from "./support/builders.ts";
import { createTestClock, seeded } from "./support/world.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "jobwright-state-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function open(store: "none" | "file" | "git", environment = "", seed = 1) {
  const state = { store, ref: "refs/jobwright/state", remote: "origin" };
  const runtime = { env: {}, clock: createTestClock(), random: seeded(seed), log: () => {} };
  return openStateStore({ root, environment, state }, { ...runtime, signal: new AbortController().signal });
}
const put = (name: string) => ({ kind: "put", address: `nimble/${name}`, job: jobState(`job_${name}`) }) as const;

describe("a state on the real disk", () => {
  it("is made with its folder, kept out of Git, readable by its owner only", async () => {
    const store = open("file");
    expect(await store.read()).toBeUndefined();
    expect(readdirSync(root)).toEqual([]);
    const session = await store.open(opening());
    await session.change([put("a")]);
    await session.close();
    const folder = join(root, ".jobwright");
    expect(readdirSync(folder).sort()).toEqual([".gitignore", "journal.jsonl", "lock", "state.json"]);
    expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("*\n");
    for (const name of ["state.json", "journal.jsonl"]) expect(lstatSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect((await open("file").read())?.jobs["nimble/a"]?.id).toBe("job_a");
  });

  it("leaves a .gitignore alone that somebody removed to commit the state", async () => {
    await (await open("file").open(opening())).close();
    rmSync(join(root, ".jobwright", ".gitignore"));
    await (await open("file", "", 2).open(opening())).close();
    expect(readdirSync(join(root, ".jobwright"))).not.toContain(".gitignore");
  });

  it("keeps each environment's apart", async () => {
    for (const environment of ["", "prod", "dev"]) {
      const session = await open("file", environment).open(opening({ environment }));
      await session.change([put(`in-${environment}`)]);
      await session.close();
    }
    expect(readdirSync(join(root, ".jobwright"))).toEqual(
      expect.arrayContaining(["state.json", "state.prod.json", "journal.dev.jsonl", "lock.dev"]),
    );
    expect(Object.keys((await open("file", "prod").read())?.jobs ?? {})).toEqual(["nimble/in-prod"]);
  });

  it("A70 writes through links, to the folder and to the file", async () => {
    mkdirSync(join(root, "elsewhere"));
    symlinkSync(join(root, "elsewhere"), join(root, ".jobwright"));
    await (await open("file").open(opening())).close();
    const real = join(root, "moved.json");
    writeFileSync(real, readFileSync(join(root, "elsewhere", "state.json")));
    rmSync(join(root, "elsewhere", "state.json"));
    symlinkSync(real, join(root, "elsewhere", "state.json"));
    const session = await open("file", "", 2).open(opening());
    await session.change([put("a")]);
    await session.close();
    expect(lstatSync(join(root, "elsewhere", "state.json")).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(real, "utf8")).jobs).toHaveProperty(["nimble/a"]);
  });

  it("says what is wrong with its folder", async () => {
    writeFileSync(join(root, ".jobwright"), "a file");
    await expect(open("file").read()).rejects.toMatchObject({ code: "JW4000" });
    await expect(open("file").open(opening())).rejects.toMatchObject({ code: "JW4006" });
  });

  it("makes no second file of a name, and answers the system's codes", async () => {
    const path = join(root, "x");
    const file = await nodeDisk.create(path, 0o600);
    await file.write(new TextEncoder().encode("one "));
    await file.write(new TextEncoder().encode("two"));
    await file.datasync();
    await file.sync();
    await file.close();
    expect(readFileSync(path, "utf8")).toBe("one two");
    await expect(nodeDisk.create(path, 0o600)).rejects.toMatchObject({ code: "EEXIST" });
    await nodeDisk.link(path, `${path}2`);
    await expect(nodeDisk.link(path, `${path}2`)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(nodeDisk.lstat(join(root, "none"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(await nodeDisk.lstat(path)).toEqual({ kind: "file", size: 7 });
    expect((await nodeDisk.lstat(root)).kind).toBe("directory");
    await nodeDisk.syncDirectory(root);
  });
});

describe("no state at all", () => {
  it("remembers for as long as the session", async () => {
    const store = open("none");
    expect(await store.read()).toBeUndefined();
    const session = await store.open(opening());
    const [intent] = await session.intend([
      { address: "nimble/a", target: "nimble", action: "create", name: "a", apiVersion: "nimbleway.com/v1" },
    ]);
    expect(intent).toMatchObject({ seq: 1, run: session.run });
    await session.change([put("b")]);
    await session.check();
    expect(Object.keys(session.state.jobs)).toEqual(["nimble/b"]);
    await session.close();
    await session.close();
    await expect(session.change([put("c")])).rejects.toThrow("closed");
    expect(readdirSync(root)).toEqual([]);
    expect(await store.lockStatus()).toMatchObject({ held: false });
  });
});

describe("this machine", () => {
  it("tells its own process from one that is gone", async () => {
    expect(await nodeHost.alive(process.pid)).toBe(true);
    const child = spawn(process.execPath, ["-e", ""]);
    const pid = child.pid ?? 0;
    await new Promise((resolve) => child.on("exit", resolve));
    expect(await nodeHost.alive(pid)).toBe(false);
    expect(await nodeHost.startedAt(pid)).toBeUndefined();
    expect(await nodeHost.startedAt(process.pid)).toBe(await nodeHost.startedAt(process.pid));
    if (process.platform === "linux") expect(await nodeHost.boot()).toMatch(/^[0-9a-f-]{36}\/pid:\[\d+\]$/);
  });
});
