import { JobwrightError } from "../../src/errors.ts";
import type { ProviderId } from "../../src/model/job.ts";
import type { Survival } from "../state/support/memory-disk.ts";
import type { Checker, Violation } from "./checks.ts";
import { type RunPlan, startRun } from "./engine.ts";
import type { Op } from "./faults.ts";
import { accountOf, addressOfJob, bodyOf, deployed, edited, handEdited, newJob, type SimJob, stirred } from "./jobs.ts";
import { nameOf } from "./model-jobs.ts";
import { type Chance, chance } from "./random.ts";
import type { World } from "./world.ts";

/** What somebody does: to manifests, to live jobs, to a saved plan. */
export const ACTS_BY_HAND = [
  "edit",
  "add",
  "remove",
  "hand",
  "deploy",
  "hand delete",
  "hand recreate",
  "twin",
  "tamper",
] as const;

/** One thing that happens. A list of them is a recipe: leaving some out changes nothing about the others. */
export type Step =
  | { readonly kind: (typeof ACTS_BY_HAND)[number]; readonly seed: number }
  /** Manifests are changed so that the next apply sends requests of this kind. */
  | { readonly kind: "stir"; readonly seed: number; readonly op: Op; readonly provider?: ProviderId }
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
const PROVIDERS = ["nimble", "blaxel"] as const;

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
  for (const provider of PROVIDERS) {
    for (let i = c.int(0, 2); i > 0; i -= 1) {
      // The other account, and the other workspace, may have jobs of our names.
      const name = c.is(0.5) ? `other-${i}` : `job-${c.pick(NAMES)}`;
      const account = provider === "blaxel" && c.is(0.5) ? "blaxel:a/elsewhere" : accountOf(provider, "b");
      world.model.put(account, "hand", bodyOf(newJob(c, provider, name)));
    }
  }
  world.declare(declared);
}

/** Jobs that nobody declares. */
function makeForeign(world: World, c: Chance): void {
  for (let i = c.int(0, 3); i > 0; i -= 1) makeOneForeign(world, c, c.pick(PROVIDERS), `foreign-${i}`);
}

function makeOneForeign(world: World, c: Chance, provider: ProviderId, name: string): void {
  const job = newJob(c, provider, name);
  const account = accountOf(provider, "a");
  if (provider === "nimble" || !world.model.jobs(account).has(name)) world.model.put(account, "hand", bodyOf(job));
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
      world.jump(step.ms);
      return [];
    case "rollback":
      await loseState(world, checker, () => {
        const backup = chance(step.seed).any(world.backups);
        if (backup !== undefined) world.place.putBack(backup);
      });
      return [];
    case "lose":
      await loseState(world, checker, () => {
        const [empty] = world.backups;
        if (empty !== undefined) world.place.putBack(empty);
      });
      return [];
    case "damage":
      return damage(world, step, checker);
    case "stir":
      stir(world, step, chance(step.seed));
      return [];
    case "tamper":
      tamper(world, chance(step.seed));
      return [];
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
  world.backUp();
}

/** Everything that is under way arrives before the state goes: without a state nobody could know of it. */
async function loseState(world: World, checker: Checker, how: () => void): Promise<void> {
  await world.kernel.advance(LATEST_COMMIT_MS);
  how();
  checker.forget();
  const left = await world.place.read();
  const state = left instanceof JobwrightError ? undefined : left;
  for (const provider of PROVIDERS) {
    const account = accountOf(provider, "a");
    const known = new Set(
      Object.entries(state?.jobs ?? {})
        .filter(([address]) => address.startsWith(`${provider}/`))
        .flatMap(([, { id, doomed = [] }]) => [id, ...doomed.map((old) => old.id)]),
    );
    for (const id of world.model.jobs(account).keys()) if (!known.has(id)) world.forgotten.add(`${account}/${id}`);
  }
}

/** Later than that no request has an effect any more. */
export const LATEST_COMMIT_MS = 180_000;

