import type { ProviderId } from "../../src/model/job.ts";
import type { Survival } from "../state/support/memory-disk.ts";
import type { Checker, Violation } from "./checks.ts";
import { type RunPlan, startRun } from "./engine.ts";
import { accountOf, addressOfJob, bodyOf, deployed, edited, handEdited, newJob, type SimJob } from "./jobs.ts";
import { nameOf } from "./model.ts";
import { type Chance, chance } from "./random.ts";
import type { World } from "./world.ts";

/** One thing that happens. A list of them is a recipe: leaving some out changes nothing about the others. */
export type Step =
  | {
      readonly kind: "edit" | "add" | "remove" | "hand" | "deploy" | "hand delete" | "hand recreate";
      readonly seed: number;
    }
  | {
      readonly kind: "run";
      /** The second one starts `secondMs` after the first. */
      readonly runs: readonly RunPlan[];
      readonly secondMs: number;
      /** Where the first is killed, so is the machine; this is left of its disk. */
      readonly power?: Survival;
    }
  | { readonly kind: "wait" | "jump"; readonly ms: number }
  | { readonly kind: "rollback"; readonly seed: number }
  | { readonly kind: "lose" }
  | { readonly kind: "damage"; readonly seed: number; readonly run: RunPlan };

const NAMES = ["a", "b", "c", "d", "e", "f"] as const;

/** The manifests and live jobs that a simulation starts with. */
export function settle(world: World, seed: number, jobs: number): void {
  const c = chance(seed);
  const declared = new Map<string, SimJob>();
  const first = c.is(0.5);
  if (first) makeForeign(world, c);
  for (let i = 0; i < jobs; i += 1) {
    const provider: ProviderId = c.is(0.5) ? "nimble" : "blaxel";
    const job = newJob(c, provider, `job-${NAMES[i] ?? i}`);
    declared.set(addressOfJob(job), job);
    if (c.is(0.25)) world.model.put(accountOf(provider, "a"), "hand", bodyOf(edited(c, { ...job, agent: "shop" })));
  }
  if (!first) makeForeign(world, c);
  for (const provider of ["nimble", "blaxel"] as const) {
    for (let i = c.int(0, 2); i > 0; i -= 1)
      world.model.put(accountOf(provider, "b"), "hand", bodyOf(newJob(c, provider, `other-${i}`)));
  }
  world.declare(declared);
}

/** Jobs that nobody declares. */
function makeForeign(world: World, c: Chance): void {
  for (let i = c.int(0, 3); i > 0; i -= 1) {
    const provider: ProviderId = c.is(0.5) ? "nimble" : "blaxel";
    world.model.put(accountOf(provider, "a"), "hand", bodyOf(newJob(c, provider, `foreign-${i}`)));
  }
}

/** Does one step and answers what it broke. */
export async function doStep(world: World, step: Step, checker: Checker): Promise<readonly Violation[]> {
  switch (step.kind) {
    case "run":
      await doRuns(world, step);
      return checker.look();
    case "wait":
      await world.kernel.advance(step.ms);
      return [];
    case "jump":
      world.skew += step.ms;
      return [];
    case "rollback":
      await loseState(world, checker, () => {
        const backup = chance(step.seed).any(world.backups);
        if (backup !== undefined) world.disk = backup.afterCrash("kill");
      });
      return [];
    case "lose":
      await loseState(world, checker, () => {
        world.disk = world.backups[0]?.afterCrash("kill") ?? world.disk;
      });
      return [];
    case "damage":
      return damage(world, step, checker);
    default:
      byHand(world, step.kind, chance(step.seed));
      return [];
  }
}

async function doRuns(world: World, step: Extract<Step, { kind: "run" }>): Promise<void> {
  const [first, second] = step.runs;
  if (first === undefined) return;
  const one = await startRun(world, first, meddle);
  const started = [one];
  if (second !== undefined) {
    await world.kernel.advance(step.secondMs);
    started.push(await startRun(world, second, meddle));
  }
  let dark = false;
  await world.kernel.drive(() => {
    if (step.power !== undefined && !one.process.alive && !dark) {
      dark = true;
      world.losePower(step.power);
    }
    return started.every((run) => run.endedAt !== undefined || !run.process.alive);
  });
  world.blurred ||= world.log.some((sent) => sent.fate === "late commit");
  world.backUp();
}

