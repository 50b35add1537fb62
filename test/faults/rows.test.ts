import { expect, it } from "vitest";
import { rows, rowsWithTests } from "../support/numbered-rows.ts";

/** How many kinds of fault there are; they are numbered R01, R02, ... in the titles of their tests. */
const FAULTS = 50;

it("every kind of fault has a test that names it", () => {
  expect(rowsWithTests("R")).toEqual(rows("R", FAULTS));
});
