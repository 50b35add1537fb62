/** What two fingerprints tell of the values behind them; those made in different ways (another key) tell nothing. */
export function sameFingerprint(a: string, b: string): "same" | "different" | "unverifiable" {
  if (a === b) return "same";
  const method = (f: string): string => f.slice(0, f.lastIndexOf(":"));
  return a !== "" && method(a) === method(b) ? "different" : "unverifiable";
}
