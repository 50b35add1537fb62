import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { WORKFLOW } from "../src/init/workflow-text.ts";
import { filesUnder, ROOT, read } from "./support/source-files.ts";

interface WorkflowStep {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface WorkflowJob {
  readonly permissions?: object;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly WorkflowStep[];
  readonly concurrency?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

const inputs: Readonly<Record<string, unknown>> = parse(read("action.yml")).inputs;
const examples = filesUnder("examples/workflows", ".yml").filter((file) => file.includes("/github-"));
const own = filesUnder(".github/workflows", ".yml");
const OURS = /^\.\/(node_modules\/jobwright)?$/;

describe.each([...examples, ...own])("%s", (file) => {
  const workflow: Workflow = parse(read(file));
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

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

  it("gives the action inputs that it has", () => {
    for (const { with: given = {} } of steps.filter(({ uses }) => OURS.test(uses ?? ""))) {
      expect(Object.keys(given).filter((name) => !Object.hasOwn(inputs, name))).toEqual([]);
      for (const value of Object.values(given)) expect(typeof value).toBe("string");
    }
  });
});

describe("the example workflows", () => {
  it("have the one that init writes", () => {
    expect(read("examples/workflows/github-pull-request.yml")).toBe(WORKFLOW);
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

describe("our own workflows", () => {
  it("pin every action by commit, with its version beside it", () => {
    expect(own.length).toBeGreaterThan(1);
    for (const file of own) {
      const uses = [...read(file).matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, what = ""]) => what);
      expect(uses.filter((what) => !/^(\.\/|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/.test(what))).toEqual([]);
    }
  });

  it("run scripts that there are", () => {
    const { scripts } = JSON.parse(read("package.json"));
    const named = own.flatMap((file) =>
      [...read(file).matchAll(/npm run (?:-\S+ )*([\w:-]+)/g)].map(([, name]) => name),
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ""))).toEqual([]);
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
    expect(existsSync(`${ROOT}src/cli.ts`)).toBe(true);
  });
});
