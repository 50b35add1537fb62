import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { repositoryName } from "../scripts/repository-name.mjs";
import { init } from "../src/commands/init.ts";
import { workflowText } from "../src/init/workflow-text.ts";
import { declareProgram } from "../src/program.ts";
import { type CliProject, cliProject, nimbleManifest } from "./support/cli-project.ts";
import { temporaryFolder, testShell } from "./support/shell.ts";
import { filesUnder, ROOT, read } from "./support/source-files.ts";

interface WorkflowStep {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface WorkflowJob {
  readonly permissions?: object;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly WorkflowStep[];
  readonly concurrency?: Readonly<Record<string, unknown>>;
  readonly env?: object;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
  readonly env?: object;
}

const action = parse(read("action.yml"));
const inputs: Readonly<Record<string, unknown>> = action.inputs;
const examples = filesUnder("examples/workflows", ".yml").filter((file) => file.includes("/github-"));
const own = filesUnder(".github/workflows", ".yml");
const OURS = /^\.\/(node_modules\/jobwright)?$|^[\w.-]+\/jobwright@/;

const PUBLISHED = workflowText({ kind: "published", uses: "acme/jobwright@v1.2.3" });
const texts: readonly (readonly [string, string])[] = [
  ...[...examples, ...own].map((file) => [file, read(file)] as const),
  ["what init writes where the action is published", PUBLISHED],
];

describe.each(texts)("%s", (_file, text) => {
  const workflow: Workflow = parse(text);
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);
  const ours = steps.filter(({ uses }) => OURS.test(uses ?? ""));

  it("gives nobody a permission that no job asks for, and ends jobs that hang", () => {
    expect(workflow.permissions).toEqual({});
    for (const job of jobs) {
      expect(job.permissions).toBeDefined();
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
    }
  });

  it("hands nothing from outside to a shell, and runs for no stranger with secrets", () => {
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
  });

  it("gives keys to the steps that run jobwright, and to nothing else", () => {
    const others = steps.filter((step) => !ours.includes(step) && !step.run?.includes("jobwright "));
    const wide = [workflow.env, ...jobs.map(({ env }) => env), ...others].map((each) => JSON.stringify(each ?? {}));
    expect(wide.filter((each) => each.includes("secrets."))).toEqual([]);
  });

  it("gives the action inputs that it has", () => {
    for (const { with: given = {} } of ours) {
      expect(Object.keys(given).filter((name) => !Object.hasOwn(inputs, name))).toEqual([]);
      for (const value of Object.values(given)) expect(typeof value).toBe("string");
    }
  });

  it("reads outputs that the action has", () => {
    const named = [...text.matchAll(/steps\.\w+\.outputs\.([\w-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !Object.hasOwn(action.outputs, name))).toEqual([]);
  });
});

describe("the example workflows", () => {
  it("have the one that init writes", () => {
    expect(read("examples/workflows/github-pull-request.yml")).toBe(workflowText({ kind: "installed" }));
  });

  it("apply and look for drift one after the other, dropping none, at an odd minute", () => {
    for (const file of examples) {
      const { on, jobs }: Workflow = parse(read(file));
      for (const name of ["apply", "drift"].filter((each) => each in jobs)) {
        expect(jobs[name]?.concurrency).toMatchObject({ "cancel-in-progress": false, queue: "max" });
      }
      const schedule = (on["schedule"] ?? []) as { cron: string }[];
      for (const { cron } of schedule) expect(cron).toMatch(/^(?!0 |30 )\d+ /);
    }
  });

  it("stand in their README", () => {
    const readme = read("examples/workflows/README.md");
    for (const file of filesUnder("examples/workflows", "").filter((each) => !each.endsWith("README.md"))) {
      expect(readme).toContain(`](${file.split("/").at(-1)})`);
    }
  });
});

describe("the Kubernetes Indexed Job", () => {
  it("starts as many pods as there are parts, and gives each time to record what it did", () => {
    const { spec } = parse(read("examples/workflows/kubernetes-indexed-job.yaml"));
    const { containers, terminationGracePeriodSeconds } = spec.template.spec;
    const parts = Number(/--shard (\d+)/.exec(containers[0].args[0])?.[1]);
    expect(spec).toMatchObject({ completionMode: "Indexed", completions: parts, parallelism: parts });
    // The program itself gets the signal, not a shell in front of it, and needs 7 s.
    expect(containers[0].args[0]).toMatch(/^exec npx jobwright apply /m);
    expect(terminationGracePeriodSeconds).toBeGreaterThan(7);
  });
});

describe("where the workflow of init gets the action from", () => {
  const folders: { remove(): void }[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) folder.remove();
  });

  /** What init writes and says, in a folder with this package.json, by a jobwright of this repository. */
  async function written(manifest: object | undefined, repository: string) {
    const folder = temporaryFolder();
    folders.push(folder);
    if (manifest !== undefined) writeFileSync(join(folder.path, "package.json"), JSON.stringify(manifest));
    const shell = { ...testShell({ cwd: folder.path }), version: "1.2.3", repository };
    const { stdout } = await init(shell, {});
    const text = readFileSync(join(folder.path, ".github/workflows/jobwright.yml"), "utf8");
    return { stdout, text };
  }

  it("is the published one, where this jobwright knows its repository", async () => {
    const { stdout, text } = await written(undefined, "acme/jobwright");
    expect(text).toBe(PUBLISHED);
    expect(text).not.toContain("npm");
    expect(stdout).not.toContain("npm install");
    expect(stdout).toContain("editors find the schemas in schemas/jobwright");
  });

  it("is the project's own, where it has one", async () => {
    const { stdout, text } = await written({ devDependencies: { jobwright: "1.0.0" } }, "acme/jobwright");
    expect(text).toBe(workflowText({ kind: "installed" }));
    expect(stdout).not.toContain("npm install");
  });

  it("is the project's own where no other is known, and it says what to install", async () => {
    const { stdout, text } = await written({ devDependencies: { other: "1.0.0" } }, "");
    expect(text).toBe(workflowText({ kind: "installed" }));
    expect(stdout).toContain("npm install --save-dev jobwright");
  });

  it.each([
    ["acme/jobwright", "acme/jobwright"],
    ["github:acme/jobwright", "acme/jobwright"],
    [{ type: "git", url: "git+https://github.com/acme/jobwright.git" }, "acme/jobwright"],
    ["git+ssh://git@github.com/acme/jobwright.git", "acme/jobwright"],
    ["https://git.example.org/acme/jobwright", ""],
    ["gitlab:acme/jobwright", ""],
    [undefined, ""],
  ])("goes by package.json's repository: %j", (repository, name) => {
    expect(repositoryName(repository)).toBe(name);
  });
});

