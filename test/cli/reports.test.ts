import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blaxelManifest, type CliProject, cliProject, nimbleManifest, onlyJson } from "../support/cli-project.ts";

const ESC = String.fromCharCode(27);

let project: CliProject;
beforeEach(async () => {
  project = await cliProject({ "jobs/a.yaml": nimbleManifest("a"), "jobs/nightly.yaml": blaxelManifest("nightly") });
  await project.done("apply", "-y");
  project.sandbox.data.blaxel.deploy("nightly", "registry/image:2");
});
afterEach(() => project.close());

describe("the text of a plan", () => {
  test("is on stdout alone, and says what, where and how", async () => {
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    const { stdout, stderr } = await project.done("plan");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/~ update nimble\/a {2}job_1 {2}jobs\/a\.yaml:1/);
    expect(stdout).toMatch(/spec\.schedule\.cron\s+"0 6 \* \* \*" → "0 7 \* \* \*"/);
    expect(stdout).toContain("PATCH /v1/jobs/job_1");
    expect(stdout).toContain("Plan: 1 to update. 1 unchanged.");
  });

  test("--detailed-exitcode: 2 with changes, 0 without, as without the flag", async () => {
    expect((await project.run("plan", "--detailed-exitcode")).code).toBe(0);
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    expect((await project.run("plan", "--detailed-exitcode")).code).toBe(2);
    expect((await project.run("plan", "--detailed-exitcode", "--json")).code).toBe(2);
    expect((await project.run("plan")).code).toBe(0);
  });

  test("-v names every carried field, and every request on stderr", async () => {
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
    const { actions } = onlyJson<{ actions: { carried: { paths: string[] } }[] }>(await project.done("plan", "--json"));
    const paths = (actions[0]?.carried.paths ?? []).map((path) => path.slice(1).replaceAll("/", "."));
    expect(paths).toContain("spec.runtime.image");
    expect(paths.length).toBeGreaterThan(3);
    const short = await project.done("plan");
    expect(paths.filter((path) => short.stdout.includes(path))).toHaveLength(3);
    const { stdout, stderr } = await project.done("-v", "plan");
    expect(paths.filter((path) => stdout.includes(`carries ${path}\n`))).toEqual(paths);
    expect(stderr).toMatch(/blaxel: GET \/v0\/jobs\S* -> 200 in \d+ ms, try 1/);
    expect(onlyJson(await project.done("-v", "plan", "--json"))).toMatchObject({ formatVersion: 1 });
  });

  test("no colours where stdout is no terminal, with NO_COLOR, --no-color and TERM=dumb; those draw in ASCII", async () => {
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    for (const [env, ...flags] of [
      [{ NO_COLOR: "" }],
      [{ NO_COLOR: "1", FORCE_COLOR: "" }],
      [{}, "--no-color"],
    ] as const) {
      const run = await project.runWith(env, ...flags, "plan");
      expect(run.stdout + run.stderr).not.toContain(ESC);
    }
    const dumb = await project.runWith({ TERM: "dumb", FORCE_COLOR: "1", NO_COLOR: "" }, "plan");
    expect(dumb.stdout).not.toContain(ESC);
    expect(dumb.stdout).toContain('"0 6 * * *" -> "0 7 * * *"');
    const ascii = await project.runWith({ LC_ALL: "C" }, "plan");
    expect(ascii.stdout).toMatch(/^[\n\x20-\x7e]*$/);
  });

  test("FORCE_COLOR colours a pipe too, unless NO_COLOR says no", async () => {
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    const run = await project.runWith({ FORCE_COLOR: "1", NO_COLOR: "" }, "plan");
    expect(run.stdout).toContain(`${ESC}[33m~ update${ESC}[39m`);
    const both = await project.runWith({ FORCE_COLOR: "1", NO_COLOR: "1" }, "plan");
    expect(both.stdout).not.toContain(ESC);
    expect(both.stderr).toBe("");
    const json = await project.runWith({ FORCE_COLOR: "1", NO_COLOR: "" }, "plan", "--json");
    expect(json.stdout).not.toContain(ESC);
  });
});

