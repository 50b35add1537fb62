const FULL = 100;
const RETRY = 5;
const RETRY_AFTER_TIMEOUT = 10;
const FIRST_TRY_SUCCESS = 1;

/** Bounds how many retries a target gets in all, so that a platform in trouble is not asked many times over. */
export interface RetryBudget {
  /** Takes what a retry costs; false where there is not enough left, and then nothing is taken. */
  spend(after: "timeout" | "other"): boolean;
  /** A request that succeeded at its first try gives a little back. */
  refund(): void;
}

/** A full budget. */
export function createRetryBudget(): RetryBudget {
  let left = FULL;
  return {
    spend: (after) => {
      const cost = after === "timeout" ? RETRY_AFTER_TIMEOUT : RETRY;
      if (left < cost) return false;
      left -= cost;
      return true;
    },
    refund: () => {
      left = Math.min(FULL, left + FIRST_TRY_SUCCESS);
    },
  };
}
