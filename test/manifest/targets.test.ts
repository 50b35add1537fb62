import { describe, expect, it } from "vitest";
import { checkBaseUrl } from "../../src/manifest/base-url.ts";
import { checkGlob } from "../../src/manifest/glob-guard.ts";
import type { LoadOptions } from "../../src/manifest/load.ts";
import { SecretRef } from "../../src/model/document.ts";
import { blaxel, loadFiles } from "./project.ts";

function loadTargets(targets: string, options: Partial<LoadOptions> = {}) {
  return loadFiles({ "jobwright.yaml": `targets:\n  ${targets}\n` }, options);
}

describe("targets", () => {
  const EU = 'blaxel-eu: { provider: blaxel, workspace: acme-eu, apiKey: "${env:BL_EU_KEY}" }';

  it("hold a key by its name in the secret table", async () => {
    const { config, secrets, diagnostics } = await loadTargets(EU, { env: { BL_EU_KEY: "k-1" } });
    expect(diagnostics).toEqual([]);
    expect(config.targets["blaxel-eu"]).toEqual({
      name: "blaxel-eu",
      provider: "blaxel",
      workspace: "acme-eu",
      apiKey: "env:BL_EU_KEY",
      apiKeyFrom: "env:BL_EU_KEY",
      explicit: true,
    });
    expect(secrets.value(new SecretRef("env:BL_EU_KEY"))).toBe("k-1");
    expect(Object.keys(config.targets)).toEqual(["blaxel", "blaxel-eu", "nimble"]);
  });

  it("need their key, but not for the sandbox, and not where secrets are skipped", async () => {
    expect((await loadTargets(EU)).diagnostics).toMatchObject([{ code: "JW1303", line: 2, column: 62 }]);
    for (const options of [{ sandbox: true }, { secrets: "skip" as const, env: { BL_EU_KEY: "k" } }]) {
      const { config, diagnostics, secrets } = await loadTargets(EU, options);
      expect(diagnostics).toEqual([]);
      expect(config.targets["blaxel-eu"]?.apiKey).toBeUndefined();
      expect(config.targets["blaxel-eu"]?.apiKeyFrom).toBe("env:BL_EU_KEY");
      expect([...secrets.values()]).toEqual([]);
    }
  });

  it("never hold a key itself, and nobody sees it", async () => {
    const { diagnostics } = await loadTargets("nimble: { apiKey: sk-very-secret }");
    expect(diagnostics).toMatchObject([{ code: "JW1316", line: 2, column: 21 }]);
    expect(JSON.stringify(diagnostics)).not.toContain("very");
    expect(diagnostics[0]?.frame).toContain("apiKey: **************");
  });

  it.each(["GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "JOBWRIGHT_STATE_KEY"])("cannot use %s as a key", async (name) => {
    const { diagnostics } = await loadTargets(`nimble: { apiKey: "\${env:${name}}" }`, { env: { [name]: "x" } });
    expect(diagnostics).toMatchObject([{ code: "JW1306" }]);
  });

  it("may use the vendors' own variables for keys, and manifests may not read those", async () => {
    const { diagnostics } = await loadFiles(
      {
        "jobwright.yaml": 'targets: { nimble: { apiKey: "${env:ODD_NAME}" } }\n',
        "jobs/a.yaml": blaxel("a", "  runtime: { envs: [{ name: A, value: '${env:ODD_NAME}' }] }\n"),
      },
      { env: { ODD_NAME: "x" } },
    );
    expect(diagnostics).toMatchObject([{ code: "JW1306", file: "jobs/a.yaml" }]);
  });

  it("take workspace and base URL from variables", async () => {
    const targets =
      'blaxel: { workspace: "${env:WS}", baseUrl: "https://${var:host}/v0" }\nvars: { host: api.example.com }';
    const { config } = await loadTargets(targets, { env: { WS: "acme" } });
    expect(config.targets["blaxel"]).toMatchObject({ workspace: "acme", baseUrl: "https://api.example.com/v0" });
  });

  it.each([
    ["A61 a name with a slash", '"a/b": { provider: nimble }', "JW1317"],
    ["an empty name", '"": { provider: nimble }', "JW1317"],
    ["a name with a line end", '"a\\nb": { provider: nimble }', "JW1317"],
    ["no provider", "other: { workspace: x }", "JW1105"],
    ["an unknown provider", "other: { provider: nimbel }", "JW1107"],
    ["a workspace of Nimble", "nimble: { workspace: x }", "JW1104"],
    ["a workspace that would be a header", 'blaxel: { workspace: "a\\r\\nX: y" }', "JW1317"],
    ["a base URL of somebody's", 'nimble: { baseUrl: "http://127.0.0.1@evil.example" }', "JW1315"],
  ])("are refused with %s", async (_name, target, code) => {
    expect((await loadTargets(target)).diagnostics.map((d) => d.code)).toEqual([code]);
  });
});

