import { describe, expect, it } from "vitest";
import { parse, places } from "./project.ts";

/** The values of a text without errors. */
function values(text: string): unknown[] {
  const { documents, diagnostics } = parse(text);
  expect(diagnostics.filter((d) => d.severity === "error")).toEqual([]);
  return documents.map((document) => document.value);
}

describe("values", () => {
  it("A14 are those of YAML 1.2 core", () => {
    const text = "a: yes\nb: 0o17\nc: 0x1F\nd: 1.10\ne: ~\nf: true\ng: 2024-01-01\nh: -0\ni: 1e3\nj: -7\n";
    expect(values(text)).toEqual([
      { a: "yes", b: 15, c: 31, d: 1.1, e: null, f: true, g: "2024-01-01", h: 0, i: 1000, j: -7 },
    ]);
    expect(Object.is((values("h: -0")[0] as { h: number }).h, 0)).toBe(true);
  });

  it("A14 that only other readers take for numbers are text, and told of", () => {
    const { documents, diagnostics } = parse("a: 1_000\nb: 0b1\nc: '1_000'\n");
    expect(documents.map(({ value }) => value)).toEqual([{ a: "1_000", b: "0b1", c: "1_000" }]);
    expect(places(diagnostics)).toEqual(["warning JW1020 jobs/a.yaml:1:4", "warning JW1020 jobs/a.yaml:2:4"]);
  });

  it("A12 keep keys that JavaScript has a meaning for", () => {
    const [value] = values("__proto__: {a: 1}\nconstructor: x\nhasOwnProperty: y\n");
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":1},"constructor":"x","hasOwnProperty":"y"}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("A28 are of every document with content", () => {
    expect(values("---\n---\n# nothing\n---\na: 1\n--- null\n---\nb: 2\n")).toEqual([{ a: 1 }, { b: 2 }]);
    expect(values("")).toEqual([]);
    expect(values("---\n")).toEqual([]);
    expect(values("# only a comment\n")).toEqual([]);
  });

  it("A28 read Windows' line ends", () => {
    expect(values("a: 1\r\nb: |\r\n  x\r\n  y\r\n")).toEqual([{ a: 1, b: "x\ny\n" }]);
  });

  it("A06 keep separators and marks that are no control characters", () => {
    expect(values('a: "x\u2028y\ufeffz"\n')).toEqual([{ a: "x\u2028y\ufeffz" }]);
  });
});

