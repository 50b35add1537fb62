import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const tests = fileURLToPath(new URL("..", import.meta.url));

/** The numbers that begin a text in quotes: of the letter A `"A01 A02 what happens"`. */
export function numbersIn(letter: string, text: string): readonly string[] {
  const titles = text.match(new RegExp(`["'\`](?:${letter}\\d\\d )+`, "g")) ?? [];
  return titles.flatMap((title) => title.match(new RegExp(`${letter}\\d\\d`, "g")) ?? []);
}

/** All numbers of a letter that titles of tests begin with, sorted. Tests about the numbers themselves do not count. */
export function rowsWithTests(letter: string): readonly string[] {
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".test.ts") && !file.endsWith("/rows.test.ts"),
  );
  const named = files.flatMap((file) => numbersIn(letter, readFileSync(`${tests}/${file}`, "utf8")));
  return [...new Set(named)].sort();
}

/** `A01`, `A02`, ... */
export function rows(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${letter}${String(i + 1).padStart(2, "0")}`);
}
