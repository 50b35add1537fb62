import { expect, it } from "vitest";
import { numbersIn, rows, rowsWithTests } from "../support/numbered-rows.ts";

/** How many kinds of hostile input there are; they are numbered A01, A02, ... in the titles of their tests. */
const INPUTS = 85;

it("every kind of hostile input has a test that names it", () => {
  expect(rowsWithTests("A")).toEqual(rows("A", INPUTS));
});

it("numbers are told from other words", () => {
  expect(numbersIn("A", 'it("A01 A12 x"); [\'A07 y\', `A08 ${z}`, "A9", "xA10 ", "A11"]')).toEqual([
    ...["A01", "A12", "A07", "A08"],
  ]);
});
