import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { hold } from "../../src/commands/hold.ts";
import { type ImportOptions, importJobs } from "../../src/commands/import.ts";
import { plan } from "../../src/commands/plan.ts";
import type { DriftedDocument } from "../../src/import/drift-report.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms();
});
afterEach(() => platforms.close());

const ENV = { TOKEN: "first-token" };

async function takeBack(options: ImportOptions = {}, env: Record<string, string> = ENV): Promise<DriftedDocument> {
  const { stdout, exitCode } = await importJobs(platforms.shell(env), { drifted: true, json: true, ...options });
  expect(exitCode).toBe(0);
  return JSON.parse(stdout);
}

async function planned(env: Record<string, string> = ENV) {
  return JSON.parse((await plan(platforms.shell(env), { json: true })).stdout);
}

/** Writes a manifest and applies it. */
async function start(text: string, file = "jobs/a.yaml"): Promise<void> {
  platforms.write(file, text);
  const { exitCode, stdout } = await apply(platforms.shell(ENV), { autoApprove: true });
  expect(exitCode, stdout).toBe(0);
}

const byHand = (merge: object) =>
  platforms.sandbox.data.nimble.edit(platforms.sandbox.data.nimble.all()[0]?.id ?? "", merge as never);
interface Spec {
  policies?: string[];
  runtime: { envs: { name: string; value: string; secret?: boolean }[] };
  triggers: { id?: string; type: string; enabled: boolean; configuration: Record<string, unknown> }[];
}

const blaxelByHand = (edit: (spec: Spec) => void) =>
  platforms.sandbox.data.blaxel.edit("job", (job) => {
    const copy = structuredClone(job) as unknown as { spec: Spec };
    edit(copy.spec);
    return copy as never;
  });

const NIMBLE = `\
# The team's most important job.
apiVersion: nimbleway.com/v1
kind: Job
metadata: { name: a } # short
spec:
    agent_name: amazon_pdp   # the agent
    display_name: 'It''s daily'

    schedule:   # in UTC
        cron: "0 6 * * *"   # before work
        enabled: true
    inputs: { type: inline, data: [{ sku: B1 }, { sku: B2 }] }
    # where it goes
    destination:
        path: s3://out/
        type: s3
`;

describe("what was changed by hand is taken into the manifest", () => {
  it("scalar by scalar, everything around them kept", async () => {
    await start(NIMBLE);
    byHand({
      display_name: "It's hourly",
      schedule: { cron: "0 * * * *", enabled: true },
      destination: { type: "s3", path: "s3://else#where/", format: "csv" },
    });
    const { edited, left } = await takeBack();
    expect(edited).toEqual([
      {
        address: "nimble/a",
        file: "jobs/a.yaml",
        changes: [
          {
            ...{ op: "replace", path: "/spec/destination/path", cause: "drift" },
            ...{ before: "s3://out/", after: "s3://else#where/" },
          },
          {
            ...{ op: "replace", path: "/spec/display_name", cause: "drift" },
            ...{ before: "It's daily", after: "It's hourly" },
          },
          {
            ...{ op: "replace", path: "/spec/schedule/cron", cause: "drift" },
            ...{ before: "0 6 * * *", after: "0 * * * *" },
          },
        ],
      },
    ]);
    expect(left).toEqual([]);
    expect(platforms.read("jobs/a.yaml")).toBe(
      NIMBLE.replace("'It''s daily'", "'It''s hourly'")
        .replace('"0 6 * * *"', '"0 * * * *"')
        .replace("s3://out/", "s3://else#where/"),
    );
    expect(await planned()).toMatchObject({ actions: [], summary: { unchanged: 1, paused: 0 } });
  });

  it("a pause", async () => {
    await start(NIMBLE);
    byHand({ schedule: { cron: "0 6 * * *", enabled: false } });
    expect((await takeBack()).edited[0]?.changes).toEqual([
      { op: "replace", path: "/spec/schedule/enabled", before: true, after: false, cause: "paused" },
    ]);
    expect(platforms.read("jobs/a.yaml")).toBe(NIMBLE.replace("enabled: true", "enabled: false"));
    expect(await planned()).toMatchObject({ actions: [], standings: [], summary: { paused: 0 } });
  });

  it("what was taken away, with all that is on its lines", async () => {
    await start(NIMBLE);
    byHand({ display_name: null, schedule: null });
    await takeBack();
    expect(platforms.read("jobs/a.yaml")).toBe(
      NIMBLE.replace(/ {4}display_name.*\n/, "").replace(/ {4}schedule:[\s\S]*?true\n/, ""),
    );
    expect(await planned()).toMatchObject({ actions: [] });
  });

  it("values in flow style, records included", async () => {
    await start(NIMBLE);
    byHand({ inputs: { type: "inline", file_path: null, data: [{ sku: "B1" }, { sku: "B3, or so", count: 1 }] } });
    await takeBack();
    expect(platforms.read("jobs/a.yaml")).toBe(
      NIMBLE.replace("{ sku: B2 }", '{ sku: "B3, or so", count: 1 }')
        .replace("[{ sku: B1 }", "[ { sku: B1 }")
        .replace("1 }] }", "1 } ] }"),
    );
    expect(await planned()).toMatchObject({ actions: [] });
  });
});

