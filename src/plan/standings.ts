import { type Address, addressOf, type DesiredJob, type LiveJob, splitAddress } from "../model/job.ts";
import type { Standing } from "../model/plan.ts";
import { type JobState, untilText } from "../model/state.ts";
import type { JobPlan } from "./action.ts";
import type { Match, Orphan } from "./match.ts";
import { seenDigest } from "./precondition.ts";

/** Whether somebody said to leave a job alone until later than now. */
export function isHeld(state: JobState | undefined, now: Date): boolean {
  const until = state?.hold?.until;
  return until !== undefined && new Date(until).getTime() > now.getTime();
}

/** A job that is left alone because of a hold, with or without manifest. */
export function heldStanding(address: Address, state: JobState | undefined): Standing {
  const { target } = splitAddress(address);
  const hold = state?.hold;
  return { address, target, kind: "held", note: `held until ${untilText(hold?.until ?? "")}: ${hold?.reason ?? ""}` };
}

/** What is to be said of a job besides its action: switches paused by hand, a touch that does not show. */
export function standingsOf({ desired, live, state }: Match, { paused, action }: JobPlan): readonly Standing[] {
  const { address, target } = desired;
  const standings: Standing[] = [];
  const by = live?.facts.updatedBy === undefined ? "" : ` by ${live.facts.updatedBy}`;
  if (paused.length > 0) {
    const what = paused.map((p) => p.path).join(", ");
    const note = `paused by hand${by}: ${what}; left off (apply --resume switches it on)`;
    standings.push({ address, target, kind: "paused", note, changes: paused });
  }
  const [then, now] = [state?.updatedAt, live?.facts.updatedAt];
  const touched = then !== undefined && now !== undefined && now > then;
  if (touched && !action && live !== undefined && mayHide(desired) && state?.seen === seenDigest(live)) {
    const note = `touched${by} at ${now} where we cannot see: a secret or an ignored field may have changed`;
    standings.push({ address, target, kind: "touched", note });
  }
  return standings;
}

/** Whether anything of a job is beyond our sight: secrets (Blaxel masks them), or fields that are ignored. */
function mayHide({ provider, ignore }: DesiredJob): boolean {
  return provider === "blaxel" || ignore.length > 0;
}

/** An owned job without manifest, in a run that does not prune. */
export function orphanStanding({ address, state, live }: Orphan): Standing {
  const what = { delete: "delete it", disable: "switch it off", forget: "forget it" }[state.onRemove];
  const note =
    live === undefined ? "its manifest is gone, and it is gone live" : `its manifest is gone; --prune would ${what}`;
  return { address, target: splitAddress(address).target, kind: "orphaned", note, id: state.id };
}

/** A live job that is nobody's here. */
export function unmanagedStanding(target: string, live: LiveJob): Standing {
  return {
    address: addressOf(target, live.name),
    target,
    kind: "unmanaged",
    note: "no manifest declares it",
    id: live.id,
  };
}
