import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { systemClock } from "../../src/io.ts";
import type { State } from "../../src/model/state.ts";
import { nodeHost } from "../../src/state/host.ts";
import { checkoutOf } from "../process/checkout.ts";
import { cliProject, nimbleManifest } from "../support/cli-project.ts";
import { type TestShell, testShell } from "../support/shell.ts";

const NAMES = ["a", "b", "c"];

/** A project whose state is in git, and a git whose objects cannot be written, or pushed, while a file is there. */
async function scene(fails: "hash-object" | "push") {
  const files = Object.fromEntries(NAMES.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name)]));
  const place = await cliProject({ ...files, "jobwright.yaml": "state: { store: git }\n" });
  onTestFinished(() => place.close());
  const checkout = checkoutOf(place);
  const [bin, full] = [join(place.path, "clones/bin"), join(place.path, "clones/full")];
  mkdirSync(bin, { recursive: true });
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const words = "error: unable to write file: No space left on device";
  const script = `#!/bin/sh
for word in "$@"; do [ "$word" = ${fails} ] && [ -e '${full}' ] && echo '${words}' >&2 && exit 128; done
exec '${real}' "$@"
`;
  writeFileSync(join(bin, "git"), script);
  chmodSync(join(bin, "git"), 0o755);
  const shell = (pid: number): TestShell => {
    const env = { ...place.env, PATH: `${bin}:${process.env["PATH"]}`, JOBWRIGHT_CREATE_SETTLE: "1ms" };
    const made = testShell({ cwd: place.path, env });
    // Each run is another process; of the others none is there any more.
    const host = { ...nodeHost, pid, alive: async (other: number) => other === pid };
    const random = Math.random;
    return { ...made, host, runtime: { ...made.runtime, clock: systemClock, random } };
  };
  return { place, checkout, shell, fill: () => writeFileSync(full, ""), free: () => rmSync(full) };
}

describe("a repository that takes nothing any more", () => {
  it.each(["hash-object", "push"] as const)("R44 before an apply (%s): nothing is sent", async (fails) => {
    const { place, shell, fill, free, checkout } = await scene(fails);
    fill();
    const error = await apply(shell(1), { autoApprove: true }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "storage" });
    expect(String(error)).toContain("No space left on device");
    expect(place.sandbox.log.entries).toEqual([]);
    free();
    expect((await apply(shell(2), { autoApprove: true })).exitCode).toBe(0);
    expect(Object.keys(checkout.state().jobs)).toHaveLength(3);
  });

  it.each([
    "hash-object",
    "push",
  ] as const)("R45 in the middle of an apply (%s): the results are told, and what is not recorded is to be kept", async (fails) => {
    const { place, shell, fill, free, checkout } = await scene(fails);
    place.sandbox.data.onMutation(({ seq }) => {
      if (seq === 2) fill();
    });
    const first = shell(1);
    const { exitCode, stdout } = await apply(first, { autoApprove: true });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("Applied: 3 created.");
    const said = first.lines.join(" ");
    expect(said).toMatch(/Error JW40(20|22): .*No space left on device/);
    const start = first.lines.findIndex((line) => line.startsWith("--- done but not recorded"));
    expect(first.lines.slice(start + 1, start + 5).sort()).toEqual([
      "--- end ---",
      ...NAMES.map((name) => `nimble/${name} ${place.sandbox.data.nimble.named(name)[0]?.id} done`),
    ]);
    const [rescue = ""] = readdirSync(place.path).filter((name) => name.startsWith("jobwright-rescue-"));
    expect(existsSync(join(place.path, rescue))).toBe(true);
    expect(readFileSync(join(place.path, rescue), "utf8")).toContain('"nimble/c"');
    free();
    expect((await apply(shell(2), { autoApprove: true })).exitCode).toBe(0);
    const { jobs, open }: State = checkout.state();
    expect(open).toEqual([]);
    expect(Object.values(jobs).map(({ adopted }) => adopted)).toEqual([false, false, false]);
    expect(place.sandbox.data.nimble.count()).toBe(3);
  });
});
