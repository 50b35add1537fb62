import { setMaxListeners } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { JobwrightError } from "../errors.ts";
import { createAccess } from "./access.ts";
import { adminRoutes } from "./admin.ts";
import { blaxelRoutes } from "./blaxel.ts";
import { createExchange } from "./exchange.ts";
import { Faults } from "./faults.ts";
import { type SandboxFile, sandboxFile } from "./file.ts";
import { json, type PlatformEnv } from "./http.ts";
import { RequestLog } from "./log.ts";
import { nimbleRoutes } from "./nimble.ts";
import { DEFAULT_BEHAVIOURS, type SandboxOptions } from "./options.ts";
import { createRateLimit } from "./rate.ts";
import { SandboxData } from "./store.ts";

export type { SandboxOptions } from "./options.ts";

/** A sandbox that is listening. */
export interface Sandbox {
  /** `http://127.0.0.1:4010`: Nimble's base URL; Blaxel's has `/v0` behind it. */
  readonly url: string;
  readonly port: number;
  readonly data: SandboxData;
  readonly log: RequestLog;
  readonly faults: Faults;
  /** Ends all connections, forgets late commits, and resolves when everything is stored. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts a server that speaks both platforms' job APIs: `/v1`, `/v2` (Nimble), `/v0` (Blaxel). Throws a JobwrightError
 * where it cannot listen, or where its file cannot be read.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { now = () => new Date(), host = "127.0.0.1" } = options;
  const data = new SandboxData(now);
  const log = new RequestLog(options.logLimit);
  const faults = new Faults();
  const file = options.file === undefined ? undefined : sandboxFile(options.file, data);
  if (!(await file?.load()) && options.seed) data.add(options.seed);
  await file?.save();

  const closing = new AbortController();
  // Every answer that is delayed listens for the end.
  setMaxListeners(0, closing.signal);
  const admin = new Hono<{ Bindings: HttpBindings }>().route(
    "/__sandbox",
    adminRoutes({ data, log, faults, save: async () => file?.save() }),
  );
  const exchange = createExchange({
    ...{ options, data, log, faults, now, file, admin, platforms: platformRoutes() },
    behaviours: { ...DEFAULT_BEHAVIOURS, ...options.behaviours },
    access: createAccess(options, now),
    rate: createRateLimit(options.rateLimit, options.monotonic ?? (() => performance.now())),
    closing: closing.signal,
  });
  const server = createAdaptorServer({ fetch: exchange, overrideGlobalObjects: false }) as Server;
  let closed: Promise<void> | undefined;
  const port = await listen(server, options.port ?? 0, host);
  return {
    ...{ url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`, port, data, log, faults },
    close: () => {
      closed ??= close(server, closing, faults, file);
      return closed;
    },
  };
}

function platformRoutes(): Hono<PlatformEnv> {
  const app = new Hono<PlatformEnv>();
  app.route("/v1", nimbleRoutes("v1")).route("/v2", nimbleRoutes("v2")).route("/v0", blaxelRoutes());
  app.notFound(() => json(404, { detail: "Not Found" }));
  app.onError((error) => json(500, { code: "internal_error", message: `the sandbox failed: ${error.message}` }));
  return app;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EADDRINUSE" ? "the port is taken (EADDRINUSE)" : (cause.code ?? cause.message);
      const message = `the sandbox cannot listen on ${host}:${port}: ${why}`;
      reject(new JobwrightError("JW5403", "storage", message, { hint: "Choose another --port (0 = any).", cause }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

async function close(
  server: Server,
  closing: AbortController,
  faults: Faults,
  file: SandboxFile | undefined,
): Promise<void> {
  closing.abort();
  faults.drop();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  await file?.save();
}
