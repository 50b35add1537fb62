import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadProject } from "../../src/manifest/load.ts";
import { type DesiredJob, splitAddress } from "../../src/model/job.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { nimbleManifest } from "../support/cli-project.ts";
import { blaxelJob, liveJob, liveNimble, nimbleJob, planInput, state, stateOf } from "../support/jobs.ts";
import { temporaryFolder } from "../support/shell.ts";
import { callsOf } from "./calls.ts";

/** Four times the jobs may cost this many times the calls: sorting takes a little more than its share. */
const GROWTH = 4.4;

const spec = { schedule: { cron: "0 6 * * *", enabled: true }, inputs: { type: "s3", file_path: "s3://in" } };

/** Owned jobs, half of each platform; `moved`: every one of them has another description in Git. */
function estate(count: number, moved: boolean) {
  const pairs = Array.from({ length: count }, (_, i) => {
    const description = { description: "old" };
    if (i % 2 === 0) {
      const job = nimbleJob(`job-${i}`, { agent_name: "a", ...spec, ...description });
      return { job, live: liveNimble(i + 1, job.name, job.document.spec as never) };
    }
    const job = blaxelJob(`job-${i}`, { runtime: { memory: 4096, envs: [{ name: "A", value: "1" }] } });
    return { job, live: liveJob(job.name, { ...job.document, status: "DEPLOYED" }) };
  });
  const desired = pairs.map(({ job }) => {
    if (!moved) return job;
    const changed = job.provider === "nimble" ? { description: "new" } : { runtime: { memory: 8192 } };
    return { ...job, document: { ...job.document, spec: { ...job.document.spec, ...changed } } };
  });
  return planInput({
    desired,
    live: new Map(
      (["nimble", "blaxel"] as const).map((p) => [p, pairs.filter(({ job }) => job.target === p).map((x) => x.live)]),
    ),
    state: state(Object.fromEntries(pairs.map(({ job, live }) => [job.address, stateOf(live.id, job)]))),
    flags: { ...planInput({}).flags, maxUpdates: count },
  });
}

/** Calls for each of many jobs, over those for each of a few; and how many those are. */
async function growth(
  work: (count: number) => Promise<number>,
): Promise<{ readonly rate: number; readonly each: number }> {
  // Once for what is made on first use.
  await work(50);
  const [few, many] = [await work(100), await work(400)];
  return { rate: many / few, each: many / 400 };
}

// `each`: a tenth above what it took when this was written. Where a change needs more for a good reason, raise it.
describe("work grows no faster than the estate", () => {
  it("planning where nothing is to do", async () => {
    const { rate, each } = await growth(async (count) => {
      const input = estate(count, false);
      return callsOf(() => expect(makePlan(input).summary.unchanged).toBe(count));
    });
    expect(rate).toBeLessThan(GROWTH);
    expect(each).toBeLessThan(215);
  });

  it("planning a change of every job", async () => {
    const { rate, each } = await growth(async (count) => {
      const input = estate(count, true);
      return callsOf(() => expect(makePlan(input).summary.update).toBe(count));
    });
    expect(rate).toBeLessThan(GROWTH);
    expect(each).toBeLessThan(1_670);
  });

  it("loading manifests", async () => {
    const { rate, each } = await growth(async (count) => {
      const folder = temporaryFolder();
      mkdirSync(join(folder.path, "jobs"));
      for (let i = 0; i < count; i++) {
        writeFileSync(join(folder.path, "jobs", `${i}.yaml`), nimbleManifest(`job-${i}`, `${i % 60} 6 * * *`));
      }
      const options = { cwd: folder.path, env: {}, secrets: "resolve" as const, today: new Date(0) };
      const made = await callsOf(async () => expect((await loadProject(options)).desired).toHaveLength(count));
      folder.remove();
      return made;
    });
    expect(rate).toBeLessThan(GROWTH);
    expect(each).toBeLessThan(380);
  });

  it("is seen to, where it does", async () => {
    const input = (count: number) => estate(count, false);
    const { rate } = await growth(async (count) => {
      const { desired, ...rest } = input(count);
      // Whoever looks through all jobs for each job makes this many calls more.
      const slow = { ...rest, desired, inScope: (address: string) => desired.some((job) => addressIs(job, address)) };
      return callsOf(() => makePlan(slow));
    });
    expect(rate).toBeGreaterThan(GROWTH);
  });
});

const addressIs = (job: DesiredJob, address: string): boolean => splitAddress(job.address).name === address.slice(7);
