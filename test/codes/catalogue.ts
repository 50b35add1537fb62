import { describe, expect, it } from "vitest";
import { readCatalogue } from "../../scripts/docs-errors.mjs";
import { type Scenarios, Scene, type Told } from "./scene.ts";

const CATALOGUE: Readonly<Record<string, { readonly says: string }>> = await readCatalogue();

/** Notes of a plan say in their message what to do. */
const WITHOUT_HINT = /^JW35/;

/** A test for each code: a user meets it, and reads what docs/errors.md shows. */
export function provokes(what: string, scenarios: Scenarios): void {
  describe(what, () => {
    it.each(Object.keys(scenarios))("%s is met as the catalogue tells", async (code) => {
      const scene = new Scene();
      try {
        await scenarios[code]?.(scene);
        const told = scene.told.filter((each) => each.code === code);
        expect(told.length, `told instead: ${JSON.stringify(scene.told)}`).toBeGreaterThan(0);
        const says = CATALOGUE[code]?.says ?? "";
        expect(told.map(textOf)).toContainEqual(expect.stringMatching(patternOf(says)));
        for (const { hint } of WITHOUT_HINT.test(code) ? [] : told) expect(hint).toMatch(/\w/);
      } finally {
        await scene.close();
      }
    });
  });
}

function textOf({ text, hint }: Told): string {
  return hint === undefined || hint === text ? text : `${text}\n${hint}`;
}

/** The catalogue's words, `…` standing for anything. */
function patternOf(says: string): RegExp {
  const parts = says.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^\\n]*")}$`);
}
