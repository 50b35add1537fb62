import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CELLS, FAULTS } from "./sim/faults.ts";
import { PROMISES } from "./sim/figures.ts";
import { GIT_CELLS } from "./sim/git-process.ts";
import { PLANTS } from "./sim/planted.ts";
import { DEATHS, FILE_CELLS } from "./sim/points.ts";

const page = readFileSync("docs/guarantees.md", "utf8");

/** The lines of the first code block after a heading. */
function block(heading: string): readonly string[] {
  const after = page.slice(page.indexOf(`\n## ${heading}\n`));
  return /```text\n(.*?)\n```/s.exec(after)?.[1]?.split("\n") ?? [];
}

/** The rows of the first table after a heading, cell by cell, its head left out. */
function rows(heading: string): readonly (readonly string[])[] {
  const lines = page.slice(page.indexOf(`\n## ${heading}\n`)).split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  const table = lines.slice(first + 2, first + 2 + lines.slice(first + 2).findIndex((line) => !line.startsWith("|")));
  return table.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("docs/guarantees.md", () => {
  it("names for each promise where it is tried, and what it names is there", () => {
    const promises = rows("Promises");
    expect(promises.length).toBeGreaterThan(10);
    for (const [promise = "", , tried = ""] of promises) {
      const named = [...tried.matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? "");
      expect(named.length + Number(tried.includes("simulation")), promise).toBeGreaterThan(0);
      for (const path of named) expect(existsSync(path), `${promise}: ${path}`).toBe(true);
    }
  });

  it("shows the figures of a run of at least 20,000 seeds in which no promise was broken", () => {
    const lines = block("Figures");
    const [, seeds, failed] = /^seeds: (\d+), failed: (\d+) \(no promise broken\)/.exec(lines[0] ?? "") ?? [];
    expect(Number(seeds)).toBeGreaterThanOrEqual(20_000);
    expect(Number(failed)).toBe(0);
    for (const { promise } of PROMISES) {
      const line = lines.find((each) => each.startsWith(`${promise}: `)) ?? "";
      expect(line, promise).toMatch(/: 0 of [1-9]/);
    }
  });

  it.each([
    ["kinds of fault of a request", Object.keys(FAULTS).length],
    ["request and fault", CELLS.length],
    ["file call and fault", FILE_CELLS.length],
    ["git command and fault", GIT_CELLS.length],
    ["points to die at", DEATHS.length],
    ["planted faults", PLANTS.length],
  ])("tells of as many as there are: %s", (what, count) => {
    const line = block("Figures").find((each) => each.startsWith(`${what}: `)) ?? "";
    expect(Number(/: (\d+)/.exec(line)?.[1]), what).toBe(count);
  });

  it("shows that every planted fault was found, and that every goal of the experiments was met", () => {
    const lines = block("Figures");
    const [, planted, found] = /^planted faults: (\d+), found: (\d+)/m.exec(lines.join("\n")) ?? [];
    expect(found).toBe(planted);
    const rates = lines.filter((line) => line.startsWith("send rate"));
    expect(rates.length).toBeGreaterThan(1);
    for (const line of rates) {
      const [, refused, taken] = /([\d.]+) % refused, ([\d.]+)\/s taken/.exec(line) ?? [];
      expect(Number(refused), line).toBeLessThanOrEqual(5);
      expect(Number(taken), line).toBeGreaterThanOrEqual(13);
    }
    for (const line of lines.filter((each) => each.startsWith("request amplification"))) {
      const [, one, ten] = /1 % failing ([\d.]+).* 10 % failing ([\d.]+)/.exec(line) ?? [];
      expect(Number(one), line).toBeLessThanOrEqual(1.05);
      expect(Number(ten), line).toBeLessThanOrEqual(1.3);
    }
    expect(lines.find((line) => line.startsWith("list races"))).toContain(" 0 false creates");
  });
});
