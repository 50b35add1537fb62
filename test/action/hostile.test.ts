import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { visible } from "../../src/render/safe.ts";
import { nimbleManifest } from "../support/cli-project.ts";
import { actingIn, renderGfm } from "../support/gfm.ts";
import { readLog } from "./support/runner-log.ts";
import { commandsOf, pullRequest, push, SCHEDULE, stepWorld, type World } from "./support/step.ts";

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** What acts: on a runner, in Markdown, in HTML, on a terminal. */
const HOSTILE = [
  "##[add-mask]a",
  "::stop-commands::x",
  "::error::forged",
  "::set-output name=x::y",
  "```",
  "````\n# heading",
  "</details><img src=x onerror=alert(1)>",
  "@org/team #12 GH-12",
  "[x](https://evil.example/) ![i](https://evil.example/i.png)",
  "\u001b[2J\u001b]0;x\u0007",
  "\u202egnp.exe",
  "a\r::add-mask::a",
  "a\n::warning::b",
  "a\u2028::error::c",
  "\u0085::error::d",
  "<!-- jobwright:plan:0 -->",
  "--> <b>x</b>",
  "ghadelimiter_0",
  "| a | b |",
  "$(touch x) `touch x`",
];

/** Commands that are ours: masks, groups, and annotations with our titles. */
function foreign(log: ReturnType<typeof readLog>): unknown[] {
  return log.commands.filter(({ name, properties }) => {
    if (["group", "endgroup", "add-mask"].includes(name)) return false;
    return !["error", "warning", "notice"].includes(name) || !/^(JW\d{4}|jobwright)$/.test(properties["title"] ?? "");
  });
}

