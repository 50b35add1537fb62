import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowsOf } from "../../src/render/rows.ts";
import { visible, widthOf } from "../../src/render/safe.ts";
import { hostile } from "./hostile.ts";

describe("rowsOf", () => {
  it("leaves what fits as it is", () => {
    expect(rowsOf("0123456789", 10, 3, "...")).toEqual(["0123456789"]);
  });

  it("breaks after a space where one is near, else where the row ends", () => {
    expect(rowsOf("one two three four", 10, 3, "...")).toEqual(["one two ", "three four"]);
    expect(rowsOf("a https://x.example/y", 10, 3, "...")).toEqual(["a https://", "x.example/", "y"]);
  });

  it("leaves room to break a runner's command where a row begins with one", () => {
    const text = `${"x".repeat(10)}::${"y".repeat(20)}`;
    expect(rowsOf(text, 10, 9, "...")).toEqual(["x".repeat(10), `::${"y".repeat(7)}`, "y".repeat(10), "yyy"]);
  });

  it("cuts what takes more rows, with a note", () => {
    expect(rowsOf("x".repeat(200), 40, 2, "...")).toEqual(["x".repeat(39), "... (+161 characters)"]);
  });

  it("keeps to the width and loses nothing of what it does not cut", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 30, max: 80 }), (text, width) => {
        const safe = visible(text);
        const rows = rowsOf(safe, width, 3, "…");
        for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
        expect(rows.length).toBeLessThanOrEqual(4);
        if (!rows.join("").includes("characters)")) expect(rows.join("")).toBe(safe);
      }),
    );
  });
});
