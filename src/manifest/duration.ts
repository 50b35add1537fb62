const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Milliseconds of a duration as people write it (`500ms`, `30s`, `5m`), or undefined where it is none. At most a day. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,8})(ms|s|m)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const milliseconds = Number(count) * (UNITS[unit] ?? 0);
  return milliseconds <= 86_400_000 ? milliseconds : undefined;
}
