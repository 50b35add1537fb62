import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/io.ts";
import type { State } from "../../src/model/state.ts";
import { nodeDisk } from "../../src/state/disk.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { nodeHost } from "../../src/state/host.ts";
import type { CliRun, RunningCli } from "../support/cli.ts";
import { type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";
import { converge } from "./converge.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Seven seconds are promised; a busy machine gets some more to start and end processes in. */
const GONE_MS = 7_000;
const SLACK_MS = 8_000;

async function project(...names: readonly string[]): Promise<CliProject> {
  const made = await cliProject(Object.fromEntries(names.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name)])));
  onTestFinished(() => made.close());
  return made;
}

/** Sends a signal and waits for the end of the process; throws where that takes too long. */
async function stopped(
  { child, ended }: RunningCli,
  signal: NodeJS.Signals,
): Promise<CliRun & { readonly ms: number }> {
  const from = performance.now();
  child.kill(signal);
  const [, run] = await Promise.all([once(child, "exit"), ended]);
  const ms = Math.round(performance.now() - from);
  expect(child.signalCode, run.stderr).toBeNull();
  expect(ms).toBeLessThan(GONE_MS + SLACK_MS);
  return { ...run, ms };
}

function stateOf(place: CliProject): State {
  return JSON.parse(place.read(".jobwright/state.json")) as State;
}

describe.each(SIGNALS)("%s", (signal) => {
  it("while it reads what is live", async () => {
    const place = await project("a");
    for (const command of [["plan"], ["drift"], ["apply", "-y"]]) {
      const asked = deferred();
      place.sandbox.faults.set([{ path: "/v1/jobs", fault: "hang", before: () => asked.resolve(undefined) }]);
      const run = place.start(...command);
      await asked.promise;
      const { code, stderr, ms } = await stopped(run, signal);
      expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringContaining(`${signal}: `) });
      expect(ms).toBeLessThan(GONE_MS);
    }
    expect(place.sandbox.log.writes()).toEqual([]);
    place.sandbox.faults.clear();
    expect(await converge(place.path, place.env)).toBe(1);
  });

  it("while it waits for the lock", async () => {
    const place = await project("a");
    const store = createFileStore({
      ...{ directory: `${place.path}/.jobwright`, environment: "", disk: nodeDisk, host: nodeHost },
      ...{ clock: systemClock, random: Math.random },
    });
    const session = await store.open({
      ...{ holder: "ada", command: "apply", lockTimeoutMs: 0, message: "", environment: "" },
    });
    const run = place.start("apply", "-y", "--lock-timeout", "5m");
    await run.saw(/waiting .* for the lock .* ada/);
    expect(await stopped(run, signal)).toMatchObject({ code: 130 });
    expect(place.sandbox.log.entries).toEqual([]);
    await session.check();
    await session.close();
  });

  it("while it waits because a platform asked it to", async () => {
    const place = await project("a");
    place.sandbox.faults.add({ method: "POST", fault: { rateLimited: { retryAfter: 50 } } });
    const run = place.start("apply", "-y");
    await run.saw(/nimble: limited by the platform, resumes in 50 s/);
    const { code } = await stopped(run, signal);
    expect(code).toBe(130);
    expect(place.sandbox.data.nimble.count()).toBe(0);
    expect(stateOf(place)).toMatchObject({ jobs: {}, open: [] });
  });

  it("while it writes: what is under way is finished and recorded, nothing else is begun", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `job-${i}`);
    const place = await project(...names);
    let run: RunningCli | undefined;
    let begun = 0;
    place.sandbox.faults.add({
      ...{ method: "POST", path: "/v1/jobs", fault: { delayMs: 300 } },
      before: () => {
        begun += 1;
        if (begun === 3) run?.child.kill(signal);
      },
    });
    run = place.start("apply", "-y", "--json");
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    const made = place.sandbox.data.nimble.all().map((job) => [`nimble/${job.name}`, job.id]);
    expect(made.length).toBeGreaterThanOrEqual(3);
    expect(made.length).toBeLessThan(names.length);
    const state = stateOf(place);
    expect(
      Object.entries(state.jobs)
        .map(([address, { id }]) => [address, id])
        .sort(),
    ).toEqual(made.sort());
    expect(state.open).toEqual([]);
    const { actions } = JSON.parse(stdout) as { actions: { result: { status: string; reason?: string } }[] };
    const skipped = actions.filter(({ result }) => result.status === "skipped");
    expect(skipped).toHaveLength(names.length - made.length);
    for (const { result } of skipped) expect(result.reason).toBe("interrupted");
  });
});

