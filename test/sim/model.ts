import type { WireRequest } from "../../src/http/transport.ts";
import type { ProviderId } from "../../src/model/job.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";

/** Who changed something: a process by its number, or somebody else. */
export type Author = number | "hand" | "deploy";

/** One change of a platform, in the order of the commits: the ledger that all checks rest on. */
export interface Commit {
  readonly at: number;
  readonly by: Author;
  readonly provider: ProviderId;
  readonly account: string;
  /** `gone`: a job that was marked as being deleted is no longer listed. */
  readonly op: "create" | "update" | "delete" | "gone";
  readonly id: string;
  readonly name: string;
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  /** When the request left, where one made it. */
  readonly sentAt?: number;
}

/** One read that a platform answered: `asOf` is the moment whose data it showed. */
export interface Read {
  readonly at: number;
  readonly asOf: number;
  readonly by: number;
  readonly account: string;
  readonly kind: "list" | "get";
  /** For `get`. */
  readonly id?: string;
}

/** What a platform answers. */
export interface Reply {
  readonly status: number;
  readonly json?: Json;
  /** The job that the answer is about. */
  readonly id?: string;
}

/** How a request is taken up. */
export interface Taken {
  readonly by: number;
  readonly sentAt: number;
  /** Reads show what was so many milliseconds ago. */
  readonly staleMs?: number;
  /** A list leaves out this many jobs, totals and all. */
  readonly lacks?: number;
}

interface Account {
  jobs: ReadonlyMap<string, JsonObject>;
  versions: { readonly at: number; readonly jobs: ReadonlyMap<string, JsonObject> }[];
}

/** How the platforms behave in one simulation. */
export interface ModelOptions {
  readonly now: () => number;
  /** Jobs on a page at most; the client asks for 200. */
  readonly pageSize: number;
  /** How long a deleted Blaxel job stays listed as DELETING. */
  readonly deletingMs: number;
  readonly later: (ms: number, fire: () => void) => void;
}

/** Where the platforms are. */
export const ORIGINS = { nimble: "https://api.nimble.test", blaxel: "https://api.blaxel.test" } as const;

/** Both platforms as they are documented, in memory, with a ledger of everything that happened. */
export class Model {
  readonly commits: Commit[] = [];
  readonly reads: Read[] = [];
  readonly #options: ModelOptions;
  readonly #accounts = new Map<string, Account>();
  #nextId = 1;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  /** The jobs of an account (`nimble:a`, `blaxel:a`) as they are, or as they were `staleMs` ago. */
  jobs(account: string, staleMs = 0): ReadonlyMap<string, JsonObject> {
    const known = this.#accounts.get(account);
    if (known === undefined) return new Map();
    if (staleMs === 0) return known.jobs;
    const moment = this.#options.now() - staleMs;
    return known.versions.findLast((version) => version.at <= moment)?.jobs ?? new Map();
  }

  /** Makes, changes (where `id` is given) or deletes (`undefined`) a job from outside. Answers its id. */
  put(account: string, by: Author, job: JsonObject | undefined, id?: string, sentAt?: number): string {
    const provider: ProviderId = account.startsWith("nimble") ? "nimble" : "blaxel";
    const jobs = new Map(this.jobs(account));
    const key = id ?? (provider === "nimble" ? `job_${this.#nextId++}` : nameOf(job ?? {}));
    const before = jobs.get(key);
    const after = job === undefined ? undefined : this.#filled(provider, key, job, before, by);
    if (after === undefined) jobs.delete(key);
    else jobs.set(key, after);
    const at = this.#options.now();
    const known = this.#accounts.get(account) ?? { jobs, versions: [] };
    known.jobs = jobs;
    known.versions = [...known.versions.slice(-40), { at, jobs }];
    this.#accounts.set(account, known);
    this.commits.push({
      at,
      by,
      provider,
      account,
      op: operationOf(before, after),
      id: key,
      name: nameOf(after ?? before ?? {}),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(sentAt === undefined ? {} : { sentAt }),
    });
    return key;
  }

