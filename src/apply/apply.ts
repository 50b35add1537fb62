import pLimit from "p-limit";
import { ApiError, JobwrightError } from "../errors.ts";
import type { Address, LiveJob } from "../model/job.ts";
import type { ActionResult } from "../model/outcome.ts";
import type { Action, Change, Plan } from "../model/plan.ts";
import type { Intent, JobState } from "../model/state.ts";
import { diffMatch } from "../plan/action.ts";
import type { StateChange } from "../state/store.ts";
import {
  type ApplyContext,
  applied,
  clientOf,
  entryContext,
  entryFor,
  failed,
  followWrites,
  resultAfter,
  resultOf,
  resultWithin,
} from "./context.ts";
import { applyCreate } from "./create.ts";
import { applyDelete } from "./delete.ts";
import { stillUnverified } from "./entry.ts";
import { intend, overtaken } from "./intents.ts";
import { applyReplace } from "./replace.ts";
import { staleResult } from "./stale.ts";
import { targetChanges } from "./targets.ts";
import { applyUpdate, settleNot } from "./update.ts";

/** How many actions of one target are under way at once; the client limits requests by its own setting. */
const ACTIONS_AT_ONCE = 16;

/** What came of a plan. */
export interface ApplyReport {
  readonly results: ReadonlyMap<Address, ActionResult>;
  /** A stop was asked for before everything had started. */
  readonly interrupted: boolean;
  /** The state could not be written any more: nothing new was started. */
  readonly storage?: JobwrightError;
  /** Touched jobs that a second look found to differ still. */
  readonly notConverged: ReadonlyMap<Address, readonly Change[]>;
}

/**
 * Applies a plan that nothing refuses. Actions are independent: one that fails does not stop the others; a target that
 * is down, a state that cannot be written, or a stop signal does.
 */
