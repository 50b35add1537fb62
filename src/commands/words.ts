import { describeCron, nextRuns } from "../manifest/cron.ts";
import { firesInWeek } from "../manifest/week.ts";
import type { Clock } from "../model/runtime.ts";
import type { Words } from "../render/words.ts";

/** No expression that people write is longer. */
const LONGEST_CRON = 200;

/** Schedules in words, their next runs counted from now. Nothing is said of what is live and cannot be read. */
export function wordsAt(clock: Clock): Words {
  const now = clock.wall();
  // Thousands of jobs share a few schedules, and looking for a next run takes longer than all else that is told of a job.
  const next = remembered((cron) => runsOf(cron, now, 1));
  const described = remembered((cron) => {
    const text = cron.length > LONGEST_CRON ? cron : describeCron(cron);
    if (text === cron) return undefined;
    return next(cron)?.length === 0 ? `${text} (never fires)` : text;
  });
  return {
    describeCron: described,
    nextRuns: (cron, count) => (count === 1 ? next(cron) : runsOf(cron, now, count)) ?? [],
    firesInWeek: (cron) => (cron.length > LONGEST_CRON ? undefined : firesInWeek(cron)),
  };
}

/** None where it never fires, undefined for what is no cron expression. */
function runsOf(cron: string, from: Date, count: number): readonly Date[] | undefined {
  try {
    return cron.length > LONGEST_CRON ? undefined : nextRuns(cron, from, count);
  } catch {
    return undefined;
  }
}

function remembered<T>(find: (cron: string) => T): (cron: string) => T {
  const known = new Map<string, { readonly found: T }>();
  return (cron) => {
    const before = known.get(cron);
    if (before !== undefined) return before.found;
    const found = find(cron);
    known.set(cron, { found });
    return found;
  };
}
