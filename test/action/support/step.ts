import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEnv } from "../../support/cli.ts";
import { type CliProject, cliProject } from "../../support/cli-project.ts";
import { ROOT } from "../../support/source-files.ts";
import { type FakeGitHub, fakeGitHub } from "./fake-github.ts";
import { type RunnerLog, readLog, readOutputs } from "./runner-log.ts";

export const HEAD = "a".repeat(40);
export const MERGED = "b".repeat(40);

/** What makes a workflow run. */
export interface StepEvent {
  readonly name: string;
  readonly sha?: string;
  /** `refs/heads/main` unless told. */
  readonly ref?: string;
  readonly actor?: string;
  readonly payload?: object;
  /** Another Node.js to run the bundle with. */
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a run of the bundle ended. */
export interface StepRun extends RunnerLog {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** A project, both platforms' sandbox, and GitHub. */
export interface World {
  readonly project: CliProject;
  readonly github: FakeGitHub;
  run(inputs: Readonly<Record<string, string>>, event?: StepEvent): Promise<StepRun>;
  start(inputs: Readonly<Record<string, string>>, event?: StepEvent): { child: ChildProcess; ended: Promise<StepRun> };
  close(): Promise<void>;
}

/** A world for one test. */
export async function stepWorld(
  files: Readonly<Record<string, string>>,
  options: Parameters<typeof cliProject>[1] = {},
): Promise<World> {
  const [project, github] = [await cliProject(files, options), await fakeGitHub()];
  const temporary = mkdtempSync(join(tmpdir(), "jobwright-step-"));
  const start: World["start"] = (inputs, event = pullRequest()) =>
    startStep({ project, github, temporary }, inputs, event);
  return {
    project,
    github,
    start,
    run: (inputs, event) => start(inputs, event).ended,
    close: async () => {
      await Promise.all([project.close(), github.close()]);
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

/** A pull request of this repository, unless `from` names a fork. */
export function pullRequest(
  options: { number?: number; from?: string; actor?: string; head?: string; event?: string } = {},
): StepEvent {
  const { number = 7, from = "o/r", actor = "ana", head = HEAD, event = "pull_request" } = options;
  return {
    name: event,
    actor,
    sha: "c".repeat(40),
    ref: `refs/pull/${number}/merge`,
    payload: { pull_request: { number, head: { sha: head, repo: { full_name: from } }, base: { ref: "main" } } },
  };
}

/** A push to the default branch; `before` are its further commits, oldest first. */
export function push(sha = MERGED, before: readonly string[] = []): StepEvent {
  const commits = [...before, sha].map((id) => ({ id, distinct: true, message: "m" }));
  return { name: "push", sha, payload: { ref: "refs/heads/main", after: sha, commits } };
}

/** Another Node.js than this one, named by `JOBWRIGHT_SECOND_NODE`: runners have one of their own. */
export const SECOND_NODE = process.env["JOBWRIGHT_SECOND_NODE"] || undefined;

export const SCHEDULE: StepEvent = { name: "schedule", sha: MERGED, payload: { schedule: "23 5 * * *" } };

let runs = 0;

function startStep(
  { project, github, temporary }: { project: CliProject; github: FakeGitHub; temporary: string },
  inputs: Readonly<Record<string, string>>,
  event: StepEvent,
): { child: ChildProcess; ended: Promise<StepRun> } {
  const folder = mkdtempSync(join(temporary, "run-"));
  const file = (name: string, text = ""): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  runs += 1;
  const [output, summary] = [file("output"), file("summary")];
  const given = { "github-token": "ghs_fake", ...inputs };
  // Hyphens stay in the names: no shell could export these.
  const named = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
  );
  const child = spawn(event.node ?? process.execPath, [`${ROOT}dist/index.cjs`], {
    cwd: project.path,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...systemEnv(),
      ...{ HOME: temporary, CI: "true", GITHUB_ACTIONS: "true", RUNNER_TEMP: temporary, RUNNER_OS: "Linux" },
      ...{ GITHUB_WORKSPACE: project.path, GITHUB_REPOSITORY: "o/r", GITHUB_SERVER_URL: "https://github.test" },
      ...{
        GITHUB_API_URL: github.url,
        GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
        GITHUB_RUN_ID: String(4000 + runs),
      },
      ...{ GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, GITHUB_ACTOR: event.actor ?? "ana" },
      ...{ GITHUB_EVENT_NAME: event.name, GITHUB_EVENT_PATH: file("event.json", JSON.stringify(event.payload ?? {})) },
      ...{
        GITHUB_SHA: event.sha ?? HEAD,
        GITHUB_REF: event.ref ?? "refs/heads/main",
        ...project.env,
        ...named,
        ...event.env,
      },
    },
  });
  const parts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    parts.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    parts.stderr += text;
  });
  const ended = new Promise<StepRun>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const log = readLog(`${parts.stdout}\n${parts.stderr}`);
      const outputs = readOutputs(readFileSync(output, "utf8"));
      resolve({ code, ...parts, ...log, outputs, summary: readFileSync(summary, "utf8") });
    });
  });
  return { child, ended };
}

/** The commands of a kind. */
export function commandsOf(run: RunnerLog, name: string): RunnerLog["commands"] {
  return run.commands.filter((command) => command.name === name);
}
