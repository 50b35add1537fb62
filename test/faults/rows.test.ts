import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** How many kinds of fault there are; they are numbered R01, R02, ... in the titles of their tests. */
const ROWS = 50;

const tests = fileURLToPath(new URL("..", import.meta.url));

/** The numbers that begin a text in quotes: `"R01 R02 what happens"`. */
function numbersIn(text: string): readonly string[] {
  const titles = text.match(/["'`](?:R\d\d )+/g) ?? [];
  return titles.flatMap((title) => title.match(/R\d\d/g) ?? []);
}

it("every kind of fault has a test that names it", () => {
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));
  const others = files.filter((file) => file !== "faults/rows.test.ts");
  const named = new Set(others.flatMap((file) => numbersIn(readFileSync(`${tests}/${file}`, "utf8"))));
  const all = Array.from({ length: ROWS }, (_, i) => `R${String(i + 1).padStart(2, "0")}`);
  expect([...named].sort()).toEqual(all);
});

it("numbers are told from other words", () => {
  expect(numbersIn('it("R01 R12 x"); [\'R07 y\', `R08 ${z}`, "R9", "xR10 ", "R11"]')).toEqual([
    ...["R01", "R12", "R07", "R08"],
  ]);
});
