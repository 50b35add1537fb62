import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Fault } from "../../src/sandbox/faults.ts";
import { blaxelManifest, nimbleManifest } from "../support/cli-project.ts";
import { type Platforms, startPlatforms } from "../support/platforms.ts";

let platforms: Platforms;
beforeEach(async () => {
  platforms = await startPlatforms();
});
afterEach(() => platforms.close());

interface Result {
  readonly address: string;
  readonly result: {
    readonly status: string;
    readonly class: string;
    readonly error?: { code: string; message: string };
  };
}

/** Applies and answers the exit code and the results by address. */
async function applied(): Promise<{
  readonly code: number;
  readonly results: Readonly<Record<string, Result["result"]>>;
}> {
  const { exitCode, stdout } = await apply(platforms.shell(), { autoApprove: true, json: true });
  const { actions } = JSON.parse(stdout) as { actions: readonly Result[] };
  return { code: exitCode, results: Object.fromEntries(actions.map(({ address, result }) => [address, result])) };
}

const nothingLeft = async (): Promise<void> => {
  const { exitCode, stdout } = await plan(platforms.shell(), { detailedExitcode: true });
  expect(exitCode, stdout).toBe(0);
};

describe("a live job that JavaScript cannot hold", () => {
  const deep = `${"[".repeat(5_000)}1${"]".repeat(5_000)}`;

  it.each([
    ["A52 64-bit numbers", "12345678901234567890", "/spec/future"],
    ["A52 numbers without end", "1e400", "/spec/future"],
    ["A52 half a character", '"\\ud800"', "/spec/future"],
    ["A51 a field that stands there twice", '1,"future":2', "/spec/future"],
    ["A53 5,000 levels", deep, "/spec/future"],
  ])("%s: is read, named and never PUT; the others go on", async (_name, text, pointer) => {
    platforms.write("jobs/b.yaml", blaxelManifest("b"));
    platforms.write("jobs/c.yaml", blaxelManifest("c"));
    expect((await applied()).code).toBe(0);
    platforms.sandbox.data.blaxel.edit("b", { spec: { future: "HERE" } });
    platforms.sandbox.faults.add({
      ...{ method: "GET", path: "/v0/jobs", fault: { rewrite: (body) => body.replaceAll('"HERE"', text) } },
    });
    platforms.sandbox.log.clear();
    await nothingLeft();
    platforms.write("jobs/b.yaml", blaxelManifest("b", 4096));
    platforms.write("jobs/c.yaml", blaxelManifest("c", 4096));
    const { code, results } = await applied();
    expect(code).toBe(1);
    expect(results["blaxel/b"]).toMatchObject({ status: "failed", class: "not-sent", error: { code: "JW2903" } });
    expect(results["blaxel/b"]?.error?.message).toContain(pointer);
    expect(results["blaxel/c"]).toMatchObject({ status: "applied" });
    expect(platforms.sandbox.log.writes().map(({ method, path }) => `${method} ${path}`)).toEqual(["PUT /v0/jobs/c"]);
  });

  it("A52 is changed all the same where only the changed fields are sent (Nimble)", async () => {
    platforms.write("jobs/n.yaml", nimbleManifest("n"));
    expect((await applied()).code).toBe(0);
    platforms.sandbox.data.nimble.edit("job_1", { inputs: { type: "inline", data: [{ n: "HERE" }] } });
    platforms.sandbox.faults.add({
      ...{ method: "GET", path: "/v1/jobs" },
      fault: { rewrite: (body) => body.replaceAll('"HERE"', "12345678901234567890") },
    });
    platforms.write("jobs/n.yaml", nimbleManifest("n", "0 7 * * *"));
    expect(await applied()).toMatchObject({ code: 0, results: { "nimble/n": { status: "applied" } } });
    expect(platforms.sandbox.log.writes().at(-1)?.body).toEqual({ schedule: { cron: "0 7 * * *", enabled: true } });
    expect(platforms.sandbox.data.nimble.get("job_1")).toMatchObject({ inputs: { data: [{ n: "HERE" }] } });
  });
});

