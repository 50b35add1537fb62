import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Json, JsonObject } from "../model/json.ts";
import type { FaultRule, Faults } from "./faults.ts";
import { type AdminEnv, json, jsonBody } from "./http.ts";
import { isJsonObject, objectAt, textAt } from "./json.ts";
import type { RequestLog } from "./log.ts";
import type { SandboxSeed } from "./options.ts";
import type { SandboxData } from "./store.ts";

/** What the admin routes look after. */
export interface AdminParts {
  readonly data: SandboxData;
  readonly log: RequestLog;
  readonly faults: Faults;
  /** Resolves when changes are stored. */
  readonly save: () => Promise<void>;
}

/**
 * The sandbox's own routes under `/__sandbox`, for loopback only and never for a browser: `GET log`, `DELETE log`;
 * `GET jobs`, `PUT jobs` (replaces all), `POST jobs` (adds), `POST edit`, `POST delete`, `POST deploy`;
 * `GET faults`, `PUT faults` (replaces all), `POST faults` (adds one or a list), `DELETE faults`, `POST settle`.
 */
export function adminRoutes(parts: AdminParts): Hono<AdminEnv> {
  const { data, log, faults, save } = parts;
  const routes = new Hono<AdminEnv>();
  const done = async () => {
    await save();
    return json(200, { ok: true });
  };
  routes.use(async (c, next) => {
    if (!isLocal(c.env, c.req.header("host"), c.req.header("origin"))) {
      return json(403, { error: "only for programs on this machine" });
    }
    await next();
  });
  routes.onError((error) => json(400, { error: error.message }));
  routes.get("/log", () => json(200, { entries: log.entries as unknown as Json, maxInFlight: log.maxInFlight }));
  routes.delete("/log", () => {
    log.clear();
    return done();
  });
  routes.get("/jobs", () => json(200, data.snapshot() as unknown as Json));
  routes.post("/jobs", async (c) => {
    data.add(readSeed(await jsonBody(c.req)));
    return done();
  });
  routes.put("/jobs", async (c) => {
    const seed = readSeed(await jsonBody(c.req));
    removeAll(data);
    data.add(seed);
    return done();
  });
  routes.post("/edit", async (c) => {
    const { platform, id, workspace, merge } = await readOrder(c);
    if (!isJsonObject(merge)) throw new TypeError("merge must be an object (RFC 7396)");
    if (platform === "nimble") data.nimble.edit(id, merge);
    else data.blaxel.edit(id, merge, workspace);
    return done();
  });
  routes.post("/delete", async (c) => {
    const { platform, id, workspace } = await readOrder(c);
    const found = platform === "nimble" ? data.nimble.delete(id) : data.blaxel.delete(id, workspace);
    return found ? done() : json(404, { error: `no ${platform} job ${id}` });
  });
  routes.post("/deploy", async (c) => {
    const body = await readObject(c);
    const image = textAt(body, "image");
    if (image === undefined) throw new TypeError("image must be a string");
    data.blaxel.deploy(textAt(body, "name") ?? "", image, textAt(body, "workspace"));
    return done();
  });
  routes.get("/faults", () => json(200, { rules: faults.rules as unknown as Json, pending: faults.pending }));
  routes.post("/faults", async (c) => {
    for (const rule of readRules(await jsonBody(c.req))) faults.add(rule);
    return done();
  });
  routes.put("/faults", async (c) => {
    faults.set(readRules(await jsonBody(c.req)));
    return done();
  });
  routes.delete("/faults", () => {
    faults.clear();
    return done();
  });
  routes.post("/settle", async () => {
    await faults.settle();
    return done();
  });
  routes.notFound(() => json(404, { error: "no such sandbox route" }));
  return routes;
}

/** Pages in a browser cannot come in: neither from another site, nor by a name that was made to point here. */
function isLocal(env: HttpBindings, host: string | undefined, origin: string | undefined): boolean {
  const from = env.incoming.socket.remoteAddress ?? "";
  const loopback = /^(?:::ffff:)?127\.|^::1$/.test(from);
  const named = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host ?? "");
  return loopback && named && origin === undefined;
}

interface Order {
  readonly platform: "nimble" | "blaxel";
  readonly id: string;
  readonly workspace: string | undefined;
  readonly merge: Json | undefined;
}

async function readObject(c: Context<AdminEnv>): Promise<JsonObject> {
  const body = await jsonBody(c.req);
  if (!isJsonObject(body)) throw new TypeError("the body must be a JSON object");
  return body;
}

async function readOrder(c: Context<AdminEnv>): Promise<Order> {
  const body = await readObject(c);
  const { platform, merge } = body;
  const id = textAt(body, "id") ?? textAt(body, "name");
  if (platform !== "nimble" && platform !== "blaxel") throw new TypeError("platform must be nimble or blaxel");
  if (id === undefined) throw new TypeError("id must be a string");
  return { platform, id, workspace: textAt(body, "workspace"), merge };
}

function readSeed(body: Json | undefined): SandboxSeed {
  const lists = isJsonObject(body) ? [body["nimble"] ?? [], body["blaxel"] ?? []] : [undefined];
  const good = lists.every((list) => Array.isArray(list) && list.every(isNamed));
  if (!good)
    throw new TypeError('the body must be {"nimble": [{"job": ...}], "blaxel": [{"job": ...}]}, each with a name');
  return body as unknown as SandboxSeed;
}

function isNamed(row: Json): boolean {
  const job = isJsonObject(row) ? objectAt(row, "job") : {};
  return textAt(job, "name") !== undefined || textAt(objectAt(job, "metadata"), "name") !== undefined;
}

function readRules(body: Json | undefined): readonly FaultRule[] {
  const rules: readonly (Json | undefined)[] = Array.isArray(body) ? body : [body];
  if (!rules.every(isJsonObject)) throw new TypeError("the body must be a rule or a list of rules");
  return rules as unknown as readonly FaultRule[];
}

function removeAll(data: SandboxData): void {
  for (const job of data.nimble.all()) data.nimble.delete(job.id);
  for (const workspace of data.blaxel.workspaces()) {
    for (const job of data.blaxel.all(workspace)) {
      data.blaxel.delete(textAt(objectAt(job, "metadata"), "name") ?? "", workspace);
    }
  }
}
