import { expect, it } from "vitest";
import { CODES } from "../../src/codes.ts";
import { ACTION } from "./actions.ts";
import { provokes } from "./catalogue.ts";
import { COMMAND_LINE } from "./command-line.ts";
import { CONFIG } from "./configs.ts";
import { FILES, RULES, SCHEMA } from "./manifests.ts";
import { MATCHING, REFUSED, WRITING } from "./plans.ts";
import { PLATFORMS } from "./platforms.ts";
import { OWNED, STATES } from "./states.ts";

provokes("the action", ACTION);

it("every code is provoked by one of these tests", () => {
  const tables = [
    FILES,
    SCHEMA,
    RULES,
    CONFIG,
    MATCHING,
    PLATFORMS,
    REFUSED,
    STATES,
    OWNED,
    WRITING,
    COMMAND_LINE,
    ACTION,
  ];
  const provoked = tables.flatMap((table) => Object.keys(table));
  expect(provoked.toSorted()).toEqual(Object.keys(CODES).toSorted());
});
