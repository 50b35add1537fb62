/**
 * Levels that nothing we write ever has: a manifest has 200, and each may stand one deeper in what is stored. Much of what
 * handles JSON recurses, and would not survive any depth.
 */
export const MOST_LEVELS = 500;

/** Whether a JSON value is nested deeper than `levels`, of which there may be some hundred: it goes down as far itself. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (levels < 0) return true;
  if (typeof value !== "object" || value === null) return false;
  for (const each of Object.values(value)) if (isDeeper(each, levels - 1)) return true;
  return false;
}
