import { describe, expect, it } from "vitest";
import { inShard } from "../../src/model/shard.ts";

const addresses = Array.from({ length: 4000 }, (_, i) => `${i % 2 === 0 ? "nimble" : "blaxel"}/job-${i}`);

describe("a shard", () => {
  it.each([1, 2, 3, 8, 100])("of %i: each address is in exactly one", (of) => {
    const sizes = Array.from(
      { length: of },
      (_, i) => addresses.filter((a) => inShard({ index: i + 1, of }, a)).length,
    );
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(addresses.length);
    for (const address of addresses.slice(0, 200)) {
      const homes = sizes.filter((_, i) => inShard({ index: i + 1, of }, address));
      expect(homes).toHaveLength(1);
    }
    // 4000 balls in `of` bins: none is off by more than six standard deviations.
    const mean = addresses.length / of;
    for (const size of sizes) expect(Math.abs(size - mean)).toBeLessThan(6 * Math.sqrt(mean) + 1);
  });

  it("is the same on every machine and in every version: a job never moves between parts by itself", () => {
    // SHA-256("nimble/amazon-pdp-daily") begins with a2cc6e09, which is 2731306505: 1 modulo 4, 5 modulo 10.
    expect(inShard({ index: 2, of: 4 }, "nimble/amazon-pdp-daily")).toBe(true);
    expect(inShard({ index: 6, of: 10 }, "nimble/amazon-pdp-daily")).toBe(true);
  });
});
