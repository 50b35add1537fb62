import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApplyOptions, apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import type { PlanOptions } from "../../src/commands/plan-options.ts";
import type { PlanDocument } from "../../src/render/plan-document.ts";
import { nimbleManifest } from "../support/cli-project.ts";
import { commitAll, git, gitInit } from "../support/git.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

const STRICT = `safety: { maxDeletes: 1, protect: ["nimble/pay-*"], adopt: deny, conflicts: refuse }\n`;
const NAMES = ["pay-eu", "pay-us", "feed"];

let platforms: Platforms;

/** Jobs that are applied; main is what a pull request is to be merged into, and the work tree is the pull request. */
beforeEach(async () => {
  platforms = await startPlatforms();
  platforms.write("jobwright.yaml", STRICT);
  for (const name of NAMES) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name));
  expect((await apply(shell({}), { autoApprove: true })).exitCode).toBe(0);
  gitInit(platforms.folder);
  git(platforms.folder, "update-ref", "refs/remotes/origin/main", "HEAD");
  platforms.sandbox.log.clear();
});
afterEach(() => platforms.close());

const PATH = { PATH: process.env["PATH"] ?? "" };
const PULL = { ...PATH, GITHUB_BASE_REF: "main" };
const shell = (env: Readonly<Record<string, string>>) => platforms.shell(env);
const remove = (name: string): void => rmSync(join(platforms.folder, `jobs/${name}.yaml`));

async function planned(options: PlanOptions = {}, env: Readonly<Record<string, string>> = PULL) {
  const { exitCode, stdout } = await plan(shell(env), { prune: true, json: true, ...options });
  const { refusals, policy = [], warnings } = JSON.parse(stdout) as PlanDocument;
  return {
    exitCode,
    refusals: refusals.map(({ code, address, message }) => `${code} ${address ?? ""} ${message}`.replace("  ", " ")),
    hints: refusals.map(({ hint }) => hint),
    policy: policy.map(({ path }) => path),
    warnings: warnings.map(({ code, message }) => `${code} ${message}`),
  };
}

/** What applying ends with: its exit code, or the code of what stands against it. */
async function applied(env: Readonly<Record<string, string>>, options: ApplyOptions = {}): Promise<number | string> {
  const given = { prune: true, autoApprove: true, json: true, ...options };
  return apply(shell(env), given).then(
    ({ exitCode }) => exitCode,
    (error: { readonly code?: string }) => error.code ?? String(error),
  );
}

