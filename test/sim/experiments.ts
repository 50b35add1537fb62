import type { Transport, WireAnswer } from "../../src/http/transport.ts";
import { type RunPlan, startRun } from "./engine.ts";
import type { Weather } from "./faults.ts";
import { addressOfJob, bodyOf, newJob, type SimJob, stirred } from "./jobs.ts";
import { jobAt } from "./ledger.ts";
import type { Read } from "./model.ts";
import { nameOf } from "./model-jobs.ts";
import { chance } from "./random.ts";
import { plainRun } from "./runs.ts";
import { meddle } from "./steps.ts";
import { type Planted, type Run, World, type WorldOptions } from "./world.ts";

const OPTIONS: WorldOptions = {
  store: "file",
  freshClones: false,
  pageSize: 20,
  deletingMs: 0,
  createSettleMs: 30_000,
  compactAfterBytes: 16_000_000,
  leaseMs: 30_000,
  http: {},
  secrets: "shown",
  mask: "whole",
  tokenMs: 7_200_000,
};

/** A world in which so many jobs are declared, and nothing is live. */
function worldOf(
  seed: number,
  jobs: number,
  provider: SimJob["provider"] | "both",
  { planted, ...options }: Partial<WorldOptions> & { readonly planted?: Planted } = {},
): World {
  const world = new World({ ...OPTIONS, ...options }, planted);
  const c = chance(seed);
  const declared = Array.from({ length: jobs }, (_, i) => {
    const which = provider === "both" ? (i % 2 === 0 ? "nimble" : "blaxel") : provider;
    return { ...newJob(c, which, `job-${String(i).padStart(4, "0")}`), protect: false };
  });
  world.backUp();
  world.declare(new Map(declared.map((job) => [addressOfJob(job), job])));
  return world;
}

async function ran(world: World, plan: RunPlan): Promise<Run> {
  const run = await startRun(world, plan, meddle);
  await world.kernel.drive(() => run.endedAt !== undefined);
  return run;
}

async function stirAll(world: World, seed: number): Promise<void> {
  const c = chance(seed);
  world.declare(new Map([...world.desired].map(([address, job]) => [address, stirred(c, job)])));
  await world.kernel.advance(60_000);
}

/** What is done while requests fail. */
export const WORKLOADS = ["reading", "creating", "updating"] as const;

/** How many requests a run sends, of which a share fails with a 5xx. `done`: how many jobs came to be as declared. */
export async function requestsUnder(
  workload: (typeof WORKLOADS)[number],
  jobs: number,
  rate: number,
  seed: number,
): Promise<{ readonly sent: number; readonly done: number }> {
  const world = worldOf(seed, jobs, "both");
  if (workload !== "creating") await ran(world, plainRun(seed));
  if (workload === "updating") await stirAll(world, seed);
  await world.kernel.advance(60_000);
  const before = world.log.length;
  const weather: Weather = { rate, only: ["5xx before"], latestMs: 0 };
  const isReading = workload === "reading";
  let done = 0;
  // A list is few requests: it is read often.
  for (let round = 1; round <= (isReading ? 20 : 1); round += 1) {
    const run = await ran(world, { ...plainRun(seed + round), command: isReading ? "plan" : "apply", weather });
    done += run.finished.filter(({ result }) => result.status === "applied").length;
  }
  return { sent: world.log.length - before, done };
}

/** How a limiter counts: in windows of a second, or as a bucket that fills steadily. */
export type Limiter = "window" | "bucket";

/** What came of sending against a limit. */
export interface SendRate {
  /** Of all requests, those that were refused with 429. */
  readonly refusedShare: number;
  /** Requests that were taken, by second of the run. */
  readonly perSecond: number;
  readonly requests: number;
  readonly exit: number | undefined;
}

/** Updates so many jobs on a platform that takes `limit` requests a second. */
export async function sendRate(jobs: number, limit: number, kind: Limiter, retryAfter?: string): Promise<SendRate> {
  let limited = false;
  const counts = { taken: 0, refused: 0 };
  const planted: Planted = {
    name: "a limiter",
    transport: (transport, world) =>
      limited ? behind(transport, world, limiterOf(limit, kind), counts, retryAfter) : transport,
  };
  const world = worldOf(1, jobs, "blaxel", { planted });
  await ran(world, plainRun(1));
  await stirAll(world, 2);
  limited = true;
  const from = world.log.length;
  const run = await ran(world, plainRun(3));
  const sent = world.log.slice(from);
  const seconds = ((sent.at(-1)?.at ?? 0) - (sent[0]?.at ?? 0)) / 1_000;
  const requests = counts.taken + counts.refused;
  return { refusedShare: counts.refused / requests, perSecond: counts.taken / seconds, requests, exit: run.exit };
}

