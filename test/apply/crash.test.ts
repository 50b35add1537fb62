import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { State } from "../../src/model/state.ts";
import { nimbleManifest } from "../support/cli-project.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";
import type { TestShell } from "../support/shell.ts";

const NAMES = ["a", "b", "c", "d"];

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms();
  platforms.write("jobwright.yaml", "http: { concurrency: 1 }\n");
  for (const name of NAMES) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name));
});
afterEach(() => platforms.close());

/** A shell whose program fails at the n-th POST, before it leaves or when its answer is there. */
function failingAt(post: number, when: "before" | "after"): TestShell {
  const shell = platforms.shell();
  let posts = 0;
  const fail = (): never => {
    throw new SyntaxError('"customer 4711" is not valid JSON');
  };
  return {
    ...shell,
    transport: (env) => {
      const transport = shell.transport(env);
      return {
        ...transport,
        exchange: async (request, signal) => {
          if (request.method !== "POST") return transport.exchange(request, signal);
          posts += 1;
          if (posts === post && when === "before") fail();
          const answer = await transport.exchange(request, signal);
          return posts === post ? fail() : answer;
        },
      };
    },
  };
}

describe("an error of our own in one action", () => {
  it.each([
    "before",
    "after",
  ] as const)("%s its write: nobody can say; what waits is not begun, all is told", async (when) => {
    const shell = failingAt(2, when);
    const { exitCode, stdout } = await apply(shell, { autoApprove: true, json: true });
    expect(exitCode).toBe(1);
    const { actions } = JSON.parse(stdout) as { actions: readonly { address: string; result: JsonObject }[] };
    const told = actions.map(({ result }) => `${result["status"]} ${result["class"]} ${result["reason"]}`);
    expect(told[0]).toBe("applied done undefined");
    expect(told[1]).toBe("unknown unknown internal");
    // The one that had its turn when it failed may be through.
    expect(["applied done undefined", "skipped not-sent internal"]).toContain(told[2]);
    expect(told[3]).toBe("skipped not-sent internal");
    const said = `${stdout}\n${shell.lines.join(" ")}`;
    expect(said).toMatch(/Error JW5000: jobwright itself failed \(SyntaxError\); \d applied, \d open; run again/);
    expect(said).not.toContain("4711");
    // What it may have made is found by the next run.
    const next = platforms.shell({ JOBWRIGHT_CREATE_SETTLE: "1ms" });
    expect((await apply(next, { autoApprove: true })).exitCode).toBe(0);
    expect(platforms.sandbox.data.nimble.count()).toBe(NAMES.length);
    const { jobs, open } = JSON.parse(platforms.read(".jobwright/state.json")) as State;
    expect(open).toEqual([]);
    expect(Object.values(jobs).map(({ adopted }) => adopted)).toEqual(NAMES.map(() => false));
  });
});
