import { describe } from "vitest";
import { expectCoverage, playSeeds } from "./seeds.ts";

// In two files, so that two workers share the seeds of every run of the tests; `npm run sim -- --seeds 20000` plays more.
describe("whatever goes wrong, by the first thousand seeds", () => {
  playSeeds(1, 1_000, expectCoverage);
});
