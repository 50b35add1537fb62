import { describe, expect, it } from "vitest";
import type { LoadOptions } from "../../src/manifest/load.ts";
import { HTTP_DEFAULTS, SAFETY_DEFAULTS } from "../../src/model/config.ts";
import { blaxel, loadFiles, nimble, places } from "./project.ts";

const MANIFESTS = {
  "jobs/n.yaml": nimble("one", "  schedule: { cron: 0 6 * * *, enabled: false }\n"),
  "jobs/b.yaml": blaxel("two"),
};

function loadConfig(config: string, options: Partial<LoadOptions> = {}) {
  return loadFiles({ "jobwright.yaml": config, ...MANIFESTS }, options);
}

/** Diagnostics of a config, as `code line:column message`. */
async function problems(config: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const { diagnostics } = await loadConfig(config, options);
  return diagnostics.map((d) => `${d.code} ${d.line}:${d.column} ${d.message}`);
}

describe("defaults", () => {
  it("hold without a config", async () => {
    const { config, diagnostics } = await loadFiles(MANIFESTS);
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      environment: "",
      environments: [],
      manifests: ["jobs/**/*.{yaml,yml}"],
      exclude: [],
      vars: {},
      patches: [],
      ignore: [],
      state: { store: "file", ref: "refs/jobwright/state", remote: "origin" },
      safety: SAFETY_DEFAULTS,
      http: HTTP_DEFAULTS,
      createSettleMs: 30_000,
    });
    expect(config.file).toBeUndefined();
    expect(config.targets).toEqual({
      blaxel: { name: "blaxel", provider: "blaxel", explicit: false },
      nimble: { name: "nimble", provider: "nimble", explicit: false },
    });
  });

  it.each(["", "# nothing yet\n", "---\n", "{}\n"])("hold with an empty config %j", async (config) => {
    const { config: read, diagnostics } = await loadConfig(config);
    expect(diagnostics).toEqual([]);
    expect(read).toMatchObject({ file: "jobwright.yaml", safety: SAFETY_DEFAULTS });
  });
});

