import { onTestFinished } from "vitest";
import type { Transport } from "../../src/http/transport.ts";
import { createUndiciTransport } from "../../src/http/undici-transport.ts";
import { HTTP_DEFAULTS, type TargetConfig } from "../../src/model/config.ts";
import type { ApiVersion, ProviderId } from "../../src/model/job.ts";
import type { Env } from "../../src/model/runtime.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/server.ts";
import { createSecretTable } from "../../src/secrets.ts";
import { testRuntime } from "../http/support.ts";

/** How to connect a target for a test. */
export interface ConnectOptions {
  readonly env: Env;
  readonly target?: Partial<TargetConfig>;
  readonly versions?: readonly ApiVersion[];
  readonly transport?: Transport;
  readonly concurrency?: number;
}

/** A client of the provider's built-in target, with everything around it. */
export function connected(
  provider: ProviderId,
  { env, target, versions = [], transport, concurrency }: ConnectOptions,
) {
  const { runtime, stop } = testRuntime(env);
  const secrets = createSecretTable();
  const traces: string[] = [];
  const carrier = transport ?? createUndiciTransport(env);
  const config: TargetConfig = { name: provider, provider, explicit: false, ...target };
  const client = PROVIDERS[provider].connect(config, versions, {
    runtime,
    http: { ...HTTP_DEFAULTS, ...(concurrency === undefined ? {} : { concurrency }) },
    secrets,
    transport: carrier,
    trace: (line) => traces.push(line),
  });
  onTestFinished(async () => {
    await client.close();
    await carrier.close();
  });
  return { client, secrets, traces, clock: runtime.clock, stop };
}

/** A sandbox that ends with the test. */
export async function sandboxFor(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** The environment of a user of the sandbox. */
export function envOf(sandbox: Sandbox, more: Env = {}): Env {
  return {
    NIMBLE_BASE_URL: sandbox.url,
    NIMBLE_API_KEY: "nimble-key",
    BL_API_URL: `${sandbox.url}/v0`,
    BL_API_KEY: "blaxel-key",
    BL_WORKSPACE: "acme",
    ...more,
  };
}
