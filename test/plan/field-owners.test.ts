import { describe, expect, it } from "vitest";
import { type Document, SecretRef } from "../../src/model/document.ts";
import type { DesiredJob, LiveJob } from "../../src/model/job.ts";
import type { JobState } from "../../src/model/state.ts";
import type { FieldRow, RosterJob } from "../../src/model/status.ts";
import { fieldOwners, type KnowsField } from "../../src/plan/field-owners.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { blaxelJob, liveJob, liveNimble, nimbleJob, planInput, stateOf } from "../support/jobs.ts";

/** Knows everything but what is named `future...`. */
const KNOWS: KnowsField = (tokens) => (tokens.some((token) => token.startsWith("future")) ? undefined : {});

interface Given {
  readonly desired?: DesiredJob;
  readonly live?: LiveJob;
  readonly state?: JobState;
}

function owners(given: Given, knows = KNOWS, secrets = createSecretTable()): readonly FieldRow[] {
  const { desired, live, state } = given;
  const job: RosterJob = {
    address: desired?.address ?? `x/${live?.name ?? ""}`,
    target: desired?.target ?? "x",
    provider: live?.id.startsWith("job_") || desired?.provider === "nimble" ? "nimble" : "blaxel",
    schedules: [],
    ...(desired === undefined ? {} : { desired }),
    ...(live === undefined ? {} : { live }),
    ...(state === undefined ? {} : { state }),
  };
  return fieldOwners(planInput({ secrets }), job, knows);
}

function liveBlaxel(name: string, spec: Document["spec"]): LiveJob {
  return liveJob(name, { metadata: { name }, spec });
}

const field = (rows: readonly FieldRow[], path: string) => rows.find((row) => row.path === path);

describe("owners", () => {
  it("are told for each field of a job: declared, filled, default, unknown, other", () => {
    const rows = owners({
      desired: blaxelJob("j", { runtime: { memory: 4096 } }),
      live: liveBlaxel("j", {
        enabled: true,
        futureQuota: 3,
        region: "us-was-1",
        revision: { active: "rev-1" },
        runtime: { memory: 4096, timeout: 60, image: "registry/x:1" },
      }),
    });
    expect(rows).toEqual([
      { path: "/metadata/name", owner: "declared", live: "j" },
      { path: "/spec/enabled", owner: "default", live: true },
      { path: "/spec/futureQuota", owner: "unknown", live: 3 },
      { path: "/spec/region", owner: "filled", by: "the platform", live: "us-was-1" },
      { path: "/spec/revision/active", owner: "filled", by: "the platform", live: "rev-1" },
      { path: "/spec/runtime/image", owner: "filled", by: "bl deploy", live: "registry/x:1" },
      { path: "/spec/runtime/memory", owner: "declared", live: 4096 },
      { path: "/spec/runtime/timeout", owner: "other", live: 60 },
    ]);
  });

  it("of a switch that is not as by default is whoever set it", () => {
    expect(owners({ live: liveBlaxel("j", { enabled: false }) })[1]).toEqual({
      path: "/spec/enabled",
      owner: "other",
      live: false,
    });
  });

  it("of a trigger's id is the platform, unless somebody chose it", () => {
    const rows = owners({ live: liveBlaxel("j", { triggers: [{ id: "cron-1" }, { id: "nightly" }] }) });
    expect(rows.slice(1).map(({ live, owner }) => [live, owner])).toEqual([
      ["cron-1", "filled"],
      ["nightly", "other"],
    ]);
  });

  it("take a default from the schema where the table has none", () => {
    const knows: KnowsField = (tokens) => (tokens.at(-1) === "diskPercent" ? { default: 50 } : {});
    const rows = owners({ live: liveBlaxel("j", { runtime: { diskPercent: 50, timeout: 50 } }) }, knows);
    expect(rows.map(({ path, owner }) => [path, owner]).slice(1)).toEqual([
      ["/spec/runtime/diskPercent", "default"],
      ["/spec/runtime/timeout", "other"],
    ]);
  });

  it("of an item are its fields', by its key; the key itself is not told again", () => {
    const rows = owners({
      desired: blaxelJob("j", { runtime: { envs: [{ name: "A", value: "1" }] } }),
      live: liveBlaxel("j", {
        runtime: {
          envs: [
            { name: "B", value: "2" },
            { name: "A", value: "1", secret: false },
          ],
        },
      }),
    });
    expect(rows.slice(1)).toEqual([
      { path: "/spec/runtime/envs/A/secret", owner: "default", live: false },
      { path: "/spec/runtime/envs/A/value", owner: "declared", live: "1" },
      { path: "/spec/runtime/envs/B/value", owner: "other", live: "2", cause: "unknown", removed: true },
    ]);
  });

  it("of a job that no manifest declares any more is what its manifest was", () => {
    const gone = nimbleJob("j", { agent_name: "a", description: "x" });
    const rows = owners({
      live: liveNimble(1, "j", { agent_name: "a", description: "y", display_name: "J" }),
      state: stateOf("job_1", gone),
    });
    expect(rows.map(({ path, owner }) => [path, owner])).toEqual([
      ["/metadata/name", "formerly-declared"],
      ["/spec/agent_name", "formerly-declared"],
      ["/spec/description", "formerly-declared"],
      ["/spec/display_name", "other"],
    ]);
  });
});

