import { valueAt } from "../document/edit.ts";
import type { Value, ValueObject } from "../model/document.ts";
import type { FieldTable } from "../model/fields.ts";
import type { LiveJob } from "../model/job.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { Intent } from "../model/state.ts";
import { baseDocument } from "../plan/base.ts";

/** The document that a create sent, as its intent keeps it. */
export function sentBy({ job }: Intent): ValueObject {
  const declared: Json | undefined = job?.["declared"];
  return isJsonObject(declared) ? baseDocument(declared) : {};
}

/**
 * Whether a live job may stem from a create that sent this document: nothing that never changes (the name, the agent) is
 * another one. What either side does not tell, or tells as a secret, speaks against nothing.
 */
export function mayStemFrom(table: FieldTable, sent: Value, live: LiveJob): boolean {
  return table
    .filter((rule) => rule.immutable)
    .every(({ path }) => {
      const [asked, is] = [valueAt(table, sent, path), valueAt(table, live.document, path)];
      return typeof asked !== "string" || typeof is !== "string" || asked === is;
    });
}
