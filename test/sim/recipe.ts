import type { Survival } from "../state/support/memory-disk.ts";
import type { RunPlan } from "./engine.ts";
import { FAULTS, type Weather } from "./faults.ts";
import { type Chance, chance } from "./random.ts";
import type { Recipe } from "./run.ts";
import type { Step } from "./steps.ts";

/** The recipe of a seed. */
export function recipeOf(seed: number): Recipe {
  const c = chance(seed);
  const createSettleMs = c.pick([30_000, 30_000, 30_000, 60_000]);
  const options = {
    pageSize: c.pick([2, 3, 200]),
    deletingMs: c.pick([0, 0, 5_000, 90_000]),
    createSettleMs,
    compactAfterBytes: c.pick([1, 2_000, 16_000_000]),
    leaseMs: c.pick([1_000, 30_000]),
  };
  const steps: Step[] = [];
  for (let i = c.int(4, 12); i > 0; i -= 1) steps.push(...someSteps(c, createSettleMs));
  return { seed, options, jobs: c.int(1, 6), steps };
}

function someSteps(c: Chance, createSettleMs: number): readonly Step[] {
  const seed = c.int(1, 2 ** 30);
  const wait: Step = { kind: "wait", ms: c.pick([2_500, 5_000, 60_000, 600_000]) };
  const roll = c.int(1, 100);
  if (roll <= 14) return [{ kind: "edit", seed }];
  if (roll <= 18) return [{ kind: "add", seed }];
  if (roll <= 26) return [{ kind: "remove", seed }];
  if (roll <= 34) return [{ kind: "hand", seed }];
  if (roll <= 38) return [{ kind: "deploy", seed }];
  if (roll <= 41) return [{ kind: "hand delete", seed }];
  if (roll <= 43) return [{ kind: "hand recreate", seed }];
  if (roll <= 45) return [{ kind: "jump", ms: c.pick([-86_400_000, -1_000, -3_600_000 * 24 * 3_650]) }];
  if (roll <= 47) return [{ kind: "rollback", seed }];
  if (roll <= 48) return [{ kind: "lose" }];
  if (roll <= 50) return [{ kind: "damage", seed, run: runOf(c, createSettleMs, false) }];
  if (roll <= 58) {
    const runs = [runOf(c, createSettleMs, true), runOf(c, createSettleMs, true)];
    return [{ kind: "run", runs, secondMs: c.int(0, 4_000) }, wait];
  }
  const run = runOf(c, createSettleMs, false);
  const killed = run.fortune.crash !== undefined;
  const power = killed && c.is(0.4) ? { power: c.pick<Survival>(["power", "names", "half", "kill"]) } : {};
  // A killed run is often followed by the next one at once.
  return [{ kind: "run", runs: [run], secondMs: 0, ...power }, ...(killed && c.is(0.5) ? [] : [wait])];
}

function runOf(c: Chance, createSettleMs: number, crowded: boolean): RunPlan {
  const crash = c.is(0.25)
    ? { crash: { at: c.int(1, 150), when: c.pick(["before", "during", "after"] as const) } }
    : {};
  const suspend = c.is(crowded ? 0.5 : 0.05)
    ? { suspend: { at: c.int(1, 150), ms: c.pick([1_000, 20_000, 600_000]) } }
    : {};
  const stopAt = c.is(0.08) ? { stopAt: c.int(1, 150) } : {};
  const full = c.is(0.05) ? { diskFull: { at: c.int(1, 25), calls: c.int(1, 40) } } : {};
  return {
    command: c.is(0.1) ? "plan" : "apply",
    seed: c.int(1, 2 ** 30),
    weather: weatherOf(c, createSettleMs),
    fortune: { ...crash, ...suspend, ...stopAt },
    flags: {
      prune: c.is(0.8),
      allowReplace: c.is(0.8),
      acceptMissing: c.is(0.2),
      ...(c.is(0.7) ? { maxDeletes: 999, maxUpdates: 999 } : {}),
    },
    key: c.is(0.02) ? "b" : "a",
    pondering: c.is(0.15) ? c.int(1, 3) : 0,
    lockTimeoutMs: crowded ? c.pick([0, 10_000, 900_000]) : 900_000,
    crowded,
    ...full,
  };
}

function weatherOf(c: Chance, createSettleMs: number): Weather {
  const latestMs = createSettleMs * 0.9;
  const rate = c.pick([0, 0.02, 0.1, 0.2, 0.3, 0.6]);
  const only = c.is(0.6) ? { only: [c.any(Object.keys(FAULTS)) ?? ""] } : {};
  const down = c.is(0.03) ? { downFrom: c.int(1, 30) } : {};
  const throttled = c.is(0.05)
    ? { throttled: { requests: c.int(1, 30), retryAfter: c.pick(["", "1", "soon", "-5", "NaN"]) } }
    : {};
  return { rate, latestMs, ...only, ...down, ...throttled };
}
