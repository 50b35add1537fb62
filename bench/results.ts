/** One figure of a benchmark, and what it is to be. */
export interface Figure {
  /** `plan-floor-10000`: what programs know it by. */
  readonly id: string;
  readonly what: string;
  /** Jobs; 0 where it is about none. */
  readonly size: number;
  readonly value: number;
  readonly unit: "×" | "MiB" | "%" | "s" | "KiB" | "failed";
  /** What it must not pass (`most`) or fall below (`least`); neither: told only. */
  readonly most?: number;
  readonly least?: number;
  /** How it was come by: the times behind a ratio. */
  readonly note: string;
}

/** Whether a figure keeps its target. */
export function isMet({ value, most, least }: Figure): boolean {
  return (most === undefined || value <= most) && (least === undefined || value >= least);
}

/** A figure's target in words. */
export function targetWords({ most, least, unit }: Figure): string {
  const shown = unit === "×" ? "×" : ` ${unit}`;
  if (most !== undefined) return `≤ ${most}${shown}`;
  return least === undefined ? "" : `≥ ${least}${shown}`;
}

/** A figure's value in words. */
export function valueWords({ value, unit }: Figure): string {
  const digits = unit === "×" ? (value >= 100 ? 0 : 2) : value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return unit === "×" ? `${value.toFixed(digits)}×` : `${value.toFixed(digits)} ${unit}`;
}

/** All figures as a Markdown table. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, size, note } = figure;
    const target = targetWords(figure);
    const verdict = target === "" ? "" : isMet(figure) ? "yes" : "**no**";
    const jobs = size === 0 ? "" : size.toLocaleString("en-US");
    return `| ${what} | ${jobs} | ${valueWords(figure)} | ${target} | ${verdict} | ${note} |`;
  });
  return [
    "| what | jobs | measured | target | met | behind it |",
    "| --- | ---: | ---: | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** The last line of a run: every figure with a target. */
export function summaryLine(figures: readonly Figure[]): string {
  const judged = figures.filter((figure) => targetWords(figure) !== "");
  const missed = judged.filter((figure) => !isMet(figure));
  const each = judged
    .map((figure) => `${figure.id} ${valueWords(figure)}${isMet(figure) ? "" : " (missed)"}`)
    .join(", ");
  return `bench: ${judged.length - missed.length} of ${judged.length} targets met: ${each}`;
}