/** Everything that is under way arrives before the state goes: without a state nobody could know of it. */
async function loseState(world: World, checker: Checker, how: () => void): Promise<void> {
  await world.kernel.advance(130_000);
  how();
  checker.forget();
  world.blurred = true;
  for (const provider of ["nimble", "blaxel"] as const) {
    const account = accountOf(provider, "a");
    for (const id of world.model.jobs(account).keys()) world.forgotten.add(`${account}/${id}`);
  }
}

/** A state that cannot be read stops the run, untouched. */
async function damage(
  world: World,
  step: Extract<Step, { kind: "damage" }>,
  checker: Checker,
): Promise<readonly Violation[]> {
  const path = "/project/.jobwright/state.json";
  if (!world.disk.has(path)) return [];
  const whole = world.disk.text(path);
  const spoilt = whole.slice(0, chance(step.seed).int(0, whole.length - 3));
  world.disk.put(path, spoilt);
  const run = await startRun(world, step.run, meddle);
  await world.kernel.drive(() => run.endedAt !== undefined || !run.process.alive);
  const found = [...(await checker.look(true))];
  if (!world.disk.has(path) || world.disk.text(path) !== spoilt)
    found.push({ check: "S12", message: "a state that could not be read was not left as it is" });
  if (run.exit === 0) found.push({ check: "S12", message: "exit 0 with a state that cannot be read" });
  world.disk.put(path, whole);
  return found;
}

/** Somebody changes a live job while a run is under way. */
export function meddle(world: World, what: "edit" | "delete", c: Chance): void {
  if (what === "edit") {
    byHand(world, c.is(0.7) ? "hand" : "deploy", c);
    return;
  }
  for (const provider of ["nimble", "blaxel"] as const) {
    const account = accountOf(provider, "a");
    const foreign = [...world.model.jobs(account)].filter(
      ([, job]) => !world.desired.has(`${provider}/${nameOf(job)}`),
    );
    const [id] = c.any(foreign) ?? [];
    if (id !== undefined) world.model.put(account, "hand", undefined, id);
  }
}

function byHand(world: World, kind: Step["kind"], c: Chance): void {
  const provider: ProviderId = c.is(0.5) ? "nimble" : "blaxel";
  const account = accountOf(provider, "a");
  const live = [...world.model.jobs(account)].filter(([, job]) => job["status"] !== "DELETING");
  const [id, job] = c.any(live) ?? [];
  if (kind === "edit" || kind === "add" || kind === "remove") editManifests(world, kind, c);
  else if (id === undefined || job === undefined) return;
  else if (kind === "hand") world.model.put(account, "hand", handEdited(c, provider, job), id);
  else if (kind === "deploy" && provider === "blaxel") world.model.put(account, "deploy", deployed(c, job), id);
  else if (kind === "hand delete" || kind === "hand recreate") {
    world.model.put(account, "hand", undefined, id);
    if (kind === "hand recreate") world.model.put(account, "hand", bodyOf(newJob(c, provider, nameOf(job))));
  }
}

function editManifests(world: World, kind: "edit" | "add" | "remove", c: Chance): void {
  const declared = new Map(world.desired);
  const [address, job] = c.any([...declared]) ?? [];
  if (kind === "add") {
    const added = newJob(c, c.is(0.5) ? "nimble" : "blaxel", `job-${c.pick(NAMES)}`);
    if (!declared.has(addressOfJob(added))) declared.set(addressOfJob(added), added);
  } else if (address !== undefined && job !== undefined) {
    const next = edited(c, job);
    if (kind === "edit") declared.set(address, job.protect ? { ...next, agent: job.agent } : next);
    else if (declared.size > 1) {
      declared.delete(address);
      if (job.protect) world.leftProtected.set(address, job);
    }
  }
  world.declare(declared);
}
