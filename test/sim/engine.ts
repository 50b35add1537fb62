import type { ApplyEvent } from "../../src/apply/context.ts";
import { carryOut, settleBefore } from "../../src/commands/apply.ts";
import { planEstate, readEstate } from "../../src/commands/estate.ts";
import type { OpenProject } from "../../src/commands/project.ts";
import type { Shell } from "../../src/commands/shell.ts";
import { JobwrightError, RefusedError } from "../../src/errors.ts";
import { type Config, HTTP_DEFAULTS, SAFETY_DEFAULTS } from "../../src/model/config.ts";
import type { State } from "../../src/model/state.ts";
import { NO_FLAGS, type PlanFlags } from "../../src/plan/input.ts";
import { PLAIN_STYLE } from "../../src/render/style.ts";
import { createSecretTable } from "../../src/secrets.ts";
import type { Disk } from "../../src/state/disk.ts";
import { createFileStore } from "../../src/state/file-store.ts";
import type { StateStore } from "../../src/state/store.ts";
import { diskError } from "../state/support/memory-disk.ts";
import { wrapDisk } from "../state/support/wrapped-disk.ts";
import type { Weather } from "./faults.ts";
import { desiredOf, secretOf } from "./jobs.ts";
import { ORIGINS } from "./model.ts";
import { type Fortune, hostOf, Process } from "./process.ts";
import { chance } from "./random.ts";
import { createWire } from "./wire.ts";
import type { Meddler, Run, World } from "./world.ts";

/** One run of the program and everything that happens to it. */
export interface RunPlan {
  readonly command: "apply" | "plan";
  readonly seed: number;
  readonly weather: Weather;
  readonly fortune: Fortune;
  readonly flags: Partial<Pick<PlanFlags, "prune" | "allowReplace" | "acceptMissing" | "resume">> &
    Partial<Record<"maxDeletes" | "maxUpdates", number>>;
  /** `b`: the key of another account is set. */
  readonly key: "a" | "b";
  /** From its n-th write on, the disk takes nothing for so many calls. */
  readonly diskFull?: { readonly at: number; readonly calls: number };
  /** How often somebody edits a live job while a person looks at the plan. */
  readonly pondering: number;
  readonly lockTimeoutMs: number;
  /** More than one process: their file calls take time, so that they get in between each other. */
  readonly crowded: boolean;
}

/** Starts a process; it is over when its `endedAt` is set, or when it is dead. */
export async function startRun(world: World, planned: RunPlan, meddle: Meddler): Promise<Run> {
  const read = await readState(world);
  const before = read instanceof JobwrightError ? undefined : read;
  const how =
    planned.key === "b" && !canTellAccounts(world, before, planned) ? { ...planned, key: "a" as const } : planned;
  const pid = world.processes.size + 1;
  const process = new Process(world.kernel, pid, how.fortune);
  world.processes.set(pid, process);
  const run: Run = {
    process,
    command: how.command,
    startedAt: world.kernel.now,
    desired: new Map(world.desired),
    key: how.key,
    prune: how.flags.prune === true,
    diskFull: how.diskFull !== undefined,
    firstCommit: world.model.commits.length,
    firstSent: world.log.length,
    finished: [],
    before,
  };
  world.runs.push(run);
  const ended = (exit: number, error?: unknown): void => {
    run.endedAt = world.kernel.now;
    run.exit = exit;
    if (error !== undefined) run.error = error;
  };
  work(world, how, run, meddle).then(ended, (error: unknown) => {
    const exit = exitOf(error);
    ended(process.stoppedAt !== undefined && exit !== 3 ? 130 : exit, error);
  });
  return run;
}

/** Another account is only noticed by jobs that are missing there: two owned ones of each target at least. */
function canTellAccounts(world: World, before: State | undefined, { flags }: RunPlan): boolean {
  const owned = (target: string): number =>
    Object.keys(before?.jobs ?? {}).filter((address) => address.startsWith(`${target}/`)).length;
  const targets = new Set([...world.desired.values()].map((job) => job.provider));
  return flags.acceptMissing !== true && [...targets].every((target) => owned(target) >= 2);
}

