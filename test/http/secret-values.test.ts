import { describe, expect, it } from "vitest";
import { JobwrightError } from "../../src/errors.ts";
import { fillSecrets, hideAll, hideAndKeep, looksMasked } from "../../src/http/secret-values.ts";
import { SecretRef } from "../../src/model/document.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { errorOf } from "./support.ts";

describe("a mask", () => {
  it.each(["***", "********", "sk-***-end", "•••", "abcxxxx", "XXX", "●●●●"])("is %s", (text) => {
    expect(looksMasked(text)).toBe(true);
  });
  it.each(["", "**", "a*b*c", "xx", "sk-live-1"])("is not %j", (text) => {
    expect(looksMasked(text)).toBe(false);
  });
});

describe("an answered secret", () => {
  it("is hidden, and its value not kept, unless it was asked for", () => {
    expect(hideAll()).toEqual(SecretRef.masked());
  });

  it("that is really shown can be sent back, and is redacted", () => {
    const secrets = createSecretTable();
    const ref = hideAndKeep("blaxel/a", secrets)("/spec/runtime/envs/KEY/value", "hunter22");
    expect(ref).toBeInstanceOf(SecretRef);
    expect(fillSecrets({ value: ref }, secrets, "blaxel/a")).toEqual({ value: "hunter22" });
    expect([...secrets.values()]).toEqual(["hunter22"]);
  });

  it.each(["*****", "ab***yz", "", 7, null])("is not known where %j is answered", (answered) => {
    const secrets = createSecretTable();
    expect(hideAndKeep("blaxel/a", secrets)("/p", answered)).toEqual(SecretRef.masked());
    expect([...secrets.values()]).toEqual([]);
  });
});

describe("a body that is sent", () => {
  const secrets = createSecretTable();
  secrets.add("env:KEY", "$& hunter22 ${env:OTHER}");

  it("holds the values of its secrets, and everything else as it was", () => {
    const body = {
      a: new SecretRef("env:KEY"),
      list: [1, null, true, { $secret: "env:KEY" }, new SecretRef("env:KEY")],
      ["__proto__"]: "kept",
    };
    const filled = fillSecrets(body, secrets, "nimble/a");
    expect(JSON.stringify(filled)).toBe(
      '{"a":"$& hunter22 ${env:OTHER}","list":[1,null,true,{"$secret":"env:KEY"},"$& hunter22 ${env:OTHER}"],"__proto__":"kept"}',
    );
  });

  it("is not sent where a variable has no value", async () => {
    const error = await errorOf(JobwrightError, () =>
      fillSecrets({ a: new SecretRef("env:OTHER") }, secrets, "nimble/a"),
    );
    expect(error).toMatchObject({ code: "JW2060", reason: "secret-unreadable" });
    expect(error.message).toContain("env:OTHER");
    expect(error.message).toContain("/a");
  });

  it("is not sent where a masked secret would be lost, and names the variable", async () => {
    const body = { spec: { runtime: { envs: [{ name: "OPENAI_API_KEY", secret: true, value: SecretRef.masked() }] } } };
    const error = await errorOf(JobwrightError, () => fillSecrets(body, secrets, "blaxel/x"));
    expect(error.message).toContain("blaxel/x: the value of the secret OPENAI_API_KEY is not known");
    expect(error.message).toContain("/spec/runtime/envs/0/value");
  });

  it("never holds a mask where a secret is due", async () => {
    const env = (secret: boolean) => ({ name: "KEY", secret, value: "sk-****" });
    expect((await errorOf(JobwrightError, () => fillSecrets([env(true)], secrets, "blaxel/x"))).code).toBe("JW2060");
    expect(fillSecrets([env(false)], secrets, "blaxel/x")).toEqual([env(false)]);
  });
});