describe("an answer to a write", () => {
  const change = async (): Promise<void> => {
    platforms.write("jobs/b.yaml", blaxelManifest("b"));
    platforms.write("jobs/n.yaml", nimbleManifest("n"));
    expect((await applied()).code).toBe(0);
    platforms.write("jobs/b.yaml", blaxelManifest("b", 4096));
    platforms.write("jobs/n.yaml", nimbleManifest("n", "0 7 * * *"));
  };
  const failing = (fault: Fault): void => {
    platforms.sandbox.faults.add({ method: ["PUT", "PATCH"], fault });
  };

  it.each<[string, Fault]>([
    ["A55 202 with an empty object, and nothing done", { status: 202, body: {} }],
    ["A55 200 with an error object, and nothing done", { status: 200, body: { error: "queued", code: "later" } }],
    ["A55 204, and nothing done", { status: 204 }],
  ])("%s: is not believed; what is not there has failed", async (_name, fault) => {
    await change();
    failing(fault);
    const { code, results } = await applied();
    expect(code).toBe(1);
    for (const address of ["blaxel/b", "nimble/n"]) {
      expect(results[address]).toMatchObject({ status: "failed", error: { code: "JW2902" } });
    }
    platforms.sandbox.faults.clear();
    expect((await applied()).code).toBe(0);
    await nothingLeft();
  });

  it("A56 the job as it was before: has not taken; the next run sees that it has", async () => {
    await change();
    platforms.sandbox.faults.add({ method: "PUT", fault: { replace: { from: "4096", to: "2048" } } });
    platforms.sandbox.faults.add({ method: "PATCH", fault: { replace: { from: "0 7", to: "0 6" } } });
    const { code, results } = await applied();
    expect(code).toBe(1);
    for (const address of ["blaxel/b", "nimble/n"]) expect(results[address]?.error?.code).toBe("JW2902");
    platforms.sandbox.faults.clear();
    await nothingLeft();
  });

  it("A56 somebody else's job: is not believed; the job itself is read", async () => {
    await change();
    failing("wrongJob");
    platforms.sandbox.log.clear();
    const { code, results } = await applied();
    expect([code, results["blaxel/b"]?.status, results["nimble/n"]?.status]).toEqual([0, "applied", "applied"]);
    const paths = platforms.sandbox.log.entries.map(({ method, path }) => `${method} ${path}`);
    for (const path of ["/v0/jobs/b", "/v1/jobs/job_1"]) {
      const write = paths.findIndex((entry) => /^(PUT|PATCH)/.test(entry) && entry.endsWith(path));
      expect(paths.slice(write + 1)).toContain(`GET ${path}`);
    }
    platforms.sandbox.faults.clear();
    await nothingLeft();
  });

  it("A56 somebody else's job, and nothing done: nobody can say", async () => {
    await change();
    failing({ status: 200, body: { id: "job_99", name: "other", metadata: { name: "other" } } });
    const { code, results } = await applied();
    expect(code).toBe(1);
    for (const address of ["blaxel/b", "nimble/n"]) {
      expect(results[address]).toMatchObject({ status: "unknown", class: "unknown", error: { code: "JW2034" } });
    }
    platforms.sandbox.faults.clear();
    expect((await applied()).code).toBe(0);
    await nothingLeft();
  });
});

describe("A46 an answer that echoes the credentials", () => {
  it("in an error, a header, a job: they are shown nowhere", async () => {
    const key = "nimble-key-1";
    platforms.write("jobs/n.yaml", nimbleManifest("n", "0 6 * * *", "  description: ours\n"));
    expect((await applied()).code).toBe(0);
    platforms.sandbox.data.nimble.edit("job_1", { description: `Authorization: Bearer ${key}` });
    const shell = platforms.shell();
    const lines: string[] = [];
    const spoken = { ...shell, trace: (line: string) => lines.push(shell.redactor.text(line)) };
    const files = ["plan.json", "plan.md", "plan.html"] as const;
    const [out, markdown, html] = files;
    const shown = await plan(spoken, { json: true, out, markdown, html });
    const headers = { "x-request-id": `{{authorization}}`, "retry-after": "{{authorization}}" };
    const error = { status: 403, headers, body: { message: "no: {{authorization}}", code: "{{authorization}}" } };
    platforms.sandbox.faults.add({ path: "/v1/jobs", fault: error });
    const failure = await plan(spoken, {}).catch((thrown: Error) => thrown);
    expect(failure).toBeInstanceOf(Error);
    const texts = [shown.stdout, ...files.map((file) => platforms.read(file)), ...lines, ...shell.lines];
    expect(texts.join("\n")).toContain("/v1/jobs");
    const { message = "", stack = "" } = failure as Error;
    expect([...texts, shell.redactor.text(message + stack + JSON.stringify(failure))].join("\n")).not.toContain(key);
    expect(message + JSON.stringify(failure)).not.toContain(key);
  });
});

describe("names from outside", () => {
  it("A60 that look like our own comment's first line stay text in Markdown", async () => {
    const marker = "<!-- jobwright:plan key=default -->";
    platforms.nimble({ name: marker });
    platforms.write("jobs/n.yaml", JSON.stringify(manifestNamed(marker)));
    await plan(platforms.shell(), { markdown: "plan.md" });
    expect(platforms.read("plan.md")).toContain("jobwright:plan");
    expect(platforms.read("plan.md")).not.toContain("<!--");
  });
});

function manifestNamed(name: string): JsonObject {
  return { apiVersion: "nimbleway.com/v1", kind: "Job", metadata: { name }, spec: { agent_name: "other" } };
}
