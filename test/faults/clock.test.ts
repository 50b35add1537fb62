import { describe, expect, it, onTestFinished } from "vitest";
import type { Clock } from "../../src/model/runtime.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { fileOptions, opening } from "../state/support/builders.ts";
import { createMemoryDisk } from "../state/support/memory-disk.ts";
import { createMachine } from "../state/support/world.ts";
import { quickClock, startEngine } from "../support/engine.ts";
import { blaxelJob, nimbleJob } from "../support/jobs.ts";

const DAY = 24 * 3_600_000;
const YEAR = 365 * DAY;

/** The machine's clock is wrong, or jumps at every look; what passes is not. */
const CLOCKS: readonly (readonly [string, (look: number) => number])[] = [
  ["ten years ahead", () => 10 * YEAR],
  ["in 1970", () => -56 * YEAR],
  ["a day on and back at every look", (look) => (look % 2 === 0 ? DAY : -DAY)],
];

function wrongClock(offBy: (look: number) => number): ReturnType<typeof quickClock> {
  const clock = quickClock();
  let looks = 0;
  const wall = (): Date => {
    looks += 1;
    return new Date(clock.wall().getTime() + offBy(looks));
  };
  return { ...clock, wall };
}

const JOBS = [nimbleJob("n", { agent_name: "shop" }), blaxelJob("b", { runtime: { memory: 2048 } })];

describe.each(CLOCKS)("R47 a clock that is %s", (_name, offBy) => {
  it("hinders no apply, no wait that was asked for, and renews no token before its time", async () => {
    const clientCredentials = "Y2xpZW50OnNlY3JldA==";
    const clock = wrongClock(offBy);
    const engine = await startEngine({ clock, clientCredentials });
    onTestFinished(() => engine.close());
    engine.reconnect({ BL_API_KEY: "", BL_CLIENT_CREDENTIALS: clientCredentials });
    // The answer's own Date header says from when a date counts.
    const headers = { date: "Fri, 20 Nov 2026 12:00:00 GMT", "retry-after": "Fri, 20 Nov 2026 12:00:05 GMT" };
    const throttled = { status: 429, headers, body: { code: "rate_limited", message: "slow down" } };
    engine.sandbox.faults.add({ method: "POST", path: "/v1/jobs", times: 1, fault: throttled });
    const since = clock.monotonic();
    const { report } = await engine.apply(JOBS);
    expect([...report.results.values()].map(({ status }) => status)).toEqual(["applied", "applied"]);
    expect(clock.monotonic() - since).toBeGreaterThanOrEqual(5_000);
    expect(clock.monotonic() - since).toBeLessThan(10_000);
    const tokens = engine.sandbox.log.entries.filter(({ path }) => path.endsWith("/oauth/token"));
    expect(tokens).toHaveLength(1);
  });

  it("makes nothing twice of what an earlier run left open", async () => {
    const engine = await startEngine({ clock: wrongClock(offBy) });
    onTestFinished(() => engine.close());
    engine.sandbox.faults.add({ method: "POST", path: "/v1/jobs", times: 1, fault: { lateCommit: {} } });
    const { report } = await engine.apply(JOBS);
    expect(report.results.get("nimble/n")?.status).toBe("unknown");
    let looks = 0;
    const before = async (): Promise<void> => {
      looks += 1;
      if (looks === 3) await engine.sandbox.faults.settle();
    };
    engine.sandbox.faults.set([{ method: "GET", path: "/v1/jobs", before }]);
    expect(await engine.settle()).toEqual(["nimble/n: an earlier create did happen (job_1); it is ours"]);
    await engine.apply(JOBS);
    expect(engine.sandbox.data.nimble.count()).toBe(1);
  });

  it("does not make a lock that is held look dead", async () => {
    const disk = createMemoryDisk();
    const machine = createMachine("desk");
    const clockOf = (far: (look: number) => number): Clock => ({
      ...wrongClock(far),
      // A heartbeat is not what this is about.
      sleep: (_ms, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    });
    const held = await createFileStore(fileOptions(disk, { clock: clockOf(() => 0) })).open(opening());
    const other = createFileStore(fileOptions(disk, { clock: clockOf(offBy), host: machine.process(2) }));
    await expect(other.open(opening())).rejects.toMatchObject({ reason: "lock-held" });
    await held.close();
  });
});
