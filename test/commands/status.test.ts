import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { afterEach, describe, expect, it } from "vitest";
import schema from "../../schemas/status.schema.json" with { type: "json" };
import { apply } from "../../src/commands/apply.ts";
import { openProject } from "../../src/commands/project.ts";
import { sessionOptions, storeOf } from "../../src/commands/state-store.ts";
import { type StatusOptions, status, zoneOf } from "../../src/commands/status.ts";
import type { StatusDocument } from "../../src/render/status-document.ts";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { demoSeed } from "../../src/sandbox/seed.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { type TestShell, temporaryFolder, testShell } from "../support/shell.ts";

const validate = addFormats.default(new Ajv({ strict: true, strictTypes: false })).compile(schema);

const NIMBLE = `apiVersion: nimbleway.com/v1
kind: Job
metadata: { name: amazon-pdp-daily }
spec:
  agent_name: amazon_pdp
  schedule: { cron: "0 6 * * *", enabled: true }
---
apiVersion: nimbleway.com/v1
kind: Job
metadata: { name: walmart-pdp-daily }
spec:
  agent_name: walmart_pdp
  display_name: "Walmart PDP, daily"
  schedule: { cron: "30 6 * * *", enabled: true }
---
apiVersion: nimbleway.com/v1
kind: Job
metadata: { name: maps-stores-weekly }
spec:
  agent_name: google_maps_search
  display_name: Store locations
`;

const BLAXEL = `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata: { name: nightly-embeddings, labels: { team: search, env: prod } }
spec:
  runtime:
    memory: 4096
    envs:
      - { name: BUCKET, value: acme-prod }
      - { name: OPENAI_API_KEY, value: "\${env:OPENAI}", secret: true }
`;

const NEW_JOB = `apiVersion: nimbleway.com/v1
kind: Job
metadata: { name: brand-new }
spec: { agent_name: x, schedule: { cron: "0 7 * * *", enabled: true } }
`;

interface Place {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly shell: TestShell;
  write(file: string, text: string): void;
  json(options?: StatusOptions): Promise<StatusDocument>;
  text(options?: StatusOptions): Promise<string>;
}

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A project with three of the demo's jobs of each kind declared. */
async function place(options: SandboxOptions = {}, env: Readonly<Record<string, string>> = {}): Promise<Place> {
  let time = Date.parse("2026-11-23T12:00:00Z");
  const now = (): Date => {
    time += 1000;
    return new Date(time);
  };
  const sandbox = await startSandbox({ seed: demoSeed(), now, ...options });
  const folder = temporaryFolder();
  cleanups.push(
    () => sandbox.close(),
    () => folder.remove(),
  );
  const shell = testShell({
    cwd: folder.path,
    env: {
      ...{ NIMBLE_BASE_URL: sandbox.url, NIMBLE_API_KEY: "nimble-key-of-the-test", BL_WORKSPACE: "acme" },
      ...{ BL_API_URL: `${sandbox.url}/v0`, BL_API_KEY: "blaxel-key-of-the-test", OPENAI: "sandbox-openai-key" },
      ...{ TZ: "Europe/Vienna", ...env },
    },
  });
  const write = (file: string, text: string): void => {
    mkdirSync(join(folder.path, "jobs"), { recursive: true });
    writeFileSync(join(folder.path, file), text);
  };
  write("jobs/nimble.yaml", NIMBLE);
  write("jobs/blaxel.yaml", BLAXEL);
  return {
    ...{ sandbox, folder: folder.path, shell, write },
    json: async (given = {}) => {
      const { exitCode, stdout } = await status(shell, { ...given, json: true });
      expect(exitCode).toBe(0);
      const document: unknown = JSON.parse(stdout);
      validate(document);
      expect(validate.errors ?? []).toEqual([]);
      return document as StatusDocument;
    },
    text: async (given = {}) => {
      const { exitCode, stdout } = await status(shell, given);
      expect(exitCode).toBe(0);
      return stdout;
    },
  };
}

const standings = ({ jobs }: StatusDocument) => Object.fromEntries(jobs.map((job) => [job.address, job.standing]));

/** Every file below a folder with its bytes and the time of its last change. */
function contents(folder: string): readonly (readonly [string, string, number])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [file, readFileSync(file, "base64"), statSync(file).mtimeMs] as const);
}

