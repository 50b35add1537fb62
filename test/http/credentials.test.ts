import { describe, expect, it } from "vitest";
import { JobwrightError } from "../../src/errors.ts";
import { checkKey } from "../../src/http/key.ts";
import { allowedOrigins, checkOrigin, isLoopbackAddress, type OriginRules } from "../../src/http/origin.ts";
import { baseUrlOf, configuredKey, keyFromEnv } from "../../src/http/settings.ts";
import type { TargetConfig } from "../../src/model/config.ts";
import type { Env } from "../../src/model/runtime.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { errorOf } from "./support.ts";

const RULES: OriginRules = { source: "environment", name: "NIMBLE_BASE_URL", allowOrigins: [] };

describe("a key", () => {
  it("is taken as it is", () => {
    expect(checkKey("sk-live_123.abc/+=", "NIMBLE_API_KEY")).toBe("sk-live_123.abc/+=");
  });

  it.each([
    ["a line break", "abc\ndef"],
    ["a line break", "abcdef\n"],
    ["a space", "abcdef "],
    ["a space", "abc\tdef"],
    ["a quotation mark", '"abcdef"'],
    ["a quotation mark", "abc'def"],
    ["no key has", "abcdéf"],
    ["no key has", "abc\u0007def"],
    ["Bearer", "Bearer abcdef"],
    ["Bearer", "bearer abcdef"],
    ["10 KB", "a".repeat(10_241)],
  ])("A42 cannot be with %s", async (why, value) => {
    const error = await errorOf(JobwrightError, () => checkKey(value, "NIMBLE_API_KEY"));
    expect(error).toMatchObject({ code: "JW2051", reason: "auth" });
    expect(error.message).toContain("NIMBLE_API_KEY");
    expect(error.message).toContain(why);
    expect(error.message + error.hint).not.toContain("abc");
  });

  it.each([undefined, ""])("that is not set (%j) is named", async (value) => {
    const error = await errorOf(JobwrightError, () => checkKey(value, "BL_API_KEY"));
    expect(error).toMatchObject({ code: "JW2050", hint: "Set BL_API_KEY in the environment." });
  });
});

describe("an origin", () => {
  it.each([
    ["https://sdk.nimbleway.com", "https://sdk.nimbleway.com/"],
    ["https://api.blaxel.ai/v0", "https://api.blaxel.ai/v0"],
    ["http://127.0.0.1:4010", "http://127.0.0.1:4010/"],
    ["http://2130706433/v0", "http://127.0.0.1/v0"],
    ["http://127.1", "http://127.0.0.1/"],
    ["http://0x7f.1", "http://127.0.0.1/"],
    ["http://127.9.9.9:1", "http://127.9.9.9:1/"],
    ["http://①②⑦.⓪.⓪.①", "http://127.0.0.1/"],
    ["http://[::1]:4010", "http://[::1]:4010/"],
    ["http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]/"],
    ["http://localhost:4010", "http://localhost:4010/"],
    ["http://localhost.:4010", "http://localhost.:4010/"],
  ])("A37 may be %s", (given, normal) => {
    expect(checkOrigin(given, RULES).href).toBe(normal);
  });

  it.each([
    ["JW2042", "http://127.0.0.1.evil.com"],
    ["JW2042", "http://localhost.evil"],
    ["JW2042", "http://0.0.0.0:4010"],
    ["JW2042", "http://0"],
    ["JW2042", "http://[::]"],
    ["JW2042", "http://[::ffff:10.0.0.1]"],
    ["JW2042", "http://10.0.0.1"],
    ["JW2040", "http://127.0.0.1@evil.example"],
    ["JW2040", "https://user:hunter22@api.example.com"],
    ["JW2040", "https://api.example.com?x=1"],
    ["JW2040", "https://api.example.com/v0#"],
    ["JW2040", "https://api.example.com//v0"],
    ["JW2040", "https://api.example.com./v0"],
    ["JW2040", "//evil"],
    ["JW2040", "ftp://api.example.com"],
    ["JW2040", "file:///etc/passwd"],
    ["JW2040", "not a URL"],
    ["JW2040", ""],
  ])("A36 A37 A38 is refused (%s): %s", async (code, given) => {
    const error = await errorOf(JobwrightError, () => checkOrigin(given, RULES));
    expect(error).toMatchObject({ code, reason: "invalid" });
    expect(error.message).toContain("NIMBLE_BASE_URL");
    expect(error.message + error.hint).not.toContain("hunter22");
  });

  it("A36 that a config file names needs the environment's leave", async () => {
    const rules = { ...RULES, source: "config", name: "targets.eu.baseUrl" } as const;
    const error = await errorOf(JobwrightError, () => checkOrigin("https://evilblaxel.ai/v0", rules));
    expect(error).toMatchObject({ code: "JW2041" });
    expect(error.hint).toContain("JOBWRIGHT_ALLOW_ORIGINS=https://evilblaxel.ai");
    const allowOrigins = allowedOrigins({ JOBWRIGHT_ALLOW_ORIGINS: "https://a.example, https://eu.example:8443/" });
    expect(checkOrigin("https://eu.example:8443/v0", { ...rules, allowOrigins }).host).toBe("eu.example:8443");
    expect(() => checkOrigin("https://eu.example/v0", { ...rules, allowOrigins })).toThrow(JobwrightError);
    expect(() => checkOrigin("https://x.eu.example:8443", { ...rules, allowOrigins })).toThrow(JobwrightError);
  });

  it("A41 is refused where certificates are not checked, but for this machine", async () => {
    const rules = { ...RULES, tlsChecksOff: true };
    expect(await errorOf(JobwrightError, () => checkOrigin("https://api.example.com", rules))).toMatchObject({
      code: "JW2043",
      reason: "tls",
    });
    expect(checkOrigin("https://127.0.0.1:8443", rules).port).toBe("8443");
  });

  it.each(["x", "https://a.example/path", "ftp://a.example", "*"])("list cannot hold %s", (entry) => {
    expect(() => allowedOrigins({ JOBWRIGHT_ALLOW_ORIGINS: `https://ok.example,${entry}` })).toThrow(
      expect.objectContaining({ code: "JW2041" }),
    );
  });

  it("is loopback by address", () => {
    const addresses = [
      "127.0.0.1",
      "127.255.0.3",
      "::1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "10.0.0.1",
      "0.0.0.0",
      "::",
      "::ffff:a00:1",
    ];
    expect(addresses.filter(isLoopbackAddress)).toEqual(addresses.slice(0, 5));
  });
});