const BLAXEL = `\
apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata:
  name: job
  labels:
    team: search
spec:
  policies:
    # the first
    - p
    - q # the second
  runtime:
    memory: 2048
    envs:
      # where to
      - name: BUCKET
        value: one

      - { name: MODE, value: fast }
      - name: TOKEN
        value: \${env:TOKEN}
        secret: true
      - name: SCRIPT
        value: |
          set -e
          run
  triggers:
    - type: cron # nightly
      enabled: true
      configuration:
        schedule: 0 3 * * *
`;

describe("lists", () => {
  it("get and lose items", async () => {
    await start(BLAXEL);
    blaxelByHand((spec) => {
      spec.policies = ["q", "r"];
      spec.runtime.envs = spec.runtime.envs.filter((env) => env.name !== "MODE");
      Object.assign(spec.runtime.envs[0] ?? {}, { value: "two" });
      spec.runtime.envs.push({ name: "NEW", value: "yes", secret: false });
      spec.triggers.push({ id: "trigger-99", type: "http", enabled: true, configuration: { path: "/x", future: 1 } });
    });
    const { left } = await takeBack();
    expect(left).toEqual([]);
    expect(platforms.read("jobs/a.yaml")).toBe(
      `${BLAXEL.replace("    - p\n", "")
        .replace("the second\n", "the second\n    - r\n")
        .replace("value: one", "value: two")
        .replace("      - { name: MODE, value: fast }\n", "")
        .replace("          run\n", '          run\n      - name: NEW\n        value: "yes"\n')}\
    - type: http
      enabled: true
      configuration:
        path: /x
`,
    );
    expect(await planned()).toMatchObject({ actions: [], summary: { unchanged: 1 } });
  });

  it("keep texts of several lines as they are laid out", async () => {
    await start(BLAXEL);
    blaxelByHand((spec) => {
      Object.assign(spec.runtime.envs[3] ?? {}, { value: "set -eu\nrun ${ALL}\n\ndone\n" });
    });
    await takeBack();
    expect(platforms.read("jobs/a.yaml")).toBe(
      BLAXEL.replace("set -e\n          run\n", () => "set -eu\n          run $${ALL}\n\n          done\n"),
    );
    expect(await planned()).toMatchObject({ actions: [] });
  });

  it("go when nothing is left of them, instead of saying null", async () => {
    await start(BLAXEL);
    platforms.sandbox.data.blaxel.edit("job", { metadata: { labels: null } } as never);
    blaxelByHand((spec) => {
      delete spec.policies;
      spec.triggers = [];
    });
    await takeBack();
    const text = platforms.read("jobs/a.yaml");
    expect(text).not.toMatch(/labels|policies|triggers/);
    expect(text).toContain("  name: job\nspec:\n  runtime:\n");
    expect(await planned()).toMatchObject({ actions: [] });
  });
});