  #filled(provider: ProviderId, id: string, job: JsonObject, before: JsonObject | undefined, by: Author): JsonObject {
    const at = new Date(Date.UTC(2026, 0, 1) + this.#options.now()).toISOString();
    if (provider === "nimble") {
      const made = before === undefined ? at : before["created_at"];
      const empty = { display_name: null, description: null, schedule: null, inputs: null, destination: null };
      return { ...empty, last_run_at: null, ...job, id, created_at: made ?? at, updated_at: at };
    }
    const [metadata, spec] = [objectAt(job, "metadata"), objectAt(job, "spec")];
    const old = objectAt(before ?? {}, "metadata");
    const author = typeof by === "number" ? "jobwright" : by;
    const revision = objectAt(before ?? {}, "spec")["revision"];
    return {
      ...job,
      metadata: {
        ...metadata,
        createdAt: old["createdAt"] ?? at,
        updatedAt: at,
        createdBy: old["createdBy"] ?? author,
        updatedBy: author,
      },
      spec: {
        region: "eu",
        enabled: true,
        ...withTriggerIds(spec),
        revision: typeof revision === "number" ? revision + 1 : 1,
      },
      status: job["status"] === "DELETING" ? "DELETING" : "DEPLOYED",
    };
  }

  /** Takes up a request, now. */
  handle(request: WireRequest, taken: Taken): Reply {
    const key = /^Bearer key-(\w+)$/.exec(request.headers["authorization"] ?? "")?.[1];
    if (key === undefined) return { status: 401, json: { message: "who are you?" } };
    return request.url.origin === ORIGINS.nimble
      ? this.#nimble(request, `nimble:${key}`, taken)
      : this.#blaxel(request, `blaxel:${key}`, taken);
  }

  #nimble(request: WireRequest, account: string, taken: Taken): Reply {
    const id = /^\/v1\/jobs\/([^/]+)$/.exec(request.url.pathname)?.[1];
    const body = bodyOf(request);
    if (id === undefined && request.method === "GET") return this.#nimbleList(request.url, account, taken);
    if (id === undefined) {
      const made = this.put(account, taken.by, body, undefined, taken.sentAt);
      return { status: 201, json: this.jobs(account).get(made) ?? null, id: made };
    }
    const job = this.#read(account, id, request.method === "GET" ? taken : { ...taken, staleMs: 0 });
    if (job === undefined) return { status: 404, json: { code: "not_found", message: "no such job" } };
    if (request.method === "GET") return { status: 200, json: job, id };
    if (request.method === "DELETE") {
      this.put(account, taken.by, undefined, id, taken.sentAt);
      return { status: 204, id };
    }
    this.put(account, taken.by, { ...job, ...body }, id, taken.sentAt);
    return { status: 200, json: this.jobs(account).get(id) ?? null, id };
  }

  #nimbleList(url: URL, account: string, taken: Taken): Reply {
    this.#noteRead(account, taken, "list");
    const q = url.searchParams.get("q") ?? "";
    const all = [...this.jobs(account, taken.staleMs).values()].filter((job) => nameOf(job).includes(q));
    const seen = all.slice(0, Math.max(0, all.length - (taken.lacks ?? 0)));
    const size = Math.min(Number(url.searchParams.get("per_page")), this.#options.pageSize);
    const page = Number(url.searchParams.get("page"));
    const items = seen.slice((page - 1) * size, page * size);
    return { status: 200, json: { items, total: seen.length, page, per_page: size } };
  }

  #blaxel(request: WireRequest, account: string, taken: Taken): Reply {
    const name = /^\/v0\/jobs\/([^/]+)$/.exec(request.url.pathname)?.[1];
    const body = bodyOf(request);
    const shown = request.url.searchParams.get("show_secrets") === "true";
    const answer = (id: string): Json => masked(this.jobs(account).get(id) ?? {}, false);
    if (name === undefined && request.method === "GET") return this.#blaxelList(request.url, account, taken);
    if (name === undefined) {
      if (this.jobs(account).has(nameOf(body))) return { status: 409, json: { error: "conflict", message: "taken" } };
      const made = this.put(account, taken.by, body, undefined, taken.sentAt);
      return { status: 200, json: answer(made), id: made };
    }
    const job = this.#read(account, name, request.method === "GET" ? taken : { ...taken, staleMs: 0 });
    if (job === undefined) return { status: 404, json: { error: "not_found", message: "no such job" } };
    if (request.method === "GET") return { status: 200, json: masked(job, shown), id: name };
    if (job["status"] === "DELETING") return { status: 409, json: { error: "conflict", message: "being deleted" } };
    if (request.method === "DELETE") return this.#blaxelDelete(account, name, job, taken);
    this.put(account, taken.by, body, name, taken.sentAt);
    return { status: 200, json: answer(name), id: name };
  }

  #blaxelDelete(account: string, name: string, job: JsonObject, taken: Taken): Reply {
    const { deletingMs } = this.#options;
    if (deletingMs === 0) this.put(account, taken.by, undefined, name, taken.sentAt);
    else {
      this.put(account, taken.by, { ...job, status: "DELETING" }, name, taken.sentAt);
      this.#options.later(deletingMs, () => this.put(account, taken.by, undefined, name, taken.sentAt));
    }
    return { status: 200, json: masked({ ...job, status: "DELETING" }, false), id: name };
  }

  #blaxelList(url: URL, account: string, taken: Taken): Reply {
    this.#noteRead(account, taken, "list");
    const sorted = [...this.jobs(account, taken.staleMs)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, job]) => job);
    const all = sorted.slice(0, Math.max(0, sorted.length - (taken.lacks ?? 0)));
    const from = Number(url.searchParams.get("cursor") ?? "0");
    const size = Math.min(Number(url.searchParams.get("limit")), this.#options.pageSize);
    const hasMore = from + size < all.length;
    const meta = { total: all.length, hasMore, ...(hasMore ? { nextCursor: String(from + size) } : {}) };
    return { status: 200, json: { data: all.slice(from, from + size).map((job) => masked(job, false)), meta } };
  }

  #read(account: string, id: string, taken: Taken): JsonObject | undefined {
    this.#noteRead(account, taken, "get", id);
    const job = this.jobs(account, taken.staleMs).get(id);
    // What is there, or was just taken away, a read by id does find: it may be old, but not wrong about that.
    return job ?? (taken.staleMs ? this.jobs(account).get(id) : undefined);
  }

  #noteRead(account: string, { by, staleMs = 0 }: Taken, kind: Read["kind"], id?: string): void {
    const at = this.#options.now();
    this.reads.push({ at, asOf: at - staleMs, by, account, kind, ...(id === undefined ? {} : { id }) });
  }
}

