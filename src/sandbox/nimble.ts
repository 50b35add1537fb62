import { type Context, Hono } from "hono";
import type { Json, JsonObject } from "../model/json.ts";
import type { Caller } from "./access.ts";
import { json, jsonBody, type PlatformEnv } from "./http.ts";
import { isJsonObject, mergePatch, textAt } from "./json.ts";
import { readPage } from "./nimble-page.ts";
import type { NimbleJob } from "./nimble-table.ts";
import { agentKey, type NimbleVersion, viewNimbleJob } from "./nimble-view.ts";
import { NIMBLE_UPDATE, nimbleCreate } from "./shapes.ts";
import { check, type Issue, type ObjectShape, pick } from "./validate.ts";

type NimbleContext = Context<PlatformEnv & { Variables: { caller: Caller } }>;

/** Nimble's job API in one of its versions: `/jobs`, `/jobs/{id}`, `/jobs/{id}/runs`. */
export function nimbleRoutes(version: NimbleVersion): Hono<PlatformEnv & { Variables: { caller: Caller } }> {
  const routes = new Hono<PlatformEnv & { Variables: { caller: Caller } }>();
  routes.use(async (c, next) => {
    const caller = c.env.access.caller(c.req.header("authorization"));
    if (!caller) return json(401, { code: "unauthorized", message: "Missing or invalid API key" });
    c.set("caller", caller);
    await next();
  });
  routes.get("/jobs", (c) => listJobs(c, version));
  routes.post("/jobs", (c) => createJob(c, version));
  routes.get("/jobs/:id", (c) => withJob(c, (job) => json(200, show(c, version, job))));
  routes.patch("/jobs/:id", (c) => withJob(c, (job) => updateJob(c, version, job)));
  routes.delete("/jobs/:id", (c) => withJob(c, (job) => deleteJob(c, job)));
  routes.post("/jobs/:id/runs", (c) => withJob(c, (job) => json(201, c.env.data.nimble.run(job.id))));
  for (const path of ["/jobs", "/jobs/:id", "/jobs/:id/runs"]) {
    routes.all(path, () => json(405, { detail: "Method Not Allowed" }));
  }
  routes.notFound(() => json(404, { detail: "Not Found" }));
  return routes;
}

function listJobs(c: NimbleContext, version: NimbleVersion): Response {
  const page = readPage(version, c.req.query());
  if ("issues" in page) return unprocessable(page.issues);
  const all = c.env.data.nimble.all(c.var.caller.account);
  const searched = c.req.query("q") !== undefined || c.req.query(agentKey(version)) !== undefined;
  const jobs = searched ? all.filter((job) => matches(job, c, version)) : all;
  const { offset, limit } = page;
  const newestFirst = c.env.behaviours.listOrder === "newest";
  const items = newestFirst
    ? jobs.slice(Math.max(0, jobs.length - offset - limit), Math.max(0, jobs.length - offset)).toReversed()
    : jobs.slice(offset, offset + limit);
  return json(200, { items: items.map((job) => show(c, version, job, true)), total: jobs.length, ...page.echo });
}

/** `q` is a search in name and display name; Assumed: any part of them, whatever the case. */
function matches(job: NimbleJob, c: NimbleContext, version: NimbleVersion): boolean {
  const q = c.req.query("q")?.toLowerCase();
  const agent = c.req.query(agentKey(version));
  if (agent !== undefined && job["agent_name"] !== agent) return false;
  if (q === undefined) return true;
  return [job.name, textAt(job, "display_name") ?? ""].some((text) => text.toLowerCase().includes(q));
}

async function createJob(c: NimbleContext, version: NimbleVersion): Promise<Response> {
  const body = await readBody(c, nimbleCreate(agentKey(version)));
  if (body instanceof Response) return body;
  const { [agentKey(version)]: agent = null, ...rest } = body;
  const job = c.env.data.nimble.put({ ...rest, agent_name: agent }, c.var.caller.account, "api");
  return json(201, show(c, version, job));
}

async function updateJob(c: NimbleContext, version: NimbleVersion, job: NimbleJob): Promise<Response> {
  const body = await readBody(c, NIMBLE_UPDATE);
  if (body instanceof Response) return body;
  const merged = Object.entries(body).map(([key, value]): [string, Json] => [
    key,
    c.env.behaviours.nestedPatch === "merge" && isJsonObject(value) ? mergePatch(job[key], value) : value,
  ]);
  const changed = c.env.data.nimble.edit(job.id, (old) => ({ ...old, ...Object.fromEntries(merged) }), "api");
  return json(200, show(c, version, changed));
}

function deleteJob(c: NimbleContext, job: NimbleJob): Response {
  c.env.data.nimble.delete(job.id, "api");
  return new Response(null, { status: 204 });
}

function show(c: NimbleContext, version: NimbleVersion, job: NimbleJob, inList = false): JsonObject {
  return viewNimbleJob(job, version, c.env.behaviours, inList);
}

function withJob(
  c: NimbleContext,
  answer: (job: NimbleJob) => Response | Promise<Response>,
): Response | Promise<Response> {
  const id = c.req.param("id") ?? "";
  const job = c.env.data.nimble.get(id, c.var.caller.account);
  return job ? answer(job) : json(404, { code: "not_found", message: `Job ${id} not found` });
}

/** The body as far as the API takes it in, or the answer that refuses it. */
async function readBody(c: NimbleContext, shape: ObjectShape): Promise<JsonObject | Response> {
  const body = await jsonBody(c.req);
  if (body === undefined) {
    return unprocessable([{ loc: [0], type: "json_invalid", msg: "JSON decode error", input: {} }]);
  }
  const unknown = c.env.behaviours.nimbleUnknownFields;
  const issues = check(shape, body, unknown === "reject" ? "reject" : "ignore");
  if (issues.length > 0 || !isJsonObject(body)) return unprocessable(issues);
  const taken = unknown === "keep" ? body : pick(shape, body);
  return isJsonObject(taken) ? taken : {};
}

function unprocessable(issues: readonly Issue[], where = "body"): Response {
  const detail = issues.map(({ loc, ...rest }) => ({ ...rest, loc: loc[0] === "query" ? loc : [where, ...loc] }));
  return json(422, { detail });
}