function exitOf(error: unknown): number {
  return error instanceof RefusedError ? 3 : 1;
}

async function work(world: World, how: RunPlan, run: Run, meddle: Meddler): Promise<number> {
  const { process } = run;
  const c = chance(how.seed);
  const shell = shellOf(world, how, run, meddle);
  const open = projectOf(world, run, shell);
  const scope = { includes: () => true, narrowed: false };
  const flags: PlanFlags = { ...NO_FLAGS, ...how.flags };
  const store = storeOf(world, shell);
  const base = { shell, open, scope, flags };
  if (how.command === "plan") {
    const estate = await readEstate({ ...base, state: await store.read() });
    run.plan = (await planEstate(estate)).plan;
    await estate.close();
    return run.plan.refusals.length > 0 ? 3 : run.plan.actions.length > 0 ? 2 : 0;
  }
  const opened = await store.open({
    holder: `pid ${process.pid}`,
    command: "apply",
    lockTimeoutMs: how.lockTimeoutMs,
    message: "",
    environment: "",
  });
  run.openedAt = world.kernel.now;
  world.openings += 1;
  run.opening = world.openings;
  const session = world.planted?.session?.(opened, world) ?? opened;
  try {
    await settleBefore(shell, open, session, { ...base, state: session.state });
    run.before = session.state;
    const estate = await readEstate({ ...base, state: session.state });
    try {
      const { plan, input } = await planEstate(estate);
      run.plan = plan;
      run.plannedAt = world.kernel.now;
      if (plan.refusals.length > 0) return 3;
      for (let i = 0; i < how.pondering; i += 1) {
        await shell.runtime.clock.sleep(5_000, process.stop.signal);
        meddle(world, "edit", c);
      }
      const meta = { tool: "jobwright/0.0.0", createdAt: "", environment: "" } as never;
      const options = { onEvent: (event: ApplyEvent) => noted(world, run, event, shell) };
      const { exitCode } = await carryOut(shell, { json: false, ...options }, open, session, estate, plan, input, meta);
      return exitCode;
    } finally {
      await estate.close();
    }
  } finally {
    await session.close();
  }
}

function noted(world: World, run: Run, event: ApplyEvent, shell: Shell): void {
  if (!run.process.alive) return;
  const { action } = event;
  shell.runtime.log(`${action.address}: ${event.kind}`);
  if (event.kind !== "finished") return;
  const disk = world.disk.dump();
  run.finished.push({ at: world.kernel.now, action, result: event.result, disk, commits: world.model.commits.length });
}

function shellOf(world: World, how: RunPlan, run: Run, meddle: Meddler): Shell {
  const { process } = run;
  const c = chance(how.seed ^ 0x5eed);
  const random = chance(how.seed ^ 0xace).next;
  const log = (line: string): void => {
    world.lines.push(line);
  };
  return {
    runtime: {
      env: {
        NIMBLE_BASE_URL: ORIGINS.nimble,
        NIMBLE_API_KEY: `key-${how.key}`,
        BL_API_URL: `${ORIGINS.blaxel}/v0`,
        BL_API_KEY: `key-${how.key}`,
        BL_WORKSPACE: "acme",
        JOBWRIGHT_STATE_KEY: "the key of the simulation",
      },
      cwd: "/project",
      clock: process.clock(() => world.skew),
      random: world.planted?.random?.(random) ?? random,
      log: world.planted?.log?.(log) ?? log,
      signal: process.stop.signal,
    },
    version: "0.0.0",
    disk: diskOf(world, how, process),
    host: hostOf(world.processes, process.pid),
    transport: () => {
      const wire = createWire({
        kernel: world.kernel,
        model: world.model,
        process,
        chance: c,
        weather: how.weather,
        log: world.log,
        meddle: (what, chances) => meddle(world, what, chances),
      });
      return world.planted?.transport?.(wire, world, process) ?? wire;
    },
    guard: () => {},
    redactor: { text: (text) => text, json: (value) => value, object: (value) => value },
    style: PLAIN_STYLE,
    ask: undefined,
    trace: undefined,
  };
}

