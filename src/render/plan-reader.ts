import validate from "../compiled/plan.js";
import { isDeeper, MOST_LEVELS } from "../document/depth.ts";
import { JobwrightError } from "../errors.ts";
import { isObject, type Value, type ValueObject } from "../model/document.ts";
import { type Address, type DesiredJob, splitAddress } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import type { Action, Change, Plan, PlannedRequest, Standing } from "../model/plan.ts";
import { fromJson } from "../state/codec.ts";
import type {
  ActionDocument,
  ChangeDocument,
  DesiredDocument,
  PlanDocument,
  PlanMeta,
  RequestDocument,
} from "./plan-document.ts";

/** A saved plan. Its actions have no `live` and no `base`: those are read anew. */
export interface SavedPlan {
  readonly plan: Plan;
  readonly meta: PlanMeta;
  /** Actions in which values were blanked when it was saved: they can be shown and compared, but not applied. */
  readonly redacted: readonly Address[];
}

/** A larger document is not read (bytes). */
export const MAX_PLAN_BYTES = 256 * 1024 * 1024;

const AGAIN = "Nothing was sent. Make the plan again with jobwright plan --out.";

/**
 * Reads what `toPlanDocument` wrote; the digest is as written, not verified here. `place` names the file in messages.
 * Throws a JobwrightError (`JW5101`, `JW5102`) for anything else, naming the JSON Pointer of the fault; fields that
 * this version does not know are passed over.
 */
export function readPlanDocument(text: string, place = "the saved plan"): SavedPlan {
  const document = checkDocument(parse(text, place), place);
  return new Reader(place).plan(document);
}

function parse(text: string, place: string): Json {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PLAN_BYTES)
    throw unreadable(place, "", `is too large: ${bytes} bytes, at most ${MAX_PLAN_BYTES} are read`);
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    // The parser's own words may quote the text.
    throw unreadable(place, "", "is not whole JSON (cut off, or edited)");
  }
}

function checkDocument(raw: Json, place: string): PlanDocument {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw unreadable(place, "", "is not a plan");
  const version = Object.hasOwn(raw, "formatVersion")
    ? Object.entries(raw).find(([key]) => key === "formatVersion")?.[1]
    : undefined;
  if (typeof version === "number" && version > 1) throw newer(place, version);
  if (isDeeper(raw, MOST_LEVELS)) throw unreadable(place, "", `is nested deeper than ${MOST_LEVELS} levels`);
  if (validate(raw)) return raw as unknown as PlanDocument;
  const first = validate.errors?.[0];
  throw unreadable(place, first?.instancePath ?? "", first?.message ?? "is not as expected");
}

function newer(place: string, version: number): JobwrightError {
  return new JobwrightError(
    "JW5102",
    "invalid",
    `${place} was written by a newer jobwright (formatVersion ${version}; this one reads 1)`,
    {
      hint: "Nothing was sent. Apply it with the version that made it, or make the plan again with this one.",
    },
  );
}

function unreadable(place: string, pointer: string, what: string): JobwrightError {
  return new JobwrightError("JW5101", "invalid", `${place}: ${pointer === "" ? "the document" : pointer} ${what}`, {
    hint: AGAIN,
  });
}

/** Turns a document of the right shape into a plan, checking what a schema cannot say. */
class Reader {
  readonly #place: string;

  constructor(place: string) {
    this.#place = place;
  }

