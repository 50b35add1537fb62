import { createHash, createHmac, scryptSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sameFingerprint } from "../../src/plan/fingerprint.ts";
import { createFingerprint } from "../../src/state/fingerprint.ts";

const SALT = "00112233445566778899aabbccddeeff";

describe("fingerprints", () => {
  const ways = [{ salt: SALT }, { salt: SALT, stateKey: "a key" }];

  it("tell same from different, in each way and in another run", () => {
    for (const way of ways) {
      const [one, two] = [createFingerprint(way), createFingerprint(way)];
      expect(sameFingerprint(one("x"), two("x"))).toBe("same");
      for (const other of ["y", "", "X", "x ", "é"]) expect(sameFingerprint(one("x"), two(other))).toBe("different");
    }
  });

  it("say which way they were made", () => {
    expect(createFingerprint({ salt: SALT })("x")).toBe(
      `scrypt:${scryptSync("x", Buffer.from(SALT, "hex"), 32, { N: 16_384, r: 8, p: 1 }).toString("hex")}`,
    );
    expect(createFingerprint({ salt: SALT, stateKey: "k" })("x")).toMatch(/^hmac-sha256:[0-9a-f]{8}:[0-9a-f]{64}$/);
    expect(createFingerprint({ salt: SALT, stateKey: "" })("x")).toMatch(/^scrypt:/);
  });

  it("of another way, key or salt, or of no known form, compare with nothing", () => {
    const made = createFingerprint({ salt: SALT, stateKey: "k" })("x");
    const others = [
      createFingerprint({ salt: SALT })("x"),
      createFingerprint({ salt: SALT, stateKey: "K" })("x"),
      createFingerprint({ salt: "ff", stateKey: "k" })("x"),
      "",
      "x",
      "scrypt:zz",
      `md5:${"0".repeat(64)}`,
    ];
    for (const other of others) {
      expect(sameFingerprint(made, other)).toBe("unverifiable");
      expect(sameFingerprint(other, made)).toBe("unverifiable");
    }
  });

  it("differ between states, and are no plain hash of the value", () => {
    const first = createFingerprint({ salt: SALT })("hunter22");
    expect(createFingerprint({ salt: "ff".repeat(16) })("hunter22")).not.toBe(first);
    const keyed = createFingerprint({ salt: SALT, stateKey: "k" })("hunter22");
    for (const plain of [createHash("sha256").update("hunter22"), createHmac("sha256", "k").update("hunter22")]) {
      expect(`${first} ${keyed}`).not.toContain(plain.digest("hex"));
    }
  });
});
