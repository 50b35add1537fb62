import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { commandLine } from "../scripts/action.mjs";
import { commentBody } from "../scripts/action-comment.mjs";
import { ROOT, read } from "./support/source-files.ts";

const action = parse(read("action.yml"));
const FILES = { plan: "P", markdown: "M" };

describe("action.yml", () => {
  it("is a composite action with a name, a description and branding", () => {
    expect(action).toMatchObject({
      name: "jobwright",
      description: expect.any(String),
      branding: { icon: expect.any(String), color: expect.any(String) },
      runs: { using: "composite" },
    });
  });

  it("uses each input that it declares, and no other", () => {
    const used = [...read("action.yml").matchAll(/\$\{\{ inputs\.([\w-]+) \}\}/g)].map(([, name]) => name);
    expect(used.toSorted()).toEqual(Object.keys(action.inputs).toSorted());
  });

  it("hands inputs to scripts as environment variables that scripts/action.mjs reads", () => {
    const env = action.runs.steps.flatMap((step: { env?: object }) => Object.keys(step.env ?? {}));
    const expected = Object.keys(action.inputs).map((name) => `INPUT_${name.toUpperCase().replaceAll("-", "_")}`);
    expect(env).toEqual(expected);
    for (const name of Object.keys(action.inputs)) expect(read("scripts/action.mjs")).toContain(`"${name}"`);
  });

  it("puts no expression into a shell script, and uses no other action", () => {
    for (const step of action.runs.steps) {
      expect(step.run).toEqual(expect.any(String));
      expect(step.run).not.toContain("${{");
      expect(step.shell).toBe("bash");
      expect(step.uses).toBeUndefined();
    }
  });

  it("answers outputs that the script writes", () => {
    const script = read("scripts/action.mjs");
    for (const [name, { value }] of Object.entries<{ value: string }>(action.outputs)) {
      expect(value).toBe(`\${{ steps.run.outputs.${name} }}`);
      expect(script).toMatch(new RegExp(`"${name}"|\\b${name}:`));
    }
  });

  it("describes every input and output", () => {
    for (const one of Object.values<{ description?: string }>({ ...action.inputs, ...action.outputs })) {
      expect(one.description).toMatch(/\.$/);
    }
  });
});

describe("the command line of the action", () => {
  it("is the command alone where nothing else is given", () => {
    expect(commandLine(inputs({ command: "validate" }), FILES)).toEqual(["validate", "--format", "github", "--"]);
  });

  it("carries every input, each in one word that cannot become another flag", () => {
    const given = {
      command: "apply",
      config: "ops/jobwright.yaml",
      environment: "prod",
      targets: "nimble\nblaxel-eu\n",
      only: "nimble/--prune",
      prune: "true",
      "allow-replace": "true",
      sandbox: "true",
      paths: "jobs/a.yaml\n\n  --auto-approve",
    };
    const args = commandLine(inputs(given), FILES);
    expect(args.slice(0, 4)).toEqual(["--config=ops/jobwright.yaml", "--env=prod", "--sandbox", "apply"]);
    expect(args.slice(args.indexOf("--target=nimble"))).toEqual([
      "--target=nimble",
      "--target=blaxel-eu",
      "--only=nimble/--prune",
      "--prune",
      "--allow-replace",
      "--",
      "jobs/a.yaml",
      "--auto-approve",
    ]);
  });

  it.each([
    [{ command: "destroy" }, /"command" is "destroy"; it can be validate, plan, apply, drift/],
    [{ command: "toString" }, /"command" is "toString"/],
    [{ command: "plan", prune: "yes" }, /"prune" is "yes"; it can be true or false/],
    [{ command: "drift", prune: "true" }, /"prune" has no meaning for the command drift/],
    [{ command: "validate", only: "nimble/*" }, /"only" has no meaning for the command validate/],
  ])("refuses %j", (given, message) => {
    expect(() => commandLine(inputs(given), FILES)).toThrow(message);
  });
});

describe("the comment", () => {
  it("is the whole plan up to GitHub's limit, and past it says where the plan is", () => {
    const marker = "<!-- m -->";
    const room = 65_536 - marker.length - 1;
    expect(commentBody(marker, "x".repeat(room), "URL")).toHaveLength(65_536);
    expect(commentBody(marker, "x".repeat(room + 1), "URL")).toBe(
      `${marker}\nThe plan is too long for a comment. It stands in the summary of [the run](URL).\n`,
    );
  });
});