/** Markdown outside of fences, in which nothing may act. */
function outsideFences(markdown: string): string {
  const outside: string[] = [];
  let open: string | undefined;
  for (const line of markdown.split("\n")) {
    const marks = /^(`{3,})/.exec(line)?.[1];
    if (open === undefined && marks !== undefined) open = marks;
    else if (open !== undefined && line === open) open = undefined;
    else if (open === undefined) outside.push(line);
  }
  expect(open).toBeUndefined();
  return outside.join("\n");
}

function expectTame(markdown: string): void {
  outsideFences(markdown);
  expect(actingIn(markdown)).toEqual([]);
  expect(markdown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/);
}

/** JSON in ASCII, which is YAML too. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A name may hold less: nothing that ends a line or begins a path. */
const nameOf = (text: string, n: number): string => (/[/#\p{Cc}\u2028]/u.test(text) ? `n${n}` : `n${n} ${text}`);

const manifest = (text: string, n: number): string => {
  const name = nameOf(text, n);
  const fields = ["description", "display_name"].map((field) => `  ${field}: ${quoted(text)}\n`).join("");
  return nimbleManifest(quoted(name), "0 6 * * *", fields);
};

describe("hostile strings", () => {
  it("A59 A60 in manifests are text in the log, the comment, the summary and the outputs", async () => {
    world = await stepWorld({ "jobs/a.yaml": HOSTILE.map(manifest).join("---\n") });
    const run = await world.run({ command: "plan" });
    expect(run.code).toBe(0);
    expect(run.outputs["create"]).toBe(String(HOSTILE.length));
    expect(foreign(run)).toEqual([]);
    expect(Object.keys(run.outputs).filter((name) => !/^[a-z-]+$/.test(name))).toEqual([]);
    const comment = world.github.comments[0]?.body ?? "";
    expectTame(comment);
    expectTame(run.summary);
    const { text } = renderGfm(comment);
    const names = HOSTILE.map(nameOf).map((name) => `nimble/${visible(name)}`);
    expect(names.filter((name) => !text.includes(name))).toEqual([]);
    expect(text).toContain('"</details><img src=x onerror=alert(1)>"');
  });

  it("in manifests that are wrong are text in annotations and in the failed plan's comment", async () => {
    const wrong = HOSTILE.map((text) => `apiVersion: nimbleway.com/v1\nkind: Job\n${quoted(text)}: 1\n`);
    world = await stepWorld({ "jobs/a.yaml": wrong.join("---\n") });
    const run = await world.run({ command: "plan" });
    expect(run.code).toBe(1);
    expect(foreign(run)).toEqual([]);
    expect(commandsOf(run, "error")).toHaveLength(10);
    expectTame(world.github.comments[0]?.body ?? "");
    expectTame(run.summary);
  });

  it("in a platform's answers and in GitHub's are text too", async () => {
    world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a"), "jobs/b.yaml": nimbleManifest("b") });
    await world.run({ command: "plan", comment: "never" });
    const message = HOSTILE.join(" \n");
    world.project.sandbox.faults.add({ method: "POST", fault: { status: 422, body: { code: message, message } } });
    world.github.faults.push({ on: /POST/, status: 403, message, times: 99 });
    const applied = await world.run({ command: "apply", "reviewed-plan": "ignore" }, push());
    expect(applied.code).toBe(1);
    expect(foreign(applied)).toEqual([]);
    expectTame(applied.summary);
    const planned = await world.run({ command: "plan" });
    expect(foreign(planned)).toEqual([]);
    expect(commandsOf(planned, "warning")).toHaveLength(2);
  });

  it("that somebody put into live jobs are text in a drift report and its issue", async () => {
    world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a", "0 6 * * *", "  description: d\n") });
    await world.project.done("apply", "--auto-approve");
    const { url } = world.project.sandbox;
    const headers = { authorization: "Bearer k", "content-type": "application/json" };
    const { items } = (await (await fetch(`${url}/v1/jobs`, { headers })).json()) as { items: { id: string }[] };
    const body = JSON.stringify({ description: HOSTILE.join("\n") });
    await fetch(`${url}/v1/jobs/${items[0]?.id}`, { method: "PATCH", headers, body });
    const run = await world.run({ command: "drift", "drift-issue": "open" }, SCHEDULE);
    expect(run.outputs["drifted"]).toBe("true");
    expect(foreign(run)).toEqual([]);
    expectTame(run.summary);
    expectTame(world.github.issues[0]?.body ?? "");
  });

  it("in names of files and folders are text, and their links lead to them and nowhere else", async () => {
    // Windows has no files of some of these names.
    const odd = process.platform === "win32" ? "" : '"><img src=x>|::error::x';
    const name = `a' (x) @org #1 %0A [y](z) \`t\` ##[add-mask]x ${odd}.yaml`;
    world = await stepWorld({ [`jobs/${name}`]: nimbleManifest("a"), "jobs/b.yaml": nimbleManifest("b") });
    const planned = await world.run({ command: "plan" });
    expect(planned.outputs["create"]).toBe("2");
    world.project.write(`jobs/${name}`, nimbleManifest("a", "never"));
    const failed = await world.run({ command: "plan" });
    expect(failed.outputs["failure-reason"]).toBe("invalid");
    for (const run of [planned, failed]) {
      expect(foreign(run)).toEqual([]);
      expectTame(run.summary);
      const [link = ""] = /https:\/\/github\.test\/o\/r\/blob\/[^)"]*jobs\/a[^)"]*/.exec(run.summary) ?? [];
      expect(decodeURIComponent(new URL(link).pathname)).toContain(`/jobs/${name}`);
    }
    // Nothing escapes the old form of commands: that name alone is not told to the letter.
    expect(commandsOf(failed, "error")[0]?.properties["file"]).toBe(`jobs/${name.replace("##[", "##\\[")}`);
  });

  it("in the environment's name and the comment's key are text", async () => {
    world = await stepWorld({ "jobs/a.yaml": nimbleManifest("a") });
    const run = await world.run({ command: "plan", "comment-key": "##[add-mask]x @org <img> ::error::y" });
    expect(foreign(run)).toEqual([]);
    expectTame(world.github.comments[0]?.body ?? "");
  });
});

describe("the reader of the log", () => {
  it("sees what a runner sees", () => {
    const log = readLog(
      "x ##[add-mask]a\n  ::error file=a%2Cb,line=3::m%0An\r::stop-commands::t\n::error::no\n::t::\n::notice::yes",
    );
    expect(log.commands.map(({ name }) => name)).toEqual(["add-mask", "error", "stop-commands", "notice"]);
    expect(log.commands[1]).toEqual({ name: "error", properties: { file: "a,b", line: "3" }, data: "m\nn" });
  });
});

