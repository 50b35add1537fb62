import { describeCron, nextRuns } from "../manifest/cron.ts";
import { firesInWeek } from "../manifest/week.ts";
import type { Clock } from "../model/runtime.ts";
import type { Words } from "../render/words.ts";

/** No expression that people write is longer. */
const LONGEST_CRON = 200;

/** Schedules in words, their next runs counted from now. Nothing is said of what is live and cannot be read. */
export function wordsAt(clock: Clock): Words {
  const runs = (cron: string, count: number): readonly Date[] | undefined => {
    try {
      return cron.length > LONGEST_CRON ? undefined : nextRuns(cron, clock.wall(), count);
    } catch {
      return undefined;
    }
  };
  return {
    describeCron: (cron) => {
      const text = cron.length > LONGEST_CRON ? cron : describeCron(cron);
      if (text === cron) return undefined;
      return runs(cron, 1)?.length === 0 ? `${text} (never fires)` : text;
    },
    nextRuns: (cron, count) => runs(cron, count) ?? [],
    firesInWeek: (cron) => (cron.length > LONGEST_CRON ? undefined : firesInWeek(cron)),
  };
}