describe("status", () => {
  it("tells how every job of both platforms stands, before an apply, after one, and after a hand", async () => {
    const { json, shell, write, sandbox } = await place();
    const before = await json();
    expect(standings(before)).toEqual({
      "blaxel/ci-runner": "unmanaged",
      "blaxel/eval-harness": "unmanaged",
      "blaxel/nightly-embeddings": "pending",
      "blaxel/payments-reconcile": "unmanaged",
      "nimble/amazon-pdp-daily": "pending",
      "nimble/amazon-serp-hourly": "unmanaged",
      "nimble/maps-stores-weekly": "pending",
      "nimble/reviews-backfill": "unmanaged",
      "nimble/walmart-pdp-daily": "pending",
    });
    expect(before.summary).toMatchObject({ jobs: 9, live: 9, managed: 4, unmanaged: 5, managedPercent: 44 });

    await apply(shell, { autoApprove: true });
    expect((await json()).summary.standings).toMatchObject({ "in-sync": 4, unmanaged: 5 });

    sandbox.data.nimble.edit("job_11", { schedule: { enabled: false } });
    sandbox.data.nimble.edit("job_17", { display_name: "by hand" });
    sandbox.data.nimble.delete("job_23");
    write("jobs/new.yaml", NEW_JOB);
    write("jobs/blaxel.yaml", BLAXEL.replace("memory: 4096", "memory: 8192"));
    const after = await json();
    expect(standings(after)).toMatchObject({
      "blaxel/nightly-embeddings": "pending",
      "nimble/amazon-pdp-daily": "paused",
      "nimble/brand-new": "new",
      "nimble/maps-stores-weekly": "missing",
      "nimble/walmart-pdp-daily": "drifted",
    });
    expect(after.summary).toMatchObject({ jobs: 10, live: 8, managed: 3, unmanaged: 5, managedPercent: 37 });
    const walmart = after.jobs.find(({ address }) => address === "nimble/walmart-pdp-daily");
    expect(walmart).toMatchObject({
      changes: [{ path: "/spec/display_name", cause: "drift" }],
      lastChange: { sinceApply: true },
      lastRun: { at: "2026-09-30T06:30:03.000Z", status: "SUCCESS" },
      nextRun: "2026-11-24T06:30:00.000Z",
      source: { file: "jobs/nimble.yaml", line: 8, column: 1 },
    });

    write("jobs/nimble.yaml", NEW_JOB.replace("brand-new", "other"));
    expect(standings(await json())).toMatchObject({
      "nimble/amazon-pdp-daily": "orphaned",
      "nimble/maps-stores-weekly": "orphaned",
      "nimble/walmart-pdp-daily": "orphaned",
    });
  });

  it("is a table with the reader's time beside UTC", async () => {
    const { text, shell } = await place();
    await apply(shell, { autoApprove: true, target: ["blaxel"] });
    const lines = (await text()).split("\n");
    expect(lines.find((line) => line.startsWith("blaxel/nightly-embeddings"))).toMatch(
      /^blaxel\/nightly-embeddings +in sync +Every hour +2026-11-23 13:00$/,
    );
    expect(lines.at(-2)).toBe("4 of 9 live jobs are managed (44 %). jobwright import writes manifests for the others.");
    expect(lines.at(-1)).toBe("");
    const wide = { ...shell, style: { ...shell.style, width: 200 } };
    const { stdout } = await status(wide, {});
    expect(stdout).toMatch(/blaxel\/nightly-embeddings .* 2026-11-23 13:00 {2}2026-11-23 14:00 {2}DEPLOYED/);
    expect(stdout.split("\n")[0]).toMatch(/next run, UTC +in Europe\/Vienna +last run, or state +last changed, UTC$/);
  });

  it("changes nothing, on the platforms and here, and waits for no lock", async () => {
    const { folder, shell, sandbox, json, text } = await place();
    await apply(shell, { autoApprove: true });
    sandbox.data.nimble.edit("job_17", { display_name: "by hand" });
    const open = await openProject(shell, {});
    const session = await storeOf(shell, open).open(sessionOptions(shell, open, "apply", 0));
    try {
      const [before, writes] = [contents(folder), sandbox.log.writes().length];
      await json();
      await text();
      await text({ fields: "nimble/walmart-pdp-daily" });
      expect(contents(folder)).toEqual(before);
      expect(sandbox.log.writes()).toHaveLength(writes);
      expect(before.map(([file]) => file)).toContain(join(folder, ".jobwright", "state.json"));
    } finally {
      await session.close();
    }
  });

  it("makes no files where there are none yet", async () => {
    const { folder, json } = await place();
    const before = contents(folder);
    await json();
    expect(contents(folder)).toEqual(before);
  });

  it("shows what nobody knows the outcome of", async () => {
    const { shell, json, write, text } = await place();
    await apply(shell, { autoApprove: true });
    write("jobs/new.yaml", NEW_JOB);
    const open = await openProject(shell, {});
    const session = await storeOf(shell, open).open(sessionOptions(shell, open, "apply", 0));
    await session.intend([
      {
        ...{ address: "nimble/brand-new", target: "nimble", action: "create" as const, name: "brand-new" },
        ...{ apiVersion: "nimbleway.com/v1" as const, before: [] },
      },
    ]);
    await session.close();
    expect(standings(await json())["nimble/brand-new"]).toBe("outcome-unknown");
    const shown = await text({ only: ["nimble/brand-new"] });
    expect(shown).toMatch(/nimble\/brand-new +outcome unknown/);
    expect(shown.replace(/\s+/g, " ")).toContain(
      "nobody can say yet whether the create of 2026-11-23 12:00 UTC happened",
    );
  });

  it("lists what was selected only", async () => {
    const { json, folder } = await place();
    const addresses = async (options: StatusOptions) => (await json(options)).jobs.map(({ address }) => address);
    expect(await addresses({ target: ["blaxel"] })).toEqual([
      "blaxel/ci-runner",
      "blaxel/eval-harness",
      "blaxel/nightly-embeddings",
      "blaxel/payments-reconcile",
    ]);
    expect(await addresses({ only: ["*/amazon-*"], exclude: ["*-hourly"] })).toEqual(["nimble/amazon-pdp-daily"]);
    expect(await addresses({ paths: [join(folder, "jobs/blaxel.yaml")] })).toEqual(["blaxel/nightly-embeddings"]);
    const narrowed = await json({ only: ["nimble/amazon-pdp-daily"] });
    expect(narrowed).toMatchObject({ narrowed: true, summary: { jobs: 1, live: 5, managed: 3 } });
  });

  it("says so where the keys are those of another account", async () => {
    const { json, shell, sandbox } = await place();
    await apply(shell, { autoApprove: true });
    sandbox.data.nimble.clear();
    const { warnings, jobs } = await json({ target: ["nimble"] });
    expect(warnings.map(({ code }) => code)).toEqual(["JW3006"]);
    expect(jobs.map(({ standing }) => standing)).toEqual(["missing", "missing", "missing"]);
  });

  it("works without a state", async () => {
    const { json, write } = await place();
    write("jobwright.yaml", "state: { store: none }\n");
    const document = await json();
    expect(standings(document)).toMatchObject({ "nimble/walmart-pdp-daily": "in-sync" });
  });

  it("tells of a secret that a PUT would lose, and of all other jobs just the same", async () => {
    const { json, write } = await place({ adminKeys: [] });
    const undeclared = BLAXEL.replace(/\n +- { name: OPENAI.*/, "").replace("4096", "8192");
    write("jobs/blaxel.yaml", undeclared.replace(/ +envs:\n.*\n/, ""));
    const { warnings, jobs } = await json();
    expect(warnings).toMatchObject([{ code: "JW2060", address: "blaxel/nightly-embeddings" }]);
    expect(jobs).toHaveLength(9);
  });

  it("fails where a platform cannot be read", async () => {
    const { shell } = await place({ key: "another-key" });
    await expect(status(shell, {})).rejects.toMatchObject({ code: "JW2010" });
  });

  it("writes an HTML page where asked to", async () => {
    const { text, folder } = await place();
    await text({ html: "status.html" });
    const page = readFileSync(join(folder, "status.html"), "utf8");
    expect(page).toContain("<code>nimble/walmart-pdp-daily</code>");
    expect(page).toContain("<th>in Europe/Vienna</th>");
  });
});

describe("status --fields", () => {
  const owners = ({ jobs }: StatusDocument) =>
    Object.fromEntries((jobs[0]?.fields ?? []).map(({ path, owner, by }) => [path, by ?? owner]));

  it("tells whose each field of a Blaxel job is", async () => {
    const { json, sandbox, shell } = await place();
    await apply(shell, { autoApprove: true });
    sandbox.data.blaxel.edit("nightly-embeddings", { spec: { runtime: { memory: 2048, futureGpu: "a100" } } });
    const document = await json({ fields: "blaxel/nightly-embeddings" });
    expect(document.jobs.map(({ address, standing }) => [address, standing])).toEqual([
      ["blaxel/nightly-embeddings", "drifted"],
    ]);
    expect(owners(document)).toMatchObject({
      "/metadata/displayName": "other",
      "/metadata/labels/team": "declared",
      "/spec/enabled": "default",
      "/spec/region": "the platform",
      "/spec/revision/active": "the platform",
      "/spec/runtime/envs/BUCKET/value": "declared",
      "/spec/runtime/futureGpu": "unknown",
      "/spec/runtime/image": "bl deploy",
      "/spec/runtime/memory": "declared",
      "/spec/runtime/timeout": "other",
      "/spec/triggers/cron[0]/configuration/schedule": "other",
    });
    const field = (path: string) => document.jobs[0]?.fields?.find((each) => each.path === path);
    expect(field("/spec/runtime/memory")).toMatchObject({ live: 2048, declared: 4096, cause: "drift" });
    expect(field("/spec/runtime/envs/OPENAI_API_KEY/value")).toEqual({
      path: "/spec/runtime/envs/OPENAI_API_KEY/value",
      ...{ owner: "declared", secret: true, live: { $secret: "live" } },
    });
  });

  it("tells whose each field of a Nimble job is", async () => {
    const { json } = await place();
    expect(owners(await json({ fields: "nimble/amazon-pdp-daily" }))).toEqual({
      "/metadata/name": "declared",
      "/spec/agent_name": "declared",
      "/spec/description": "other",
      "/spec/destination/format": "default",
      "/spec/destination/path": "other",
      "/spec/destination/type": "other",
      "/spec/display_name": "other",
      "/spec/inputs/file_path": "other",
      "/spec/inputs/type": "other",
      "/spec/schedule/cron": "declared",
      "/spec/schedule/enabled": "declared",
    });
  });

  it("takes a live id where no address is, and reads that target only", async () => {
    const { text, sandbox } = await place();
    expect(await text({ fields: "nimble/job_31" })).toMatch(/^nimble\/reviews-backfill {2}unmanaged {2}job_31\n/);
    expect(sandbox.log.entries.filter(({ path }) => path.startsWith("/v0"))).toEqual([]);
  });

  it("asks which one is meant where two unmanaged jobs share a name", async () => {
    const { shell, sandbox } = await place();
    sandbox.data.nimble.put({ id: "job_99", name: "reviews-backfill", agent_name: "x" });
    await expect(status(shell, { fields: "nimble/reviews-backfill" })).rejects.toMatchObject({
      code: "JW5004",
      hint: "Name one by its id: nimble/job_31, nimble/job_99.",
    });
  });

  it("means the managed one where an unmanaged job has its name", async () => {
    const { json, sandbox, write } = await place();
    sandbox.data.nimble.put({ id: "job_5", name: "walmart-pdp-daily", agent_name: "x" });
    const bound = "walmart-pdp-daily, annotations: { jobwright.dev/id: job_17 } }";
    write("jobs/nimble.yaml", NIMBLE.replace("walmart-pdp-daily }", bound));
    const { jobs } = await json({ fields: "nimble/walmart-pdp-daily" });
    expect(jobs.map(({ id }) => id)).toEqual(["job_17"]);
    expect((await json({ fields: "nimble/job_5" })).jobs.map(({ standing }) => standing)).toEqual(["unmanaged"]);
  });

  it("suggests the job that was meant", async () => {
    const { shell } = await place();
    await expect(status(shell, { fields: "nimble/amazon-pdp-dialy" })).rejects.toMatchObject({
      code: "JW5004",
      hint: "Did you mean nimble/amazon-pdp-daily?",
    });
  });

  it("shows no secret's value, in no form", async () => {
    const { text, json, shell, folder } = await place();
    const told = [
      await text({ fields: "blaxel/nightly-embeddings", html: "f.html" }),
      JSON.stringify(await json({ fields: "blaxel/nightly-embeddings" })),
      readFileSync(join(folder, "f.html"), "utf8"),
      ...shell.lines,
    ].join("\n");
    expect(told).toContain("OPENAI_API_KEY");
    expect(told).not.toContain("sandbox-openai-key");
  });
});

describe("the zone", () => {
  it("is that of TZ where it names one, else the system's", () => {
    expect(zoneOf({ TZ: "Asia/Tokyo" })).toBe("Asia/Tokyo");
    const system = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(zoneOf({})).toBe(system);
    expect(zoneOf({ TZ: ":/etc/localtime" })).toBe(system);
  });
});