describe("reports", () => {
  test("--markdown and --html write files besides; stdout stays as it is", async () => {
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    const bare = await project.done("plan");
    const run = await project.done("plan", "--markdown", "plan.md", "--html", "plan.html", "--out", "plan.json");
    expect(run.stdout).toBe(bare.stdout);
    expect(project.read("plan.md")).toContain("nimble/a");
    expect(project.read("plan.md")).toContain("0 7 * * *");
    expect(project.read("plan.html")).toMatch(/^<!doctype html>/i);
    expect(project.read("plan.html")).toContain("nimble/a");
    expect(project.read("plan.html")).not.toMatch(/(?:src|href)=["']?https?:/);
    onlyJson(await project.done("plan", "--json", "--markdown", "plan.md"));
  });

  test("drift writes them too", async () => {
    project.sandbox.data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } });
    const run = await project.run("drift", "--markdown", "d.md", "--html", "d.html");
    expect(run.code).toBe(2);
    for (const file of ["d.md", "d.html"]) expect(project.read(file)).toContain("blaxel/nightly");
  });

  test("a report that cannot be written is an error, though the plan is known", async () => {
    const run = await project.run("plan", "--markdown", "no/such/folder.md");
    expect([run.code, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain("JW5005");
  });

  test("names that come from outside forge nothing in any of them", async () => {
    const name = `x\n::error::forged ##[error]forged ${ESC}[2J <script>alert(1)</script> @everyone [a](http://evil.example)`;
    project.sandbox.data.nimble.put({ name, agent_name: "x" });
    const files = ["--markdown", "p.md", "--html", "p.html"];
    const plan = await project.runWith({ GITHUB_ACTIONS: "true" }, "plan", ...files);
    const drift = await project.runWith({ GITHUB_ACTIONS: "true" }, "drift");
    const status = await project.runWith({ GITHUB_ACTIONS: "true" }, "status");
    expect([plan.code, drift.code, status.code]).toEqual([0, 0, 0]);
    for (const text of [plan, drift, status].flatMap(({ stdout, stderr }) => [stdout, stderr])) {
      expect(text).not.toContain(ESC);
      expect(text).not.toMatch(/^\s*::/m);
      expect(text).not.toContain("##[");
    }
    expect(project.read("p.html")).not.toContain("<script>alert");
    expect(project.read("p.md")).not.toMatch(/@everyone|<script>|\[a\]\(http/);
  });
});

describe("diff-plans", () => {
  test("two plans of one decision are the same, though one carries another image: 0", async () => {
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
    await project.done("plan", "--out", "1.json");
    project.sandbox.data.blaxel.deploy("nightly", "registry/image:3");
    await project.done("plan", "--out", "2.json");
    expect((await project.done("diff-plans", "1.json", "2.json")).stdout).toContain("the same");
    expect(onlyJson(await project.done("diff-plans", "1.json", "2.json", "--json"))).toMatchObject({
      formatVersion: 1,
      same: true,
      differences: [],
    });
  });

  test("what differs, by job and field: 2", async () => {
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 4096));
    await project.done("plan", "--out", "1.json");
    project.write("jobs/nightly.yaml", blaxelManifest("nightly", 8192));
    project.write("jobs/a.yaml", nimbleManifest("a", "0 7 * * *"));
    await project.done("plan", "--out", "2.json");
    const text = await project.run("diff-plans", "1.json", "2.json");
    expect(text.code).toBe(2);
    expect(text.stdout).toContain("nimble/a: nothing → update");
    expect(text.stdout).toContain("\n    only in 1.json:\n      ~ spec.runtime.memory  2048 → 4096\n");
    expect(text.stdout).toContain("\n    only in 2.json:\n      ~ spec.runtime.memory  2048 → 8192\n");
    const json = await project.run("diff-plans", "1.json", "2.json", "--json");
    expect(json.code).toBe(2);
    expect(onlyJson(json)).toMatchObject({
      same: false,
      differences: [
        {
          address: "blaxel/nightly",
          kind: "differs",
          changes: [
            { in: "first", after: 4096 },
            { in: "second", after: 8192 },
          ],
        },
        { address: "nimble/a", kind: "only-in-second", actions: [null, "update"] },
      ],
    });
  });

  test("what is no plan: 1", async () => {
    project.write("1.json", "{}");
    const run = await project.run("diff-plans", "1.json", "none.json", "--json");
    expect(run.code).toBe(1);
    expect(onlyJson(run)).toMatchObject({ error: { code: "JW5101" } });
  });
});

describe("schema", () => {
  test("lists the names, prints each, and knows no other", async () => {
    const names = (await project.done("schema")).stdout.trim().split("\n");
    expect(names).toEqual(expect.arrayContaining(["manifest", "config", "plan", "state"]));
    for (const name of names) expect(onlyJson(await project.done("schema", name))).toHaveProperty("$schema");
    const run = await project.run("schema", "plam");
    expect([run.code, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain("plan");
  });
});
