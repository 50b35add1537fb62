import type { Violation } from "./checks.ts";
import type { Plant } from "./planted.ts";
import { recipeOf } from "./recipe.ts";
import { play } from "./run.ts";

/** Looks for a planted fault; undefined where no seed shows it. */
export async function hunt(
  plant: Plant,
  from: number,
  seeds: number,
): Promise<{ readonly seeds: number; readonly violation: Violation } | undefined> {
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { violations } = await play(plant.focus(recipeOf(seed)), plant.make());
    const violation = violations.find((each) => plant.found.includes(each.check));
    if (violation !== undefined) return { seeds: seed - from + 1, violation };
  }
  return undefined;
}
