import { afterEach, beforeEach, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import type { Shell } from "../../src/commands/shell.ts";
import { nodeDisk } from "../../src/state/disk.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import { opening } from "../state/support/builders.ts";
import { nimbleManifest } from "../support/cli-project.ts";
import { quickClock } from "../support/engine.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms();
});
afterEach(() => platforms.close());

/** Another run holds the lock; it does `work`, and lets go, when it is waited for. */
async function whileWaiting(work: "changes the state" | "changes nothing"): Promise<Shell> {
  const shell = platforms.shell();
  const { host, runtime } = shell;
  const { random } = runtime;
  const clock = quickClock();
  const directory = `${platforms.folder}/.jobwright`;
  const store = createFileStore({ directory, environment: "", disk: nodeDisk, host, clock, random });
  const session = await store.open(opening());
  let waited = false;
  const sleep: Shell["runtime"]["clock"]["sleep"] = async (ms, signal) => {
    if (!waited) {
      waited = true;
      if (work === "changes the state") await session.change([{ kind: "applied", digest: "sha256:another" }]);
      await session.close();
    }
    return clock.sleep(ms, signal);
  };
  return { ...shell, runtime: { ...runtime, clock: { ...clock, sleep } } };
}

it.each([
  ["changes the state", "JW3104"],
  ["changes nothing", undefined],
] as const)("a saved plan waits for a run that %s: refused with %s", async (what, code) => {
  platforms.write("jobs/a.yaml", nimbleManifest("a"));
  expect((await apply(platforms.shell(), { autoApprove: true })).exitCode).toBe(0);
  platforms.write("jobs/b.yaml", nimbleManifest("b"));
  await plan(platforms.shell(), { out: "plan.json" });
  const shell = await whileWaiting(what);
  platforms.sandbox.log.clear();
  const error = await apply(shell, { autoApprove: true, paths: ["plan.json"], lockTimeoutMs: 60_000 }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (code === undefined) expect(error).toBeUndefined();
  else expect(error).toMatchObject({ code, message: expect.stringContaining("the state has moved on") });
  expect(platforms.sandbox.log.writes()).toHaveLength(code === undefined ? 1 : 0);
});
