import { canonical } from "../document/canonical.ts";
import { isObject, objectFrom, type Value } from "../model/document.ts";
import { splitAddress } from "../model/job.ts";
import type { Action, PlanWarning } from "../model/plan.ts";
import { baseDocument } from "./base.ts";
import type { Orphan } from "./match.ts";

/** A job that goes and one of equal content that comes look like a rename: says how to make it one. */
export function suggestMoves(actions: readonly Action[], orphans: readonly Orphan[]): readonly PlanWarning[] {
  const creates = actions.filter((a) => a.action === "create" && a.desired?.annotations.movedFrom === undefined);
  if (creates.length === 0) return [];
  const gone = new Map(
    orphans.map((o) => [`${splitAddress(o.address).target} ${content(baseDocument(o.state.declared))}`, o]),
  );
  return creates.flatMap((action) => {
    const desired = action.desired;
    const orphan = desired && gone.get(`${action.target} ${content(desired.document)}`);
    if (orphan === undefined) return [];
    const { name } = splitAddress(orphan.address);
    return [
      {
        code: "JW3502",
        address: action.address,
        message:
          `${action.address} looks like ${orphan.address} renamed. To carry what the old job has and delete it, ` +
          `add to its metadata:  annotations: { jobwright.dev/moved-from: ${name} }`,
      },
    ];
  });
}

function content(document: Value): string {
  if (!isObject(document)) return "";
  const metadata = isObject(document["metadata"]) ? document["metadata"] : {};
  const nameless = objectFrom(Object.entries(metadata).filter(([key]) => key !== "name"));
  return canonical({ metadata: nameless, spec: document["spec"] ?? null });
}
