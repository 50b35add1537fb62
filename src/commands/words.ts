import { describeCron, nextRuns } from "../manifest/cron.ts";
import { firesInWeek } from "../manifest/week.ts";
import type { Clock } from "../model/runtime.ts";
import type { Words } from "../render/words.ts";

/** Schedules in words, their next runs counted from now. */
export function wordsAt(clock: Clock): Words {
  return {
    describeCron,
    nextRuns: (cron, count) => nextRuns(cron, clock.wall(), count),
    firesInWeek,
  };
}
