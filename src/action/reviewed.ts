import { gunzipSync, gzipSync } from "node:zlib";
import { comparePlans, type Decided, textOfDifferences } from "../commands/diff-plans.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { ActionKind, Cause, Change, Plan } from "../model/plan.ts";
import { digestOf } from "../plan/digest.ts";
import { type PlanMeta, toPlanDocument } from "../render/plan-document.ts";
import type { Redactor } from "../render/redact.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import { fromJson } from "../state/codec.ts";

/** What a plan decides about each job. */
export type Decisions = readonly Decided[];

const MARK = "jobwright:decisions";
const LARGEST = 16 * 1024 * 1024;

/**
 * A plan's decisions as an HTML comment, so that a later run can show how its own plan differs. Known secrets are
 * blanked before; a comment can be edited, so what is read of it counts only if its digest is the status's.
 */
export function packDecisions(plan: Plan, meta: PlanMeta, redactor: Redactor): string {
  const { actions } = redactPlanDocument(toPlanDocument(plan, meta), redactor);
  const decided = actions.map(({ address, action, changes }) => ({ address, action, changes }));
  return `<!-- ${MARK} ${gzipSync(JSON.stringify(decided)).toString("base64")} -->`;
}

/** The decisions in a comment, if they are those of `digest`. */
export function unpackDecisions(comment: string, digest: string): Decisions | undefined {
  const packed = new RegExp(`<!-- ${MARK} ([A-Za-z0-9+/=]+) -->`).exec(comment)?.[1];
  if (packed === undefined) return undefined;
  try {
    const json: Json = JSON.parse(
      gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: LARGEST }).toString("utf8"),
    );
    const decided = Array.isArray(json) ? json.map(decision) : [];
    return digestOf(decided) === digest ? decided : undefined;
  } catch {
    return undefined;
  }
}

/** What the plan of now has and the reviewed one has not, and the other way round. */
export function differenceText(reviewed: Decisions, now: Plan): string {
  return textOfDifferences(comparePlans(reviewed, now.actions), ["the reviewed plan", "the plan of now"]);
}

/** What several plans decide together; updates of one job become one, of other decisions about one job the first stays. */
export function together(plans: readonly Decisions[]): Decisions {
  const all = new Map<string, Decided>();
  for (const decided of plans.flat()) {
    const other = all.get(decided.address);
    if (other === undefined) all.set(decided.address, decided);
    else if (isUpdate(other) && isUpdate(decided)) {
      all.set(decided.address, { ...other, changes: [...other.changes, ...decided.changes] });
    }
  }
  return [...all.values()];
}

/**
 * Whether each action of a plan is one of `reviewed`: the same decision, or for an update nothing but changes that the
 * reviewed one has too. What is missing is done already, or a part of the reviewed plan did not land.
 */
export function isReviewed(now: Decisions, reviewed: Decisions): boolean {
  const known = new Map(reviewed.map((decided) => [decided.address, decided]));
  return now.every((action) => {
    const other = known.get(action.address);
    if (other === undefined || other.action !== action.action) return false;
    if (!isUpdate(action)) return digestOf([action]) === digestOf([other]);
    const changes = new Set(other.changes.map((change) => digestOf([{ ...action, changes: [change] }])));
    return action.changes.every((change) => changes.has(digestOf([{ ...action, changes: [change] }])));
  });
}

function isUpdate({ action }: Decided): boolean {
  return action === "update";
}

function decision(json: Json): Decided {
  if (!isJsonObject(json) || !Array.isArray(json["changes"])) throw new TypeError("not a decision");
  const changes = json["changes"].map((change: Json): Change => {
    if (!isJsonObject(change)) throw new TypeError("not a change");
    const { before, after } = change;
    return {
      op: String(change["op"]) as Change["op"],
      path: String(change["path"]),
      cause: String(change["cause"]) as Cause,
      ...(before === undefined ? {} : { before: fromJson(before).value }),
      ...(after === undefined ? {} : { after: fromJson(after).value }),
    };
  });
  return { address: String(json["address"]), action: String(json["action"]) as ActionKind, changes };
}
