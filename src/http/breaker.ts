const EXHAUSTED_IN_A_ROW = 5;

/**
 * Says when a platform is down: after five operations in a row that used up their tries. Once open it stays open for
 * the run.
 */
export interface Breaker {
  readonly open: boolean;
  /** The platform answered an operation, with whatever it had to say about it. */
  answered(): void;
  /** An operation ended without an answer that means anything. */
  exhausted(): void;
}

/** A closed breaker. */
export function createBreaker(): Breaker {
  let inARow = 0;
  return {
    get open() {
      return inARow >= EXHAUSTED_IN_A_ROW;
    },
    answered: () => {
      if (inARow < EXHAUSTED_IN_A_ROW) inARow = 0;
    },
    exhausted: () => {
      inARow += 1;
    },
  };
}
