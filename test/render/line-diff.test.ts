import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DiffLine, diffLines, withContext } from "../../src/render/line-diff.ts";

function told(lines: readonly DiffLine[]): string[] {
  return lines.map(({ mark, text }) => `${mark}${text}`);
}

/** What one side of a diff says. */
function side(lines: readonly DiffLine[], gone: "-" | "+"): string[] {
  return lines.filter(({ mark }) => mark !== gone).map(({ text }) => text);
}

describe("diffLines", () => {
  it("keeps what is common, removed lines before added ones", () => {
    expect(told(diffLines(["a", "b", "c"], ["a", "x", "c", "d"]))).toEqual([" a", "-b", "+x", " c", "+d"]);
    expect(told(diffLines([], ["a"]))).toEqual(["+a"]);
    expect(told(diffLines(["a"], ["a"]))).toEqual([" a"]);
  });

  it("finds as many common lines as there are", () => {
    const lines = diffLines(["a", "b", "c", "a", "b", "b", "a"], ["c", "b", "a", "b", "a", "c"]);
    expect(lines.filter(({ mark }) => mark === " ")).toHaveLength(4);
  });

  it("tells both sides whole", () => {
    const side1 = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });
    fc.assert(
      fc.property(side1, side1, (before, after) => {
        const lines = diffLines(before, after);
        expect(side(lines, "+")).toEqual(before);
        expect(side(lines, "-")).toEqual(after);
      }),
    );
  });

  it("takes what is too large to compare for changed as a whole, its common ends aside", () => {
    const before = ["same", ...Array.from({ length: 2000 }, (_, n) => `b${n}`), "end"];
    const after = ["same", ...Array.from({ length: 2000 }, (_, n) => `a${n}`), "end"];
    const lines = diffLines(before, after);
    expect(told(lines).slice(0, 2)).toEqual([" same", "-b0"]);
    expect(told(lines).slice(2000, 2002)).toEqual(["-b1999", "+a0"]);
    expect(told(lines).at(-1)).toBe(" end");
  });
});

describe("withContext", () => {
  const gap = (n: number): string => `(${n})`;

  it("leaves out what is far from a change, but never a single line", () => {
    const lines = diffLines(["1", "2", "3", "4", "5", "6", "7"], ["1", "2", "3", "x", "5", "6", "7"]);
    expect(told(withContext(lines, 1, gap))).toEqual([" (2)", " 3", "-4", "+x", " 5", " (2)"]);
    expect(told(withContext(lines, 2, gap))).toEqual([" 1", " 2", " 3", "-4", "+x", " 5", " 6", " 7"]);
  });
});
