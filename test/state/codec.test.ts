import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectFrom, SecretRef, type Value } from "../../src/model/document.ts";
import { fromJson, toJson } from "../../src/state/codec.ts";

const key = fc.oneof(
  fc.constantFrom("$secret", "$literal", "fingerprint", "__proto__", "constructor", "a/b", "~"),
  fc.string({ maxLength: 4 }),
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Value>(null, true, false),
    fc.integer(),
    fc.string(),
    fc.string().map((text) => (text === "live" ? SecretRef.masked() : new SecretRef(text))),
    fc.constant(SecretRef.masked()),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => objectFrom(entries)),
  ),
}));

describe("the codec", () => {
  it("gives back every document, through JSON text", () => {
    fc.assert(
      fc.property(value, (document) => {
        const text = JSON.stringify(toJson(document));
        expect(fromJson(JSON.parse(text)).value).toEqual(document);
      }),
      { numRuns: 2_000 },
    );
  });

  it("writes secrets by name and never mistakes data for one", () => {
    expect(toJson(new SecretRef("env:KEY"))).toEqual({ $secret: "env:KEY" });
    expect(
      toJson({ a: new SecretRef("env:KEY"), b: SecretRef.masked() }, (ref) => ref.key && `f of ${ref.key}`),
    ).toEqual({
      a: { $secret: "env:KEY", fingerprint: "f of env:KEY" },
      b: { $secret: "live" },
    });
    const data = { $secret: "env:GITHUB_TOKEN" };
    expect(toJson(data)).toEqual({ $literal: { $secret: "env:GITHUB_TOKEN" } });
    expect(fromJson(toJson(data)).value).toEqual(data);
    expect(toJson({ $literal: { $secret: 1 } })).toEqual({ $literal: { $literal: { $literal: { $secret: 1 } } } });
  });

  it("keeps own __proto__ keys own", () => {
    const document = JSON.parse('{"__proto__":{"$secret":"x"},"constructor":1}');
    const json = toJson(document);
    expect(Object.keys(json ?? {})).toEqual(["__proto__", "constructor"]);
    const back = fromJson(json).value;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(JSON.stringify(back)).toBe('{"__proto__":{"$secret":"x"},"constructor":1}');
  });

  it("tells fingerprints by pointer into the document, wrappers not counted", () => {
    const document: Value = { "a/b": [new SecretRef("env:X")], w: { $literal: new SecretRef("env:Y") } };
    const decoded = fromJson(toJson(document, (ref) => `f:${ref.text}`));
    expect([...decoded.fingerprints]).toEqual([
      ["/a~1b/0", "f:env:X"],
      ["/w/$literal", "f:env:Y"],
    ]);
    expect(decoded.value).toEqual(document);
  });

  it("a live secret has no key, whatever it had", () => {
    const decoded = fromJson(toJson(new SecretRef("live", "live:nimble/a#/x"))).value;
    expect(decoded).toEqual(SecretRef.masked());
    expect(decoded instanceof SecretRef && decoded.key).toBeUndefined();
  });

  it("refuses what it does not write", () => {
    for (const wrong of [{ $secret: 1 }, { $literal: 1 }, { $literal: {}, more: 1 }, { $literal: [] }]) {
      expect(() => fromJson({ deep: wrong })).toThrow(TypeError);
    }
    expect(() => fromJson({ deep: { $secret: 1 } })).toThrow("/deep:");
  });
});