describe("the action's step", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "action-"));
    cpSync(`${ROOT}examples/scraping-team`, folder, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  let github: FakeGitHub;
  beforeEach(async () => {
    github = await fakeGitHub();
  });
  afterEach(() => github.server.close());

  const step = (given: Record<string, string>): Promise<StepRun> => runStep(folder, github.url, given);

  it("fails on an input that is wrong, and says which", async () => {
    const run = await step({ command: "destroy" });
    expect(run).toMatchObject({ code: 1, outputs: { "exit-code": "1" } });
    expect(run.stderr).toContain('The input "command" is "destroy"');
  });

  it("validates, plans with a comment, applies, and then finds nothing to do", async () => {
    expect(await step({ command: "validate" })).toMatchObject({ code: 0, outputs: { "exit-code": "0" } });

    const planned = await step({ command: "plan", comment: "true" });
    expect(planned).toMatchObject({ code: 0, outputs: { "has-changes": "true", "exit-code": "2" } });
    const plan = JSON.parse(readFileSync(planned.outputs["plan-file"] ?? "", "utf8"));
    expect(planned.outputs["digest"]).toBe(plan.digest);
    expect(planned.summary).toContain("google-serp-hourly");
    expect(github.comments.map(({ body }) => body)).toEqual([expect.stringContaining("google-serp-hourly")]);

    const applied = await step({ command: "apply" });
    expect(applied).toMatchObject({ code: 0, outputs: { "has-changes": "true", "exit-code": "0" } });
    expect(applied.outputs["digest"]).toBe(plan.digest);
    expect(applied.stdout).toContain("create 4");

    const again = await step({ command: "plan", comment: "true" });
    expect(again).toMatchObject({ code: 0, outputs: { "has-changes": "false", "exit-code": "0" } });
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).not.toContain("google-serp-hourly");

    const drift = await step({ command: "drift" });
    expect(drift).toMatchObject({ code: 0, outputs: { "has-changes": "false", "exit-code": "0" } });
  });

  it("keeps its comment on the second page, and leaves one by a person that quotes it", async () => {
    await step({ command: "plan", comment: "true", environment: "" });
    const [own] = github.comments.splice(0);
    const quote = { id: 1, user: { type: "User" }, body: own?.body ?? "" };
    const others = Array.from({ length: 120 }, (_, n) => ({ id: 10 + n, user: { type: "Bot" }, body: `other ${n}` }));
    github.comments.push(quote, ...others, { id: 900, user: { type: "Bot" }, body: `${own?.body}old` });
    await step({ command: "plan", comment: "true" });
    expect(github.comments).toHaveLength(122);
    expect(github.comments.at(-1)).toMatchObject({ id: 900, body: own?.body });
  });

  it("goes on without a comment where the token may not write one", async () => {
    github.forbidden = true;
    const run = await step({ command: "plan", comment: "true" });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("The plan could not be written as a comment");
    expect(run.stdout + run.stderr).not.toContain("token-of-the-run");
  });
});

function inputs(given: Record<string, string>): Record<string, string> {
  return { ...Object.fromEntries(Object.keys(action.inputs).map((name) => [name, ""])), ...given };
}

interface StepRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** Runs the step as the runner would, on a pull request, against the sandbox. */
async function runStep(workspace: string, api: string, given: Record<string, string>): Promise<StepRun> {
  const runner = mkdtempSync(join(tmpdir(), "runner-"));
  const at = (name: string): string => join(runner, name);
  for (const name of ["output", "summary"]) writeFileSync(at(name), "");
  writeFileSync(at("event.json"), JSON.stringify({ pull_request: { number: 7 } }));
  const variables = Object.entries({ ...inputs(given), sandbox: "true", "github-token": "token-of-the-run" });
  const child = spawn(process.execPath, [`${ROOT}scripts/action.mjs`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(variables.map(([k, v]) => [`INPUT_${k.toUpperCase().replaceAll("-", "_")}`, v])),
      PATH: process.env["PATH"],
      HOME: runner,
      RUNNER_TEMP: runner,
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: at("output"),
      GITHUB_STEP_SUMMARY: at("summary"),
      GITHUB_EVENT_PATH: at("event.json"),
      GITHUB_REPOSITORY: "acme/jobs",
      GITHUB_API_URL: api,
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_RUN_ID: "42",
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes: Buffer) => {
    stdout += bytes.toString("utf8");
  });
  child.stderr.on("data", (bytes: Buffer) => {
    stderr += bytes.toString("utf8");
  });
  const code = await new Promise<number | null>((ended) => child.on("close", ended));
  const written = readFileSync(at("output"), "utf8").split("\n").filter(Boolean);
  const outputs = Object.fromEntries(written.map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]));
  return { code, stdout, stderr, outputs, summary: readFileSync(at("summary"), "utf8") };
}

interface FakeGitHub {
  readonly server: Server;
  readonly url: string;
  readonly comments: { id: number; user: { type: string }; body: string }[];
  forbidden: boolean;
}

/** The comments of pull request 7 of acme/jobs, in pages as GitHub serves them. */
async function fakeGitHub(): Promise<FakeGitHub> {
  const comments: FakeGitHub["comments"] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://127.0.0.1");
    const body = await textOf(request);
    const text = body === "" ? "" : JSON.parse(body).body;
    const one = /^\/repos\/acme\/jobs\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1];
    const whole = url.pathname === "/repos/acme/jobs/issues/7/comments";
    const answer = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    const found = comments.find(({ id }) => String(id) === one);
    if (request.headers.authorization !== "Bearer token-of-the-run") answer(401, {});
    else if (request.method === "GET" && whole) {
      const [size, page] = [Number(url.searchParams.get("per_page")), Number(url.searchParams.get("page"))];
      answer(200, comments.slice(size * (page - 1), size * page));
    } else if (fake.forbidden) answer(403, { message: "Resource not accessible by integration" });
    else if (request.method === "POST" && whole) {
      comments.push({ id: 500 + comments.length, user: { type: "Bot" }, body: text });
      answer(201, comments.at(-1));
    } else if (request.method === "PATCH" && found) {
      found.body = text;
      answer(200, found);
    } else answer(404, {});
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const fake = {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments,
    forbidden: false,
  };
  return fake;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
