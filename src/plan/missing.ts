import { splitAddress } from "../model/job.ts";
import type { Refusal } from "../model/plan.ts";
import type { JobState, State } from "../model/state.ts";
import { sameFingerprint } from "./fingerprint.ts";
import type { PlanInput } from "./input.ts";
import { isOwned } from "./match.ts";

const HINT =
  "Another account or workspace behind the same address? Check the key. If they were deleted by hand: --accept-missing.";

/**
 * Owned jobs that are not live any more look like another account: many of them, or even one, where none is left and the
 * target is reached with other credentials than when the state was last written.
 */
export function missing(input: PlanInput): readonly Refusal[] {
  if (input.flags.acceptMissing) return [];
  return [...input.live].flatMap(([target, jobs]) => {
    const owned = ownedOn(input.state, target);
    const live = new Map(jobs.map((job) => [job.id, job]));
    const gone = owned.filter(([, { id }]) => !live.has(id));
    const all = gone.length === owned.length && owned.length >= 2;
    if (all || gone.length > Math.max(5, owned.length * 0.3)) {
      const message = `${gone.length} of ${owned.length} owned jobs are not on ${target} any more (${sample(gone)})`;
      return [{ code: "JW3006", message, hint: HINT }];
    }
    const isOneThere = owned.some(([, entry]) => {
      const job = live.get(entry.id);
      return job !== undefined && isOwned(entry, job);
    });
    if (owned.length === 0 || isOneThere || !haveOtherCredentials(input, target)) return [];
    return [otherCredentials(target, owned)];
  });
}

/** An address and what the state holds of it. */
export type Owned = readonly [address: string, entry: JobState];

/** What the state owns on a target, by address. */
export function ownedOn(state: State | undefined, target: string): readonly Owned[] {
  return Object.entries(state?.jobs ?? {}).filter(([address]) => splitAddress(address).target === target);
}

/** Whether a target is known to be reached with other credentials than those that the state remembers. */
export function haveOtherCredentials(
  { state, credentials }: Pick<PlanInput, "state" | "credentials">,
  target: string,
): boolean {
  const then = state?.targets[target]?.credentials;
  if (then === undefined) return false;
  const now = credentials(target);
  return now !== undefined && sameFingerprint(then, now) === "different";
}

/** The refusal of a target whose credentials are others, and where nothing is left to tell its account by. */
export function otherCredentials(target: string, owned: readonly Owned[]): Refusal {
  const others = `${target} is reached with other credentials than when the state was last written`;
  const message =
    owned.length === 0
      ? `${others}, and there is no owned job to tell the account by, which an undecided create was sent to`
      : `${others}, and not one of the jobs that are owned there was found (${sample(owned)})`;
  return { code: "JW3012", message, hint: HINT };
}

function sample(owned: readonly Owned[]): string {
  const names = owned.map(([address]) => address);
  return names.length > 3 ? `${names.slice(0, 3).join(", ")}, ...` : names.join(", ");
}
