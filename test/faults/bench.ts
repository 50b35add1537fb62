import type { Transport } from "../../src/http/transport.ts";
import type { DesiredJob } from "../../src/model/job.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { ActionResult } from "../../src/model/outcome.ts";
import type { PlanFlags } from "../../src/plan/input.ts";
import type { Fault, FaultRule } from "../../src/sandbox/faults.ts";
import type { SandboxOptions } from "../../src/sandbox/server.ts";
import { type Engine, type EngineOptions, quickClock, startEngine } from "../support/engine.ts";
import { blaxelJob, nimbleJob } from "../support/jobs.ts";

/** The writes that a fault can meet. */
export const COLUMNS = [
  "create Nimble",
  "create Blaxel",
  "update Nimble",
  "update Blaxel",
  "delete Nimble",
  "delete Blaxel",
] as const;

/** One of {@link COLUMNS}. */
export type Column = (typeof COLUMNS)[number];

/** What came of one write. */
export interface Outcome {
  readonly result: ActionResult;
  /** How many writes reached the platform. */
  readonly sent: number;
  /** Live jobs of the name, those that are being deleted not counted. */
  readonly live: number;
  /** The platform has it as it was asked for. */
  readonly asAsked: boolean;
  /** Milliseconds of the clock that passed. */
  readonly waited: number;
  /** Everything that was said: the result's words, and what was logged. */
  readonly said: string;
}

/** A platform, a planned write, and a clock whose sleeps and deadlines pass at once. */
export interface Bench {
  readonly engine: Engine;
  readonly column: Column;
  /** Ends every deadline that runs, as if its time had come. */
  expire(): void;
  /** Carries the planned write out among these faults. */
  run(...rules: readonly FaultRule[]): Promise<Outcome>;
  /** Plans and applies once more; answers what was done, and how many live jobs of the name there are then. */
  again(): Promise<{ readonly action: string | undefined; readonly live: number }>;
  /** A rule about the write itself. */
  onWrite(fault: Fault, more?: Partial<FaultRule>): FaultRule;
}

const NIMBLE = (cron: string): DesiredJob =>
  nimbleJob("job-a", { agent_name: "shop", schedule: { cron, enabled: true } });
const BLAXEL = (memory: number): DesiredJob => blaxelJob("job-a", { runtime: { memory } });

const BEFORE = { Nimble: NIMBLE("0 6 * * *"), Blaxel: BLAXEL(2048) };
const WANTED = { Nimble: NIMBLE("0 7 * * *"), Blaxel: BLAXEL(4096) };

/** What a bench is made with. */
export type BenchOptions = Partial<SandboxOptions> & Omit<EngineOptions, "clock">;

/** Makes a bench for one write, and plans it. Close its engine after the test. */
export async function startBench(column: Column, options: BenchOptions = {}): Promise<Bench> {
  const [verb = "", platform = ""] = column.split(" ");
  const name = platform === "Nimble" ? "Nimble" : "Blaxel";
  const clock = { ...quickClock(), ...deadlines() };
  const engine = await startEngine({ ...options, clock });
  if (verb !== "create") await engine.apply([BEFORE[name]]);
  const desired = verb === "delete" ? [] : [WANTED[name]];
  const flags: Partial<PlanFlags> = { prune: true };
  const plan = await engine.plan(desired, flags);
  const [action] = plan.actions;
  if (action === undefined || plan.actions.length > 1) throw new Error("one action is expected");
  engine.sandbox.log.clear();
  const method = { create: "POST", update: name === "Nimble" ? "PATCH" : "PUT", delete: "DELETE" }[verb] ?? "";
  return {
    engine,
    column,
    expire: clock.expire,
    again: async () => {
      const next = await engine.apply(desired, flags);
      return { action: next.plan.actions[0]?.action, live: liveJobs(engine, name).length };
    },
    onWrite: (fault, more = {}) => ({ method, fault, ...more }),
    run: async (...rules) => {
      const since = clock.monotonic();
      engine.sandbox.faults.set(rules);
      const report = await engine.carryOut(plan, desired, flags);
      engine.sandbox.faults.clear();
      const result = report.results.get(action.address);
      if (result === undefined) throw new Error("no result");
      const live = liveJobs(engine, name);
      return {
        result,
        sent: engine.sandbox.log.writes().length,
        live: live.length,
        asAsked: verb === "delete" ? live.length === 0 : live.length === 1 && live.every((job) => isAsked(name, job)),
        waited: clock.monotonic() - since,
        said: [result.error?.code, result.error?.message, result.error?.hint, ...engine.lines].join("\n"),
      };
    },
  };
}

function liveJobs({ sandbox }: Engine, name: "Nimble" | "Blaxel"): readonly JsonObject[] {
  if (name === "Nimble") return sandbox.data.nimble.named("job-a");
  const job = sandbox.data.blaxel.get("job-a");
  return job === undefined || job["status"] === "DELETING" ? [] : [job];
}

function isAsked(name: "Nimble" | "Blaxel", job: JsonObject): boolean {
  const wanted = name === "Nimble" ? '"cron":"0 7 * * *"' : '"memory":4096';
  return JSON.stringify(job).includes(wanted);
}

function deadlines() {
  let running: AbortController[] = [];
  return {
    timeout: () => {
      const controller = new AbortController();
      running.push(controller);
      return controller.signal;
    },
    expire: () => {
      const all = running;
      running = [];
      for (const controller of all) controller.abort();
    },
  };
}

/** Requests of this method go somewhere else. */
export function diverted(method: string, to: string): (transport: Transport) => Transport {
  return (transport) => ({
    ...transport,
    exchange: (request, signal) => {
      const url = new URL(request.url.pathname + request.url.search, to);
      return transport.exchange(request.method === method ? { ...request, url } : request, signal);
    },
  });
}
