import type { HttpConfig } from "../../src/model/config.ts";
import type { Survival } from "../state/support/memory-disk.ts";
import type { DiskFault } from "./disk.ts";
import type { RunPlan } from "./engine.ts";
import { FAULTS, type Weather } from "./faults.ts";
import { focusOf, withFocus } from "./focus.ts";
import type { Fortune } from "./process.ts";
import { type Chance, chance } from "./random.ts";
import type { Recipe } from "./run.ts";
import { latestOf, plainRun, runStep } from "./runs.ts";
import type { Step } from "./steps.ts";
import type { Command, WorldOptions } from "./world.ts";

/** The recipe of a seed: things that happen by chance, and a few that are aimed at what is rare, in turn. */
export function recipeOf(seed: number): Recipe {
  const c = chance(seed);
  const options: WorldOptions = {
    store: c.is(0.25) ? "git" : "file",
    freshClones: c.is(0.5),
    pageSize: c.pick([2, 3, 200]),
    deletingMs: c.pick([0, 0, 5_000, 90_000]),
    createSettleMs: c.pick([1_000, 30_000, 30_000, 60_000, 180_000]),
    compactAfterBytes: c.pick([1, 2_000, 16_000_000]),
    leaseMs: c.pick([1_000, 30_000, 30_000, 30_000]),
    http: httpOf(c),
    secrets: c.pick(["shown", "shown", "masked", "refused"]),
    mask: c.pick(["whole", "middle"]),
    tokenMs: c.pick([60_000, 7_200_000]),
  };
  const steps: Step[] = [];
  for (let i = c.int(2, 6); i > 0; i -= 1) steps.push(...someSteps(c, options));
  return withFocus({ seed, options, jobs: c.pick([1, 2, 2, 3, 3, 4, 5, 6]), steps }, c, focusOf(seed));
}

/** Settings that make a client meet its limits. */
function httpOf(c: Chance): Partial<HttpConfig> {
  if (c.is(0.6)) return {};
  return { concurrency: c.pick([1, 2, 8]), readTries: c.pick([1, 2, 5]), maxWaitTotalMs: c.pick([5_000, 300_000]) };
}

function someSteps(c: Chance, options: WorldOptions): readonly Step[] {
  const seed = c.int(1, 2 ** 30);
  const wait: Step = { kind: "wait", ms: c.pick([2_500, 5_000, 60_000, 600_000]) };
  const roll = c.int(1, 100);
  if (roll <= 12) return [{ kind: "edit", seed }];
  if (roll <= 16) return [{ kind: "add", seed }];
  if (roll <= 23) return [{ kind: "remove", seed }];
  if (roll <= 31) return [{ kind: "hand", seed }];
  if (roll <= 35) return [{ kind: "deploy", seed }];
  if (roll <= 38) return [{ kind: "hand delete", seed }];
  if (roll <= 40) return [{ kind: "hand recreate", seed }];
  if (roll <= 41) return [{ kind: "twin", seed }];
  if (roll <= 43) return [{ kind: "jump", ms: c.pick([-86_400_000, -1_000, 86_400_000, -3_600_000 * 24 * 3_650]) }];
  if (roll <= 45) return [{ kind: "rollback", seed }];
  if (roll <= 46) return [{ kind: "lose" }];
  if (roll <= 48) return [{ kind: "damage", seed, run: runOf(c, options, "apply", false) }];
  if (roll <= 54) return savedPlan(c, options);
  if (roll <= 57) return [runStep(runOf(c, options, c.pick(["import", "hold", "release"]), false)), wait];
  if (roll <= 60) return looked(c, options);
  if (roll <= 68) {
    const runs = [runOf(c, options, "apply", true), runOf(c, options, "apply", true)];
    return [{ kind: "run", runs, secondMs: c.int(0, 4_000) }, wait];
  }
  const run = runOf(c, options, c.is(0.1) ? c.pick(["plan", "drift"]) : "apply", false);
  const killed = run.fortune.crash !== undefined;
  const power = killed && c.is(0.4) ? { power: c.pick<Survival>(["power", "names", "half", "kill"]) } : {};
  // A killed run is often followed by the next one at once.
  return [{ ...runStep(run), ...power }, ...(killed && c.is(0.5) ? [] : [wait])];
}

