import { spawn, spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliProject, cliProject, nimbleManifest } from "../support/cli-project.ts";
import { screenOf } from "../support/screen.ts";
import { ROOT } from "../support/source-files.ts";

// `script` of util-linux runs a command on a terminal of its own.
const hasTerminal = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true;
if (!hasTerminal) console.warn("skipped: script (util-linux) is not installed, so nothing runs on a terminal");

const ESC = String.fromCharCode(27);
const CTRL_C = String.fromCharCode(3);
const CTRL_D = String.fromCharCode(4);

let project: CliProject;
beforeEach(async () => {
  project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
});
afterEach(() => project.close());

/** What is typed as soon as the terminal shows a text. */
interface Typed {
  readonly at: RegExp;
  readonly keys: string;
}

interface Terminal {
  readonly typed?: readonly Typed[];
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
}

/** Runs it on a terminal of its own; everything that the terminal got, and the exit code. */
function onTerminal({ typed = [], env = {}, columns = 120 }: Terminal, ...args: readonly string[]) {
  return new Promise<{ readonly code: number | null; readonly shown: string }>((resolve, reject) => {
    const command = `stty cols ${columns} rows 30; ${[process.execPath, `${ROOT}build/cli.js`, ...args].join(" ")}`;
    const child = spawn("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], {
      cwd: project.path,
      env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", LANG: "C.UTF-8", ...project.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    const left = [...typed];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      const [next] = left;
      if (next === undefined || shown.search(next.at) < 0) return;
      left.shift();
      child.stdin.write(next.keys);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, shown }));
  });
}

const answering = (keys: string): Terminal => ({ typed: [{ at: /Apply this plan/, keys }] });

describe.skipIf(!hasTerminal)("apply on a terminal", () => {
  test("shows the plan and asks; yes applies", async () => {
    const { code, shown } = await onTerminal(answering("yes\n"), "apply");
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
    const { code, shown } = await onTerminal(answering(answer), "apply");
    expect(code).toBe(1);
    expect(shown).toContain("JW5006");
    expect(project.sandbox.log.writes()).toEqual([]);
  });

  test("Ctrl-C and Ctrl-D at the question: nothing sent, the lock is free", async () => {
    for (const [key, exit] of [
      [CTRL_C, 130],
      [CTRL_D, 1],
    ] as const) {
      const { code, shown } = await onTerminal(answering(key), "apply");
      expect(code).toBe(exit);
      expect(shown).not.toMatch(/\n\s+at /);
    }
    expect(project.sandbox.log.writes()).toEqual([]);
    expect((await project.done("state", "unlock")).stdout).toContain("Nobody holds the lock");
  });

  test("asks for the name of an environment that wants it, telling what is destroyed; -y asks nothing", async () => {
    project.write("jobwright.yaml", "environments: { prod: { confirm: name } }\n");
    project.write("jobs/b.yaml", nimbleManifest("b"));
    await project.done("--env", "prod", "apply", "-y");
    project.remove("jobs/b.yaml");
    const writes = project.sandbox.log.writes().length;
    const no = await onTerminal(answering("yes\n"), "--env", "prod", "apply", "--prune");
    expect(no.code).toBe(1);
    expect(no.shown).toContain(
      "Apply this plan to prod, which deletes 1 job? Type the environment's name to approve: ",
    );
    expect(no.shown).toContain("type the name of the environment: prod");
    expect(project.sandbox.log.writes()).toHaveLength(writes);
    expect((await onTerminal(answering("prod\n"), "--env", "prod", "apply", "--prune")).code).toBe(0);
    expect(project.sandbox.data.nimble.all()).toHaveLength(1);
  });

  test("does not ask where there is nothing to do, or with -y", async () => {
    expect((await onTerminal({}, "apply", "-y")).code).toBe(0);
    const { code, shown } = await onTerminal({}, "apply");
    expect(code).toBe(0);
    expect(shown).not.toContain("Apply this plan?");
  });

  test("in colour, but not with NO_COLOR, --no-color or TERM=dumb", async () => {
    const coloured = new RegExp(`${ESC}\\[[0-9;]*m`);
    expect((await onTerminal({}, "plan")).shown).toContain(`${ESC}[32m`);
    expect((await onTerminal({ env: { NO_COLOR: "1" } }, "plan")).shown).not.toMatch(coloured);
    expect((await onTerminal({ env: { TERM: "dumb" } }, "plan")).shown).not.toContain(ESC);
    expect((await onTerminal({}, "--no-color", "plan")).shown).not.toMatch(coloured);
    expect((await onTerminal({}, "plan", "--json")).shown).not.toMatch(coloured);
  });

  test("lists that programs take apart are laid out for people", async () => {
    await project.done("apply", "-y");
    const [titles, row] = screenOf((await onTerminal({}, "state", "list")).shown, 120);
    expect(titles).toMatch(/^job +live id +applied, UTC +manifest$/);
    expect(row).toMatch(/^nimble\/a +job_1 +\d{4}-\d{2}-\d{2} \d{2}:\d{2} +jobs\/a\.yaml$/);
    expect((await onTerminal({}, "state", "show", "nimble/a")).shown).toContain("Declared when it was applied last:");
  });
});

