import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import { type Call, wrapDisk } from "../state/support/wrapped-disk.ts";
import { blaxelManifest, nimbleManifest } from "../support/cli-project.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

/** Of each platform: a page and a part of one. */
const JOBS = 250;
const PAGES = { nimble: 2, blaxel: 2 };

let platforms: Platforms;
beforeAll(async () => {
  platforms = await startPlatforms();
  declare("0 6 * * *", 1024);
  await apply(platforms.shell(), { autoApprove: true });
});
afterAll(() => platforms.close());

function declare(cron: string, memory: number): void {
  for (let i = 0; i < JOBS; i++) {
    platforms.write(`jobs/n/${i}.yaml`, nimbleManifest(`job-${i}`, cron));
    platforms.write(`jobs/b/${i}.yaml`, blaxelManifest(`job-${i}`, memory));
  }
}

/** The requests of a command, as `GET /v1/jobs` and how often. */
async function requestsOf(work: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  platforms.sandbox.log.clear();
  await work();
  const counts: Record<string, number> = {};
  for (const { method, path } of platforms.sandbox.log.entries) {
    const what = `${method} ${path.replace(/\?.*/, "").replace(/\/job[-_]\d+$/, "/ID")}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

describe("a run asks for no more than it needs", () => {
  it("a plan with nothing to do reads each page once, and no job by itself", async () => {
    const requests = await requestsOf(async () => {
      const { stdout } = await plan(platforms.shell(), {});
      expect(stdout).toContain(`No changes. ${2 * JOBS} jobs are as declared.`);
    });
    expect(requests).toEqual({ "GET /v1/jobs": PAGES.nimble, "GET /v0/jobs": PAGES.blaxel });
  });

  it("an apply of a change of every job: a read and a write each, the lists before and after", {
    timeout: 60_000,
  }, async () => {
    declare("0 7 * * *", 2048);
    const calls: Call[] = [];
    const shell = platforms.shell();
    const disk = wrapDisk(shell.disk, (call, make) => {
      calls.push(call);
      return make();
    });
    const requests = await requestsOf(async () => {
      const { stdout } = await apply({ ...shell, disk }, { autoApprove: true, maxUpdates: 2 * JOBS });
      expect(stdout).toContain(`Applied: ${2 * JOBS} updated.`);
    });
    expect(requests).toEqual({
      "GET /v1/jobs": 2 * PAGES.nimble,
      "GET /v0/jobs": 2 * PAGES.blaxel,
      "GET /v1/jobs/ID": JOBS,
      "PATCH /v1/jobs/ID": JOBS,
      "GET /v0/jobs/ID": JOBS,
      "PUT /v0/jobs/ID": JOBS,
    });
    const count = (name: string): number => calls.filter((call) => call.name === name).length;
    // What is done is made durable at most once a job, several jobs together where they end together.
    expect(count("datasync") + count("sync")).toBeLessThan(2 * JOBS + 20);
  });
});
