import type { Transport, WireAnswer, WireRequest } from "../../src/http/transport.ts";
import { isJsonObject, type Json } from "../../src/model/json.ts";
import { jsonOf, withJson } from "./planted.ts";

interface Page {
  readonly answer: WireAnswer;
  readonly items: readonly Json[];
  readonly total: number;
  readonly next: URL | undefined;
}

/** Reads lists by weaker rules than the product's, and hands them on as one page that adds up. */
export function listProxy(rule: "error ends it" | "count only"): (transport: Transport) => Transport {
  return (transport) => ({
    close: () => transport.close(),
    exchange: async (request, signal) => {
      const { url, method } = request;
      if (method !== "GET" || !/\/jobs$/.test(url.pathname) || url.searchParams.has("q")) {
        return transport.exchange(request, signal);
      }
      const items: Json[] = [];
      let first: Page | undefined;
      let next: URL | undefined = url;
      while (next !== undefined) {
        const page: Page | WireAnswer | undefined = await read(transport, { ...request, url: next }, signal).catch(
          (error: unknown) => {
            if (first === undefined || rule === "count only") throw error;
            return undefined;
          },
        );
        if (page !== undefined && !("items" in page)) {
          if (first === undefined || rule === "count only") return page;
          break;
        }
        if (page === undefined) break;
        first ??= page;
        items.push(...page.items);
        next = page.next;
        if (rule === "count only" && next === undefined && new Set(items.map(idOf)).size !== page.total) {
          return transport.exchange(request, signal);
        }
      }
      return first === undefined ? transport.exchange(request, signal) : whole(first.answer, url, items);
    },
  });
}

function idOf(item: Json): string {
  return JSON.stringify(isJsonObject(item) ? (item["id"] ?? item["metadata"] ?? null) : item);
}

async function read(transport: Transport, request: WireRequest, signal: AbortSignal): Promise<Page | WireAnswer> {
  const answer = await transport.exchange(request, signal);
  const json = answer.status === 200 ? jsonOf(answer) : undefined;
  if (!isJsonObject(json)) return answer;
  const { items, data, meta, total } = json;
  const list = Array.isArray(items) ? items : Array.isArray(data) ? data : [];
  const next = new URL(request.url);
  if (isJsonObject(meta)) {
    const cursor = meta["nextCursor"];
    if (typeof cursor === "string") next.searchParams.set("cursor", cursor);
    return { answer, items: list, total: Number(meta["total"]), next: typeof cursor === "string" ? next : undefined };
  }
  const page = Number(json["page"]);
  next.searchParams.set("page", String(page + 1));
  const more = page * Number(json["per_page"]) < Number(total);
  return { answer, items: list, total: Number(total), next: more ? next : undefined };
}

function whole(answer: WireAnswer, url: URL, items: readonly Json[]): WireAnswer {
  return url.pathname.startsWith("/v0/")
    ? withJson(answer, { data: [...items], meta: { total: items.length, hasMore: false } })
    : withJson(answer, { items: [...items], total: items.length, page: 1, per_page: 200 });
}
