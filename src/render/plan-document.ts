import type { Value, ValueObject } from "../model/document.ts";
import type { Annotations, ApiVersion, DesiredJob, LiveFacts, ProviderId } from "../model/job.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { ActionResult, OutcomeClass, Reason } from "../model/outcome.ts";
import type {
  Action,
  ActionKind,
  Cause,
  Change,
  Plan,
  PlannedRequest,
  PlanWarning,
  PolicyChange,
  Refusal,
  Standing,
  Summary,
} from "../model/plan.ts";
import type { TargetIdentity } from "../model/state.ts";
import { toJson } from "../state/codec.ts";
import { NOT_BEGUN, type Results } from "./results.ts";
import { safeJson } from "./safe.ts";

/** What a document tells besides the plan. */
export interface PlanMeta {
  /** `jobwright/0.1.0`. */
  readonly tool: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** The `--env` chosen; "" for none. */
  readonly environment: string;
  /** The state that the plan was made with; absent with `state: none`, and where there was none yet. */
  readonly lineage?: string;
  readonly serial?: number;
  /** The flags that the plan was made with, by their long names: apply of a saved plan follows them. */
  readonly flags: JsonObject;
}

/** A change in a document. `before` is absent for `add`, `after` for `remove`. */
export interface ChangeDocument {
  readonly op: Change["op"];
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
  readonly cause: Cause;
  /** Conflicts: what was last applied. */
  readonly base?: Json;
}

/** A request in a document, less origin and headers. */
export interface RequestDocument {
  readonly method: PlannedRequest["method"];
  readonly path: string;
  readonly body?: Json;
}

/** A job as declared when the plan was made, so that a saved plan needs no manifests. */
export interface DesiredDocument {
  readonly apiVersion: ApiVersion;
  readonly target: string;
  readonly metadata: JsonObject;
  readonly spec: JsonObject;
  readonly annotations: Annotations;
  readonly ignore: readonly string[];
}

/** How an action ended. */
export interface ResultDocument {
  readonly status: ActionResult["status"];
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly class: OutcomeClass;
  readonly reason?: Reason;
  readonly id?: string;
  readonly request?: string;
  readonly httpStatus?: number;
  readonly attempts?: number;
  readonly retryAfterMs?: number;
  readonly notes?: readonly string[];
  readonly notConverged?: readonly ChangeDocument[];
}

/** One job's part of a document. */
export interface ActionDocument {
  readonly address: string;
  readonly action: ActionKind;
  readonly id?: string;
  readonly source?: { readonly file: string; readonly line: number; readonly column: number };
  readonly changes: readonly ChangeDocument[];
  readonly requests: readonly RequestDocument[];
  readonly precondition: string;
  readonly result?: ResultDocument;
  readonly target: string;
  readonly provider: ProviderId;
  readonly notes: readonly string[];
  readonly carried?: { readonly count: number; readonly paths: readonly string[] };
  readonly touched?: Pick<LiveFacts, "updatedAt" | "updatedBy">;
  readonly removedBy?: { readonly commit: string; readonly author: string; readonly subject: string };
  readonly desired?: DesiredDocument;
  /** Replaces: ids of the old jobs that go. */
  readonly doomed?: readonly string[];
  /** Secrets that are written because nothing tells whether they changed, by change path. */
  readonly unverifiable?: readonly string[];
  /** `--only-cause drift`: what is pending stays pending. */
  readonly keepsBase?: true;
  /** Something in it was blanked because it equals a secret's value: it can be shown, but not applied as saved. */
  readonly redacted?: true;
}

/** A job that is left alone. */
export interface StandingDocument extends Omit<Standing, "changes"> {
  readonly changes?: readonly ChangeDocument[];
}

/** What `plan --json` and `--out` write (schemas/plan.schema.json). Fields may be added, readers ignore unknown ones. */
export interface PlanDocument {
  readonly formatVersion: 1;
  readonly tool: string;
  readonly createdAt: string;
  readonly digest: string;
  readonly summary: Summary;
  readonly actions: readonly ActionDocument[];
  readonly warnings: readonly PlanWarning[];
  /** Changes of the rules themselves, by the change under review. */
  readonly policy?: readonly { readonly path: string; readonly before?: Json; readonly after?: Json }[];
  readonly refusals: readonly Refusal[];
  readonly standings: readonly StandingDocument[];
  readonly drifted: boolean;
  readonly narrowed: boolean;
  readonly environment: string;
  readonly lineage?: string;
  readonly serial?: number;
  readonly flags: JsonObject;
  readonly targets: Readonly<Record<string, TargetIdentity>>;
}

/** The document of a plan; also of `drift --json`. Keys stand in the order in which they are documented. */
export function toPlanDocument(plan: Plan, meta: PlanMeta): PlanDocument {
  return documentOf(
    plan,
    meta,
    plan.actions.map((action) => actionDocument(action)),
  );
}

function policyDocument({ path, before, after }: PolicyChange): NonNullable<PlanDocument["policy"]>[number] {
  return {
    path,
    ...(before === undefined ? {} : { before: toJson(before) }),
    ...(after === undefined ? {} : { after: toJson(after) }),
  };
}

