import { type Context, Hono } from "hono";
import type { Json, JsonObject } from "../model/json.ts";
import type { Caller } from "./access.ts";
import { withoutReadOnly } from "./blaxel-job.ts";
import { listPage } from "./blaxel-page.ts";
import { viewBlaxelJob } from "./blaxel-view.ts";
import { json, jsonBody, type PlatformEnv } from "./http.ts";
import { isJsonObject, objectAt, textAt, withoutNulls } from "./json.ts";
import { BLAXEL_JOB } from "./shapes.ts";
import { check, pick } from "./validate.ts";

/** The versions that are known where the options name none. From {@link PAGED_SINCE} on, lists come in pages. */
const VERSIONS: readonly string[] = ["2026-04-16", "2026-04-28"];
const PAGED_SINCE = "2026-04-28";

type BlaxelVariables = { caller: Caller; workspace: string };
type BlaxelContext = Context<PlatformEnv & { Variables: BlaxelVariables }>;

/** Blaxel's job API: `/jobs`, `/jobs/{name}`, `/jobs/{name}/revisions`, `/oauth/token`. */
export function blaxelRoutes(): Hono<PlatformEnv & { Variables: BlaxelVariables }> {
  const routes = new Hono<PlatformEnv & { Variables: BlaxelVariables }>();
  routes.post("/oauth/token", giveToken);
  routes.use(admit);
  routes.get("/jobs", listJobs);
  routes.post("/jobs", createJob);
  routes.get("/jobs/:name", readJob);
  routes.put("/jobs/:name", replaceJob);
  routes.delete("/jobs/:name", deleteJob);
  routes.get("/jobs/:name/revisions", listRevisions);
  for (const path of ["/jobs", "/jobs/:name", "/jobs/:name/revisions"]) {
    routes.all(path, () => refuse(405, "Method Not Allowed", "this resource does not know that method"));
  }
  routes.notFound(() => refuse(404, "Not Found", "no such resource"));
  return routes;
}

/** An error as Blaxel words it. */
function refuse(code: number, error: string, message: string): Response {
  return json(code, { error, code, message });
}

/** Who is it, which workspace, which version: what every request must say. */
async function admit(c: BlaxelContext, next: () => Promise<void>): Promise<Response | undefined> {
  const caller = c.env.access.caller(c.req.header("x-blaxel-authorization") ?? c.req.header("authorization"));
  if (!caller) return refuse(401, "Unauthorized", "missing or invalid credentials");
  const version = c.req.header("blaxel-version");
  const known = c.env.options.blaxelVersions ?? VERSIONS;
  if (version !== undefined && !known.includes(version)) {
    return refuse(400, "invalid_api_version", `Blaxel-Version must be one of ${known.join(", ")}`);
  }
  const workspace = c.req.header("x-blaxel-workspace");
  if (!workspace) return refuse(400, "Bad Request", "the header X-Blaxel-Workspace is missing");
  const { workspaces } = c.env.options;
  if (workspaces && !workspaces.includes(workspace)) {
    return refuse(403, "Forbidden", `no access to workspace ${workspace}`);
  }
  c.set("caller", caller);
  c.set("workspace", workspace);
  await next();
  return undefined;
}

async function giveToken(c: BlaxelContext): Promise<Response> {
  const body = await jsonBody(c.req);
  if (!isJsonObject(body) || body["grant_type"] !== "client_credentials") {
    return refuse(400, "unsupported_grant_type", "grant_type must be client_credentials");
  }
  const given = c.env.access.token(c.req.header("authorization"));
  if (!given) return refuse(401, "invalid_client", "the client credentials are wrong");
  return json(200, { access_token: given.token, token_type: "Bearer", expires_in: given.seconds });
}

function listJobs(c: BlaxelContext): Response {
  const { data } = c.env;
  const workspace = c.var.workspace;
  const paged = (c.req.header("blaxel-version") ?? "") >= PAGED_SINCE;
  const page = listPage({ table: data.blaxel, workspace, paged, query: c.req.query(), now: c.env.now() });
  if ("problem" in page) return refuse(400, page.error, page.problem);
  const jobs = page.names.map((name) => data.blaxel.read(name, workspace)).filter((job) => job !== undefined);
  const shown = jobs.map((job) => show(c, job, "masked", true));
  return json(200, page.meta ? { data: shown, meta: page.meta } : shown);
}