export async function applyPlan(context: ApplyContext, plan: Plan): Promise<ApplyReport> {
  const results = new Map<Address, ActionResult>();
  const run = new Run(context);
  await context.session.change(stateOnly(context, plan));
  const adopted = plan.actions.filter((action) => action.action === "adopt" && isStateOnly(action));
  const earlier = adopted.flatMap(({ address }) => overtaken(context.session, address));
  if (earlier.length > 0) await context.session.settle(earlier);
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
  return {
    results,
    interrupted: context.runtime.signal.aborted,
    ...(run.storage === undefined ? {} : { storage: run.storage }),
    notConverged: run.storage === undefined ? await secondLook(context, plan, results) : new Map(),
  };
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

/** What a stop, or a platform that is down, kept from being sent was not begun, however far it had come. */
function skippedIfUnsent(result: ActionResult): ActionResult {
  const kept = result.reason === "interrupted" || result.reason === "platform-down";
  return kept && result.class === "not-sent" ? { ...result, status: "skipped" } : result;
}

/** One run over a plan: what stops it is remembered here. */
class Run {
  storage: JobwrightError | undefined;
  private readonly stopped = new Map<string, ActionResult>();
  private readonly context: ApplyContext;

  constructor(context: ApplyContext) {
    this.context = context;
  }

  async one(action: Action, intent: Intent | undefined): Promise<ActionResult> {
    const barred = this.barred(action);
    if (barred !== undefined) {
      if (this.storage === undefined) await this.recorded(intent, barred);
      this.context.onEvent({ kind: "finished", action, result: barred });
      return barred;
    }
    this.context.onEvent({ kind: "started", action });
    const result = await this.attempt(action, intent);
    this.context.onEvent({ kind: "finished", action, result });
    return result;
  }

  private barred(action: Action): ActionResult | undefined {
    const skipped = (result: ActionResult): ActionResult => ({ ...result, status: "skipped", class: "not-sent" });
    if (this.storage !== undefined) return skipped(resultOf(this.storage));
    if (this.context.runtime.signal.aborted) {
      return skipped(failed("JW2007", "interrupted", `${action.address}: not started`));
    }
    const stopped = this.stopped.get(action.target);
    return stopped === undefined ? undefined : skipped(stopped);
  }

  private async attempt(action: Action, intent: Intent | undefined): Promise<ActionResult> {
    const followed = followWrites(this.context);
    try {
      const result = await execute(followed.context, action, intent);
      return resultWithin(action, followed.begun, result);
    } catch (error) {
      const after = skippedIfUnsent(resultAfter(followed.outcome, action.address, error));
      const result = resultWithin(action, followed.begun, after);
      if (error instanceof JobwrightError && (error.reason === "storage" || error.reason === "lock-lost")) {
        this.storage ??= error;
        return result;
      }
      // Out of budget, nothing more can be made; what exists can still be changed.
      const noMore = result.reason === "budget" && action.action === "create";
      if (error instanceof ApiError && (error.stopsTarget || noMore)) this.stopped.set(action.target, result);
      // What is done and not recorded stays open: the next run finds it.
      return result.class === "done" ? result : this.recorded(intent, result);
    }
  }

  private async recorded(intent: Intent | undefined, result: ActionResult): Promise<ActionResult> {
    try {
      return await settleNot(this.context, intent, result);
    } catch (error) {
      if (!(error instanceof JobwrightError)) throw error;
      this.storage ??= error;
      return { ...resultOf(error), status: result.class === "unknown" ? "unknown" : "failed", class: result.class };
    }
  }
}

function execute(context: ApplyContext, action: Action, intent: Intent | undefined): Promise<ActionResult> {
  switch (action.action) {
    case "create":
      return applyCreate(context, action, intent);
    case "update":
    case "adopt":
      return applyUpdate(context, action, intent);
    case "replace":
      return applyReplace(context, action, intent);
    case "delete":
      return applyDelete(context, action, intent);
    case "forget":
      return Promise.resolve(applied());
  }
}

/**
 * Reads what was touched once more: what differs still did not converge. Where that cannot be read, the answer to the
 * write is the last that is known. Costs one list, or a read for each of a few.
 */
async function secondLook(
  context: ApplyContext,
  plan: Plan,
  results: ReadonlyMap<Address, ActionResult>,
): Promise<ReadonlyMap<Address, readonly Change[]>> {
  const touched = plan.actions.filter(
    (a) => results.get(a.address)?.status === "applied" && !isStateOnly(a) && a.desired !== undefined,
  );
  const live = await readAgain(context, touched, results).catch((error: unknown) => {
    context.runtime.log(
      `could not look again at what was applied: ${error instanceof Error ? error.message : String(error)}`,
    );
    return new Map<Address, LiveJob>();
  });
  return new Map(
    touched.flatMap((action) => {
      const job = live.get(action.address);
      const answered = results.get(action.address)?.notConverged ?? [];
      const changes = job === undefined ? answered : stillDiffering(context, action, job);
      return changes.length === 0 ? [] : [[action.address, changes] as const];
    }),
  );
}

function stillDiffering(context: ApplyContext, action: Action, live: LiveJob): readonly Change[] {
  const { address, desired, keepsBase } = action;
  if (desired === undefined || keepsBase) return [];
  const state = context.session.state.jobs[address];
  const input = { ...context.input, flags: { ...context.input.flags, rotate: [] } };
  const diff = diffMatch(input, { desired, live, ...(state === undefined ? {} : { state }) });
  return (diff?.changes ?? []).filter((c) => state !== undefined || !diff?.unverifiable.includes(c.path));
}

async function readAgain(
  context: ApplyContext,
  touched: readonly Action[],
  results: ReadonlyMap<Address, ActionResult>,
): Promise<ReadonlyMap<Address, LiveJob>> {
  const found = new Map<Address, LiveJob>();
  if (context.runtime.signal.aborted) return found;
  for (const target of new Set(touched.map((a) => a.target))) {
    const actions = touched.filter((a) => a.target === target);
    const client = clientOf(context, { target });
    const pages = Math.ceil((context.input.live.get(target)?.length ?? 0) / 200) + 1;
    const listed = actions.length > pages ? new Map((await client.list()).map((job) => [job.id, job])) : undefined;
    for (const { address, desired, id } of actions) {
      const known = results.get(address)?.id ?? context.session.state.jobs[address]?.id ?? id;
      if (known === undefined || desired === undefined) continue;
      const { apiVersion } = desired;
      const job = listed === undefined ? await client.get(known, { apiVersion }) : listed.get(known);
      if (job !== undefined) found.set(address, job);
    }
  }
  return found;
}