describe("a target's settings", () => {
  const target: TargetConfig = { name: "eu", provider: "blaxel", explicit: true };
  const settings = (env: Env, more: Partial<TargetConfig> = {}) => ({
    target: { ...target, ...more },
    env,
    secrets: createSecretTable(),
    baseUrlVariable: "BL_API_URL",
    defaultBaseUrl: "https://api.blaxel.ai/v0",
  });
  const ALLOW = { JOBWRIGHT_ALLOW_ORIGINS: "https://api.blaxel.ai,https://eu.example" };

  it("take the base URL from the config, the environment, the default", () => {
    const env = { ...ALLOW, BL_API_URL: "https://env.example/v0" };
    expect(baseUrlOf(settings(env, { baseUrl: "https://eu.example/v0" })).base.host).toBe("eu.example");
    expect(baseUrlOf(settings(env)).base.host).toBe("env.example");
    expect(baseUrlOf(settings({ BL_API_URL: "" })).base.href).toBe("https://api.blaxel.ai/v0");
  });

  it("refuse a base URL of the config that the environment does not allow", () => {
    expect(() => baseUrlOf(settings({}, { baseUrl: "https://eu.example/v0" }))).toThrow(
      expect.objectContaining({ code: "JW2041", message: expect.stringContaining("targets.eu.baseUrl") }),
    );
  });

  it("refuse certificate checks that are off", () => {
    expect(() => baseUrlOf(settings({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }))).toThrow(
      expect.objectContaining({ code: "JW2043" }),
    );
  });

  it("send a key of the config only where the environment names or allows the origin", () => {
    const named = { apiKey: "env:BL_EU_KEY", apiKeyFrom: "env:BL_EU_KEY" };
    const keyWith = (env: Env) => {
      const context = settings(env, named);
      context.secrets.add("env:BL_EU_KEY", "eu-key-value");
      return configuredKey(context, baseUrlOf(context).base);
    };
    expect(keyWith(ALLOW)?.value).toBe("eu-key-value");
    expect(keyWith({ BL_API_URL: "http://127.0.0.1:4010/v0" })?.value).toBe("eu-key-value");
    expect(() => keyWith({})).toThrow(
      expect.objectContaining({
        code: "JW2041",
        hint: expect.stringContaining("JOBWRIGHT_ALLOW_ORIGINS=https://api.blaxel.ai"),
      }),
    );
    const noKey = settings(ALLOW);
    expect(configuredKey(noKey, baseUrlOf(noKey).base)).toBeUndefined();
  });

  it("name the variable behind a key of the config that is missing", () => {
    const context = settings(ALLOW, { apiKey: "env:BL_EU_KEY", apiKeyFrom: "env:BL_EU_KEY" });
    expect(() => configuredKey(context, baseUrlOf(context).base)).toThrow(
      expect.objectContaining({
        code: "JW2050",
        message: expect.stringContaining("targets.eu.apiKey (env:BL_EU_KEY)"),
      }),
    );
  });

  it("make every key redacted", () => {
    const context = settings({ BL_API_KEY: "the-very-key" });
    const { ref, ...key } = keyFromEnv(context, "BL_API_KEY");
    expect(key).toEqual({ value: "the-very-key", name: "BL_API_KEY" });
    expect([...context.secrets.values()]).toEqual(["the-very-key"]);
    expect(context.secrets.value(ref)).toBe("the-very-key");
  });
});