describe("settings", () => {
  it("are read", async () => {
    const { config, diagnostics } = await loadConfig(
      `state: { store: git, ref: refs/acme/jobs, remote: upstream }
safety: { maxDeletes: 0, protect: ["blaxel/payments-*"], adopt: deny }
http: { concurrency: 2, readTimeout: 500ms, maxWaitTotal: 10m }
createSettle: 5s
exclude: ["jobs/drafts/**"]
`,
    );
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      state: { store: "git", ref: "refs/acme/jobs", remote: "upstream" },
      safety: { ...SAFETY_DEFAULTS, maxDeletes: 0, protect: ["blaxel/payments-*"], adopt: "deny" },
      http: { ...HTTP_DEFAULTS, concurrency: 2, readTimeoutMs: 500, maxWaitTotalMs: 600_000 },
      createSettleMs: 5_000,
      exclude: ["jobs/drafts/**"],
    });
  });

  it("know which environment is approved by its name", async () => {
    const config = "environments: { prod: { confirm: name }, dev: {} }\n";
    expect((await loadConfig(config, { environment: "prod" })).config.confirm).toBe("name");
    expect((await loadConfig(config, { environment: "dev" })).config.confirm).toBeUndefined();
    expect((await loadConfig(config)).config.confirm).toBeUndefined();
    const { diagnostics } = await loadConfig("confirm: name\n");
    expect(diagnostics).toMatchObject([{ code: "JW1104", hint: expect.stringContaining("environments: { prod:") }]);
  });

  it("take createSettle from the environment first", async () => {
    const env = { JOBWRIGHT_CREATE_SETTLE: "2m" };
    expect((await loadConfig("createSettle: 5s\n", { env })).config.createSettleMs).toBe(120_000);
    const { diagnostics } = await loadConfig("{}\n", { env: { JOBWRIGHT_CREATE_SETTLE: "soon" } });
    expect(diagnostics).toMatchObject([{ code: "JW1314", severity: "error" }]);
    expect(diagnostics[0]?.file).toBeUndefined();
  });

  it.each([
    ["an unknown field", "manifest: [a]\n", 'JW1104 1:1 unknown field "manifest" in the config'],
    ["an unknown field inside", "safety:\n  maxDelete: 3\n", 'JW1104 2:3 unknown field "maxDelete" in safety'],
    ["a wrong type", "exclude: jobs/x.yaml\n", "JW1106 1:10 exclude must be a list, not text"],
    [
      "a wrong choice",
      "state: { store: disk }\n",
      'JW1107 1:17 state.store is "disk", but must be "none", "file" or "git"',
    ],
    [
      "too much",
      "safety: { maxDeletesPercent: 101 }\n",
      "JW1108 1:30 safety.maxDeletesPercent is 101, but at most 100 is allowed",
    ],
    ["a list", "- a\n", "JW1106 1:1 the config must be a mapping, not a list"],
    ["a bad duration", "http: { maxWait: 1h }\n", 'JW1314 1:18 http.maxWait is "1h", which is no duration'],
    ["a short ref", "state: { ref: main }\n", 'JW1318 1:15 "main" is not the full name of a Git ref'],
    [
      "a ref that leads up",
      "state: { ref: refs/a/../b }\n",
      'JW1318 1:15 "refs/a/../b" is not the full name of a Git ref',
    ],
    [
      "a remote that is a flag",
      "state: { remote: --upload-pack=x }\n",
      'JW1318 1:18 "--upload-pack=x" is not the name of a Git remote',
    ],
    [
      "a remote that is a program",
      "state: { remote: 'ext::sh' }\n",
      'JW1318 1:18 "ext::sh" is not the name of a Git remote',
    ],
    ["a second document", "{}\n---\n{a: 1}\n", "JW1101 3:1 the config holds more than one YAML document"],
    [
      "broken YAML",
      "vars: { a: @ }\n",
      "JW1009 1:12 not valid YAML: plain value cannot start with reserved character @",
    ],
    [
      "a bad day",
      "ignore: [{ match: nimble*, paths: [/spec/x], until: 2027-02-30 }]\n",
      'JW1321 1:53 "2027-02-30" is not a day',
    ],
    [
      "a field that is no pointer",
      "ignore: [{ match: nimble*, paths: [spec/x] }]\n",
      'JW1320 1:36 "spec/x" is not a JSON Pointer to a field',
    ],
  ])("refuse %s", async (_name, config, expected) => {
    expect((await problems(config))[0]).toBe(expected);
  });

  it("say what was meant", async () => {
    const { diagnostics } = await loadConfig("safety: { maxDelete: 3 }\nprotect: [a]\n");
    expect(diagnostics.map((d) => d.hint)).toEqual([
      'Did you mean "maxDeletes"?',
      "Write it under safety: safety.protect.",
    ]);
  });

  it("tell everything that is wrong, and manifests' problems as well", async () => {
    const { diagnostics } = await loadFiles({
      "jobwright.yaml": "safety: { adopt: maybe }\nhttp: { readTries: 0 }\n",
      "jobs/a.yaml": nimble("a", "  shedule: null\n"),
    });
    expect(places(diagnostics)).toEqual([
      "error JW1104 jobs/a.yaml:7:3",
      "error JW1107 jobwright.yaml:1:18",
      "error JW1108 jobwright.yaml:2:20",
    ]);
  });
});

describe("ignore rules", () => {
  it("hold through their last day, then are an error", async () => {
    const rule = (until: string) =>
      `ignore: [{ match: "nimble/*", paths: [/spec/x], reason: vendor, until: ${until} }]\n`;
    expect(await problems(rule("2026-11-23"))).toEqual([]);
    expect(await problems(rule("2026-11-22"))).toEqual(["JW1312 1:72 this ignore rule ran out on 2026-11-22 (vendor)"]);
  });

  it("reach the jobs that they match", async () => {
    const { desired } = await loadConfig("ignore: [{ match: '*/two', paths: [/spec/runtime/image, /spec/x] }]\n");
    expect(desired.map((job) => job.ignore)).toEqual([["/spec/runtime/image", "/spec/x"], []]);
  });

  it("leave a thousand paths of one job alone, and no more", async () => {
    const rule = (match: string, length: number): string =>
      `  - { match: "${match}", paths: [${Array.from({ length }, (_, n) => `/spec/x${length}-${n}`).join(", ")}] }\n`;
    const rules = (length: number): string => `ignore:\n${rule("*", 600)}${rule("nimble/*", length)}`;
    expect(await problems(rules(400))).toEqual([]);
    expect(await problems(rules(401))).toEqual(["JW1108 3:33 more than 1,000 ignored paths meet one manifest"]);
  });

  it("that match nothing are worth a warning", async () => {
    const { diagnostics } = await loadConfig("ignore: [{ match: blaxel/c*, paths: [/spec/x] }]\n");
    expect(diagnostics).toMatchObject([{ code: "JW1311", severity: "warning", line: 1, column: 19 }]);
  });
});