describe("checkBaseUrl", () => {
  it.each([
    ...["https://api.blaxel.ai/v0", "https://sdk.nimbleway.com", "https://x.example:8443/v0/"],
    ...["http://127.0.0.1:4010", "http://[::1]:4010/v0", "http://localhost:4010", "http://127.1", "http://2130706433"],
  ])("takes %s", (url) => {
    expect(checkBaseUrl(url)).toBeUndefined();
  });

  it.each([
    ...["http://127.0.0.1.evil.com", "http://127.0.0.1@evil", "http://localhost.evil", "//evil", "http://localhost."],
    ...["http://0.0.0.0", "http://[::ffff:127.0.0.1]", "http://169.254.169.254", "ftp://x", "file:///etc/passwd", "x"],
    ...[
      "https://user:pw@x.example",
      "https://x.example?a=b",
      "https://x.example#f",
      "https://x.example?",
      "https:\\\\x",
    ],
    ...["https://x.example/ v0", "", "javascript:alert(1)"],
  ])("A36 A37 A38 refuses %s", (url) => {
    expect(checkBaseUrl(url)).toBeDefined();
  });

  it("does not repeat a password", () => {
    expect(JSON.stringify(checkBaseUrl("https://me:hunter2@x.example"))).not.toContain("hunter2");
  });
});

describe("checkGlob", () => {
  it.each([
    "jobs/**/*.{yaml,yml}",
    "*.yaml",
    "a/[0-9]*/b?.yaml",
    "jobs/*-*-*.yaml",
    "**/jobs/**/x.yaml",
    "a b/ü.yaml",
  ])("takes %s", (glob) => {
    expect(checkGlob(glob)).toBeUndefined();
  });

  it.each([
    ...["/**", "../**", "a/../../b", "{..,a}/*.yaml", "C:/x", "~/x", "\\\\host\\x", "!jobs/x.yaml", "a\nb"],
    ...["{a,b}".repeat(30), "{a,{b,c}}", "{a", "+(*a)", "@(a|b)", "!(a)", "(a|b)"],
    ...[`{${"a,".repeat(100)}}`, "{1..9}"],
  ])("A31 refuses %j", (glob) => {
    expect(checkGlob(glob)).toBeDefined();
  });

  it("A31 is asked of manifests and exclude", async () => {
    const config = 'manifests: ["/**", "jobs/*.yaml"]\nexclude: ["../x"]\n';
    const { diagnostics, config: read } = await loadFiles({ "jobwright.yaml": config });
    expect(diagnostics.map((d) => `${d.code} ${d.line}:${d.column}`)).toEqual(["JW1313 1:13", "JW1313 2:11"]);
    expect(read.manifests).toEqual(["jobs/*.yaml"]);
  });

  it("A31 limits how many there are", async () => {
    const config = `manifests: [${Array.from({ length: 10_000 }, (_, i) => `"a${i}"`).join(", ")}]\n`;
    expect((await loadFiles({ "jobwright.yaml": config })).diagnostics).toMatchObject([{ code: "JW1108" }]);
  });
});
