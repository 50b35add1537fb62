/** What a key has left in its second. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the next window, rounded up. */
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

/** What Nimble documents: 83 requests a second; shown, but held to only where the options ask for a limit. */
const DOCUMENTED_PER_SECOND = 83;

/** Counts requests by key in windows of a second. */
export function createRateLimit(
  limit: { readonly perSecond: number } | undefined,
  monotonic: () => number,
): (key: string) => RateState {
  const windows = new Map<string, { window: number; used: number }>();
  const perSecond = limit?.perSecond ?? DOCUMENTED_PER_SECOND;
  return (key) => {
    const now = monotonic();
    const window = Math.floor(now / 1000);
    const known = windows.get(key);
    const current = known?.window === window ? known : { window, used: 0 };
    current.used += 1;
    windows.set(key, current);
    return {
      limit: perSecond,
      // Without a limit nothing is used up: who goes by the headers is not to be slowed down.
      remaining: limit === undefined ? perSecond - 1 : Math.max(0, perSecond - current.used),
      resetSeconds: Math.max(1, Math.ceil(((window + 1) * 1000 - now) / 1000)),
      exceeded: limit !== undefined && current.used > perSecond,
    };
  };
}
