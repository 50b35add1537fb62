import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quote } from "../../src/manifest/quote.ts";
import { createRedactor } from "../../src/render/redact.ts";
import { safeMarkdown } from "../../src/render/safe.ts";

const SECRET = 's3cr3t/Va+lue&"x"';

describe("createRedactor", () => {
  const { text } = createRedactor(() => [SECRET]);

  it("finds a value as it is, and leaves the rest", () => {
    expect(text(`key ${SECRET}, that was it`)).toBe("key ***, that was it");
  });

  it.each([
    ["JSON-escaped", JSON.stringify(SECRET).slice(1, -1)],
    ["URL-encoded", encodeURIComponent(SECRET)],
    ["URL-encoded in lower case", encodeURIComponent(SECRET).toLowerCase().replace("va%2blue", "Va%2blue")],
    ["escaped for Markdown", safeMarkdown(SECRET)],
  ])("finds a value %s", (_how, form) => {
    expect(text(`<${form}>`)).toBe("<***>");
  });

  it("finds a value in base64, wherever in three bytes it begins", () => {
    for (const before of ["", "a", "ab", "abc"]) {
      const encoded = Buffer.from(`${before}${SECRET}zz`).toString("base64");
      const left = text(encoded);
      expect(left).toContain("***");
      // What is left are the characters that also depend on the neighbours.
      expect(left.replace("***", "").length).toBeLessThanOrEqual(10);
    }
  });

  it("takes patterns of String.replace for what they are", () => {
    const redactor = createRedactor(() => ["pa$&ss$1w.*rd"]);
    expect(redactor.text("x pa$&ss$1w.*rd y")).toBe("x *** y");
    expect(redactor.text("pass1wxxrd")).toBe("pass1wxxrd");
  });

  it("leaves short values alone", () => {
    expect(createRedactor(() => ["1", "yes"]).text("1 yes 10 eyes")).toBe("1 yes 10 eyes");
  });

  it("finds each longer line of a value of several lines", () => {
    const redactor = createRedactor(() => ["-----BEGIN KEY-----\nMIIEvQIBADAN\nshort\n"]);
    expect(redactor.text("line MIIEvQIBADAN of a key, short")).toBe("line *** of a key, short");
  });

  it("finds a file's value without its last line end", () => {
    expect(createRedactor(() => ["tok3n\n"]).text("got tok3n.")).toBe("got ***.");
  });

  it("leaves no half of overlapping values", () => {
    expect(createRedactor(() => ["abcdef", "defghi"]).text("<abcdefghi>")).toBe("<***>");
  });

  it("finds what a cut left of a value: its beginning, its end, and a stretch of a very long one", () => {
    const long = Array.from({ length: 40 }, (_, i) => `part${i}`).join("/");
    const { text } = createRedactor(() => ["sk-live-0123456789", long]);
    expect(text('the value "sk-live-01…" is too long')).toBe('the value "***…" is too long');
    expect(text("5 | …3456789 }")).toBe("5 | …*** }");
    expect(text(`5 | …${long.slice(30, 150)}…`)).toBe("5 | …***…");
    expect(text(quote(`${"x".repeat(60)}sk-live-0123456789${"y".repeat(30)}`))).toBe(
      `"${"x".repeat(60)}***${"y".repeat(2)}…"`,
    );
    expect(text(quote(`${"x".repeat(70)}sk-live-0123456789`))).toBe(`"${"x".repeat(70)}***…"`);
    // Too little to tell it from anything else.
    expect(text('"sk-…", "…789"')).toBe('"sk-…", "…789"');
    expect(text("it ends with sk-live-01")).toBe("it ends with sk-live-01");
    expect(text("sk-live-01 and 3456789")).toBe("sk-live-01 and 3456789");
  });

  it("sees values that become known later", () => {
    const values: string[] = [];
    const redactor = createRedactor(() => values);
    expect(redactor.text("late-secret")).toBe("late-secret");
    values.push("late-secret");
    expect(redactor.text("late-secret")).toBe("***");
  });

  it("keeps a JSON document valid, names of fields included", () => {
    const redactor = createRedactor(() => ["name", "true", "4711"]);
    expect(redactor.json({ name: "the name", on: true, n: 4711, list: ["4711", null] })).toEqual({
      name: "the ***",
      on: true,
      n: 4711,
      list: ["***", null],
    });
  });

  it("leaves no known value in any text", () => {
    const secret = fc
      .string({ minLength: 4, maxLength: 20, unit: "grapheme" })
      .filter((s) => s.trim().length >= 4 && !s.includes("*"));
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 5 }), fc.array(fc.string()), (secrets, between) => {
        const input = secrets.map((value, at) => `${between[at] ?? ""}${value}`).join("");
        const output = createRedactor(() => secrets).text(input);
        for (const value of secrets) expect(output).not.toContain(value);
      }),
    );
  });

  it("is one pass, however many values there are", () => {
    const values = Array.from({ length: 100 }, (_, n) => `secret-number-${n}-${"x".repeat(30)}`);
    const line = `${"lorem ipsum dolor sit amet ".repeat(40)}\n`;
    const input = `${line.repeat(4000)}${values[50]}${line.repeat(4000)}`;
    const output = createRedactor(() => values).text(input);
    expect(output.length).toBe(input.length - (values[50]?.length ?? 0) + 3);
  });
});
