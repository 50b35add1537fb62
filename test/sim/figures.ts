import { FAULTS, faultsOf, type Op } from "./faults.ts";
import type { Report } from "./run.ts";

/** What many simulations add up to. */
export interface Figures {
  readonly seeds: number;
  readonly failed: number;
  readonly runs: number;
  readonly requests: number;
  readonly virtualYears: number;
  readonly matrix: Readonly<Record<string, number>>;
  readonly deaths: Readonly<Record<string, number>>;
  readonly results: Readonly<Record<string, number>>;
  readonly opportunities: Readonly<Record<string, number>>;
  /** How many simulations needed so many runs, once the faults had stopped. */
  readonly runsToConverge: Readonly<Record<string, number>>;
  readonly violations: Readonly<Record<string, number>>;
}

const YEAR_MS = 365 * 86_400_000;

/** Adds reports up. */
export function addUp(reports: readonly Report[]): Figures {
  return {
    seeds: reports.length,
    failed: reports.filter((report) => report.violations.length > 0).length,
    runs: total(reports, (report) => report.runs),
    requests: total(reports, (report) => report.requests),
    virtualYears: total(reports, (report) => report.virtualMs) / YEAR_MS,
    matrix: merged(reports.map((report) => report.matrix)),
    deaths: merged(reports.map((report) => report.deaths)),
    results: merged(reports.map((report) => report.results)),
    opportunities: merged(reports.map((report) => report.opportunities)),
    runsToConverge: merged(reports.map((report) => new Map([[String(report.runsToConverge), 1]]))),
    violations: merged(reports.map((report) => new Map(report.violations.map((each) => [each.check, 1])))),
  };
}

function total(reports: readonly Report[], of: (report: Report) => number): number {
  return reports.reduce((sum, report) => sum + of(report), 0);
}

function merged(maps: readonly ReadonlyMap<string, number>[]): Readonly<Record<string, number>> {
  const sum = new Map<string, number>();
  for (const map of maps) for (const [key, count] of map) sum.set(key, (sum.get(key) ?? 0) + count);
  return Object.fromEntries([...sum].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const OPS: readonly Op[] = ["list", "find", "get", "create", "update", "delete"];

/** The cells of operation and fault that were never hit. */
export function gaps({ matrix }: Figures): readonly string[] {
  return OPS.flatMap((op) => faultsOf(op).map((fault) => `${op}: ${fault}`)).filter(
    (cell) => matrix[cell] === undefined,
  );
}

/** The figures, one line each. */
export function figures(sum: Figures, tookMs: number): readonly string[] {
  const cells = OPS.flatMap((op) => faultsOf(op).map((fault) => sum.matrix[`${op}: ${fault}`] ?? 0));
  const { opportunities: o } = sum;
  const list = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .map(([key, count]) => `${key} ${count}`)
      .join(", ");
  return [
    `seeds: ${sum.seeds}, failed: ${sum.failed} (${list(sum.violations) || "no promise broken"}), in ${Math.round(tookMs / 1000)} s`,
    `runs: ${sum.runs}, requests: ${sum.requests}, virtual years: ${sum.virtualYears.toFixed(2)}`,
    `kinds of fault: ${Object.keys(FAULTS).length}; cells of operation and fault: ${cells.length}, hit: ${cells.filter((n) => n > 0).length}, least: ${Math.min(...cells)}`,
    `cells never hit: ${gaps(sum).join(", ") || "none"}`,
    `processes killed: ${Object.values(sum.deaths).reduce((a, b) => a + b, 0)}, at ${Object.keys(sum.deaths).length} kinds of point`,
    `results: ${list(sum.results)}`,
    `opportunities: ${list(o)}`,
    `runs until nothing was left to do: ${list(sum.runsToConverge)}`,
  ];
}