/** What `apply --json` answers: the plan's document with a `result` on every action. */
export function applyDocument(plan: Plan, results: Results, meta: PlanMeta): PlanDocument {
  const actions = plan.actions.map((action) =>
    actionDocument(action, resultDocument(results.get(action.address) ?? NOT_BEGUN)),
  );
  return documentOf(plan, meta, actions);
}

/** What `drift --json` answers: the plan's document, whose `drifted` says it all. */
export function driftDocument(plan: Plan, meta: PlanMeta): PlanDocument {
  return toPlanDocument(plan, meta);
}

/** A document as text: two spaces of indent, a line end at its end. */
export function documentText(document: object): string {
  return `${safeJson(document, 2)}\n`;
}

function documentOf(plan: Plan, meta: PlanMeta, actions: readonly ActionDocument[]): PlanDocument {
  return {
    formatVersion: 1,
    tool: meta.tool,
    createdAt: meta.createdAt,
    digest: plan.digest,
    summary: summaryDocument(plan.summary),
    actions,
    ...(plan.policy === undefined ? {} : { policy: plan.policy.map(policyDocument) }),
    warnings: plan.warnings.map(({ code, message, address }) => ({ code, message, ...optional({ address }) })),
    refusals: plan.refusals.map(({ code, message, hint, address }) => ({
      code,
      message,
      hint,
      ...optional({ address }),
    })),
    standings: plan.standings.map(standingDocument),
    drifted: plan.drifted,
    narrowed: plan.narrowed,
    environment: meta.environment,
    ...optional({ lineage: meta.lineage, serial: meta.serial }),
    flags: meta.flags,
    targets: Object.fromEntries(
      Object.entries(plan.targets).map(([name, { provider, origin, workspace }]) => [
        name,
        { provider, origin, ...optional({ workspace }) },
      ]),
    ),
  };
}

function summaryDocument(summary: Summary): Summary {
  const { create, update, replace, adopt, unchanged, unmanaged, forget, paused, held, orphaned } = summary;
  return {
    create,
    update,
    replace,
    delete: summary.delete,
    adopt,
    unchanged,
    unmanaged,
    forget,
    paused,
    held,
    orphaned,
  };
}

function actionDocument(action: Action, result?: ResultDocument): ActionDocument {
  const { source, carried, touched, removedBy, desired } = action;
  return {
    address: action.address,
    action: action.action,
    ...optional({ id: action.id }),
    ...optional({ source: source && { file: source.file, line: source.line, column: source.column } }),
    changes: action.changes.map(changeDocument),
    requests: action.requests.map(requestDocument),
    precondition: action.precondition,
    ...optional({ result }),
    target: action.target,
    provider: action.provider,
    notes: action.notes,
    ...optional({ carried: carried && { count: carried.paths.length, paths: carried.paths } }),
    ...optional({ touched: touched && optional({ updatedAt: touched.updatedAt, updatedBy: touched.updatedBy }) }),
    ...optional({
      removedBy: removedBy && { commit: removedBy.commit, author: removedBy.author, subject: removedBy.subject },
    }),
    ...optional({ desired: desired && desiredDocument(desired) }),
    ...optional({ doomed: action.doomed, unverifiable: action.unverifiable, keepsBase: action.keepsBase }),
  };
}

function changeDocument(change: Change): ChangeDocument {
  return {
    op: change.op,
    path: change.path,
    ...optional({ before: optionalJson(change.before), after: optionalJson(change.after) }),
    cause: change.cause,
    ...optional({ base: optionalJson(change.base) }),
  };
}

function requestDocument({ method, path, body }: PlannedRequest): RequestDocument {
  return { method, path, ...optional({ body: optionalJson(body) }) };
}

function desiredDocument(desired: DesiredJob): DesiredDocument {
  const { protect, onRemove, id, movedFrom, ignore } = desired.annotations;
  return {
    apiVersion: desired.apiVersion,
    target: desired.target,
    metadata: objectJson(desired.document.metadata),
    spec: objectJson(desired.document.spec),
    annotations: { protect, onRemove, ...optional({ id, movedFrom }), ignore },
    ignore: desired.ignore,
  };
}

function standingDocument({ address, target, kind, note, id, changes }: Standing): StandingDocument {
  return { address, target, kind, note, ...optional({ id, changes: changes?.map(changeDocument) }) };
}

/** How an action ended, for a document. */
export function resultDocument(result: ActionResult): ResultDocument {
  const { error, notes, notConverged } = result;
  return {
    status: result.status,
    ...optional({ error: error && { code: error.code, message: error.message, ...optional({ hint: error.hint }) } }),
    class: result.class,
    ...optional({
      reason: result.reason,
      id: result.id,
      request: result.request,
      httpStatus: result.httpStatus,
      attempts: result.attempts,
      retryAfterMs: result.retryAfterMs,
      notes: notes.length === 0 ? undefined : notes,
      notConverged:
        notConverged === undefined || notConverged.length === 0 ? undefined : notConverged.map(changeDocument),
    }),
  };
}

function optionalJson(value: Value | undefined): Json | undefined {
  return value === undefined ? undefined : toJson(value);
}

function objectJson(value: ValueObject): JsonObject {
  const json = toJson(value);
  return isJsonObject(json) ? json : {};
}

/** The given fields less the undefined ones. */
function optional<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
