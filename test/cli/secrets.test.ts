import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliProject, cliProject } from "../support/cli-project.ts";
import { gitInit } from "../support/git.ts";
import { secretsIn } from "../support/secret-search.ts";

/** What the environment and a file hold, used by manifests. */
const DECLARED = {
  QUOTED: `qu"ote'd\\back\`tick-7f3a`,
  LINES: "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nAQEFAASCBKcwggSjAgEAA\n-----END KEY-----\n",
  DOLLARS: "p$&ss$1w$$rd-$`-ok",
  UNICODE: "пароль-zażółć-🔑-鍵",
  ENCODED: "c2VjcmV0LXZhbHVlLTEyMzQ1Ng==",
  MARKUP: "<b>&amp;|*_secret_*|</b>",
  URL: "https://user:hunter22@db.acme.example/x?y=z&w=1",
  ROTATED: "value-before-the-rotation",
};
const FILE_SECRET = "token-from-a-file-5d1c";
/** What only the platform holds. */
const LIVE = {
  LIVE_CARRIED: 'live-"carried"-91ab',
  LIVE_UNMANAGED: "live-unmanaged-$&-44cd",
  LIVE_IMPORTED: "live-imported-鍵-77ef",
};
const KEYS = { NIMBLE_API_KEY: "nimble-key-0a1b2c3d4e", BL_API_KEY: "blaxel-key-5f6a7b8c9d" };
const ROTATED_TO = "value-after-the-rotation";
const ALL = { ...DECLARED, FILE_SECRET, ...LIVE, ...KEYS, ROTATED_TO };

const env = (name: string): string => `      - { name: ${name}, value: "\${env:${name}}", secret: true }\n`;
const nightly = (memory: number): string => `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata: { name: nightly }
spec:
  runtime:
    memory: ${memory}
    envs:
${Object.keys(DECLARED).map(env).join("")}      - { name: FILE_SECRET, value: "\${file:secrets/token}", secret: true }
      - { name: VENDOR_FORM, value: "$secrets.QUOTED", secret: true }
      - { name: IN_A_URL, value: "postgres://app:\${env:DOLLARS}@db/x", secret: true }
`;
const NIMBLE = `apiVersion: nimbleway.com/v1
kind: Job
metadata: { name: amazon }
spec:
  agent_name: amazon_pdp
  description: "uses \${env:UNICODE} and \${env:MARKUP}"
  inputs: { type: inline, data: [{ url: "\${env:URL}", key: "\${env:LINES}" }] }
`;

const carrier = (memory: number): string => `apiVersion: blaxel.ai/v1alpha1
kind: Job
metadata: { name: carrier }
spec: { runtime: { memory: ${memory} } }
`;

const liveJob = (name: string, envs: Readonly<Record<string, string>>) => ({
  metadata: { name },
  spec: {
    runtime: { memory: 2048, envs: Object.entries(envs).map(([name, value]) => ({ name, value, secret: true })) },
  },
});

let project: CliProject;
/** Everything that the tool wrote to its streams, with the command that did. */
let said: { readonly what: string; readonly text: string }[];
beforeEach(() => {
  said = [];
});
afterEach(() => project.close());

