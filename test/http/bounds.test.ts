import { afterEach, expect, it } from "vitest";
import { createBounds } from "../../src/http/bounds.ts";
import { systemClock } from "../../src/io.ts";

const warnings: Error[] = [];
const note = (warning: Error): void => {
  warnings.push(warning);
};
afterEach(() => {
  process.off("warning", note);
});

it("as many may wait for a stop as there are actions under way, without a word from Node", async () => {
  const { signal } = new AbortController();
  const bounds = createBounds({ env: {}, cwd: "/", clock: systemClock, random: () => 0, log: () => {}, signal });
  process.on("warning", note);
  for (let i = 0; i < 20; i += 1) signal.addEventListener("abort", () => {});
  // Node says so in a turn of its own.
  await new Promise((resolve) => setImmediate(resolve));
  bounds.close();
  expect(warnings).toEqual([]);
});
