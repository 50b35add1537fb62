import type { ActionResult } from "../model/outcome.ts";
import type { Action, ActionKind } from "../model/plan.ts";
import { type ResultDocument, resultDocument } from "./plan-document.ts";
import type { Redactor } from "./redact.ts";
import { redactResult } from "./redact-document.ts";

/** One line of `apply --events` (schemas/event.schema.json). Fields may be added, readers ignore unknown ones. */
export interface EventDocument {
  readonly formatVersion: 1;
  /** RFC 3339. */
  readonly at: string;
  /** The same in all lines of one apply. */
  readonly run: string;
  readonly address: string;
  readonly action: ActionKind;
  readonly state: "started" | "finished";
  readonly id?: string;
  /** With `finished`; its `reason` is of the closed vocabulary. */
  readonly result?: ResultDocument;
}

/** An action that has begun or, with a result, has ended. Known secret values are out of it. */
export function eventDocument(
  { address, action, id }: Pick<Action, "address" | "action" | "id">,
  result: ActionResult | undefined,
  { at, run, redactor }: { readonly at: Date; readonly run: string; readonly redactor: Redactor },
): EventDocument {
  const known = result?.id ?? id;
  return {
    formatVersion: 1,
    at: at.toISOString(),
    run,
    address,
    action,
    state: result === undefined ? "started" : "finished",
    ...(known === undefined ? {} : { id: known }),
    ...(result === undefined ? {} : { result: redactResult(resultDocument(result), redactor) }),
  };
}
