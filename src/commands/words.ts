import { describeCron, nextRuns } from "../manifest/cron.ts";
import { firesInWeek } from "../manifest/week.ts";
import type { Clock } from "../model/runtime.ts";
import type { Words } from "../render/words.ts";

/** No expression that people write is longer. */
const LONGEST_CRON = 200;

/** Schedules in words, their next runs counted from now. Nothing is said of what is live and cannot be read. */
export function wordsAt(clock: Clock): Words {
  return {
    describeCron: (cron) => {
      const text = cron.length > LONGEST_CRON ? cron : describeCron(cron);
      return text === cron ? undefined : text;
    },
    nextRuns: (cron, count) => {
      try {
        return cron.length > LONGEST_CRON ? [] : nextRuns(cron, clock.wall(), count);
      } catch {
        return [];
      }
    },
    firesInWeek: (cron) => (cron.length > LONGEST_CRON ? undefined : firesInWeek(cron)),
  };
}