describe("environments", () => {
  const CONFIG = `vars: { bucket: dev, other: same }
patches: [{ match: "*", patch: [{ op: add, path: /spec/description, value: "all" }] }]
targets: { blaxel: { workspace: acme } }
safety: { maxDeletes: 2, adopt: deny }
exclude: [a]
environments:
  prod:
    vars: { bucket: prod }
    patches: [{ match: nimble/*, patch: [{ op: replace, path: /spec/schedule/enabled, value: true }] }]
    targets: { blaxel: { workspace: acme-prod } }
    safety: { maxDeletes: 1 }
    state: { store: git }
    exclude: [b]
  empty:
`;
  const files = { "jobwright.yaml": CONFIG, "jobs/n.yaml": MANIFESTS["jobs/n.yaml"] };

  it("are merged over what stands at the top", async () => {
    const { config, desired, diagnostics } = await loadFiles(files, { environment: "prod" });
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      environment: "prod",
      environments: ["empty", "prod"],
      vars: { bucket: "prod", other: "same" },
      safety: { maxDeletes: 1, adopt: "deny" },
      state: { store: "git", remote: "origin" },
      exclude: ["b"],
      targets: { blaxel: { provider: "blaxel", workspace: "acme-prod", explicit: true } },
    });
    expect(config.patches).toHaveLength(2);
    expect(desired[0]?.document.spec).toMatchObject({ description: "all", schedule: { enabled: true } });
  });

  it("leave the top as it is where none is chosen", async () => {
    const { config, desired } = await loadFiles(files);
    expect(config).toMatchObject({ environment: "", vars: { bucket: "dev" }, exclude: ["a"] });
    expect(desired[0]?.document.spec).toMatchObject({ description: "all", schedule: { enabled: false } });
    expect((await loadFiles(files, { environment: "empty" })).config.vars).toEqual({ bucket: "dev", other: "same" });
  });

  it("come from JOBWRIGHT_ENV where no flag names one", async () => {
    const env = { JOBWRIGHT_ENV: "prod" };
    expect((await loadFiles(files, { env })).config.environment).toBe("prod");
    expect((await loadFiles(files, { env, environment: "empty" })).config.environment).toBe("empty");
  });

  it("that are unknown are an error", async () => {
    const { diagnostics } = await loadFiles(files, { environment: "prd" });
    expect(diagnostics).toMatchObject([
      { code: "JW1302", severity: "error", hint: "Did you mean prod? It has: empty, prod." },
    ]);
    expect((await loadFiles(files, { environment: "toString" })).diagnostics).toMatchObject([{ code: "JW1302" }]);
    expect((await loadFiles(MANIFESTS, { environment: "prod" })).diagnostics).toMatchObject([{ code: "JW1302" }]);
  });
});

describe("variables", () => {
  it("are shown as they resolve, secrets as they are written", async () => {
    const { config } = await loadConfig("vars: { a: 'x-${var:b}', b: 7, c: ['${env:S}/y', '${env:S}'] }\n", {
      env: { S: "v" },
    });
    expect(config.vars).toEqual({ a: "x-7", b: 7, c: ["${env:S}/y", "${env:S}"] });
  });

  it("A35 in a circle are refused, at each place, used or not", async () => {
    expect(await problems("vars:\n  a: ${var:b}\n  b: ${var:a}\n")).toEqual([
      "JW1305 3:6 variables refer to one another in a circle: ${var:a} -> ${var:b} -> ${var:a}",
    ]);
  });

  it("A35 may lead through a hundred others, and through no more", async () => {
    const chain = (length: number): string =>
      `vars:\n${Array.from({ length }, (_, n) => `  v${n}: "\${var:v${n + 1}}"\n`).join("")}  v${length}: end\n`;
    expect((await loadConfig(chain(99))).config.vars["v0"]).toBe("end");
    const { diagnostics } = await loadConfig(chain(20_000));
    expect(diagnostics[0]).toMatchObject({ code: "JW1305", line: 101 });
    expect(diagnostics[0]?.message).toContain('"v0" leads through more than 100 variables');
  });

  it.each(["__proto__", "a b", "1a", "-x"])("A35 cannot be named %s", async (name) => {
    const { diagnostics } = await loadConfig(`vars: { "${name}": 1 }\n`);
    expect(diagnostics).toMatchObject([{ code: "JW1317", line: 1, column: 9 }]);
  });

  it("say where a value of the environment is missing", async () => {
    expect(await problems("vars:\n  a:\n    - x ${env:NOPE}\n")).toEqual([
      "JW1303 3:9 the environment variable NOPE is not set",
    ]);
  });
});