describe("A77 a pull request that loosens the policies", () => {
  test("is judged by those of its base branch; after its merge they hold as it says", async () => {
    platforms.write("jobwright.yaml", "safety: { maxDeletes: 9999, protect: [] }\n");
    remove("pay-eu");
    remove("feed");
    const { exitCode, refusals, hints, policy } = await planned();
    expect(exitCode).toBe(3);
    expect(refusals).toEqual([
      "JW3001 nimble/pay-eu nimble/pay-eu is protected (safety.protect: nimble/pay-*) and would be deleted, says origin/main",
      "JW3004 2 jobs would be deleted or replaced, the limit is 1 (safety.maxDeletes), says origin/main",
    ]);
    expect(new Set(hints)).toEqual(
      new Set([
        "A change is judged by the policies of origin/main too. To loosen one, merge that first, in a change of its own.",
      ]),
    );
    expect(policy).toEqual(["/safety/adopt", "/safety/conflicts", "/safety/maxDeletes", "/safety/protect"]);
    // Applied before it is merged, it is judged alike.
    expect(await applied(PULL)).toBe("JW3001");
    expect(platforms.sandbox.log.writes()).toEqual([]);
    commitAll(platforms.folder, "merged");
    expect(await applied(PATH)).toBe(0);
    expect(platforms.sandbox.log.writes().map(({ method }) => method)).toEqual(["DELETE", "DELETE"]);
  });

  test("in steps: the policy first, then what it allows", async () => {
    platforms.write("jobwright.yaml", "safety: { maxDeletes: 3 }\n");
    expect(await planned()).toMatchObject({ exitCode: 0, refusals: [] });
    commitAll(platforms.folder, "policy");
    git(platforms.folder, "update-ref", "refs/remotes/origin/main", "HEAD");
    remove("pay-eu");
    remove("feed");
    expect(await planned()).toMatchObject({ exitCode: 0, refusals: [], policy: [] });
  });

  test("is judged by what it tightens, too", async () => {
    platforms.write("jobwright.yaml", `safety: { maxDeletes: 5, protect: ["nimble/feed"], adopt: deny }\n`);
    remove("feed");
    const { refusals } = await planned();
    expect(refusals).toEqual([
      "JW3001 nimble/feed nimble/feed is protected (safety.protect: nimble/feed) and would be deleted",
    ]);
  });

  test("taking over, and conflicts", async () => {
    platforms.write("jobwright.yaml", "safety: { adopt: allow }\n");
    platforms.nimble({ id: "job_77", name: "theirs" });
    platforms.write("jobs/theirs.yaml", nimbleManifest("theirs"));
    platforms.sandbox.data.nimble.edit("job_1", { schedule: { cron: "5 5 * * *", enabled: true } });
    for (const name of NAMES) platforms.write(`jobs/${name}.yaml`, nimbleManifest(name, "0 9 * * *"));
    const { exitCode, refusals } = await planned();
    expect([exitCode, refusals.map((text) => text.split(" ")[0])]).toEqual([3, ["JW3011", "JW3003"]]);
    expect(refusals.every((text) => text.endsWith("says origin/main"))).toBe(true);
    expect((await planned({}, PATH)).refusals).toEqual([]);
  });

  test("in an environment, or with a config that takes the place of the base's", async () => {
    platforms.write("jobwright.yaml", "environments: { prod: { safety: { maxDeletes: 0 } } }\n");
    commitAll(platforms.folder, "prod");
    git(platforms.folder, "update-ref", "refs/remotes/origin/main", "HEAD");
    expect((await apply(shell(PATH), { autoApprove: true, env: "prod" })).exitCode).toBe(0);
    platforms.write("jobwright.yaml", "environments: { prod: { safety: { maxDeletes: 10 } } }\n");
    remove("feed");
    const prod = await planned({ env: "prod" });
    expect(prod.refusals).toEqual([expect.stringContaining("the limit is 0 (safety.maxDeletes), says origin/main")]);
    expect(prod.policy).toEqual(["/environments/prod/safety/maxDeletes"]);
    expect((await planned()).refusals).toEqual([]);
  });

  test("with a nearer config, or with none, does not get away from it", async () => {
    const sub = join(platforms.folder, "team");
    mkdirSync(sub);
    for (const name of [".jobwright", "jobs"]) renameSync(join(platforms.folder, name), join(sub, name));
    platforms.write("team/jobwright.yaml", "safety: { maxDeletes: 100 }\n");
    rmSync(join(sub, "jobs/pay-us.yaml"));
    const place = shell(PULL);
    const inside = { ...place, runtime: { ...place.runtime, cwd: sub } };
    const { exitCode, stdout } = await plan(inside, { prune: true, json: true });
    expect([exitCode, stdout]).toEqual([3, expect.stringContaining("nimble/pay-*")]);
    rmSync(join(platforms.folder, "team"), { recursive: true });
    git(platforms.folder, "checkout", "-q", "--", "jobs");
    rmSync(join(platforms.folder, "jobwright.yaml"));
    expect((await planned()).policy).toContain("/safety/protect");
  });

  test("by ignoring: what it hides is told, and the rules stand at the top", async () => {
    platforms.sandbox.data.nimble.edit("job_1", { description: "by hand" });
    for (const name of NAMES)
      platforms.write(`jobs/${name}.yaml`, nimbleManifest(name, "0 6 * * *", "  description: ours\n"));
    platforms.write(
      "jobwright.yaml",
      `${STRICT}ignore: [{ match: "*", paths: [/spec/description, /spec/schedule] }]\n`,
    );
    const { exitCode, policy, warnings } = await planned();
    expect([exitCode, policy]).toEqual([0, ["/ignore"]]);
    expect(warnings.filter((text) => text.startsWith("JW3505")).sort()).toEqual(
      [...NAMES]
        .sort()
        .map(
          (name) =>
            `JW3505 nimble/${name}: ignored by this change, not by origin/main, and different live: /spec/description`,
        ),
    );
    expect((await planned({}, PATH)).warnings).toEqual([]);
    expect(
      (await planned({ only: ["nimble/feed"] })).warnings.filter((text) => text.startsWith("JW3505")),
    ).toHaveLength(1);
  });

  test("targets, keys, the state and the time for creates stand at the top", async () => {
    platforms.write(
      "jobwright.yaml",
      `${STRICT}targets: { eu: { provider: nimble, apiKey: "\${env:OTHER_KEY}" } }\nstate: { store: none }\ncreateSettle: 0s\n`,
    );
    const { policy } = await planned({}, { ...PULL, OTHER_KEY: "other-key-1" });
    expect(policy).toEqual(["/targets/eu/apiKey", "/targets/eu/provider", "/state/store", "/createSettle"]);
    // A base URL of the pull request's own is used only where the environment allows it.
    platforms.write(
      "jobwright.yaml",
      `${STRICT}targets: { nimble: { provider: nimble, baseUrl: "https://evil.example" } }\n`,
    );
    await expect(planned()).rejects.toMatchObject({ code: "JW2041" });
    platforms.write("jobwright.yaml", `${STRICT}ignore: [{ match: "*", paths: ["/**"] }]\n`);
    expect((await planned()).policy).toEqual(["/ignore"]);
  });
});

describe("the policies that a change starts from", () => {
  test("are those of --changed-since, on any machine", async () => {
    platforms.write("jobwright.yaml", "safety: { maxDeletes: 10 }\n");
    remove("feed");
    remove("pay-us");
    const { refusals } = await planned({ changedSince: "HEAD" }, PATH);
    expect(refusals).toHaveLength(2);
    expect(refusals.every((text) => text.endsWith(", says HEAD"))).toBe(true);
  });

  test("that the clone does not hold, or that cannot be read, are told of", async () => {
    const { warnings } = await planned({}, { ...PATH, GITHUB_BASE_REF: "elsewhere" });
    expect(warnings).toEqual([
      expect.stringMatching(/^JW3504 .*judged by its own alone: this clone does not hold origin\/elsewhere/),
    ]);
    platforms.write("jobwright.yaml", "safety: { maxDeletes: [\n");
    commitAll(platforms.folder, "broken");
    git(platforms.folder, "update-ref", "refs/remotes/origin/main", "HEAD");
    platforms.write("jobwright.yaml", STRICT);
    expect((await planned()).warnings).toEqual([expect.stringContaining("the config of origin/main cannot be read")]);
  });
});