function diskOf(world: World, how: RunPlan, process: Process): Disk {
  const c = chance(how.seed ^ 0xd15c);
  let writes = 0;
  // The world's disk is another one after a loss of power; nobody who used the old one lives then.
  const { disk } = world;
  const wrapped = wrapDisk(disk, (call, make) =>
    process.act(call.name, async () => {
      if (call.name === "write" || call.name === "create") writes += 1;
      const full = how.diskFull;
      if (
        full !== undefined &&
        writes >= full.at &&
        writes < full.at + full.calls &&
        /^(write|create)$/.test(call.name)
      ) {
        throw diskError("ENOSPC");
      }
      const answer = await make();
      if (how.crowded) await world.kernel.pause(c.int(0, 2));
      return answer;
    }),
  );
  return world.planted?.disk?.(wrapped, process) ?? wrapped;
}

function storeOf(world: World, { disk, host, runtime }: Shell): StateStore {
  const { leaseMs, compactAfterBytes } = world.options;
  return createFileStore({
    directory: "/project/.jobwright",
    root: "/project",
    environment: "",
    disk,
    host,
    clock: runtime.clock,
    random: runtime.random,
    log: runtime.log,
    signal: runtime.signal,
    timing: { leaseMs, heartbeatMs: leaseMs / 3, pollMs: 250 },
    compactAfterBytes,
  });
}

function projectOf(world: World, run: Run, shell: Shell): OpenProject {
  const secrets = createSecretTable();
  const jobs = [...run.desired.values()];
  // Only Blaxel's jobs have secrets here; two platforms may have jobs of one name.
  for (const job of jobs.filter(({ provider }) => provider === "blaxel")) {
    const { variable, value } = secretOf(job);
    secrets.add(`env:${variable}`, value);
    world.secrets.add(value);
  }
  const desired = jobs.map(desiredOf).sort((a, b) => (a.address < b.address ? -1 : 1));
  const config: Config = {
    root: "/project",
    environment: "",
    environments: [],
    manifests: [],
    exclude: [],
    targets: TARGETS,
    vars: {},
    patches: [],
    state: { store: "file", ref: "", remote: "" },
    ignore: [],
    safety: SAFETY_DEFAULTS,
    http: HTTP_DEFAULTS,
    createSettleMs: world.options.createSettleMs,
  };
  return {
    project: {
      config,
      desired,
      selected: new Set(desired.map((job) => job.address)),
      narrowed: false,
      isSelectedFile: () => true,
      diagnostics: [],
      secrets,
      files: [],
      locate: () => undefined,
    },
    env: shell.runtime.env,
    stateDirectory: "/project/.jobwright",
    sandbox: undefined,
    targets: TARGETS,
    close: async () => {},
  };
}

const TARGETS = {
  nimble: { name: "nimble", provider: "nimble", explicit: false },
  blaxel: { name: "blaxel", provider: "blaxel", explicit: false },
} as const;

/** The state as the next process would find it, or the error that it would meet. */
export async function readState(world: World): Promise<Awaited<ReturnType<StateStore["read"]>> | JobwrightError> {
  const process = new Process(world.kernel, 0);
  const store = createFileStore({
    directory: "/project/.jobwright",
    environment: "",
    disk: world.disk,
    host: hostOf(world.processes, 0),
    clock: process.clock(() => world.skew),
    random: () => 0,
  });
  try {
    return await store.read();
  } catch (error) {
    if (error instanceof JobwrightError) return error;
    throw error;
  }
}
