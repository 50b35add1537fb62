import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePointer } from "../../src/document/pointer.ts";
import { DEEPEST, scanJson, survives } from "../../src/http/json-scan.ts";

describe("a number", () => {
  it.each([
    "0",
    "-0",
    "1",
    "-17",
    "0.1",
    "1.50",
    "1e2",
    "1E-7",
    "9007199254740993e0".replace("3e0", "2"),
    "5e-324",
    "0.0",
    "0e99",
  ])("survives: %s", (token) => {
    expect(survives(token)).toBe(true);
  });

  it.each([
    "12345678901234567890",
    "9007199254740993",
    "1e400",
    "-1e400",
    "1e-400",
    "0.10000000000000000555",
    "1.7976931348623159e308",
  ])("A52 does not survive: %s", (token) => {
    expect(survives(token)).toBe(false);
  });

  it("survives whenever it was written by JSON.stringify", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => survives(JSON.stringify(n))));
  });

  it("survives exactly when an integer is written again as it was read", () => {
    // What is sent back is the shortest text that means the same double: that text, not the double, must mean n.
    const rewritten = (n: bigint): bigint => {
      const [digits = "", exponent = "0"] = JSON.stringify(Number(n)).split("e");
      const [whole = "", fraction = ""] = digits.split(".");
      return BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length);
    };
    const integers = fc.oneof(fc.bigInt(), fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }));
    fc.assert(
      fc.property(integers, (n) => survives(String(n)) === (rewritten(n) === n)),
      { examples: [[-30023997515803310n]] },
    );
  });
});

describe("a scan", () => {
  it.each<[string, readonly string[]]>([
    ['{"a":{"b":[1,12345678901234567890]}}', ["/a/b/1"]],
    ['[1e400,{"x/y~z":1e400}]', ["/0", "/1/x~1y~0z"]],
    ['{"a":1,"b":2,"a":3}', ["/a"]],
    ['{"a":1,"\\u0061":2}', ["/a"]],
    ['{"a":{"a":1},"b":{"a":1}}', []],
    ['[{"a":1},{"a":2}]', []],
    ['{"a":"\\ud800"}', ["/a"]],
    ['{"a":"\\ud83d\\ude00 \\u00e9"}', []],
    ['{"\\udc00":1}', ["/\udc00"]],
    ['{"__proto__":12345678901234567890}', ["/__proto__"]],
    ['{"a":"12345678901234567890, \\" [ { "}', []],
    ['{"a":"\\\\","b":1e400}', ["/b"]],
    ['{ "a" : [ ] , "b" : { } , "c" : 1e400 }', ["/c"]],
    ["12345678901234567890", [""]],
    ['""', []],
  ])("A51 A52 of %s finds %j", (text, found) => {
    expect(scanJson(text).inexact).toEqual(found);
  });

  it("A53 names what is nested too deep, and lives through any depth", () => {
    const deep = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect(scanJson(deep(DEEPEST - 1))).toEqual({ inexact: [], tooDeep: false });
    const { inexact, tooDeep } = scanJson(deep(100_000));
    expect(tooDeep).toBe(true);
    expect(inexact).toEqual([`/a${"/0".repeat(DEEPEST - 1)}`]);
  });

  it("names the item where much of it is inexact, and goes on with the next one", () => {
    const many = Array.from({ length: 50 }, () => "1e400").join(",");
    const { inexact } = scanJson(`{"items":[{"a":[${many}]},{"b":1e400},{"c":[${many}]}]}`);
    const exact = (item: number, key: string) => Array.from({ length: 9 }, (_, i) => `/items/${item}/${key}/${i}`);
    expect(inexact).toEqual([...exact(0, "a"), "/items/0", "/items/1/b", ...exact(2, "c"), "/items/2"]);
    const long = "k".repeat(5000);
    expect(scanJson(`{"items":[{"${long}":1e400,"a":1e400},{"b":1e400}]}`).inexact).toEqual(["/items/0", "/items/1/b"]);
  });

  it("names the whole document where its places would be many times as long as its text", () => {
    const { inexact } = scanJson(
      `{"${"k".repeat(50_000)}":[${Array.from({ length: 5_000 }, () => "1e400").join(",")}]}`,
    );
    expect(inexact.at(-1)).toBe("");
    expect(inexact.join("").length).toBeLessThan(10 * 80_004 + 4096);
  });

  it("finds nothing in what JSON.stringify wrote", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(scanJson(JSON.stringify(JSON.parse(text))).inexact).toEqual([]);
      }),
    );
  });

  it("points at what JSON.parse changed, wherever it stands", () => {
    const keys = fc.array(fc.oneof(fc.string(), fc.nat({ max: 3 })), { maxLength: 6 });
    fc.assert(
      fc.property(keys, (path) => {
        const text = path.reduceRight<string>(
          (inner, step) =>
            typeof step === "number" ? `[${"0,".repeat(step)}${inner}]` : `{${JSON.stringify(step)}:${inner}}`,
          "9007199254740993",
        );
        const [pointer, ...more] = scanJson(text).inexact;
        expect(more).toEqual([]);
        expect(parsePointer(pointer ?? "none")).toEqual(path.map(String));
      }),
    );
  });
});
