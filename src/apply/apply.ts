import pLimit from "p-limit";
import type { JobwrightError } from "../errors.ts";
import type { Address, LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action, Plan } from "../model/plan.ts";
import type { JobState } from "../model/state.ts";
import type { StateChange } from "../state/store.ts";
import { type ApplyContext, applied, entryContext, entryFor } from "./context.ts";
import { stillUnverified } from "./entry.ts";
import { intend, overtaken } from "./intents.ts";
import { Run } from "./run.ts";
import { lookAgain, type SecondLook, type Touched } from "./second-look.ts";
import { staleResult } from "./stale.ts";
import { targetChanges } from "./targets.ts";

/** How many actions of one target are under way at once; the client limits requests by its own setting. */
const ACTIONS_AT_ONCE = 16;

/** What came of a plan. */
export interface ApplyReport {
  readonly results: ReadonlyMap<Address, ActionResult>;
  /** A stop was asked for before everything had started. */
  readonly interrupted: boolean;
  /** The state could not be written any more, or the lock was lost: nothing new was started. */
  readonly storage?: JobwrightError;
  /** What this program itself failed with: nothing new was started. */
  readonly crash?: unknown;
  /** What a second look at the touched jobs found. */
  readonly secondLook: SecondLook;
}

/**
 * Applies a plan that nothing refuses. Actions are independent: one that fails does not stop the others; a target that
 * is down, a state that cannot be written, or a stop signal does.
 */
export async function applyPlan(context: ApplyContext, plan: Plan): Promise<ApplyReport> {
  const results = new Map<Address, ActionResult>();
  const run = new Run(context);
  await context.session.change(stateOnly(context, plan));
  for (const action of plan.actions.filter(isStateOnly)) {
    const result = applied();
    results.set(action.address, result);
    context.onEvent({ kind: "started", action });
    context.onEvent({ kind: "finished", action, result });
  }
  const writes = plan.actions.filter((action) => !isStateOnly(action));
  const { intents, taken } = await intend(context, writes);
  const limits = new Map([...context.clients.keys()].map((target) => [target, pLimit(ACTIONS_AT_ONCE)]));
  await Promise.all(
    writes.map((action) =>
      (limits.get(action.target) ?? pLimit(1))(async () => {
        const strangers = taken.get(action.address);
        if (strangers === undefined) {
          results.set(action.address, await run.one(action, intents.get(action.address)));
          return;
        }
        const result = nameTaken(action, strangers);
        results.set(action.address, result);
        context.onEvent({ kind: "finished", action, result });
      }),
    ),
  );
  await run.close(overtaken(context.session, results, intents));
  const halted = run.storage !== undefined || run.crash !== undefined;
  return {
    results,
    interrupted: context.runtime.signal.aborted,
    ...(run.storage === undefined ? {} : { storage: run.storage }),
    ...(run.crash === undefined ? {} : { crash: run.crash }),
    secondLook: await lookAgain(context, touched(plan, results), !halted),
  };
}

/** What was written, by the id that each job has now. */
function touched(plan: Plan, results: ReadonlyMap<Address, ActionResult>): readonly Touched[] {
  return plan.actions.flatMap((action): readonly Touched[] => {
    const { address, desired } = action;
    const result = results.get(address);
    if (result?.status !== "applied" || isStateOnly(action) || desired === undefined) return [];
    return [{ action, desired, id: result.id, answered: result.notConverged ?? [] }];
  });
}

function nameTaken(action: Action, jobs: readonly LiveJob[]): ActionResult {
  return staleResult(action, `a live job of this name is there by now (${jobs.map((job) => job.id).join(", ")})`);
}

/** Adopting what needs no write, and forgetting, change nothing but the state. */
function isStateOnly(action: Action): boolean {
  return action.action === "forget" || (action.action === "adopt" && action.requests.length === 0);
}

function stateOnly(context: ApplyContext, plan: Plan): readonly StateChange[] {
  const { state } = context.session;
  const changes: StateChange[] = [];
  for (const action of plan.actions.filter(isStateOnly)) {
    const { address, desired, live } = action;
    if (action.action === "forget") changes.push({ kind: "remove", address });
    else if (desired !== undefined && live !== undefined) {
      changes.push({ kind: "put", address, job: entryFor(context, desired, live, undefined, { adopted: true }) });
    }
  }
  for (const { desired, live } of plan.settled) {
    const prior = state.jobs[desired.address];
    const { fields } = context.input.platform(desired.provider);
    const job = entryFor(
      context,
      desired,
      live,
      prior,
      stillUnverified(entryContext(context), fields, desired, prior, []),
    );
    if (prior !== undefined && !sameEntry(prior, job)) changes.push({ kind: "put", address: desired.address, job });
  }
  const writes = changes.length > 0 || plan.actions.length > 0;
  return [...targetChanges(state, { ...context.input, targets: plan.targets }, writes), ...changes];
}

/** Whether an in-sync job's entry says the same; when and how it was last applied aside. */
function sameEntry(a: JobState, b: JobState): boolean {
  const text = ({ appliedAt: _, updatedAt: __, seen: ___, unverified: u, ...rest }: JobState): string =>
    JSON.stringify([rest.declared, rest.protect, rest.onRemove, rest.file, rest.apiVersion, rest.triggerIds, u]);
  return text(a) === text(b);
}
