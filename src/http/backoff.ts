/** The longest wait between tries that nobody asked for, in milliseconds. */
export const BACKOFF_CAP_MS = 20_000;

/** Where backoff starts, in milliseconds. */
export const BACKOFF_BASE_MS = 300;

/** Where backoff starts after a 429 that does not say how long to wait. */
export const BACKOFF_BASE_RATE_LIMITED_MS = 1000;

/** setTimeout takes no more; it turns what is longer into 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The wait before try `attempt + 1`, in milliseconds: capped exponential with full jitter, so that clients that failed
 * together do not come back together.
 */
export function backoff(attempt: number, baseMs: number, random: () => number): number {
  const ceiling = Math.min(BACKOFF_CAP_MS, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random() * ceiling);
}

/** The wait before the next try: what was asked is a floor, and nothing is longer than a timer can be. */
export function withFloor(ownMs: number, askedMs: number | undefined): number {
  return Math.min(LONGEST_TIMER_MS, Math.max(ownMs, askedMs ?? 0));
}