function limiterOf(perSecond: number, kind: Limiter): (now: number) => boolean {
  let tokens = perSecond;
  let last = 0;
  return (now) => {
    const passed = kind === "window" ? Math.floor(now / 1_000) - Math.floor(last / 1_000) : (now - last) / 1_000;
    if (kind === "bucket") tokens = Math.min(perSecond, tokens + passed * perSecond);
    else if (passed > 0) tokens = perSecond;
    last = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

function behind(
  transport: Transport,
  { kernel }: World,
  takes: (now: number) => boolean,
  counts: { taken: number; refused: number },
  retryAfter: string | undefined,
): Transport {
  const headers = {
    "content-type": "application/json",
    ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
  };
  const body = new TextEncoder().encode('{"error":"too many","message":"slow down"}');
  return {
    close: () => transport.close(),
    exchange: async (request, signal): Promise<WireAnswer> => {
      const isTaken = takes(kernel.now);
      counts[isTaken ? "taken" : "refused"] += 1;
      if (isTaken) return transport.exchange(request, signal);
      await kernel.pause(40);
      return { status: 429, headers, body };
    },
  };
}

/** Lists that were read while jobs came and went between their pages, and what became of what they missed. */
export interface Races {
  readonly lists: number;
  /** Lists that lacked a job which was there from their first page to their last. */
  readonly hidden: number;
  /** Of those: read anew, since they did not add up. */
  readonly noticed: number;
  /** Of those: taken for whole, and the job was found by reading or searching it. */
  readonly rescued: number;
  readonly falseCreates: number;
}

/** Applies so many times, while somebody deletes jobs that are not ours, or swaps them for others. */
export async function listRaces(rounds: number, seed: number): Promise<Races> {
  // Page after page, so that there is a gap between each and the next.
  const world = worldOf(seed, 24, "nimble", { pageSize: 5, http: { concurrency: 1 } });
  const c = chance(seed);
  const count = { lists: 0, hidden: 0, noticed: 0, rescued: 0, falseCreates: 0 };
  // Ours stand among others: each that goes moves those behind it to the page before.
  for (const [i, job] of [...world.desired.values()].entries()) {
    addForeign(world, 2 * i);
    world.model.put("nimble:a", "hand", bodyOf(job));
    addForeign(world, 2 * i + 1);
  }
  for (let round = 0; round < rounds; round += 1) {
    while (world.model.jobs("nimble:a").size < 72) addForeign(world, c.int(100, 9_999));
    await world.kernel.advance(5_000);
    // Every other run knows nothing of the jobs, and adopts them; the others own them.
    if (round % 2 === 0) world.place.putBack(world.backups[0] ?? world.place.keep());
    const aim = { op: "page", fault: c.pick(["deleting", "swapping"]), rate: 0.2 } as const;
    const run = await ran(world, { ...plainRun(c.int(1, 2 ** 30)), weather: { rate: 0, latestMs: 0, aim } });
    raced(world, run, count);
  }
  return count;
}

function addForeign(world: World, number: number): void {
  world.model.put("nimble:a", "hand", { name: `foreign-${number}`, agent_name: "shop" });
}

/** Looks at every list that a run read: each begins with its first page. */
function raced(world: World, run: Run, count: { -readonly [K in keyof Races]: number }): void {
  const pages = world.model.reads.filter(({ by, kind }) => by === run.process.pid && kind === "list");
  const starts = pages.flatMap((page, i) => (page.isFirst ? [i] : []));
  starts.forEach((start, i) => {
    const next = starts[i + 1];
    const list = pages.slice(start, next).filter((page, at) => at === 0 || page.isFurther);
    count.lists += 1;
    if (missedBy(world, list).length === 0) return;
    count.hidden += 1;
    // The last list is the one that the plan rests on.
    if (next !== undefined) count.noticed += 1;
    else count.rescued += 1;
  });
  const made = world.model.commits
    .slice(run.firstCommit)
    .filter(({ by, op }) => by === run.process.pid && op === "create");
  count.falseCreates += made.length;
}

/** Declared jobs that were live all the time, and that no page showed. */
function missedBy(world: World, list: readonly Read[]): readonly string[] {
  const [from, to] = [Math.min(...list.map(({ upTo }) => upTo)), Math.max(...list.map(({ upTo }) => upTo))];
  return [...world.model.jobs("nimble:a")].flatMap(([id, job]) => {
    const wasThere = [from, to].every((upTo) => jobAt(world, { account: "nimble:a", id }, upTo) !== undefined);
    const isMissed = world.desired.has(`nimble/${nameOf(job)}`) && !list.some((page) => page.shows.has(id));
    return wasThere && isMissed ? [id] : [];
  });
}
