import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms();
});
afterEach(() => platforms.close());

type Env = Readonly<Record<string, string>>;

/** Applies, and expects that this is all that there is to do: a second plan is empty. Answers what was shown. */
async function applyOnce(env: Env = {}): Promise<string> {
  const shell = platforms.shell(env);
  const applied = await apply(shell, { autoApprove: true, json: true });
  expect(applied.exitCode, applied.stdout + shell.lines.join("\n")).toBe(0);
  const again = await plan(platforms.shell(env), { detailedExitcode: true, json: true });
  expect(again.exitCode, again.stdout).toBe(0);
  const parsed = [applied.stdout, again.stdout].map((text) => JSON.parse(text) as JsonObject);
  expect(parsed.map((document) => document["formatVersion"])).toEqual([1, 1]);
  return [applied.stdout, again.stdout, ...shell.lines].join("\n");
}

const nimble = (spec: JsonObject, name = "n"): JsonObject => ({
  ...{ apiVersion: "nimbleway.com/v1", kind: "Job", metadata: { name } },
  spec: { agent_name: "amazon_pdp", ...spec },
});
const blaxel = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  ...{ apiVersion: "blaxel.ai/v1alpha1", kind: "Job", metadata: { name: "b", ...metadata }, spec },
});
const write = (...jobs: readonly JsonObject[]): void =>
  platforms.write("jobs/all.yaml", jobs.map((job) => JSON.stringify(job)).join("\n---\n"));
const liveNimble = (): JsonObject => platforms.sandbox.data.nimble.named("n")[0] ?? {};
const liveBlaxel = (): JsonObject => platforms.sandbox.data.blaxel.get("b") ?? {};

const ODD_KEYS = '{"__proto__":"p","constructor":"c","hasOwnProperty":"h","toString":"t","valueOf":"v"}';
const odd = (): JsonObject => JSON.parse(ODD_KEYS) as JsonObject;

describe("a manifest with", () => {
  it("A12 keys that JavaScript has a meaning for arrives exactly, and nothing is left to do", async () => {
    const envs = Object.keys(odd()).map((name) => ({ name, value: "x" }));
    write(
      nimble({ inputs: { type: "inline", data: [odd(), { nested: odd() }] } }),
      blaxel({ runtime: { memory: 2048, envs } }, { labels: odd() }),
    );
    await applyOnce();
    const { data } = liveNimble()["inputs"] as { data: Json };
    expect(JSON.stringify(data)).toBe(`[${ODD_KEYS},{"nested":${ODD_KEYS}}]`);
    const { labels } = liveBlaxel()["metadata"] as { labels: Json };
    expect(JSON.stringify(labels)).toBe(ODD_KEYS);
    expect(liveBlaxel()).toMatchObject({ spec: { runtime: { envs } } });
  });

  it("A13 keys that look like numbers is no permanent difference, in whatever order they are declared", async () => {
    const text = (record: string) =>
      `apiVersion: nimbleway.com/v1\nkind: Job\nmetadata: { name: n }\nspec:\n  agent_name: a\n  inputs: { type: inline, data: [${record}] }\n`;
    platforms.write("jobs/n.yaml", text('{ "2": two, "1": one, b: x, a: y }'));
    await applyOnce();
    platforms.write("jobs/n.yaml", text('{ a: y, "1": one, b: x, "2": two }'));
    const again = await plan(platforms.shell(), { detailedExitcode: true });
    expect(again.exitCode, again.stdout).toBe(0);
  });

  it("A13 labels with such keys are no permanent difference either", async () => {
    const labels = (text: string) =>
      `apiVersion: blaxel.ai/v1alpha1\nkind: Job\nmetadata: { name: b, labels: { ${text} } }\nspec: { runtime: { memory: 2048 } }\n`;
    platforms.write("jobs/b.yaml", labels('"2": two, "1": one, b: x'));
    await applyOnce();
    expect(liveBlaxel()).toMatchObject({ metadata: { labels: { 1: "one", 2: "two", b: "x" } } });
    platforms.write("jobs/b.yaml", labels('b: x, "1": one, "2": two'));
    const again = await plan(platforms.shell(), { detailedExitcode: true });
    expect(again.exitCode, again.stdout).toBe(0);
  });

  it("A14 -0 where 0 is live has nothing to do", async () => {
    write(nimble({ inputs: { type: "inline", data: [{ n: 0 }] } }));
    await applyOnce();
    platforms.write("jobs/all.yaml", platforms.read("jobs/all.yaml").replace('"n":0', '"n":-0'));
    expect((await plan(platforms.shell(), { detailedExitcode: true })).exitCode).toBe(0);
  });

  it("A15 stars as an ordinary value sends and compares just those", async () => {
    const stars = { name: "STARS", value: "**********" };
    write(blaxel({ runtime: { memory: 2048, envs: [stars] } }));
    await applyOnce();
    expect(liveBlaxel()).toMatchObject({ spec: { runtime: { envs: [stars] } } });
    platforms.sandbox.data.blaxel.edit("b", { spec: { runtime: { envs: [{ ...stars, value: "***" }] } } });
    expect((await plan(platforms.shell(), { detailedExitcode: true })).exitCode).toBe(2);
    await applyOnce();
    expect(liveBlaxel()).toMatchObject({ spec: { runtime: { envs: [stars] } } });
  });

  it.each<[string, string]>([
    ["a digit", "1"],
    ["a word of JSON", "true"],
    ["a space", " "],
    ["three characters", "abc"],
    ["100 KB", "s3cr3t-".repeat(15_000)],
    ["replacement patterns and backslashes", "$& $1 $$ $` \\n \\\\ \"quoted\" 'x'"],
    ["several lines", "first line of it\nsecond line of it\n\nlast"],
    ["another reference", '${env:OTHER} $${x} {"$secret":"env:OTHER"} ${var:x}'],
    ["YAML", "a: [b, c]\n- d: *e\n"],
  ])("A16 A17 a secret that is %s works, once and literally, and damages no output", async (_name, value) => {
    const envs = [{ name: "SECRET", value: "${env:ODD_SECRET}", secret: true }];
    write(nimble({ description: "<${env:ODD_SECRET}>" }), blaxel({ runtime: { memory: 2048, envs } }));
    const shown = await applyOnce({ ODD_SECRET: value, OTHER: "never-looked-up" });
    expect(liveNimble()["description"]).toBe(`<${value}>`);
    const [request] = platforms.sandbox.log.writes().filter(({ path }) => path.startsWith("/v0"));
    expect(request?.body).toMatchObject({ spec: { runtime: { envs: [{ name: "SECRET", value, secret: true }] } } });
    if (value.length >= 8) expect(shown).not.toContain(value);
    expect(shown).not.toContain("never-looked-up");
    const changed = await plan(platforms.shell({ ODD_SECRET: `${value}+` }), { detailedExitcode: true, json: true });
    expect([changed.exitCode, JSON.parse(changed.stdout)]).toMatchObject([2, { summary: { update: 2 } }]);
  });

  it("A18 what looks like our own reference is data, and resolved nowhere", async () => {
    const data = [{ $secret: "env:GITHUB_TOKEN" }, { $literal: { $secret: "env:GITHUB_TOKEN", fingerprint: "x" } }];
    write(nimble({ inputs: { type: "inline", data } }));
    const shown = await applyOnce({ GITHUB_TOKEN: "ghp_neverHandedOn" });
    expect(liveNimble()["inputs"]).toMatchObject({ data });
    expect(shown + platforms.read(".jobwright/state.json")).not.toContain("ghp_neverHandedOn");
  });
});

