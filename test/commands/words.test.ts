import { describe, expect, it } from "vitest";
import { wordsAt } from "../../src/commands/words.ts";

const words = wordsAt({ wall: () => new Date("2026-11-23T12:00:00Z"), monotonic: () => 0, sleep: async () => {} });

describe("wordsAt", () => {
  it("tells of schedules", () => {
    expect(words.describeCron("0 6 * * *")).toBe("At 06:00");
    expect(words.nextRuns("0 6 * * *", 1)).toEqual([new Date("2026-11-24T06:00:00Z")]);
    expect(words.firesInWeek?.("0 6 * * MON")).toEqual({ days: [0], minutes: [360] });
  });

  it.each([
    "at six",
    "",
    "61 * * * *",
    "\u001b[31m",
    `${"1,".repeat(1000)}2 * * * *`,
  ])("says nothing of what is live and no cron expression (%#)", (cron) => {
    expect([words.describeCron(cron), words.nextRuns(cron, 1), words.firesInWeek?.(cron)]).toEqual([
      undefined,
      [],
      undefined,
    ]);
  });
});
