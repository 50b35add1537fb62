import { ApiError, JobwrightError } from "../../errors.ts";
import type { ApiClient, Auth } from "../../http/api.ts";
import { createApiClient } from "../../http/client.ts";
import { badPage } from "../../http/listing.ts";
import { hideAll, hideAndKeep } from "../../http/secret-values.ts";
import { mixedUp, readAnswered, sendWrite } from "../../http/send.ts";
import { baseUrlOf, type Credential, configuredKey, keyFromEnv, type SettingsContext } from "../../http/settings.ts";
import { encodeSegment } from "../../http/url.ts";
import type { TargetConfig } from "../../model/config.ts";
import { isObject, own, type Value } from "../../model/document.ts";
import { type ApiVersion, addressOf, type LiveJob } from "../../model/job.ts";
import { isJsonObject } from "../../model/json.ts";
import type { PlannedRequest } from "../../model/plan.ts";
import type { ConnectContext, Provider, ProviderClient } from "../provider.ts";
import { createTokenAuth } from "./auth.ts";
import { nameIn, readBlaxelList } from "./pages.ts";

const DEFAULT_BASE_URL = "https://api.blaxel.ai/v0";

/** From this version on lists come in pages with a total. */
const API_VERSION = "2026-04-28";

/** The prefix that planned paths begin with; the base URL ends in it. */
const API_PREFIX = "/v0";

/**
 * A client of one Blaxel workspace. Throws a JobwrightError for a base URL, credentials or workspace that cannot be used;
 * sends nothing. Source: the control plane API, version 2026-04-28.
 */
export function connectBlaxel(
  target: TargetConfig,
  _apiVersions: readonly ApiVersion[],
  context: ConnectContext,
  fromApi: Provider["fromApi"],
): ProviderClient {
  const { env, clock } = context.runtime;
  const settings = {
    target,
    env,
    secrets: context.secrets,
    baseUrlVariable: "BL_API_URL",
    defaultBaseUrl: DEFAULT_BASE_URL,
  };
  const { base, name: baseUrl } = baseUrlOf(settings);
  const workspace = workspaceOf(target, env["BL_WORKSPACE"]);
  const { auth, credential } = authOf(settings, base, (credentials) =>
    createTokenAuth({ client: () => client, credentials, clock, secrets: context.secrets }),
  );
  const client: ApiClient = createApiClient({
    ...context,
    names: { target: target.name, platform: "Blaxel", key: credential.name, baseUrl, workspace },
    base,
    headers: { "x-blaxel-workspace": workspace.value, "blaxel-version": API_VERSION },
    auth,
  });
  const get = (name: string, showSecrets: boolean) =>
    readJob(client, name, showSecrets, (answer, inexact) => {
      const hide = showSecrets ? hideAndKeep(addressOf(target.name, name), context.secrets) : hideAll;
      return { ...fromApi(answer, hide), inexact };
    });
  return {
    identity: { provider: "blaxel", origin: base.origin, workspace: workspace.value },
    credentials: credential.ref,
    list: async (onRead) => {
      const request = `GET ${base.pathname.replace(/\/+$/, "")}/jobs`;
      const items = await readBlaxelList({ client, runtime: context.runtime, request, onRead });
      return items.map((item) => ({ ...fromApi(item.raw, hideAll), inexact: item.inexact })).sort(byName);
    },
    get: async (id, options) => get(id, options.showSecrets === true),
    find: async (name) => {
      const job = await get(name, false);
      return job === undefined ? [] : [job];
    },
    send: async (request, address, hooks) =>
      sendWrite(request, address, {
        client,
        hooks,
        secrets: context.secrets,
        path: pathBelowBase(request.path),
        nameIn,
        expected: expectedIn(request),
        readJob: (answer, inexact) => ({ ...fromApi(answer, hideAll), inexact }),
      }),
    close: async () => client.close(),
  };
}