describe("a live job with", () => {
  it("A58 values and fields that nobody knows yet, at every level, is taken and carried", async () => {
    write(blaxel({ runtime: { memory: 2048 } }));
    await applyOnce();
    const before = liveBlaxel();
    const spec = before["spec"] as { runtime: JsonObject };
    const unknown = { future: { deep: [{ a: 1 }, 1.5], enum: "QUANTUM" } };
    const trigger = { id: "t9", type: "http", enabled: true, ...unknown };
    const live = {
      ...{ ...before, ...unknown, status: "HIBERNATING" },
      metadata: { ...(before["metadata"] as JsonObject), ...unknown },
      spec: {
        ...{ ...spec, ...unknown, triggers: [trigger] },
        runtime: { ...spec.runtime, ...unknown, memoryUnit: "GiB" },
      },
    };
    platforms.sandbox.data.blaxel.put(live);
    write(blaxel({ runtime: { memory: 4096 } }));
    await applyOnce();
    const after = liveBlaxel();
    expect(after["spec"]).toMatchObject({
      ...{ ...unknown, triggers: [trigger] },
      runtime: { ...unknown, memoryUnit: "GiB", memory: 4096 },
    });
    expect(after["metadata"]).toMatchObject(unknown);
    // The sandbox, like the platform today, takes no such type in a request: what would be sent is looked at.
    const newer = { ...trigger, type: "moon-phase" };
    platforms.sandbox.data.blaxel.put({ ...after, spec: { ...(after["spec"] as JsonObject), triggers: [newer] } });
    write(blaxel({ runtime: { memory: 8192 } }));
    const { stdout } = await plan(platforms.shell(), { json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      actions: [{ requests: [{ method: "PUT", body: { spec: { triggers: [newer], ...unknown } } }] }],
    });
  });

  it("A09 the declared name in other characters is told of, and no second one is made", async () => {
    platforms.nimble({ id: "job_7", name: "cafe\u0301" });
    write(nimble({}, "caf\u00e9"));
    const { stdout } = await plan(platforms.shell(), { json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ actions: [], summary: { create: 0 } },
      warnings: [{ code: "JW1205", address: "nimble/caf\u00e9", message: expect.stringContaining("job_7") }],
    });
    await apply(platforms.shell(), { autoApprove: true });
    expect(platforms.sandbox.log.writes()).toEqual([]);
  });
});