async function run(more: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<number | null> {
  const { code, stdout, stderr } = await project.runWith({ ...DECLARED, ...KEYS, ...more }, ...args);
  const what = args.join(" ");
  said.push({ what: `stdout of ${what}`, text: stdout }, { what: `stderr of ${what}`, text: stderr });
  return code;
}

/** All files but those that the test planted, and what is in every object of the repository. */
function written(): readonly { readonly what: string; readonly text: string }[] {
  const planted = new Set(["secrets/token"]);
  const files = Object.keys(project.files()).filter((file) => !planted.has(file));
  const texts = files.map((file) => ({ what: file, text: readFileSync(join(project.path, file), "utf8") }));
  const objects = execFileSync("git", ["cat-file", "--batch-all-objects", "--batch"], {
    cwd: project.path,
    maxBuffer: 256 * 1024 * 1024,
  });
  return [...texts, { what: "git objects", text: objects.toString("utf8") }];
}

function expectNothingLeaked(): void {
  const leaks = [...said, ...written()].flatMap(({ what, text }) =>
    secretsIn(text, ALL).map((name) => `${name} in ${what}`),
  );
  expect(leaks).toEqual([]);
}

describe.each(["file", "git"])("no byte that leaves holds a secret (state store %s)", (store) => {
  beforeEach(async () => {
    project = await cliProject({
      // One try each: what is retried is not what this is about.
      "jobwright.yaml": `state: { store: ${store} }\nhttp: { readTries: 1, writeTries: 1 }\n`,
      ".gitignore": "secrets/\n.jobwright/\n",
      "jobs/nightly.yaml": nightly(2048),
      "jobs/amazon.yaml": NIMBLE,
      "jobs/carrier.yaml": carrier(2048),
      "secrets/token": FILE_SECRET,
    });
    gitInit(project.path);
    project.sandbox.data.blaxel.put(liveJob("unmanaged", { LIVE_UNMANAGED: LIVE.LIVE_UNMANAGED }));
  });

  test("from validate over plan and apply to drift, status, saved plans, reports and import", async () => {
    const { data } = project.sandbox;
    for (const format of ["text", "json", "github"]) expect(await run({}, "validate", "--format", format)).toBe(0);
    const reports = ["--markdown", "out.md", "--html", "out.html", "--out", "out.json"];
    expect(await run({}, "plan", ...reports)).toBe(0);
    expect(await run({}, "-v", "plan", "--json")).toBe(0);
    expect(await run({}, "-v", "apply", "-y")).toBe(0);
    // The values did arrive.
    expect(JSON.stringify(data.blaxel.get("nightly"))).toContain(JSON.stringify(DECLARED.QUOTED));
    expect(data.nimble.named("amazon")).toMatchObject([
      { description: `uses ${DECLARED.UNICODE} and ${DECLARED.MARKUP}` },
    ]);
    expectNothingLeaked();

    // Somebody changes fields by hand that hold secrets, and adds one that only a PUT carries.
    data.nimble.edit(data.nimble.all()[0]?.id ?? "", { description: `by hand: ${DECLARED.UNICODE}` });
    data.blaxel.edit("nightly", { spec: { runtime: { memory: 1024 } } });
    const envs = [{ name: "LIVE_CARRIED", value: LIVE.LIVE_CARRIED, secret: true }];
    data.blaxel.edit("carrier", { spec: { runtime: { envs } } });
    expect(await run({}, "drift", "--markdown", "drift.md", "--html", "drift.html")).toBe(2);
    expect(await run({}, "drift", "--json")).toBe(2);
    expect(await run({}, "status", "--html", "status.html")).toBe(0);
    expect(await run({}, "status", "--json")).toBe(0);
    expect(await run({}, "status", "--fields", "blaxel/nightly")).toBe(0);
    expectNothingLeaked();

    // A rotated secret, a pending change, applied from a saved plan.
    project.write("jobs/nightly.yaml", nightly(4096));
    project.write("jobs/carrier.yaml", carrier(4096));
    expect(await run({ ROTATED: ROTATED_TO }, "plan", ...reports)).toBe(0);
    expect(await run({ ROTATED: ROTATED_TO }, "plan", "--json", "--rotate", "blaxel/nightly/QUOTED")).toBe(0);
    expect(await run({ ROTATED: ROTATED_TO }, "-v", "apply", "out.json", "-y", "--json")).toBe(0);
    expect(JSON.stringify(data.blaxel.get("nightly"))).toContain(ROTATED_TO);
    expect(data.blaxel.get("carrier")).toMatchObject({ spec: { runtime: { memory: 4096, envs } } });
    expect(await run({ ROTATED: ROTATED_TO }, "diff-plans", "out.json", "out.json")).toBe(0);
    for (const args of [
      ["state", "list", "--json"],
      ["state", "pull"],
      ["state", "show", "blaxel/nightly"],
    ]) {
      expect(await run({}, ...args)).toBe(0);
    }
    expectNothingLeaked();

    data.blaxel.put(liveJob("by-hand", { LIVE_IMPORTED: LIVE.LIVE_IMPORTED }));
    await run({ ROTATED: ROTATED_TO }, "-v", "import", "--target", "blaxel", "--out", "jobs/imported");
    expect(Object.keys(project.files()).filter((file) => file.startsWith("jobs/imported"))).not.toEqual([]);
    await run({ ROTATED: ROTATED_TO }, "import", "--drifted");
    await run({ ROTATED: ROTATED_TO }, "plan", "--json");
    expectNothingLeaked();
  });

  test("also where a platform echoes what it was sent, in errors of every kind", async () => {
    const echo = Object.values({ ...DECLARED, FILE_SECRET, ...KEYS }).join(" ; ");
    const { faults } = project.sandbox;
    const bodies = [
      { status: 422, body: { detail: [{ loc: ["body", "description"], msg: `not allowed: ${echo}`, type: "x" }] } },
      { status: 400, body: { error: "bad", message: `{{authorization}} sent ${echo}` } },
      { status: 401, body: { code: "x", message: "{{authorization}} is no key" } },
      { status: 500, headers: { "x-request-id": KEYS.BL_API_KEY }, body: echo },
      { status: 200, body: `<html>${echo}</html>`, headers: { "content-type": "text/html" } },
    ];
    for (const fault of bodies) {
      faults.set([{ method: ["POST", "PUT", "PATCH"], fault }]);
      await run({ JOBWRIGHT_CREATE_SETTLE: "1ms" }, "-v", "apply", "-y", "--only", "blaxel/*");
      faults.set([{ method: "GET", fault }]);
      await run({}, "-v", "plan", "--json");
    }
    faults.set([
      { fault: { redirect: { location: `https://evil.example/?k=${encodeURIComponent(KEYS.BL_API_KEY)}` } } },
    ]);
    expect(await run({}, "-v", "plan")).toBe(1);
    faults.clear();
    // Live values that are secrets of ours.
    project.sandbox.data.nimble.put({
      name: "echo",
      agent_name: DECLARED.DOLLARS,
      description: KEYS.NIMBLE_API_KEY,
    });
    project.write(
      "jobs/echo.yaml",
      NIMBLE.replace("name: amazon", "name: echo").replace(/ {2}(description|inputs).*\n/g, "  $1: null\n"),
    );
    await run({}, "plan", "--json");
    await run({}, "plan", "--out", "echo.json", "--markdown", "echo.md");
    await run({}, "status", "--fields", "nimble/echo");
    await run({}, "status");
    await run({}, "drift", "--html", "drift.html", "--markdown", "drift.md");
    expectNothingLeaked();
  });

  test("nor where manifests are wrong", async () => {
    project.write(
      "jobs/bad.yaml",
      NIMBLE.replace("amazon\n", "amazon\n")
        .replace("agent_name", "agent_nam")
        .replace("name: amazon", 'name: "${env:DOLLARS}"'),
    );
    project.write("jobs/worse.yaml", nightly(2048).replace("nightly", "${env:URL}").replace("2048", '"${env:QUOTED}"'));
    project.write(
      "jobs/plain.yaml",
      nightly(1).replace(`"\${env:QUOTED}"`, JSON.stringify(DECLARED.QUOTED)).replace("nightly", "plain"),
    );
    for (const format of ["text", "json", "github"]) expect(await run({}, "validate", "--format", format)).toBe(1);
    expect(await run({}, "plan")).toBe(1);
    project.remove("jobs/plain.yaml");
    expectNothingLeaked();
  });
});

test("the test would notice: what is planted is found in every form", () => {
  const secret = DECLARED.LINES;
  for (const text of [
    secret,
    JSON.stringify({ secret }),
    `x${secret.split("\n")[1]}`,
    Buffer.from(`ab${secret}`).toString("base64"),
    encodeURIComponent(secret),
  ]) {
    expect(secretsIn(`before ${text} after`, { LINES: secret })).toEqual(["LINES"]);
  }
  expect(secretsIn("nothing here", ALL)).toEqual([]);
});
