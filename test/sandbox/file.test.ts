import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { bench } from "./client.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "sandbox-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe("a sandbox with a file", () => {
  it("finds its jobs again, secrets, revisions and counters included", async () => {
    const file = join(await folder(), "deep", "sandbox.json");
    const seed = { nimble: [{ job: { name: "seeded" } }] };
    const first = await bench({ file, seed });
    const spec = { runtime: { envs: [{ name: "K", value: "secret-value", secret: true }] } };
    await first.call("POST", "/v0/jobs", { metadata: { name: "b" }, spec });
    first.sandbox.data.blaxel.deploy("b", "image:2");
    await first.call("POST", "/v1/jobs", { name: "made", agent_name: "x" });
    await first.call("DELETE", "/v1/jobs/job_2");
    await first.sandbox.close();

    const second = await bench({ file, seed });
    expect(second.sandbox.data.nimble.all().map((job) => job.name)).toEqual(["seeded"]);
    expect(second.sandbox.data.blaxel.get("b")).toEqual(first.sandbox.data.blaxel.get("b"));
    expect(second.sandbox.data.blaxel.revisions("b")).toEqual(first.sandbox.data.blaxel.revisions("b"));
    expect((await second.call("POST", "/v1/jobs", { name: "next", agent_name: "x" })).body["id"]).toBe("job_3");
  });

  it("has written a change before it answers, readable by its owner only, and leaves nothing beside it", async () => {
    const path = await folder();
    const file = join(path, "sandbox.json");
    const { call } = await bench({ file });
    const bodies = ["a", "b", "c", "d", "e"].map((name) => ({ name, agent_name: "x" }));
    await Promise.all(
      bodies.map(async (body) => {
        await call("POST", "/v1/jobs", body);
        expect(await readFile(file, "utf8")).toContain(`"name":"${body.name}"`);
      }),
    );
    expect(JSON.parse(await readFile(file, "utf8")).formatVersion).toBe(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(path)).toEqual(["sandbox.json"]);
  });

  it("sees what another sandbox wrote there", async () => {
    const file = join(await folder(), "sandbox.json");
    const one = await bench({ file });
    const two = await bench({ file });
    await one.call("POST", "/v1/jobs", { name: "from-one", agent_name: "x" });
    expect((await two.call("GET", "/v1/jobs/job_1")).body["name"]).toBe("from-one");
    await two.call("POST", "/v1/jobs", { name: "from-two", agent_name: "x" });
    expect((await one.call("GET", "/v1/jobs")).body["total"]).toBe(2);
  });

  it.each([
    ["", "it is empty"],
    ['{"formatVersion":1,', "it is not JSON"],
    ["[]", "it is not a sandbox file"],
    ['{"formatVersion":2}', "its formatVersion is 2, not 1"],
    ['{"formatVersion":1}', "it has no counters"],
    ['{"formatVersion":1,"counters":{"job":1,"run":1,"serial":1},"nimble":[],"blaxel":{}}', '"blaxel" is not a list'],
    [
      '{"formatVersion":1,"counters":{"job":1,"run":1,"serial":1},"nimble":[{}],"blaxel":[]}',
      '"nimble" item 0 holds no job',
    ],
  ])("does not start on a broken one, and leaves it alone: %s", async (text, why) => {
    const file = join(await folder(), "sandbox.json");
    await writeFile(file, text);
    await expect(startSandbox({ file })).rejects.toMatchObject({
      ...{ code: "JW5401", message: `the sandbox cannot read ${file}: ${why}` },
    });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("says so where the file cannot be reached, or not be written", async () => {
    const path = await folder();
    const seed = { nimble: [{ job: { name: "a" } }] };
    await writeFile(join(path, "plain"), "");
    await expect(startSandbox({ file: join(path, "plain", "sandbox.json"), seed })).rejects.toMatchObject({
      ...{ code: "JW5401", message: expect.stringContaining("ENOTDIR") },
    });
    // The name itself is just short enough, that of the temporary file beside it is not.
    await expect(startSandbox({ file: join(path, "n".repeat(255)), seed })).rejects.toMatchObject({
      ...{ code: "JW5402", message: expect.stringContaining("ENAMETOOLONG") },
    });
    expect(await readdir(path)).toEqual(["plain"]);
  });

  it("answers 500 to a change that it cannot keep, and says so again at its end", async () => {
    const sandbox = await startSandbox({ file: join(await folder(), "n".repeat(255)) });
    const answer = await fetch(`${sandbox.url}/v1/jobs`, {
      ...{ method: "POST", body: JSON.stringify({ name: "a", agent_name: "x" }) },
      headers: { authorization: "Bearer k", "content-type": "application/json" },
    });
    expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining("ENAMETOOLONG")]);
    await expect(sandbox.close()).rejects.toMatchObject({ code: "JW5402" });
  });
});
