import { pointersByItem } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api.ts";
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
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Runtime } from "../../model/runtime.ts";

/** `/v1/jobs` or `/v2/jobs`. */
export type NimbleApi = "v1" | "v2";

/** What a list is read with. */
export interface NimbleList {
  readonly client: ApiClient;
  readonly runtime: Runtime;
  readonly api: NimbleApi;
  /** v1 only: what name or display name are searched for. */
  readonly search?: string;
  /** How many pages are asked for at once after the first. */
  readonly concurrency: number;
  /** Told how many jobs have come so far, and of how many. */
  readonly onRead?: (jobs: number, total: number) => void;
}

const PAGE_SIZE = 200;
const MOST_JOBS = 1_000_000;

interface Page {
  readonly items: readonly ListedItem[];
  readonly total: number;
  /** What the answer says of its size and place. */
  readonly size: number;
  readonly place: number;
}

/** All jobs that a list endpoint shows, complete or an error. Source: `GET /v1/jobs`, `GET /v2/jobs`. */
export function readNimbleList(list: NimbleList): Promise<readonly ListedItem[]> {
  return readUntilConsistent(() => readOnce(list), list.runtime, `GET /${list.api}/jobs`);
}

async function readOnce(list: NimbleList): Promise<ListReading> {
  const first = await readPage(list, 1, PAGE_SIZE);
  const { total, size } = first;
  if (size < 1 || size > PAGE_SIZE) return { inconsistent: `page 1 says that a page holds ${size} jobs` };
  if (total > MOST_JOBS) return { inconsistent: `it says that there are ${total} jobs` };
  const items: ListedItem[] = [];
  const pages = Math.max(1, Math.ceil((total + 1) / size));
  for (let from = 1; from <= pages; from += list.concurrency) {
    const numbers = Array.from({ length: Math.min(list.concurrency, pages - from + 1) }, (_, i) => from + i);
    const read = await Promise.all(numbers.map((n) => (n === 1 ? first : readPage(list, n, size))));
    for (const [i, page] of read.entries()) {
      const fault = faultOf(page, numbers[i] ?? 0, first, list.api);
      if (fault !== undefined) return { inconsistent: fault };
      items.push(...page.items);
    }
    list.onRead?.(items.length, total);
  }
  const repeated = repeatedId(items);
  return repeated === undefined ? { items } : { inconsistent: repeated };
}

/** Why a page does not go with the first one. A full last page is followed by an empty one, which proves the end. */
function faultOf(page: Page, number: number, first: Page, api: NimbleApi): string | undefined {
  const { total, size } = first;
  const due = Math.min(size, Math.max(0, total - (number - 1) * size));
  const place = api === "v1" ? number : (number - 1) * size;
  if (page.total !== total) return `page 1 says that there are ${total} jobs, page ${number} says ${page.total}`;
  if (page.size !== size || page.place !== place) return `page ${number} says that it is another page`;
  if (page.items.length !== due)
    return `page ${number} holds ${page.items.length} jobs where ${due} are due (of ${total})`;
  return undefined;
}

async function readPage({ client, api, search }: NimbleList, number: number, size: number): Promise<Page> {
  const label = number === 1 ? "the job list" : `page ${number} of the job list`;
  const query =
    api === "v1"
      ? { ...(search === undefined ? {} : { q: search }), page: String(number), per_page: String(size) }
      : { limit: String(size), offset: String((number - 1) * size) };
  const answer = await client.request({
    method: "GET",
    path: `/${api}/jobs`,
    query,
    kind: "read",
    about: "collection",
    label,
    stopAtOnce: true,
  });
  return pageIn(answer.json, answer.inexact, api, (what) => badPage(answer.request, label, what));
}

function pageIn(
  json: Json | undefined,
  inexact: readonly string[],
  api: NimbleApi,
  bad: (what: string) => Error,
): Page {
  if (!isJsonObject(json)) throw bad("not an object");
  const items = own(json, "items");
  if (!Array.isArray(items)) throw bad("`items` is not a list");
  const outside = inexact.find((pointer) => !/^\/items\/\d/.test(pointer));
  if (outside !== undefined) throw bad(`ambiguous at ${excerpt(outside, [], 80)}`);
  const [size, place] = api === "v1" ? ["per_page", "page"] : ["limit", "offset"];
  const numberAt = (key: string): number => {
    const value = countIn(own(json, key));
    if (value === undefined) throw bad(`\`${key}\` is not a count`);
    return value;
  };
  const inexactIn = pointersByItem(inexact, "/items");
  return {
    items: items.map((item, i) => itemIn(item, inexactIn(i), i, bad)),
    total: numberAt("total"),
    size: numberAt(size ?? ""),
    place: numberAt(place ?? ""),
  };
}

function itemIn(item: Json, inexact: readonly string[], index: number, bad: (what: string) => Error): ListedItem {
  if (!isJsonObject(item)) throw bad(`item ${index} is not an object`);
  const id = own(item, "id");
  if (typeof id !== "string" || !/^job_[1-9][0-9]*$/.test(id)) throw bad(`item ${index} has no id of the form job_1`);
  if (typeof own(item, "name") !== "string") throw bad(`item ${index} (${id}) has no name`);
  return { raw: item as JsonObject, inexact, id };
}
