import { gunzipSync, gzipSync } from "node:zlib";
import { comparePlans, type Decided, textOfDifferences } from "../commands/diff-plans.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { ActionKind, Cause, Change, Plan } from "../model/plan.ts";
import { digestOf } from "../plan/digest.ts";
import { type PlanMeta, toPlanDocument } from "../render/plan-document.ts";
import type { Redactor } from "../render/redact.ts";
import { redactPlanDocument } from "../render/redact-document.ts";
import { fromJson } from "../state/codec.ts";

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
export function unpackDecisions(comment: string, digest: string): readonly Decided[] | undefined {
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
export function differenceText(reviewed: readonly Decided[], now: Plan): string {
  return textOfDifferences(comparePlans(reviewed, now.actions), ["the reviewed plan", "the plan of now"]);
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
