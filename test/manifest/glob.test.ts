import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Glob, isWhole, type Places, parseGlob, startOf, stepInto } from "../../src/manifest/glob.ts";
import { isSelected } from "../../src/manifest/paths.ts";
import { matchesParts, type PatternPart } from "../../src/model/match.ts";

function leadTo(glob: Glob, path: string, hidden = false): Places {
  return path.split("/").reduce((places, name) => stepInto(glob, places, name, hidden), startOf(glob));
}

const isMatch = (pattern: string, path: string): boolean =>
  parseGlob(pattern).some((glob) => isWhole(glob, leadTo(glob, path)));

describe("a glob", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      "jobs/**/*.{yaml,yml}",
      ["jobs/a.yaml", "jobs/b/c/d.yml"],
      ["a.yaml", "jobs/a.txt", "jobs/.a.yaml", "jobs/.b/a.yaml"],
    ],
    ["*.yaml", ["a.yaml", "é\u{1f600}.yaml"], ["b/a.yaml", ".yaml", ".a.yaml"]],
    ["a/[0-9]*/b?.yaml", ["a/1/bc.yaml", "a/42x/b\u{1f600}.yaml"], ["a/x/bc.yaml", "a/1/b.yaml", "a/1/bcd.yaml"]],
    ["[!ab]/[^c]", ["c/a", "x/d"], ["a/x", "x/c", "./x"]],
    ["[]a].yaml", ["].yaml", "a.yaml"], ["b.yaml"]],
    ["[a-]", ["a", "-"], ["b"]],
    ["a[b", ["a[b"], ["ab"]],
    ["**/x", ["x", "a/x", "a/b/x"], ["a/x/y", ".a/x"]],
    ["a/**", ["a/b", "a/b/c"], ["b/a", "a/.b"]],
    ["a/**/b/**/c", ["a/b/c", "a/x/b/y/z/c", "a/b/b/c"], ["a/c", "a/b"]],
    ["a**b", ["ab", "axb"], ["a/b"]],
    [".github/*.yml", [".github/a.yml"], ["github/a.yml", ".github/.a.yml"]],
    ["{a/b,c}/{d,}x", ["a/b/dx", "a/b/x", "c/dx", "c/x"], ["a/dx", "b/x"]],
    ["{a}", ["{a}"], ["a"]],
    ["./jobs/*", ["jobs/a"], ["./jobs/a"]],
  ])("%s", (pattern, matching, others) => {
    expect(matching.filter((path) => !isMatch(pattern, path))).toEqual([]);
    expect(others.filter((path) => isMatch(pattern, path))).toEqual([]);
  });

  it("means the same as a regular expression", () => {
    const globs = fc.array(fc.constantFrom("a", "b", "*", "?", "**", "a*", "*b*", "[ab]"), {
      minLength: 1,
      maxLength: 5,
    });
    const files = fc.array(fc.constantFrom("a", "b", "ab", "abb"), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(globs, files, (glob, file) => {
        const source = glob.map((segment) =>
          segment === "**" ? "(?:/[^/]+)*" : `/${segment.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}`,
        );
        expect(isMatch(glob.join("/"), file.join("/"))).toBe(
          new RegExp(`^${source.join("")}$`).test(`/${file.join("/")}`),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("shows from the folders on the way whether anything below can match", () => {
    const [glob = []] = parseGlob("jobs/*/x/*.yaml");
    const open = (path: string): boolean => leadTo(glob, path).size > 0;
    expect(["jobs", "jobs/a", "jobs/a/x"].map(open)).toEqual([true, true, true]);
    expect(["other", "jobs/a/y", "jobs/a/x/b.txt", "jobs/a/x/b.yaml/c"].map(open)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

/** Counts how often parts and characters are looked at: no clock tells work from a busy machine. */
function countedSteps(pattern: readonly PatternPart[], text: string): number {
  let steps = 0;
  const counted = <T>(list: readonly T[]): readonly T[] =>
    new Proxy(list, {
      get: (target, key, receiver) => {
        steps++;
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
  matchesParts(counted(pattern), counted(Array.from(text)));
  return steps;
}

/** Patterns and texts on which matchers that try every way take for ever. */
const ADVERSARIES: readonly (readonly [string, (length: number) => string])[] = [
  [`${"*a".repeat(200)}b`, (length) => "a".repeat(length)],
  ["*a*a*a*a*a*a*a*b", (length) => "a".repeat(length)],
  ["nimble/*-*-*-*-x", (length) => `nimble/${"-".repeat(length)}`],
  [`${"*?".repeat(200)}b`, (length) => "a".repeat(length)],
  [`*${"a".repeat(200)}b`, (length) => "a".repeat(length)],
  ["*".repeat(500), (length) => "a".repeat(length)],
  [`${"*ab".repeat(100)}*`, (length) => "ab".repeat(length / 2)],
  ["+(*a)+(*a)", (length) => "a".repeat(length)],
];

describe("A32 the steps of", () => {
  it.each(ADVERSARIES)("%s are at most parts times characters", (pattern, textOf) => {
    const steps = [60, 2000, 4000].map((length) => {
      const text = textOf(length);
      const taken = countedSteps(Array.from(pattern), text);
      expect(taken).toBeLessThan(8 * (pattern.length + 1) * (text.length + 1));
      return taken;
    });
    // Twice the name takes about twice the steps: not its square, let alone more.
    expect(steps[2]).toBeLessThan(2.3 * (steps[1] ?? 0));
  });

  it("globs over folders are at most parts times names", () => {
    const names = 4096 / 16;
    const path = Array.from({ length: names }, () => "a".repeat(15));
    for (const pattern of [
      "**/*a*a*a/".repeat(20),
      "**/".repeat(100),
      "*a*a*a*a/**/".repeat(20),
      "**/a/**/".repeat(50),
    ]) {
      const [glob = []] = parseGlob(`${pattern}x`);
      let steps = 0;
      let places = startOf(glob);
      for (const name of path) {
        steps += places.size;
        places = stepInto(glob, places, name, false);
      }
      expect(steps).toBeLessThanOrEqual(names * (glob.length + 1));
      expect(isSelected([...path, "x"].join("/"), `${pattern}x`)).toBe(
        isWhole(glob, stepInto(glob, places, "x", false)),
      );
    }
  });
});
