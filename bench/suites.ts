import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { readPlanDocument } from "../src/render/plan-reader.ts";
import { renderMarkdown } from "../src/render/markdown.ts";
import { type EstateShape, writeEstate } from "./estate.ts";
import { type Bench, type Measured, measure, median, type Server, startServer } from "./machine.ts";
import type { Figure } from "./results.ts";
import { TARGETS } from "./targets.ts";
import { terraformEstate } from "./terraform.ts";

const NODE = process.execPath;
const HOUR = 6;

/** An estate on disk and in a sandbox, that jobwright owns. */
interface Place {
  readonly bench: Bench;
  readonly folder: string;
  readonly shape: EstateShape;
  readonly server: Server;
}

/** Seconds, shortly. */
function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

async function jobwright(place: Place, ...args: readonly string[]): Promise<Measured> {
  const { bench, folder, server } = place;
  const command = [NODE, join(bench.root, "build/cli.js"), ...args] as const;
  const run = await measure(bench, [...command], {
    cwd: folder,
    env: server.env,
    preload: join(bench.root, "bench/peak.cjs"),
  });
  return run;
}

/** Runs it, and throws where it does not end as it is to: a figure of a failed run is worth nothing. */
async function expectRun(run: Promise<Measured>, words: RegExp): Promise<Measured> {
  const { code, stdout, stderr, ...rest } = await run;
  if (code !== 0 || !words.test(stdout)) {
    throw new Error(`a measured run went wrong (exit code ${code}):\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  }
  return { code, stdout, stderr, ...rest };
}

async function script(place: Place, name: string, ...args: readonly string[]): Promise<Measured> {
  const { bench, folder, server } = place;
  const command = [NODE, join(bench.root, "bench", name), ...args] as const;
  return expectRun(measure(bench, [...command], { cwd: folder, env: server.env }), /^/);
}

/** Makes an estate, serves it, and adopts it. */
async function openPlace(bench: Bench, shape: EstateShape, perSecond?: number): Promise<Place> {
  const folder = join(bench.scratch, `estate-${shape.jobs}${perSecond === undefined ? "" : "-limited"}`);
  rmSync(folder, { recursive: true, force: true });
  writeEstate(folder, shape);
  const server = await startServer(bench, { estate: shape, ...(perSecond === undefined ? {} : { perSecond }) });
  const place = { bench, folder, shape, server };
  await expectRun(jobwright(place, "apply", "-y"), /adopted/);
  return place;
}

/** (a), (b), (e), (g): reading, planning and reports, at one size. Answers the median of the empty plan, too. */
export async function planSuite(
  bench: Bench,
  jobs: number,
  runs: number,
): Promise<{ readonly figures: readonly Figure[]; readonly planMs: number }> {
  const place = await openPlace(bench, { jobs, hour: HOUR });
  try {
    const pairs: { readonly plan: Measured; readonly floor: Measured }[] = [];
    for (let i = 0; i < runs; i++) {
      const floor = await script(place, "floor.mjs", place.folder, place.server.url);
      pairs.push({ floor, plan: await expectRun(jobwright(place, "plan"), /^No changes\./m) });
    }
    const planMs = median(pairs.map(({ plan }) => plan.ms));
    const floorMs = median(pairs.map(({ floor }) => floor.ms));
    const peak = Math.max(...pairs.map(({ plan }) => plan.peakMiB));
    const most = TARGETS.peak[jobs];
    const figures: Figure[] = [
      {
        id: `plan-over-floor-${jobs}`,
        what: "plan with nothing to do, over a bare script that parses the same files and fetches the same pages",
        size: jobs,
        value: median(pairs.map(({ plan, floor }) => plan.ms / floor.ms)),
        unit: "×",
        ...(jobs >= 10_000 ? { most: TARGETS.planOverFloor } : {}),
        note: `${seconds(planMs)} / ${seconds(floorMs)}`,
      },
      {
        id: `peak-${jobs}`,
        what: "peak memory of that plan",
        size: jobs,
        value: peak,
        unit: "MiB",
        ...(most === undefined ? {} : { most }),
        note: "resident, the largest of the runs",
      },
    ];
    figures.push(...(await againstScript(place, runs)), ...(await reports(place, runs)));
    const terraform = await againstTerraform(bench, jobs, runs, planMs);
    return { figures: [...figures, ...terraform], planMs };
  } finally {
    await place.server.stop();
  }
}

/** Jobs that the script asks for in one run; more would only take longer, each takes as long as the next. */
const SCRIPT_JOBS = 500;
const LATENCY_MS = 20;

async function againstScript(place: Place, runs: number): Promise<readonly Figure[]> {
  const { jobs } = place.shape;
  await place.server.delay(LATENCY_MS);
  const count = Math.min(jobs, SCRIPT_JOBS);
  const ratios: number[] = [];
  const times = { plan: [] as number[], script: [] as number[] };
  for (let i = 0; i < Math.min(runs, 3); i++) {
    const one = await script(place, "one-by-one.mjs", place.server.url, String(count));
    const plan = await expectRun(jobwright(place, "plan"), /^No changes\./m);
    const scriptMs = (one.ms / count) * jobs;
    times.plan.push(plan.ms);
    times.script.push(scriptMs);
    ratios.push(scriptMs / plan.ms);
  }
  await place.server.delay(0);
  const scaled = count < jobs ? `, measured on ${count} jobs` : "";
  return [
    {
      id: `script-over-plan-${jobs}`,
      what: `a script that GETs job by job, over that plan, both with answers that take ${LATENCY_MS} ms`,
      size: jobs,
      value: median(ratios),
      unit: "×",
      ...(jobs >= 10_000 ? { least: TARGETS.scriptOverPlan } : {}),
      note: `${seconds(median(times.script))}${scaled} / ${seconds(median(times.plan))}`,
    },
  ];
}

async function againstTerraform(bench: Bench, jobs: number, runs: number, planMs: number): Promise<readonly Figure[]> {
  const estate = await terraformEstate(bench, jobs);
  if (estate === undefined) return [];
  const times: number[] = [];
  // With tens of thousands of resources one takes minutes.
  const planned = jobs > 10_000 ? 1 : Math.min(runs, 3);
  for (let i = 0; i < planned; i++) times.push((await estate.plan()).ms);
  const ms = median(times);
  return [
    {
      id: `terraform-over-plan-${jobs}`,
      what: "terraform plan of as many terraform_data resources, over that plan",
      size: jobs,
      value: ms / planMs,
      unit: "×",
      ...(jobs >= 10_000 ? { least: TARGETS.terraformOverPlan } : {}),
      note: `${seconds(ms)} / ${seconds(planMs)}; ${estate.version}`,
    },
  ];
}

/** A plan that changes every job: what its reports cost and how large they are. */
async function reports(place: Place, runs: number): Promise<readonly Figure[]> {
  const { jobs } = place.shape;
  writeEstate(place.folder, { ...place.shape, hour: HOUR + 1 });
  const file = (name: string): string => join(place.bench.scratch, name);
  const words = new RegExp(`^Plan: ${jobs} to update`, "m");
  const extra: number[] = [];
  for (let i = 0; i < Math.min(runs, 3); i++) {
    const plain = await expectRun(jobwright(place, "plan"), words);
    const html = await expectRun(jobwright(place, "plan", "--html", file("plan.html")), words);
    extra.push(html.ms - plain.ms);
  }
  await expectRun(jobwright(place, "plan", "--out", file("plan.json")), words);
  writeEstate(place.folder, place.shape);
  const { plan, meta } = readPlanDocument(readFileSync(file("plan.json"), "utf8"));
  const started = performance.now();
  const comment = renderMarkdown(plan, { kind: "plan", meta, limit: 65_000 });
  const commentMs = performance.now() - started;
  return [
    {
      id: `html-${jobs}`,
      what: "the HTML report of a plan that changes every job: time on top of the plan",
      size: jobs,
      value: median(extra) / 1000,
      unit: "s",
      note: `${(statSync(file("plan.html")).size / 1024 ** 2).toFixed(1)} MiB`,
    },
    {
      id: `comment-${jobs}`,
      what: "the pull request's comment on it",
      size: jobs,
      value: commentMs / 1000,
      unit: "s",
      note: `${comment.length.toLocaleString("en-US")} characters`,
    },
  ];
}

/** How long answers take over the internet, from another region. */
const FAR_MS = 50;

/** (c): an apply that changes every job, over the bare requests, with answers at once and with slower ones. */
export async function applySuite(bench: Bench, jobs: number, runs: number): Promise<readonly Figure[]> {
  const place = await openPlace(bench, { jobs, hour: HOUR });
  const bare = await startServer(bench, { estate: place.shape });
  const figures: Figure[] = [];
  let hour = HOUR;
  try {
    for (const latencyMs of [0, LATENCY_MS, FAR_MS]) {
      for (const server of [place.server, bare]) await server.delay(latencyMs);
      const ratios: number[] = [];
      const times = { apply: [] as number[], bare: [] as number[] };
      let peak = 0;
      for (let i = 0; i < runs; i++) {
        hour = (hour + 1) % 24;
        writeEstate(place.folder, { ...place.shape, hour });
        const words = new RegExp(`^Applied: ${jobs} updated\\.`, "m");
        const apply = await expectRun(jobwright(place, "apply", "-y"), words);
        const least = await script({ ...place, server: bare }, "bare-writes.mjs", bare.url, String(hour));
        times.apply.push(apply.ms);
        times.bare.push(least.ms);
        ratios.push(least.ms / apply.ms);
        peak = Math.max(peak, apply.peakMiB);
      }
      const slow = latencyMs === 0 ? "answers at once" : `answers that take ${latencyMs} ms`;
      figures.push({
        id: `bare-over-apply-${jobs}${latencyMs === 0 ? "" : `-${latencyMs}ms`}`,
        what: `the bare requests of an apply that changes every job, over that apply; ${slow}`,
        size: jobs,
        value: median(ratios),
        unit: "×",
        // The faster the answers are, the more this tells of the processor: it plans before and looks again after.
        ...(latencyMs === FAR_MS ? { least: TARGETS.bareOverApply } : {}),
        note: `${seconds(median(times.bare))} / ${seconds(median(times.apply))}; ${Math.round(peak)} MiB`,
      });
    }
  } finally {
    await place.server.stop();
    await bare.stop();
  }
  return figures;
}

const LIMIT_PER_SECOND = 83;

/** (c): the same under the rate limit that Nimble documents. */
export async function limitSuite(bench: Bench, jobs: number): Promise<readonly Figure[]> {
  const place = await openPlace(bench, { jobs, nimbleOnly: true, hour: HOUR }, LIMIT_PER_SECOND);
  try {
    writeEstate(place.folder, { ...place.shape, hour: HOUR + 1 });
    const before = await place.server.delay(0);
    const run = await jobwright(place, "apply", "-y");
    const requests = (await place.server.delay(0)) - before;
    const updated = Number(/Applied: (\d+) updated/.exec(run.stdout)?.[1] ?? 0);
    // What the work needs: a read and a write for each job, and both lists.
    const needed = 2 * jobs + 2 * Math.ceil((jobs + 1) / 200);
    const ideal = (needed / LIMIT_PER_SECOND) * 1000;
    return [
      {
        id: `apply-over-ideal-${jobs}`,
        what: `an apply that changes every job where the platform takes ${LIMIT_PER_SECOND} requests a second, over the time that these take`,
        size: jobs,
        value: run.ms / ideal,
        unit: "×",
        most: TARGETS.overIdealUnderLimit,
        note: `${seconds(run.ms)} / ${seconds(ideal)}; ${requests} requests, ${needed} needed`,
      },
      {
        id: `failed-under-limit-${jobs}`,
        what: "actions that failed there",
        size: jobs,
        value: jobs - updated,
        unit: "failed",
        most: 0,
        note: `exit code ${run.code}`,
      },
    ];
  } finally {
    await place.server.stop();
  }
}

/** (d): what it takes to start. */
export async function startSuite(bench: Bench, runs: number): Promise<readonly Figure[]> {
  const folder = join(bench.scratch, "one");
  writeEstate(folder, { jobs: 1, hour: HOUR });
  const cli = join(bench.root, "build/cli.js");
  const times = { node: [] as number[], version: [] as number[], validate: [] as number[] };
  for (let i = 0; i < runs * 4; i++) {
    const run = async (...args: readonly string[]): Promise<number> =>
      (await measure(bench, [NODE, ...args], { cwd: folder })).ms;
    times.node.push(await run("-e", "0"));
    times.version.push(await run(cli, "--version"));
    times.validate.push(await run(cli, "validate"));
  }
  const [node, version, validate] = [median(times.node), median(times.version), median(times.validate)];
  const ratios = (of: readonly number[]): number => median(of.map((ms, i) => ms / (times.node[i] ?? 1)));
  return [
    {
      id: "version-over-node",
      what: "`jobwright --version`, over `node -e 0`",
      size: 0,
      value: ratios(times.version),
      unit: "×",
      most: TARGETS.versionOverNode,
      note: `${seconds(version)} / ${seconds(node)}`,
    },
    {
      id: "validate-over-node",
      what: "`jobwright validate` of one file, over `node -e 0`",
      size: 1,
      value: ratios(times.validate),
      unit: "×",
      note: `${seconds(validate)} / ${seconds(node)}`,
    },
  ];
}