describe("aliases and merges", () => {
  it("A03 are put in, also 150 times", () => {
    const text = `x: &x word\nlist: [${Array.from({ length: 150 }, () => "*x").join(", ")}]\n`;
    expect(values(text)).toEqual([{ x: "word", list: Array.from({ length: 150 }, () => "word") }]);
  });

  it("merge mappings: own keys first, then the first that has one", () => {
    const text = "a: &a {k: 1, l: 1}\nb: &b {k: 2, m: 2}\nc: {<<: [*a, *b], l: 9}\nd: {l: 8, <<: *a}\n";
    expect(values(text)).toMatchObject([{ c: { k: 1, l: 9, m: 2 }, d: { k: 1, l: 8 } }]);
  });

  it("A04 merge 50 levels deep and from 200 mappings", () => {
    const chain = Array.from({ length: 50 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: *a${i}, k${i + 1}: ${i + 1}}`);
    const [deep] = values(`a0: &a0 {k0: 0}\n${chain.join("\n")}\n`) as [Record<string, Record<string, number>>];
    expect(Object.keys(deep["a50"] ?? {})).toHaveLength(51);
    const maps = Array.from({ length: 200 }, (_, i) => `{k: ${i}, k${i}: ${i}}`);
    const [wide] = values(`x: {<<: [${maps.join(", ")}], k199: last}\n`) as [{ x: Record<string, unknown> }];
    expect(wide.x).toMatchObject({ k: 0, k100: 100, k199: "last" });
  });

  it("take a quoted << as a plain key", () => {
    expect(values('"<<": {a: 1}\n')).toEqual([{ "<<": { a: 1 } }]);
  });

  it("use the anchor that was last set", () => {
    expect(values("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")).toEqual([{ a: 1, b: 1, c: 2, d: 2 }]);
  });

  it.each([
    ["a circle", "a: &x {b: *x}\n", "error JW1012 jobs/a.yaml:1:11", "contains itself"],
    ["A05 a circle through a merge", "a: &x {<<: *x}\n", "error JW1012 jobs/a.yaml:1:12", "contains itself"],
    ["an unknown anchor", "a: *x\n", "error JW1013 jobs/a.yaml:1:4", 'no anchor "x"'],
    ["an anchor of a later line", "a: *x\nx: &x 1\n", "error JW1013 jobs/a.yaml:1:4", 'no anchor "x"'],
    ["a merge of a list of scalars", "<<: [1]\n", "error JW1022 jobs/a.yaml:1:5", "takes a mapping"],
    ["a merge of nothing", "<<:\na: 1\n", "error JW1022 jobs/a.yaml:1:4", "takes a mapping"],
  ])("refuse %s", (_name, text, place, message) => {
    const { documents, diagnostics } = parse(text);
    expect(places(diagnostics)).toEqual([place]);
    expect(diagnostics[0]?.message).toContain(message);
    expect(documents[0]?.value).toBeUndefined();
  });

  it("A02 refuse bombs of nodes and of characters at once", () => {
    const lists = Array.from(
      { length: 60 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`)}]`,
    );
    const { diagnostics } = parse(`a0: &a0 x\n${lists.join("\n")}\n`);
    expect(diagnostics.map((d) => d.code)).toEqual(["JW1011"]);
    const long = `a: &a "${"x".repeat(1_000_000)}"\nb: [${Array.from({ length: 99 }, () => "*a")}]\n`;
    expect(parse(long).diagnostics.map((d) => d.code)).toEqual(["JW1011"]);
  });

  it("refuse aliases that nest what is not deep by itself", () => {
    const deep = Array.from({ length: 150 }, (_, i) => `a${i + 1}: &a${i + 1} [[*a${i}]]`);
    expect(parse(`a0: &a0 1\n${deep.join("\n")}\n`).diagnostics.map((d) => d.code)).toEqual(["JW1010"]);
  });
});

describe("refused", () => {
  it.each([
    ["A01 an unquoted star", "cron: * * * * *\n", "error JW1009 jobs/a.yaml:1:7", /starts an alias/],
    [
      "A01 an unquoted star in braces",
      "schedule: { cron: * * * * * }\n",
      "error JW1009 jobs/a.yaml:1:19",
      /starts an alias/,
    ],
    ["A01 a lone star", "cron: *\n", "error JW1009 jobs/a.yaml:1:7", /starts an alias/],
    ["%YAML 1.1", "%YAML 1.1\n---\na: yes\n", "error JW1019 jobs/a.yaml:1:1", /Remove/],
    ["an unknown tag", "a: !foo x\n", "error JW1014 jobs/a.yaml:1:4", /Remove the tag/],
    ["binary", "a: !!binary aGk=\n", "error JW1014 jobs/a.yaml:1:4", /Remove the tag/],
    ["a key twice", "a: 1\nb: 2\na: 3\n", "error JW1015 jobs/a.yaml:3:1", /first is in line 1/],
    ["a list as key", "? [a]\n: 1\n", "error JW1016 jobs/a.yaml:1:3", /Quote/],
    ["a number as key", "1: a\n", "error JW1016 jobs/a.yaml:1:1", /Quote it: "1"/],
    ["true as key", "x: {true: a}\n", "error JW1016 jobs/a.yaml:1:5", /Quote it: "true"/],
    ["A14 a large number", "a: 12345678901234567890\n", "error JW1017 jobs/a.yaml:1:4", /"12345678901234567890"/],
    ["A14 a huge number", "a: 1e400\n", "error JW1017 jobs/a.yaml:1:4", /infinity/],
    ["a tiny number", "a: 1e-400\n", "error JW1017 jobs/a.yaml:1:4", /Quote/],
    ["infinity", "a: -.inf\n", "error JW1017 jobs/a.yaml:1:4", /infinity/],
    ["NaN", "a: .nan\n", "error JW1017 jobs/a.yaml:1:4", /NaN/],
    ["A14 more digits than there are", `a: 0.1${"0".repeat(38)}1\n`, "error JW1017 jobs/a.yaml:1:4", /Quote/],
    ["A07 half a character", 'a: "\\ud800"\n', "error JW1018 jobs/a.yaml:1:4", /both halves/],
    ["A07 half a character as key", '"\\udc00": 1\n', "error JW1018 jobs/a.yaml:1:1", /both halves/],
    ["A06 a NUL", "a: \u0000\n", "error JW1007 jobs/a.yaml:1:4", /escape/],
    ["A06 an ESC", "a: 1\nb: x\u001b[0m\n", "error JW1007 jobs/a.yaml:2:5", /escape/],
    ["A06 a NEL", "a: x\u0085y\n", "error JW1007 jobs/a.yaml:1:5", /escape/],
    ["A28 a template", "a: {{ .Values.a }}\n", "error JW1021 jobs/a.yaml:1:5", /template/],
    ["A28 a template's control line", "{{- if .x }}\na: 1\n{{- end }}\n", "error JW1021 jobs/a.yaml:1:3", /Render/],
    ["A28 tabs", "a:\n\tb: 1\n", "error JW1009 jobs/a.yaml:2:1", /spaces/],
    ["an open quote", "a: 'x\n", "error JW1009 jobs/a.yaml:2:1", /quote.*missing/],
    ["a colon in a value", "a: x: y\n", "error JW1009 jobs/a.yaml:1:4", /Quote/],
    ["a reserved character", "a: @x\n", "error JW1009 jobs/a.yaml:1:4", /Quote/],
  ])("%s", (_name, text, place, hint) => {
    const { documents, diagnostics } = parse(text);
    expect(places(diagnostics)[0]).toBe(place);
    expect(diagnostics[0]?.hint ?? "").toMatch(hint);
    expect(documents.every((document) => document.value === undefined)).toBe(true);
  });

  it("A27 a merge conflict, with that very hint and nothing else", () => {
    const { documents, diagnostics } = parse("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n");
    expect(places(diagnostics)).toEqual(["error JW1008 jobs/a.yaml:2:1"]);
    expect(diagnostics[0]?.hint).toContain("<<<<<<<");
    expect(documents).toEqual([]);
  });

  it.each(["[", "{a: ", "- ", "? "])("nesting of %s past 200 levels, many times in one process", (open) => {
    for (let round = 0; round < 3; round++) {
      expect(parse(open.repeat(20_000)).diagnostics.map((d) => d.code)).toEqual(["JW1010"]);
    }
    const indented = Array.from({ length: 600 }, (_, i) => `${" ".repeat(i)}a:`).join("\n");
    expect(parse(indented).diagnostics.map((d) => d.code)).toEqual(["JW1010"]);
  });

  it("only what is wrong: other documents of the file are read", () => {
    const { documents, diagnostics } = parse("a: 1\n---\nb: @\n---\nc: 3\n");
    expect(documents.map((document) => document.value)).toEqual([{ a: 1 }, undefined, { c: 3 }]);
    expect(places(diagnostics)).toEqual(["error JW1009 jobs/a.yaml:3:4"]);
  });

  it("at most once a line, and a thousand times a file", () => {
    expect(parse("cron: * * * * *\n").diagnostics).toHaveLength(1);
    const { diagnostics } = parse(Array.from({ length: 1500 }, (_, i) => `k${i}: .inf`).join("\n"));
    expect(diagnostics).toHaveLength(1001);
    expect(diagnostics.at(-1)).toMatchObject({ code: "JW1025", severity: "error" });
    expect(diagnostics.at(-1)?.message).toContain("500 more");
  });
});

describe("large files", () => {
  it.each([
    ["keys", Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join("\n")],
    ["documents", "---\na: 1\n".repeat(20_000)],
    ["aliases", `x: &a 1\nlist: [${"*a,".repeat(100_000)}]`],
    ["inline merges", `${"{<<: ".repeat(150)}{a: 1}${"}".repeat(150)}`],
    ["broken lines", "a: @\n".repeat(60_000)],
  ])("of many %s take no long time", (_name, text) => {
    expect(parse(text).documents.length).toBeGreaterThan(0);
  });
});
