import type { WireRequest } from "../../src/http/transport.ts";
import type { ProviderId } from "../../src/model/job.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { masked, nameOf, objectAt, spoilt, withTriggerIds } from "./model-jobs.ts";

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

/** One read that a platform answered. */
export interface Read {
  readonly at: number;
  /** When the answer was there; undefined where it never came. */
  arrivedAt?: number;
  /** How long the part of the ledger was that it knew of. */
  readonly upTo: number;
  readonly by: number;
  readonly account: string;
  readonly kind: "list" | "get";
  /** For `get`. */
  readonly id?: string;
  /** For `list` (a page, or a search): the jobs that it showed. */
  readonly shows: ReadonlySet<string>;
  /** What it left out although it was there. */
  readonly lacks?: ReadonlySet<string>;
  /** The first page of a list of everything, or a further one. */
  readonly isFirst?: true;
  readonly isFurther?: true;
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
  /** A list leaves these jobs out, totals and all. */
  readonly lacks?: ReadonlySet<string>;
  /** The platform stores something else than what it was sent. */
  readonly spoils?: true;
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
  /** Whether our credentials may read secrets; else they come masked, or the question is refused. */
  readonly secrets: () => "shown" | "masked" | "refused";
  /** A mask in place of the whole value, or of its middle. */
  readonly mask: "whole" | "middle";
  /** How long a token is good for. */
  readonly tokenMs: number;
}

/** Where the platforms are. */
export const ORIGINS = { nimble: "https://api.nimble.test", blaxel: "https://api.blaxel.test" } as const;

const NO_SUCH_JOB = { nimble: { code: "not_found" }, blaxel: { error: "not_found" } } as const;

/** Both platforms as they are documented, in memory, with a ledger of everything that happened. */
export class Model {
  readonly commits: Commit[] = [];
  readonly reads: Read[] = [];
  readonly #options: ModelOptions;
  readonly #accounts = new Map<string, Account>();
  readonly #tokens = new Map<string, { readonly account: string; readonly until: number }>();
  #nextId = 1;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  /** The jobs of an account (`nimble:a`, `blaxel:a`) as they are, or as they were `staleMs` ago. */
  jobs(account: string, staleMs = 0): ReadonlyMap<string, JsonObject> {
    const known = this.#accounts.get(account);
    if (known === undefined) return NOTHING;
    if (staleMs === 0) return known.jobs;
    const moment = this.#options.now() - staleMs;
    return known.versions.findLast((version) => version.at <= moment)?.jobs ?? NOTHING;
  }

  /** Makes, changes (where `id` is given) or deletes (`undefined`) a job from outside. Answers its id. */
  put(account: string, by: Author, job: JsonObject | undefined, id?: string, sentAt?: number): string {
    const provider: ProviderId = account.startsWith("nimble") ? "nimble" : "blaxel";
    const jobs = new Map(this.jobs(account));
    const key = id ?? (provider === "nimble" ? `job_${this.#nextId++}` : nameOf(job ?? {}));
    const before = jobs.get(key);
    if (before === undefined && job === undefined) return key;
    const after = job === undefined ? undefined : this.#filled(provider, key, job, before, by);
    if (after === undefined) jobs.delete(key);
    else jobs.set(key, after);
    const at = this.#options.now();
    const known = this.#accounts.get(account) ?? { jobs, versions: [] };
    known.jobs = jobs;
    known.versions.push({ at, jobs });
    if (known.versions.length > 60) known.versions.splice(0, 20);
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
    const at = new Date(EPOCH + this.#options.now()).toISOString();
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
    const { url, headers } = request;
    if (url.pathname === "/v0/oauth/token") return this.#token(headers["authorization"] ?? "");
    const owner = this.#ownerOf(/^Bearer (\S+)$/.exec(headers["authorization"] ?? "")?.[1] ?? "");
    if (owner === undefined) return { status: 401, json: { error: "unauthorized", message: "who are you?" } };
    if (url.origin === ORIGINS.nimble) return this.#nimble(request, `nimble:${owner}`, taken);
    const workspace = headers["x-blaxel-workspace"];
    return this.#blaxel(request, `blaxel:${owner}${workspace === "acme" ? "" : `/${workspace}`}`, taken);
  }

  /** `key-a`, and its successor `key-a2`, are of the account `a`; tokens are of whoever got them, while they last. */
  #ownerOf(bearer: string): string | undefined {
    const token = this.#tokens.get(bearer);
    if (token !== undefined) return token.until > this.#options.now() ? token.account : undefined;
    return /^key-([a-z])\d?$/.exec(bearer)?.[1];
  }

