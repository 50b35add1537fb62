import { execFileSync } from "node:child_process";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Estate, startEstate } from "./estate.ts";

let estate: Estate;
/** A folder whose `git` counts pushes and does as PUSH_AT says: `before:2`, `after:2` (kills), `lost` (all answers). */
let shim: string;
let counted: string;
/** How many changes and pushes an undisturbed apply makes. */
let all: { readonly changes: number; readonly pushes: number };
beforeAll(async () => {
  estate = await startEstate("git");
  shim = estate.outside;
  counted = join(shim, "pushes");
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const script = `#!/bin/sh
for word in "$@"; do [ "$word" = push ] && push=1; done
[ -z "$push" ] && exec '${real}' "$@"
echo >> '${counted}'
n=$(wc -l < '${counted}' | tr -d ' ')
[ "$PUSH_AT" = "before:$n" ] && kill -9 $PPID && exit 1
'${real}' "$@"
code=$?
[ "$PUSH_AT" = "after:$n" ] && kill -9 $PPID
[ "$PUSH_AT" = lost ] && echo 'fatal: the remote end hung up unexpectedly' >&2 && exit 128
exit $code
`;
  writeFileSync(join(shim, "git"), script);
  chmodSync(join(shim, "git"), 0o755);
  const { code, stderr } = await estate.startWith(at("never")).ended;
  expect(code, stderr).toBe(0);
  estate.check();
  all = { changes: estate.mutations.length, pushes: pushes() };
}, 60_000);
beforeEach(() => reset());
afterAll(() => estate.close());

function reset(): void {
  estate.reset();
  rmSync(counted, { force: true });
}

const at = (moment: string) => ({ PUSH_AT: moment, PATH: `${shim}:${process.env["PATH"]}` });

function pushes(): number {
  return Number(execFileSync("wc", ["-l", counted], { encoding: "utf8" }).trim().split(" ")[0]);
}

describe("an apply on a runner that is gone with its disk, its state in git", () => {
  it("R50 at each change of a live job: the next runner takes up, from a fresh clone", {
    timeout: 180_000,
  }, async () => {
    const { changes } = all;
    expect(changes).toBeGreaterThanOrEqual(11);
    for (let point = 1; point <= changes; point++) {
      reset();
      const run = estate.start();
      estate.onMutation = (_mutation, count) => {
        if (count === point) run.child.kill("SIGKILL");
      };
      const { code, stderr } = await run.ended;
      expect(run.child.signalCode, `change ${point}: ended with ${code}: ${stderr}`).toBe("SIGKILL");
      expect(await estate.converge(), `change ${point}`).toBe(1);
      estate.check();
    }
    console.log(`killed at ${changes} of ${changes} changes`);
  });

  it("before each push and after it: nothing is sent that the remote does not know of", {
    timeout: 180_000,
  }, async () => {
    // The lock, the intents, a replace's first step, the end.
    expect(all.pushes).toBe(4);
    for (let push = 1; push <= all.pushes; push++) {
      for (const moment of [`before:${push}`, `after:${push}`]) {
        reset();
        const run = estate.startWith(at(moment));
        await run.ended;
        expect(run.child.signalCode, moment).toBe("SIGKILL");
        // Up to the push of the intents, nothing may have been sent.
        if (push <= 2) expect(estate.project.sandbox.log.writes(), moment).toEqual([]);
        expect(await estate.converge(), moment).toBe(1);
        estate.check();
      }
    }
    console.log(`killed before and after each of ${all.pushes} pushes`);
  });

  it("goes on where the answer of every push is lost: the ref tells that it came through", {
    timeout: 60_000,
  }, async () => {
    const { code, stderr } = await estate.startWith(at("lost")).ended;
    expect(code, stderr).toBe(0);
    expect(pushes()).toBe(all.pushes);
    estate.check();
  });
});
