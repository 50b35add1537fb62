import type { Code } from "../codes.ts";
import { ApiError, InternalError, JobwrightError } from "../errors.ts";
import type { DesiredJob } from "../model/job.ts";
import type { ActionResult, OutcomeClass, Reason } from "../model/outcome.ts";
import type { Action, PlannedRequest } from "../model/plan.ts";
import type { Runtime } from "../model/runtime.ts";
import type { JobState } from "../model/state.ts";
import type { PlanInput } from "../plan/input.ts";
import type { ProviderClient } from "../providers/provider.ts";
import type { StateSession } from "../state/store.ts";
import { type EntryContext, jobEntry } from "./entry.ts";

/** Everything that applying needs. */
export interface ApplyContext {
  readonly runtime: Runtime;
  readonly session: StateSession;
  /** Connected, by target. */
  readonly clients: ReadonlyMap<string, ProviderClient>;
  /** What the plan was made from: flags, platforms, secrets, fingerprints. */
  readonly input: PlanInput;
  /** For Nimble: how long after a lost create an absence counts as "not done". */
  readonly createSettleMs: number;
  readonly onEvent: (event: ApplyEvent) => void;
}

/** One step in the life of an action, for progress and event logs. */
export type ApplyEvent =
  | { readonly kind: "started"; readonly action: Action }
  | { readonly kind: "finished"; readonly action: Action; readonly result: ActionResult };

/** The client of an action's target. */
export function clientOf(context: ApplyContext, action: Pick<Action, "target">): ProviderClient {
  const client = context.clients.get(action.target);
  if (client === undefined) throw new JobwrightError("JW5000", "internal", `target ${action.target} is not connected`);
  return client;
}

/** A context whose writes are followed. */
export interface Followed {
  readonly context: ApplyContext;
  /** What is known of the last write that was sent; undefined where none was. */
  readonly outcome: OutcomeClass | undefined;
  /** Whether any write was done. */
  readonly begun: boolean;
}

/**
 * Follows the writes of one action: whatever fails after one, a read of what came of it or its record, does not make
 * undone what was done. None leaves once the lock is not ours any more, or where `mayLeave` throws.
 */
export function followWrites(context: ApplyContext, mayLeave: () => void = () => {}): Followed {
  let outcome: OutcomeClass | undefined;
  let method: string | undefined;
  let begun = false;
  // Of several tries of one write, one that may have happened outweighs later ones that did not.
  const note = (request: PlannedRequest, now: OutcomeClass): void => {
    const mayHave = outcome === "unknown" || outcome === "done";
    if (method !== request.method || now === "done" || !mayHave) outcome = now;
    method = request.method;
    begun ||= now === "done";
  };
  const followed = (client: ProviderClient): ProviderClient => ({
    ...client,
    send: async (request, address, hooks) => {
      try {
        const before = async (): Promise<void> => {
          mayLeave();
          await context.session.check();
        };
        const sent = await client.send(request, address, { ...hooks, before });
        note(request, "done");
        return sent;
      } catch (error) {
        note(request, outcomeOf(error));
        throw error;
      }
    },
  });
  const clients = new Map([...context.clients].map(([target, client]) => [target, followed(client)]));
  return {
    context: { ...context, clients },
    get outcome() {
      return outcome;
    },
    get begun() {
      return begun;
    },
  };
}

/** What a failure to send tells of a write. Where this program itself fails on the way, nobody can say. */
function outcomeOf(error: unknown): OutcomeClass {
  if (error instanceof ApiError) return error.outcome;
  return error instanceof JobwrightError ? "not-sent" : "unknown";
}

/** The result of an action that failed after a write of which more is known than its error says. */
export function resultAfter(outcome: OutcomeClass | undefined, address: string, error: unknown): ActionResult {
  const result = resultOf(error);
  if ((outcome !== "done" && outcome !== "unknown") || result.class === outcome) return result;
  const what =
    outcome === "done"
      ? "the write went through, but what came of it could not be read or recorded"
      : "nobody can say whether the write went through";
  return {
    ...result,
    status: outcome === "unknown" ? "unknown" : "failed",
    class: outcome,
    ...(result.error === undefined
      ? {}
      : { error: { ...result.error, message: `${address}: ${what}: ${result.error.message}` } }),
  };
}

/**
 * The result of an action some of whose writes were done: it was begun, so it was neither skipped nor found stale. Of a
 * replace, the class is that of the step which decided.
 */
export function resultWithin(action: Action, begun: boolean, result: ActionResult): ActionResult {
  const isUndone = result.class === "not-sent" || result.class === "not-done";
  if (!begun || !isUndone || result.status === "applied") return result;
  if (action.action !== "replace") return { ...result, status: "failed", class: "done" };
  const note = "some of its steps are done and recorded: the next run goes on from there";
  return { ...result, status: "failed", notes: [...result.notes, note] };
}

/** What entries of the state are made with. */
export function entryContext(context: ApplyContext): EntryContext {
  const { input, runtime } = context;
  return { secrets: input.secrets, fingerprint: input.fingerprint, now: runtime.clock.wall() };
}

/** The state entry of an action's job after it succeeded. */
export function entryFor(
  context: ApplyContext,
  desired: DesiredJob,
  live: Parameters<typeof jobEntry>[2],
  prior: JobState | undefined,
  extra: Partial<JobState> = {},
): JobState {
  return jobEntry(entryContext(context), desired, live, prior, extra);
}

/** A result that went well. */
export function applied(details: Partial<ActionResult> = {}): ActionResult {
  return { status: "applied", class: "done", notes: [], ...details };
}

/** A result that did not. */
export function failed(
  code: Code,
  reason: Reason,
  message: string,
  details: { class?: OutcomeClass; hint?: string; notes?: readonly string[] } = {},
): ActionResult {
  const { class: outcome = "not-sent" } = details;
  const isStale = reason === "stale" && outcome !== "done";
  const status = outcome === "unknown" ? "unknown" : isStale ? "stale" : "failed";
  return {
    status,
    class: outcome,
    reason,
    error: { code, message, ...(details.hint === undefined ? {} : { hint: details.hint }) },
    notes: details.notes ?? [],
  };
}

/** The result that an error means. */
export function resultOf(error: unknown): ActionResult {
  if (error instanceof ApiError) {
    const { outcome, attempts, tries, request, errno, retryAfterMs, at } = error;
    return {
      ...failed(error.code, error.reason, error.message, {
        class: outcome,
        ...(error.hint ? { hint: error.hint } : {}),
      }),
      attempts,
      request,
      ...(tries === undefined ? {} : { maxAttempts: tries }),
      ...(error.status === undefined ? {} : { httpStatus: error.status }),
      ...(errno === undefined ? {} : { errno }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(at === undefined ? {} : { at }),
    };
  }
  const known = error instanceof JobwrightError ? error : new InternalError(error);
  return failed(known.code, known.reason, known.message, known.hint ? { hint: known.hint } : {});
}