  #token(authorization: string): Reply {
    const basic = /^Basic (\S+)$/.exec(authorization)?.[1] ?? "";
    const account = /^client:secret-([a-z])\d?$/.exec(Buffer.from(basic, "base64").toString())?.[1];
    if (account === undefined) return { status: 401, json: { error: "unauthorized", message: "who are you?" } };
    const token = `token-${account}-${this.#tokens.size}`;
    const { tokenMs, now } = this.#options;
    this.#tokens.set(token, { account, until: now() + tokenMs });
    return { status: 200, json: { access_token: token, expires_in: Math.floor(tokenMs / 1000) } };
  }

  #nimble(request: WireRequest, account: string, taken: Taken): Reply {
    const id = /^\/v1\/jobs\/([^/]+)$/.exec(request.url.pathname)?.[1];
    const isRead = request.method === "GET";
    if (id === undefined && isRead) return this.#nimbleList(request.url, account, taken);
    if (id === undefined) {
      const made = this.put(account, taken.by, bodyOf(request, taken), undefined, taken.sentAt);
      return { status: 201, json: this.jobs(account).get(made) ?? null, id: made };
    }
    const job = isRead ? this.#read(account, id, taken) : this.jobs(account).get(id);
    if (job === undefined) return { status: 404, json: { ...NO_SUCH_JOB.nimble, message: "no such job" } };
    if (isRead) return { status: 200, json: job, id };
    if (request.method === "DELETE") {
      this.put(account, taken.by, undefined, id, taken.sentAt);
      return { status: 204, id };
    }
    this.put(account, taken.by, { ...job, ...bodyOf(request, taken) }, id, taken.sentAt);
    return { status: 200, json: this.jobs(account).get(id) ?? null, id };
  }

  #nimbleList(url: URL, account: string, taken: Taken): Reply {
    const q = url.searchParams.get("q") ?? "";
    const seen = this.#listed(account, taken).filter((job) => nameOf(job).includes(q));
    const size = Math.min(Number(url.searchParams.get("per_page")), this.#options.pageSize);
    const page = Number(url.searchParams.get("page"));
    const items = seen.slice((page - 1) * size, page * size);
    const shows = new Set(items.map((job) => String(job["id"])));
    this.#noteRead(account, taken, { kind: "list", shows, ...pageOf(q !== "" ? undefined : page === 1) });
    return { status: 200, json: { items, total: seen.length, page, per_page: size } };
  }

  #listed(account: string, { staleMs, lacks }: Taken): readonly JsonObject[] {
    const jobs = [...this.jobs(account, staleMs)];
    return jobs.filter(([id]) => lacks?.has(id) !== true).map(([, job]) => job);
  }

  #blaxel(request: WireRequest, account: string, taken: Taken): Reply {
    const name = /^\/v0\/jobs\/([^/]+)$/.exec(request.url.pathname)?.[1];
    const isRead = request.method === "GET";
    if (name === undefined && isRead) return this.#blaxelList(request.url, account, taken);
    const answer = (id: string): Json => this.#masked(this.jobs(account).get(id) ?? {});
    if (name === undefined) {
      const body = bodyOf(request, taken);
      if (this.jobs(account).has(nameOf(body))) return { status: 409, json: { error: "conflict", message: "taken" } };
      const made = this.put(account, taken.by, body, undefined, taken.sentAt);
      return { status: 200, json: answer(made), id: made };
    }
    if (isRead) return this.#blaxelGet(request.url, account, name, taken);
    const job = this.jobs(account).get(name);
    if (job === undefined) return { status: 404, json: { ...NO_SUCH_JOB.blaxel, message: "no such job" } };
    if (job["status"] === "DELETING") return { status: 409, json: { error: "conflict", message: "being deleted" } };
    if (request.method === "DELETE") return this.#blaxelDelete(account, name, job, taken);
    this.put(account, taken.by, bodyOf(request, taken), name, taken.sentAt);
    return { status: 200, json: answer(name), id: name };
  }

  #blaxelGet(url: URL, account: string, name: string, taken: Taken): Reply {
    const asked = url.searchParams.get("show_secrets") === "true";
    const secrets = this.#options.secrets();
    if (asked && secrets === "refused") return { status: 403, json: { error: "forbidden", message: "admins only" } };
    const job = this.#read(account, name, taken);
    if (job === undefined) return { status: 404, json: { ...NO_SUCH_JOB.blaxel, message: "no such job" } };
    return { status: 200, json: asked && secrets === "shown" ? job : this.#masked(job), id: name };
  }

  #masked(job: JsonObject): JsonObject {
    return masked(job, this.#options.mask);
  }

  #blaxelDelete(account: string, name: string, job: JsonObject, taken: Taken): Reply {
    const { deletingMs } = this.#options;
    if (deletingMs === 0) this.put(account, taken.by, undefined, name, taken.sentAt);
    else {
      this.put(account, taken.by, { ...job, status: "DELETING" }, name, taken.sentAt);
      this.#options.later(deletingMs, () => {
        const left = this.jobs(account).get(name);
        const same = objectAt(left ?? {}, "metadata")["createdAt"] === objectAt(job, "metadata")["createdAt"];
        if (same && left?.["status"] === "DELETING") this.put(account, taken.by, undefined, name, taken.sentAt);
      });
    }
    return { status: 200, json: this.#masked({ ...job, status: "DELETING" }), id: name };
  }

  #blaxelList(url: URL, account: string, taken: Taken): Reply {
    const all = [...this.#listed(account, taken)].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const from = Number(url.searchParams.get("cursor") ?? "0");
    const size = Math.min(Number(url.searchParams.get("limit")), this.#options.pageSize);
    const hasMore = from + size < all.length;
    const meta = { total: all.length, hasMore, ...(hasMore ? { nextCursor: String(from + size) } : {}) };
    const items = all.slice(from, from + size);
    const shows = new Set(items.map(nameOf));
    this.#noteRead(account, taken, { kind: "list", shows, ...pageOf(from === 0) });
    return { status: 200, json: { data: items.map((job) => this.#masked(job)), meta } };
  }

  #read(account: string, id: string, taken: Taken): JsonObject | undefined {
    const old = taken.staleMs ? this.jobs(account, taken.staleMs).get(id) : undefined;
    const { staleMs: _, ...fresh } = taken;
    this.#noteRead(account, old === undefined ? fresh : taken, { kind: "get", id, shows: NO_IDS });
    // What is there, or was just taken away, a read by id does find: it may be old, but not wrong about that.
    return old ?? this.jobs(account).get(id);
  }

  #noteRead(
    account: string,
    { by, staleMs, lacks }: Taken,
    what: Pick<Read, "kind" | "id" | "shows" | "isFirst" | "isFurther">,
  ): void {
    const at = this.#options.now();
    const { commits } = this;
    const upTo = staleMs ? commits.findLastIndex((commit) => commit.at <= at - staleMs) + 1 : commits.length;
    this.reads.push({ at, upTo, by, account, ...what, ...(lacks === undefined ? {} : { lacks }) });
  }
}

/** What the wall clock of the platforms shows when the simulation begins. */
export const EPOCH = Date.UTC(2026, 0, 1);

const NO_IDS: ReadonlySet<string> = new Set();
const NOTHING: ReadonlyMap<string, JsonObject> = new Map();

function pageOf(isFirst: boolean | undefined): Pick<Read, "isFirst" | "isFurther"> {
  if (isFirst === undefined) return {};
  return isFirst ? { isFirst } : { isFurther: true };
}

function operationOf(before: JsonObject | undefined, after: JsonObject | undefined): Commit["op"] {
  const leaving = before?.["status"] === "DELETING";
  if (before === undefined) return "create";
  if (after === undefined) return leaving ? "gone" : "delete";
  return after["status"] === "DELETING" && !leaving ? "delete" : "update";
}

function bodyOf(request: WireRequest, { spoils }: Taken): JsonObject {
  const body = request.body === undefined ? {} : (JSON.parse(request.body) as JsonObject);
  return spoils ? spoilt(body) : body;
}