/** Somebody edits a job, or nobody does, and drift is asked. */
function looked(c: Chance, options: WorldOptions): readonly Step[] {
  const edits: Step[] = c.is(0.6) ? [0, 1].map(() => ({ kind: "hand", seed: c.int(1, 2 ** 30) })) : [];
  const run = runOf(c, options, "drift", false);
  return [
    runStep(plainRun(c.int(1, 2 ** 30))),
    ...edits,
    runStep({ ...run, weather: calmer(run.weather), fortune: {} }),
  ];
}

/** A plan is made, something happens or not, and the plan is applied: perhaps twice, perhaps by two at once. */
function savedPlan(c: Chance, options: WorldOptions): readonly Step[] {
  const seed = c.int(1, 2 ** 30);
  const between: readonly Step["kind"][] = c.is(0.5)
    ? []
    : [c.pick(["hand", "edit", "remove", "tamper", "hand delete"])];
  const made = runOf(c, options, "save", false);
  const apply = (crowded: boolean): RunPlan => runOf(c, options, "apply saved", crowded);
  const first: Step = c.is(0.2)
    ? { kind: "run", runs: [apply(true), apply(true)], secondMs: 500 }
    : runStep(apply(false));
  return [
    runStep({ ...made, weather: calmer(made.weather), fortune: {} }),
    ...between.map((kind) => ({ kind, seed }) as Step),
    first,
    { kind: "wait", ms: c.pick([100, 5_000, 120_000]) },
    ...(c.is(0.5) ? [runStep(apply(false))] : []),
  ];
}

/** A plan is worth saving only where it could be made. */
function calmer(weather: Weather): Weather {
  return { rate: weather.rate / 4, latestMs: weather.latestMs };
}

function runOf(c: Chance, options: WorldOptions, command: Command, crowded: boolean): RunPlan {
  return {
    command,
    seed: c.int(1, 2 ** 30),
    weather: weatherOf(c, options),
    fortune: fortuneOf(c, crowded),
    flags: {
      prune: c.is(0.8),
      allowReplace: c.is(0.8),
      acceptMissing: c.is(0.2),
      resume: c.is(0.2),
      ...(c.is(0.7) ? { maxDeletes: 999, maxUpdates: 999 } : {}),
      ...(c.is(0.05) ? { onlyCause: "drift" as const } : {}),
    },
    key: c.is(0.04) ? c.pick(["b", "a2"]) : "a",
    login: c.is(0.2) ? "client" : "key",
    strayed: c.is(0.01),
    git: { rate: c.pick([0, 0, 0.05, 0.2]) },
    pondering: c.is(0.15) ? c.int(1, 3) : 0,
    lockTimeoutMs: crowded ? c.pick([0, 10_000, 900_000]) : 900_000,
    crowded,
    ...(c.is(0.05) ? { disk: diskFaultOf(c) } : {}),
    ...(c.is(0.04) ? { jump: { afterMs: c.int(1, 2_000), ms: c.pick([86_400_000, -86_400_000, 3e11, -1.6e12]) } } : {}),
  };
}

function fortuneOf(c: Chance, crowded: boolean): Fortune {
  return {
    ...(c.is(0.2) ? { crash: { at: c.int(1, 150), when: c.pick(["before", "during", "after"]) } } : {}),
    ...(c.is(crowded ? 0.5 : 0.05) ? { suspend: { at: c.int(1, 150), ms: c.pick([1_000, 20_000, 600_000]) } } : {}),
    ...(c.is(0.08) ? { stopAt: c.int(1, 150) } : {}),
  };
}

function diskFaultOf(c: Chance): DiskFault {
  return { at: c.int(1, 120), calls: c.pick([1, 3, 40]), how: c.pick(["ENOSPC", "EIO", "short"]) };
}

function weatherOf(c: Chance, options: WorldOptions): Weather {
  const rate = c.pick([0, 0.02, 0.1, 0.2, 0.3, 0.6]);
  const only = c.is(0.4) ? { only: [c.any(Object.keys(FAULTS)) ?? ""] } : {};
  const down = c.is(0.03) ? { downFrom: c.int(1, 30) } : {};
  const throttled = c.is(0.03)
    ? { throttled: { requests: c.int(1, 30), retryAfter: c.pick(["", "1", "soon", "-5", "NaN"]) } }
    : {};
  return { rate, latestMs: latestOf(options), ...only, ...down, ...throttled };
}
