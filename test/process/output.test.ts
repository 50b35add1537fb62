import { closeSync, openSync } from "node:fs";
import type { Readable } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import type { State } from "../../src/model/state.ts";
import { jobwright, startJobwright } from "../support/cli.ts";
import { type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

async function project(count = 3, more = ""): Promise<CliProject> {
  const names = Array.from({ length: count }, (_, i) => `job-${i}`);
  const files = names.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name, undefined, more)]);
  const made = await cliProject(Object.fromEntries(files));
  onTestFinished(() => made.close());
  return made;
}

const at = ({ path, env }: CliProject) => ({ cwd: path, env });

/** Throws unless all that was declared is live and recorded. */
function allDone(place: CliProject, count = 3): void {
  expect(place.sandbox.data.nimble.count()).toBe(count);
  const { jobs, open } = JSON.parse(place.read(".jobwright/state.json")) as State;
  expect(Object.keys(jobs)).toHaveLength(count);
  expect(open).toEqual([]);
}

describe("stdout on a full disk", () => {
  it.each([
    ["plan"],
    ["plan --json"],
    ["status --json"],
    ["drift --json"],
  ])("R46 %s: exit 1, and told", async (command) => {
    const place = await project();
    const full = openSync("/dev/full", "w");
    onTestFinished(() => closeSync(full));
    const { code, stderr } = await jobwright(command.split(" "), { ...at(place), stdout: full });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("could not be written") });
  });

  it.each([["apply -y"], ["apply -y --json"]])("R46 %s does and records all of it, and exits 1", async (command) => {
    const place = await project();
    const full = openSync("/dev/full", "w");
    onTestFinished(() => closeSync(full));
    const { code, stderr } = await jobwright(command.split(" "), { ...at(place), stdout: full });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("could not be written") });
    allDone(place);
  });
});

describe("a reader that goes away", () => {
  it("R46 from stdout before anything was done (| head -1) stops neither the work nor its recording", async () => {
    const place = await project();
    const run = startJobwright(["apply", "-y"], at(place));
    run.child.stdout?.destroy();
    const { code, stderr } = await run.ended;
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("could not be written") });
    allDone(place);
  });

  it("from stderr, and from both, neither", async () => {
    for (const streams of [["stderr"], ["stdout", "stderr"]] as const) {
      const place = await project();
      const run = startJobwright(["-v", "apply", "-y"], at(place));
      for (const stream of streams) run.child[stream]?.destroy();
      const { code } = await run.ended;
      expect(code).toBe(streams.length === 1 ? 0 : 1);
      allDone(place);
    }
  });
});

describe("a report on a full disk", () => {
  it("ends a plan with exit 1, naming the file", async () => {
    const place = await project();
    for (const flag of ["--markdown", "--html"]) {
      const { code, stderr } = await place.run("plan", flag, "/dev/full");
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("/dev/full cannot be written"),
      });
    }
  });
});

/** A pipe holds 64 KiB: the process has to wait for this reader again and again. */
function readSlowly(stream: Readable | null): void {
  stream?.on("data", () => {
    stream.pause();
    setTimeout(() => stream.resume(), 1);
  });
}

describe("a slow reader", () => {
  it("of stderr misses no line: a pipe that is full is waited for", async () => {
    const place = await project(1);
    const [files, errors] = [40, 50];
    // Each is an error with lines of its own, and all of them are more than a pipe holds.
    for (let file = 0; file < files; file++) {
      const many = Array.from({ length: errors }, (_, i) => `  nonsense_${file}_${i}: 1\n`).join("");
      place.write(`jobs/many-${file}.yaml`, nimbleManifest(`many-${file}`, undefined, many));
    }
    const run = startJobwright(["plan"], at(place));
    readSlowly(run.child.stderr);
    const { stderr, code } = await run.ended;
    expect(code).toBe(1);
    expect(stderr.length).toBeGreaterThan(200_000);
    const named = new Set(stderr.match(/nonsense_\d+_\d+(?=\W)/g));
    expect(named.size).toBe(files * errors);
    expect(stderr).toMatch(/Fix what is listed and run again\.\n$/);
  });

  it("A84 gets 20 MB of JSON whole, and the exit code is right", { timeout: 120_000 }, async () => {
    const count = 80;
    const place = await project(count, `  description: ${"x".repeat(128 * 1024)}\n`);
    const run = startJobwright(["plan", "--json", "--detailed-exitcode"], at(place));
    readSlowly(run.child.stdout);
    const { stdout, code } = await run.ended;
    expect(code).toBe(2);
    expect(stdout.length).toBeGreaterThan(20_000_000);
    expect(onlyJson<{ actions: readonly object[] }>({ stdout, code, stderr: "" }).actions).toHaveLength(count);
  });
});
