import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** How many kinds of hostile input there are; they are numbered A01, A02, ... in the titles of their tests. */
const ROWS = 85;

const tests = fileURLToPath(new URL("..", import.meta.url));

/** The numbers that begin a text in quotes: `"A01 A02 what happens"`. */
function numbersIn(text: string): readonly string[] {
  const titles = text.match(/["'`](?:A\d\d )+/g) ?? [];
  return titles.flatMap((title) => title.match(/A\d\d/g) ?? []);
}

it("every kind of hostile input has a test that names it", () => {
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));
  const named = new Set(files.flatMap((file) => numbersIn(readFileSync(`${tests}/${file}`, "utf8"))));
  const all = Array.from({ length: ROWS }, (_, i) => `A${String(i + 1).padStart(2, "0")}`);
  expect([...named].sort()).toEqual(all);
});

it("numbers are told from other words", () => {
  expect(numbersIn('it("A01 A12 x"); [\'A07 y\', `A08 ${z}`, "A9", "xA10 ", "A11"]')).toEqual([
    "A01",
    "A12",
    "A07",
    "A08",
  ]);
});
