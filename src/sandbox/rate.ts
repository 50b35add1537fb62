/** What a key has left in its second. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the next window, rounded up. */
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

/** Shown where the options ask for no limit: who keeps within what is told is not to be slowed down. */
const NO_LIMIT = 1_000_000;

/** Counts requests by key in windows of a second. */
export function createRateLimit(
  limit: { readonly perSecond: number } | undefined,
  monotonic: () => number,
): (key: string) => RateState {
  const windows = new Map<string, { window: number; used: number }>();
  const perSecond = limit?.perSecond ?? NO_LIMIT;
  return (key) => {
    const now = monotonic();
    const window = Math.floor(now / 1000);
    const known = windows.get(key);
    const current = known?.window === window ? known : { window, used: 0 };
    current.used += 1;
    windows.set(key, current);
    return {
      limit: perSecond,
      remaining: Math.max(0, perSecond - current.used),
      resetSeconds: Math.max(1, Math.ceil(((window + 1) * 1000 - now) / 1000)),
      exceeded: current.used > perSecond,
    };
  };
}
