import { describe } from "vitest";
import { expectCoverage, playSeeds } from "./seeds.ts";

describe("whatever goes wrong, by the second thousand seeds", () => {
  playSeeds(1_001, 1_000, expectCoverage);
});
