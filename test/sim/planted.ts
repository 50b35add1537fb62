import { type Transport, TransportError, type WireAnswer, type WireRequest } from "../../src/http/transport.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";
import type { Disk, DiskFile } from "../../src/state/disk.ts";
import { diskError } from "../state/support/memory-disk.ts";
import { MASK, objectAt } from "./model-jobs.ts";
import { listProxy } from "./planted-lists.ts";
import type { Recipe } from "./run.ts";
import { plainRun, runStep } from "./runs.ts";
import type { Step } from "./steps.ts";
import type { Planted, World } from "./world.ts";

/** A planted fault, where to look for it, and which checks are to find it. */
export interface Plant {
  readonly number: number;
  readonly found: readonly string[];
  /** A fault keeps things in mind for one simulation: made anew for each. */
  readonly make: () => Planted;
  /** Makes the recipe of a seed one in which the fault can show. */
  readonly focus: (recipe: Recipe) => Recipe;
}

type Next = (request: WireRequest) => Promise<WireAnswer>;

/** A transport with something around each exchange. */
function around(transport: Transport, how: (request: WireRequest, next: Next) => Promise<WireAnswer>): Transport {
  return {
    exchange: (request, signal) => how(request, (other) => transport.exchange(other, signal)),
    close: () => transport.close(),
  };
}

/** An answer with another body. */
export function withJson(answer: WireAnswer, json: Json): WireAnswer {
  return { ...answer, body: new TextEncoder().encode(JSON.stringify(json)) };
}

/** The body of an answer, where it is JSON. */
export function jsonOf(answer: WireAnswer): Json | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(answer.body)) as Json;
  } catch {
    return undefined;
  }
}

/** Only these faults, and often. */
function weather(rate: number, only?: readonly string[]): (recipe: Recipe) => Recipe {
  return (recipe) =>
    mapRuns(recipe, (run) => ({ ...run, weather: { rate, latestMs: 27_000, ...(only ? { only } : {}) } }));
}

type RunOf = Extract<Step, { kind: "run" }>["runs"][number];

function mapRuns(recipe: Recipe, change: (run: RunOf) => RunOf): Recipe {
  const steps = recipe.steps.map((step) => (step.kind === "run" ? { ...step, runs: step.runs.map(change) } : step));
  return { ...recipe, steps };
}

/** A run of its own without anything in its way, or with little. */
function runs(recipe: Recipe, change: Partial<RunOf> = {}, power?: "names"): Step {
  return { ...runStep({ ...plainRun(recipe.seed), ...change }), ...(power ? { power } : {}) };
}

function resend(times: number, look: boolean): Planted["transport"] {
  return (transport) =>
    around(transport, async (request, next) => {
      if (request.method !== "POST") return next(request);
      for (let left = times; ; left -= 1) {
        const answer = await next(request).catch((error: unknown) =>
          left > 0 && look ? undefined : Promise.reject(error),
        );
        if (answer !== undefined && (answer.status < 500 || left === 0)) return answer;
        if (look && (await isThere(request, next)))
          return answer ?? { status: 502, headers: {}, body: new Uint8Array() };
      }
    });
}

async function isThere(request: WireRequest, next: Next): Promise<boolean> {
  const name = (JSON.parse(request.body ?? "{}") as JsonObject)["name"];
  if (typeof name !== "string") return true;
  const url = new URL(request.url);
  url.search = `?q=${name}&page=1&per_page=200`;
  const { body: _, ...rest } = request;
  const answer = await next({ ...rest, method: "GET", url }).catch(() => undefined);
  const json = answer === undefined ? undefined : jsonOf(answer);
  return !isJsonObject(json) || !Array.isArray(json["items"]) || json["items"].length > 0;
}

function changedBodies(method: string, change: (body: JsonObject) => JsonObject): Planted["transport"] {
  return (transport) =>
    around(transport, (request, next) =>
      request.method === method && request.body !== undefined
        ? next({ ...request, body: JSON.stringify(change(JSON.parse(request.body) as JsonObject)) })
        : next(request),
    );
}

function withoutForeignFields(body: JsonObject): JsonObject {
  const { x_unknown: _, ...rest } = body;
  const spec = objectAt(rest, "spec");
  const { image: __, maxConcurrentTasks: ___, ...runtime } = objectAt(spec, "runtime");
  return { ...rest, spec: { ...spec, runtime } };
}

