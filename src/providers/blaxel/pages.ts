import { ApiError } from "../../errors.ts";
import { pointersByItem } from "../../http/answer.ts";
import type { ApiAnswer, ApiClient } from "../../http/api.ts";
import {
  badPage,
  countIn,
  type ListedItem,
  type ListReading,
  readUntilConsistent,
  repeatedId,
} from "../../http/listing.ts";
import { excerpt } from "../../http/text.ts";
import { own } from "../../model/document.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { Runtime } from "../../model/runtime.ts";

const PAGE_SIZE = "200";

interface Page {
  readonly items: readonly ListedItem[];
  /** Absent where the answer is the bare array of older servers, which is the whole list. */
  readonly meta?: { readonly total: number; readonly cursor: string | undefined };
}

/** What a list is read with. */
export interface BlaxelList {
  readonly client: ApiClient;
  readonly runtime: Runtime;
  /** `GET /v0/jobs`, for messages. */
  readonly request: string;
  /** Told how many jobs have come so far, and of how many. */
  readonly onRead: ((jobs: number, total: number) => void) | undefined;
}

/**
 * All jobs of the workspace, complete or an error. By name, which is the order that stays stable while jobs are made;
 * a cursor is used only with the query that it came from. Source: `GET /jobs`.
 */
export function readBlaxelList(list: BlaxelList): Promise<readonly ListedItem[]> {
  return readUntilConsistent(() => readOnce(list), list.runtime, list.request);
}

async function readOnce({ client, onRead }: BlaxelList): Promise<ListReading> {
  const items: ListedItem[] = [];
  const cursors = new Set<string>();
  let total: number | undefined;
  for (let number = 1, cursor: string | undefined; ; number++) {
    const page = await readPage(client, number, cursor);
    if (page === "expired") return { inconsistent: `its cursor was refused at page ${number}` };
    if (page.meta === undefined) {
      return number === 1 ? checked(page.items, page.items.length) : { inconsistent: `page ${number} has no \`meta\`` };
    }
    total ??= page.meta.total;
    if (page.meta.total !== total) {
      return { inconsistent: `page 1 says that there are ${total} jobs, page ${number} says ${page.meta.total}` };
    }
    items.push(...page.items);
    onRead?.(items.length, total);
    cursor = page.meta.cursor;
    if (cursor === undefined) return checked(items, total);
    if (page.items.length === 0) return { inconsistent: `page ${number} is empty and not the last` };
    if (cursors.has(cursor)) return { inconsistent: `page ${number} leads back to an earlier one` };
    if (items.length > total) return { inconsistent: `it holds more than the ${total} jobs that it says` };
    cursors.add(cursor);
  }
}

function checked(items: readonly ListedItem[], total: number): ListReading {
  const repeated = repeatedId(items);
  if (repeated !== undefined) return { inconsistent: repeated };
  return items.length === total ? { items } : { inconsistent: `it holds ${items.length} jobs and says ${total}` };
}

async function readPage(client: ApiClient, number: number, cursor: string | undefined): Promise<Page | "expired"> {
  const label = number === 1 ? "the job list" : `page ${number} of the job list`;
  try {
    const answer = await client.request({
      method: "GET",
      path: "/jobs",
      query: { limit: PAGE_SIZE, sort: "name:asc", ...(cursor === undefined ? {} : { cursor }) },
      kind: "read",
      about: "collection",
      label,
      stopAtOnce: true,
    });
    return pageIn(answer, (what) => badPage(answer.request, label, what));
  } catch (error) {
    if (cursor !== undefined && error instanceof ApiError && error.status === 400) return "expired";
    throw error;
  }
}

function pageIn({ json, inexact }: ApiAnswer, bad: (what: string) => Error): Page {
  const bare = Array.isArray(json);
  if (!bare && !isJsonObject(json)) throw bad("neither an object nor a list");
  const data = bare ? json : own(json, "data");
  if (!Array.isArray(data)) throw bad("`data` is not a list");
  const at = bare ? "" : "/data";
  const outside = inexact.find((pointer) => !/^\d/.test(pointer.slice(at.length + 1)) || !pointer.startsWith(`${at}/`));
  if (outside !== undefined) throw bad(`ambiguous at ${excerpt(outside, [], 80) || "its top"}`);
  const items = itemsIn(data, inexact, at, bad);
  return bare ? { items } : { items, meta: metaIn(own(json, "meta"), bad) };
}

function metaIn(meta: Json | undefined, bad: (what: string) => Error): NonNullable<Page["meta"]> {
  if (!isJsonObject(meta)) throw bad("`meta` is not an object");
  const total = countIn(own(meta, "total"));
  if (total === undefined) throw bad("`meta.total` is not a count");
  const more = own(meta, "hasMore");
  if (typeof more !== "boolean") throw bad("`meta.hasMore` is neither true nor false");
  const cursor = own(meta, "nextCursor") ?? "";
  if (typeof cursor !== "string") throw bad("`meta.nextCursor` is not a string");
  if (more && cursor === "") throw bad("`meta.hasMore` is true, but there is no cursor to the next page");
  if (!more && cursor !== "") throw bad("`meta.hasMore` is false, but there is a cursor to a next page");
  return { total, cursor: more ? cursor : undefined };
}

function itemsIn(
  items: readonly Json[],
  inexact: readonly string[],
  at: string,
  bad: (what: string) => Error,
): ListedItem[] {
  const inexactIn = pointersByItem(inexact, at);
  return items.map((item, i) => {
    if (!isJsonObject(item)) throw bad(`item ${i} is not an object`);
    const id = nameIn(item);
    // Assumed: what was made before today's rule for names (lowercase letters, digits, hyphens) may look a little different.
    if (typeof id !== "string" || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id))
      throw bad(`item ${i} has no usable metadata.name`);
    return { raw: item, inexact: inexactIn(i), id };
  });
}

/** The `metadata.name` of an answered job. */
export function nameIn(job: Json | undefined): Json | undefined {
  const metadata = isJsonObject(job) ? own(job, "metadata") : undefined;
  return isJsonObject(metadata) ? own(metadata, "name") : undefined;
}
