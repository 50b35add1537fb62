import { onTestFinished } from "vitest";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { isJsonObject } from "../../src/sandbox/json.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/server.ts";
import { openApiErrors } from "./openapi.ts";

/** An answer whose body was read. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as an object; throws where it is none. */
  readonly body: JsonObject;
  /** The body as whatever JSON it is. */
  readonly json: Json;
}

/** A started sandbox and one way to call it. Every answer of v1 and v0 is held against the published documents. */
export interface Bench {
  readonly sandbox: Sandbox;
  call(method: string, path: string, body?: Json, headers?: Record<string, string>): Promise<Answer>;
}

/** A clock that moves only when told. */
export function clockAt(text: string): { now: () => Date; forward: (ms: number) => void } {
  let time = Date.parse(text);
  return {
    now: () => new Date(time),
    forward: (ms) => {
      time += ms;
    },
  };
}

/** Starts a sandbox that ends with the test. */
export async function bench(options: SandboxOptions = {}): Promise<Bench> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return {
    sandbox,
    async call(method, path, body, headers = {}) {
      const response = await fetch(sandbox.url + path, {
        method,
        redirect: "manual",
        headers: {
          authorization: "Bearer any-key",
          ...(path.startsWith("/v0") ? { "x-blaxel-workspace": "acme" } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = answerOf(response.status, response.headers, await response.text());
      if (sandbox.faults.rules.length === 0) expectPublished(method, path, answer);
      return answer;
    },
  };
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  return {
    ...{ status, headers, text },
    get json() {
      return JSON.parse(text) as Json;
    },
    get body() {
      const value = JSON.parse(text) as Json;
      if (!isJsonObject(value)) throw new TypeError(`not an object: ${text}`);
      return value;
    },
  };
}

function expectPublished(method: string, path: string, answer: Answer): void {
  const schema = schemaOf(method, path, answer);
  if (!schema) return;
  const problems = openApiErrors(schema.platform, schema.name, answer.json);
  if (problems.length > 0) throw new Error(`${method} ${path} answered ${answer.text}\n${problems.join("\n")}`);
}

function schemaOf(
  method: string,
  path: string,
  { status, text }: Answer,
): { readonly platform: "nimble" | "blaxel"; readonly name: string } | undefined {
  const [plain = ""] = path.split("?");
  const one = plain !== "/v1/jobs" && plain !== "/v0/jobs";
  if (plain.endsWith("/runs") || plain.endsWith("/token") || status === 204) return undefined;
  if (plain.startsWith("/v1/jobs")) {
    if (status === 422) return { platform: "nimble", name: "HTTPValidationError" };
    if (status >= 400) return undefined;
    return { platform: "nimble", name: one || method === "POST" ? "Job" : "JobList" };
  }
  if (!plain.startsWith("/v0/jobs")) return undefined;
  if (status >= 400) return { platform: "blaxel", name: "Error" };
  if (plain.endsWith("/revisions")) return { platform: "blaxel", name: "RevisionMetadata[]" };
  if (one || method === "POST") return { platform: "blaxel", name: "Job" };
  return { platform: "blaxel", name: text.startsWith("[") ? "Job[]" : "JobList" };
}

/** The value at a path of keys and indexes; undefined where there is none. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (Array.isArray(inner)) return (inner as readonly Json[])[Number(key)];
    return isJsonObject(inner) ? inner[key] : undefined;
  }, value);
}
