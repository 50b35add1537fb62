import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matches } from "../../src/model/match.ts";

describe("matches", () => {
  it.each([
    ["nimble/*", "nimble/a", true],
    ["nimble/*", "nimble/a/b", true],
    ["nimble/*", "nimble/", true],
    ["nimble/*", "blaxel/a", false],
    ["nimble/a", "nimble/a", true],
    ["nimble/a", "nimble/ab", false],
    ["*-eu/pay*s", "blaxel-eu/payments", true],
    ["*-eu/pay*s", "blaxel-eu/payment", false],
    ["a?c", "abc", true],
    ["a?c", "a😀c", true],
    ["a?c", "ac", false],
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["**a", "bba", true],
    ["a.c", "abc", false],
    ["[ab]", "a", false],
    ["A", "a", false],
  ])("%s against %s", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it("agrees with a regular expression", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 12 });
    const patterns = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        const source = pattern.replaceAll("*", "[^]*").replaceAll("?", "[^]");
        expect(matches(pattern, text)).toBe(new RegExp(`^${source}$`, "u").test(text));
      }),
    );
  });

  it("A32 does not blow up on patterns of many stars", () => {
    expect(matches(`${"*a".repeat(200)}b`, "a".repeat(5000))).toBe(false);
  });
});