describe("patches", () => {
  it("that do not fit are located in the config, once", async () => {
    const config = `patches:
  - match: "*"
    patch:
      - { op: replace, path: /spec/description, value: x }
`;
    const { diagnostics, desired } = await loadConfig(config);
    expect(desired).toEqual([]);
    expect(places(diagnostics)).toEqual(["error JW1309 jobwright.yaml:4:30", "error JW1309 jobwright.yaml:4:30"]);
    expect(diagnostics[0]?.message).toContain('"blaxel/two"');
  });

  it.each([
    ["/metadata/name", "JW1310"],
    ["/apiVersion", "JW1310"],
    ["/metadata/annotations/jobwright.dev~1id", "JW1310"],
    ["spec", "JW1320"],
  ])("A33 of %s are refused though nothing matches", async (path, code) => {
    const config = `patches: [{ match: none/*, patch: [{ op: add, path: ${path}, value: x }] }]\n`;
    const { diagnostics } = await loadConfig(config);
    expect(diagnostics.map((d) => d.code)).toEqual([code]);
  });

  it("A33 of a thousand operations are enough", async () => {
    const operations = Array.from({ length: 1001 }, () => "{ op: test, path: /kind, value: Job }");
    const { diagnostics } = await loadConfig(`patches: [{ match: "*", patch: [${operations.join(", ")}] }]\n`);
    expect(diagnostics).toMatchObject([{ code: "JW1108" }]);
  });

  it("A33 of a thousand operations for one manifest are enough, in however many rules they stand", async () => {
    const rule = (match: string, length: number): string =>
      `{ match: "${match}", patch: [${Array.from({ length }, () => "{ op: test, path: /kind, value: Job }").join(", ")}] }`;
    const rules = (length: number): string =>
      `patches:\n  - ${rule("*", 600)}\n  - ${rule("none/*", 900)}\n  - ${rule("nimble/*", length)}\n`;
    expect((await loadConfig(rules(400))).diagnostics.map((d) => d.code)).toEqual(["JW1311"]);
    const { diagnostics } = await loadConfig(rules(401));
    expect(places(diagnostics)).toEqual(["warning JW1311 jobwright.yaml:3:14", "error JW1108 jobwright.yaml:4:33"]);
  });

  it("that match nothing are worth a warning", async () => {
    const { diagnostics } = await loadConfig("patches: [{ match: nimble/x, patch: [] }]\n");
    expect(diagnostics).toMatchObject([{ code: "JW1311", severity: "warning", column: 20 }]);
  });

  it("make the config answer for what they wrote", async () => {
    const config =
      'patches: [{ match: nimble/*, patch: [{ op: replace, path: /spec/schedule, value: { cron: "0 25 * * *", enabled: 1 } }] }]\n';
    const { diagnostics } = await loadConfig(config);
    expect(places(diagnostics)).toEqual(["error JW1201 jobwright.yaml:1:90", "error JW1106 jobwright.yaml:1:113"]);
  });

  it("are made before interpolation", async () => {
    const config =
      'vars: { d: "from var" }\npatches: [{ match: nimble/*, patch: [{ op: add, path: /spec/description, value: "${var:d}" }] }]\n';
    const { desired } = await loadConfig(config);
    expect(desired.find((job) => job.provider === "nimble")?.document.spec["description"]).toBe("from var");
  });
});
