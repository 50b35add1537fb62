import type { ApiClient } from "../../http/api.ts";
import { createApiClient } from "../../http/client.ts";
import { badPage, type ListedItem } from "../../http/listing.ts";
import { isLoopbackHost } from "../../http/origin.ts";
import { hideAll } from "../../http/secret-values.ts";
import { mixedUp, readAnswered, sendWrite } from "../../http/send.ts";
import { baseUrlOf, configuredKey, keyFromEnv } from "../../http/settings.ts";
import { encodeSegment } from "../../http/url.ts";
import type { TargetConfig } from "../../model/config.ts";
import { isObject, objectFrom, own, type Value } from "../../model/document.ts";
import type { ApiVersion, LiveJob } from "../../model/job.ts";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { PlannedRequest } from "../../model/plan.ts";
import type { ConnectContext, Provider, ProviderClient } from "../provider.ts";
import { type NimbleApi, readNimbleList } from "./pages.ts";

const DEFAULT_BASE_URL = "https://sdk.nimbleway.com";

/** The documented limit is 83 requests a second (5,000 a minute) and key. */
const MOST_PER_SECOND = 83;

/**
 * A client of one Nimble account. Throws a JobwrightError for a base URL or key that cannot be used; sends nothing.
 * Source: the jobs API, v1 and v2.
 */
export function connectNimble(
  target: TargetConfig,
  apiVersions: readonly ApiVersion[],
  context: ConnectContext,
  fromApi: Provider["fromApi"],
): ProviderClient {
  const settings = {
    target,
    env: context.runtime.env,
    secrets: context.secrets,
    baseUrlVariable: "NIMBLE_BASE_URL",
    defaultBaseUrl: DEFAULT_BASE_URL,
  };
  const { base, name: baseUrl } = baseUrlOf(settings);
  const key = configuredKey(settings, base) ?? keyFromEnv(settings, "NIMBLE_API_KEY");
  const authorization = { authorization: `Bearer ${key.value}` };
  const client = createApiClient({
    ...context,
    names: { target: target.name, platform: "Nimble", key: key.name, baseUrl },
    base,
    auth: { headers: async () => authorization },
    ...(isLoopbackHost(base.hostname) ? {} : { maxPerSecond: MOST_PER_SECOND }),
  });
  const toJob = (raw: JsonObject, inexact: readonly string[]): LiveJob => ({ ...fromApi(raw, hideAll), inexact });
  const read = (api: NimbleApi, search?: string, onRead?: (jobs: number, total: number) => void) =>
    readNimbleList({
      client,
      runtime: context.runtime,
      api,
      concurrency: context.http.concurrency,
      ...(search === undefined ? {} : { search }),
      ...(onRead === undefined ? {} : { onRead }),
    });
  return {
    identity: { provider: "nimble", origin: base.origin },
    credentials: key.ref,
    list: async (onRead) => {
      const listings = [];
      for (const api of apisOf(apiVersions)) listings.push(await read(api, undefined, onRead));
      return mergedById(listings)
        .map((item) => toJob(item.raw, item.inexact))
        .sort(byNameThenId);
    },
    get: async (id, options) => readJob(client, apiOf(options.apiVersion), id, toJob),
    find: async (name, apiVersion) => {
      // Assumed: v1 searches names by substring, whatever its rules; v2 documents no search.
      const items = await (apiVersion === "nimbleway.com/v2" ? read("v2") : read("v1", name));
      const named = items.filter(({ raw }) => own(raw, "name") === name);
      return named.map((item) => toJob(item.raw, item.inexact)).sort(byNameThenId);
    },
    send: async (request, address, hooks) =>
      sendWrite(request, address, {
        client,
        hooks,
        secrets: context.secrets,
        path: request.path,
        nameIn: (answer) => own(answer, request.method === "POST" ? "name" : "id"),
        expected: expectedIn(request),
        readJob: toJob,
      }),
    close: async () => client.close(),
  };
}

function apiOf(version: ApiVersion): NimbleApi {
  return version === "nimbleway.com/v2" ? "v2" : "v1";
}

/** v1 where no manifest says otherwise. */
function apisOf(versions: readonly ApiVersion[]): readonly NimbleApi[] {
  const used = new Set(versions.map(apiOf));
  return used.size === 0 ? ["v1"] : [...used].sort();
}

/** The answer to a create must bear the name that was sent; those to other writes the id in the path. */
function expectedIn(request: PlannedRequest): Value | undefined {
  if (request.method !== "POST") return decodeURIComponent(request.path.split("/").at(-1) ?? "");
  return isObject(request.body) ? own(request.body, "name") : undefined;
}

async function readJob(
  client: ApiClient,
  api: NimbleApi,
  id: string,
  toJob: (raw: JsonObject, inexact: readonly string[]) => LiveJob,
): Promise<LiveJob | undefined> {
  const path = `/${api}/jobs/${encodeSegment(id)}`;
  const answer = await client.request({ method: "GET", path, kind: "read", about: "item" });
  if (answer.status === 404) return undefined;
  const { json } = answer;
  if (!isJsonObject(json)) throw badPage(answer.request, `job ${id}`, "the answer is not an object");
  const answered = own(json, "id");
  if (typeof answered === "string" && answered !== id) {
    throw mixedUp(answer, id, answered, { outcome: "not-done", stopsTarget: false });
  }
  return readAnswered(answer, () => toJob(json, answer.inexact));
}

/**
 * Jobs of several listings, each id once.
 * Assumed: v1 and v2 show the same jobs by the same ids, each with the field that only it knows (`agent_name`,
 * `extract_template_name`). What the later change shows wins; what only the other listing shows is added.
 */
function mergedById(listings: readonly (readonly ListedItem[])[]): readonly ListedItem[] {
  const byId = new Map<string, ListedItem>();
  for (const item of listings.flat()) {
    const known = byId.get(item.id);
    byId.set(item.id, known === undefined ? item : merged(known, item));
  }
  return [...byId.values()];
}

function merged(one: ListedItem, other: ListedItem): ListedItem {
  const [newer, older] = changedAt(other) > changedAt(one) ? [other, one] : [one, other];
  const added = Object.entries(older.raw).filter(([key, value]) => {
    const shown = own(newer.raw, key);
    return shown === undefined || (shown === null && value !== null && SHOWN_BY_ONE.has(key));
  });
  const raw = objectFrom<Json>([...Object.entries(newer.raw), ...added]);
  return { id: newer.id, raw, inexact: [...new Set([...newer.inexact, ...older.inexact])] };
}

const SHOWN_BY_ONE = new Set(["agent_name", "extract_template_name"]);

function changedAt({ raw }: ListedItem): number {
  const moment = own(raw, "updated_at");
  const at = typeof moment === "string" ? Date.parse(moment) : Number.NaN;
  return Number.isNaN(at) ? 0 : at;
}

function byNameThenId(a: LiveJob, b: LiveJob): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
