import type { JsonObject } from "../model/json.ts";
import type { Mutation } from "./store.ts";

/** A stored job; tables add what they keep beside it. */
export interface Row {
  readonly job: JsonObject;
}

/** A row that was set or taken away. */
export interface RowChange {
  readonly platform: Mutation["platform"];
  readonly scope: string;
  readonly id: string;
  readonly by: Mutation["by"];
  readonly before?: Row;
  readonly after?: Row;
}

/** What a table needs of the store around it. */
export interface TableContext {
  readonly now: () => Date;
  /** RFC 3339; later than every one before. */
  readonly stamp: () => string;
  readonly changed: (change: RowChange) => void;
}

/** A change without the undefined ones among its rows. */
export function rowChange(
  what: Omit<RowChange, "before" | "after">,
  before: Row | undefined,
  after: Row | undefined,
): RowChange {
  return { ...what, ...(before ? { before } : {}), ...(after ? { after } : {}) };
}
