import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chartOf } from "./chart.ts";
import { type Bench, machineWords } from "./machine.ts";
import { type Figure, isMet, summaryLine, tableOf } from "./results.ts";
import { applySuite, limitSuite, planSuite, startSuite } from "./suites.ts";
import { TARGETS } from "./targets.ts";

const SUITES = ["start", "plan", "apply", "limit"] as const;

/** An apply takes long where answers do; the time for each job does not depend on how many there are. */
const MOST_APPLIED = 10_000;
/** At 83 requests a second these take 48 s. */
const MOST_LIMITED = 2_000;
/** Each run of an apply takes minutes. */
const MOST_APPLY_RUNS = 3;

/** Measures, prints a table, and answers the exit code: 1 where a target is missed. */
export async function main(args: readonly string[], where: Pick<Bench, "root" | "server">): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: "string", default: "1000,10000" },
      runs: { type: "string", default: "5" },
      suites: { type: "string", default: SUITES.join(",") },
      json: { type: "string" },
      docs: { type: "boolean", default: false },
    },
  });
  const sizes = values.sizes.split(",").map(Number);
  const runs = Number(values.runs);
  if (![...sizes, runs].every((n) => Number.isSafeInteger(n) && n >= 1)) {
    throw new Error("--sizes takes whole numbers with commas between them, --runs takes one");
  }
  const scratch = mkdtempSync(join(tmpdir(), "jobwright-bench-"));
  const bench = { ...where, scratch };
  try {
    const suites = new Set(values.suites.split(","));
    const figures = await measureAll(bench, sizes, runs, suites);
    const machine = machineWords();
    console.log(`\n${machine}\n\n${tableOf(figures)}\n`);
    if (values.json !== undefined) {
      writeFileSync(values.json, `${JSON.stringify({ machine, sizes, runs, figures }, null, 2)}\n`);
    }
    if (values.docs) writeDocs(where.root, figures, machine, runs);
    console.log(summaryLine(figures));
    return figures.every(isMet) ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measureAll(
  bench: Bench,
  sizes: readonly number[],
  runs: number,
  suites: ReadonlySet<string>,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const add = (what: string, more: readonly Figure[]): void => {
    figures.push(...more);
    for (const figure of more)
      console.error(`${what}: ${figure.id} ${figure.value.toFixed(2)} ${figure.unit} (${figure.note})`);
  };
  if (suites.has("start")) add("start", await startSuite(bench, runs));
  const perJob: { readonly size: number; readonly ms: number }[] = [];
  for (const size of suites.has("plan") ? [...sizes].sort((a, b) => a - b) : []) {
    const { figures: more, planMs } = await planSuite(bench, size, runs);
    add("plan", more);
    perJob.push({ size, ms: planMs / size });
  }
  add("growth", growthOf(perJob));
  const largest = Math.max(...sizes);
  if (suites.has("apply"))
    add("apply", await applySuite(bench, Math.min(MOST_APPLIED, largest), Math.min(MOST_APPLY_RUNS, runs)));
  if (suites.has("limit")) add("limit", await limitSuite(bench, Math.min(MOST_LIMITED, largest)));
  return figures;
}

/** The time for each job at the largest size over that at the smallest one from 1,000 on. */
function growthOf(perJob: readonly { readonly size: number; readonly ms: number }[]): readonly Figure[] {
  const [first, ...rest] = perJob.filter(({ size }) => size >= 1_000);
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return [];
  return [
    {
      id: `growth-${first.size}-${last.size}`,
      what: `time of an empty plan for each job, over that with ${first.size.toLocaleString("en-US")} jobs`,
      size: last.size,
      value: last.ms / first.ms,
      unit: "×",
      most: TARGETS.growth,
      note: `${(last.ms * 1000).toFixed(0)} µs / ${(first.ms * 1000).toFixed(0)} µs`,
    },
  ];
}

/** Puts table and picture into docs/performance.md, between its marks. */
function writeDocs(root: string, figures: readonly Figure[], machine: string, runs: number): void {
  const file = join(root, "docs/performance.md");
  const text = readFileSync(file, "utf8");
  const [before, rest] = text.split("<!-- measured -->\n");
  const after = rest?.split("<!-- end -->\n")[1];
  if (before === undefined || after === undefined) throw new Error(`${file} has no place for the figures`);
  const measured = `Measured on ${machine}; medians of ${runs} runs.\n\n${tableOf(figures)}\n\n![Each figure and its target](performance.svg)\n`;
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(file, `${before}<!-- measured -->\n${measured}<!-- end -->\n${after}`);
  writeFileSync(join(root, "docs/performance.svg"), chartOf(figures, machine));
}