describe("left as written, and told", () => {
  it("a value that somebody made secret, where a plan reads secrets and so sees that it is another one", async () => {
    const secret = (name: string) => ({ name, value: `the ${name}`, secret: true });
    const envs = [{ name: "PLAIN", value: "one" }, secret("GONE"), secret("KEPT")];
    platforms.blaxel({ metadata: { name: "job" }, spec: { runtime: { memory: 2048, envs } } });
    const variables = { GONE: "the GONE", KEPT: "the KEPT" };
    await importJobs(platforms.shell(variables), {});
    blaxelByHand((spec) => {
      // What is gone makes an update, whose PUT has to carry what was never compared: so it is read.
      spec.runtime.envs = [{ name: "PLAIN", value: "another one", secret: true }, secret("KEPT")];
    });
    const { left } = await takeBack({}, variables);
    const differing = (await planned(variables)).actions[0].changes.map(({ path }: { path: string }) => path);
    expect(differing).toEqual(["/spec/runtime/envs/GONE", "/spec/runtime/envs/PLAIN/value"]);
    expect(left.map(({ path }) => path)).toEqual(differing);
  });

  it("secrets", async () => {
    await start(BLAXEL);
    blaxelByHand((spec) => {
      spec.runtime.envs = spec.runtime.envs.filter((env) => env.name !== "TOKEN");
      spec.runtime.envs.push({ name: "OTHER", value: "somebody's-secret", secret: true });
    });
    const { edited, left } = await takeBack();
    expect(edited).toEqual([]);
    expect(left.map(({ path, reason }) => [path, reason])).toEqual([
      ["/spec/runtime/envs/OTHER", "secrets are never written into a manifest"],
      ["/spec/runtime/envs/TOKEN", "secrets are never written into a manifest"],
    ]);
    expect(platforms.read("jobs/a.yaml")).toBe(BLAXEL);
  });

  it("what another tool fills in", async () => {
    await start(BLAXEL.replace("memory: 2048", "memory: 2048\n    image: registry/x:1"));
    platforms.sandbox.data.blaxel.deploy("job", "registry/x:2");
    const { edited, left } = await takeBack();
    expect(edited).toEqual([]);
    expect(left).toEqual([
      { address: "blaxel/job", path: "/spec/runtime/image", reason: expect.stringContaining("bl deploy fills it in") },
    ]);
  });

  it("references, and what they bring in", async () => {
    platforms.write("jobwright.yaml", "vars: { out: s3://out/, schedule: { cron: 0 6 * * *, enabled: true } }\n");
    const text = NIMBLE.replace("s3://out/", '"${var:out}"').replace(
      /schedule:[\s\S]*true/,
      "schedule: ${var:schedule}",
    );
    await start(text);
    byHand({
      display_name: "new",
      schedule: { cron: "1 6 * * *", enabled: true },
      destination: { type: "s3", path: "s3://else/" },
    });
    const { edited, left } = await takeBack();
    expect(edited[0]?.changes.map(({ path }) => path)).toEqual(["/spec/display_name"]);
    expect(left.map(({ path, reason }) => [path, reason])).toEqual([
      ["/spec/destination/path", 'it is written as "${var:out}"'],
      ["/spec/schedule/cron", "it is part of what ${var:schedule} brings in"],
    ]);
    expect(platforms.read("jobs/a.yaml")).toBe(text.replace("'It''s daily'", "'new'"));
    expect((await planned()).actions[0].changes).toMatchObject([{ cause: "drift" }, { cause: "drift" }]);
  });

  it("what a patch of the config makes, with its place", async () => {
    platforms.write(
      "jobwright.yaml",
      `patches:
  - match: nimble/*
    patch:
      - { op: replace, path: /spec/schedule/cron, value: "5 5 * * *" }
`,
    );
    await start(NIMBLE);
    byHand({ schedule: { cron: "6 6 * * *", enabled: true } });
    expect((await takeBack()).left).toEqual([
      { address: "nimble/a", path: "/spec/schedule/cron", reason: "the patch at jobwright.yaml:4 makes it" },
    ]);
    expect(platforms.read("jobs/a.yaml")).toBe(NIMBLE);
  });

  it("what an anchor shares with other places, and what a merge brings in", async () => {
    const text = `\
apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata: { name: job }
spec:
  runtime:
    memory: &size 2048
    timeout: *size
    maxRetries: &mine 2
  triggers:
    - &cron
      type: cron
      enabled: true
      configuration: { schedule: 0 3 * * * }
    - <<: *cron
      id: second
      configuration: { schedule: 0 4 * * * }
`;
    await start(text);
    blaxelByHand((spec) => {
      Object.assign(spec.runtime, { memory: 4096, timeout: 7, maxRetries: 3 });
      for (const trigger of spec.triggers) trigger.enabled = false;
      Object.assign(spec.triggers[1]?.configuration ?? {}, { schedule: "9 9 * * *" });
    });
    const { left } = await takeBack();
    expect(left.map(({ reason }) => reason)).toEqual([
      "other places share it by the alias *size",
      "the alias *size brings it in, which other places share",
      "other places share it by the alias *cron",
      "a merge (<<) brings it in, which other places share",
    ]);
    expect(platforms.read("jobs/a.yaml")).toBe(text.replace("&mine 2", "&mine 3").replace("0 4 * * *", '"9 9 * * *"'));
  });

  it("what only Git changed, also in the base", async () => {
    await start(NIMBLE);
    const changed = NIMBLE.replace("s3://out/", "s3://new/");
    platforms.write("jobs/a.yaml", changed);
    byHand({ display_name: "by hand" });
    await takeBack();
    expect(platforms.read("jobs/a.yaml")).toBe(changed.replace("'It''s daily'", "'by hand'"));
    expect((await planned()).actions).toMatchObject([
      { changes: [{ path: "/spec/destination/path", cause: "pending", before: "s3://out/", after: "s3://new/" }] },
    ]);
    platforms.write("jobs/a.yaml", platforms.read("jobs/a.yaml").replace("'by hand'", "'from Git'"));
    expect((await planned()).actions[0].changes[1]).toMatchObject({ path: "/spec/display_name", cause: "pending" });
  });

  it("jobs that are held, gone, or not adopted", async () => {
    await start(`${NIMBLE}---\n${NIMBLE.replace("name: a", "name: b")}---\n${NIMBLE.replace("name: a", "name: c")}`);
    const idOf = (name: string): string =>
      platforms.sandbox.data.nimble.all().find((job) => job.name === name)?.id ?? "";
    await hold(platforms.shell(ENV), "nimble/a", { until: "2026-12-01", reason: "vendor" });
    platforms.sandbox.data.nimble.edit(idOf("a"), { description: "x" });
    platforms.sandbox.data.nimble.delete(idOf("b"));
    platforms.write("jobs/d.yaml", NIMBLE.replace("name: a", "name: d"));
    platforms.nimble({ id: "job_44", name: "d", display_name: "other" });
    const { edited, left } = await takeBack();
    expect(edited).toEqual([]);
    expect(left.map(({ address, reason }) => `${address} ${reason}`)).toEqual([
      "nimble/a it is held until 2026-12-01",
      "nimble/b it is gone live: remove its manifest, or apply to make it again",
      "nimble/d it is not adopted yet, so nothing tells a change by hand from one in Git",
    ]);
  });
});

