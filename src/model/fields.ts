import type { Json } from "./json.ts";

/**
 * Who owns a field of a platform's job, and how it compares. Rows of a provider's table; the first row whose `path`
 * matches wins. `path` is a JSON Pointer into the document, `*` standing for any one key or list item.
 */
export interface FieldRule {
  readonly path: string;
  /** Answered, never sent: taken out of the live document. */
  readonly readOnly?: true;
  /** A change of it replaces the job. */
  readonly immutable?: true;
  /** How a list compares; lists without a rule compare by value. */
  readonly list?: ListRule;
  /** An on/off switch: off live while base and Git have it on means paused by hand. */
  readonly toggle?: true;
  /** Is secret where its sibling `secret` is true. */
  readonly secret?: "sibling";
  /** What the platform does where it is left out: equal to declaring this. */
  readonly default?: Json;
  /** Who fills it in where the manifest does not declare it. */
  readonly filledBy?: string;
  /** Text: a regular expression for what the platform makes up by itself; what does not match, somebody chose. */
  readonly madeUp?: string;
  /** Nimble: may be sent as null inside a nested object. */
  readonly nullable?: true;
  /** Is cleared as a whole (the API knows no smaller unit). */
  readonly unit?: true;
  /** Platform bookkeeping that moves by itself: not compared among carried fields. */
  readonly bookkeeping?: true;
}

/** Keyed lists: items match by the value at `key`; `trigger` by id, else by type and position; sets by value. */
export type ListRule =
  | { readonly kind: "keyed"; readonly key: string }
  | { readonly kind: "trigger" }
  | { readonly kind: "set" };

/** A provider's rows. */
export type FieldTable = readonly FieldRule[];
