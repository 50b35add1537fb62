import type { RateHint } from "./retry-after.ts";

/**
 * How fast requests to one target may leave: evenly, just under the limit that is documented or that answers tell.
 * Nobody tells every limit, so the rate is learnt, too: after a 429, what was accepted in the second before is taken for
 * the limit; sending goes on well below it, climbs to just under it, stays there, and only later feels its way up.
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
   * sending is paused for it: not at all where what was counted is our own, since the pace keeps within the window.
   */
  hint(now: number, window: RateHint): number;
}

const AFTER_A_429 = 0.7;
const STEADY = 0.95;
const NEAR = 0.9;
const CLIMB_MS = 2000;
const STEADY_MS = 10_000;
const HOLD_MS = 20_000;
const LONGEST_HOLD_MS = 320_000;
const LOWEST_PER_SECOND = 0.5;

/** Of a steady pace that was too fast at last, so much is taken for the limit: counting takes a while to notice. */
const OF_A_STEADY_PACE = 0.97;

/** Of what a window takes, so much is used: two clocks and a network lie between us and it. */
const OF_A_WINDOW = 0.98;

/** What was missed because a timer was late is made up for, so far back; who had nothing to send missed nothing. */
const CATCH_UP_MS = 12;
const IDLE_MS = 100;

/** Windows that platforms count in. */
const WINDOWS_MS = [1000, 60_000, 3_600_000];

/** So many moments are remembered; more than a window of a minute takes. */
const MOST_MOMENTS = 20_000;

/** More than our own requests and these were counted: somebody else uses the key, too. */
const UNSEEN = 2;

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
  let window: { readonly limit: number; readonly ms: number } | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let underWay = 0;
  let takenAt: number[] = [];
  let leftAt: number[] = [];

  const rate = (now: number): number => {
    const told = window === undefined ? Number.POSITIVE_INFINITY : (window.limit * 1000) / window.ms;
    const learnt = limit === undefined ? Number.POSITIVE_INFINITY : allowed(limit, now);
    return Math.max(LOWEST_PER_SECOND, Math.min(Math.min(maxPerSecond, told) * OF_A_WINDOW, learnt));
  };
  const prolongs = (now: number, ms: number): number => Math.max(0, now + ms - Math.max(now, pausedUntil));
  const pause = (now: number, ms: number): void => {
    pausedUntil = Math.max(pausedUntil, now + ms);
  };
  /** Whether what a window has counted is what we sent ourselves: then the pace alone keeps within it. */
  const isOurs = (now: number, remaining: number): boolean => {
    if (window === undefined) return false;
    const from = now - window.ms;
    const own = leftAt.length - firstAfter(leftAt, from);
    return window.limit - remaining <= own + UNSEEN;
  };
  return {
    waitMs: (now) => Math.max(0, Math.ceil(Math.max(nextAt, pausedUntil) - now)),
    left: (now) => {
      underWay += 1;
      const idle = now - nextAt > IDLE_MS;
      nextAt = (idle ? now : Math.max(nextAt, now - CATCH_UP_MS)) + 1000 / rate(now);
      leftAt.push(now);
      if (leftAt.length > MOST_MOMENTS) leftAt = leftAt.slice(MOST_MOMENTS / 2);
    },
    over: () => {
      underWay -= 1;
    },
    accepted: (now) => {
      takenAt.push(now);
      if (takenAt.length > MOST_MOMENTS) takenAt = takenAt.slice(MOST_MOMENTS / 2);
    },
    refused: (now, left) => {
      // Requests that left before the rate was lowered say nothing about the lower rate.
      if (limit !== undefined && left <= limit.learntAt) return;
      const taken = takenAt.length - firstAfter(takenAt, left - 1000);
      // Where nothing is taken at all, it is not the rate that is refused: the pause is the answer to that.
      if (taken === 0) return;
      const tried = rate(now);
      // Where nearly all was taken at a steady pace it is where it was: straight back to just under it, and longer until
      // the next try.
      const isNear = limit !== undefined && now - limit.since > STEADY_MS && taken >= NEAR * tried;
      const perSecond =
        limit === undefined ? Math.min(tried, taken) : isNear ? OF_A_STEADY_PACE * tried : between(taken, tried);
      const [since, holdMs] =
        isNear && limit !== undefined ? [now - CLIMB_MS, Math.min(2 * limit.holdMs, LONGEST_HOLD_MS)] : [now, HOLD_MS];
      limit = { perSecond: Math.max(LOWEST_PER_SECOND, perSecond), learntAt: now, since, holdMs };
    },
    prolongs,
    pause,
    hint: (now, { remaining, resetMs, limit: counted }) => {
      if (counted !== undefined && counted >= 1) {
        const ms = WINDOWS_MS.find((each) => each >= resetMs) ?? resetMs;
        window = { limit: counted, ms: Math.max(ms, window?.limit === counted ? window.ms : 0) };
      }
      if (remaining > underWay - 1 || isOurs(now, remaining)) return 0;
      const more = prolongs(now, resetMs);
      pause(now, resetMs);
      return more;
    },
  };
}

/** The index of the first of some ascending moments that is later than `at`. */
function firstAfter(moments: readonly number[], at: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
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