describe.skipIf(!hasTerminal)("progress on a terminal", () => {
  beforeEach(async () => {
    await project.close();
    const names = Array.from({ length: 12 }, (_, n) => `job-${String(n).padStart(2, "0")}`);
    const files = Object.fromEntries(names.map((name) => [`jobs/${name}.yaml`, nimbleManifest(name)]));
    // Whatever is asked for takes its time, so that there is something to tell of.
    project = await cliProject(files, { latencyMs: 600 });
  });

  test("is drawn below everything else and leaves nothing behind, 60 columns wide", async () => {
    project.sandbox.faults.add({ method: "POST", times: 1, fault: { rateLimited: { retryAfter: 2 } } });
    const { code, shown } = await onTerminal({ columns: 60, env: { COLUMNS: "60" } }, "-v", "apply", "-y");
    expect(code).toBe(0);
    expect(shown).toContain("Reading nimble");
    expect(shown).toMatch(/Applying: \d+ of 12 done/);
    expect(shown).toContain("  + nimble/job-00");
    expect(shown).toContain("nimble: limited by the platform, resumes in 2 s");
    // Lines of the trace are whole (the terminal wraps them); of what was drawn nothing is left.
    const screen = screenOf(shown, 60).filter((line) => !/^nimble: (?:GET|POST) \/v1\/jobs -> \d{3} |^\d*$/.test(line));
    expect(screen).toEqual([
      ...Array.from({ length: 12 }, (_, n) =>
        expect.stringMatching(new RegExp(`^✓ nimble/job-${String(n).padStart(2, "0")}: created \\(job_\\d+\\)$`)),
      ),
      "Applied: 12 created.",
    ]);
  });

  test("ends with Ctrl-C: what is under way is finished, and no line of it is left", async () => {
    const { code, shown } = await onTerminal({ typed: [{ at: /\+ nimble\/job-00/, keys: CTRL_C }] }, "apply", "-y");
    expect(code).toBe(130);
    expect(shown).toMatch(/Stopping: \d+ jobs are being finished/);
    const screen = screenOf(shown, 120);
    expect(screen.filter((line) => /Applying|Stopping|Reading|more at once|resumes/.test(line))).toEqual([]);
    expect(screen.filter((line) => line.includes("SIGINT: finishing what is under way"))).toHaveLength(1);
    expect(screen.at(-2)).toMatch(/^Next: /);
  });

  test("is not drawn on a terminal of continuous integration, nor on one that knows no better", async () => {
    for (const env of [{ CI: "true" }, { TERM: "dumb" }]) {
      const { shown } = await onTerminal({ env: { ...env, NO_COLOR: "1" } }, "plan");
      expect(shown).not.toContain(ESC);
      expect(shown).not.toContain("Reading nimble");
    }
  });
});