describe("recipes for other CI", () => {
  const program = declareProgram("0.0.0", async () => {});

  /** Flags that a command line of jobwright names and that are not there. */
  function unknownFlags(line: string): readonly string[] {
    const words = line.split(/\s+/);
    const command = program.commands.find((each) => words.includes(each.name()));
    const known = [...program.options, ...(command?.options ?? [])].flatMap(({ long, short }) => [long, short]);
    const flags = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*/, ""));
    return command === undefined ? [line] : flags.filter((flag) => !known.includes(flag));
  }

  it("use commands and flags that there are", () => {
    const files = filesUnder("examples/workflows", "");
    const lines = files.flatMap((file) =>
      [...read(file).matchAll(/(?:^|\s)(?:\$jobwright|npx --no-install jobwright) ([a-z][^|&;"\n]*)/gm)].map(
        ([, rest = ""]) => rest.trim(),
      ),
    );
    expect(lines.length).toBeGreaterThan(6);
    expect(lines.flatMap(unknownFlags)).toEqual([]);
    expect(unknownFlags("plan --no-such-flag")).toEqual(["--no-such-flag"]);
  });

  describe("GitLab", () => {
    const pipeline = parse(read("examples/workflows/gitlab-ci.yml"));
    const folder = mkdtempSync(join(tmpdir(), "gitlab-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("is YAML with the jobs of its stages, applied one after the other", () => {
      const jobs = Object.keys(pipeline).filter((name) => pipeline[name]?.script !== undefined);
      expect(jobs).toEqual(pipeline.stages);
      for (const name of ["apply", "drift"]) expect(pipeline[name].resource_group).toBe(pipeline.apply.resource_group);
      expect(pipeline.plan.artifacts.reports.terraform).toBe("counts.json");
    });

    it("counts what the merge request shows", () => {
      const summary = { create: 2, update: 3, replace: 1, delete: 4, adopt: 5, unchanged: 9 };
      writeFileSync(join(folder, "plan.json"), JSON.stringify({ summary }));
      const [, script = ""] = /^node -e '(.*)'$/s.exec(pipeline.plan.after_script[0]) ?? [];
      expect(spawnSync(process.execPath, ["-e", script], { cwd: folder }).status).toBe(0);
      expect(JSON.parse(readFileSync(join(folder, "counts.json"), "utf8"))).toEqual({
        create: 3,
        update: 8,
        delete: 5,
      });
    });
  });

  describe.skipIf(process.platform === "win32")("any CI", () => {
    let project: CliProject;
    afterEach(() => project.close());

    it("plans, applies what was approved or what is declared, and looks for drift", async () => {
      project = await cliProject({ "jobs/a.yaml": nimbleManifest("a") });
      const npx = `#!/bin/sh\nshift 2\nexec "${process.execPath}" "${ROOT}build/cli.js" "$@"\n`;
      writeFileSync(join(project.path, "npx"), npx, { mode: 0o755 });
      const env = { ...project.env, PATH: `${project.path}:${process.env["PATH"]}`, HOME: project.path };
      // The sandbox answers from this process, so that the script must not block it.
      const script = async (command: string): Promise<number | null> => {
        const child = spawn("sh", [`${ROOT}examples/workflows/any-ci.sh`, command], { cwd: project.path, env });
        child.stdout.resume();
        child.stderr.resume();
        return new Promise((done) => child.on("close", done));
      };
      expect(await script("plan")).toBe(0);
      expect(Object.keys(project.files())).toEqual(expect.arrayContaining(["plan.json", "plan.md", "plan.html"]));
      expect(await script("apply")).toBe(0);
      expect(project.sandbox.log.writes()).toHaveLength(1);
      expect(await script("apply")).toBe(3);
      project.remove("plan.json");
      expect(await script("apply")).toBe(0);
      expect(await script("drift")).toBe(0);
      expect(await script("destroy")).toBe(1);
      expect(project.sandbox.log.writes()).toHaveLength(1);
    });
  });
});

describe("our own workflows", () => {
  it("pin every action by commit, with its version beside it", () => {
    expect(own.length).toBeGreaterThan(1);
    for (const file of own) {
      const uses = [...read(file).matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, what = ""]) => what);
      expect(uses.filter((what) => !/^(\.\/|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/.test(what))).toEqual([]);
    }
  });

  it("pin an action by one commit everywhere, of the version that the examples name", () => {
    const pins = new Map<string, Set<string>>();
    const versions = new Map<string, Set<string>>();
    for (const [, text] of texts) {
      for (const [, name = "", commit, major = ""] of text.matchAll(
        /uses: ([\w-]+\/[\w-]+)@(?:([0-9a-f]{40}) # )?(v\d+)/g,
      )) {
        if (commit !== undefined) pins.set(name, (pins.get(name) ?? new Set()).add(commit));
        versions.set(name, (versions.get(name) ?? new Set()).add(major));
      }
    }
    expect([...pins.values()].filter((commits) => commits.size > 1)).toEqual([]);
    expect([...versions].filter(([, majors]) => majors.size > 1)).toEqual([]);
  });

  it("run scripts that there are", () => {
    const { scripts } = JSON.parse(read("package.json"));
    const named = own.flatMap((file) =>
      [...read(file).matchAll(/npm run (?:-\S+ )*([\w:-]+)/g)].map(([, name]) => name),
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ""))).toEqual([]);
  });

  it("try each system and Node.js, the bundle as it is checked in, and the action itself", () => {
    const { jobs } = parse(read(".github/workflows/ci.yml"));
    expect(jobs.test.strategy.matrix).toEqual({
      os: ["ubuntu-latest", "macos-latest", "windows-latest"],
      node: [20, 22, 24],
    });
    expect(JSON.stringify(jobs["check-dist"].steps)).toContain("git diff --exit-code");
    const steps: WorkflowStep[] = jobs.action.steps;
    const run = steps.filter(({ uses }) => uses === "./").map(({ with: given }) => given?.["command"]);
    expect([...new Set(run)].toSorted()).toEqual(["apply", "drift", "plan", "validate"]);
  });
});

describe(".pre-commit-hooks.yaml", () => {
  it("checks everything together with the installed command", () => {
    const [hook] = parse(read(".pre-commit-hooks.yaml"));
    expect(hook).toMatchObject({ entry: "jobwright validate", language: "node", pass_filenames: false });
    const files = new RegExp(hook.files);
    expect(["jobs/a.yaml", "jobs/x/b.yml", "jobwright.yaml", "infra/jobwright.yaml"].every((f) => files.test(f))).toBe(
      true,
    );
    expect(["README.md", "src/jobs/a.ts"].some((f) => files.test(f))).toBe(false);
    expect(JSON.parse(read("package.json")).bin).toHaveProperty("jobwright");
  });
});