  plan(document: PlanDocument): SavedPlan {
    const { tool, createdAt, environment, lineage, serial, flags } = document;
    this.#distinct(document.actions);
    const meta: PlanMeta = {
      tool,
      createdAt,
      environment,
      ...(lineage === undefined ? {} : { lineage }),
      ...(serial === undefined ? {} : { serial }),
      flags,
    };
    const { digest, summary, warnings, refusals, drifted, narrowed, targets } = document;
    const actions = document.actions.map((action, at) => this.#action(action, `/actions/${at}`, targets));
    const standings = document.standings.map((standing, at) => this.#standing(standing, `/standings/${at}`));
    return {
      meta,
      redacted: document.actions.filter((action) => action.redacted === true).map(({ address }) => address),
      plan: { actions, standings, refusals, warnings, summary, digest, targets, settled: [], drifted, narrowed },
    };
  }

  #fail(pointer: string, what: string): never {
    throw unreadable(this.#place, pointer, what);
  }

  #distinct(actions: readonly ActionDocument[]): void {
    const seen = new Set<string>();
    for (const [at, { address }] of actions.entries()) {
      if (seen.has(address)) this.#fail(`/actions/${at}/address`, "is there twice");
      seen.add(address);
    }
  }

  #action(document: ActionDocument, at: string, targets: PlanDocument["targets"]): Action {
    const { address, target, provider, action, id, source, carried, touched, removedBy, desired, result } = document;
    const { doomed, unverifiable, keepsBase } = document;
    if (result !== undefined) this.#fail(`${at}/result`, "says that this is the outcome of an apply, not a plan");
    if (!address.startsWith(`${target}/`)) this.#fail(`${at}/address`, "does not begin with its target");
    if (!Object.hasOwn(targets, target)) this.#fail(`${at}/target`, "is not among the targets");
    if (targets[target]?.provider !== provider) this.#fail(`${at}/provider`, "is not the target's");
    if (desired === undefined && (action === "create" || action === "replace" || action === "adopt")) {
      this.#fail(`${at}/desired`, `is missing; a ${action} needs it`);
    }
    if (id === undefined && action !== "create") this.#fail(`${at}/id`, `is missing; a ${action} needs it`);
    const place =
      source === undefined ? undefined : { file: source.file, line: source.line, column: source.column ?? 1 };
    return {
      address,
      target,
      provider,
      action,
      ...(id === undefined ? {} : { id }),
      ...(place === undefined ? {} : { source: place }),
      changes: document.changes.map((change, n) => this.#change(change, `${at}/changes/${n}`)),
      requests: document.requests.map((request, n) => this.#request(request, `${at}/requests/${n}`)),
      precondition: document.precondition,
      ...(carried === undefined ? {} : { carried: { paths: carried.paths } }),
      notes: document.notes,
      ...(desired === undefined ? {} : { desired: this.#desired(desired, document, `${at}/desired`) }),
      ...(touched === undefined ? {} : { touched }),
      ...(removedBy === undefined ? {} : { removedBy }),
      ...(doomed === undefined ? {} : { doomed }),
      ...(unverifiable === undefined ? {} : { unverifiable }),
      ...(keepsBase === undefined ? {} : { keepsBase }),
    };
  }

  #change(document: ChangeDocument, at: string): Change {
    const { op, path, cause } = document;
    const has = (key: "before" | "after" | "base"): boolean => Object.hasOwn(document, key);
    if (has("before") !== (op !== "add")) this.#fail(`${at}/before`, `does not go with op ${op}`);
    if (has("after") !== (op !== "remove")) this.#fail(`${at}/after`, `does not go with op ${op}`);
    return {
      op,
      path,
      ...(document.before === undefined ? {} : { before: this.#value(document.before, `${at}/before`) }),
      ...(document.after === undefined ? {} : { after: this.#value(document.after, `${at}/after`) }),
      cause,
      ...(document.base === undefined ? {} : { base: this.#value(document.base, `${at}/base`) }),
    };
  }

  #request({ method, path, body }: RequestDocument, at: string): PlannedRequest {
    return { method, path, ...(body === undefined ? {} : { body: this.#value(body, `${at}/body`) }) };
  }

  #desired(document: DesiredDocument, action: ActionDocument, at: string): DesiredJob {
    if (document.target !== action.target) this.#fail(`${at}/target`, "is not the action's");
    const { annotations, apiVersion } = document;
    if (apiVersion.startsWith("blaxel.ai/") !== (action.provider === "blaxel"))
      this.#fail(`${at}/apiVersion`, "is not the provider's");
    const metadata = this.#object(document.metadata, `${at}/metadata`);
    const { name } = splitAddress(action.address);
    if (metadata["name"] !== name) this.#fail(`${at}/metadata/name`, "is not the address's");
    return {
      address: action.address,
      target: action.target,
      provider: action.provider,
      apiVersion,
      name,
      document: { metadata, spec: this.#object(document.spec, `${at}/spec`) },
      annotations,
      ignore: document.ignore,
      source: { file: action.source?.file ?? "", line: action.source?.line ?? 1, column: action.source?.column ?? 1 },
    };
  }

  #standing({ address, target, kind, note, id, changes }: PlanDocument["standings"][number], at: string): Standing {
    return {
      address,
      target,
      kind,
      note,
      ...(id === undefined ? {} : { id }),
      ...(changes === undefined
        ? {}
        : { changes: changes.map((change, n) => this.#change(change, `${at}/changes/${n}`)) }),
    };
  }

  #object(json: Json, at: string): ValueObject {
    const value = this.#value(json, at);
    return isObject(value) ? value : this.#fail(at, "is not an object");
  }

  #value(json: Json, at: string): Value {
    try {
      return fromJson(json).value;
    } catch (error) {
      const said = error instanceof TypeError ? error.message : "is not as expected";
      return this.#fail(at, `holds what is no value: ${said}`);
    }
  }
}