describe("a conflict", () => {
  it("ends as it is live, and says that Git had moved too", async () => {
    await start(NIMBLE);
    platforms.write("jobs/a.yaml", NIMBLE.replace("'It''s daily'", "Git's"));
    byHand({ display_name: "by hand" });
    const { stdout } = await importJobs(platforms.shell(ENV), { drifted: true });
    expect(stdout).toBe(`\
nimble/a  jobs/a.yaml
  ~ spec.display_name  "Git's" → "by hand"  (Git had changed it too)

1 job says now what is live. Look at it (git diff), then: jobwright plan
`);
    expect(await planned()).toMatchObject({ actions: [] });
  });

  it("over a field that Git no longer declares brings it back", async () => {
    await start(NIMBLE);
    platforms.write("jobs/a.yaml", NIMBLE.replace(/ {4}display_name.*\n/, ""));
    byHand({ display_name: "by hand" });
    await takeBack();
    expect(platforms.read("jobs/a.yaml")).toBe(
      `${NIMBLE.replace(/ {4}display_name.*\n/, "")}    display_name: by hand\n`,
    );
    expect(await planned()).toMatchObject({ actions: [] });
  });
});

describe("files", () => {
  it("with several documents, of which one is edited, keep line ends and marks", async () => {
    const two = `\ufeff${NIMBLE}---\n# second\n${NIMBLE.replace("name: a", "name: b")}`.replaceAll("\n", "\r\n");
    await start(two);
    const b = platforms.sandbox.data.nimble.all().find(({ name }) => name === "b");
    platforms.sandbox.data.nimble.edit(b?.id ?? "", { display_name: "new" });
    await takeBack();
    const at = two.lastIndexOf("'It''s daily'");
    expect(platforms.read("jobs/a.yaml")).toBe(`${two.slice(0, at)}'new'${two.slice(at + "'It''s daily'".length)}`);
    expect(await planned()).toMatchObject({ actions: [] });
  });

  it("are narrowed by target and name", async () => {
    await start(`${NIMBLE}---\n${NIMBLE.replace("name: a", "name: b")}`);
    for (const { id } of platforms.sandbox.data.nimble.all())
      platforms.sandbox.data.nimble.edit(id, { display_name: "x" });
    expect((await takeBack({ name: ["b"] })).edited.map(({ address }) => address)).toEqual(["nimble/b"]);
    expect((await takeBack({ target: ["blaxel"] })).edited).toEqual([]);
    expect((await takeBack()).edited.map(({ address }) => address)).toEqual(["nimble/a"]);
  });

  it("change without a state, too: all that differs counts then", async () => {
    platforms.write("jobwright.yaml", "state: { store: none }\n");
    await start(NIMBLE);
    byHand({ display_name: "x" });
    await takeBack();
    expect(platforms.read("jobs/a.yaml")).toBe(NIMBLE.replace("'It''s daily'", "'x'"));
  });

  it("stay as they are where nothing drifted", async () => {
    await start(NIMBLE);
    const { stdout } = await importJobs(platforms.shell(ENV), { drifted: true });
    expect(stdout).toBe("No manifest was changed.\n");
    expect(platforms.read("jobs/a.yaml")).toBe(NIMBLE);
  });
});