describe("a write that gets no answer", () => {
  it("is left undecided by each signal, and the process is gone in time", { timeout: 60_000 }, async () => {
    const places = await Promise.all(SIGNALS.map(() => project("a", "b")));
    // What is under way gets some seconds: all three at the same time.
    const told = await Promise.all(places.map((place, i) => leftUndecided(place, SIGNALS[i] ?? "SIGINT")));
    console.log(`with a write that gets no answer: ${told.join(", ")}`);
  });

  async function leftUndecided(place: CliProject, signal: NodeJS.Signals): Promise<string> {
    const asked = deferred();
    const fault = { hang: { commit: true } };
    place.sandbox.faults.add({ method: "POST", fault, times: 1, before: () => asked.resolve(undefined) });
    const run = place.start("apply", "-y");
    await asked.promise;
    const { code, ms } = await stopped(run, signal);
    expect(code).toBe(130);
    expect(stateOf(place).open.length).toBe(1);
    const env = { ...place.env, JOBWRIGHT_CREATE_SETTLE: "1s" };
    expect(await converge(place.path, env)).toBe(1);
    expect(
      place.sandbox.data.nimble
        .all()
        .map((job) => job.name)
        .sort(),
    ).toEqual(["a", "b"]);
    return `${signal} gone after ${ms} ms`;
  }
});

describe("a second signal", () => {
  it("ends it at once; the next run picks up", async () => {
    const place = await project("a");
    const asked = deferred();
    place.sandbox.faults.add({ method: "POST", fault: "hang", times: 1, before: () => asked.resolve(undefined) });
    const run = place.start("apply", "-y");
    await asked.promise;
    run.child.kill("SIGTERM");
    await run.saw(/once more stops at once/);
    const { code } = await stopped(run, "SIGTERM");
    expect(code).toBe(130);
    expect(await converge(place.path, { ...place.env, JOBWRIGHT_CREATE_SETTLE: "500ms" })).toBe(1);
    expect(place.sandbox.data.nimble.count()).toBe(1);
  });
});

describe("at the prompt", () => {
  const terminal = existsSync("/usr/bin/script");

  /** Starts an apply on a terminal and does something when it asks; how it ended. */
  async function asked(then: (terminal: ChildProcessWithoutNullStreams) => void) {
    const place = await project("a");
    const command = `exec '${process.execPath}' '${ROOT}build/cli.js' apply`;
    const { PATH = "" } = process.env;
    const child = spawn("/usr/bin/script", ["-qefc", command, "/dev/null"], {
      ...{ cwd: place.path, env: { PATH, TERM: "xterm", ...place.env }, stdio: "pipe" },
    });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const before = shown;
      shown += text;
      if (/taken for yes: /.test(shown) && !/taken for yes: /.test(before)) then(child);
    });
    const [code] = await once(child, "exit");
    expect(shown).not.toContain("JW5000");
    expect(place.sandbox.log.writes()).toEqual([]);
    expect((await place.run("state", "unlock")).stdout).toContain("Nobody holds the lock");
    return { code, shown };
  }

  it.skipIf(!terminal).each([
    ["Ctrl-C", "\u0003", 130],
    ["Ctrl-D", "\u0004", 1],
    ["no", "no\r", 1],
  ])("%s ends it, nothing is sent, the lock is free", async (_name, keys, expected) => {
    const { code, shown } = await asked(({ stdin }) => stdin.write(keys));
    expect(code, shown).toBe(expected);
  });

  it.skipIf(!terminal).each(SIGNALS)("%s ends it, nothing is sent, the lock is free", async (signal) => {
    const { code, shown } = await asked(({ pid }) => {
      // The only child of the terminal is the program.
      const [program] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
      process.kill(Number(program), signal);
    });
    expect(code, shown).toBe(130);
  });
});

function deferred(): { readonly promise: Promise<unknown>; resolve(value: unknown): void } {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve: (value) => resolve(value) };
}
