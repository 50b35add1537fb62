import { describe, expect, it } from "vitest";
import { YAMLError } from "yaml";
import { parseYaml } from "../../src/manifest/parse.ts";
import { Source } from "../../src/manifest/source.ts";
import { READERS } from "./large-readers.ts";
import { full, MANIFESTS, type Texts } from "./large-texts.ts";

/** Those that cost most, or did once; `npm run hostile` tries all of them and tells what they cost. */
const TRIED: Readonly<Record<string, readonly string[]>> = {
  manifest: [
    ...["brackets that close nothing", "a quote left open in each document", "escapes that there are not"],
    ...["unknown fields, long", "lines of ignore that are none", "a value of variables"],
  ],
  config: ["variables that need the next"],
  state: ["one job, nested without end", "brackets that close"],
  journal: ["line ends", "an entry nested deep"],
  plan: ["a change nested without end"],
  answer: ["such numbers below long keys", "such numbers below a long key at the top", "a job nested without end"],
};

const textOf = (texts: Texts, name: string): Buffer => {
  const make = texts[name];
  if (make === undefined) throw new Error(`there is no ${name}`);
  return Buffer.from(make());
};

describe("a mebibyte of", () => {
  for (const [name, { texts, read }] of Object.entries(READERS)) {
    it.each(TRIED[name] ?? [])(`${name}: %s`, { timeout: 60_000 }, async (which) => {
      const told = await read(textOf(texts, which));
      // Whatever is in it, what is said of it can be read.
      expect(told).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
      expect(told.length).toBeLessThan(300_000);
    });
  }
});

describe("of a file with many errors", () => {
  const parsed = (text: string): Source => {
    const source = new Source("a.yaml", text);
    parseYaml(source, { lint: true });
    return source;
  };

  /** The library's error objects, which have stacks: the most of what such a file used to cost. */
  function errorsMadeBy(work: () => unknown): number {
    let made = 0;
    Object.defineProperty(YAMLError.prototype, "pos", {
      configurable: true,
      set(this: YAMLError, value: unknown) {
        made++;
        Object.defineProperty(this, "pos", { value });
      },
    });
    try {
      work();
    } finally {
      Reflect.deleteProperty(YAMLError.prototype, "pos");
    }
    return made;
  }

  it.each([
    "brackets that close nothing",
    "commas in brackets",
    "anchors only",
    "escapes that there are not",
  ])("few are made (%s)", (name) => {
    const text = textOf(MANIFESTS, name).subarray(0, 200_000).toString("utf8");
    const made = errorsMadeBy(() => parsed(text));
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(300);
  });

  it("the first five of a document are told, the others counted by their lines", () => {
    const diagnostics = parsed(full("a: @\n", { size: 50_000 })).diagnostics();
    expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([
      ...[1, 2, 3, 4, 5].map((line) => ["JW1009", line]),
      ["JW1025", undefined],
    ]);
    expect(diagnostics.at(-1)?.message).toBe("9995 more problems in this file are not shown");
  });

  it("a thousand are told, then it is not read further", () => {
    const diagnostics = parsed(full("--- @\n", { size: 12_000 })).diagnostics();
    expect(diagnostics).toHaveLength(1001);
    expect(diagnostics.at(-1)).toMatchObject({
      ...{ code: "JW1025", severity: "error", message: "line 1001 and what follows was not read" },
    });
  });

  it("a file without errors is read whole, whatever there is to warn of", () => {
    const source = parsed(full("---\na: yes\n", { size: 30_000 }));
    expect(source.errors).toBe(0);
    expect(parseYaml(source.blank(), { lint: true })).toHaveLength(2727);
    expect(source.diagnostics()).toHaveLength(1001);
    expect(source.diagnostics().at(-1)).toMatchObject({ code: "JW1025", severity: "warning" });
  });

  it("errors are told before a thousand warnings", () => {
    const source = parsed(`${full("---\na: yes\n", { size: 30_000 })}--- @\n`);
    expect(source.diagnostics().filter(({ severity }) => severity === "error")).toMatchObject([
      { code: "JW1009" },
      { code: "JW1025" },
    ]);
  });

  it("there is a limit on values and signs", () => {
    // A value counts for two, a bracket for three.
    const list = (items: number): string => `[${"1,".repeat(items)}1]`;
    expect(parsed(list(166_000)).diagnostics()).toEqual([]);
    expect(parsed(list(167_000)).diagnostics()).toMatchObject([{ code: "JW1026", line: 1 }]);
  });
});
