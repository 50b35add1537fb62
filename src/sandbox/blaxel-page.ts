import type { JsonObject } from "../model/json.ts";
import { type BlaxelTable, comparePlaces, type Place, type PlaceKey } from "./blaxel-table.ts";
import { objectAt, textAt } from "./json.ts";

/** What a list request asks for. */
export interface ListRequest {
  readonly table: BlaxelTable;
  readonly workspace: string;
  /** False: versions before paging answer all jobs; `status` is checked and not used. */
  readonly paged: boolean;
  readonly query: Readonly<Record<string, string>>;
  readonly now: Date;
}

/** The names of one page, in order. `meta` is absent where the answer is a bare array. */
export interface ListPage {
  readonly names: readonly string[];
  readonly meta?: JsonObject;
}

/** Why a list is refused. */
export interface ListProblem {
  readonly error: string;
  readonly problem: string;
}

const SORTS = ["createdAt:desc", "createdAt:asc", "name:asc", "name:desc"];
const STATUSES = [
  ...["DELETING", "TERMINATED", "FAILED", "DEACTIVATED", "DEACTIVATING"],
  ...["UPLOADING", "BUILDING", "DEPLOYING", "DEPLOYED", "BUILT"],
];
const CURSOR_LIFE_MS = 24 * 60 * 60 * 1000;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Picks the jobs of a page. */
export function listPage(request: ListRequest): ListPage | ListProblem {
  const { table, workspace, paged, query } = request;
  const statuses = readStatuses(query["status"]);
  const unknown = [...statuses].find((status) => !STATUSES.includes(status));
  if (unknown !== undefined) return bad(`unknown status ${unknown}`);
  const sort = (paged ? query["sort"] : undefined) ?? "createdAt:desc";
  if (!SORTS.includes(sort)) return bad(`sort must be one of ${SORTS.join(", ")}`);
  const key: PlaceKey = sort.startsWith("name") ? "name" : "createdAt";
  const ascending = table.places(workspace, key);
  const sorted = sort.endsWith(":desc") ? ascending.toReversed() : ascending;
  if (!paged) return { names: sorted.map((place) => place.name) };

  const q = query["q"] ?? "";
  if (q.length > 200) return bad("q must have at most 200 characters");
  const limit = readLimit(query["limit"]);
  if (limit === undefined) return bad("limit must be an integer from 1 on");
  const fitting = filter(request, sorted, statuses, q.trim().toLowerCase());
  const fingerprint = JSON.stringify([workspace, sort, q.trim().toLowerCase(), [...statuses].sort()]);
  if (query["anchor"] !== undefined) return tail(query["anchor"], key, fitting, limit, sorted.length);
  const start = findStart(request, fitting, fingerprint, sort);
  if (typeof start !== "number") return start;
  const page = fitting.slice(start, start + limit);
  const last = page.at(-1);
  const hasMore = start + limit < fitting.length;
  const nextCursor = hasMore && last ? writeCursor({ fingerprint, place: last, at: request.now.getTime() }) : "";
  return { names: page.map((place) => place.name), meta: { hasMore, nextCursor, total: sorted.length } };
}

/** `total` counts the whole workspace, whatever is filtered: so it is documented. */
function tail(
  anchor: string,
  key: PlaceKey,
  fitting: readonly Place[],
  limit: number,
  total: number,
): ListPage | ListProblem {
  if (anchor !== "end" || key !== "createdAt") return bad("anchor must be end, and the sort one by createdAt");
  const names = fitting.slice(-limit).map((place) => place.name);
  return { names, meta: { hasMore: false, nextCursor: "", total } };
}

function filter(
  { table, workspace }: ListRequest,
  places: readonly Place[],
  statuses: ReadonlySet<string>,
  q: string,
): readonly Place[] {
  if (statuses.size === 0 && q.length < 2) return places;
  return places.filter(({ name }) => {
    const job = table.get(name, workspace);
    if (!job || (statuses.size > 0 && !statuses.has(textAt(job, "status") ?? ""))) return false;
    if (q.length < 2) return true;
    const metadata = objectAt(job, "metadata");
    const labels = Object.entries(objectAt(metadata, "labels")).flat();
    const texts = [metadata["name"], metadata["displayName"], ...labels];
    return texts.some((text) => typeof text === "string" && text.toLowerCase().includes(q));
  });
}

function readStatuses(text: string | undefined): ReadonlySet<string> {
  const asked = (text ?? "").split(",").map((status) => status.trim().toUpperCase());
  return new Set(asked.filter((status) => status !== ""));
}

function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) return undefined;
  return Math.min(Number(text), MAX_LIMIT);
}

interface Cursor {
  readonly fingerprint: string;
  readonly place: Place;
  readonly at: number;
}

/** Index of the first place behind the cursor; lists that shift in between repeat and skip nothing that stayed. */
function findStart(
  { query, now }: ListRequest,
  places: readonly Place[],
  fingerprint: string,
  sort: string,
): number | ListProblem {
  const text = query["cursor"];
  if (!text) return 0;
  const cursor = readCursor(text);
  if (!cursor || cursor.fingerprint !== fingerprint) return badCursor("is not one of this query");
  if (now.getTime() - cursor.at > CURSOR_LIFE_MS) return badCursor("has expired");
  const sign = sort.endsWith(":desc") ? -1 : 1;
  const index = places.findIndex((place) => sign * comparePlaces(place, cursor.place) > 0);
  return index < 0 ? places.length : index;
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.fingerprint, cursor.place.key, cursor.place.name, cursor.at])).toString(
    "base64url",
  );
}

function readCursor(text: string): Cursor | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (!Array.isArray(parts)) return undefined;
    const [fingerprint, key, name, at] = parts as unknown[];
    if (typeof fingerprint !== "string" || typeof key !== "string") return undefined;
    if (typeof name !== "string" || typeof at !== "number") return undefined;
    return { fingerprint, place: { key, name }, at };
  } catch {
    return undefined;
  }
}

function bad(problem: string): ListProblem {
  return { error: "Bad Request", problem };
}

function badCursor(words: string): ListProblem {
  return { error: "invalid_cursor", problem: `the cursor ${words}` };
}
