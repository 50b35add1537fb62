import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeText } from "../../src/manifest/decode.ts";
import { parseDuration } from "../../src/manifest/duration.ts";
import { frameOf } from "../../src/manifest/frame.ts";
import { quote, quoteChoice } from "../../src/manifest/quote.ts";
import { closest, didYouMean } from "../../src/manifest/suggest.ts";
import { otherReading } from "../../src/manifest/yaml11.ts";
import { parse, places } from "./project.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("decodeText", () => {
  it("reads every text just as it was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!text.startsWith("\ufeff"));
        expect(decodeText(Buffer.from(text)).text).toBe(text);
      }),
    );
  });

  it("takes off a byte order mark", () => {
    expect(decodeText(Buffer.from("\ufeffa: 1")).text).toBe("a: 1");
  });

  it.each([
    ["UTF-16 (little-endian)", Buffer.from("\ufeffa: 1", "utf16le")],
    ["UTF-16 (big-endian)", bytes(0xfe, 0xff, 0, 0x61)],
    ["UTF-16 (little-endian, without byte order mark)", Buffer.from("a: 1", "utf16le")],
    ["UTF-16 (big-endian, without byte order mark)", bytes(0, 0x61, 0, 0x3a)],
    ["UTF-32 (little-endian)", bytes(0xff, 0xfe, 0, 0)],
    ["UTF-32 (big-endian)", bytes(0, 0, 0xfe, 0xff)],
  ])("A08 says that a file is %s", (name, content) => {
    expect(decodeText(content).problem).toMatchObject({
      code: "JW1006",
      message: `the file is ${name}, not UTF-8 (seen at byte offset 0)`,
    });
  });

  it("A08 names byte, offset, line and column of what is not UTF-8", () => {
    const { problem } = decodeText(Buffer.from("a: 1\nname: caf\xe9 au lait\n", "latin1"));
    expect(problem).toMatchObject({ line: 2, column: 10 });
    expect(problem?.message).toContain("byte 0xe9 at byte offset 14");
  });

  it.each([
    ["a cut character", bytes(0x61, 0xe2, 0x82), 1],
    ["a character cut inside a text", bytes(0x61, 0xef, 0xbf, 0x41), 1],
    ["an overlong form", bytes(0x61, 0x62, 0xc0, 0xaf), 2],
    ["an encoded surrogate", bytes(0xed, 0xa0, 0x80), 0],
    ["a continuation alone, after a mark", bytes(0xef, 0xbb, 0xbf, 0x61, 0x80), 4],
  ])("finds %s", (_name, content, offset) => {
    expect(decodeText(content).problem?.message).toContain(`at byte offset ${offset} `);
  });

  it("A08 never takes a written U+FFFD for a fault", () => {
    expect(decodeText(Buffer.from("a: \ufffd")).text).toBe("a: \ufffd");
  });
});

describe("frameOf", () => {
  const lines = (text: string) => (line: number, from: number, to: number) =>
    text.split("\n")[line - 1]?.slice(from, to);

  it("shows three lines, with carets under the place", () => {
    expect(frameOf(lines("one\ntwo words\nthree"), { line: 2, column: 5, length: 5 })).toBe(
      "1 | one\n2 | two words\n  |     ^^^^^\n3 | three",
    );
  });

  it("shows what there is at the ends", () => {
    expect(frameOf(lines("one"), { line: 1, column: 1, length: 3 })).toBe("1 | one\n  | ^^^");
    expect(frameOf(lines("a\nb"), { line: 2, column: 2, length: 1 })).toBe("1 | a\n2 | b\n  |  ^");
  });

  it("lines up numbers of different length", () => {
    expect(frameOf(lines("x\n".repeat(10)), { line: 9, column: 1, length: 1 })).toBe(" 8 | x\n 9 | x\n   | ^\n10 | x");
  });

  it("puts the caret by what characters take on a terminal", () => {
    expect(frameOf(lines("日本: x"), { line: 1, column: 5, length: 1 })).toBe("1 | 日本: x\n  |       ^");
    expect(frameOf(lines("😀: xy"), { line: 1, column: 5, length: 2 })).toBe("1 | 😀: xy\n  |     ^^");
  });

  it("A06 lets nothing act on a terminal", () => {
    const frame = frameOf(lines("a\tb\u001b[31m\u202ex"), { line: 1, column: 3, length: 1 });
    expect(frame).toBe("1 | a b·[31m·x\n  |   ^");
  });

  it("cuts long lines around the place", () => {
    const line = `${"a".repeat(500)}BAD${"c".repeat(500)}`;
    const [shown = "", carets = ""] = frameOf(lines(line), { line: 1, column: 501, length: 3 }).split("\n");
    expect(shown.length).toBeLessThan(140);
    expect(shown.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1)).toBe("BAD");
    expect(shown.startsWith("1 | …") && shown.endsWith("…")).toBe(true);
  });

  it("marks no more than the first line of a place", () => {
    expect(frameOf(lines("ab\ncd"), { line: 1, column: 1, length: 5 })).toBe("1 | ab\n  | ^^\n2 | cd");
  });
});

