import type { LiveJob } from "../model/job.ts";
import type { Action, PlanWarning } from "../model/plan.ts";
import type { PlanInput } from "./input.ts";
import type { Match, Orphan } from "./match.ts";
import { suggestMoves } from "./moves.ts";

/** What the reader of a plan should know besides. */
export function warningsOf(
  input: PlanInput,
  actions: readonly Action[],
  orphans: readonly Orphan[],
): readonly PlanWarning[] {
  const narrowed: PlanWarning[] = input.narrowed
    ? [{ code: "JW3501", message: "the run is narrowed: this plan is about some of the jobs only" }]
    : [];
  const part: PlanWarning[] =
    input.shard === undefined
      ? []
      : [{ code: "JW3501", message: `this plan holds part ${input.shard.index} of ${input.shard.of} of the jobs` }];
  return [...narrowed, ...part, ...suggestMoves(actions, orphans), ...twinsOf(input)];
}

/** A declared job that is not made: afterwards nobody could tell it from the one that is there. */
export function lookalikeWarning({ desired: { address }, lookalike }: Match): readonly PlanWarning[] {
  if (lookalike === undefined) return [];
  const message = `${address}: ${lookalike.id} has this very name in other characters (NFC and NFD), so no second one is made; write the name as it is there, or rename one of them`;
  return [{ code: "JW1205", address, message }];
}

/** Live jobs that have an owned Nimble job's name: a lost create that came late, or somebody's copy. */
function twinsOf(input: PlanInput): readonly PlanWarning[] {
  return input.desired.flatMap(({ address, target, name, provider }): PlanWarning[] => {
    const owned = input.state?.jobs[address];
    if (provider !== "nimble" || owned === undefined || !input.inScope(address, owned)) return [];
    const doomed = new Set((owned.doomed ?? []).map((old) => old.id));
    const twins =
      twinIndex(input, target)
        .get(name)
        ?.filter((id) => id !== owned.id && !doomed.has(id)) ?? [];
    if (twins.length === 0) return [];
    const message = `${address} is ${owned.id}, but ${twins.join(", ")} has the same name: delete what is not wanted on the platform`;
    return [{ code: "JW3503", address, message }];
  });
}

const twinIndexes = new WeakMap<readonly LiveJob[], ReadonlyMap<string, readonly string[]>>();

function twinIndex(input: PlanInput, target: string): ReadonlyMap<string, readonly string[]> {
  const jobs = input.live.get(target) ?? [];
  const known = twinIndexes.get(jobs);
  if (known !== undefined) return known;
  const index = new Map<string, string[]>();
  for (const { name, id } of jobs) index.set(name, [...(index.get(name) ?? []), id]);
  twinIndexes.set(jobs, index);
  return index;
}