/** Precedence: what the config names, then the key, then client credentials (as the vendor's SDK has it). */
function authOf(
  settings: SettingsContext,
  base: URL,
  tokens: (credentials: string) => Auth,
): { readonly auth: Auth; readonly credential: Credential } {
  const { env } = settings;
  const isSet = (variable: string): boolean => (env[variable] ?? "") !== "";
  const configured = configuredKey(settings, base);
  if (configured === undefined && !isSet("BL_API_KEY") && isSet("BL_CLIENT_CREDENTIALS")) {
    const credential = keyFromEnv(settings, "BL_CLIENT_CREDENTIALS");
    const secret = Buffer.from(credential.value, "base64").toString("utf8").split(":").slice(1).join(":");
    if (secret.length >= 8) settings.secrets.add("credential:BL_CLIENT_CREDENTIALS#secret", secret);
    return { auth: tokens(credential.value), credential };
  }
  if (configured === undefined && !isSet("BL_API_KEY")) throw noCredentials();
  const key = configured ?? keyFromEnv(settings, "BL_API_KEY");
  const headers = { authorization: `Bearer ${key.value}` };
  return { auth: { headers: async () => headers }, credential: key };
}

function noCredentials(): JobwrightError {
  const message = "no credentials: neither BL_API_KEY nor BL_CLIENT_CREDENTIALS is set";
  return new JobwrightError("JW2050", "auth", message, { hint: "Set one of them in the environment." });
}

function workspaceOf(
  target: TargetConfig,
  fromEnv: string | undefined,
): { readonly name: string; readonly value: string } {
  const name = target.workspace === undefined ? "BL_WORKSPACE" : `targets.${target.name}.workspace`;
  const value = target.workspace ?? fromEnv ?? "";
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) return { name, value };
  throw new JobwrightError(
    "JW2052",
    "invalid",
    value === "" ? `no workspace for target ${target.name}` : `${name} is not the name of a workspace`,
    { hint: `Set BL_WORKSPACE in the environment, or \`workspace\` under targets.${target.name} in the config.` },
  );
}

async function readJob(
  client: ApiClient,
  name: string,
  showSecrets: boolean,
  toJob: (...answer: [Parameters<Provider["fromApi"]>[0], readonly string[]]) => LiveJob,
): Promise<LiveJob | undefined> {
  const answer = await askForJob(client, `/jobs/${encodeSegment(name)}`, showSecrets);
  if (answer.status === 404) return undefined;
  const { json } = answer;
  if (!isJsonObject(json)) throw badPage(answer.request, `job ${name}`, "the answer is not an object");
  const answered = nameIn(json);
  if (typeof answered === "string" && answered !== name) {
    throw mixedUp(answer, name, answered, { outcome: "not-done", stopsTarget: false });
  }
  return readAnswered(answer, () => toJob(json, answer.inexact));
}

/** Secrets are shown to workspace admins only; where others are refused, the job is read as they may see it. */
async function askForJob(client: ApiClient, path: string, showSecrets: boolean) {
  const request = { method: "GET", path, kind: "read", about: "item" } as const;
  if (!showSecrets) return client.request(request);
  try {
    return await client.request({ ...request, query: { show_secrets: "true" } });
  } catch (error) {
    if (error instanceof ApiError && error.reason === "forbidden") return client.request(request);
    throw error;
  }
}

function pathBelowBase(path: string): string {
  if (path.startsWith(`${API_PREFIX}/`)) return path.slice(API_PREFIX.length);
  throw new JobwrightError("JW2044", "invalid", `${JSON.stringify(path.slice(0, 80))} is no path of the Blaxel API`, {
    hint: "Nothing was sent. Make the plan again.",
  });
}

/** The answer to a write must bear the name that was asked about. */
function expectedIn(request: PlannedRequest): Value | undefined {
  if (request.method !== "POST") return decodeURIComponent(request.path.split("/").at(-1) ?? "");
  const metadata = isObject(request.body) ? own(request.body, "metadata") : undefined;
  return isObject(metadata) ? own(metadata, "name") : undefined;
}

function byName(a: LiveJob, b: LiveJob): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
