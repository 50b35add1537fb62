import { afterEach, describe, expect, it } from "vitest";
import { nimbleManifest } from "../support/cli-project.ts";
import { push, stepWorld, type World } from "./support/step.ts";

const APPLY = { command: "apply", "reviewed-plan": "ignore" };
const INTERRUPTED = { code: 130, outputs: { "exit-code": "130", "failure-reason": "interrupted" } };
/** Windows ends a process that is signalled, and asks it nothing. */
const NO_SIGNALS = process.platform === "win32";

let world: World;
afterEach(() => world.close());

/**
 * A run of apply that is sent SIGINT when its first write arrives; no write is answered before it said that it knows.
 * `fault` is what the writes meet then.
 */
function cancelledAtFirstWrite(fault: object = {}) {
  let hear = (): void => {};
  const told = new Promise<void>((done) => {
    hear = done;
  });
  let signalled = false;
  const { child, ended } = world.start(APPLY, push());
  world.project.sandbox.faults.add({
    ...{ method: "POST", ...fault },
    before: async () => {
      if (!signalled) child.kill("SIGINT");
      signalled = true;
      await told;
    },
  });
  let said = "";
  child.stdout?.on("data", (text: string) => {
    said += text;
    if (said.includes("SIGINT: finishing what is under way")) hear();
  });
  return { child, told, ended };
}

function jobs(): number {
  return Object.keys(JSON.parse(world.project.read(".jobwright/state.json")).jobs ?? {}).length;
}

describe.skipIf(NO_SIGNALS)("a cancelled apply", () => {
  it("begins nothing more, ends what is under way and records it; the next run does the rest", async () => {
    const names = Array.from({ length: 30 }, (_, n) => `j${n}`);
    world = await stepWorld(Object.fromEntries(names.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name)])));
    const run = await cancelledAtFirstWrite().ended;
    expect(run).toMatchObject(INTERRUPTED);
    const made = world.project.sandbox.log.writes().length;
    expect(made).toBeGreaterThan(0);
    // Eight are under way at a time.
    expect(made).toBeLessThanOrEqual(8);
    expect(jobs()).toBe(made);
    expect(run.summary).toContain(`Applied: ${made} created. ${30 - made} skipped.`);
    const again = await world.run(APPLY, push());
    expect(again).toMatchObject({ code: 0, outputs: { create: String(30 - made), unchanged: String(made) } });
  });

  it("that a platform keeps waiting gives up by itself, tells what is not known, and the next run finds it", async () => {
    world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
    const run = await cancelledAtFirstWrite({ fault: { hang: { commit: true } } }).ended;
    expect(run).toMatchObject(INTERRUPTED);
    expect(run.summary).toContain("<code>nimble/a</code>: create, **unknown**");
    const again = await world.run(APPLY, push());
    expect(again).toMatchObject({ code: 0, outputs: { create: "0", unchanged: "1" } });
    expect(world.project.sandbox.log.writes()).toHaveLength(1);
  });

  it("that is sent SIGTERM too stops at once, with its outputs, and the next run finds what was sent", async () => {
    world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
    const { child, told, ended } = cancelledAtFirstWrite({ fault: { hang: { commit: true } } });
    await told;
    child.kill("SIGTERM");
    const run = await ended;
    expect(run).toMatchObject(INTERRUPTED);
    expect(run.summary).toBe("");
    const again = await world.run(APPLY, push());
    expect(again).toMatchObject({ code: 0, outputs: { create: "0", unchanged: "1" } });
    expect(world.project.sandbox.log.writes()).toHaveLength(1);
  });

  it("while GitHub is asked sends nothing", async () => {
    world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
    world.github.faults.push({ on: /pulls$/, status: 503, times: 99, seen: () => running.child.kill("SIGINT") });
    const running = world.start({ command: "apply" }, push());
    expect(await running.ended).toMatchObject(INTERRUPTED);
    expect(world.project.sandbox.log.writes()).toEqual([]);
  });
});