describe("otherReading", () => {
  it.each([
    ["yes", "true"],
    ["On", "true"],
    ["y", "true"],
    ["NO", "false"],
    ["off", "false"],
    ["0777", "the octal number 511"],
    ["-010", "the octal number -8"],
    ["0b11", "a binary number"],
    ["1_000", "a number"],
    ["1_000.5", "a number"],
    ["12:30", "a number in base 60"],
    ["12:30:45", "a number in base 60"],
    ["2026-11-23", "a date"],
    ["2026-11-23T10:00:00Z", "a date"],
  ])("%s is %s", (source, expected) => {
    expect(otherReading(source)).toBe(expected);
  });

  it.each([
    ["true", "null", "~", "yesterday", "nope", "1", "-1", "0", "07", "1.5", "1e3", "0x1F", "06:30 daily", "0 6 * * *"],
    ["2026-11", "a_b", "_1", "", "+", "v1_000", "12:60", "s3://x"],
  ])("agrees on %s and others", (...sources) => {
    expect(sources.filter((source) => otherReading(source) !== undefined)).toEqual([]);
  });

  it("is told of plain values and keys only, with what to write", () => {
    const { diagnostics } = parse('a: yes\nb: "yes"\nc: !!str no\non: 1\nd: 0777\n');
    expect(places(diagnostics)).toEqual([
      "warning JW1020 jobs/a.yaml:1:4",
      "warning JW1020 jobs/a.yaml:4:1",
      "warning JW1020 jobs/a.yaml:5:4",
    ]);
    expect(diagnostics[0]?.hint).toBe('Quote it, or write true: "yes" or true.');
    expect(diagnostics[2]?.message).toContain("the number 777 here, but the octal number 511");
  });

  it("is told twenty times a document", () => {
    const { diagnostics } = parse(Array.from({ length: 100 }, (_, i) => `k${i}: yes`).join("\n"));
    expect(diagnostics).toHaveLength(20);
    expect(diagnostics[19]?.hint).toContain("are not listed");
  });
});

describe("suggestions", () => {
  it.each([
    ["agent_nam", "agent_name"],
    ["agentName", "agent_name"],
    ["Agent-Name", "agent_name"],
    ["shedule", "schedule"],
    ["AGENT_NAME", "agent_name"],
  ])("%s: %s", (word, expected) => {
    expect(closest(word, ["display_name", "agent_name", "schedule"])).toBe(expected);
  });

  it.each(["runtime", "x", "", "foo", "a".repeat(500)])("none for %s", (word) => {
    expect(closest(word, ["display_name", "agent_name", "schedule", "id"])).toBeUndefined();
  });

  it("of two as far away, take the one with letters swapped", () => {
    expect(closest("nimble-ue", ["nimble", "nimble-eu"])).toBe("nimble-eu");
    expect(closest("stgae", ["staging", "state", "stage"])).toBe("stage");
  });

  it("say what else to say", () => {
    expect(didYouMean("jop", ["job", "other"], "no")).toBe('Did you mean "job"?');
    expect(didYouMean("zzz", ["job"], "no")).toBe("no");
  });
});

describe("quote", () => {
  it("lets nothing act, and keeps it short", () => {
    expect(quote("a\nb\u001b\u202e\u2028\u009b")).toBe('"a\\nb\\u001b\\u202e\\u2028\\u009b"');
    expect(quote("x".repeat(500))).toHaveLength(83);
  });

  it("lists choices", () => {
    expect(quoteChoice(["a", "b", "c"])).toBe('"a", "b" or "c"');
    expect(quoteChoice(["a"])).toBe('"a"');
  });
});

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["0s", 0],
    ["1440m", 86_400_000],
  ])("%s", (text, expected) => expect(parseDuration(text)).toBe(expected));

  it.each(["", "30", "s", "-1s", "1.5s", "1h", "30 s", "30S", "1441m", "99999999999s"])("not %s", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
