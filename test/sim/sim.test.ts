import { describe, expect, it } from "vitest";
import { hunt } from "./hunt.ts";
import { PLANTS } from "./planted.ts";
import { recipeOf } from "./recipe.ts";
import { play } from "./run.ts";
import { asTest, shrink } from "./shrink.ts";

describe("the simulation", () => {
  it("does the same for the same seed, to the byte", { timeout: 60_000 }, async () => {
    for (const seed of [3, 14, 159, 265]) {
      const [one, other] = [await play(recipeOf(seed)), await play(recipeOf(seed))];
      expect(other.digest).toBe(one.digest);
      expect(other).toEqual(one);
    }
  });

  it("does another for another seed", async () => {
    const digests = new Set<string>();
    for (let seed = 1; seed <= 10; seed += 1) digests.add((await play(recipeOf(seed))).digest);
    expect(digests.size).toBe(10);
  });

  it("makes a failing recipe smaller, and prints it as a test", { timeout: 120_000 }, async () => {
    const plant = PLANTS.find((each) => each.number === 14);
    if (plant === undefined) return;
    for (let seed = 1; seed <= 60; seed += 1) {
      const recipe = plant.focus(recipeOf(seed));
      const { violations } = await play(recipe, plant.make());
      if (violations.length === 0 || recipe.steps.length < 5) continue;
      const shrunk = await shrink(recipe, plant.make, 200);
      expect(shrunk.recipe.steps.length).toBeLessThan(recipe.steps.length);
      expect(shrunk.report.violations).not.toEqual([]);
      expect(asTest(shrunk)).toContain(`it("seed ${seed}"`);
      return;
    }
    expect.fail("no seed showed the planted fault");
  });
});

describe("planted faults", () => {
  it.each(PLANTS.map((plant) => [plant.number, plant.make().name, plant] as const))(
    "%i is found: %s",
    { timeout: 120_000 },
    async (_number, _name, plant) => {
      expect(await hunt(plant, 1, 400)).toBeDefined();
    },
  );
});
