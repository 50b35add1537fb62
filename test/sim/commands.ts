import type { ApplyEvent } from "../../src/apply/context.ts";
import { type ApplyOptions, applySavedWith, carryOut, settleBefore } from "../../src/commands/apply.ts";
import { planEstate, readEstate } from "../../src/commands/estate.ts";
import { adopt } from "../../src/commands/import.ts";
import { manifestsFor } from "../../src/commands/import-manifests.ts";
import { driftExitCode, metaOf } from "../../src/commands/plan.ts";
import { flagsOf, type PlanOptions } from "../../src/commands/plan-options.ts";
import type { OpenProject } from "../../src/commands/project.ts";
import {
  checkBelongs,
  checkRemoved,
  checkSecrets,
  savedOptions,
  savedPlan,
  withChecksum,
} from "../../src/commands/saved-plan.ts";
import type { Shell } from "../../src/commands/shell.ts";
import { inSession } from "../../src/commands/state-store.ts";
import { JobwrightError, RefusedError } from "../../src/errors.ts";
import { candidatesOf } from "../../src/import/candidates.ts";
import type { Plan } from "../../src/model/plan.ts";
import { guard } from "../../src/plan/guard.ts";
import { matchJobs } from "../../src/plan/match.ts";
import { documentText, toPlanDocument } from "../../src/render/plan-document.ts";
import type { StateSession, StateStore } from "../../src/state/store.ts";
import type { RunPlan } from "./engine.ts";
import { importedJob } from "./jobs-imported.ts";
import { chance } from "./random.ts";
import type { Run, World } from "./world.ts";

/** What a command of the simulation works with: the parts that the real ones open for themselves. */
export interface Work {
  readonly world: World;
  readonly how: RunPlan;
  readonly run: Run;
  readonly shell: Shell;
  readonly open: OpenProject;
  readonly store: StateStore;
  /** A person looks at the plan, and time passes. */
  readonly ponder: () => Promise<void>;
  /** Told of the session when the lock is taken. */
  readonly opened: (session: StateSession) => StateSession;
}

const EVERYTHING = { includes: () => true, narrowed: false };

function optionsOf({ how }: Work): PlanOptions {
  return how.flags;
}

async function session(work: Work, command: string): Promise<StateSession> {
  const opened = await work.store.open({
    holder: `pid ${work.run.process.pid}`,
    command,
    lockTimeoutMs: work.how.lockTimeoutMs,
    message: "",
    environment: "",
  });
  return work.opened(opened);
}

function planned({ run, world }: Work, plan: Plan): void {
  run.plan = plan;
  run.plannedAt = world.kernel.now;
  run.plannedUpTo = world.model.commits.length;
}

/** `plan`, `drift` and `plan --out`: read only. */
export async function look(work: Work): Promise<number> {
  const { how, run, shell, open, world } = work;
  const state = await work.store.read();
  run.before = state;
  const options = optionsOf(work);
  const estate = await readEstate({ shell, open, scope: EVERYTHING, flags: flagsOf(options), state });
  try {
    const { plan } = await planEstate(estate);
    planned(work, plan);
    if (how.command === "drift") return driftExitCode(plan);
    if (how.command === "save") {
      const document = toPlanDocument(plan, metaOf(shell, open, options, state));
      world.savedPlans.push({
        text: documentText(withChecksum(document)),
        madeAt: world.kernel.now,
        desired: run.desired,
        prune: run.prune,
        vouched: how.flags.acceptMissing === true,
        actions: new Map(plan.actions.map(({ address, action }) => [address, action])),
        tampered: false,
      });
    }
    return plan.refusals.length > 0 ? 3 : plan.actions.length > 0 ? 2 : 0;
  } finally {
    await estate.close();
  }
}

/** Works in a session, and ends it as commands do. */
async function within(work: Work, command: string, doIt: (opened: StateSession) => Promise<number>): Promise<number> {
  const opened = await session(work, command);
  const { exitCode } = await inSession(work.shell, opened, async () => ({ exitCode: await doIt(opened), stdout: "" }));
  return exitCode;
}

