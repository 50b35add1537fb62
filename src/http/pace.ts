/**
 * How fast requests to one target may leave. Nobody publishes every limit, so the rate is learnt: unlimited (or the
 * documented limit) until a 429, then what was accepted in the second before is taken for the limit; sending goes on
 * well below it, climbs to just under it, stays there, and only later feels its way up, ever more seldom.
 */
export interface Pace {
  /** Milliseconds until a request may leave; 0: now. Ask again after the wait: it may have grown meanwhile. */
  waitMs(now: number): number;
  /** A request leaves. */
  left(now: number): void;
  /** A request is over, however it ended. */
  over(now: number): void;
  /** The platform took a request (any answer but a 429). */
  accepted(now: number): void;
  /** The platform refused a request that left at `leftAt` for being one too many. */
  refused(now: number, leftAt: number): void;
  /** By how much a pause of `ms` would prolong the one that there is. */
  prolongs(now: number, ms: number): number;
  /** Nothing leaves for `ms`. */
  pause(now: number, ms: number): void;
  /**
   * What an answer says of the window that it was counted in, told before its request is `over`. Answers by how much
   * sending is paused for it.
   */
  hint(now: number, window: { readonly remaining: number; readonly resetMs: number }): number;
}

const AFTER_A_429 = 0.7;
const STEADY = 0.95;
const NEAR = 0.9;
const CLIMB_MS = 2000;
const STEADY_MS = 10_000;
const HOLD_MS = 20_000;
const LONGEST_HOLD_MS = 320_000;
const LOWEST_PER_SECOND = 0.5;

/** What was learnt of the platform's limit. */
interface Limit {
  readonly perSecond: number;
  readonly learntAt: number;
  /** From when on the way to it counts; in the past where it is not gone any more. */
  readonly since: number;
  /** For how long it is believed before it is put to the test. */
  readonly holdMs: number;
}

/** A pace, not faster than `maxPerSecond` where that is given. Times are milliseconds of one monotonic clock. */
export function createPace(maxPerSecond = Number.POSITIVE_INFINITY): Pace {
  let limit: Limit | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let underWay = 0;
  let takenAt: number[] = [];

  const rate = (now: number): number =>
    Math.min(maxPerSecond, limit === undefined ? maxPerSecond : allowed(limit, now));
  const prolongs = (now: number, ms: number): number => Math.max(0, now + ms - Math.max(now, pausedUntil));
  const pause = (now: number, ms: number): void => {
    pausedUntil = Math.max(pausedUntil, now + ms);
  };
  return {
    waitMs: (now) => Math.max(0, Math.ceil(Math.max(nextAt, pausedUntil) - now)),
    left: (now) => {
      underWay += 1;
      nextAt = now + 1000 / rate(now);
    },
    over: () => {
      underWay -= 1;
    },
    accepted: (now) => {
      takenAt = [...takenAt.filter((at) => at > now - 1000), now];
    },
    refused: (now, leftAt) => {
      // Requests that left before the rate was lowered say nothing about the lower rate.
      if (limit !== undefined && leftAt <= limit.learntAt) return;
      const taken = takenAt.filter((at) => at > leftAt - 1000).length;
      // Where nothing is taken at all, it is not the rate that is refused: the pause is the answer to that.
      if (taken === 0) return;
      const perSecond = limit === undefined ? Math.min(rate(now), taken) : between(taken, rate(now));
      // Where nearly all was taken at a steady pace it is where it was: straight back to just under it, and longer until
      // the next try.
      const isNear = limit !== undefined && now - limit.since > STEADY_MS && taken >= NEAR * rate(now);
      const [since, holdMs] =
        isNear && limit !== undefined ? [now - CLIMB_MS, Math.min(2 * limit.holdMs, LONGEST_HOLD_MS)] : [now, HOLD_MS];
      limit = { perSecond: Math.max(LOWEST_PER_SECOND, perSecond), learntAt: now, since, holdMs };
    },
    prolongs,
    pause,
    hint: (now, { remaining, resetMs }) => {
      if (remaining > underWay - 1) return 0;
      const more = prolongs(now, resetMs);
      pause(now, resetMs);
      return more;
    },
  };
}

/** The limit lies between what was taken and what was tried; after a pause little was taken, which says little. */
function between(taken: number, tried: number): number {
  return (Math.min(tried, Math.max(taken, tried * AFTER_A_429)) + tried) / 2;
}

function allowed(limit: Limit, now: number): number {
  const age = now - limit.since;
  if (age < CLIMB_MS) return limit.perSecond * (AFTER_A_429 + (STEADY - AFTER_A_429) * (age / CLIMB_MS));
  const beyond = Math.max(0, age - CLIMB_MS - limit.holdMs) / 1000;
  return limit.perSecond * (STEADY + 0.01 * beyond * beyond);
}
