import { spawn, spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { ROOT } from "../support/source-files.ts";

// `script` of util-linux runs a command on a terminal of its own.
const hasTerminal = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true;
if (!hasTerminal) console.warn("skipped: script (util-linux) is not installed, so nothing runs on a terminal");

const ESC = String.fromCharCode(27);

let project: CliProject;
beforeEach(async () => {
  project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
});
afterEach(() => project.close());

/** Runs it on a terminal, types `answer` when it asks; everything that the terminal showed, and the exit code. */
function onTerminal(answer: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  return new Promise<{ readonly code: number | null; readonly shown: string }>((resolve, reject) => {
    const command = [process.execPath, `${ROOT}build/cli.js`, ...args].join(" ");
    const child = spawn("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], {
      cwd: project.path,
      env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", COLUMNS: "120", ...project.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    let typed = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      if (typed || !shown.includes("Apply this plan?")) return;
      typed = true;
      child.stdin.write(answer);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, shown }));
  });
}

describe.skipIf(!hasTerminal)("apply on a terminal", () => {
  test("shows the plan and asks; yes applies", async () => {
    const { code, shown } = await onTerminal("yes\n", {}, "apply");
    expect(code).toBe(0);
    expect(shown.indexOf("create")).toBeLessThan(shown.indexOf("Apply this plan?"));
    expect(shown).toContain("Applied: 1 created.");
    expect(project.sandbox.data.nimble.all()).toHaveLength(1);
  });

  test.each([
    "no\n",
    "y\n",
    "\n",
    "YES please\n",
  ])("anything else does not: %j, exit 1, nothing sent", async (answer) => {
    const { code, shown } = await onTerminal(answer, {}, "apply");
    expect(code).toBe(1);
    expect(shown).toContain("JW5006");
    expect(project.sandbox.log.writes()).toEqual([]);
  });

  test("Ctrl-C and Ctrl-D at the question: nothing sent, the lock is free", async () => {
    for (const [key, exit] of [
      [String.fromCharCode(3), 130],
      [String.fromCharCode(4), 1],
    ] as const) {
      const { code, shown } = await onTerminal(key, {}, "apply");
      expect(code).toBe(exit);
      expect(shown).not.toMatch(/\n\s+at /);
    }
    expect(project.sandbox.log.writes()).toEqual([]);
    expect((await project.done("state", "unlock")).stdout).toContain("Nobody holds the lock");
  });

  test("does not ask where there is nothing to do, or with -y", async () => {
    expect((await onTerminal("", {}, "apply", "-y")).code).toBe(0);
    const { code, shown } = await onTerminal("", {}, "apply");
    expect(code).toBe(0);
    expect(shown).not.toContain("Apply this plan?");
  });

  test("in colour, but not with NO_COLOR, --no-color or TERM=dumb", async () => {
    expect((await onTerminal("", {}, "plan")).shown).toContain(`${ESC}[32m`);
    expect((await onTerminal("", { NO_COLOR: "1" }, "plan")).shown).not.toContain(ESC);
    expect((await onTerminal("", { TERM: "dumb" }, "plan")).shown).not.toContain(ESC);
    expect((await onTerminal("", {}, "--no-color", "plan")).shown).not.toContain(ESC);
    expect((await onTerminal("", {}, "plan", "--json")).shown).not.toContain(ESC);
  });
});