/** A state that cannot be read stops the run, untouched. */
async function damage(
  world: World,
  step: Extract<Step, { kind: "damage" }>,
  checker: Checker,
): Promise<readonly Violation[]> {
  const damaged = world.place.spoil(chance(step.seed));
  if (damaged === undefined) return [];
  world.lastSerial = -1;
  const run = await startRun(world, step.run, meddle);
  await world.kernel.drive(() => run.endedAt !== undefined || !run.process.alive);
  const found = [...(await checker.look(true))];
  if (!damaged.isUntouched())
    found.push({ check: "S12", message: "a state that could not be read was not left as it is" });
  if (run.exit === 0) found.push({ check: "S12", message: "exit 0 with a state that cannot be read" });
  damaged.mend();
  world.instants.length = 0;
  world.lastSerial = -1;
  return found;
}

/** Somebody changes a live job while a run is under way. */
export function meddle(world: World, what: "edit" | "delete" | "swap", c: Chance): void {
  if (what === "edit") {
    byHand(world, c.is(0.7) ? "hand" : "deploy", c);
    return;
  }
  for (const provider of PROVIDERS) {
    const account = accountOf(provider, "a");
    const foreign = [...world.model.jobs(account)].filter(([, job]) => {
      return !world.desired.has(`${provider}/${nameOf(job)}`) && job["status"] !== "DELETING";
    });
    const [id] = c.any(foreign) ?? [];
    if (id === undefined) continue;
    world.model.put(account, "hand", undefined, id);
    if (what === "swap") makeOneForeign(world, c, provider, `foreign-${c.int(4, 99)}`);
  }
}

function byHand(world: World, kind: (typeof ACTS_BY_HAND)[number], c: Chance): void {
  const provider: ProviderId = c.is(0.5) ? "nimble" : "blaxel";
  const account = accountOf(provider, "a");
  const live = [...world.model.jobs(account)].filter(([, job]) => job["status"] !== "DELETING");
  const [id, job] = c.any(live) ?? [];
  if (kind === "edit" || kind === "add" || kind === "remove") editManifests(world, kind, c);
  else if (id === undefined || job === undefined) return;
  else if (kind === "hand") world.model.put(account, "hand", handEdited(c, provider, job), id);
  else if (kind === "deploy" && provider === "blaxel") world.model.put(account, "deploy", deployed(c, job), id);
  else if (kind === "twin" && provider === "nimble") makeTwin(world, c);
  else if (kind === "hand delete" || kind === "hand recreate") {
    world.model.put(account, "hand", undefined, id);
    if (kind === "hand recreate") world.model.put(account, "hand", bodyOf(newJob(c, provider, nameOf(job))));
  }
}

/** Somebody makes a job of a declared name. */
function makeTwin(world: World, c: Chance): void {
  const job = c.any([...world.desired.values()].filter((each) => each.provider === "nimble"));
  if (job !== undefined) world.model.put("nimble:a", "hand", bodyOf(newJob(c, "nimble", job.name)));
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

function stir(world: World, { op, provider }: Extract<Step, { kind: "stir" }>, c: Chance): void {
  const declared = new Map(world.desired);
  const of = (job: SimJob): boolean => provider === undefined || job.provider === provider;
  if (op === "delete") {
    const free = [...declared].filter(([, job]) => !job.protect && of(job));
    for (const [address] of free) if (declared.size > 1 && c.is(0.7)) declared.delete(address);
  } else if (op === "update" || op === "get") {
    for (const [address, job] of declared) if (of(job)) declared.set(address, stirred(c, job));
  } else if (op === "create" || op === "find") {
    const kind = provider ?? (op === "find" ? "nimble" : c.pick(PROVIDERS));
    const job = { ...newJob(c, kind, `job-${c.int(10, 99)}`), protect: false };
    declared.set(addressOfJob(job), job);
  }
  world.declare(declared);
}

/** Somebody changes a letter of the plan that was saved last. */
function tamper(world: World, c: Chance): void {
  const saved = world.savedPlans.at(-1);
  if (saved === undefined) return;
  const at = c.int(0, saved.text.length - 1);
  const text = saved.text.slice(0, at) + String.fromCharCode(c.int(32, 126)) + saved.text.slice(at + 1);
  saved.tampered ||= contentOf(text) !== contentOf(saved.text);
  saved.text = text;
}

/** What a text says as JSON, white space aside; the text itself where it is none. */
function contentOf(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
