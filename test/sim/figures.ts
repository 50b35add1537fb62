import { CELLS, FAULTS } from "./faults.ts";
import { GIT_CELLS } from "./git-process.ts";
import { DEATHS, FILE_CELLS, ONLY_IN_RACES, POINTS } from "./points.ts";
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
  readonly met: Readonly<Record<string, number>>;
  /** Kinds of acts that nobody has listed. */
  readonly unlisted: readonly string[];
  readonly results: Readonly<Record<string, number>>;
  readonly opportunities: Readonly<Record<string, number>>;
  /** How many simulations needed so many runs, once the faults had stopped. */
  readonly runsToConverge: Readonly<Record<string, number>>;
  /** Milliseconds from a stop signal to the end, sorted. */
  readonly stops: readonly number[];
  readonly violations: Readonly<Record<string, number>>;
}

const YEAR_MS = 365 * 86_400_000;

/** Adds reports up. */
export function addUp(reports: readonly Report[]): Figures {
  const known = new Set([...POINTS.map(({ kind }) => kind), ...ONLY_IN_RACES]);
  const acts = new Set(reports.flatMap((report) => [...report.acts]));
  return {
    seeds: reports.length,
    failed: reports.filter((report) => report.violations.length > 0).length,
    runs: total(reports, (report) => report.runs),
    requests: total(reports, (report) => report.requests),
    virtualYears: total(reports, (report) => report.virtualMs) / YEAR_MS,
    matrix: merged(reports.map((report) => report.matrix)),
    deaths: merged(reports.map((report) => report.deaths)),
    met: merged(reports.map((report) => report.met)),
    unlisted: [...acts].filter((kind) => !known.has(kind)).sort(),
    results: merged(reports.map((report) => report.results)),
    opportunities: merged(reports.map((report) => report.opportunities)),
    runsToConverge: merged(reports.map((report) => new Map([[String(report.runsToConverge), 1]]))),
    stops: reports.flatMap((report) => report.stops).sort((a, b) => a - b),
    violations: merged(reports.map((report) => new Map(report.violations.map((each) => [each.check, 1])))),
  };
}