function withMasks(body: JsonObject): JsonObject {
  const spec = objectAt(body, "spec");
  const runtime = objectAt(spec, "runtime");
  const envs = Array.isArray(runtime["envs"]) ? runtime["envs"] : [];
  const masked = envs.map((env: Json) => (isJsonObject(env) && env["secret"] === true ? { ...env, value: MASK } : env));
  return { ...body, spec: { ...spec, runtime: { ...runtime, envs: masked } } };
}

function renameFirst(disk: Disk): Disk {
  const unsynced = new Map<string, DiskFile>();
  return {
    ...disk,
    create: async (path, mode) => {
      const file = await disk.create(path, mode);
      if (!path.endsWith(".tmp")) return file;
      unsynced.set(path, file);
      return { ...file, sync: async () => {} };
    },
    rename: async (from, to) => {
      await disk.rename(from, to);
      await unsynced.get(from)?.sync();
    },
  };
}

function clearing(disk: Disk): Disk {
  return {
    ...disk,
    realpath: async (path) => {
      const text = path.endsWith("state.json")
        ? await disk.readFile(path).then(
            (b) => new TextDecoder().decode(b),
            () => "{}",
          )
        : "{}";
      if (isWhole(text)) return disk.realpath(path);
      await disk.unlink(path);
      await disk.unlink(path.replace("state.json", "journal.jsonl")).catch(() => undefined);
      throw diskError("ENOENT");
    },
  };
}

