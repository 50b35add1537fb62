import { seeded } from "../state/support/world.ts";

/** Random choices that a seed fixes. */
export interface Chance {
  /** 0 <= n < 1. */
  readonly next: () => number;
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** True with this probability. */
  is(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** One of `items`, or undefined where there is none. */
  any<T>(items: readonly T[]): T | undefined;
}

/** Choices from a seed. */
export function chance(seed: number): Chance {
  const next = seeded(seed);
  // The first numbers of neighbouring seeds are alike.
  next();
  next();
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    int,
    is: (probability) => next() < probability,
    pick: (items) => items[int(0, items.length - 1)] ?? items[0],
    any: (items) => (items.length === 0 ? undefined : items[int(0, items.length - 1)]),
  };
}