/** Two sums as one. */
export function plus(a: Figures, b: Figures): Figures {
  const maps = (of: (sum: Figures) => Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
    merged([a, b].map((sum) => new Map(Object.entries(of(sum)))));
  return {
    seeds: a.seeds + b.seeds,
    failed: a.failed + b.failed,
    runs: a.runs + b.runs,
    requests: a.requests + b.requests,
    virtualYears: a.virtualYears + b.virtualYears,
    matrix: maps(({ matrix }) => matrix),
    deaths: maps(({ deaths }) => deaths),
    met: maps(({ met }) => met),
    unlisted: [...new Set([...a.unlisted, ...b.unlisted])].sort(),
    results: maps(({ results }) => results),
    opportunities: maps(({ opportunities }) => opportunities),
    runsToConverge: maps(({ runsToConverge }) => runsToConverge),
    stops: [...a.stops, ...b.stops].sort((one, other) => one - other),
    violations: maps(({ violations }) => violations),
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

/** Cells of a kind, and how often each was met. */
interface Coverage {
  readonly what: string;
  readonly cells: readonly (readonly [name: string, times: number])[];
}

/** How often each cell of each kind was met, those never met included. */
function coverage({ matrix, met, deaths }: Figures): readonly Coverage[] {
  const of = (what: string, names: readonly string[], counts: Readonly<Record<string, number>>): Coverage => ({
    what,
    cells: names.map((name) => [name, counts[name] ?? 0]),
  });
  return [
    of(
      "request and fault",
      CELLS.map(({ name }) => name),
      matrix,
    ),
    of("file call and fault", FILE_CELLS, met),
    of("git command and fault", GIT_CELLS, met),
    of("points to die at", DEATHS, deaths),
  ];
}

/** The cells that were met less often than so, by name, with how often. */
export function below(sum: Figures, times: number): readonly string[] {
  return coverage(sum).flatMap(({ cells }) => cells.filter(([, n]) => n < times).map(([name, n]) => `${name} (${n})`));
}

/** A value of a sorted list at a share of its length. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** What is promised: the checks that watch it, and what counts as a chance to break it. */
export const PROMISES: readonly {
  readonly promise: string;
  readonly checks: readonly string[];
  readonly chances: readonly string[];
}[] = [
  { promise: "jobs made twice", checks: ["S1"], chances: ["creates", "creates without unique names"] },
  { promise: "jobs made and forgotten", checks: ["S2"], chances: ["made by us and live", "claims of recorded"] },
  { promise: "writes to what is not ours", checks: ["S3"], chances: ["creates", "updates", "deletes"] },
  { promise: "fields damaged that are not ours", checks: ["S4"], chances: ["updates"] },
  {
    promise: "masks stored, secrets told",
    checks: ["S5"],
    chances: ["masked secrets in writes", "lines searched for secrets"],
  },
  {
    promise: "false claims (applied, not done, exit 0, exit 3)",
    checks: ["S6"],
    chances: ["claims of applied", "claims of not done", "applies with exit 0", "exit 3"],
  },
  { promise: "deletes that should not have been", checks: ["S7"], chances: ["deletes"] },
  { promise: "not converged", checks: ["S8"], chances: ["seeds that came to rest"] },
  { promise: "hangs, storms, out of bounds", checks: ["S9"], chances: ["runs within bounds"] },
  { promise: "two holders of a lock, writes of a fenced one", checks: ["S10"], chances: ["fenced holders"] },
  { promise: "writes, or too long, after a stop signal", checks: ["S11"], chances: ["stop signals"] },
  { promise: "states broken or gone back", checks: ["S12"], chances: ["states compared with the one before"] },
  {
    promise: "saved plans applied otherwise, changed, or twice",
    checks: ["plan"],
    chances: ["saved plans applied or refused"],
  },
  {
    promise: "drift missed, or told where there was none",
    checks: ["drift"],
    chances: ["drifts to be told", "drifts that nobody made"],
  },
  { promise: "held jobs written to", checks: ["hold"], chances: ["writes while something was held"] },
  { promise: "new keys of the same account refused", checks: ["key"], chances: ["new keys of the same account"] },
  { promise: "unforeseen ends", checks: ["crash"], chances: ["runs within bounds"] },
];

/** One line for each promise: how often it was broken, of how many chances. */
function promises({ violations, opportunities }: Figures): readonly string[] {
  return PROMISES.map(({ promise, checks, chances }) => {
    const broken = checks.reduce((sum, check) => sum + (violations[check] ?? 0), 0);
    const told = chances.map((chance) => `${opportunities[chance] ?? 0} ${chance}`).join(", ");
    return `${promise}: ${broken} of ${told}`;
  });
}

/** The figures, one line each. */
export function figures(sum: Figures, tookMs: number): readonly string[] {
  const list = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .map(([key, count]) => `${key} ${count}`)
      .join(", ");
  const runs = Object.entries(sum.runsToConverge).flatMap(([n, count]) => Array<number>(count).fill(Number(n)));
  runs.sort((a, b) => a - b);
  const { opportunities: o, stops } = sum;
  return [
    `seeds: ${sum.seeds}, failed: ${sum.failed} (${list(sum.violations) || "no promise broken"}), in ${Math.round(tookMs / 1000)} s`,
    `runs: ${sum.runs}, requests: ${sum.requests}, virtual years: ${sum.virtualYears.toFixed(2)}`,
    `kinds of fault of a request: ${Object.keys(FAULTS).length}`,
    ...coverage(sum).map(({ what, cells }) => {
      const least = Math.min(...cells.map(([, n]) => n));
      return `${what}: ${cells.length}, hit: ${cells.filter(([, n]) => n > 0).length}, least: ${least}`;
    }),
    `never hit: ${below(sum, 1).join(", ") || "none"}`,
    `kinds of acts that are not listed: ${sum.unlisted.join(", ") || "none"}`,
    `processes killed: ${Object.values(sum.deaths).reduce((a, b) => a + b, 0)}`,
    `results: ${list(sum.results)}`,
    ...promises(sum),
    `unknown outcomes: reported ${o["unknown outcomes reported"] ?? 0}, that nobody could know ${o["unknown outcomes that nobody could know"] ?? 0}; settled by the next run ${o["unknown outcomes settled by the next run"] ?? 0}, left open by it ${o["unknown outcomes that stay open"] ?? 0}`,
    `runs to converge: median ${quantile(runs, 0.5)}, p99 ${quantile(runs, 0.99)}, max ${runs.at(-1) ?? 0}`,
    `time to stop after a signal: ${stops.length}, p50 ${quantile(stops, 0.5)} ms, max ${stops.at(-1) ?? 0} ms (virtual)`,
  ];
}
