import { expect, it } from "vitest";
import { addUp, below, type Figures } from "./figures.ts";
import { recipeOf } from "./recipe.ts";
import { play, type Report } from "./run.ts";
import { asTest, shrink } from "./shrink.ts";

const IN_PARTS_OF = 100;

/** Tests that play so many seeds, and one that looks at what happened in them. */
export function playSeeds(first: number, seeds: number, met: (sum: Figures) => void): void {
  const reports: Report[] = [];
  for (let from = first; from < first + seeds; from += IN_PARTS_OF) {
    it(`no promise is broken: seeds ${from} to ${from + IN_PARTS_OF - 1}`, { timeout: 240_000 }, async () => {
      for (let seed = from; seed < from + IN_PARTS_OF; seed += 1) {
        const report = await play(recipeOf(seed));
        reports.push(report);
        if (report.violations.length > 0) expect.fail(asTest(await shrink(recipeOf(seed))));
      }
    });
  }

  it("is what happened: faults of every kind, deaths at every point, and every promise put to the test", () => {
    expect(reports).toHaveLength(seeds);
    met(addUp(reports));
  });
}

/** Every kind of request met nearly every fault, and what the promises are about came often enough. */
export function expectCoverage(sum: Figures): void {
  expect(sum.unlisted).toEqual([]);
  expect(below(sum, 1).length).toBeLessThan(60);
  for (const [what, least] of Object.entries(CHANCES))
    expect(sum.opportunities[what] ?? 0, what).toBeGreaterThan(least);
  for (const status of ["applied", "failed", "skipped", "stale", "unknown"])
    expect(sum.results[status], status).toBeGreaterThan(10);
  expect(sum.opportunities["unknown outcomes that nobody could know"]).toBe(
    sum.opportunities["unknown outcomes reported"],
  );
}

/** How often, at least, a promise must have been put to the test in a thousand seeds. */
const CHANCES: Readonly<Record<string, number>> = {
  "applies with exit 0": 1_000,
  "claims of applied": 1_000,
  "claims of not done": 500,
  "claims of recorded": 1_000,
  creates: 1_000,
  "creates without unique names": 500,
  deletes: 200,
  "drifts that nobody made": 5,
  "drifts to be told": 5,
  "exit 3": 50,
  "fenced holders": 5,
  "masked secrets in writes": 1_000,
  "new keys of the same account": 5,
  "saved plans applied or refused": 100,
  "stop signals": 50,
  "unknown outcomes reported": 50,
  updates: 1_000,
  "writes while something was held": 10,
};
