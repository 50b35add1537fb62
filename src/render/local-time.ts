const formats = new Map<string, Intl.DateTimeFormat>();

/** A time in a zone (`Europe/Vienna`) as `2026-11-24 07:00`. Throws a RangeError for a zone that there is none of. */
export function localTime(time: Date, zone: string): string {
  if (zone === "UTC") return time.toISOString().slice(0, 16).replace("T", " ");
  const parts = formatOf(zone).formatToParts(time);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}`;
}

/** Making one takes far longer than using it. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  } as const);
  formats.set(zone, format);
  return format;
}

/** Whether a zone shows these times as UTC does: because it is UTC, or by chance, as London in winter. */
export function sameAsUtc(zone: string, times: readonly Date[]): boolean {
  return times.every((time) => localTime(time, zone) === localTime(time, "UTC"));
}
