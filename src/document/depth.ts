/**
 * Levels that nothing we write ever has: a manifest has 200, and each may stand one deeper in what is stored. Much of what
 * handles JSON recurses, and would not survive any depth.
 */
export const MOST_LEVELS = 500;

/** Whether a JSON value is nested deeper than `levels`. Goes level by level: the depth is what is not to be trusted. */
export function isDeeper(value: unknown, levels: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}
