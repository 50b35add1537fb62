import type { HttpBindings } from "@hono/node-server";
import type { Json } from "../model/json.ts";
import type { Access } from "./access.ts";
import type { SandboxBehaviours, SandboxOptions } from "./options.ts";
import type { SandboxData } from "./store.ts";

/** What every route gets besides the request. */
interface SandboxContext {
  /** The jobs as this request sees them (an older copy for a stale read). */
  readonly data: SandboxData;
  readonly behaviours: SandboxBehaviours;
  readonly access: Access;
  readonly options: SandboxOptions;
  readonly now: () => Date;
  /** The request's number in the log. */
  readonly turn: number;
}

/** Hono's generics for the platforms' routes. */
export interface PlatformEnv {
  readonly Bindings: SandboxContext;
}

/** Hono's generics for the admin routes. */
export interface AdminEnv {
  readonly Bindings: HttpBindings;
}

/** An answer of JSON. */
export function json(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** The body as JSON, or undefined where it is none. */
export async function jsonBody(request: { text(): Promise<string> }): Promise<Json | undefined> {
  try {
    return JSON.parse(await request.text()) as Json;
  } catch {
    return undefined;
  }
}