function isWhole(text: string): boolean {
  try {
    return Boolean(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Takes the lock by making its file anew, whoever's it was. */
function forcedLink(disk: Disk): Disk {
  return {
    ...disk,
    link: async (existing, path) => {
      await disk.unlink(path).catch(() => undefined);
      await disk.link(existing, path);
    },
  };
}

/** Believes for ever in the lock that it once took. */
function unfenced(disk: Disk): Disk {
  let mine: { readonly path: string; readonly bytes: Uint8Array } | undefined;
  return {
    ...disk,
    link: async (existing, path) => {
      const bytes = await disk.readFile(existing);
      await disk.link(existing, path);
      mine = { path, bytes };
    },
    rename: async (from, to) => {
      if (to !== mine?.path) await disk.rename(from, to);
    },
    readdir: async (path) =>
      mine?.path.startsWith(`${path}/`) ? [mine.path.slice(path.length + 1)] : disk.readdir(path),
    realpath: async (path) => (path === mine?.path ? path : disk.realpath(path)),
    lstat: async (path) => (path === mine?.path ? { kind: "file", size: mine.bytes.length } : disk.lstat(path)),
    readFile: async (path) => (path === mine?.path ? mine.bytes : disk.readFile(path)),
  };
}

function withoutBirthdays(transport: Transport): Transport {
  const bare = (value: Json): Json => {
    if (Array.isArray(value)) return value.map((item: Json) => bare(item));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== "createdAt")
        .map(([key, item]) => [key, bare(item)]),
    );
  };
  return around(transport, async (request, next) => {
    const answer = await next(request);
    const json = jsonOf(answer);
    return json === undefined ? answer : withJson(answer, bare(json));
  });
}

/** Answers a read of a job that is to go with what the list said of it. */
function asListed(transport: Transport, world: World): Transport {
  const listed = new Map<string, Json>();
  return around(transport, async (request, next) => {
    const name = /\/jobs\/([^/]+)$/.exec(request.url.pathname)?.[1];
    const answer = await next(request);
    const json = jsonOf(answer);
    if (request.method !== "GET" || !isJsonObject(json)) return answer;
    const items = json["items"] ?? json["data"];
    for (const item of Array.isArray(items) ? items : []) {
      if (isJsonObject(item)) listed.set(String(item["id"] ?? objectAt(item, "metadata")["name"]), item);
    }
    const known = listed.get(name ?? "");
    const called = String(isJsonObject(known) ? (known["name"] ?? name) : name);
    const declared = world.desired.has(`nimble/${called}`) || world.desired.has(`blaxel/${called}`);
    return known === undefined || declared ? answer : withJson(answer, known);
  });
}

const APPLY_TWICE = (recipe: Recipe, between: readonly Step["kind"][], change: Partial<RunOf> = {}): Recipe => ({
  ...recipe,
  options: { ...recipe.options, deletingMs: 0 },
  jobs: Math.max(3, recipe.jobs),
  steps: [
    runs(recipe),
    { kind: "wait", ms: 60_000 },
    ...between.map((kind, i): Step => ({ kind, seed: recipe.seed * 10 + i }) as Step),
    { kind: "wait", ms: 5_000 },
    runs(recipe, change),
  ],
});

const BY_HAND: readonly Step["kind"][] = ["hand", "deploy", "hand", "deploy", "hand", "edit", "edit", "edit"];

const RECREATED: readonly Step["kind"][] = [
  ...Array<Step["kind"]>(8).fill("hand recreate"),
  "remove",
  "remove",
  "remove",
];

/** The planted faults, by number. */
export const PLANTS: readonly Plant[] = [
  {
    number: 1,
    found: ["S1"],
    make: () => ({ name: "a POST is sent again after 500", transport: resend(2, false) ?? noTransport }),
    focus: weather(0.3, ["5xx after"]),
  },
  {
    number: 2,
    found: ["S1"],
    make: () => ({ name: "looked up once, then sent again", transport: resend(1, true) ?? noTransport }),
    focus: weather(0.4, ["late commit 3 s"]),
  },
  {
    number: 3,
    found: ["S1"],
    make: () => ({ name: "a page that fails ends the list", transport: listProxy("error ends it") }),
    focus: (r) => pagesFail(crowdedLists(r)),
  },
  {
    number: 4,
    found: ["S1"],
    make: () => ({
      name: "a list counts as whole if its ids are as many as its last total",
      transport: listProxy("count only"),
    }),
    focus: (r) => ({
      ...crowdedLists(r),
      steps: [runs(r, { weather: { rate: 0.3, latestMs: 0, only: ["deleting"] } })],
    }),
  },
  {
    number: 5,
    found: ["S12"],
    make: () => ({ name: "rename before fsync", disk: renameFirst }),
    focus: (r) => ({
      ...r,
      steps: [runs(r, { fortune: { crash: { at: 1 + (r.seed % 60), when: "after" } } }, "names")],
    }),
  },
  { number: 6, found: ["S2"], make: late, focus: (r) => r },
  {
    number: 7,
    found: ["S12"],
    make: () => ({ name: "an unreadable state is cleared", disk: clearing }),
    focus: (r) => ({ ...r, steps: [runs(r), { kind: "damage", seed: r.seed, run: plainRun(r.seed) }] }),
  },
  {
    number: 8,
    found: ["S4"],
    make: () => ({
      name: "a PUT without what is not declared",
      transport: changedBodies("PUT", withoutForeignFields) ?? noTransport,
    }),
    focus: (r) => APPLY_TWICE(r, BY_HAND),
  },
  {
    number: 9,
    found: ["S5"],
    make: () => ({ name: "masks are sent back", transport: changedBodies("PUT", withMasks) ?? noTransport }),
    focus: (r) => APPLY_TWICE(r, BY_HAND),
  },
  {
    number: 10,
    found: ["S7"],
    make: () => ({ name: "prune by name, not by identity", transport: withoutBirthdays }),
    focus: (r) => APPLY_TWICE(r, RECREATED),
  },
  {
    number: 11,
    found: ["S10"],
    make: () => ({ name: "a lock is taken by unlink and create", disk: forcedLink }),
    focus: (r) => ({ ...r, options: { ...r.options, leaseMs: 30_000 }, steps: [sleepyTaker(r)] }),
  },
  {
    number: 12,
    found: ["S10", "S2", "S12"],
    make: () => ({
      name: "no fencing",
      disk: unfenced,
      session: (s) => Object.defineProperties(bare(s), { check: { value: async () => {} } }),
    }),
    focus: (r) => ({ ...r, jobs: 6, steps: [crowd(r, { at: 20 + (r.seed % 60), ms: 600_000 })] }),
  },
  {
    number: 13,
    found: ["S7"],
    make: () => ({ name: "deletes are not checked for staleness", transport: asListed }),
    focus: (r) => APPLY_TWICE(r, ["remove", "remove"], { pondering: 3 }),
  },
  {
    number: 14,
    found: ["S1", "S2", "S6"],
    make: () => ({ name: "an unknown create counts as failed, and its intent is closed", transport: disheartened }),
    focus: weather(0.5, ["late commit 3 s", "lost after"]),
  },
  {
    number: 15,
    found: ["S9"],
    make: impatient,
    focus: (r) => ({
      ...r,
      options: { ...r.options, leaseMs: 30_000 },
      steps: [runs(r, { weather: { rate: 0, latestMs: 0, throttled: { requests: 40, retryAfter: "soon" } } })],
    }),
  },
  { number: 16, found: ["crash"], make: pipe, focus: (r) => r },
  {
    number: 17,
    found: ["S5"],
    make: () => ({ name: "redirects are followed", transport: following }),
    focus: weather(0.2, ["redirect"]),
  },
];

const noTransport = (transport: Transport): Transport => transport;

/** Further pages of a list are refused now and then, for good. */
function pagesFail(recipe: Recipe): Recipe {
  const aim = { op: "page", fault: "forbidden", rate: 0.4 } as const;
  return mapRuns(recipe, (run) => ({ ...run, weather: { rate: 0, latestMs: 0, aim } }));
}

function crowdedLists(recipe: Recipe): Recipe {
  return { ...recipe, jobs: 6, options: { ...recipe.options, pageSize: 2 } };
}

function crowd(recipe: Recipe, suspend: { at: number; ms: number }): Step {
  const one = runs(recipe, { crowded: true, fortune: { suspend }, lockTimeoutMs: 900_000 });
  const other = runs(recipe, { crowded: true, seed: recipe.seed + 1, lockTimeoutMs: 900_000 });
  if (one.kind !== "run" || other.kind !== "run") return one;
  return { ...one, runs: [...one.runs, ...other.runs] };
}

/** Two come at once, and one falls asleep between its look at the lock and its grasp for it. */
function sleepyTaker(recipe: Recipe): Step {
  const one = runs(recipe, { crowded: true, pondering: 3 });
  const suspend = { at: 5 + (recipe.seed % 15), ms: 2_000 };
  const other = runs(recipe, { crowded: true, seed: recipe.seed + 1, fortune: { suspend } });
  return one.kind === "run" && other.kind === "run" ? { ...one, runs: [...one.runs, ...other.runs] } : one;
}

/** A session as an object of its own, its getters kept. */
function bare<T extends object>(session: T): T {
  return Object.create(session, {}) as T;
}

function late(): Planted {
  return {
    name: "outcomes are written after the next action has begun",
    session: (session, world) => {
      let pending: Promise<void> = Promise.resolve();
      const wrapped = bare(session);
      return Object.defineProperties(wrapped, {
        settle: {
          value: async (...args: Parameters<typeof session.settle>) => {
            pending = pending.then(() => world.kernel.pause(50)).then(() => session.settle(...args));
            pending.catch(() => undefined);
          },
        },
        close: {
          value: async () => {
            await pending.catch(() => undefined);
            await session.close();
          },
        },
      });
    },
  };
}

/** Takes a POST whose answer was lost for one that was refused. */
function disheartened(transport: Transport): Transport {
  return around(transport, async (request, next) => {
    if (request.method !== "POST") return next(request);
    const refused = (): WireAnswer =>
      withJson(
        { status: 422, headers: { "content-type": "application/json" }, body: new Uint8Array() },
        { message: "no" },
      );
    const answer = await next(request).catch((error: unknown) => {
      if (error instanceof TransportError && error.phase === "no-answer") return refused();
      throw error;
    });
    return answer.status === 504 ? refused() : answer;
  });
}

function impatient(): Planted {
  let refused = false;
  return {
    name: "a Retry-After that makes no sense means at once",
    transport: (transport) =>
      around(transport, async (request, next) => {
        const answer = await next(request);
        refused = answer.status === 429;
        return answer;
      }),
    random: (random) => () => (refused ? 0 : random()),
  };
}

function pipe(): Planted {
  return {
    name: "EPIPE ends the run",
    log: () => () => {
      throw Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    },
  };
}

function following(transport: Transport): Transport {
  return around(transport, async (request, next) => {
    const answer = await next(request);
    const location = answer.headers["location"];
    return answer.status >= 300 && answer.status < 400 && typeof location === "string"
      ? next({ ...request, url: new URL(location) })
      : answer;
  });
}
