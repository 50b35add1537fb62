import type { Code } from "../codes.ts";
import { ApiError, JobwrightError } from "../errors.ts";
import type { Address } from "../model/job.ts";
import type { ActionResult, OutcomeClass } from "../model/outcome.ts";
import type { Action } from "../model/plan.ts";
import type { Intent } from "../model/state.ts";
import type { Settlement } from "../state/store.ts";
import { type ApplyContext, applied, failed, followWrites, resultAfter, resultOf, resultWithin } from "./context.ts";
import { applyCreate } from "./create.ts";
import { applyDelete } from "./delete.ts";
import { applyReplace } from "./replace.ts";
import { applyUpdate, settleNot } from "./update.ts";

/** Why other actions are not begun any more: the result of one of them. */
interface Cause {
  readonly address: Address;
  readonly result: ActionResult;
}

/** One run over a plan: takes its actions one by one, and remembers what keeps the others from being begun. */
export class Run {
  /** What ended the recording: a disk that is full, a lock that is lost. */
  storage: JobwrightError | undefined;
  /** What this program itself failed with. */
  crash: unknown;
  private halted: Cause | undefined;
  /** By target: why nothing, or nothing that makes a job, is begun any more. */
  private readonly stopped = new Map<string, Cause>();
  private readonly unpaid = new Map<string, Cause>();
  private readonly unbegun: Intent[] = [];
  private readonly context: ApplyContext;

  constructor(context: ApplyContext) {
    this.context = context;
  }

  /** Carries out one action, or tells why it is not begun. Throws nothing. */
  async one(action: Action, intent: Intent | undefined): Promise<ActionResult> {
    const barred = this.barred(action);
    if (barred !== undefined) {
      if (intent !== undefined) this.unbegun.push(intent);
      this.context.onEvent({ kind: "finished", action, result: barred });
      return barred;
    }
    this.context.onEvent({ kind: "started", action });
    const result = await this.attempt(action, intent);
    this.context.onEvent({ kind: "finished", action, result });
    return result;
  }

  /** Closes the intents of what was not begun, and others, all at once: with the git store each record may be a push. */
  async close(overtaken: readonly Settlement[]): Promise<void> {
    const ends: readonly Settlement[] = [
      ...this.unbegun.map(({ seq }) => ({ seq, kind: "not-done" }) as const),
      ...overtaken,
    ];
    if (this.storage !== undefined || ends.length === 0) return;
    try {
      await this.context.session.settle(ends);
    } catch (error) {
      this.halt(undefined, resultOf(error), error);
    }
  }

  private barred(action: Action): ActionResult | undefined {
    const cause = this.halted ?? this.stopped.get(action.target) ?? this.unpaidFor(action);
    if (this.halted === undefined && this.context.runtime.signal.aborted) {
      return skipped(failed("JW2007", "interrupted", `${action.address}: not begun`));
    }
    return cause === undefined ? undefined : notBegun(action, cause);
  }

  private unpaidFor(action: Action): Cause | undefined {
    return isCreate(action) ? this.unpaid.get(action.target) : undefined;
  }

  private async attempt(action: Action, intent: Intent | undefined): Promise<ActionResult> {
    // What waits for its turn was begun, but is as good as not begun.
    const followed = followWrites(this.context, () => {
      const barred = this.barred(action);
      if (barred !== undefined) throw new Barred(barred);
    });
    try {
      const result = await execute(followed.context, action, intent);
      return resultWithin(action, followed.begun, result);
    } catch (error) {
      if (error instanceof Barred && !followed.begun && isUnsent(followed.outcome)) {
        if (intent !== undefined) this.unbegun.push(intent);
        return error.result;
      }
      const after = skippedIfUnsent(followed.outcome, resultAfter(followed.outcome, action.address, error));
      const result = resultWithin(action, followed.begun, after);
      if (isStorage(error) || isCrash(error)) this.halt(action, result, error);
      else if (error instanceof ApiError) this.heed(action, result, error);
      if (isStorage(error)) return result;
      // What is done and not recorded stays open: the next run finds it.
      return result.class === "done" ? result : this.recorded(action, intent, result);
    }
  }

  /** What the failure of one action means for others of its target. */
  private heed(action: Action, result: ActionResult, error: ApiError): void {
    const { address, target } = action;
    if (error.stopsTarget && !this.stopped.has(target)) this.stopped.set(target, { address, result });
    // Out of budget, nothing more can be made; what exists can still be changed.
    const unpaid = error.reason === "budget" && isCreate(action);
    if (unpaid && !this.unpaid.has(target)) this.unpaid.set(target, { address, result });
  }

  private halt(action: Action | undefined, result: ActionResult, error: unknown): void {
    if (isStorage(error)) this.storage ??= error;
    else this.crash ??= error;
    this.halted ??= { address: action?.address ?? "", result };
  }

  private async recorded(action: Action, intent: Intent | undefined, result: ActionResult): Promise<ActionResult> {
    try {
      return await settleNot(this.context, intent, result);
    } catch (error) {
      const unrecorded = resultOf(error);
      this.halt(action, unrecorded, error);
      return { ...unrecorded, status: result.class === "unknown" ? "unknown" : "failed", class: result.class };
    }
  }
}

/** Nothing can be recorded any more. */
function isStorage(error: unknown): error is JobwrightError {
  return error instanceof JobwrightError && (error.reason === "storage" || error.reason === "lock-lost");
}

/** This program is not to be trusted any more. */
function isCrash(error: unknown): boolean {
  return !(error instanceof JobwrightError) || error.reason === "internal";
}

function skipped(result: ActionResult): ActionResult {
  return { ...result, status: "skipped", class: "not-sent" };
}

/** The reason is told in full once, at the action that met it. */
function notBegun({ address }: Action, { address: first, result }: Cause): ActionResult {
  const { error, reason, retryAfterMs } = result;
  const code = error?.code ?? "JW5000";
  const why = first === "" ? (error?.message ?? "") : `since ${first} met ${code}`;
  return {
    ...{ status: "skipped", class: "not-sent", notes: [], error: { code, message: `${address}: not begun, ${why}` } },
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** What a stop, or what another request met, kept from being sent was not begun, however far it had come. */
function skippedIfUnsent(outcome: OutcomeClass | undefined, result: ActionResult): ActionResult {
  const kept = result.reason === "interrupted" || result.reason === "platform-down" || result.attempts === 0;
  return kept && isUnsent(outcome) ? { ...result, status: "skipped", class: "not-sent" } : result;
}

function isUnsent(outcome: OutcomeClass | undefined): boolean {
  return outcome === undefined || outcome === "not-sent";
}

/** Keeps a write from leaving, for what another action met meanwhile. */
class Barred extends JobwrightError {
  readonly result: ActionResult;

  constructor(result: ActionResult) {
    const { code, message } = result.error ?? { code: "JW5000", message: "not begun" };
    super(code as Code, result.reason ?? "internal", message);
    this.result = result;
  }
}

/** Whether it begins with making a job. */
function isCreate({ requests }: Action): boolean {
  return requests[0]?.method === "POST";
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