describe("differences", () => {
  const base = nimbleJob("j", { agent_name: "a", description: "one", schedule: { cron: "0 6 * * *", enabled: true } });

  it("stand with what is declared and why", () => {
    const rows = owners({
      desired: nimbleJob("j", { agent_name: "a", description: "two", schedule: { cron: "0 6 * * *", enabled: true } }),
      live: liveNimble(1, "j", {
        agent_name: "a",
        description: "one",
        schedule: { cron: "0 7 * * *", enabled: false },
      }),
      state: stateOf("job_1", base),
    });
    expect(rows.slice(2)).toEqual([
      { path: "/spec/description", owner: "declared", live: "one", declared: "two", cause: "pending" },
      { path: "/spec/schedule/cron", owner: "declared", live: "0 7 * * *", declared: "0 6 * * *", cause: "drift" },
      { path: "/spec/schedule/enabled", owner: "declared", live: false, declared: true, cause: "paused" },
    ]);
  });

  it("name what is to go: no longer declared, or declared null", () => {
    const live = liveNimble(1, "j", {
      agent_name: "a",
      description: "one",
      schedule: { cron: "0 6 * * *", enabled: true },
    });
    const rows = owners({
      desired: nimbleJob("j", { agent_name: "a", schedule: null }),
      live,
      state: stateOf("job_1", base),
    });
    expect(rows.slice(2)).toEqual([
      { path: "/spec/description", owner: "formerly-declared", live: "one", cause: "pending", removed: true },
      { path: "/spec/schedule/cron", owner: "declared", live: "0 6 * * *", cause: "pending", removed: true },
      { path: "/spec/schedule/enabled", owner: "declared", live: true, cause: "pending", removed: true },
    ]);
  });

  it("are none where what is no longer declared is what the platform takes anyway", () => {
    const destination = { type: "s3", path: "s3://out/" };
    const before = nimbleJob("j", { agent_name: "a", destination: { ...destination, format: "parquet" } });
    const rows = owners({
      desired: nimbleJob("j", { agent_name: "a", destination }),
      live: liveNimble(1, "j", { agent_name: "a", destination: { ...destination, format: "parquet" } }),
      state: stateOf("job_1", before),
    });
    expect(field(rows, "/spec/destination/format")).toEqual({
      path: "/spec/destination/format",
      owner: "default",
      live: "parquet",
    });
  });

  it("show what is declared and not live", () => {
    const desired = nimbleJob("j", { agent_name: "a", description: "one" });
    const rows = owners({ desired, live: liveNimble(1, "j", { agent_name: "a" }), state: stateOf("job_1", desired) });
    expect(field(rows, "/spec/description")).toEqual({
      path: "/spec/description",
      owner: "declared",
      declared: "one",
      cause: "drift",
    });
  });

  it("of a job that is not live are all that is declared, without a cause", () => {
    expect(owners({ desired: nimbleJob("j", { agent_name: "a", description: null }) })).toEqual([
      { path: "/metadata/name", owner: "declared", declared: "j" },
      { path: "/spec/agent_name", owner: "declared", declared: "a" },
    ]);
  });

  it("in ignored fields are told and have no cause", () => {
    const desired = nimbleJob("j", { agent_name: "a", description: "one" }, { ignore: ["/spec/description"] });
    const rows = owners({ desired, live: liveNimble(1, "j", { agent_name: "a", description: "two" }) });
    expect(field(rows, "/spec/description")).toEqual({
      path: "/spec/description",
      owner: "ignored",
      live: "two",
      declared: "one",
    });
    const same = owners({ desired, live: liveNimble(1, "j", { agent_name: "a", description: "one" }) });
    expect(field(same, "/spec/description")).toEqual({ path: "/spec/description", owner: "ignored", live: "one" });
  });
});

describe("secrets", () => {
  const secrets = createSecretTable();
  secrets.add("env:KEY", "hush-hush");
  const key = new SecretRef("env:KEY");

  it("are references on both sides", () => {
    const rows = owners(
      {
        desired: blaxelJob("j", { runtime: { envs: [{ name: "KEY", value: key, secret: true }] } }),
        live: liveBlaxel("j", {
          runtime: {
            envs: [
              { name: "KEY", value: SecretRef.masked(), secret: true },
              { name: "OLD", value: SecretRef.masked(), secret: true },
            ],
          },
        }),
      },
      KNOWS,
      secrets,
    );
    const declared = field(rows, "/spec/runtime/envs/KEY/value");
    expect(declared).toMatchObject({ owner: "declared", secret: true, live: { text: "live" }, declared: key });
    expect(field(rows, "/spec/runtime/envs/OLD/value")).toMatchObject({ owner: "other", secret: true });
    expect(JSON.stringify(rows)).not.toContain("hush");
  });

  it("hide the live value of a field that is declared by one, now or before", () => {
    const desired = nimbleJob(
      "j",
      { agent_name: "a" },
      {
        document: { metadata: { name: "j" }, spec: { agent_name: "a", description: key } },
      },
    );
    const live = liveNimble(1, "j", { agent_name: "a", description: "hush-hush" });
    const now = owners({ desired, live }, KNOWS, secrets);
    expect(field(now, "/spec/description")).toMatchObject({ secret: true, live: { text: "live" } });
    const before = owners({ live, state: stateOf("job_1", desired, secrets) }, KNOWS, secrets);
    expect(field(before, "/spec/description")).toMatchObject({ secret: true, owner: "formerly-declared" });
    expect(JSON.stringify([now, before])).not.toContain("hush");
  });

  it("hide everything below a list that holds one", () => {
    const tasks = [{ token: key }];
    const trigger = (list: Document["spec"]["x"]) => ({
      triggers: [{ id: "t", type: "cron", configuration: { tasks: list ?? null } }],
    });
    const desired = blaxelJob("j", trigger(tasks));
    const rows = owners({ desired, live: liveBlaxel("j", trigger([{ token: "hush-hush" }])) }, KNOWS, secrets);
    expect(field(rows, "/spec/triggers/t/configuration/tasks")).toMatchObject({ secret: true, live: { text: "live" } });
    expect(JSON.stringify(rows)).not.toContain("hush");
  });
});