describe("secrets", () => {
  const SECRET = 'p@ss/wörd+"1"=\nsecond line of it';
  const forms = [
    ...SECRET.split("\n"),
    encodeURIComponent(SECRET.split("\n")[0] ?? ""),
    JSON.stringify(SECRET).slice(1, -1),
    Buffer.from(SECRET).toString("base64").replace(/=+$/, "").slice(0, -2),
  ];

  it("A82 are masked in each line and encoding before anything is printed, and shown nowhere", async () => {
    world = await stepWorld({
      "jobs/a.yaml": nimbleManifest("a", "0 6 * * *", '  description: "${env:THE_SECRET}"\n'),
      "jobs/b.yaml": nimbleManifest("b", "0 6 * * *", `  description: ${JSON.stringify(`plain ${SECRET}`)}\n`),
    });
    const event = { name: "workflow_dispatch", sha: "b".repeat(40), env: { THE_SECRET: SECRET } };
    const planned = await world.run({ command: "plan" }, event);
    expect(planned.code).toBe(0);
    const echo = { status: 422, body: { code: "invalid", message: `no: ${SECRET} {{authorization}}` } };
    world.project.sandbox.faults.add({ method: "POST", fault: echo });
    const applied = await world.run({ command: "apply", "reviewed-plan": "ignore" }, event);
    for (const run of [planned, applied]) {
      const masks = commandsOf(run, "add-mask").map(({ data }) => data);
      for (const form of forms) expect(masks.some((mask) => form.includes(mask))).toBe(true);
      const shown = run.stdout.split("\n").filter((line) => !line.startsWith("::add-mask::"));
      const first = run.stdout.split("\n").findIndex((line) => !line.startsWith("::add-mask::"));
      expect(
        run.stdout
          .split("\n")
          .slice(first)
          .some((line) => line.startsWith("::add-mask::")),
      ).toBe(false);
      const files = ["plan-file", "markdown-file", "html-file"].map((name) =>
        readFileSync(run.outputs[name] ?? "", "utf8"),
      );
      for (const text of [shown.join("\n"), run.stderr, run.summary, ...files, JSON.stringify(run.outputs)]) {
        for (const form of [...forms, "nimble-test-key", "ghs_fake"]) expect(text).not.toContain(form);
      }
    }
  });

  it("A63 leave no part of themselves where something is cut, or broken into rows", async () => {
    // No four characters stand twice in it, and it is longer than a row, so that every cut near it goes through it.
    const long = Array.from({ length: 60 }, (_, n) => `${String.fromCharCode(65 + (n % 26))}${1000 + n * 7}`).join("");
    const at = [0, 40, 90, 150, 400, 900, 990, 1900, 3900];
    const text = (before: number): string => JSON.stringify(`${"x".repeat(before)} ${long} and on`);
    const spec = (before: number): string => `  description: ${text(before)}\n`;
    world = await stepWorld({
      "jobs/a.yaml": nimbleManifest("a", "0 6 * * *", '  description: "${env:THE_SECRET}"\n'),
      ...Object.fromEntries(at.map((n) => [`jobs/b${n}.yaml`, nimbleManifest(`b${n}`, "0 6 * * *", spec(n))])),
    });
    const env = { THE_SECRET: long };
    const planned = await world.run({ command: "plan", comment: "always" }, { ...pullRequest(), env });
    expect(planned.code).toBe(0);
    const refuses = { status: 422, body: { code: "invalid", message: `${"y".repeat(150)} ${long}` } };
    world.project.sandbox.faults.add({ method: "POST", fault: refuses });
    const applied = await world.run({ command: "apply", "reviewed-plan": "ignore" }, { ...push(), env });
    const parts = Array.from({ length: long.length - 7 }, (_, n) => long.slice(n, n + 8));
    for (const run of [planned, applied]) {
      const log = run.stdout.split("\n").filter((line) => !line.startsWith("::add-mask::"));
      const files = ["plan-file", "markdown-file", "html-file"].map((name) =>
        run.outputs[name] === undefined ? "" : readFileSync(run.outputs[name], "utf8"),
      );
      const comments = world.github.comments.map(({ body }) => body.replace(/<!-- jobwright:decisions .*/, ""));
      const statuses = world.github.statuses.map(({ description }) => description);
      for (const shown of [...log, run.stderr, run.summary, ...files, ...comments, ...statuses]) {
        expect([shown.slice(0, 300), parts.filter((part) => shown.includes(part))]).toEqual([shown.slice(0, 300), []]);
      }
    }
    expect(planned.summary).toContain("***");
  });
});