async function createJob(c: BlaxelContext): Promise<Response> {
  const body = await readBody(c);
  if (body instanceof Response) return body;
  const name = textAt(objectAt(body, "metadata"), "name") ?? "";
  const { blaxel } = c.env.data;
  if (blaxel.get(name, c.var.workspace)) {
    const being = blaxel.isFading(name, c.var.workspace) ? " and is being deleted" : "";
    return refuse(409, "Resource already exists", `job ${name} already exists${being}`);
  }
  return json(200, show(c, blaxel.put(withoutReadOnly(body), c.var.workspace, undefined, "api")));
}

function readJob(c: BlaxelContext): Response {
  const job = c.env.data.blaxel.read(nameOf(c), c.var.workspace);
  if (!job) return noSuchJob(c);
  const wanted = ["true", "1"].includes(c.req.query("show_secrets") ?? "");
  if (wanted && !c.var.caller.admin && c.env.behaviours.showSecretsDenied === "forbidden") {
    return refuse(403, "Forbidden", "show_secrets requires the role of a workspace admin");
  }
  return json(200, show(c, job, wanted && c.var.caller.admin ? "shown" : "masked"));
}

async function replaceJob(c: BlaxelContext): Promise<Response> {
  const { blaxel } = c.env.data;
  const name = nameOf(c);
  const body = await readBody(c);
  if (!blaxel.get(name, c.var.workspace)) return noSuchJob(c);
  if (body instanceof Response) return body;
  if (textAt(objectAt(body, "metadata"), "name") !== name) {
    return refuse(400, "Bad Request", "metadata.name is not the name in the path, and cannot be changed");
  }
  if (blaxel.isFading(name, c.var.workspace)) return refuse(409, "Conflict", `job ${name} is being deleted`);
  const revise = c.env.behaviours.revisions === "on-update";
  return json(200, show(c, blaxel.replace(name, body, c.var.workspace, revise)));
}

function deleteJob(c: BlaxelContext): Response {
  const { blaxel } = c.env.data;
  if (!blaxel.get(nameOf(c), c.var.workspace)) return noSuchJob(c);
  const { deletingReads, deletingMs } = c.env.behaviours;
  return json(200, show(c, blaxel.fade(nameOf(c), c.var.workspace, deletingReads, deletingMs)));
}

function listRevisions(c: BlaxelContext): Response {
  const { blaxel } = c.env.data;
  if (!blaxel.get(nameOf(c), c.var.workspace)) return noSuchJob(c);
  return json(200, blaxel.revisions(nameOf(c), c.var.workspace));
}

/** The body without nulls (which mean the same as nothing here), or the answer that refuses it. */
async function readBody(c: BlaxelContext): Promise<JsonObject | Response> {
  const body = await jsonBody(c.req);
  if (body === undefined) return refuse(400, "Bad Request", "Invalid request body");
  const clean: Json = withoutNulls(body);
  const [issue] = check(BLAXEL_JOB, clean);
  if (issue) {
    const msg = issue.msg.replace(/^Value error, /, "");
    return refuse(400, "Bad Request", `${issue.loc.join(".") || "body"}: ${msg}`);
  }
  const taken = c.env.behaviours.blaxelUnknownFields === "drop" ? pick(BLAXEL_JOB, clean) : clean;
  return isJsonObject(taken) ? taken : {};
}

function show(c: BlaxelContext, job: JsonObject, secrets: "masked" | "shown" = "masked", inList = false): JsonObject {
  return viewBlaxelJob(job, { behaviours: c.env.behaviours, secrets, inList, turn: c.env.turn });
}

function nameOf(c: BlaxelContext): string {
  return c.req.param("name") ?? "";
}

function noSuchJob(c: BlaxelContext): Response {
  return refuse(404, "Not Found", `job ${nameOf(c)} not found`);
}