/** `apply --auto-approve`, as the command does it, but for the naming of commits that removed a manifest. */
export async function applyNow(work: Work): Promise<number> {
  const { run, shell, open } = work;
  const options = optionsOf(work);
  const base = { shell, open, scope: EVERYTHING, flags: flagsOf(options) };
  return within(work, "apply", async (opened) => {
    await settleBefore(shell, open, opened, { ...base, state: opened.state });
    run.before = opened.state;
    const estate = await readEstate({ ...base, state: opened.state });
    try {
      const { plan, input } = await planEstate(estate);
      planned(work, plan);
      if (plan.refusals.length > 0) throw new RefusedError(plan.refusals);
      await work.ponder();
      const meta = metaOf(shell, open, options, opened.state);
      const { exitCode } = await carryOut(shell, applyOptions(work), open, opened, estate, plan, input, meta);
      return exitCode;
    } finally {
      await estate.close();
    }
  });
}

/** `apply PLAN.json --auto-approve`. */
export async function applySaved(work: Work): Promise<number> {
  const { run, shell, open, store } = work;
  if (run.saved === undefined) throw new JobwrightError("JW5101", "invalid", "no plan was saved");
  const saved = savedPlan(run.saved.text, "plan.json");
  checkRemoved(saved, open.project.desired);
  checkSecrets(saved, open.project.secrets);
  checkBelongs(saved, await store.read(), "");
  return within(work, "apply (saved plan)", async (opened) => {
    run.before = opened.state;
    const options = { ...savedOptions(saved), ...applyOptions(work) };
    const { exitCode } = await applySavedWith(shell, options, open, opened, saved);
    return exitCode;
  });
}

function applyOptions(work: Work): ApplyOptions {
  return {
    json: false,
    autoApprove: true,
    onEvent: (event) => noted(work, event),
    onPlan: async (plan) => {
      planned(work, plan);
      if (plan.refusals.length === 0) await work.ponder();
    },
  };
}

function noted({ world, run, shell }: Work, event: ApplyEvent): void {
  if (!run.process.alive) return;
  const { action } = event;
  shell.runtime.log(`${action.address}: ${event.kind}`);
  if (event.kind !== "finished") return;
  const { result } = event;
  const commits = world.model.commits.length;
  run.finished.push({ at: world.kernel.now, action, result, kept: world.place.keep(), commits });
}

/** `import`: writes manifests for live jobs that nobody declares, and adopts them. */
export async function importForeign(work: Work): Promise<number> {
  const { world, run, shell, open, how } = work;
  const base = { shell, open, scope: { includes: () => true, narrowed: true }, flags: flagsOf({}) };
  return within(work, "import", async (opened) => {
    await settleBefore(shell, open, opened, { ...base, state: opened.state });
    run.before = opened.state;
    const targets = new Map([
      ["nimble", "nimbleway.com/v1"],
      ["blaxel", "blaxel.ai/v1alpha1"],
    ] as const);
    const versions = new Map([...targets].map(([name, version]) => [name, [version]]));
    const estate = await readEstate({ ...base, state: opened.state, targets: versions });
    try {
      const { input } = estate;
      const refusals = guard(input, []);
      if (refusals.length > 0) throw new RefusedError(refusals);
      run.plannedAt = world.kernel.now;
      const c = chance(how.seed ^ 0x1a9);
      const found = candidatesOf(matchJobs(input), input.desired, () => c.is(0.7));
      const { jobs } = manifestsFor(shell, {}, open, { found, targets, depth: 1, schemas: "installed", input });
      // The manifests are written first: a job without one would count as removed.
      const declared = new Map(world.desired);
      for (const job of jobs) declared.set(job.address, importedJob(world, job));
      world.declare(declared);
      await adopt(opened, estate, jobs, new Map(jobs.map(({ address }) => [address, `jobs/${address}.yaml`])));
      return 0;
    } finally {
      await estate.close();
    }
  });
}

/** `hold` for an hour, and `release`. */
export async function hold(work: Work): Promise<number> {
  const { how, shell } = work;
  return within(work, how.command, async (opened) => {
    const [address, job] = chance(how.seed).any(Object.entries(opened.state.jobs)) ?? [];
    if (address === undefined || job === undefined) return 1;
    const { hold: _, ...rest } = job;
    const until = new Date(shell.runtime.clock.wall().getTime() + 3_600_000).toISOString();
    const held = how.command === "hold" ? { ...rest, hold: { until, reason: "a vendor's outage" } } : rest;
    await opened.change([{ kind: "put", address, job: held }]);
    return 0;
  });
}