function operationOf(before: JsonObject | undefined, after: JsonObject | undefined): Commit["op"] {
  const leaving = before?.["status"] === "DELETING";
  if (before === undefined) return "create";
  if (after === undefined) return leaving ? "gone" : "delete";
  return after["status"] === "DELETING" && !leaving ? "delete" : "update";
}

/** The name of a job as either platform words it. */
export function nameOf(job: JsonObject): string {
  const name = job["name"] ?? objectAt(job, "metadata")["name"];
  return typeof name === "string" ? name : "";
}

/** The object at a key; an empty one where there is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value: Json | undefined = object[key];
  return isJsonObject(value) ? value : {};
}

/** What stands in place of a secret's value. */
export const MASK = "**********";

/** A job with its secrets' values hidden, unless they may be shown. */
export function masked(job: JsonObject, shown: boolean): JsonObject {
  const spec = objectAt(job, "spec");
  const runtime = objectAt(spec, "runtime");
  const { envs } = runtime;
  if (shown || !Array.isArray(envs)) return job;
  const hidden = envs.map((env: Json) => (isJsonObject(env) && env["secret"] === true ? { ...env, value: MASK } : env));
  return { ...job, spec: { ...spec, runtime: { ...runtime, envs: hidden } } };
}

function withTriggerIds(spec: JsonObject): JsonObject {
  const { triggers } = spec;
  if (!Array.isArray(triggers)) return spec;
  return { ...spec, triggers: triggers.map((t: Json, i) => (isJsonObject(t) ? { id: `trigger-${i + 1}`, ...t } : t)) };
}

function bodyOf(request: WireRequest): JsonObject {
  return request.body === undefined ? {} : (JSON.parse(request.body) as JsonObject);
}
