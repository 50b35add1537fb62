import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FaultRule } from "../../src/sandbox/faults.ts";
import type { RunningCli } from "../support/cli.ts";
import { type Estate, startEstate } from "./estate.ts";

/** How long the next run looks for a create, and when the platform finishes one at last. */
const SETTLE = { JOBWRIGHT_CREATE_SETTLE: "2s" };
const LATE_MS = 700;

const WRITES: FaultRule = { method: ["POST", "PUT", "PATCH", "DELETE"] };

let estate: Estate;
/** How many changes and writes an undisturbed apply makes. */
let all: { readonly changes: number; readonly writes: number };
beforeAll(async () => {
  estate = await startEstate();
  estate.reset();
  const { code, stderr } = await estate.start().ended;
  expect(code, stderr).toBe(0);
  estate.check();
  all = { changes: estate.mutations.length, writes: estate.project.sandbox.log.writes().length };
});
beforeEach(() => estate.reset());
afterAll(() => estate.close());

async function killed({ child, ended }: RunningCli, what: string): Promise<void> {
  const { code, stderr } = await ended;
  expect(child.signalCode, `${what}: ended with ${code}: ${stderr}`).toBe("SIGKILL");
}

describe("an apply that is killed (SIGKILL)", () => {
  it("at each change of a live job is taken up by the next run", { timeout: 180_000 }, async () => {
    const { changes } = all;
    expect(changes).toBeGreaterThanOrEqual(11);
    const runs: number[] = [];
    for (let point = 1; point <= changes; point++) {
      estate.reset();
      const run = estate.start();
      estate.onMutation = (_mutation, count) => {
        if (count === point) run.child.kill("SIGKILL");
      };
      await killed(run, `change ${point}`);
      runs.push(await estate.converge());
      estate.check();
    }
    console.log(`killed at ${runs.length} of ${changes} changes; runs needed: at most ${Math.max(...runs)}`);
    expect(Math.max(...runs)).toBe(1);
  });

  it("at each write before it is handled, which never happens", { timeout: 180_000 }, async () => {
    const { writes } = all;
    for (let point = 1; point <= writes; point++) {
      estate.reset();
      const run = estate.start();
      const before = async (): Promise<void> => {
        run.child.kill("SIGKILL");
        await run.ended;
      };
      estate.project.sandbox.faults.add({ ...WRITES, after: point - 1, times: 1, before, fault: "cutBefore" });
      await killed(run, `write ${point}`);
      estate.project.sandbox.faults.clear();
      await estate.converge();
      estate.check();
    }
    console.log(`killed before ${writes} of ${writes} writes`);
  });

  it("with a create under way that the platform finishes while the next run looks for it", async () => {
    const run = estate.start();
    estate.project.sandbox.faults.add({
      ...{ method: "POST", path: "/v1/jobs", times: 1, fault: { lateCommit: { ms: LATE_MS } } },
      before: () => void run.child.kill("SIGKILL"),
    });
    await killed(run, "the first create");
    await estate.converge(SETTLE);
    estate.check();
  });

  it("and killed again while it is taken up", async () => {
    for (const first of [1, 4, 6]) {
      estate.reset();
      const point = { at: first };
      let run = estate.start();
      estate.onMutation = (_mutation, count) => {
        if (count === point.at) run.child.kill("SIGKILL");
      };
      await killed(run, `change ${first}`);
      point.at = estate.mutations.length + 1;
      run = estate.start();
      await killed(run, `the second run after change ${first}`);
      await estate.converge();
      estate.check();
    }
  });
});
